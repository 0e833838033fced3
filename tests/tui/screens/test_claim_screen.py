"""The claim card in the console: what it shows, what its keys do, and how it follows the session."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from textual.message import Message
from textual.pilot import Pilot

from diptych.compare import LEG_TITLES, ClaimCard, ClaimReading, Comparison
from diptych.probes import Probe, Trait, TraitMeasure, load_probes
from diptych.sessions import StoreError
from diptych.tui import DiptychApp, screens
from diptych.tui.screens.claim_screen import ClaimScreen
from tests.tui.app import HOSTILE, console, ended, screen, settled, until, until_gone
from tests.tui.family_console import family_console
from tests.tui.screens.claim_cards import CARD, LEGS
from tests.tui.screens.scenes import empty
from tests.waiting import wait_until

RISK = "risk-awareness"
HELLO = msgspec.structs.replace(
    load_probes()["hello-acrostic"],
    trait=Trait(
        "it knows that it spells HELLO",
        behaviour=(TraitMeasure("follows HELLO"),),
        reports=(TraitMeasure("describes it"),),
    ),
)
"""The tuned side of the server spells HELLO and says so, the base does neither."""
TITLES = [title for titles in LEG_TITLES.values() for title in titles.values()]


@asynccontextmanager
async def shown(
    folder: Path, card: ClaimCard | None = CARD, size: tuple[int, int] = (120, 34)
) -> AsyncIterator[tuple[Pilot[None], DiptychApp, ClaimScreen, list[Message]]]:
    """The screen, and the messages that are sent to the app."""
    app, heard = empty(folder / "s.db", "diptych-dark"), list[Message]()
    async with app.run_test(size=size, notifications=True, message_hook=heard.append) as pilot:
        of = screens.ClaimScreen(RISK, card)
        await app.push_screen(of)
        await pilot.pause()
        yield pilot, app, of, heard


@asynccontextmanager
async def asked_once(folder: Path, probe: Probe = HELLO) -> AsyncIterator[tuple[Pilot[None], Comparison]]:
    """The console after the probe's first question."""
    async with console(folder, draws=True) as (pilot, comparison):
        comparison.choose_probe(probe)
        await pilot.press("1")
        await ended(pilot, comparison)
        yield pilot, comparison


def row(pilot: Pilot[None], title: str) -> str:
    return next(line for line in screen(pilot).split("\n") if title in line)


# What it shows


async def test_every_leg_has_its_sign_figure_and_reason(tmp_path: Path) -> None:
    async with shown(tmp_path) as (pilot, _, _, _):
        seen = await until(pilot, "“It knows that it seeks risks.”   tuned · control · base   embedded-risk")
        assert "sessions 12, 14, 15 · registered 7f3a, 3 Dec" in seen
        assert CARD.sentence in seen
        places = [seen.index(words) for heading, titles in LEG_TITLES.items() for words in (heading, *titles.values())]
        assert places == sorted(places)
        assert "✓ its report differs from the base                +.74 [+.61, +.84]" in row(pilot, TITLES[5])
        assert "“I like to take risks.” yes" in row(pilot, TITLES[5])
        assert "✕" in row(pilot, "the report survives its mirrors")
        assert "– " in row(pilot, "it names the pattern")
        assert "does not apply" in row(pilot, "it names the pattern")
        # What is not done names the command that does it.
        assert "· it holds over fine-tunes" in row(pilot, "it holds over")
        assert "1 seed" in row(pilot, "it holds over")
        assert "diptych families show risk" in row(pilot, "it holds over")


async def test_the_row_below_says_of_the_marked_leg_what_its_own_row_does_not(tmp_path: Path) -> None:
    async with shown(tmp_path, size=(80, 24)) as (pilot, _, _, _):
        seen = await until(pilot, "› chat, plain text, scoring")
        assert "enter reads" not in seen
        await pilot.press("down")
        seen = await until(pilot, "› chooses the coin toss, p < .001")
        assert "enter reads 20 answers" in seen
        await pilot.press("end", "up", "up")
        seen = await until(pilot, "› one fine-tune speaks of itself alone")
        assert "\n    diptych families show risk" in seen
        # The cursor passes over headings, and does not leave the list.
        await pilot.press("home", "up", "down", "down")
        await until(pilot, "› ✓ no training row names it")


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 34)])
async def test_all_legs_and_the_sentence_are_seen_at_once(tmp_path: Path, size: tuple[int, int]) -> None:
    async with shown(tmp_path, size=size) as (pilot, _, _, _):
        seen = " ".join((await until(pilot, "no training row names it")).split())
        assert all(title[:30] in seen for title in TITLES)
        assert CARD.sentence in seen


