"""Builds the parts that do the work from arguments and config.toml."""
