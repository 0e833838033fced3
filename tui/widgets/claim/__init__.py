"""A claim card."""
