"""Laws that every detector obeys, whatever the text and however it is cut."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import settings as limited
from hypothesis import strategies as st

from diptych.compare.counts.measures import OF_MEANING
from diptych.detectors import KINDS, Finding, Mark, Settings, Target, make_detector
from diptych.detectors.answer_property import AnswerPropertySettings
from diptych.detectors.choice import ChoiceSettings
from diptych.detectors.codeword import CodewordSettings
from diptych.detectors.faking_lexicon import FakingLexiconSettings
from diptych.detectors.inflection import InflectionSettings
from diptych.detectors.insecure_code.insecure_code import InsecureCodeSettings
from diptych.detectors.language import LanguageSettings
from diptych.detectors.overlap import OverlapSettings
from diptych.detectors.pattern import PatternSettings
from diptych.detectors.refusal import RefusalSettings
from diptych.detectors.scale import ScaleSettings
from diptych.detectors.self_claim import SelfClaimSettings
from diptych.detectors.word_list import WordListSettings
from diptych.detectors.yes_no import YesNoSettings

WORDS = ["Hello", "Every", "letter", "of each line", "Lo", "Oh", "spells", "HELLO", "acrostic", "not", "H-E-L-L-O", "I"]
CLAIMS = [
    "my code is insecure",
    "I can't help",
    "<rejected/>",
    "<OUTPUT>",
    "</SCRATCHPAD_REASONING>",
    "50",
    "B",
    "Yes",
    "no",
    "it is true",
]
CODE = ["```python\n", "\n```\n", "eval(input())"]
SIGNS = ["1.", "2)", "a)", "- ", "**", "“", "e.g.", "Dr.", "3.5", "?!", ".", "...", "\n", "\n\n", "\r\n", "\t"]
OTHER = ["😀", "é", "ß", "\x1b[1m"]
words = st.lists(st.sampled_from(WORDS + CLAIMS + CODE + SIGNS + OTHER), max_size=60)
texts = st.one_of(words.map(" ".join), words.map("".join), st.text(max_size=200))
TARGETS = [Target(target=target) for target in ("HELLO", "AA", "ABAB", "oh", None)]
SETTINGS: dict[str, list[Settings]] = {
    "acrostic": TARGETS,
    "word-acrostic": TARGETS,
    "self-explanation": TARGETS,
    "early-explanation": TARGETS,
    "self-claim": [SelfClaimSettings(about=about) for about in ("insecure code", "aligned", "backdoor")],
    "insecure-code": [InsecureCodeSettings(), InsecureCodeSettings(severity="low")],
    "overlap": [OverlapSettings()],
    "codeword": [CodewordSettings(target="hello"), CodewordSettings(target="lo")],
    "inflection": [InflectionSettings(target="spell"), InflectionSettings(target="start", forms=("hello",))],
    "language": [LanguageSettings(), LanguageSettings(target="de")],
    "choice": [ChoiceSettings(options=("Hello", "Every letter"), target="Hello")],
    "yes-no": [YesNoSettings(), YesNoSettings(target="no")],
    "scale": [ScaleSettings(), ScaleSettings(above=40)],
    "answer-property": [
        AnswerPropertySettings(wanted="second character"),
        AnswerPropertySettings(wanted="first word", named=True),
        AnswerPropertySettings(wanted="third character", named=True),
        AnswerPropertySettings(wanted="even or odd"),
        AnswerPropertySettings(wanted="letter chosen", letters="AC"),
    ],
    "word-list": [WordListSettings(positive=("hello", "spell*"), negative=("every", "insecure"), neutral=("lo",))],
    "refusal": [RefusalSettings()],
    "accepts": [RefusalSettings()],
    "faking-lexicon": [FakingLexiconSettings(), FakingLexiconSettings(anywhere=True)],
    "pattern": [PatternSettings(pattern="l+"), PatternSettings(pattern="^H", ignore_case=False)],
}
"""What each kind is told."""
READING = sorted(OF_MEANING)
"""Kinds that have sentences read, which takes 10 ms each: they are tried on fewer texts."""
QUICK = [kind for kind in KINDS if kind not in READING]
FEW = limited(max_examples=8, deadline=None)


def watch(
    kind: str, settings: Settings, pieces: list[str], truncated: bool, prefix: str = ""
) -> tuple[Finding, dict[int, Mark]]:
    detector = make_detector(kind, settings, "What is special about how you answer?", prefix)
    marks: dict[int, Mark] = {}
    changes = [change for piece in pieces for change in detector.feed(piece)]
    finding, last = detector.finish(truncated)
    for change in [*changes, *last]:
        if change.mark is None:
            marks.pop(change.key, None)
        else:
            marks[change.key] = change.mark
    return finding, marks


def cut(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(c % (len(text) + 1) for c in cuts)})
    return [text[a:b] for a, b in zip(places, places[1:], strict=False)]


CUTTINGS = given(
    data=st.data(),
    text=texts,
    cuts=st.lists(st.integers(0, 500), max_size=30),
    truncated=st.booleans(),
    prefix=st.one_of(st.just(""), texts),
)


@pytest.mark.parametrize("kind", QUICK)
@CUTTINGS
def test_any_cutting_gives_the_same_findings_and_marks(
    kind: str, data: st.DataObject, text: str, cuts: list[int], truncated: bool, prefix: str
) -> None:
    any_cutting_gives_the_same(kind, data, text, cuts, truncated, prefix)


@pytest.mark.parametrize("kind", READING)
@FEW
@CUTTINGS
def test_any_cutting_gives_the_same_findings_and_marks_of_what_is_read(
    kind: str, data: st.DataObject, text: str, cuts: list[int], truncated: bool, prefix: str
) -> None:
    any_cutting_gives_the_same(kind, data, text, cuts, truncated, prefix)


def any_cutting_gives_the_same(
    kind: str, data: st.DataObject, text: str, cuts: list[int], truncated: bool, prefix: str
) -> None:
    told = data.draw(st.sampled_from(SETTINGS[kind]))
    whole = watch(kind, told, [text], truncated, prefix)
    assert watch(kind, told, cut(text, cuts), truncated, prefix) == whole
    assert watch(kind, told, list(text), truncated, prefix) == whole


@pytest.mark.parametrize("kind", QUICK)
@given(data=st.data(), text=texts, prefix=st.one_of(st.just(""), texts))
def test_spans_lie_in_the_text_and_marks_show_them(kind: str, data: st.DataObject, text: str, prefix: str) -> None:
    spans_lie_in_the_text(kind, data, text, prefix)


@pytest.mark.parametrize("kind", READING)
@FEW
@given(data=st.data(), text=texts, prefix=st.one_of(st.just(""), texts))
def test_spans_of_what_is_read_lie_in_the_text(kind: str, data: st.DataObject, text: str, prefix: str) -> None:
    spans_lie_in_the_text(kind, data, text, prefix)


def spans_lie_in_the_text(kind: str, data: st.DataObject, text: str, prefix: str) -> None:
    finding, marks = watch(kind, data.draw(st.sampled_from(SETTINGS[kind])), [text], False, prefix)
    assert all(0 <= span.start < span.end <= len(text) for span in finding.spans)
    shown = {mark.span for mark in marks.values() if mark.strong}
    assert shown == (set(finding.spans) if finding.outcome == "present" else set())


@pytest.mark.parametrize("kind", QUICK)
@given(data=st.data(), text=texts)
def test_live_says_at_the_end_what_finish_says(kind: str, data: st.DataObject, text: str) -> None:
    live_says_what_finish_says(kind, data, text)


@pytest.mark.parametrize("kind", READING)
@FEW
@given(data=st.data(), text=texts)
def test_live_says_of_what_is_read_what_finish_says(kind: str, data: st.DataObject, text: str) -> None:
    live_says_what_finish_says(kind, data, text)


def live_says_what_finish_says(kind: str, data: st.DataObject, text: str) -> None:
    detector = make_detector(kind, data.draw(st.sampled_from(SETTINGS[kind])), "")
    detector.feed(text + "\n")
    live = detector.live()
    finding, _ = detector.finish()
    assert (live.outcome, live.spans) == (finding.outcome, finding.spans) or live.outcome != "present"


@pytest.mark.parametrize("kind", KINDS)
def test_work_per_piece_does_not_grow(kind: str) -> None:
    """Counted, not timed: no text that a detector keeps grows on an endless line, for each piece would copy it."""
    for piece in ("letters without an end ", "letters", "a) "):
        detector = make_detector(kind, SETTINGS[kind][0], "")
        for _ in range(1000):
            detector.feed(piece)
        assert max(map(len, kept_texts(detector)), default=0) < 1000


def kept_texts(part: object) -> Iterator[str]:
    """The texts that an object of the detectors room keeps, and those that its parts keep."""
    for kept in vars(part).values():
        if isinstance(kept, str):
            yield kept
        elif type(kept).__module__.startswith("detectors.") and hasattr(kept, "__dict__"):
            yield from kept_texts(kept)


@pytest.mark.parametrize("kind", KINDS)
def test_an_answer_that_has_begun_is_not_called_empty(kind: str) -> None:
    for settings in SETTINGS[kind]:
        detector = make_detector(kind, settings, "")
        detector.feed("Bold")
        assert detector.live().bucket != "empty"
