"""Reads question files of other programs item by item: YAML, JSON, JSON lines and tables."""
