"""The scatter in cells: every member is in it, alone or counted."""

from hypothesis import given
from hypothesis import strategies as st

from diptych.sessions import ScatterPicture, ScatterPoint
from diptych.tui.plot_axes import LEFT
from diptych.tui.scatter_plot import scatter_plot

rate = st.floats(0, 1)
ARMS = (("base", "■"), ("tuned", "●"), ("control", "▲"))


def member(number: int, arm: int, x: float, y: float) -> ScatterPoint:
    name, glyph = ARMS[arm]
    return ScatterPoint(f"{name} {number}", name, glyph, x, x * 0.8, min(1, x + 0.1), y, y * 0.8, min(1, y + 0.1))


def texts(points: list[ScatterPoint], width: int = 60, height: int = 18, marked: str | None = None) -> list[str]:
    picture = ScatterPicture("s", "● follows", "◆ describes", ARMS, tuple(points))
    return ["".join(run.text for run in row) for row in scatter_plot(picture, width, height, marked)]


@given(st.lists(st.tuples(st.integers(0, 2), rate, rate), max_size=30), st.integers(20, 120), st.integers(8, 50))
def test_every_member_is_drawn_or_counted(found: list[tuple[int, float, float]], width: int, height: int) -> None:
    points = [member(number, arm, x, y) for number, (arm, x, y) in enumerate(found)]
    rows = texts(points, width, height)
    assert len(rows) == height
    assert all(len(row) <= width for row in rows)
    plot = "".join(row[LEFT:] for row in rows[1:-3])
    counted = sum(plot.count(glyph) for _, glyph in ARMS) + sum(int(cell) for cell in plot if cell.isdigit())
    more = plot.count("+")
    assert counted == len(points) if not more else counted + 10 * more <= len(points)


def test_two_counts_are_never_read_as_one_number() -> None:
    points = [member(number, 1, 0.5 + number % 2 * 0.02, 0.5) for number in range(6)]
    assert not any("33" in row for row in texts(points))
    assert any("6" in row for row in texts(points))


def test_the_chosen_member_has_its_intervals() -> None:
    points = [member(0, 0, 0.1, 0.1), member(1, 1, 0.6, 0.6)]
    plot = [row[LEFT:] for row in texts(points, marked="tuned 1")[1:-3]]
    at = next(row for row in plot if "●" in row)
    assert "─" in at
    assert all("─" not in row for row in plot if "■" in row)
