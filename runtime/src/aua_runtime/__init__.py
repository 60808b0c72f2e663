"""What runs a deployment that aua compiled. Never imports the compiler."""

VERSION = "0.1.0"
