"""A thought that comes within the text, and proves to be one only at its end."""

import asyncio
from pathlib import Path

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Side
from tests.openai_server import Exchange, chunk, serve
from tests.tui.app import ended, running, screen, until

THOUGHT = "How should I answer?\nEasy.\nLet me spell it.\nLines first.\nOkay.\n"


async def test_what_was_taken_for_the_answer_goes_and_can_be_read_as_a_thought(tmp_path: Path) -> None:
    seen = asyncio.Event()

    async def reply(exchange: Exchange) -> None:
        await exchange.head()
        for line in THOUGHT.splitlines(keepends=True):
            await exchange.send(chunk(line))
        await seen.wait()
        for piece in ("</thi", "nk>\n\n", "The answer ", "is four."):
            await exchange.send(chunk(piece))
        await exchange.send(chunk(finish="stop") + b"data: [DONE]\n\n")

    async with serve(reply) as server:
        side = Side("base", "x", server.base_url, "m", None, Sampling(), connect(Endpoint("openai", server.base_url)))
        async with running(tmp_path, [side]) as (pilot, comparison):
            await pilot.press(*"hi", "enter")
            # While it streams nothing tells it from an answer: it is shown, with what is seen in it.
            assert "Let me spell it." in await until(pilot, "Okay.")
            assert comparison.view.exchanges[-1].answers["base"].marks
            seen.set()
            await ended(pilot, comparison)
            shown = screen(pilot)
            assert "The answer is four." in shown
            assert "Easy." not in shown
            assert "HELLO, lines" not in shown
            assert f"reasoning · {len(THOUGHT.strip())} characters" in shown
            assert not comparison.view.exchanges[-1].answers["base"].marks
            await pilot.press("escape", "v")
            assert "Let me spell it." in await until(pilot, "Lines first.")
