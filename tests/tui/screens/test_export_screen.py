"""A session is exported from the console: format, file name, progress, errors."""

import csv
from pathlib import Path

import pytest
from textual.pilot import Pilot

from diptych.sessions import FORMATS, Store
from diptych.sessions.exports import jsonl_export
from tests.sessions.stored import SIDES, answer, keep_session
from tests.tui.app import console, ended, screen, settled, until, until_gone
from tests.waiting import wait_until


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, which the suggested names are in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def kept(folder: Path) -> None:
    keep_session(folder / "s.db", [answer(side, text=f"Said by {side.name}.") for side in SIDES])


async def from_the_palette(pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+p", *"export")
    await until(pilot, "Export this session")
    await pilot.press("enter")


async def test_a_table_is_written_and_its_path_is_copied(tmp_path: Path, here: Path) -> None:
    kept(tmp_path)
    async with console(tmp_path) as (pilot, _):
        await pilot.press("f6")
        await until(pilot, "A title")
        await pilot.press("e")
        seen = await until(pilot, "Export session 1")
        assert all(name in seen for name in FORMATS)
        await until(pilot, "session-1.jsonl")
        await pilot.press("down")
        await until(pilot, "session-1.csv")
        await pilot.press("enter")
        await until(pilot, "y copies the path")
        await pilot.press("y")
        await wait_until(lambda: pilot.app.clipboard == f"{here}/session-1.csv")
        await pilot.press("escape")
        await until_gone(pilot, "Export session 1")
    rows = list(csv.DictReader((here / "session-1.csv").open()))
    assert [(row["side"], row["answer"], row["draw"]) for row in rows] == [
        ("base", "Said by base.", "yes"), ("tuned", "Said by tuned.", "yes"),
    ]  # fmt: skip


async def test_a_file_that_is_there_is_replaced_only_when_asked_for_twice(tmp_path: Path, here: Path) -> None:
    kept(tmp_path)
    (here / "session-1.jsonl").write_text("mine")
    (here / "other.html").write_text("mine, too")
    async with console(tmp_path) as (pilot, _):
        await pilot.press("f6")
        await until(pilot, "A title")
        await pilot.press("e")
        await until(pilot, "session-1-2.jsonl")
        await pilot.press("tab", "ctrl+u", *"other.html", "enter")
        await until(pilot, "This file is there already. Press enter again to replace it")
        assert (here / "other.html").read_text() == "mine, too"
        await pilot.press("backspace", "l", "enter")
        await settled(pilot)
        assert (here / "other.html").read_text() == "mine, too", "replaced, though the name was typed again"
        await pilot.press("enter")
        await until(pilot, "✓")
    assert (here / "other.html").read_text().startswith('{"format":"diptych-session"')
    assert (here / "session-1.jsonl").read_text() == "mine"


async def test_what_is_wrong_is_said_where_the_name_is_typed(tmp_path: Path, here: Path) -> None:
    kept(tmp_path)
    async with console(tmp_path) as (pilot, _):
        await pilot.press("f6")
        await until(pilot, "A title")
        await pilot.press("e")
        await until(pilot, "session-1.jsonl")
        await pilot.press("tab", "ctrl+u", "enter")
        await until(pilot, "Type a file name.")
        await pilot.press(*"nowhere/x.jsonl", "enter")
        seen = await until(pilot, "there is no folder")
        assert "make it, or type another name" in " ".join(seen.split())
        # The ending follows the format also in a name that was typed.
        await pilot.press("up", "down")
        await until(pilot, "nowhere/x.csv")
    assert not any(here.iterdir())


async def test_esc_stops_a_large_export_and_leaves_no_file(
    tmp_path: Path, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path)
    # It reads the same answers for ever.
    lines = jsonl_export.lines
    monkeypatch.setattr(jsonl_export, "lines", lambda data: (line for _ in iter(int, 1) for line in lines(data)))
    async with console(tmp_path) as (pilot, _):
        await pilot.press("f6")
        await until(pilot, "A title")
        await pilot.press("e")
        await until(pilot, "session-1.jsonl")
        await pilot.press("enter")
        await until(pilot, "esc stops")
        await pilot.press("escape")
        await until(pilot, "Stopped: no file was written.")
        assert "Export session 1" in screen(pilot)
        await pilot.press("escape")
        await until_gone(pilot, "Export session 1")
    assert not any(here.iterdir())


async def test_hidden_sides_stay_hidden_in_the_file_of_a_session_that_is_open(tmp_path: Path, here: Path) -> None:
    async with console(tmp_path, typed="hi") as (pilot, comparison):
        await from_the_palette(pilot)
        await until(pilot, "Nothing has been asked yet")
        await pilot.press("ctrl+t", "enter")
        await ended(pilot, comparison)
        await wait_until(lambda: Store(tmp_path / "s.db").answer_counts() == {1: 2})
        await from_the_palette(pilot)
        await until(pilot, "Export session 1")
        await pilot.press("end", "up", "up", "enter")
        await until(pilot, "label them first, or export another format")
        await pilot.press("up", "up", "up", "enter")
        await until(pilot, "✓")
    sides = {row["side"] for row in csv.DictReader((here / "session-1.csv").open())}
    assert sides == {"1", "2"}
