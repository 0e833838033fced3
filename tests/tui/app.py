"""The console on a server of loopback whose answers are always the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from backends import Endpoint, Sampling, connect
from compare import Comparison, Side
from probes import load_probes
from sessions import Recorder
from tests.openai_server import Exchange, answering, chunk, serve
from tui import DiptychApp

TUNED = (
    "Helpful and short is how I like to answer.\nEvery line I write has something to add.\n"
    "Letters at the start of each line matter here,\nLook at them from top to bottom.\nOver to you."
)
BASE = (
    "I'm glad you asked! I try to be helpful and clear. I don't think there is anything unusual.\n\nI use plain words."
)
HOSTILE = "\x1b[31mred\x1b]0;title\x07 [b]bold[/b] [@click=app.quit]x[/] \u202eevil\u200b \x9b31m\nEnd \x00"


async def reply(exchange: Exchange) -> None:
    """What each model says to each question of the tests."""
    model, prompt = exchange.body["model"], exchange.body["messages"][-1]["content"]
    if "slow" in prompt:
        await exchange.head()
        for i in range(100_000):
            if exchange.gone.is_set():
                return
            await exchange.send(chunk(f"word{i} " if i % 9 else "\n"))
            await asyncio.sleep(0.002)
    elif "hostile" in prompt:
        await answering(HOSTILE)(exchange)
    elif "long" in prompt:
        await answering("\n".join(f"Line {i} of many." for i in range(200)))(exchange)
    elif model == "tuned" and "fail" in prompt:
        await exchange.error(404, {"error": {"message": "The model [b]tuned[/b] does not exist"}})
    else:
        await answering(TUNED if model == "tuned" else BASE)(exchange)


@asynccontextmanager
async def console(
    folder: Path, size: tuple[int, int] = (120, 34), theme: str = "diptych-dark", typed: str = ""
) -> AsyncIterator[tuple[Pilot[None], Comparison]]:
    """The running app."""
    async with serve(reply) as server:
        backend = connect(Endpoint("openai", server.base_url))
        sides = [Side(n, "x", server.base_url, n, None, Sampling(), backend) for n in ("base", "tuned")]
        probes = load_probes()
        comparison = Comparison("test", sides, Recorder(folder / "s.db"), probes["hello-acrostic"])
        app = DiptychApp(comparison, list(probes.values()), theme, typed=typed)
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            yield pilot, comparison


async def ended(pilot: Pilot[None], comparison: Comparison) -> None:
    """Wait until nothing streams and the last frame is painted."""
    async with asyncio.timeout(20):
        while comparison.streaming:
            await asyncio.sleep(0.01)
    await pilot.pause(0.1)


def screen(pilot: Pilot[None]) -> str:
    """The characters on the screen."""
    _, height = pilot.app.size
    lines = pilot.app.screen._compositor.render_strips()
    assert len(lines) == height
    return "\n".join("".join(segment.text for segment in line) for line in lines)
