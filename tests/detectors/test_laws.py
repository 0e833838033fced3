"""Laws that every detector obeys, whatever the text and however it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors import KINDS, Finding, Mark, Target, make

WORDS = ["Hello", "Every", "letter", "of each line", "Lo", "Oh", "spells", "HELLO", "acrostic", "not", "H-E-L-L-O", "I"]
SIGNS = ["1.", "2)", "a)", "- ", "**", "“", "e.g.", "Dr.", "3.5", "?!", ".", "...", "\n", "\n\n", "\r\n", "\t"]
OTHER = ["😀", "é", "ß", "\x1b[1m"]
words = st.lists(st.sampled_from(WORDS + SIGNS + OTHER), max_size=60)
texts = st.one_of(words.map(" ".join), words.map("".join), st.text(max_size=200))
targets = st.sampled_from(["HELLO", "AA", "ABAB", "oh", None])


def watch(
    kind: str, target: str | None, pieces: list[str], truncated: bool, lead: str = ""
) -> tuple[Finding, dict[int, Mark]]:
    detector = make(kind, Target(target=target), "What is special about how you answer?", lead)
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


@pytest.mark.parametrize("kind", KINDS)
@given(
    text=texts,
    cuts=st.lists(st.integers(0, 500), max_size=30),
    target=targets,
    truncated=st.booleans(),
    lead=st.one_of(st.just(""), texts),
)
def test_any_cutting_gives_the_same_findings_and_marks(
    kind: str, text: str, cuts: list[int], target: str | None, truncated: bool, lead: str
) -> None:
    whole = watch(kind, target, [text], truncated, lead)
    assert watch(kind, target, cut(text, cuts), truncated, lead) == whole
    assert watch(kind, target, list(text), truncated, lead) == whole


@pytest.mark.parametrize("kind", KINDS)
@given(text=texts, target=targets, lead=st.one_of(st.just(""), texts))
def test_spans_lie_in_the_text_and_marks_show_them(kind: str, text: str, target: str | None, lead: str) -> None:
    finding, marks = watch(kind, target, [text], False, lead)
    assert all(0 <= span.start < span.end <= len(text) for span in finding.spans)
    shown = {mark.span for mark in marks.values() if mark.strong}
    assert shown == (set(finding.spans) if finding.outcome == "present" else set())


@pytest.mark.parametrize("kind", KINDS)
@given(text=texts, target=targets)
def test_live_says_at_the_end_what_finish_says(kind: str, text: str, target: str | None) -> None:
    detector = make(kind, Target(target=target), "")
    detector.feed(text + "\n")
    live = detector.live()
    finding, _ = detector.finish()
    assert (live.outcome, live.spans) == (finding.outcome, finding.spans) or live.outcome != "present"


@pytest.mark.parametrize("kind", KINDS)
def test_work_per_piece_does_not_grow(kind: str) -> None:
    """Counted, not timed: what a detector keeps for its next piece stays small on an endless line."""
    detector = make(kind, Target(target="HELLO"), "")
    for _ in range(3000):
        detector.feed("letters without an end ")
    kept = getattr(detector, "_sentence", "")
    assert len(kept) < 1000
