"""Targets: pure functions from Plan to artifacts, one module each."""
