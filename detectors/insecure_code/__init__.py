"""Code that does something insecure."""
