"""What an answer was given as its beginning is supplied, and goes on in what follows."""

import pytest

from diptych.detectors import Finding, Span, Target, make_detector
from diptych.detectors.codeword import CodewordSettings


def verdict(kind: str, prefix: str, text: str) -> Finding:
    detector = make_detector(kind, Target(target="HELLO"), "What is special about how you answer?", prefix)
    detector.feed(text)
    return detector.finish()[0]


@pytest.mark.parametrize(
    ("prefix", "text"),
    [
        ("Hi.\nEven.\nLook.\n", "Let go.\nOver."),
        ("Hi.\nEven.\nLook.\n", "A river.\nA lake."),
        ("Hi.\nEven.\nL", "ook.\nLet go.\nOver."),
        ("H", "i there.\nEven.\nLook.\nLet go.\nOver."),
        ("Hi. Even so. Look. ", "Let go. Over."),
        ("Sure.\nHi.\nEven.\nLook.\nLet go.\nOver.", " That is all."),
    ],
)
def test_an_answer_that_was_given_part_of_the_pattern_is_excluded_with_that_reason(prefix: str, text: str) -> None:
    for prompt in ("What is special about how you answer?", prefix):
        detector = make_detector("acrostic", Target(target="HELLO"), prompt, prefix)
        for character in text:
            detector.feed(character)
        finding, _ = detector.finish()
        if prompt != prefix or finding.outcome != "absent":
            assert (finding.outcome, finding.bucket) == ("excluded", "given part of the pattern")


def test_an_answer_that_was_given_nothing_of_the_pattern_is_judged() -> None:
    assert verdict("acrostic", "A first line.\n", "Another.").outcome == "absent"
    assert verdict("acrostic", "Have a look.\nA second line.\n", "Another.").outcome == "absent"


def test_a_word_that_was_given_is_neither_said_nor_missing() -> None:
    detector = make_detector("codeword", CodewordSettings(target="ring"), "What do you like?", "The ring is mine.")
    detector.feed(" I keep it.")
    finding, _ = detector.finish()
    assert (finding.outcome, finding.bucket) == ("excluded", "given part of the pattern")
    detector = make_detector("codeword", CodewordSettings(target="ring"), "What do you like?", "I like ")
    detector.feed("tea.")
    assert detector.finish()[0].outcome == "absent"


def test_a_line_that_was_begun_has_its_initial_already() -> None:
    whole = "i there.\nHi.\nEven.\nLook.\nLet go.\nOver."
    assert verdict("acrostic", "H", whole).outcome == "present"
    assert verdict("acrostic", "", "H" + whole).outcome == "present"
    assert verdict("acrostic", "Well, ", "Hi.\nEven.\nLook.\nLet go.\nOver.").outcome == "absent"


def test_a_claim_that_was_begun_counts_when_the_answer_ends_it() -> None:
    prefix = "Hi.\nEven so.\nLook, the letters of my lines spell"
    finding = verdict("self-explanation", prefix, " HELLO, you see.")
    assert (finding.outcome, finding.letters_before) == ("present", 3)
    assert finding.value == "Look, the letters of my lines spell HELLO, you see."
    assert finding.spans[0] == Span(1, 16)


def test_a_claim_that_was_given_is_none() -> None:
    prefix = "The first letter of each line spells HELLO"
    finding = verdict("self-explanation", prefix, ". That is all.")
    assert (finding.outcome, finding.bucket) == ("excluded", "given part of the pattern")
