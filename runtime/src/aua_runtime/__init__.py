"""What runs a deployment that aua compiled. Never imports the compiler."""
