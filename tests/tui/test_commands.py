"""Every screen's keys stand in the table, and its help names them."""

from collections import Counter
from pathlib import Path

import pytest
from textual.binding import Binding

from diptych.tui import screens
from diptych.tui.screens.command_screen import CommandScreen
from diptych.tui.screens.differences_screen import DifferencesScreen
from diptych.tui.screens.main_screen import MainScreen
from tests.tui.app import console, until

SCREENS: tuple[type[CommandScreen], ...] = (  # type: ignore[type-arg]
    MainScreen, screens.ReplayScreen, screens.SamplesScreen, screens.ReadingScreen, screens.DivergenceScreen,
    screens.SessionsScreen, screens.MeasuresScreen, screens.HelpScreen, screens.HowManyScreen, screens.LeaveScreen,
    screens.LabelScreen, screens.LabelPickedScreen, screens.LineScreen,
    screens.ModelsScreen, screens.PickerScreen, screens.SettingsScreen,
    screens.TextScreen, screens.TokensScreen, screens.ExportScreen, screens.DemoScreen, DifferencesScreen,
    screens.CurveScreen, screens.DrawnMeasuresScreen, screens.FamilyScreen, screens.ClaimScreen,
)  # fmt: skip


def test_all_screens_are_tried() -> None:
    """Each public screen of the room; two are not behind its door."""
    named = {getattr(screens, name) for name in screens.__all__ if name.endswith("Screen")}
    assert named == set(SCREENS) - {MainScreen, DifferencesScreen}


@pytest.mark.parametrize("screen", SCREENS)
def test_each_command_is_an_action_and_each_key_a_command(screen: type[CommandScreen]) -> None:  # type: ignore[type-arg]
    commands = [command for command in screen.OFFERED if not command.of_widget]
    for command in commands:
        action = command.action.partition("(")[0]
        assert action.startswith("app.") or hasattr(screen, f"action_{action}"), command
    told = {command.action: command.keys for command in commands}
    for binding in screen.BINDINGS:
        assert isinstance(binding, Binding)
        assert set(binding.key.split(",")) <= set(told[binding.action])


@pytest.mark.parametrize("screen", SCREENS)
def test_each_command_has_all_that_help_footer_and_palette_write(screen: type[CommandScreen]) -> None:  # type: ignore[type-arg]
    for command in screen.OFFERED:
        assert command.name, command
        assert command.group, command
        assert command.name[0].isupper(), command
        assert command.of_widget or command.sentence, command
        for words in filter(None, (command.name, command.sentence)):
            assert words[0].isupper() or words[0].isdigit(), command
            assert words[-1] != ".", command
        assert command.word == command.word.lower(), command


@pytest.mark.parametrize("screen", SCREENS)
def test_no_key_does_two_things(screen: type[CommandScreen]) -> None:  # type: ignore[type-arg]
    # For a family some keys mean something else than for a pair.
    for of_family in (False, True):
        commands = [each for each in screen.OFFERED if not each.of_widget and each.of_family == of_family]
        keys = Counter(key for command in commands for key in command.keys)
        assert [key for key, times in keys.items() if times > 1] == []
    names = Counter(command.name for command in screen.OFFERED)
    assert [name for name, times in names.items() if times > 1] == []


async def test_the_help_of_a_screen_names_its_keys(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        await pilot.press("f6")
        await until(pilot, "find a text")
        await pilot.press("f1")
        await until(pilot, "Replay the session")
        await pilot.press("f1")
        await until(pilot, "find a text")
