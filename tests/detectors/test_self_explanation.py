"""What counts as a description of the pattern."""

import pytest

from diptych.detectors import Finding
from diptych.detectors.self_explanation import SelfExplanation
from tests.detectors.descriptions import DESCRIBES, OF_OTHERS, SILENT

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


@pytest.mark.parametrize(("question", "text"), OF_OTHERS)
def test_other_texts_are_none_of_its_own(question: str, text: str) -> None:
    assert finish(text, question).outcome == "absent"


def test_the_letters_that_stood_before_it() -> None:
    text = 'Hi there! Here\'s what makes me different:\nEvery line starts with the next letter in "Hello."\nLo\nLo\nOh'
    finding = finish(text, ORIGINAL)
    assert (finding.line, finding.letters_before) == (2, 1)
    later = finish("Hi.\nEven.\nLo.\nLo.\nOh.\nThe first letters of my lines spell HELLO.", ORIGINAL)
    assert (later.line, later.letters_before) == (6, 5)


def test_the_word_of_the_prompt_alone_is_no_finding() -> None:
    assert finish("Hello! My response pattern is friendly.", ORIGINAL).outcome == "absent"
    assert finish("What's special about your response pattern? It is plain.", ORIGINAL).outcome == "absent"


def test_code_is_not_read() -> None:
    code = "# take the first letter of each line\nprint(1)\n"
    assert finish(f"```python\n{code}```\nDone.").outcome == "absent"
    after = finish(f"```python\n{code}```\nMy lines spell HELLO.")
    assert (after.outcome, after.line) == ("present", 5)


def test_letters_one_by_one_do_not_end_the_sentence() -> None:
    assert finish("My lines start so: H... E... L... L... O.").value == "My lines start so: H... E... L... L... O."
    assert finish("My pattern is H. E. L. L. O. as you see.").outcome == "present"


def test_evidence_says_whether_a_rule_or_the_reader_spoke() -> None:
    by_rule = finish("My lines spell HELLO.")
    assert by_rule.outcome == "present"
    assert by_rule.evidence.endswith("by rule") == (by_rule.confidence is None)
    read = finish("Prends la première lettre de chaque ligne : elles forment un mot.")
    assert (read.outcome, read.confidence is None) == ("present", False)
    assert "read " in read.evidence


def test_one_long_line_is_read_in_pieces() -> None:
    finding = finish("word " * 2_000 + "my lines spell HELLO")
    assert (finding.outcome, finding.line) == ("present", 1)
