"""Servers that diptych starts itself, as supervised child processes."""
