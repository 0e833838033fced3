"""Nothing is thrown away, and no answer stopped, unless one is asked first."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.command import CommandList
from textual.pilot import Pilot

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Comparison, Side
from diptych.sessions import Recorder, Store, StoreError
from diptych.tui.widgets.prompt.prompt_box import PromptBox
from tests.openai_server import Exchange, answering, chunk, serve
from tests.tui.app import console, ended, left, running, screen, until
from tests.waiting import wait_until


async def by_key(pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+q")


async def by_palette(pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+p", *"quit")
    await wait_until(lambda: pilot.app.screen.query_one(CommandList).option_count == 1)
    await pilot.press("enter")


async def by_ctrl_c(pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+c")


async def by_ctrl_c_twice(pilot: Pilot[None]) -> None:
    await pilot.press("ctrl+c", "ctrl+c")


Way = Callable[[Pilot[None]], Awaitable[None]]


@pytest.mark.parametrize("way", [by_key, by_palette, by_ctrl_c])
async def test_what_is_typed_and_cannot_be_kept_is_not_thrown_away(
    tmp_path: Path, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object) -> None:
        raise StoreError("the disk is full", "free some room")

    monkeypatch.setattr(Recorder, "remember", refuse)
    async with console(tmp_path, typed="half a question") as (pilot, comparison):
        await wait_until(lambda: comparison.view.unsaved is not None)
        await way(pilot)
        seen = await until(pilot, "Leave diptych?")
        assert "not asked yet: half a question" in seen
        await pilot.press("escape")
        await pilot.pause()
        assert pilot.app.is_running
        assert pilot.app.screen.query_one("#prompt", PromptBox).text == "half a question"
        await way(pilot)
        await until(pilot, "Leave diptych?")
        await pilot.press("enter")
        await left(pilot)


@pytest.mark.parametrize("way", [by_key, by_palette, by_ctrl_c_twice])
async def test_with_nothing_typed_or_under_way_one_leaves_at_once(tmp_path: Path, way: Way) -> None:
    async with console(tmp_path) as (pilot, _):
        await way(pilot)
        await left(pilot)


@pytest.mark.parametrize("confirmed", ["ctrl+q", "ctrl+c", "y"])
async def test_answers_under_way_are_not_stopped_unasked(tmp_path: Path, confirmed: str) -> None:
    async with console(tmp_path, typed="wait") as (pilot, comparison):
        await pilot.press("enter")
        await pilot.press("escape", "f4", "ctrl+q")
        assert "2 answers under way: stopped" in await until(pilot, "Leave diptych?")
        await pilot.press("n")
        assert comparison.view.streaming
        await pilot.press("ctrl+q")
        await until(pilot, "Leave diptych?")
        await pilot.press(confirmed)
        await left(pilot)
    assert {saved.answer.state for saved in Store(tmp_path / "s.db").answers(1)} == {"stopped"}


async def test_samples_and_a_dialog_s_line_are_asked_about_too(tmp_path: Path) -> None:
    async with console(tmp_path, kind="vllm", typed="hi") as (pilot, comparison):
        await pilot.press("enter")
        await ended(pilot, comparison)
        await pilot.press("f7", *"a note", "ctrl+q")
        assert "not saved yet: a note" in await until(pilot, "Leave diptych?")
        await pilot.press("escape", "escape", "escape")
        comparison.ask("wait")
        comparison.stop()
        comparison.sample(comparison.view.exchanges[-1], 5)
        await pilot.press("ctrl+q")
        assert "of 10 samples have come" in await until(pilot, "Leave diptych?")
        comparison.stop_samples()
        await pilot.press("escape")


async def test_another_session_is_opened_at_once_and_what_is_typed_is_kept(tmp_path: Path) -> None:
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("f6", "c")
        await until(pilot, "2 of 2")
        await pilot.press("escape")
        await pilot.pause()
        await pilot.press(*"typed", "f6")
        await pilot.press("enter")
        await left(pilot)
        assert pilot.app.wanted is not None
    async with console(tmp_path) as (pilot, _):
        assert pilot.app.screen.query_one("#prompt", PromptBox).text == "typed"


async def test_a_question_waits_until_all_sides_have_ended(tmp_path: Path) -> None:
    """The slower side's answer would be lost where the faster one's counts."""
    async with uneven(tmp_path) as (pilot, comparison, go_on):
        await pilot.press(*"first", "enter")
        await until(pilot, "✓")
        await pilot.press(*"second", "enter", *"third", "enter")
        seen = await until(
            pilot, "second and 1 more · asked when these answers have ended · ctrl+c takes the last back"
        )
        assert len(comparison.view.exchanges) == 1
        assert "› first" in seen
        await pilot.press("ctrl+c")
        assert pilot.app.screen.query_one("#prompt", PromptBox).text == "third"
        go_on.set()
        await until(pilot, "› second")
        await ended(pilot, comparison)
        assert [exchange.prompt for exchange in comparison.view.exchanges] == ["first", "second"]
        row = next(row for row in screen(pilot).split("\n") if row.startswith(" follows HELLO"))
        assert row.count("0/1") == 2
    answers = [saved.answer for saved in Store(tmp_path / "s.db").answers(1)]
    assert [(a.prompt, a.state, a.failure) for a in answers] == [
        *[("first", "done", None)] * 2,
        *[("second", "done", None)] * 2,
    ]


async def test_a_question_that_waits_is_asked_as_it_was_meant(tmp_path: Path) -> None:
    """With the probe of then, and not blind, whatever is chosen before its turn comes."""
    async with uneven(tmp_path) as (pilot, comparison, go_on):
        await pilot.press(*"first", "enter")
        await until(pilot, "✓")
        await pilot.press("ctrl+u", *"second", "enter")
        # That it waits is said once.
        assert (await until(pilot, "▹ second · asked when these answers")).count("asked when these") == 1
        await pilot.press("f2", "end", "enter", "ctrl+t")
        await wait_until(lambda: comparison.view.blind)
        go_on.set()
        await until(pilot, "› second")
        await until(pilot, "no probe · blind")
        asked = comparison.view.exchanges[1]
        assert (asked.probe, asked.hidden) == ("hello-acrostic", False)
        assert comparison.view.probe is None
        assert comparison.view.blind
        await ended(pilot, comparison)


async def test_a_question_that_is_taken_back_while_another_is_typed_is_not_lost(tmp_path: Path) -> None:
    async with uneven(tmp_path) as (pilot, comparison, go_on):
        await pilot.press(*"first", "enter")
        await until(pilot, "✓")
        await pilot.press(*"second", "enter", *"typed", "ctrl+c")
        await until(pilot, "Not asked: second; ↑ in the box brings it back")
        box = pilot.app.screen.query_one("#prompt", PromptBox)
        assert box.text == "typed"
        await pilot.press("up")
        assert box.text == "second"
        await pilot.press("down")
        assert box.text == "typed"
        assert len(comparison.view.exchanges) == 1
        go_on.set()
        await ended(pilot, comparison)


async def test_nothing_else_that_asks_stops_what_is_under_way(tmp_path: Path) -> None:
    async with uneven(tmp_path) as (pilot, comparison, go_on):
        await pilot.press(*"first", "enter")
        await until(pilot, "✓")
        for keys in (["ctrl+r"], ["escape", "u"], ["space"], ["tab", "r"], ["f3", "ctrl+r"], ["f11"]):
            pilot.app.clear_notifications()
            await pilot.press(*keys)
            await until(pilot, "Wait until the answers")
            if keys[0] == "f3":
                await pilot.press("escape")
        assert comparison.view.streaming
        go_on.set()
        await ended(pilot, comparison)
    assert [saved.answer.state for saved in Store(tmp_path / "s.db").answers(1)] == ["done"] * 2


async def test_what_is_stopped_by_a_new_question_says_so(tmp_path: Path) -> None:
    async with console(tmp_path, typed="slow") as (pilot, comparison):
        await pilot.press("enter")
        await until(pilot, "word1")
        comparison.ask("hi")
        await ended(pilot, comparison)
        seen = await until(pilot, "■ a new question was asked before")
        assert "–   tuned" in seen
        assert not {"0/1", "1/1"} & set(seen.split())
    stopped = [saved.answer for saved in Store(tmp_path / "s.db").answers(1) if saved.answer.prompt == "slow"]
    assert [a.state for a in stopped] == ["stopped"] * 2
    assert all(a.failure is not None and "a new question" in a.failure.message and a.text for a in stopped)


@asynccontextmanager
async def uneven(folder: Path) -> AsyncIterator[tuple[Pilot[None], Comparison, asyncio.Event]]:
    """A console whose tuned side stops after its first words until the event is set."""
    go_on = asyncio.Event()

    async def reply(exchange: Exchange) -> None:
        if exchange.body.get("model") != "tuned":
            await answering("Short.")(exchange)
            return
        await exchange.head()
        await exchange.send(chunk("I say one word "))
        await go_on.wait()
        await exchange.send(chunk("after the other.") + chunk(finish="stop") + b"data: [DONE]\n\n")

    async with serve(reply) as server:
        backend = connect(Endpoint("openai", server.base_url))
        sides = [Side(n, "x", server.base_url, n, None, Sampling(), backend) for n in ("base", "tuned")]
        async with running(folder, sides) as (pilot, comparison):
            yield pilot, comparison, go_on
