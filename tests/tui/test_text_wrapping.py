"""Wrapping: cheap, and the same however the text comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from diptych.compare import Divergence
from diptych.tui import visible
from diptych.tui.text_wrapping import WrappedText
from diptych.tui.widgets.answer.divergence_pane import DivergencePane

texts = st.one_of(
    st.text(alphabet="ab \n", max_size=200),
    st.text(alphabet="a 漢e\u0301😀\n\t\x1b", max_size=100),
    st.text(max_size=100),
)


def rows(text: str, width: int) -> list[tuple[int, str, bool]]:
    wrapped = WrappedText(width)
    wrapped.append(text)
    return [(r.start, r.text, r.opens_line) for r in wrapped.rows]


@given(texts, st.integers(2, 30), st.lists(st.integers(0, 200), max_size=20))
def test_any_cutting_gives_the_same_rows(text: str, width: int, cuts: list[int]) -> None:
    places = sorted({0, len(text), *(c % (len(text) + 1) for c in cuts)})
    grown = WrappedText(width)
    for a, b in zip(places, places[1:], strict=False):
        grown.append(text[a:b])
    assert [(r.start, r.text, r.opens_line) for r in grown.rows] == rows(text, width)


@given(texts, st.integers(2, 30))
def test_rows_fit_and_lose_nothing(text: str, width: int) -> None:
    result = rows(text, width)
    assert "".join(("\n" if opens and start else "") + row for start, row, opens in result) == visible(text)
    assert all(cell_len(row.rstrip(" ")) <= width for _, row, _ in result)
    assert all(visible(text)[start : start + len(row)] == row for start, row, _ in result)


@given(texts, st.integers(2, 30))
def test_what_was_wrapped_is_never_wrapped_again(text: str, width: int) -> None:
    wrapped = WrappedText(width)
    for char in text:
        before = [r.text for r in wrapped.rows]
        first = wrapped.append(char)
        assert first == len(before) - 1
        assert [r.text for r in wrapped.rows[:first]] == before[:first]


@given(st.text())
def test_visible_keeps_every_place_and_lets_nothing_act(text: str) -> None:
    shown = visible(text)
    assert len(shown) == len(text)
    assert not any((ord(c) < 0x20 and c != "\n") or 0x7F <= ord(c) < 0xA0 for c in shown)
    assert not any(c in shown for c in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200b\u200e\u200f\ufeff")


def test_what_is_measured_grows_as_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = 0

    def counting(text: str) -> int:
        nonlocal measured
        measured += len(text)
        return cell_len(text)

    monkeypatch.setattr("diptych.tui.text_wrapping.cell_len", counting)
    for huge in ("é" * 200_000, "\n" * 100_000, "a" + "\u0301" * 100_000):
        measured = 0
        wrapped = WrappedText(80)
        wrapped.append(huge)
        assert "".join(("\n" if row.opens_line and row.start else "") + row.text for row in wrapped.rows) == huge
        assert measured < 10 * len(huge)


def test_what_has_no_place_yet_is_not_wrapped_into_a_column_of_one_cell() -> None:
    pane = DivergencePane("x")
    pane.show(Divergence("x" * 8000))
    assert pane.virtual_size.height == 100