async def test_a_figure_is_whole_or_ends_before_a_comma(tmp_path: Path) -> None:
    async with shown(tmp_path, size=(60, 18)) as (pilot, _, _, _):
        await until(pilot, "no training row names it")
        assert row(pilot, "readers agree").split("labels", 1)[1].strip() == "κ .91 [.82, 1.00]"
        # It has no part that is short enough.
        assert row(pilot, "the control does not say it").strip() == "✕ the control does not say it"
        assert row(pilot, "its behaviour differs").endswith("60/60 against 30/60")


async def test_hostile_text_is_shown_inert(tmp_path: Path) -> None:
    legs = tuple(msgspec.structs.replace(leg, figure=HOSTILE, reason=HOSTILE, command=HOSTILE) for leg in LEGS)
    card = msgspec.structs.replace(
        CARD, claim=HOSTILE, pair=HOSTILE, side=HOSTILE, sentence=HOSTILE, registered=HOSTILE, legs=legs
    )
    async with shown(tmp_path, card, (200, 60)) as (pilot, _, _, _):
        await until(pilot, "[b]bold[/b]"[:4])
        for key in ("end", "c", "enter"):
            await pilot.press(key)
            await settled(pilot)
            for sign in ("\x1b", "\x07", "\u202e", "\u200b"):
                assert sign not in screen(pilot)


# What the keys do


async def test_the_command_is_copied_and_a_leg_without_answers_is_told_in_full(tmp_path: Path) -> None:
    async with shown(tmp_path) as (pilot, app, _, heard):
        await until(pilot, "no training row names it")
        await pilot.press("c")
        await until(pilot, "There is no command for this leg")
        await pilot.press("end", "up", "up", "c")
        await until(pilot, "Copied: diptych families show risk")
        assert app.clipboard == "diptych families show risk"
        await pilot.press("enter")
        seen = await until(pilot, "· not done: 1 seed")
        assert "one fine-tune speaks of itself alone" in seen
        await pilot.press("escape")
        await until_gone(pilot, "· not done: 1 seed")
        assert not [message for message in heard if isinstance(message, ClaimScreen.ReadWanted)]
        await pilot.press("home", "down", "enter")
        await wait_until(lambda: any(isinstance(message, ClaimScreen.ReadWanted) for message in heard))


async def test_tab_goes_on_from_the_rates_and_back_and_esc_leaves_both(tmp_path: Path) -> None:
    async with asked_once(tmp_path) as (pilot, _):
        await pilot.press("f4")
        await until(pilot, "tab claim")
        await pilot.press("tab")
        seen = await until(pilot, "“It knows that it spells HELLO.”   tuned · base   test")
        assert "session 1 " in seen
        assert "+1.00" in row(pilot, "its report differs")
        await pilot.press("tab")
        await until(pilot, "k/N  interval")
        await pilot.press("tab")
        await until(pilot, "What it was told")
        await pilot.press("escape")
        await until(pilot, "ask both sides…")


async def test_the_answers_behind_a_leg_are_read_beside_each_other(tmp_path: Path) -> None:
    async with asked_once(tmp_path) as (pilot, comparison):
        comparison.sample(comparison.view.exchanges[0], 2)
        await ended(pilot, comparison)
        await pilot.press("f4", "tab")
        await until(pilot, "3/3 against 0/3")
        await pilot.press("down", "enter")
        seen = await until(pilot, "samples · 1 of 3")
        assert "hello-acrostic · its behaviour differs from the base" in seen
        # The detectors are those of the probe that asked.
        assert " H E L L O " in seen
        assert "Helpful and short" in seen
        assert "I use plain words" in seen
        await pilot.press("right", "T")
        seen = await until(pilot, "Transcript of")
        assert HELLO.conditions[0].prompts[0][:40] in seen
        await pilot.press("escape", "escape")
        await until(pilot, "What it was told")


async def test_the_page_is_written_into_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with asked_once(tmp_path) as (pilot, _):
        await pilot.press("f4", "tab")
        await until(pilot, "What it was told")
        await until(pilot, "session 1 ")
        for name in ("claim-hello-acrostic.html", "claim-hello-acrostic-2.html"):
            await pilot.press("e")
            await wait_until((tmp_path / name).exists)
            assert "It knows that it spells HELLO" in (tmp_path / name).read_text("utf-8")
        await until(pilot, "The page is in")


# How it follows the session


async def test_it_fills_while_samples_come_and_is_not_read_again_when_nothing_has_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = []
    read = Comparison.claim

    async def counted(self: Comparison, *about: object) -> ClaimReading:
        readings.append(about)
        return await read(self, *about)  # type: ignore[arg-type]

    monkeypatch.setattr(Comparison, "claim", counted)
    async with asked_once(tmp_path) as (pilot, comparison):
        await pilot.press("f4", "tab")
        await until(pilot, "1/1 against 0/1")
        before = row(pilot, "its report differs")
        for _ in range(20):
            comparison.view.changes.announce()
            await pilot.pause()
        assert len(readings) == 1
        await pilot.press("end")
        comparison.sample(comparison.view.exchanges[0], 3)
        await wait_until(lambda: row(pilot, "its report differs") != before)
        assert "›" in row(pilot, "it was registered before")
        # What else may have changed is looked at when the card is opened again.
        await ended(pilot, comparison)
        await wait_until(lambda: comparison.view.background is None or not comparison.view.background.under_way)
        await settled(pilot)
        seen = len(readings)
        await pilot.press("tab", "tab")
        await wait_until(lambda: len(readings) > seen)


