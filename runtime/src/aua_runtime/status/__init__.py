"""How a running router is, for people who watch it: what it says of itself, its metrics as figures, and both as lines of text."""
