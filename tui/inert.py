"""What is painted of text that others wrote."""

from sessions import visible

__all__ = ["visible"]
