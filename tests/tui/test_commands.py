"""Every screen's keys stand in the table, and its help names them."""

from pathlib import Path

import pytest

from diptych.tui import screens
from diptych.tui.screens.command_screen import CommandScreen
from diptych.tui.screens.main_screen import MainScreen
from tests.tui.app import console, until

SCREENS: tuple[type[CommandScreen], ...] = (  # type: ignore[type-arg]
    MainScreen, screens.ReplayScreen, screens.SamplesScreen, screens.ReadingScreen, screens.DivergenceScreen,
    screens.SessionsScreen, screens.MeasuresScreen,
)  # fmt: skip


@pytest.mark.parametrize("screen", SCREENS)
def test_each_command_is_an_action_and_each_key_a_command(screen: type[CommandScreen]) -> None:  # type: ignore[type-arg]
    assert screen.OFFERED
    for command in screen.OFFERED:
        action = command.action.partition("(")[0]
        assert action.startswith("app.") or hasattr(screen, f"action_{action}"), command
    told = {command.action for command in screen.OFFERED}
    assert {binding.action for binding in screen.BINDINGS} <= told  # type: ignore[union-attr]


async def test_the_help_of_a_screen_names_its_keys(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        await pilot.press("f6")
        await until(pilot, "find a text")
        await pilot.press("f1")
        await until(pilot, "Play the session again as it came")
        await pilot.press("f1")
        await until(pilot, "find a text")
