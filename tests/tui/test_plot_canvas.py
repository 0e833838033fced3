"""Cells to draw into: nothing leaves them, and lines go where they are told to."""

from hypothesis import given
from hypothesis import strategies as st

from diptych.tui.plot_canvas import Canvas

place = st.floats(-5, 40)


def drawn(canvas: Canvas) -> list[str]:
    return ["".join(run.text for run in row) for row in canvas.rows()]


def dots(canvas: Canvas) -> int:
    return sum((ord(cell) - 0x2800).bit_count() for row in drawn(canvas) for cell in row if cell >= "⠀")


@given(
    st.integers(1, 30),
    st.integers(1, 12),
    st.lists(st.tuples(place, place), max_size=6),
    place,
    place,
    st.integers(0, 9),
)
def test_whatever_is_drawn_the_size_stays(
    width: int, height: int, points: list[tuple[float, float]], top: float, bottom: float, letters: int
) -> None:
    canvas = Canvas(width, height)
    canvas.dotted(points, "does")
    canvas.shade(min(top, bottom), max(top, bottom))
    canvas.bar(int(top), min(top, bottom), max(top, bottom), "says")
    canvas.level_bar(int(bottom), top, bottom, "says")
    canvas.rule(int(top), "base")
    canvas.text(int(top), int(bottom), "x" * letters, "number")
    rows = drawn(canvas)
    assert [len(row) for row in rows] == [width] * height


@given(st.floats(0, 9), st.floats(0, 9))
def test_a_bar_ends_within_a_quarter_of_a_cell(one: float, other: float) -> None:
    top, bottom = min(one, other), max(one, other)
    canvas = Canvas(1, 10)
    canvas.bar(0, top, bottom, "does")
    halves = []
    for row, text in enumerate(drawn(canvas)):
        halves += [2 * row - 0.5] * (text in "│╵") + [2 * row + 0.5] * (text in "│╷")
    # A half of a cell is drawn if at least a half of it is covered.
    assert all(2 * top - 0.5 <= half <= 2 * bottom + 0.5 for half in halves)
    assert bottom - top < 1 or len(halves) >= 2 * (bottom - top) - 1


def test_dots_are_equally_far_apart_however_steep_the_line() -> None:
    level, steep = Canvas(20, 20), Canvas(20, 20)
    level.dotted([(0, 5), (10, 5)], "does")
    steep.dotted([(5, 0), (5, 5)], "does")
    dots = [
        sum((ord(cell) - 0x2800).bit_count() for row in drawn(each) for cell in row if cell > "⠀")
        for each in (level, steep)
    ]
    assert dots == [11, 11]


def test_signs_lie_above_dots_and_dots_above_rules() -> None:
    canvas = Canvas(3, 1)
    canvas.rule(0, "base")
    canvas.dotted([(1, 0), (2, 0)], "does")
    canvas.sign(2, 0, "●", "says")
    assert drawn(canvas)[0][0] == "─"
    assert "⠀" < drawn(canvas)[0][1] <= "⣿"
    assert drawn(canvas)[0][2] == "●"


def test_at_least_half_of_a_row_is_covered_where_it_is_shaded() -> None:
    canvas = Canvas(1, 4)
    canvas.shade(1.1, 2.4)
    assert [row[0].shaded for row in canvas.rows()] == [False, False, True, False]
