"""The measures strip: numbers whole, names not cut beside spare room, an interval that says little looks so."""

from collections import Counter
from collections.abc import Sequence

import pytest
from textual.app import App, ComposeResult

from diptych.compare import Count, Measure
from diptych.tui.theme import THEMES
from diptych.tui.widgets.measures.measures_strip import MeasuresStrip

SIDES = ("base", "tuned", "control", "fourth")


class Alone(App[None]):
    """The strip of so many sides."""

    def __init__(self, sides: int) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "diptych-dark"
        self.strip = MeasuresStrip(SIDES[:sides])

    def compose(self) -> ComposeResult:
        self.strip.styles.height = "auto"
        yield self.strip


async def rows(counts: dict[str, Sequence[Count]], width: int, most: int = 10) -> list[str]:
    """What is shown of the counts, by the name of the measure, on so many rows at the most."""
    sides = len(next(iter(counts.values())))
    app = Alone(sides)
    async with app.run_test(size=(width, 30)) as pilot:
        app.strip.styles.max_height = most
        measures = {
            Measure("x", label, "pattern", "x"): dict(zip(SIDES, own, strict=False)) for label, own in counts.items()
        }
        app.strip.show(measures, (), "")
        await pilot.pause()
        return [strip.text.rstrip() for strip in app.strip.render_lines(app.strip.size.region)]


def count(k: int, n: int, excluded: int = 0, numbers: Sequence[float] = ()) -> Count:
    return Count(k, n, Counter(refusal=excluded) if excluded else Counter(), list(numbers))


async def test_what_was_excluded_stands_with_the_count() -> None:
    (row, *_) = await rows({"follows HELLO": [count(1, 1, 6), count(1, 1)]}, 80)
    assert "1/1, 6 excluded" in row
    assert row.endswith("1/1")


@pytest.mark.parametrize("width", [80, 100, 120, 200])
@pytest.mark.parametrize("sides", [2, 3, 4])
async def test_numbers_are_whole_and_names_are_cut_last(width: int, sides: int) -> None:
    named = "names HELLO early"
    own = [count(7, 12, 3), count(12, 12), count(0, 12, 24), count(1, 1, 1)][:sides]
    (row, short, *_) = await rows({named: own, "scale": [count(0, 0)] * sides}, width)
    assert named in row
    for each in own:
        assert f" {each.k}/{each.n}" in row
        if each.excluded:
            assert f"{each.excluded.total()}" in row
    assert short.count("–") == sides
    if width >= 120:
        assert "3 excl" in row


@pytest.mark.parametrize("sides", [2, 3, 4])
async def test_means_are_whole_too(sides: int) -> None:
    own = [count(5, 12, numbers=[61.25] * 12)] * sides
    (row, *_) = await rows({"risk above 50 of 100": own}, 120)
    assert "risk above 50 of 100" in row
    assert row.count("5/12 mean 61.2") == sides


async def test_one_answer_does_not_look_like_certainty() -> None:
    (one, *_) = await rows({"x": [count(0, 1), count(1, 1)]}, 80)
    assert "●╌╌╌" in one
    assert "╌╌╌●" in one
    assert "━" not in one
    (many, *_) = await rows({"x": [count(0, 200), count(200, 200)]}, 80)
    assert "●╾──" in many
    assert "──╼●" in many
    assert "╌" not in many


async def test_a_measure_that_is_left_out_is_told() -> None:
    many = {name: [count(1, 2), count(2, 2), count(0, 2)] for name in ("first", "second", "third")}
    (_, second, *_) = await rows(many, 80, most=3)
    assert second.endswith("+1 · f4")
    assert "third" not in second
    (_, second, third, *_) = await rows(many, 80)
    assert "f4" not in second
    assert "third" in third


async def test_nothing_is_said_before_the_first_answer() -> None:
    (row, *_) = await rows({"x": [count(0, 0), count(0, 0)]}, 120)
    assert "0/0" not in row
    assert "Δ" not in row
