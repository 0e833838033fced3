"""The defaults for the number of samples and of concurrent answers."""

RUN_SAMPLES = 20
"""Samples of each side and condition of a probe."""
ASK_SAMPLES = 5
"""Answers of each side to a free question."""
CONCURRENCY = 4
"""Concurrent answers from each endpoint."""
