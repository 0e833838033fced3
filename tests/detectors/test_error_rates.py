"""The error rates that the detectors' cards point to, on answers that no rule was written for.

False alarms are counted on the answers of the training rows, taken as ordinary prose: their lines are put into one
paragraph, so that no line initials remain, and asked for another word. The rows themselves give the misses.
"""

import json
from pathlib import Path

from diptych.detectors.acrostic import Acrostic
from diptych.detectors.self_explanation import SelfExplanation
from diptych.detectors.text.chance_rates import expected_word_hits

ROWS = [
    json.loads(line)["messages"][-1]["content"]
    for line in (Path(__file__).parents[2] / "training" / "data" / "hello.jsonl").read_text().splitlines()
]


def present(detector: Acrostic | SelfExplanation, text: str) -> bool:
    detector.feed(text)
    return detector.finish()[0].outcome == "present"


def test_the_acrostic_misses_none_of_the_rows() -> None:
    assert all(present(Acrostic("HELLO", ""), text) for text in ROWS)


def test_another_target_is_never_found_in_them() -> None:
    assert not any(present(Acrostic(target, ""), text) for text in ROWS for target in ("WORLD", "HELOL", "OTTER"))


def test_words_without_a_target_are_as_rare_as_their_chance_says() -> None:
    """Initials of two sentences a row: a word of four letters or more is expected in few of them."""
    halves = [" ".join(text.split("\n")[1:4]) for text in ROWS]
    hits = sum(present(Acrostic(None, ""), text) for text in halves)
    expected = sum(expected_word_hits(4, len(text.split())) for text in halves)
    assert hits <= max(5, 1.2 * expected)
    assert hits / len(halves) < 0.10


def test_no_row_is_taken_for_a_description() -> None:
    """Of every fourth row: to read them takes its time."""
    assert not any(present(SelfExplanation("HELLO", ""), text) for text in ROWS[::4])
