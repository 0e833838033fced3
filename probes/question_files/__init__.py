"""Files in which others keep their questions: YAML, JSON, JSON lines and tables, item by item."""
