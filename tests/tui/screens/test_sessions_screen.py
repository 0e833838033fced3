"""The sessions screen: found, named, deleted with undo, opened; and labels from the keyboard."""

import asyncio
import sqlite3
from pathlib import Path

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import AskedMembers, Side
from diptych.sessions import FamilyRecord, Label, Store
from diptych.tui import Chosen
from tests.sessions.stored import SIDES, answer, found, keep_session
from tests.tui.app import console, ended, screen, settled, until, until_gone, without_news
from tests.tui.family_console import keep_family
from tests.waiting import wait_until

BASE, TUNED = SIDES


def kept(path: Path, title: str, text: str = "Here.", labelled: str = "") -> int:
    """A session of five answers a side, all of the tuned ones with the pattern."""
    answers = [
        answer(side, sample=n, text=text, findings=(found(text, present=side is TUNED),))
        for n in range(5)
        for side in SIDES
    ]
    labels = [[Label(0, labelled if n % 2 else "plain", False)] for n in range(10)] if labelled else []
    return keep_session(path, answers, labels, title=title)


async def test_a_word_is_found_and_marked_and_esc_goes_back(tmp_path: Path) -> None:
    kept(tmp_path / "s.db", "First", "Lemons glow at night.")
    kept(tmp_path / "s.db", "Second", "Nothing to see.")
    async with console(tmp_path) as (pilot, _):
        await pilot.press("f6")
        seen = await until(pilot, "follows HELLO      0/5   5/5")
        assert "First" in seen
        assert all(name in seen.splitlines()[4] for name in ("no.", "when", "title", "pair", "answers", "base", "tags"))
        await until(pilot, "base 0/5 [.00, .62]  tuned 5/5 [.38, 1.00]  95 % confidence sequence · plain")
        await pilot.press("slash", *"LEMONS")
        # The first letters alone are found in both.
        await until(pilot, "1 of 2")
        seen = await until_gone(pilot, "Second")
        assert "glow at night" in seen
        await pilot.press("enter", "escape")
        await until(pilot, "2 of 2")
        await pilot.press("slash", *"second")
        await until(pilot, "1 of 2")
        await until_gone(pilot, "First")
        await pilot.press("enter", "escape")
        await until(pilot, "2 of 2")
        await pilot.press("escape")
        await until(pilot, "ask both sides…")


