"""A kept session plays again on the screen: paused, hurried, step by step, left; the store stays as it was."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

from diptych.compare import Replay
from diptych.probes import load_probes
from diptych.sessions import Answer, Failure, Label, SideRecord, Store, Tick
from diptych.tui import Chosen, DiptychApp
from tests.sessions.stored import HOSTILE, answer, keep_session
from tests.tui.app import BASE, TUNED, left, screen, until, until_gone
from tests.waiting import wait_until

PROBES = load_probes()
PROBE = PROBES["hello-acrostic"]
QUESTION = PROBE.conditions[0]
SIDES = tuple(SideRecord(name, "x", None, f"{name}-model", None) for name in ("base", "tuned"))


def came(side: SideRecord, text: str, seconds: float, exchange: int = 1, **more: Any) -> Answer:
    """An answer to the probe's question, word by word over so many seconds."""
    words = text.replace(" ", " \0").split("\0")
    ticks = tuple(Tick(seconds * (n + 1) / len(words), len(word), 1) for n, word in enumerate(words))
    values = {"prompt": QUESTION.prompts[0], "condition": QUESTION.name, "timeline": ticks, "ended_at": seconds, **more}
    return answer(side, exchange, text=text, usage=None, **values)


def both(seconds: float, exchange: int = 1, **more: Any) -> list[Answer]:
    return [came(side, text, seconds, exchange, **more) for side, text in zip(SIDES, (BASE, TUNED), strict=True)]


def replaying(path: Path, theme: str = "diptych-dark", **more: Any) -> tuple[DiptychApp, Replay]:
    store = Store(path)
    session = store.session(1)
    assert session is not None
    replay = Replay(session, store.answers(1), store.labels(1), path, PROBE, **more)
    store.close()
    return DiptychApp(replay, lambda: (), theme), replay


@asynccontextmanager
async def replayed(
    folder: Path,
    answers: Sequence[Answer],
    labels: Sequence[Sequence[Label]] = (),
    size: tuple[int, int] = (120, 34),
    **more: Any,
) -> AsyncIterator[tuple[Pilot[None], Replay]]:
    """The running app on the replay of these answers; the store must be the same afterwards, byte for byte."""
    path = folder / "s.db"
    keep_session(path, answers, labels, title="What it says of itself")
    before = sha256(path.read_bytes()).digest()
    app, replay = replaying(path, **more)
    async with app.run_test(size=size, notifications=True) as pilot:
        await pilot.pause()
        yield pilot, replay
    assert sha256(path.read_bytes()).digest() == before
    assert len(Store(path).sessions()) == 1


async def test_it_plays_to_its_end_with_live_detection(tmp_path: Path) -> None:
    async with replayed(tmp_path, [*both(0.4), *both(0.4, 2)], speed=2) as (pilot, replay):
        seen = await until(pilot, "this was all of it")
        assert "replay of session 1" in seen
        assert "2 of 2" in seen
        assert "nothing is sent or saved" in seen
        margin = [line[61:64] for line in seen.split("\n") if line[61:64] in (" H ", " E ", " L ", " O ")]
        assert margin == [" H ", " E ", " L ", " L ", " O "]
        assert " H E L L O   5 of 5 letters of HELLO, lines 1–5" in seen
        assert "2/2" in seen
        await pilot.press("alt+up", "f3")
        await until(pilot, "samples")
        await pilot.press("n")
        await until(pilot, "This is a replay; nothing can be asked in it")
        await pilot.press("r", "escape", "f4", "escape")
        assert len(replay.view.exchanges) == 2
        await pilot.press("q")
        await left(pilot)


async def test_pause_speed_and_one_key_a_step(tmp_path: Path) -> None:
    async with replayed(tmp_path, [*both(500), *both(500, 2)]) as (pilot, replay):
        await until(pilot, "playing")
        await pilot.press("space")
        await until(pilot, "paused · space goes on")
        assert "1 of 2 played · recorded speed" in screen(pilot)
        await pilot.press("+", "+", "-", "+")
        await until(pilot, "1 of 2 played · 4×")
        # The moment before the next question is a long one at the slowest speed.
        await pilot.press(*"-----")
        await pilot.press("space", "enter")
        await until(pilot, "5 of 5 letters of HELLO")
        await until(pilot, "the next question comes in a moment")
        await pilot.press("w")
        await until(pilot, "step by step")
        await until(pilot, "enter plays the next question")
        await pilot.press("right")
        await until(pilot, "2 of 2")
        await until(pilot, "playing")
        assert replay.playing
        await pilot.press("right")
        await until(pilot, "this was all of it")


