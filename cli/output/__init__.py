"""Output of the commands: tables, JSON, progress, messages."""
