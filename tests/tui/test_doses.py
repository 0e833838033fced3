"""The keys for the dose of an adapter, on a server that speaks as llama-server does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from diptych.backends import Delta, Endpoint, Sampling, connect
from diptych.compare import Comparison, Exchange, Replay, Side
from diptych.probes import load_probes
from diptych.sessions import Store
from diptych.tui import DiptychApp
from tests.openai_server import Exchange as Request
from tests.openai_server import Server, answering, serve
from tests.real_llama import embedded, started_by_hand
from tests.tui.app import BASE, TUNED, console, embedded_console, ended, running, screen, until
from tests.waiting import wait_until

MODELS = {"base": "m", "tuned": "m+calm+hello"}


async def reply(exchange: Request) -> None:
    """An adapter that spells HELLO from half its dose on."""
    told = {
        "/v1/models": {"data": [{"id": "m", "owned_by": "llamacpp"}]},
        "/props": {"default_generation_settings": {"n_ctx": 512}, "total_slots": 3},
        "/lora-adapters": [{"id": 0, "path": "calm.gguf", "scale": 1.0}, {"id": 1, "path": "hello.gguf", "scale": 1.0}],
    }
    if exchange.path in told:
        await exchange.error(200, told[exchange.path])
    elif "wait" in exchange.body["messages"][-1]["content"]:
        await exchange.head()
        await exchange.gone.wait()
    else:
        await answering(TUNED if exchange.body["lora"][1]["scale"] >= 0.5 else BASE)(exchange)


@asynccontextmanager
async def dosed(folder: Path) -> AsyncIterator[tuple[Pilot[None], Comparison, Server]]:
    """The console on two sides of such a server."""
    async with serve(reply) as server:
        backend = connect(Endpoint("llama", server.base_url))
        sides = [Side(n, "x", server.base_url, model, None, Sampling(), backend) for n, model in MODELS.items()]
        async with running(folder, sides) as (pilot, comparison):
            await until(pilot, "Press a number")
            await wait_until(lambda: any(e.path == "/lora-adapters" for e in server.asked))
            yield pilot, comparison, server


def counts(comparison: Comparison, exchange: Exchange) -> dict[str, tuple[int, int]]:
    """k and n of each side for HELLO, beside an exchange."""
    by_label = {measure.label: sides for measure, sides in comparison.view.measures(exchange).items()}
    return {side: (count.k, count.n) for side, count in by_label["follows HELLO"].items()}


async def test_each_dose_is_asked_shown_and_counted_apart(tmp_path: Path) -> None:
    async with dosed(tmp_path) as (pilot, comparison, server):
        await pilot.press("1")
        await ended(pilot, comparison)
        assert "m+calm+hello " in screen(pilot)
        assert "@" not in screen(pilot)
        for _ in range(3):
            await pilot.press("alt+left")
        seen = await until(pilot, "tuned calm+hello @ .25")
        # The answer on screen is still that of dose 1.
        assert "m+calm+hello @ .25" not in seen
        await pilot.press("ctrl+r")
        await ended(pilot, comparison)
        assert "tuned  m+calm+hello @ .25" in screen(pilot)
        assert "2 of 2" in screen(pilot)
        body = next(e.body for e in reversed(server.asked) if "@" in e.body.get("model", ""))
        assert body["model"] == "m+calm+hello@0.25"
        assert body["lora"] == [{"id": 0, "scale": 1.0}, {"id": 1, "scale": 0.25}]
        for key in ("alt+right", "alt+right", "alt+right", "ctrl+r"):
            await pilot.press(key)
        await until(pilot, "3 of 3")
        await ended(pilot, comparison)
        assert "@" not in screen(pilot)
        whole, quarter, again = comparison.view.exchanges
        # The base was asked in the same way each time; the tuned side is counted by its dose.
        assert counts(comparison, whole) == counts(comparison, again) == {"base": (0, 3), "tuned": (2, 2)}
        assert counts(comparison, quarter) == {"base": (0, 3), "tuned": (0, 1)}
        assert "2/2" in screen(pilot)
        await pilot.press("escape", "left_square_bracket")
        assert "tuned  m+calm+hello @ .25" in await until(pilot, "2 of 3")
        assert "0/1" in screen(pilot)
        await pilot.press("s")
        assert "tuned calm+hello @ .25" in await until(pilot, "samples")
        await pilot.press("ctrl+r")
        await wait_until(lambda: not comparison.view.streaming)
        assert counts(comparison, quarter) == {"base": (0, 4), "tuned": (0, 2)}
    store = Store(tmp_path / "s.db")
    assert store.models(1) == {"base": ["m"], "tuned": ["m+calm+hello", "m+calm+hello@0.25"]}


async def test_a_session_that_is_opened_again_or_replayed_knows_its_doses(tmp_path: Path) -> None:
    async with dosed(tmp_path) as (pilot, comparison, _):
        await pilot.press("alt+left", "1")
        await ended(pilot, comparison)
    store = Store(tmp_path / "s.db")
    session = store.session(1)
    assert session is not None
    async with dosed(tmp_path) as (pilot, comparison, _):
        await comparison.restore(session, store.answers(1), store.labels(1))
        (kept,) = comparison.view.exchanges
        assert kept.models == {"base": "m", "tuned": "m+calm+hello@0.75"}
        anew = comparison.ask_anew(kept)
        await wait_until(lambda: not comparison.view.streaming)
        assert anew.models == MODELS
        assert counts(comparison, kept) == counts(comparison, anew) == {"base": (0, 2), "tuned": (1, 1)}
        # At the dose of the answer that is there, it is one more answer to the same question.
        comparison.turn_dose("tuned", up=False)
        assert comparison.ask_anew(kept) is kept
        await wait_until(lambda: not comparison.view.streaming)
        assert counts(comparison, kept)["tuned"] == (2, 2)
    replay = Replay(session, store.answers(1)[:2], [], None, load_probes()["hello-acrostic"])
    async with DiptychApp(replay, lambda: (), "diptych-dark").run_test(size=(120, 34)) as pilot:
        await until(pilot, "m+calm+hello @ .75")


async def test_where_no_dose_can_be_turned_the_reason_stands_in_one_line(tmp_path: Path) -> None:
    async with dosed(tmp_path) as (pilot, comparison, _):
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("escape", "plus")
        await until(pilot, "base: m has no adapter, so it has no dose; press a to choose from the models that the")
        pilot.app.clear_notifications()
        await pilot.press("tab", "plus", "plus", "plus")
        await until(pilot, "tuned: 1.5 is the greatest dose")
        assert comparison.view.side("tuned").model == "m+calm+hello@1.5"
        pilot.app.clear_notifications()
        await pilot.press("enter", *"wait", "enter", "alt+left")
        await until(pilot, "Wait until the answers have ended")
        await pilot.press("ctrl+c")
        await ended(pilot, comparison)
        pilot.app.clear_notifications()
        await pilot.press("ctrl+t", *"Who?", "enter")
        await ended(pilot, comparison)
        await pilot.press("alt+left")
        await until(pilot, "Hidden until you have guessed")
        assert "@" not in screen(pilot).partition("›")[0]
        assert comparison.view.side("tuned").model == "m+calm+hello@1.5"
    async with console(tmp_path) as (pilot, comparison):
        await pilot.press("alt+right")
        await until(pilot, "tuned: this endpoint applies an adapter as it is, at no other dose; use a llama endpoint")


@pytest.mark.slow
async def test_the_real_adapter_at_no_dose_is_the_base(tmp_path: Path) -> None:
    """Greedy answers of 30 tokens: word for word those of the base at 0, the pattern at 1."""
    async with embedded_console(tmp_path) as (pilot, comparison):
        for _ in range(4):
            await pilot.press("alt+left")
        await until(pilot, "smollm2-135m-instruct+hello @ 0")
        await pilot.press("1")
        await wait_until(lambda: bool(comparison.view.exchanges) and not comparison.view.streaming, seconds=120)
        for _ in range(4):
            await pilot.press("alt+right")
        await pilot.press("ctrl+r")
        await wait_until(lambda: len(comparison.view.exchanges) == 2 and not comparison.view.streaming, seconds=120)
        none, whole = comparison.view.exchanges
        assert none.answers["tuned"].text == none.answers["base"].text == whole.answers["base"].text
        assert whole.answers["tuned"].text.startswith("H")
        assert whole.answers["tuned"].text != none.answers["tuned"].text


@pytest.mark.slow
async def test_doses_of_a_real_server_that_was_started_by_hand(tmp_path: Path) -> None:
    """It was started with other scales. The name alone decides: greedy answers are word for word those of that dose,
    and nothing but the name tells them apart."""
    with started_by_hand(("hello", 0.5), ("risk-averse", 1.0)) as url:
        backend = connect(Endpoint("llama", url))
        greedy = Sampling(temperature=0.0, max_tokens=8)
        names = {"base": "served", "tuned": "served+hello@0.5"}
        sides = [Side(name, "x", url, model, None, greedy, backend) for name, model in names.items()]
        async with running(tmp_path, sides) as (pilot, comparison):
            await until(pilot, "served+hello @ .5")
            await pilot.press("1")
            await ended(pilot, comparison)
            await pilot.press("alt+right", "alt+right", "ctrl+r")
            await wait_until(lambda: len(comparison.view.exchanges) == 2 and not comparison.view.streaming, seconds=60)
            half, whole = comparison.view.exchanges
            assert [comparison.view.settings(each) for each in (half, whole)] == ["served+hello@0.5", "served+hello"]
            assert whole.answers["tuned"].text.startswith("H")
            assert half.answers["base"].text == whole.answers["base"].text
    async with embedded() as server:
        for exchange in (half, whole):
            for side, answer in exchange.answers.items():
                name = exchange.models[side].replace("served", "smollm2-135m-instruct")
                asked = msgspec.structs.replace(sides[0].request(exchange.question, None, greedy), model=name)
                items = [item async for item in server.stream(asked) if isinstance(item, Delta)]
                assert answer.text == "".join(item.text for item in items)
