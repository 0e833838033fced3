"""The footer fills the width that there is with the most important keys."""

from pathlib import Path

import pytest

from diptych.tui.widgets.chrome.keys import working_keys
from tests.tui.app import console, ended, screen, settled


@pytest.mark.parametrize("width", [80, 100, 120, 160, 200])
async def test_the_footer_is_full_and_names_help_and_sessions(tmp_path: Path, width: int) -> None:
    async with console(tmp_path, size=(width, 34)) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        for keys in ((), ("escape",)):
            await pilot.press(*keys)
            await settled(pilot)
            footer = screen(pilot).split("\n")[-1]
            for words in ("f1 help", "f6 sessions", "f3 samples", "f5 differ"):
                assert words in footer
            working = list(working_keys(pilot.app.screen, pilot.app.screen.OFFERED))  # type: ignore[attr-defined]
            left_out = [key.cells for key in working if f" {key.shown} {key.command.word} " not in f"{footer}  "]
            blank = width - len(footer.rstrip())
            assert blank < min(left_out, default=width), "there was room for one more"
            assert "^" not in footer


@pytest.mark.parametrize(("keys", "words"), [
    (("f3",), ("enter read", "n more", "f1 help", "esc back")),
    (("f3", "enter"), ("← earlier", "f1 help", "esc back")),
    (("f4",), ("↑↓ measure", "f1 help", "esc back")),
    (("f5",), ("t likeliest", "f1 help", "esc back")),
    (("f6",), ("enter open", "f1 help", "esc back")),
])  # fmt: skip
async def test_every_screen_names_help_and_the_way_back(
    tmp_path: Path, keys: tuple[str, ...], words: tuple[str, ...]
) -> None:
    async with console(tmp_path, size=(80, 24)) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
        footer = screen(pilot).split("\n")[-1]
        assert all(each in footer for each in words), footer


async def test_a_letter_is_not_offered_where_it_would_be_typed(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f3", "slash")
        await settled(pilot)
        footer = screen(pilot).split("\n")[-1]
        assert "n more" not in footer
        assert "esc clear" in footer


async def test_a_click_on_a_key_presses_it(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        footer = screen(pilot).split("\n")[-1]
        await pilot.click("Keys", offset=(footer.index("f2 probes"), 0))
        assert "Probes" in await settled(pilot)
