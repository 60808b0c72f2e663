"""Config: every value final, typed, in units, with its origin."""
