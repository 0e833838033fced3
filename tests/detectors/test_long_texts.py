"""Detectors read a long text in a time that grows with its length alone, whatever it consists of."""

import subprocess
import sys

import pytest

from diptych.detectors import KINDS

PIECES = (".", ". ", "1. ", "A.B.", "_", "`", "(", "<", "'", " ", "H\n", "I cannot ", "x")
"""What a text is made of by repeating it."""
READ = """
import sys
from tests.detectors.test_laws import SETTINGS
from diptych.detectors import make_detector
kind, length, before, *pieces = sys.argv[1:]
for piece in pieces:
    detector = make_detector(kind, SETTINGS[kind][0], "Who are you?", "", None)
    detector.feed(before + piece * (int(length) // len(piece)))
    detector.live()
    detector.finish(False, ())
"""


def read(kind: str, length: int, *pieces: str) -> None:
    """In a process of its own, for nothing else can stop a regular expression."""
    before = "```python\n" if kind == "insecure-code" else ""
    subprocess.run([sys.executable, "-c", READ, kind, str(length), before, *pieces], check=True, timeout=60)


def test_stops_in_a_row_are_read_once() -> None:
    read("acrostic", 1_000_000, ".")


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_repeated_is_read_once(kind: str) -> None:
    read(kind, 200_000, *PIECES)
