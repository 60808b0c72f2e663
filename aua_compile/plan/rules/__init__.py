"""Checks that only the finished plan can show."""
