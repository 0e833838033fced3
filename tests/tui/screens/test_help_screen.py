"""The help has the keys and the signs of the screen that it is opened from."""

from pathlib import Path

import pytest

from diptych.tui.signs import LEGENDS
from tests.tui.app import console, ended, screen, until, until_gone
from tests.tui.test_commands import SCREENS
from tests.waiting import wait_until

OPENED = {
    "f2": ("Probes", "Filter the probes"),
    "f3": ("most frequent", "Fold equal answers"),
    "f4": ("measures", "Go to another measure"),
    "f5": ("surprising", "Show the total of each line"),
    "f6": ("sessions", "Change its tags"),
    "f7": ("Label", "Save the line"),
    "f11": ("Models of", "Unload an adapter"),
}
"""Keys, what the screens can be known by, and what their help has."""


@pytest.mark.slow
async def test_f1_helps_on_every_screen(tmp_path: Path) -> None:
    async with console(tmp_path, size=(200, 60)) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        for key, (words, told) in OPENED.items():
            await pilot.press(key)
            await until(pilot, words)
            await pilot.press("f1")
            await until(pilot, told)
            await pilot.press("f1")
            await until_gone(pilot, told)
            await pilot.press("escape")
            await until(pilot, "ctrl+p commands")


async def test_f1_helps_in_the_palette_and_where_leaving_is_asked(tmp_path: Path) -> None:
    async with console(tmp_path, typed="wait") as (pilot, comparison):
        await pilot.press("ctrl+p")
        await until(pilot, "See many samples")
        await pilot.press("f1")
        await until(pilot, "Run the command")
        await pilot.press("escape", "escape")
        await until_gone(pilot, "See many samples")
        await pilot.press("enter")
        await wait_until(lambda: comparison.view.streaming)
        await pilot.press("ctrl+q")
        await until(pilot, "Leave diptych?")
        await pilot.press("question_mark")
        await until(pilot, "Leave all the same")
        await pilot.press("escape", "escape")
        await until_gone(pilot, "Leave diptych?")
        assert pilot.app.return_code is None


async def test_the_help_says_how_letters_work_and_has_the_legend(tmp_path: Path) -> None:
    async with console(tmp_path, size=(200, 60)) as (pilot, _):
        await pilot.press("f1")
        seen = await until(pilot, "after esc from the prompt box, letters work too")
        for words in (
            "tab",
            "shift+tab",
            "enter",
            "alt+↑",
            "click",
            "page down",
            "Cut by the token limit",
            "Streaming",
        ):
            assert words in seen
        assert "^" not in seen


async def test_the_help_can_be_read_to_its_end_in_a_small_terminal(tmp_path: Path) -> None:
    async with console(tmp_path, size=(80, 24)) as (pilot, _):
        await pilot.press("f1")
        await until(pilot, "Ask all sides")
        await pilot.press("end")
        await until(pilot, "The model writes the user's turn")
        await pilot.press("home")
        await until(pilot, "Ask all sides")
        assert max(len(row.rstrip()) for row in screen(pilot).split("\n")) <= 80


async def test_tab_goes_to_the_signs_and_back(tmp_path: Path) -> None:
    async with console(tmp_path, size=(80, 24)) as (pilot, _):
        await pilot.press("f1")
        await until(pilot, "tab signs")
        await pilot.press("tab")
        seen = await until_gone(pilot, "Ask all sides")
        assert "The two sides; each" in seen
        await pilot.press("tab")
        await until(pilot, "Ask all sides")
        await pilot.press("f1", "f7")
        await pilot.press("f2", "f1")
        assert "tab signs" not in await until(pilot, "Filter the probes")


def test_each_screen_has_a_legend() -> None:
    assert {each.LEGEND for each in SCREENS} == set(LEGENDS)
    for legend in LEGENDS.values():
        assert len({(sign.sign, sign.meaning) for sign in legend}) == len(legend)
