"""A text to mark in all answers: the dialog, and where it is shown and counted."""

from pathlib import Path

from tests.tui.app import console, ended, screen, settled, until, until_gone


async def test_a_text_is_marked_at_once_and_counted_from_then_on_until_an_empty_line_ends_it(tmp_path: Path) -> None:
    async with console(tmp_path, draws=True) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("escape", "slash")
        await until(pilot, "Mark a text in all answers")
        await pilot.press(*"the", "enter")
        seen = await until(pilot, "before that, not counted: base 1/1, tuned 1/1")
        assert "“the” since answer 3: seen before, 2 times" in seen
        await pilot.press("ctrl+r")
        await ended(pilot, comparison)
        (row,) = [row for row in screen(pilot).splitlines() if "since answer 3" in row and "1/1" in row]
        assert row.count("1/1") == 2
        await pilot.press("f4")
        await until(pilot, "“the” since answer 3")
        await pilot.press("escape", "f3")
        await until(pilot, "2 answers")
        await pilot.press("m", "m", "m")
        await until(pilot, "“the” since")
        await pilot.press("escape", "slash")
        await until(pilot, "Mark a text in all answers")
        await pilot.press(*["backspace"] * 3, "enter")
        await until_gone(pilot, "since answer")


async def test_in_the_prompt_box_the_key_is_a_character(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        await pilot.press("slash", "a")
        assert "/a" in await settled(pilot)


async def test_it_waits_for_answers_and_labels_and_says_what_is_wrong_with_an_expression(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press(*"wait", "enter", "escape", "slash")
        await until(pilot, "Wait until the answers have ended")
        await pilot.press("ctrl+c")
        await ended(pilot, comparison)
        await pilot.press("slash")
        await until(pilot, "Mark a text in all answers")
        await pilot.press(*"/[/", "enter")
        await until(pilot, "not a valid regular expression")
        comparison.hide_sides(True)
        comparison.ask("Who are you?")
        await ended(pilot, comparison)
        pilot.app.screen.action_later()  # type: ignore[attr-defined]
        await pilot.press("alt+down", "slash")
        await until(pilot, "Hidden until you have guessed")


async def test_nothing_of_it_tells_hidden_sides_apart(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await comparison.watch("look")
        await pilot.press("ctrl+t", "1")
        await ended(pilot, comparison)
        assert "“look”" not in screen(pilot)
        await pilot.press("0")
        await until(pilot, "“look”")
