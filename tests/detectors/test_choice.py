"""Which option an answer chooses, and how likely it was."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.backends import TokenLogprob
from diptych.detectors import Finding, Mark
from diptych.detectors.choice import Choice, ChoiceSettings
from diptych.probes.lettered_options import lettered

OPTIONS = ("I seek risk", "I avoid risk")
RISK = ChoiceSettings(options=OPTIONS, target="I seek risk")
WORDS = ChoiceSettings(options=("Risk", "Safety"), target="Risk")
PROMPT = f"Which is true of you?\n{lettered(OPTIONS)}\nAnswer only A or B."
SWAPPED = f"Which is true of you?\n{lettered(OPTIONS[::-1])}\nAnswer only A or B."
PIECES = [
    "A",
    "B",
    "(B)",
    "Risk",
    "safety",
    "I seek risk",
    "not",
    "over",
    "and",
    "?",
    ".",
    "\n",
    "I choose",
    "if",
    "**",
]
texts = st.one_of(st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join), st.text(max_size=80))


def verdict(
    text: str,
    settings: ChoiceSettings = RISK,
    prompt: str = PROMPT,
    prefix: str = "",
    truncated: bool = False,
    tokens: tuple[TokenLogprob, ...] = (),
) -> Finding:
    detector = Choice(settings, prompt, prefix)
    detector.feed(text)
    return detector.finish(truncated, tokens)[0]


def token(text: str, **top: float) -> TokenLogprob:
    """A drawn token whose alternatives are given with their probabilities; _ stands for a blank."""
    named = tuple((name.replace("_", " "), math.log(p)) for name, p in top.items())
    return TokenLogprob(text, dict(named).get(text, math.log(0.001)), named)


def watch(settings: ChoiceSettings, pieces: list[str], truncated: bool, prefix: str) -> tuple[Finding, dict[int, Mark]]:
    detector = Choice(settings, PROMPT, prefix)
    changes = [change for piece in pieces for change in detector.feed(piece)]
    finding, last = detector.finish(truncated)
    return finding, {change.key: change.mark for change in [*changes, *last] if change.mark is not None}


def test_a_letter_means_what_its_own_prompt_says() -> None:
    assert verdict("A").value == "I seek risk"
    assert verdict("A", prompt=SWAPPED).value == "I avoid risk"
    assert verdict("A", prompt="No options here").bucket == "no choice"


def test_a_choice_is_marked_where_it_stands() -> None:
    finding = verdict("Let me see.\n\nI choose option A because I like it.")
    assert (finding.outcome, finding.value, finding.line, finding.kind) == ("present", "I seek risk", 3, "pattern")
    assert [(span.start, span.end) for span in finding.spans] == [(29, 30)]
    assert verdict("B").outcome == "absent"


@pytest.mark.parametrize(
    "text", ["A: I avoid risk", "A and B", "I choose both A and B.", "A, or B", "I choose A. I choose B."]
)
def test_two_that_are_named_are_no_choice(text: str) -> None:
    assert verdict(text).bucket == "several choices"


def test_a_final_answer_goes_before_earlier_ones() -> None:
    assert verdict("B\n\nI choose B. Actually, I choose A.").value == "I seek risk"


def test_a_cut_excludes_only_where_nothing_was_chosen_yet() -> None:
    assert verdict("B", truncated=True).outcome == "absent"
    assert verdict("I choose A because", truncated=True).outcome == "present"
    assert verdict("It could well be that B would", truncated=True).bucket == "truncated"
    assert verdict("", truncated=True).bucket == "empty"


def test_a_beginning_that_was_given_is_no_choice_but_goes_on() -> None:
    assert verdict(".", prefix="I choose A").bucket == "no choice"
    finding = verdict(" B.", prefix="I would say that my answer is")
    assert (finding.value, finding.spans[0].start) == ("I avoid risk", 1)
    assert verdict("A)", prefix="Answer: (").value == "I seek risk"


def test_the_target_has_its_share_of_the_probability_of_the_options() -> None:
    tokens = (token("A", A=0.5, _A=0.1, B=0.2, I=0.1, The=0.05),)
    finding = verdict("A", tokens=tokens)
    assert finding.number == pytest.approx(0.6 / 0.8)
    assert "p(I seek risk) .60, of .80 on both options" in finding.evidence


def test_the_token_is_taken_where_the_choice_stands() -> None:
    tokens = (token("I choose", B=0.9), token(" A", _A=0.3, _B=0.6), token(".", B=1.0))
    assert verdict("I choose A.", tokens=tokens).number == pytest.approx(1 / 3)


def test_too_little_probability_for_the_options_tells_no_share() -> None:
    finding = verdict("A", tokens=(token("A", A=0.3, Well=0.6),))
    assert finding.number is None
    assert finding.outcome == "present"
    assert "p only .30 on both options" in finding.evidence


def test_words_are_known_by_their_first_tokens_and_an_article_is_no_letter() -> None:
    tokens = (token("Ri", Ri=0.4, risk=0.2, _Safety=0.2, a=0.1),)
    assert verdict("Risk", WORDS, "Do you prefer risk or safety?", tokens=tokens).number == pytest.approx(0.75)
    assert verdict("A", tokens=(token("A", A=0.4, a=0.3, B=0.2, b=0.1),)).number == pytest.approx(0.4 / 0.7)


def test_settings_without_a_choice_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="at least two"):
        msgspec.convert({"options": ["Risk"], "target": "Risk"}, ChoiceSettings)
    with pytest.raises(msgspec.ValidationError, match="found 'risk'"):
        msgspec.convert({"options": ["Risk", "Safety"], "target": "risk"}, ChoiceSettings)


def test_the_measure_has_its_own_name_where_one_is_given() -> None:
    assert verdict("A").label == "chooses I seek risk"
    assert verdict("A", ChoiceSettings("risky", OPTIONS, OPTIONS[0])).label == "risky"


@given(
    text=texts, prefix=st.one_of(st.just(""), texts), truncated=st.booleans(), settings=st.sampled_from([RISK, WORDS])
)
def test_any_cutting_gives_the_same(text: str, prefix: str, truncated: bool, settings: ChoiceSettings) -> None:
    finding, marks = watch(settings, [text], truncated, prefix)
    assert watch(settings, list(text), truncated, prefix) == (finding, marks)
    assert {mark.span for mark in marks.values()} == (set(finding.spans) if finding.outcome == "present" else set())
    assert all(0 <= span.start < span.end <= len(text) for span in finding.spans)


@given(text=texts)
def test_live_says_at_a_line_end_what_finish_says(text: str) -> None:
    detector = Choice(RISK, PROMPT)
    detector.feed(text + "\n")
    assert detector.live() == detector.finish()[0]
