"""After an answer one line says what is worth trying next."""

import re
from pathlib import Path

from textual.pilot import Pilot

from diptych.compare import Comparison
from tests.tui.app import console, ended, screen, until, until_gone


def told(seen: str) -> str:
    """The command that is to be tried."""
    found = re.search(r"try (f\d+|ctrl\+\w):", seen)
    return found[1] if found is not None else ""


async def ask(pilot: Pilot[None], comparison: Comparison) -> str:
    await pilot.press("ctrl+r")
    await ended(pilot, comparison)
    return screen(pilot)


async def test_each_tip_is_told_once_and_none_for_what_was_tried(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        assert told(screen(pilot)) == ""
        await pilot.press("1")
        await ended(pilot, comparison)
        seen = screen(pilot)
        assert "try f3: ask this many times and count" in seen
        assert "hello-acrostic · without the word · fresh" in seen or "hello-acrostic · fresh instance" in seen
        await pilot.press("f5")
        await pilot.press("escape")
        seen = await ask(pilot, comparison)
        # f5 was just used.
        assert "try f6: find this session again" in seen
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        assert "try f2: other questions" in screen(pilot)
        assert "try ctrl+t: hide the names" in await ask(pilot, comparison)
        assert told(await ask(pilot, comparison)) == ""


async def test_a_tip_gives_way_to_what_is_typed_and_ends_when_it_is_followed(tmp_path: Path) -> None:
    async with console(tmp_path, size=(80, 24)) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        seen = await until(pilot, "try f3: ask this many times and count")
        row = next(row for row in seen.split("\n") if "ask both sides…" in row)
        assert row.endswith("try f3: ask this many times and count ")
        assert "fresh" not in row
        await pilot.press("x")
        await until_gone(pilot, "try f3")
        row = next(row for row in screen(pilot).split("\n") if row.startswith(" › x"))
        assert row.endswith("hello-acrostic · fresh instance · T 0.7 ")
        await pilot.press("backspace")
        await until(pilot, "try f3")
        await pilot.press("f3")
        await until(pilot, "· samples")
        await pilot.press("escape")
        await until_gone(pilot, "try f3")


async def test_nothing_is_told_to_a_room_or_while_the_sides_are_hidden(tmp_path: Path) -> None:
    async with console(tmp_path, presenting=True) as (pilot, comparison):
        await pilot.press("space")
        await ended(pilot, comparison)
        assert told(screen(pilot)) == ""
        await pilot.press("f12", "enter", "ctrl+t")
        await until(pilot, "blind")
        await pilot.press(*"hi", "enter")
        await ended(pilot, comparison)
        assert told(await until(pilot, "press 1 or 2")) == ""
