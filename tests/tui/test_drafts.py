"""Nothing that was typed is lost."""

import sqlite3
from contextlib import closing
from pathlib import Path

from textual.pilot import Pilot

from diptych.sessions import Store
from diptych.tui import DRAFT_NOTE
from diptych.tui.widgets.prompt.prompt_box import PromptBox
from tests.tui.app import console, ended, left, screen, until
from tests.waiting import wait_until


def box(pilot: Pilot[None], name: str = "prompt") -> PromptBox:
    return pilot.app.screen.query_one(f"#{name}", PromptBox)


async def test_one_key_clears_the_box_and_another_brings_the_text_back(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        await pilot.press(*"two", "ctrl+j", *"lines", "left", "ctrl+u")
        assert box(pilot).text == ""
        await pilot.press("ctrl+z")
        assert box(pilot).text == "two\nlines"


async def test_a_question_of_the_picker_may_be_taken_back_too(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        await pilot.press(*"mine", "f2", "enter")
        await wait_until(lambda: box(pilot).text.startswith("What is special"))
        await pilot.press("ctrl+z")
        assert box(pilot).text == "mine"


async def test_what_was_typed_before_an_earlier_question_is_asked_again_comes_back(tmp_path: Path) -> None:
    async with console(tmp_path, typed="first") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        await pilot.press(*"draft", "up", *" again", "down", "up")
        assert box(pilot).text == "first again"
        await pilot.press("enter")
        await ended(pilot, comparison)
        assert comparison.view.exchanges[-1].prompt == "first again"
        assert box(pilot).text == "draft"
        await pilot.press("up", "up")
        assert box(pilot).text == "first"


async def test_it_is_there_again_at_the_next_start(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        await pilot.press(*"half a question", "ctrl+g", *"Hats", "ctrl+q")
        await left(pilot)
    async with console(tmp_path) as (pilot, comparison):
        assert (box(pilot).text, box(pilot, "beginning").text) == ("half a question", "Hats")
        assert "Hats" in screen(pilot)
        await pilot.press("enter")
        await ended(pilot, comparison)
        assert comparison.view.exchanges[-1].question.prefill == "Hats"
        await pilot.press("ctrl+g")
    async with console(tmp_path) as (pilot, _):
        assert (box(pilot).text, box(pilot, "beginning").text) == ("", "")
        await until(pilot, "Press a number")


async def test_it_is_kept_while_one_types(tmp_path: Path) -> None:
    """So that a console that is killed loses little."""
    async with console(tmp_path) as (pilot, _):
        await pilot.press(*"half")
        store = Store(tmp_path / "s.db")
        await wait_until(lambda: "half" in (store.remembered(DRAFT_NOTE) or ""))
        store.close()


async def test_a_question_from_the_command_line_goes_before_it(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        await pilot.press(*"draft")
    async with console(tmp_path, typed="given") as (pilot, _):
        assert box(pilot).text == "given"
        await pilot.press("up")
        assert box(pilot).text == "draft"


async def test_a_note_that_cannot_be_read_is_no_draft(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        await pilot.press("x")
    with closing(sqlite3.connect(tmp_path / "s.db")) as db, db:
        db.execute("UPDATE notes SET value = '[' WHERE key = 'draft'")
    async with console(tmp_path) as (pilot, _):
        assert box(pilot).text == ""