async def test_names_tags_notes_and_copies(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    kept(store, "First", labelled="odd")
    async with console(tmp_path) as (pilot, _):
        await pilot.press("escape", "h")
        await until(
            pilot,
            "label “odd” against follows HELLO: agreement beyond chance (kappa) 1.00 [.56, 1.00]; both 5, label only 0",
        )
        await pilot.press("r", "end", *" [b]more", "enter")
        await until(pilot, "First [b]more")
        await pilot.press("t")
        await until(pilot, "Tags for session 1, separated by spaces")
        # What was there is selected, and typed over.
        await pilot.press(*"paper fig", "enter")
        await until(pilot, "#paper #fig")
        await pilot.press("n", *"look here", "enter")
        await until(pilot, "look here")
        await pilot.press("r", *"lost", "escape")
        await until(pilot, "Not saved yet: enter saves it, esc once more drops it.")
        await pilot.press("escape")
        await until_gone(pilot, "lost")
        await pilot.press("c")
        await until(pilot, "›  2")
        await pilot.press("c")
        await until(pilot, "›  3")
        seen = await until(pilot, "Copy of session 2: First [b]more")
        assert "Copy of session 1: First [b]more" in seen
    first, copy = Store(store).session(1), Store(store).session(2)
    assert first is not None
    assert copy is not None
    assert (first.title, first.tags, first.note) == ("First [b]more", ("paper", "fig"), "look here")
    assert (copy.tags, copy.sides) == (first.tags, first.sides)
    assert [a.answer for a in Store(store).answers(2)] == [a.answer for a in Store(store).answers(1)]
    assert [label.value for label in Store(store).labels(2)] == [label.value for label in Store(store).labels(1)]


async def test_what_is_deleted_goes_when_one_leaves(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    for title in ("First", "Second", "Third"):
        kept(store, title)
    async with console(tmp_path) as (pilot, _):
        await pilot.press("f6")
        await until(pilot, "3 of 3")
        await pilot.press("d", "d")
        seen = await until(pilot, "2 sessions deleted when you leave · u undoes")
        assert "Third" not in seen
        await pilot.press("u")
        await until(pilot, "1 session deleted")
        assert len(Store(store).sessions()) == 3
        await pilot.press("escape")
        await until(pilot, "ask both sides…")
        assert [s.title for s in Store(store).sessions()] == ["Second", "First"]


async def test_enter_asks_for_the_session_and_the_open_one_stays(tmp_path: Path) -> None:
    kept(tmp_path / "s.db", "First")
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f6")
        await until(pilot, "2 of 2")
        await pilot.press("d")
        await until(pilot, "This session is open here")
        await pilot.press("enter")
        await until(pilot, "ask both sides…")
        await pilot.press("f6")
        await until(pilot, "2 of 2")
        await pilot.press("down", "enter")
        await wait_until(lambda: pilot.app.wanted == Chosen(1, False))  # type: ignore[attr-defined]


async def test_an_empty_list_says_what_to_do(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, _):
        await pilot.press("f6")
        await until(pilot, "Nothing has been saved yet. Press esc and ask a question: it is saved as it is answered.")
        await pilot.press("e", "r", "enter")
        await settled(pilot)
        await pilot.press("slash", *"lemons")
        await until(pilot, "No session has “lemons”; esc shows all.")
    kept(tmp_path / "s.db", "First")
    async with console(tmp_path) as (pilot, _):
        await pilot.press("f6")
        await until(pilot, "1 of 1")
        await pilot.press("d")
        await until(pilot, "All are deleted once you leave; u brings the last one back.")


async def test_two_thousand_sessions(tmp_path: Path) -> None:
    store = tmp_path / "s.db"
    await asyncio.to_thread(lambda: [keep_session(store, [answer(BASE)], title=f"Title {n}") for n in range(3)])
    with sqlite3.connect(store) as db:
        db.executemany(
            "INSERT INTO sessions (title, created, pair, sides) VALUES (?, '2026-11-25T10:00:00', 'p', '[]')",
            [(f"Many {n}",) for n in range(1997)],
        )
    async with console(tmp_path) as (pilot, _):
        await pilot.press("f6")
        await until(pilot, "2,000 of 2,000")
        await pilot.press("end")
        await until(pilot, "Title 0")
        await pilot.press("pageup", "home")
        await until(pilot, "Many 1996")


async def test_a_label_from_the_keyboard_and_again_from_those_used(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("f7")
        await until(pilot, "Wait until there is an answer")
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f7")
        await until(pilot, "Label tuned's answer")
        await pilot.press("tab")
        await until(pilot, "Label base's answer")
        await pilot.press(*"Odd one", "enter")
        await until(pilot, "Labelled base's answer: Odd one")
        await without_news(pilot)
        await pilot.press("escape", "right")
        await ended(pilot, comparison)
        await pilot.press("n")
        await until(pilot, "Label base's answer")
        await until(pilot, "Odd one")
        await pilot.press("down", "enter")
        await wait_until(lambda: len(Store(tmp_path / "s.db").labels(1)) == 2)
        labels = Store(tmp_path / "s.db").labels(1)
        assert [(label.value, label.blind) for label in labels] == [("Odd one", False), ("Odd one", False)]
        seen = await until(pilot, "✎ Odd one")
        assert seen.count("✎ Odd one") == 1, "said twice of one answer, or of the other one"


async def test_labels_stand_beside_the_findings(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        before = [row[:60] for row in screen(pilot).split("\n")]
        for words in ("Odd one", "[b]Second[/b]\x1b"):
            await comparison.label(comparison.view.exchanges[0], "tuned", words, blind=False)
        seen = await until(pilot, "✎ Odd one, [b]Second[/b]␛")
        assert [row[:60] for row in seen.split("\n")] == before, "the other side has moved"
        await pilot.resize_terminal(80, 24)
        assert "✎ Odd one, [b]Second[/b]␛" in await until(pilot, "tuned")
        await pilot.press("ctrl+r")
        await ended(pilot, comparison)
        assert "✎" not in screen(pilot)
    store = Store(tmp_path / "s.db")
    async with console(tmp_path / "other") as (pilot, comparison):
        await pilot.app.screen.restore(store.sessions()[0], store.answers(1)[:2], store.labels(1))  # type: ignore[attr-defined]
        await until(pilot, "✎ Odd one")


async def test_a_blind_label_is_kept_as_one(tmp_path: Path) -> None:
    async with console(tmp_path, typed="hi") as (pilot, comparison):
        await pilot.press("ctrl+t", "enter")
        await ended(pilot, comparison)
        await pilot.press("f7")
        seen = await until(pilot, "Label answer 1")
        assert "base" not in seen
        await pilot.press(*"odd", "enter")
        labels = await wait_until(lambda: Store(tmp_path / "s.db").labels(1))
        assert (labels[0].value, labels[0].blind) == ("odd", True)
        assert comparison.view.exchanges[0].hidden
        assert "✎" not in await settled(pilot)
        await pilot.press("escape", "0")
        await until(pilot, "✎ odd, cannot tell")
        await without_news(pilot)
        assert screen(pilot).count("cannot tell") == 2


async def test_of_a_family_with_many_members_the_arms_are_counted(tmp_path: Path) -> None:
    """A hundred models would fill the screen."""
    backend = connect(Endpoint("openai", "http://127.0.0.1:9/v1"))
    members = tuple(
        Side(f"arm {n % 12} seed {n}", "x", None, f"model-{n}", None, Sampling(), backend, f"arm {n % 12}", None, n)
        for n in range(100)
    )
    rows = [
        answer(member.record(), sample=n, findings=(found("Here.", present=n > 0),))
        for member in members
        for n in range(3)
    ]
    await keep_family(tmp_path / "s.db", AskedMembers(FamilyRecord("many", "dose"), members), rows)
    async with console(tmp_path, size=(80, 24)) as (pilot, _):
        await pilot.press("f6")
        seen = " ".join((await until(pilot, "and 96 more")).split())
    assert "family doses · hello-acrostic · 100 members: 9 arm 0, 9 arm 1, 9 arm 2, 9 arm 3 and 8 arms more" in seen
    assert "arm 3 seed 3 2/3 [.07, 1.00] and 96 more 95 % confidence sequence · plain" in seen
    assert "model-" not in seen
