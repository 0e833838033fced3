"""Every screen: as a picture in three sizes, dark and light; and nothing on it is cut where there is room."""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from diptych.compare.console.session_state import SessionState
from diptych.tui.widgets.answer.head import Head
from diptych.tui.widgets.claim.legs_list import LegsList
from diptych.tui.widgets.family.family_plot import FamilyPlot
from diptych.tui.widgets.family.picture_rows import PictureHead, PictureRows
from diptych.tui.widgets.measures.measure_detail import MeasureDetail
from diptych.tui.widgets.measures.measures_list import MeasuresList
from diptych.tui.widgets.samples.samples_list import SamplesList
from diptych.tui.widgets.sessions.sessions_list import SessionsList
from tests.tui.app import resize, strips
from tests.tui.screens.drawn import scored
from tests.tui.screens.scenes import SCENES

EVERYDAY = ("120x34", "dark")
SIZES = {"80x24": (80, 24), "120x34": (120, 34), "200x60": (200, 60)}
ROOM = 6
"""Blank cells in a row from which on there was room for more of a text."""
WIDEST = (300, 60)
"""A terminal in which nothing has to be cut."""
IN_COLUMNS = {
    kind.__name__
    for kind in (
        SamplesList,
        SessionsList,
        MeasuresList,
        MeasureDetail,
        Head,
        PictureHead,
        PictureRows,
        FamilyPlot,
        LegsList,
    )
}
"""Widgets with columns, of which none may reach into another. In a head, the name of a model is cut as those of the
others are."""
SHORTEST = 12
"""Cells from which on the beginning of a text tells it from all others."""


@pytest.fixture(autouse=True)
def likelihoods(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server scores tokens here."""
    monkeypatch.setattr(SessionState, "divergence", scored)


def pictures() -> Iterator[object]:
    """Scene, size and theme of each picture: six of a screen, of which one is made every day; two of a variant, when
    there is time."""
    for name in SCENES:
        variant = ", " in name and not name.endswith("three sides")
        for theme in ("dark", "light"):
            for size in SIZES:
                if (size, theme) == EVERYDAY:
                    yield pytest.param(name, size, theme, marks=[pytest.mark.slow] if variant else [])
                elif not variant or (size, theme) == ("80x24", "dark"):
                    yield pytest.param(name, size, theme, marks=pytest.mark.slow)


@pytest.mark.parametrize(("name", "size", "theme"), list(pictures()))
def test_picture(snap_compare: Callable[..., bool], tmp_path: Path, name: str, size: str, theme: str) -> None:
    scene = SCENES[name]
    app = scene.make(tmp_path / "s.db", f"diptych-{theme}")
    assert snap_compare(app, terminal_size=SIZES[size], run_before=scene.open)


def rows(pilot: Pilot[None]) -> Iterator[tuple[str, str]]:
    """Each row of each widget that shows texts of its own, with the name of its class. Not those of boxes to type in,
    whose hints end in three dots."""
    seen = [strip.text for strip in strips(pilot)]
    for widget in pilot.app.screen.query("*"):
        if widget.display and not widget.children and not isinstance(widget, Input | TextArea):
            for row in seen[max(0, widget.region.y) : max(0, widget.region.bottom)]:
                yield type(widget).__name__, row[widget.region.x : widget.region.right]


def texts(row: str) -> list[str]:
    """What stands in a row with at least two blanks between."""
    return [text for text in re.split(r"\s{2,}|[│▏]", row) if text]


def room_beside(kind: str, row: str) -> int:
    """The blank cells that a text with three dots could have taken."""
    behind = max((len(gap) for gap in re.findall("…”?( *)", row)), default=0)
    anywhere = max(len(gap) for gap in re.findall(" *", row.lstrip()))
    return behind if kind in IN_COLUMNS else anywhere


async def cut(pilot: Pilot[None], widths: range) -> list[str]:
    """The texts that are cut at one of the widths although there is room, or without three dots."""
    await resize(pilot, *WIDEST)
    whole = sorted({text for _, row in rows(pilot) for text in texts(row)})
    found = []
    for width in widths:
        await resize(pilot, width, 34)
        for kind, row in rows(pilot):
            if "…" in row and room_beside(kind, row) >= ROOM:
                found.append(f"{width}: room beside {kind}: {row.strip()}")
            for text in texts(row):
                longer = [one for one in whole if one.startswith(text) and len(one) > len(text)]
                if len(text) >= SHORTEST and text not in whole and longer:
                    following = longer[0][len(text) :]
                    if following[0].isalnum() and text[-1].isalnum():
                        found.append(f"{width}: cut without dots in {kind}: {text}|{following}")
    return found


def widths_of_scenes() -> Iterator[object]:
    """Each scene with the widths to try: many when there is time; every day the least, of the screens without their
    variants."""
    for name in SCENES:
        if ", " not in name:
            yield pytest.param(name, range(80, 81), id=f"{name}-least width")
        yield pytest.param(name, range(80, 201, 12), id=f"{name}-many widths", marks=pytest.mark.slow)


@pytest.mark.parametrize(("name", "widths"), list(widths_of_scenes()))
async def test_nothing_is_cut_where_there_is_room(tmp_path: Path, name: str, widths: range) -> None:
    scene = SCENES[name]
    app = await asyncio.to_thread(scene.make, tmp_path / "s.db", "diptych-dark")
    async with app.run_test(size=(120, 34)) as pilot:
        await scene.open(pilot)
        assert not await cut(pilot, widths)
