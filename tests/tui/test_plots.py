"""Plots in characters say what the numbers say."""

from hypothesis import given
from hypothesis import strategies as st

from diptych.tui.plots import bar, bins, course, histogram, interval_on_axis, scale_under_axis

unit = st.floats(0, 1)


@given(st.lists(unit, min_size=3, max_size=3), st.lists(unit, max_size=3), st.integers(2, 80))
def test_an_interval_fills_the_width_and_holds_its_estimate(
    ends: list[float], published: list[float], width: int
) -> None:
    low, estimate, high = sorted(ends)
    pieces = interval_on_axis(low, high, estimate, published, width)
    drawn = "".join(piece.text for piece in pieces)
    assert len(drawn) == width
    assert sum(drawn.count(mark) for mark in "●◈") == 1
    assert ("◇" in drawn or "◈" in drawn) == bool(published)
    first, last = min(drawn.find(c) for c in "●◈" if c in drawn), len(drawn)
    assert abs(first - estimate * (width - 1)) <= 1
    # Only what is written as .00 or 1.00 is at an end of the axis.
    assert width == 2 or (first == 0) == (estimate < 0.005)
    assert width == 2 or (first == width - 1) == (estimate >= 1 - 0.005)
    heavy = [i for i, char in enumerate(drawn) if char in "━╾╼"]
    assert all(low * (width - 1) - 1 <= i <= high * (width - 1) + 1 for i in heavy if i < last)


def test_an_interval_ends_at_half_a_cell() -> None:
    assert "".join(p.text for p in interval_on_axis(0.5, 1.0, 1.0, [], 4)) == "──━●"
    assert "".join(p.text for p in interval_on_axis(3 / 7, 6 / 7, 0.66, [0.0], 4)) == "◇╼●╾"
    assert "".join(p.text for p in interval_on_axis(0.0, 1.0, None, [], 4)) == "────"
    assert scale_under_axis(41).split() == ["0", ".25", ".5", ".75", "1"]
    assert scale_under_axis(20).split() == ["0", ".25", ".5", ".75", "1"]
    assert scale_under_axis(19).split() == ["0", "1"]


@given(st.lists(unit, min_size=1, max_size=200), st.integers(1, 30), st.integers(1, 8))
def test_a_course_ends_where_its_last_value_is(values: list[float], width: int, height: int) -> None:
    rows = course([values], width, height)
    assert [len(row) for row in rows] == [width] * height
    row = round((1 - values[-1]) * (4 * height - 1))
    right = ord(rows[row // 4][-1]) - 0x2800
    assert right & (0x08, 0x10, 0x20, 0x80)[row % 4]


def test_courses_rise_and_fall() -> None:
    assert course([[1.0, 1.0]], 2, 1) == ["⠉⠉"]
    assert course([[0.0, 0.0]], 2, 1) == ["⣀⣀"]
    assert course([[]], 2, 1) == ["⠀⠀"]
    assert course([[0.0, 1.0]], 1, 1) == ["⣸"]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20), st.integers(1, 5))
def test_a_histogram_shows_all_that_is_there_and_no_more(counts: list[int], height: int) -> None:
    rows = histogram(counts, max(counts), height)
    assert len(rows) == height
    for place, count in enumerate(counts):
        column = [row[place] for row in rows]
        assert any(char != " " for char in column) == (count > 0)
        assert not count or (set(column) == {"█"}) == (count == max(counts))


@given(st.integers(0, 100), st.integers(1, 30))
def test_a_bar_is_as_long_as_its_share(count: int, width: int) -> None:
    drawn = bar(count, 100, width)
    assert len(drawn) == width
    assert bool(drawn.strip()) == (count > 0)
    assert (drawn == "█" * width) == (count == 100)


@given(st.lists(st.floats(-10, 110), max_size=30))
def test_every_number_has_its_bin(numbers: list[float]) -> None:
    counted = bins(numbers, 0, 100, 20)
    assert sum(counted) == len(numbers)
    assert bins([0, 4.9, 5, 99, 100], 0, 100, 20) == [2, 1, *[0] * 17, 2]
