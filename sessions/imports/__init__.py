"""Files of diptych and of other programs become a session: one module a format."""
