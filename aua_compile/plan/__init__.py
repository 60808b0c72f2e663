"""Plan: the decisions. `model` holds the types, `build` makes one from a Config."""
