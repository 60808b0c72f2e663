"""What is known before any config is read: models, accelerators, engines, fields and tiers, one YAML file each, each fact sourced."""
