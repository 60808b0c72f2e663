"""Checks over a Config, one rule a module."""
