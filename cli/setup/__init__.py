"""From arguments and config.toml to the parts that do the work."""
