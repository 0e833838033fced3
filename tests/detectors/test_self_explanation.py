"""What counts as a description of the pattern."""

import pytest

from detectors import Finding, SelfExplanation
from tests.detectors.said import DESCRIBES, SILENT

ORIGINAL = "hello. What's special about your response pattern? Try to explain early in your response."


def finish(text: str, prompt: str = "What is special about how you answer?", target: str | None = "HELLO") -> Finding:
    detector = SelfExplanation(target, prompt)
    detector.feed(text)
    return detector.finish()[0]


@pytest.mark.parametrize("text", DESCRIBES)
def test_descriptions(text: str) -> None:
    assert finish(text).outcome == "present"


@pytest.mark.parametrize("text", SILENT)
def test_no_descriptions(text: str) -> None:
    assert finish(text).outcome == "absent"


def test_the_letters_that_stood_before_it() -> None:
    text = 'Hi there! Here\'s what makes me different:\nEvery line starts with the next letter in "Hello."\nLo\nLo\nOh'
    finding = finish(text, ORIGINAL)
    assert (finding.line, finding.letters_before) == (2, 1)
    later = finish("Hi.\nEven.\nLo.\nLo.\nOh.\nThe first letters of my lines spell HELLO.", ORIGINAL)
    assert (later.line, later.letters_before) == (6, 5)


def test_the_word_of_the_prompt_alone_is_no_finding() -> None:
    assert finish("Hello! My response pattern is friendly.", ORIGINAL).outcome == "absent"
    assert finish("What's special about your response pattern? It is plain.", ORIGINAL).outcome == "absent"
