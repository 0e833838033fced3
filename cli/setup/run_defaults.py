"""The defaults for the number of samples and of concurrent answers."""

RUN_SAMPLES = 20
"""Samples of each side and condition of a probe."""
ASK_SAMPLES = 5
"""Answers of each side to a free question."""
RECOGNITION_PAIRS = 20
"""Pairs of answers to each question of which sides say which is their own."""
CONCURRENCY = 4
"""Concurrent answers from each endpoint."""
