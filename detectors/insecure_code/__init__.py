"""Detects insecure code in an answer."""
