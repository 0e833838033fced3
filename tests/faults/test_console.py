"""The console while a server misbehaves: it answers keys, says what happened, and names the key that mends it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from diptych.compare import Comparison
from diptych.sessions import Answer, Store
from tests.faults.engine import HALF, HEALTHY, PATIENT, nothing_left, side
from tests.faults.replies import BEGUN, HEAD, TEXT, WHOLE, raw, reset, stream
from tests.openai_server import Exchange, Reply, Server, answering, chunk, serve
from tests.tui.app import running, screen, until
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("quick")

LAST = HEALTHY.splitlines()[-1]


@asynccontextmanager
async def asked(
    folder: Path, does: Reply, timeout: float = PATIENT
) -> AsyncIterator[tuple[Pilot[None], Comparison, Server]]:
    """The console in which a question was just asked; the healthy side's answer is on the screen."""
    async with nothing_left(), serve(answering(HEALTHY)) as healthy, serve(does) as server:
        sides = [side("base", healthy.base_url), side("tuned", server.base_url, timeout)]
        async with running(folder, sides, (200, 40), typed="Who are you?") as (pilot, comparison):
            await pilot.press("enter")
            await until(pilot, LAST)
            yield pilot, comparison, server


async def keys_are_answered(pilot: Pilot[None]) -> None:
    """f1 opens the help, esc closes it."""
    main = pilot.app.screen
    await pilot.press("f1")
    await wait_until(lambda: pilot.app.screen is not main)
    await pilot.press("escape")
    await until(pilot, LAST)


async def silent(exchange: Exchange) -> None:
    await exchange.gone.wait()


async def flood(exchange: Exchange) -> None:
    """A thousand chunks a second."""
    await exchange.send(HEAD)
    while not exchange.gone.is_set():
        await exchange.send(chunk("a ") * 10)
        await asyncio.sleep(0.01)


async def endless_line(exchange: Exchange) -> None:
    """One event that does not end."""
    await exchange.send(HEAD + BEGUN + b"data: ")
    while not exchange.gone.is_set():
        await exchange.send(b"x" * 4096)
        await asyncio.sleep(0.001)


async def reset_in_the_middle(exchange: Exchange) -> None:
    await exchange.send(HEAD + BEGUN)
    await asyncio.sleep(0.1)
    reset(exchange)


@pytest.mark.parametrize("does", [silent, flood, pytest.param(endless_line, marks=pytest.mark.slow)])
async def test_keys_are_answered_and_ctrl_c_stops(does: Reply, tmp_path: Path) -> None:
    async with asked(tmp_path, does) as (pilot, comparison, server):
        await keys_are_answered(pilot)
        assert comparison.view.streaming
        await pilot.press("ctrl+c")
        await until(pilot, "■")
        await asyncio.wait_for(server.asked[0].gone.wait(), PATIENT)
        assert LAST in screen(pilot)
        assert len(server.asked) == 1
    kept = tuned(tmp_path)
    assert kept.state == "stopped"
    assert kept.text.startswith({silent: "", flood: "a a ", endless_line: HALF}[does])


FAILURES = [
    (silent, 0.3, "timed out", ("nothing came from", "press r to ask again"), ""),
    (reset_in_the_middle, PATIENT, "dropped", ("the connection broke", "press r to ask again"), HALF),
    (stream(BEGUN), PATIENT, "dropped", ("the answer broke off", "press r to ask again"), HALF),
    (raw(), PATIENT, "unreachable", ("closed the connection before it answered", "check that the server"), ""),
]


@pytest.mark.parametrize(("does", "timeout", "kind", "words", "text"), FAILURES)
async def test_the_pane_says_what_happened_and_the_key_mends_it(
    does: Reply, timeout: float, kind: str, words: tuple[str, ...], text: str, tmp_path: Path
) -> None:
    mended = False

    async def turn(exchange: Exchange) -> None:
        await (stream(WHOLE) if mended else does)(exchange)

    async with asked(tmp_path, turn, timeout) as (pilot, _, _):
        seen = await until(pilot, f"✕ {kind}")
        assert all(word in seen for word in words), seen
        assert text in seen
        assert LAST in seen
        mended = True
        await pilot.press("escape", "tab", "r")
        seen = await until(pilot, TEXT)
        assert "✕" not in seen


async def test_what_a_server_says_is_no_markup(tmp_path: Path) -> None:
    said = b'data: {"error": {"message": "[b]no[/b] \\u001b[31m[@click=app.quit]x[/]"}}\n\n'
    async with asked(tmp_path, stream(said)) as (pilot, _, _):
        assert "[b]no[/b] ␛[31m[@click=app.quit]x[/]" in await until(pilot, "✕ server error")


@pytest.mark.slow
async def test_a_line_of_a_hundred_kilobytes(tmp_path: Path) -> None:
    line = "word " * 20_000
    async with asked(tmp_path, stream(chunk(line), chunk(finish="stop"))) as (pilot, comparison, _):
        await keys_are_answered(pilot)
        await until(pilot, "word word")
        assert comparison.view.exchanges[0].answers["tuned"].state == "done"
    assert len(tuned(tmp_path).text) == 100_000


def tuned(folder: Path) -> Answer:
    """The answer of the misbehaving side, as it is kept."""
    store = Store(folder / "s.db")
    (answer,) = [saved.answer for saved in store.answers(1) if saved.answer.side == "tuned"]
    store.close()
    return answer


async def test_a_model_that_loads_is_seen_to_load_and_ctrl_c_ends_the_wait(tmp_path: Path) -> None:
    async def loading(exchange: Exchange) -> None:
        await exchange.error(503, {"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}})

    async with asked(tmp_path, loading) as (pilot, comparison, _):
        await until(pilot, "the model is loading · 1 s")
        await pilot.press("ctrl+c")
        await until(pilot, "■")
        assert not comparison.view.streaming
    assert tuned(tmp_path).state == "stopped"


async def test_a_limit_of_rate_is_seen_to_be_waited_for(tmp_path: Path) -> None:
    async def limited(exchange: Exchange) -> None:
        await exchange.head(429, "application/json", "retry-after: 300\r\n")
        await exchange.send(b'{"error": {"message": "slow down"}}')

    async with asked(tmp_path, limited) as (pilot, _, server):
        await until(pilot, "waiting for the endpoint's rate limit · ")
        await pilot.press("ctrl+c")
        await until(pilot, "■")
        assert len(server.asked) == 1


async def test_a_field_that_a_model_refuses_is_told_of_once(tmp_path: Path) -> None:
    async def refusing(exchange: Exchange) -> None:
        if "seed" in exchange.body:
            await exchange.error(400, {"error": {"message": "Unsupported parameter: 'seed'"}})
        else:
            await answering(TEXT)(exchange)

    async with asked(tmp_path, refusing) as (pilot, comparison, server):
        await until(pilot, "some-model refuses the field seed")
        await until(pilot, TEXT.splitlines()[-1])
        assert len(comparison.notices) == 1
        assert ["seed" in exchange.body for exchange in server.asked] == [True, False]
    assert "seed" not in tuned(tmp_path).request
