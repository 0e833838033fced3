"""The curve in cells: every point is in it, in its interval; numbers never overlap; nothing that is odd breaks it."""

import re
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from diptych.compare import wilson
from diptych.number_words import axis_words
from diptych.sessions import ROLE_GLYPHS, CurvePicture, PictureBand, PictureLine, PicturePoint
from diptych.tui.curve_plot import curve_plot
from diptych.tui.plot_axes import LEFT

N = 20


def point(x: float, k: int) -> PicturePoint:
    return PicturePoint(x, k / N, *wilson(k, N), f"{k}/{N}", (f"at {x}",))


def line(glyph: str, xs: Sequence[float], ks: Sequence[int], arm: str = "tuned") -> PictureLine:
    points = tuple(point(x, k) for x, k in zip(xs, ks, strict=False))
    role = "does" if glyph in ROLE_GLYPHS["does"] else "says"
    return PictureLine(role, "follows", arm, glyph, points, tuple((p.x, p.rate) for p in points), ())  # type: ignore[arg-type]


def picture(lines: Sequence[PictureLine], bands: Sequence[PictureBand] = (), x: str = "dose") -> CurvePicture:
    return CurvePicture("a curve", x, False, tuple(lines), tuple(bands))


def texts(drawn: CurvePicture, width: int, height: int, log: bool = False, marked: float | None = None) -> list[str]:
    return ["".join(run.text for run in row) for row in curve_plot(drawn, log, width, height, marked)]


xs = st.lists(st.floats(0, 1e5).map(lambda x: round(x, 3)), min_size=1, max_size=9, unique=True).map(sorted)
counts = st.lists(st.integers(0, N), min_size=9, max_size=9)


@given(xs, counts, counts, st.integers(30, 160), st.integers(8, 50), st.booleans())
def test_every_point_is_in_the_plot_and_nothing_sticks_out(
    x: list[float], does: list[int], says: list[int], width: int, height: int, log: bool
) -> None:
    rows = texts(picture([line("●", x, does), line("◆", x, says)]), width, height, log)
    assert [len(row) for row in rows] == [width] * height
    plot = rows[:-2]
    ticks = [place for place, cell in enumerate(rows[-2]) if cell == "┬"]
    assert ticks
    assert all(LEFT < tick < width - 1 for tick in ticks)
    for tick in ticks:
        near = {row[column] for row in plot for column in range(tick - 1, tick + 2)}
        # With less than a column for each x, what is said may lie below what is done.
        assert "●" in near


@given(st.integers(0, N), st.integers(12, 60))
def test_a_point_stands_at_its_rate_and_within_its_interval(k: int, height: int) -> None:
    rows = texts(picture([line("●", [1.0], [k])]), 60, height)[:-2]
    last = len(rows) - 1
    at = next(number for number, row in enumerate(rows) if "●" in row)
    assert abs(at - (1 - k / N) * last) <= 0.5
    column = rows[at].index("●")
    drawn = [number for number, row in enumerate(rows) if row[column] in "│╵╷●"]
    assert drawn == list(range(drawn[0], drawn[-1] + 1))
    low, high = wilson(k, N)
    assert (1 - high) * last - 0.5 <= drawn[0] <= at <= drawn[-1] <= (1 - low) * last + 0.5


@given(xs, st.integers(40, 160), st.booleans(), st.sampled_from(["dose", "training step", "n"]))
def test_numbers_below_never_overlap_and_are_whole(x: list[float], width: int, log: bool, name: str) -> None:
    rows = texts(picture([line("●", x, [0] * 9)], x=name), width, 12, log)
    own_row = len(name) > 8
    below = rows[-2] if own_row else rows[-1].removesuffix(name)
    known = {axis_words(number) for number in x}
    shown = re.split(r"\s{2,}", below.strip())
    assert set(shown) <= known
    assert axis_words(x[0]) in shown


def test_points_that_share_an_x_stand_beside_each_other() -> None:
    rows = texts(picture([line("●", [0, 1], [0, N]), line("◆", [0, 1], [0, N])]), 60, 12)
    assert any("●◆" in row for row in rows)


def test_without_room_the_first_line_stays_visible() -> None:
    x = [float(number) for number in range(40)]
    rows = texts(picture([line("●", x, [0] * 40), line("◆", x, [0] * 40)]), 40, 12)
    assert "●" in "".join(rows)


def test_a_logarithmic_axis_sets_zero_apart() -> None:
    rows = texts(picture([line("●", [0, 10, 100, 1000], [0, 5, 10, 15])]), 80, 14, log=True)
    assert "╱" in rows[-2]
    places = [rows[-1].index(label) for label in ("10", "100", "1,000")]
    columns = [place for place, cell in enumerate(rows[-2]) if cell == "┬"]
    assert len(columns) == 4
    assert abs((columns[3] - columns[2]) - (columns[2] - columns[1])) <= 1
    assert places == sorted(places)
    assert "╱" not in "".join(texts(picture([line("●", [10, 100], [0, 5])]), 80, 14, log=True))


def test_the_marked_x_is_marked_below() -> None:
    drawn = picture([line("●", [0, 0.5, 1], [0, 5, 10])])
    rows = curve_plot(drawn, False, 60, 12, 0.5)
    assert [run.text for row in rows for run in row if run.part == "marked"] == ["▲", ".5"]
    assert "▲" not in "".join(texts(drawn, 60, 12, marked=0.7))


def test_the_base_is_a_band_with_its_name() -> None:
    band = PictureBand("does", "follows", "base", "●", 0.25, 0.1, 0.5, "5/20")
    rows = curve_plot(picture([line("●", [0, 1], [0, N])], [band]), False, 60, 22, None)
    shaded = [number for number, row in enumerate(rows) if any(run.shaded for run in row)]
    assert shaded == list(range(10, 18))
    rule = [number for number, row in enumerate(rows) if any(run.part == "base" for run in row)]
    assert rule == [14]
    assert "base" in "".join(run.text for run in rows[14])


def test_nothing_one_point_and_extremes() -> None:
    assert [len(row) for row in texts(picture([]), 40, 10)] == [40] * 10
    assert "●" in "".join(texts(picture([line("●", [0], [0])]), 40, 10, log=True))
    for k in (0, N):
        rows = texts(picture([line("●", [0, 1, 2], [k] * 3)]), 60, 12)
        assert rows[0 if k else -3].count("●") == 3
    for width, height in ((1, 1), (6, 3), (10, 4)):
        assert curve_plot(picture([line("●", [0, 1], [0, N])]), False, width, height, 0)


@given(st.text(max_size=30), st.text(max_size=30), st.integers(30, 100))
def test_names_of_any_letters_keep_every_row_as_wide_as_the_plot(x: str, arm: str, width: int) -> None:
    band = PictureBand("does", "follows", arm, "●", 0.25, 0.1, 0.5, "5/20")
    rows = texts(picture([line("●", [0, 1], [0, N])], [band], x), width, 14)
    assert [cell_len(row) for row in rows] == [width] * 14
    assert not any(character in row for row in rows for character in "\x1b\n\r\t\x00\u202e\u200b")
