"""Saved sessions as rows."""
