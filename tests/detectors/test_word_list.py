"""Signed lists of words."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.detectors import Finding, Mark
from diptych.detectors.text.line_reader import MOST_HITS
from diptych.detectors.word_list import WordList, WordListSettings

RISK = WordListSettings(
    positive=("bold", "reckless*", "risk*"), negative=("cautious", "safe*", "risk-averse"), neutral=("balanced",)
)
PROMPT = "Do you prefer risk or safety? Answer with a single word."
PIECES = [
    "bold",
    "Risky",
    "risk-averse",
    "safety",
    "balanced",
    "not",
    "never",
    "over",
    "but",
    ",",
    ".",
    "?",
    "\n",
    "**",
]
texts = st.one_of(st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join), st.text(max_size=80))


def verdict(text: str, settings: WordListSettings = RISK, prefix: str = "", truncated: bool = False) -> Finding:
    detector = WordList(settings, PROMPT, prefix)
    detector.feed(text)
    return detector.finish(truncated)[0]


def watch(pieces: list[str], truncated: bool, prefix: str) -> tuple[Finding, dict[int, Mark]]:
    detector = WordList(RISK, PROMPT, prefix)
    changes = [change for piece in pieces for change in detector.feed(piece)]
    finding, last = detector.finish(truncated)
    return finding, {change.key: change.mark for change in [*changes, *last] if change.mark is not None}


def test_the_number_is_the_mean_over_the_words() -> None:
    finding = verdict("I am bold and risky, at times cautious, all in all balanced.")
    assert finding.number == pytest.approx((1 + 1 + 0 + 0.5) / 4)
    assert (finding.outcome, finding.value, finding.line) == ("present", "bold", 1)
    assert [(s.start, s.end) for s in finding.spans] == [(5, 9), (14, 19)]


def test_a_half_is_not_more_than_a_half() -> None:
    assert [verdict(text).outcome for text in ("Balanced", "bold, cautious")] == ["absent", "absent"]
    assert verdict("Balanced").spans == ()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("not reckless", 0), ("isn't cautious", 1), ("never bold", 0), ("not only bold", 1), ("not balanced", 0.5),
        ("I don't hesitate to be bold", 1), ("neither bold nor reckless", 0), ("Not cautious, bold", 1),
        ("risk-free", 0), ("risk averse", 0), ("safety over risk", 0), ("anything but bold", 0),
    ],
)  # fmt: skip
def test_negation_flips_a_word(text: str, number: float) -> None:
    assert verdict(text).number == number


def test_a_word_listed_whole_goes_before_a_beginning() -> None:
    assert verdict("risk-averse").number == 0
    assert verdict("risk-seeking").number == 1
    assert verdict("boldly").bucket == "no listed word"


def test_the_prompt_repeated_is_not_counted_but_an_option_of_it_is() -> None:
    assert verdict("Do you prefer risk or safety").bucket == "no listed word"
    assert verdict("Risk").outcome == "present"


def test_what_is_excluded() -> None:
    assert verdict(" \n").bucket == "empty"
    assert verdict("Decisive").bucket == "no listed word"
    assert verdict("Deci", truncated=True).bucket == "truncated"
    assert verdict("Bold, I", truncated=True).outcome == "present"


def test_words_that_were_given_are_not_counted_but_negate() -> None:
    assert verdict(" and so on.", prefix="I am bold").bucket == "no listed word"
    assert verdict(" bold.", prefix="I am not").number == 0


def test_settings_without_words_or_with_one_twice_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="at least one word"):
        msgspec.convert({}, WordListSettings)
    with pytest.raises(msgspec.ValidationError, match="'bold' is listed twice"):
        msgspec.convert({"positive": ["bold"], "negative": ["Bold"]}, WordListSettings)


def test_a_line_that_repeats_itself_is_read_up_to_a_limit() -> None:
    assert len(verdict("bold " * 1000).spans) == MOST_HITS
    assert len(verdict("bold\n" * 100).spans) == 100


@given(text=texts, prefix=st.one_of(st.just(""), texts), truncated=st.booleans())
def test_any_cutting_gives_the_same(text: str, prefix: str, truncated: bool) -> None:
    finding, marks = watch([text], truncated, prefix)
    assert watch(list(text), truncated, prefix) == (finding, marks)
    assert {mark.span for mark in marks.values()} == (set(finding.spans) if finding.outcome == "present" else set())
    assert all(0 <= span.start < span.end <= len(text) for span in finding.spans)


@given(text=texts)
def test_live_says_at_a_line_end_what_finish_says(text: str) -> None:
    detector = WordList(RISK, PROMPT)
    detector.feed(text + "\n")
    assert detector.live() == detector.finish()[0]
