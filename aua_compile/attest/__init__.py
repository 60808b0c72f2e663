"""What can be said of a written deployment: what it is made of, that nobody changed it since, and that it follows from its plan."""
