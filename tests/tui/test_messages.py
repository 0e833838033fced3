"""Messages are short, say what a key did, and cover nothing that they speak of."""

from pathlib import Path

import pytest

from tests.tui.app import console, ended, screen, until
from tests.waiting import wait_until

SIZES = [(80, 24), (120, 34)]


def row_of(seen: str, words: str) -> int:
    """The row in which these words stand."""
    return next(number for number, row in enumerate(seen.splitlines()) if words in row)


@pytest.mark.parametrize("size", SIZES)
async def test_a_message_stands_above_the_findings(tmp_path: Path, size: tuple[int, int]) -> None:
    async with console(tmp_path, size=size) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f7", *"recipe", "enter")
        seen = await until(pilot, "Labelled tuned's answer: recipe")
        # The findings of tuned are the lowest.
        assert row_of(seen, "Labelled tuned's answer: recipe") == row_of(seen, "5 of 5 letters") - 1
        await until(pilot, "✎ recipe")


async def test_the_key_for_blind_says_what_it_did(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("ctrl+t")
        await until(pilot, "Blind from the next question on")
        await pilot.press("ctrl+t")
        await until(pilot, "Sides are shown again")
        await pilot.press("ctrl+t", "1")
        await ended(pilot, comparison)
        await pilot.press("ctrl+t")
        await until(pilot, "Sides are shown from the next question on")


async def test_a_label_is_for_the_focused_side_and_else_for_tuned_and_tab_goes_on(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f7")
        await until(pilot, "Label tuned's answer")
        await pilot.press(*"odd", "tab")
        await until(pilot, "Label base's answer")
        await pilot.press("enter")
        await until(pilot, "Labelled base's answer: odd")
        await pilot.press("escape", "f7")
        await until(pilot, "Label base's answer")


async def test_letters_typed_right_after_a_question_are_the_next_question(tmp_path: Path) -> None:
    async with console(tmp_path, typed="hi") as (pilot, comparison):
        await pilot.press("enter", *"rx")
        await ended(pilot, comparison)
        await pilot.press(*"z?")
        await wait_until(lambda: "› rxz?" in screen(pilot))
        assert not comparison.view.blind
        assert len(comparison.view.exchanges) == 1