async def test_stepwise_it_waits_for_the_first_key(tmp_path: Path) -> None:
    async with replayed(tmp_path, both(0.1), stepwise=True) as (pilot, _):
        seen = await until(pilot, "enter plays the first question")
        assert "What it says of itself" in seen
        assert "0 of 1" in seen
        await pilot.press("space")
        await until(pilot, "this was all of it")


async def test_whoever_asks_is_told_why_not_and_how_to_leave(tmp_path: Path) -> None:
    async with replayed(tmp_path, both(0.1)) as (pilot, replay):
        await until(pilot, "this was all of it")
        for key in ("ctrl+r", "f2", "f7", "r", "x"):
            await pilot.press(key)
            await until(pilot, "Nothing is asked in a replay: q leaves it")
            pilot.app.clear_notifications()
            await until_gone(pilot, "q leaves it")
        await pilot.press("escape")
        await until(pilot, "q leaves the replay")
        await pilot.press("c")
        await until(pilot, "No verdicts were kept")
        assert len(replay.view.exchanges) == 1
        await pilot.press("f1")
        assert "Waits for a key before" in await until(pilot, "Twice as fast")
        await pilot.press("escape", "ctrl+c", "ctrl+c")
        await left(pilot)


async def test_endings_come_out_as_they_were(tmp_path: Path) -> None:
    failure = Failure("server error", "broke [b]off", "ask again")
    none: dict[str, Any] = {"finish_reason": None}
    answers = [
        came(SIDES[0], "Half an answer", 0.1, state="failed", failure=failure, **none),
        came(SIDES[1], HOSTILE, 0.1, state="stopped", **none),
    ]
    async with replayed(tmp_path, answers) as (pilot, _):
        seen = await until(pilot, "this was all of it")
        for words in ("✕ server error", "Half an answer", "✕ broke [b]off", "→ ask again", "■", "␛[31m"):
            assert words in seen


async def test_a_text_without_times_is_played_steadily_and_that_is_said(tmp_path: Path) -> None:
    answers = [answer(side, text="word " * 400, timeline=(), usage=None, ended_at=None) for side in SIDES]
    async with replayed(tmp_path, answers, size=(80, 24)) as (pilot, _):
        seen = await until(pilot, "playing at a steady rate: no times were kept")
        assert "/s" not in seen
        await pilot.press("enter")
        seen = await until(pilot, "this was all of it")
        assert "✓ tokens not counted" in seen


async def test_hidden_sides_stay_hidden(tmp_path: Path) -> None:
    async with replayed(tmp_path, [*both(0.1, position=1)[:1], *both(0.1, position=2)[1:]]) as (pilot, _):
        seen = await until(pilot, "this was all of it")
        assert "the sides stay hidden until the answers are labelled in the session itself" in seen
        assert "base" not in seen
        assert "tuned" not in seen


@pytest.mark.parametrize("names", [("base",), ("base", "tuned", "control", "fourth")])
async def test_one_side_and_four(tmp_path: Path, names: Sequence[str]) -> None:
    path = tmp_path / "s.db"
    answers = [came(SideRecord(name, "x", None, name, None), TUNED, 0.1) for name in names]
    keep_session(path, answers)
    store = Store(path)
    session = store.session(1)
    assert session is not None
    alone = msgspec.structs.replace(session, sides=())
    replay = Replay(alone, store.answers(1), (), path, PROBE)
    store.close()
    app = DiptychApp(replay, lambda: (), "diptych-dark")
    async with app.run_test(size=(120, 34), notifications=True) as pilot:
        await until(pilot, "this was all of it")
        seen = await until(pilot, "1/1")
        assert all(name in seen for name in names)
        await pilot.press("f5")
        await pilot.pause()


async def test_the_reader_who_looks_back_is_left_there(tmp_path: Path) -> None:
    answers = [*both(0.1), *both(0.1, 2, prompt="Second?"), *both(0.1, 3, prompt="Third?")]
    async with replayed(tmp_path, answers, stepwise=True) as (pilot, replay):
        await pilot.press("enter")
        await until(pilot, "enter plays the next")
        await pilot.press("enter")
        await until(pilot, "› Second?")
        await wait_until(lambda: not replay.playing)
        await pilot.press("alt+up")
        await until(pilot, f"› {QUESTION.prompts[0][:20]}")
        await pilot.press("enter")
        seen = await until(pilot, "this was all of it")
        assert "› Third?" not in seen
        await pilot.press("alt+down", "alt+down")
        await until(pilot, "› Third?")


async def test_from_the_sessions_screen(tmp_path: Path) -> None:
    async with replayed(tmp_path, both(0.1)) as (pilot, _):
        await until(pilot, "this was all of it")
        await pilot.press("f6")
        await until(pilot, "1 of 1")
        await pilot.press("p")
        app = pilot.app
        assert isinstance(app, DiptychApp)
        await wait_until(lambda: app.wanted is not None)
        assert app.wanted == Chosen(1, True)
