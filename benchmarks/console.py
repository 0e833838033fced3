"""CPU of the whole console per pair of tokens: python -m benchmarks.console [TOKENS].

A process of its own streams to both sides at 200 tokens a second each; this process runs client, detectors, recorder
and the app at 120 × 34, and counts its own CPU; then the same without the app, as fast as tokens come. The peer has the
same client and two of Textual's Markdown widgets, as most chat consoles do, and neither detectors, record, head nor
findings. The floor is what benchmarks.painting measures: two panes that are given the same tokens.
"""

import argparse
import asyncio
import json
import socket
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from benchmarks import client
from benchmarks.figures import Figure, serving, tell
from benchmarks.painting import Bench, measure, token
from diptych.backends import Delta, Endpoint, Message, Request, Sampling, connect
from diptych.compare import Comparison, Side
from diptych.probes import load_probes
from diptych.sessions import Recorder
from diptych.tui import DiptychApp

RATE = 200
"""Tokens a second to each side."""
TOKENS = 3_000
MOST_PAINTING = 2.3
"""The whole console costs at most so many times what its two panes alone cost to paint."""
MOST_CLIENT = 4.0
"""Client, detectors and recorder cost at most so many times what the client alone costs."""
FLOOR, PEER = "two panes alone", "the client and Markdown panes alone"


def serve(listener: socket.socket, tokens: int, rate: int = RATE) -> None:
    """Answer every request with so many tokens, `rate` a second."""

    def answer(connection: socket.socket) -> None:
        received = b""
        while not received.endswith(b"}"):
            received += connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        began = time.monotonic()
        for i in range(tokens):
            delta = {"choices": [{"index": 0, "delta": {"content": token(i)}, "finish_reason": None}]}
            time.sleep(max(0.0, began + i / rate - time.monotonic()))
            connection.sendall(b"data: " + json.dumps(delta).encode() + b"\n\n")
        last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        connection.sendall(b"data: " + json.dumps(last).encode() + b"\n\ndata: [DONE]\n\n")

    def attend(connection: socket.socket) -> None:
        # Whoever asks may stop listening at any moment.
        with connection, suppress(ConnectionError):
            answer(connection)

    while True:
        connection, _ = listener.accept()
        threading.Thread(target=attend, args=(connection,), daemon=True).start()


@asynccontextmanager
async def comparing(base_url: str) -> AsyncIterator[Comparison]:
    """Two sides and a probe whose detectors watch, recording into a new store."""
    backend = connect(Endpoint("openai", base_url))
    await backend.start(lambda doing: None)
    sides = [Side(name, "x", base_url, name, None, Sampling(), backend) for name in ("base", "tuned")]
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison("bench", sides, Recorder(Path(folder) / "s.db"), load_probes()["hello-acrostic"])
        yield comparison
        await comparison.close()


async def ended(comparison: Comparison, began: float) -> float:
    """Seconds of CPU since `began`, once both answers have come to their end."""
    while comparison.view.streaming:
        await asyncio.sleep(0.1)
    spent = time.process_time() - began
    assert {a.state for a in comparison.view.exchanges[0].answers.values()} == {"done"}
    return spent


async def ours(base_url: str, tokens: int) -> float:
    """ms of CPU a token pair through the whole console."""
    async with comparing(base_url) as comparison:
        app = DiptychApp(comparison, list, "diptych-dark")
        async with app.run_test(size=(120, 34)) as pilot:
            await pilot.pause(0.5)
            began = time.process_time()
            await pilot.press(*"go", "enter")
            return await ended(comparison, began) / tokens * 1000


async def unseen(base_url: str) -> float:
    """µs of CPU a token through client, detectors and recorder."""
    async with comparing(base_url) as comparison:
        began = time.process_time()
        comparison.ask("go")
        return await ended(comparison, began) / client.CHUNKS / 2 * 1e6


async def theirs(base_url: str, tokens: int) -> float:
    """ms of CPU a token pair with our client and Markdown panes."""
    backend = connect(Endpoint("openai", base_url))
    await backend.start(lambda doing: None)
    app = Bench("markdown")
    async with app.run_test(size=(120, 34)) as pilot:
        await pilot.pause(0.5)

        async def stream(add) -> None:  # type: ignore[no-untyped-def]
            pending, painted = "", time.monotonic()
            async for item in backend.stream(Request("x", (Message("user", "go"),))):
                pending += item.text if isinstance(item, Delta) else ""
                if time.monotonic() - painted > 1 / 24:
                    await add(pending)
                    pending, painted = "", time.monotonic()

        began = time.process_time()
        await asyncio.gather(*(stream(add) for add in app.adders()))
        spent = time.process_time() - began
    await backend.close()
    return spent / tokens * 1000


def figures(tokens: int = TOKENS) -> Iterator[Figure]:
    """Of answers of that many tokens."""
    with serving(serve, tokens) as base_url:
        mine, peer = asyncio.run(ours(base_url, tokens)), asyncio.run(theirs(base_url, tokens))
    floor, _ = asyncio.run(measure("diptych", tokens))
    with serving(client.serve) as base_url:
        behind, alone = asyncio.run(unseen(base_url)), asyncio.run(client.ours(base_url))
    whole = Figure(f"whole console, CPU a token pair, {tokens:,} tokens", mine, "ms")
    yield whole._replace(peer=FLOOR, peer_value=floor, most_times=MOST_PAINTING)
    yield whole._replace(peer=PEER, peer_value=peer)
    yield Figure(
        "client, detectors and recorder, CPU a token", behind, "µs", peer="the client alone", peer_value=alone,
        most_times=MOST_CLIENT,
    )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tokens", type=int, nargs="?", default=TOKENS)
    tell(figures(parser.parse_args().tokens))
