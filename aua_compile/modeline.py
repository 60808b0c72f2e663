"""How a config tells editors which schema it keeps to: a first line that VS Code's YAML extension and others read.

The path is relative to the config, so that it holds on every machine and without a network; whoever writes the line writes the file too.
"""

SCHEMA_FILE = ".aua/config.schema.json"
"""Where a project keeps the schema of its configs, beside them."""

MODELINE = f"# yaml-language-server: $schema={SCHEMA_FILE}"
"""The first line of every config that is generated."""
