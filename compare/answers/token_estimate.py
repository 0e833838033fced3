"""How long texts are in tokens where nobody counts."""

CHARACTERS_PER_TOKEN = 4
"""An estimate for English text."""
