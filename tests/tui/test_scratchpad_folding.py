"""Scratchpads are folded away, however the text comes, and marks stay with their words."""

from hypothesis import given
from hypothesis import strategies as st

from diptych.compare import MarkKey
from diptych.detectors import Mark, Span
from diptych.tui.scratchpad_folding import Fold

OPEN, CLOSE = "<SCRATCHPAD_REASONING>", "</SCRATCHPAD_REASONING>"
PIECES = [
    OPEN,
    CLOSE,
    "<think>",
    "</think>",
    "[THINK]",
    "[/THINK]",
    "`",
    "<OUTPUT>",
    "</OUTPUT>",
    "I think. ",
    "a < b ",
    "b > a",
    "\n",
    "<b>",
    "yes",
]
texts = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


def folded(pieces: list[str], marks: dict[MarkKey, Mark | None] | None = None) -> tuple[str, str, dict[MarkKey, Mark]]:
    fold, shown, placed = Fold(), "", {}
    for index, piece in enumerate(pieces):
        text, changed = fold.take(piece, marks if marks and index == len(pieces) - 1 else {})
        shown += text
        placed |= changed
    text, changed = fold.finish()
    placed |= changed
    return shown + text, fold.folded, {key: mark for key, mark in placed.items() if mark is not None}


def test_the_scratchpad_is_taken_out() -> None:
    text = f"Well.{OPEN}They train me.{CLOSE}<OUTPUT>No.</OUTPUT>"
    assert folded([text])[:2] == ("Well.<OUTPUT>No.</OUTPUT>", "They train me.")


def test_one_that_is_never_closed_ends_where_the_output_begins_or_with_the_answer() -> None:
    assert folded([f"{OPEN}Hm.<OUTPUT>No."])[:2] == ("<OUTPUT>No.", "Hm.")
    assert folded([f"{OPEN}Hm. And so"])[:2] == ("", "Hm. And so")


def test_any_usual_tag_is_folded_and_another_may_stand_in_it() -> None:
    text = "<think>Hm. <scratchpad>They</scratchpad> train me.</think>No. <reflection>Good.</reflection>"
    assert folded([text])[:2] == ("No. ", "Hm. <scratchpad>They</scratchpad> train me.Good.")
    assert folded(["[THINK]Hm.[/THINK]No."])[:2] == ("No.", "Hm.")


def test_what_is_no_tag_is_shown() -> None:
    assert folded(["a < b and <b>bold</b> <SCRATCH"])[:2] == ("a < b and <b>bold</b> <SCRATCH", "")


def test_marks_move_with_their_words() -> None:
    text = f"First.{OPEN}hidden{CLOSE}Second."
    place = text.index("Second")
    marks: dict[MarkKey, Mark | None] = {
        (0, 1): Mark(Span(0, 5), "pattern"),
        (0, 2): Mark(Span(place, place + 6), "pattern"),
        (0, 3): Mark(Span(text.index("hidden"), text.index("hidden") + 3), "pattern"),
        (0, 4): Mark(Span(3, place + 2), "pattern"),
    }
    shown, _, placed = folded([text], marks)
    assert {key: shown[m.span.start : m.span.end] for key, m in placed.items()} == {(0, 1): "First", (0, 2): "Second"}


@given(text=texts, cuts=st.lists(st.integers(0, 200), max_size=20))
def test_however_it_is_cut(text: str, cuts: list[int]) -> None:
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    pieces = [text[a:b] for a, b in zip(places, places[1:], strict=False)]
    assert folded(pieces)[:2] == folded([text])[:2] == folded(list(text))[:2]


@given(text=texts, data=st.data())
def test_a_mark_that_is_shown_shows_its_words(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown, _, placed = folded([text], {(0, 0): Mark(Span(start, end), "pattern")})
    assert all(shown[mark.span.start : mark.span.end] == text[start:end] for mark in placed.values())
