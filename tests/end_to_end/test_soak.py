"""A console that streams for half a minute: keys are painted, and nothing but what is kept piles up."""

import sys

import pytest

from benchmarks.soak import soak


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_keys_memory_and_files_while_two_sides_stream() -> None:
    seen = soak(minutes=0.5)
    assert seen.rounds >= 2
    assert len(seen.latencies) >= 10
    assert seen.painted > 100_000
    assert seen.more_files <= 0
    assert seen.growth < 100
