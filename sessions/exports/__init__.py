"""A session for other programs and for readers: one module a format."""
