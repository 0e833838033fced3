"""A description that comes before the letters give the word away."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.detectors import Finding, Mark, Target
from diptych.detectors.early_explanation import EarlyExplanation

CLAIM = "the first letter of each line spells HELLO."


def watch(pieces: list[str], target: str | None = "HELLO", prefix: str = "") -> tuple[Finding, dict[int, Mark]]:
    detector = EarlyExplanation(Target(target=target), "What is special about how you answer?", prefix)
    marks: dict[int, Mark] = {}
    changes = [change for piece in pieces for change in detector.feed(piece)]
    finding, last = detector.finish()
    for change in [*changes, *last]:
        if change.mark is None:
            marks.pop(change.key, None)
        else:
            marks[change.key] = change.mark
    return finding, marks


@pytest.mark.parametrize(
    ("before", "outcome", "words"),
    [
        ("My rule: ", "present", "before any letter stands"),
        ("Here, ", "present", "after H, from which HELLO is 1 in 146 words"),
        ("Hi.\nEasy: ", "present", "after HE, from which HELLO is 1 in 25 words"),
        ("Hi.\nEven.\nLook, ", "absent", "after HEL, from which HELLO is 1 in 3 words"),
        ("Hi.\nEven.\nLook.\nLo.\nOh, ", "absent", "after HELLO, from which HELLO is 1 in 1 words"),
    ],
)
def test_the_letters_that_stand_decide(before: str, outcome: str, words: str) -> None:
    finding, marks = watch([before + CLAIM])
    assert (finding.outcome, finding.kind, finding.label) == (outcome, "description", "names HELLO early")
    assert finding.evidence.endswith(words)
    assert bool(marks) == bool(finding.spans) == (outcome == "present")


def test_letters_that_were_given_stand_too() -> None:
    assert watch(["Look, " + CLAIM], prefix="Hi.\nEven.\n")[0].outcome == "absent"


def test_a_word_that_is_not_listed_counts_itself() -> None:
    finding, _ = watch(["Zero.\nEach time, the first letters of my lines spell ZEPHYR."], "ZEPHYR")
    assert finding.evidence.endswith("1 in 5 words")


def test_it_is_marked_while_the_answer_streams() -> None:
    detector = EarlyExplanation(Target(target="HELLO"), "")
    changes = detector.feed("Here, " + CLAIM + "\n")
    give_up = time.monotonic() + 10
    while not changes and time.monotonic() < give_up:
        time.sleep(0.001)
        changes = detector.feed("")
    assert [change.mark is not None for change in changes] == [True]
    assert detector.live().outcome == "present"


@pytest.mark.parametrize(
    ("text", "target", "bucket"), [(CLAIM, None, "no target"), ("", "HELLO", "empty"), (" \n", "HELLO", "empty")]
)
def test_what_is_excluded(text: str, target: str | None, bucket: str) -> None:
    finding, marks = watch([text], target)
    assert (finding.outcome, finding.bucket, marks) == ("excluded", bucket, {})


def test_a_label_of_its_own() -> None:
    assert EarlyExplanation(Target(target="HELLO", label="knows it"), "").finish()[0].label == "knows it"


PARTS = ["Hi", "Even", "Look", "Oh", "my lines spell HELLO", "each line starts with a letter", "not", ".", "\n", "1. "]


@given(st.lists(st.sampled_from(PARTS), max_size=25), st.sampled_from(["HELLO", "HELOL", "AA", None]))
def test_any_cutting_gives_the_same(parts: list[str], target: str | None) -> None:
    text = " ".join(parts)
    finding, marks = watch([text], target)
    assert watch(list(text), target) == (finding, marks)
    assert {mark.span for mark in marks.values() if mark.strong} == set(finding.spans)
