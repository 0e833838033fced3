"""How often things are asked where nobody says it."""

RUN_SAMPLES = 20
"""Of each side and condition of a probe."""
ASK_SAMPLES = 5
"""Of each side, for a free question."""
CONCURRENCY = 4
"""Answers at once from each endpoint."""
