"""Older configs in today's language: `chain` says what changed from version to version, `text` edits a file and keeps the rest of it."""
