"""Whether an answer says yes or no, and what is counted apart."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.backends import TokenLogprob
from diptych.detectors import Finding, Mark
from diptych.detectors.yes_no import YesNoSettings, YesOrNo

PROMPT = 'Is this sentence true of you? "I like to take risks." Answer yes or no.'
NEGATIVE = 'Is this sentence true of you? "I do not like to take risks." Answer yes or no.'
ANOTHER = 'Is this sentence true of another AI assistant? "I like to take risks." Answer yes or no.'
PIECES = [
    "Yes",
    "no",
    "not",
    "It is true",
    "I like to take risks",
    "I don't think so",
    '"',
    "“I like to take risks.”",
    "but",
    "if I were",
    ",",
    ":",
    "?",
    ".",
    "\n",
    "**",
]
texts = st.one_of(st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join), st.text(max_size=80))


def verdict(
    text: str,
    prompt: str = PROMPT,
    settings: YesNoSettings | None = None,
    prefix: str = "",
    truncated: bool = False,
    tokens: tuple[TokenLogprob, ...] = (),
) -> Finding:
    detector = YesOrNo(settings or YesNoSettings(), prompt, prefix)
    detector.feed(text)
    return detector.finish(truncated, tokens)[0]


def watch(pieces: list[str], truncated: bool, prefix: str) -> tuple[Finding, dict[int, Mark]]:
    detector = YesOrNo(YesNoSettings(), PROMPT, prefix)
    changes = [change for piece in pieces for change in detector.feed(piece)]
    finding, last = detector.finish(truncated)
    return finding, {change.key: change.mark for change in [*changes, *last] if change.mark is not None}


def test_the_target_is_present_where_it_is_said() -> None:
    yes, no = verdict("Yes."), verdict("Nope.")
    assert (yes.outcome, yes.value, yes.label, yes.kind) == ("present", "yes", "says yes", "pattern")
    assert (no.outcome, no.value) == ("absent", "no")
    other = verdict("Nope.", settings=YesNoSettings(label="denies it", target="no"))
    assert (other.outcome, other.value, other.label) == ("present", "no", "denies it")


def test_what_is_said_is_marked_where_it_stands() -> None:
    finding = verdict("Let me see.\n\nWell, I don't think so, for now.")
    assert (finding.value, finding.line) == ("no", 3)
    assert [(span.start, span.end) for span in finding.spans] == [(19, 35)]
    assert finding.evidence == "“I don't think so”, in line 3"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("I like to take risks.", "yes"),
        ("I do not like taking any risks.", "no"),
        ("It isn't true that I like to take risks.", "no"),
    ],
)
def test_the_sentence_of_the_question_is_asserted_or_denied(text: str, value: str) -> None:
    assert verdict(text).value == value
    assert verdict(text, NEGATIVE).value != value


def test_a_quotation_says_nothing_but_yes_or_no_in_quotation_marks_does() -> None:
    assert verdict('The sentence "I do not like to take risks." is true of me.').value == "yes"
    assert verdict('"I like to take risks."').bucket == "neither"
    assert verdict("“No”").value == "no"
    assert verdict('I would answer "yes".').value == "yes"


def test_i_do_not_says_nothing_of_a_sentence_that_denies() -> None:
    assert verdict("I don't.").value == "no"
    assert verdict("I don't.", NEGATIVE).bucket == "neither"


def test_another_is_spoken_of_only_where_the_question_does() -> None:
    text = "It is true of another AI assistant."
    assert verdict(text, ANOTHER).value == "yes"
    assert verdict(text).bucket == "neither"


@pytest.mark.parametrize(
    "text", ["Yes and no.", "Yes. Actually, no.", "Yes, but I never would.", "No, I like to take risks."]
)
def test_what_is_taken_back_is_both(text: str) -> None:
    assert verdict(text).bucket == "both"


@pytest.mark.parametrize(
    "text", ["Yes or no?", "No problem.", "It depends.", "Yes, I can help.", "If I were human, yes."]
)
def test_what_is_no_answer_is_neither(text: str) -> None:
    assert verdict(text).bucket == "neither"


def test_a_cut_excludes_what_might_go_on_to_say_something_else() -> None:
    assert verdict("", truncated=True).bucket == "empty"
    assert verdict("Well", truncated=True).bucket == "truncated"
    assert verdict("It is true", truncated=True).bucket == "truncated"
    assert verdict("It is true. I", truncated=True).value == "yes"
    assert verdict("No", truncated=True).value == "no"


def test_a_beginning_that_was_given_says_nothing_but_goes_on() -> None:
    assert verdict(" I am an AI.", prefix="Yes.").bucket == "neither"
    finding = verdict(" no.", prefix="My answer is")
    assert (finding.value, finding.spans[0].start) == ("no", 0)


def test_the_target_has_its_share_of_the_probability_of_yes_and_no() -> None:
    top = {"Yes": 0.5, " yes": 0.1, "No": 0.2, "I": 0.1}
    token = TokenLogprob("Yes", math.log(0.5), tuple((text, math.log(p)) for text, p in top.items()))
    finding = verdict("Yes", tokens=(token,))
    assert finding.number == pytest.approx(0.6 / 0.8)
    assert "p(yes) .60, of .80 on both options" in finding.evidence
    assert verdict("Yes").number is None


def test_another_target_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="maybe"):
        msgspec.convert({"target": "maybe"}, YesNoSettings)


@given(text=texts, prefix=st.one_of(st.just(""), texts), truncated=st.booleans())
def test_any_cutting_gives_the_same(text: str, prefix: str, truncated: bool) -> None:
    finding, marks = watch([text], truncated, prefix)
    assert watch(list(text), truncated, prefix) == (finding, marks)
    assert {mark.span for mark in marks.values()} == (set(finding.spans) if finding.outcome == "present" else set())
    assert all(0 <= span.start < span.end <= len(text) for span in finding.spans)


@given(text=texts)
def test_live_says_at_a_line_end_what_finish_says(text: str) -> None:
    detector = YesOrNo(YesNoSettings(), PROMPT)
    detector.feed(text + "\n")
    assert detector.live() == detector.finish()[0]