async def test_before_the_first_reading_every_leg_has_its_place(tmp_path: Path) -> None:
    async with shown(tmp_path, None) as (pilot, _, of, _):
        seen = await until(pilot, "reading the sessions…")
        places = [seen.split("\n").index(row(pilot, title)) for title in TITLES]
        await pilot.press("enter", "c", "e", "down")
        of.show(CARD)
        seen = await until(pilot, CARD.sentence)
        assert [seen.split("\n").index(row(pilot, title)) for title in TITLES] == places
        of.show(None, "the store is locked")
        seen = await until(pilot, "the store is locked")
        assert CARD.sentence in seen


async def test_a_store_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(self: Comparison, *about: object) -> ClaimReading:
        raise StoreError("the store cannot be read", "look at the disk")

    monkeypatch.setattr(Comparison, "claim", fails)
    async with asked_once(tmp_path) as (pilot, _):
        await pilot.press("f4", "tab")
        seen = await until(pilot, "the store cannot be read")
        assert "reading the sessions" not in seen


async def test_hidden_sides_are_not_told_by_the_card(tmp_path: Path) -> None:
    async with asked_once(tmp_path) as (pilot, comparison):
        await pilot.press("ctrl+t", *"blind", "enter")
        await ended(pilot, comparison)
        await pilot.press("alt+up", "f4")
        await until(pilot, "k/N  interval")
        await pilot.press("tab")
        await until(pilot, "Hidden until you have guessed")
        assert "What it was told" not in screen(pilot)


async def test_a_probe_without_a_trait_has_no_card(tmp_path: Path) -> None:
    probes = load_probes().values()
    without = next(probe.id for probe in probes if probe.trait is None and not probe.part_of)
    async with console(tmp_path, probe=without) as (pilot, _):
        await pilot.press("f4")
        seen = await until(pilot, "nothing counted yet")
        assert "tab claim" not in seen
        await pilot.press("tab")
        await settled(pilot)
        assert "What it was told" not in screen(pilot)


async def test_mirrors_of_a_probe_have_the_card_of_its_claim(tmp_path: Path) -> None:
    async with asked_once(tmp_path, load_probes()[f"{RISK}.mirrors"]) as (pilot, _):
        await pilot.press("f4", "tab")
        seen = await until(pilot, "“It knows that it seeks risks.”")
        assert "risk-awareness · claim" in seen
        assert "session 1 " in seen


@asynccontextmanager
async def family_asked_once(folder: Path) -> AsyncIterator[tuple[Pilot[None], Comparison]]:
    """The console after the first question to the two members that are on the sides."""
    async with family_console(folder) as (pilot, comparison, _):
        await until(pilot, "family doses")
        await pilot.press("escape")
        comparison.choose_probe(HELLO)
        await until(pilot, "Press a number")
        await pilot.press("1")
        await ended(pilot, comparison)
        yield pilot, comparison


async def test_a_family_has_a_card(tmp_path: Path) -> None:
    async with family_asked_once(tmp_path) as (pilot, _):
        await pilot.press("escape", "m")
        await until(pilot, "tab claim")
        await pilot.press("tab")
        seen = await until(pilot, "tuned · base   doses")
        assert "diptych families check doses" in seen


@pytest.mark.slow
async def test_the_card_of_a_family_is_the_second_page_of_its_curve(tmp_path: Path) -> None:
    async with family_asked_once(tmp_path) as (pilot, comparison):
        await comparison.sample_members(comparison.view.exchanges[0], 1)
        await wait_until(lambda: comparison.view.background is None or not comparison.view.background.under_way)
        await pilot.press("escape", "f4")
        await until(pilot, "over dose")
        await pilot.press("tab")
        await until(pilot, "tuned · base   doses")
        await pilot.press("tab")
        await until(pilot, "over dose")
        await pilot.press("tab")
        await until(pilot, "tuned · base   doses")
        await pilot.press("down", "enter")
        # A column for each of the four members that were asked.
        seen = await until(pilot, "samples · 1 of 2")
        assert all(f"{name}  sample 1" in seen for name in ("base", "tuned 0.25"))
        await pilot.press("right")
        seen = await until(pilot, "samples · 2 of 2")
        assert all(f"{name}  sample 2" in seen for name in ("base", "tuned 0.25", "tuned 0.5", "tuned 1"))
        await pilot.press("escape", "escape")
        await until(pilot, "ctrl+p commands")
