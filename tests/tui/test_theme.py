"""The theme is chosen in the palette and remembered; what makes no sense here is not offered there."""

from pathlib import Path

from textual.widgets import OptionList

from diptych.sessions import Store
from diptych.tui.theme import THEME_NOTE, chosen_theme
from tests.tui.app import console, until
from tests.waiting import wait_until


async def test_the_palette_offers_what_makes_sense_here(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        await pilot.press("escape")
        await pilot.press("ctrl+p")
        await until(pilot, "See many samples")
        palette = pilot.app.screen.query_one(OptionList)
        offered = [str(option.prompt).split("\n")[0].split("  ", 1) for option in palette.options]
        keys = {name: keys.strip() for name, keys in offered}
        assert keys["See many samples"] == "f3  s"
        assert {"Change the theme", "Leave diptych"} <= keys.keys()
        assert not keys.keys() & {"Maximize", "Minimize", "Keys", "Screenshot"}
        await pilot.press("escape")
        assert sorted(pilot.app.available_themes) == ["diptych-contrast", "diptych-dark", "diptych-light"]


async def test_the_theme_is_remembered_until_another_is_configured(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        await pilot.press("ctrl+p", *"theme", "enter")
        await until(pilot, "diptych-light")
        await pilot.press(*"light", "enter")
        await wait_until(lambda: pilot.app.theme == "diptych-light")
        note = await wait_until(lambda: Store(tmp_path / "s.db").remembered(THEME_NOTE))
    assert chosen_theme("diptych-dark", note) == "diptych-light"
    assert chosen_theme("diptych-contrast", note) == "diptych-contrast"
    assert chosen_theme("diptych-dark", None) == "diptych-dark"
    assert chosen_theme("diptych-dark", "diptych-dark no-such") == "diptych-dark"
