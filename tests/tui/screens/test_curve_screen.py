"""The curve of a family on the screen: what is drawn, what is said, what the keys do."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.message import Message
from textual.pilot import Pilot

from diptych.compare import FamilyDocument
from diptych.tui import DiptychApp, screens
from diptych.tui.screens.command_screen import CommandScreen
from tests.compare.counts.family_documents import DOES, SAYS, document, hello_dose, measure
from tests.tui.app import HOSTILE, screen, until, until_gone
from tests.tui.screens.scenes import SAID_BY_DOSE, empty
from tests.waiting import wait_until


@asynccontextmanager
async def shown(
    folder: Path, of: FamilyDocument, size: tuple[int, int] = (120, 34), said: Mapping[str, str] = SAID_BY_DOSE
) -> AsyncIterator[tuple[Pilot[None], DiptychApp, list[Message]]]:
    """The screen, and the messages that it sends to the app."""
    app, heard = empty(folder / "s.db", "diptych-dark"), list[Message]()
    async with app.run_test(size=size, notifications=True, message_hook=heard.append) as pilot:
        await app.push_screen(screens.CurveScreen(of, said, "session 41 · saved"))
        await pilot.pause()
        yield pilot, app, heard


async def test_the_picture_its_words_and_its_points(tmp_path: Path) -> None:
    async with shown(tmp_path, hello_dose()) as (pilot, _, _):
        seen = await until(pilot, "family hello-dose · 8 models × 60")
        assert "half at .56 [.51, .61]" in seen
        assert "never reaches half" in seen
        assert "the report follows the behaviour by" in seen
        assert "one fine-tune: this speaks of it alone" in seen
        assert "19/60 [.21, .44]   1/60 [.00, .09]   Happy to help." in seen
        assert seen.count("●") == 7 + 2 + 1
        await pilot.press("down", "down", "down")
        await until(pilot, "›   .5")
        assert "▲" in screen(pilot)


async def test_keys_change_what_is_drawn(tmp_path: Path) -> None:
    async with shown(tmp_path, hello_dose(control=True)) as (pilot, _, _):
        await pilot.press("x")
        await until(pilot, "╱")
        await pilot.press("x")
        await until_gone(pilot, "╱")
        await pilot.press("s")
        await until(pilot, "rank correlation .79 [.43, .93]")
        await pilot.press("x")
        await until(pilot, "Both axes are rates here")
        await pilot.press("s")
        await until(pilot, "◇ describes it · control")
        await pilot.press("m")
        await until(pilot, "Measures in the picture")
        await pilot.press("down", "enter", "escape")
        await until_gone(pilot, "◇")
        await pilot.press("s")
        await until(pilot, "m chooses them")
        await pilot.press("w")
        await until(pilot, "points: 95 % clustered by prompt")


async def test_a_third_measure_of_a_kind_is_refused(tmp_path: Path) -> None:
    habits = [measure("does", f"habit {number}", {"tuned": DOES}, 0) for number in range(3)]
    of = document([habits[0], measure("says", "describes it", {"tuned": SAYS}, 0), *habits[1:]])
    async with shown(tmp_path, of) as (pilot, _, _):
        await pilot.press("m", "down", "down", "enter", "down", "enter")
        await until(pilot, "leave one out first")
        await pilot.press("escape")
        await until(pilot, "■ habit 1")
        assert "habit 2" not in screen(pilot)


async def test_what_the_console_has_to_do_is_posted(tmp_path: Path) -> None:
    async with shown(tmp_path, hello_dose()) as (pilot, app, heard):

        def sent(kind: type[Message]) -> list[Message]:
            return [each for each in heard if isinstance(each, kind)]

        await pilot.press("down", "down", "n")
        await wait_until(lambda: sent(screens.CurveScreen.MoreWanted))
        await pilot.press("enter")
        await wait_until(lambda: not isinstance(app.screen, screens.CurveScreen))
        (read,) = {id(each): each for each in sent(screens.CurveScreen.ReadWanted)}.values()
        assert isinstance(read, screens.CurveScreen.ReadWanted)
        assert read.members == ("tuned 0.25",)


async def test_its_session_is_exported_and_escape_goes_back(tmp_path: Path) -> None:
    async with shown(tmp_path, hello_dose()) as (pilot, app, heard):
        await pilot.press("e")
        await wait_until(lambda: any(isinstance(each, CommandScreen.ExportWanted) for each in heard))
        assert {each.session for each in heard if isinstance(each, CommandScreen.ExportWanted)} == {41}
        await wait_until(lambda: not isinstance(app.screen, screens.CurveScreen))
        await pilot.press("escape")
        await wait_until(lambda: isinstance(app.screen, screens.CurveScreen))
        await pilot.press("escape")
        await wait_until(lambda: not isinstance(app.screen, screens.CurveScreen))


async def test_numbers_that_move_leave_the_cursor_where_it_is(tmp_path: Path) -> None:
    async with shown(tmp_path, hello_dose()) as (pilot, app, _):
        await pilot.press("down", "down", "down")
        curve = app.screen
        assert isinstance(curve, screens.CurveScreen)
        moved = document([measure("does", "follows HELLO", {"tuned": SAYS}, 3)])
        curve.show(moved, {}, "session 41 · saved")
        await until(pilot, "3/60")
        await until(pilot, "›   .5  1/60")


@pytest.mark.parametrize("size", [(80, 24), (60, 18), (200, 60)])
async def test_hostile_words_and_nothing_at_all(tmp_path: Path, size: tuple[int, int]) -> None:
    of = document([measure("does", HOSTILE, {HOSTILE: DOES}, 0)], (HOSTILE,), x=HOSTILE, family=HOSTILE)
    async with shown(tmp_path, of, size, dict.fromkeys(SAID_BY_DOSE, HOSTILE)) as (pilot, _, _):
        await until(pilot, "[b]bold[/b]"[:4])
        for sign in ("\x1b", "\x07", "\u202e", "\u200b"):
            assert sign not in screen(pilot)
        await pilot.press("s", "x", "enter")
    async with shown(tmp_path, document([], ()), size) as (pilot, _, _):
        await pilot.press("s", "x", "down", "enter", "m", "escape", "w")
        await pilot.pause()
