"""CPU of the whole console per pair of tokens: python -m benchmarks.console [TOKENS].

A process of its own streams to both sides at 200 tokens a second each; this process runs client, detectors, recorder
and the app at 120 × 34, and counts its own CPU. The peer has the same client and two of Textual's Markdown widgets,
as most chat consoles do, and neither detectors, record, head nor findings.
"""

import argparse
import asyncio
import json
import multiprocessing
import socket
import tempfile
import threading
import time
from pathlib import Path

from backends import Delta, Endpoint, Message, Request, Sampling, connect
from benchmarks.painting import Bench, token
from compare import Comparison, Side
from probes import load_probes
from sessions import Recorder
from tui import DiptychApp

RATE = 200
"""Tokens a second to each side."""
BUDGET_MS = 1.2


def serve(listener: socket.socket, tokens: int) -> None:
    """Answer every request at RATE."""

    def answer(connection: socket.socket) -> None:
        received = b""
        while not received.endswith(b"}"):
            received += connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        began = time.monotonic()
        for i in range(tokens):
            delta = {"choices": [{"index": 0, "delta": {"content": token(i)}, "finish_reason": None}]}
            time.sleep(max(0.0, began + i / RATE - time.monotonic()))
            connection.sendall(b"data: " + json.dumps(delta).encode() + b"\n\n")
        last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        connection.sendall(b"data: " + json.dumps(last).encode() + b"\n\ndata: [DONE]\n\n")
        connection.close()

    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


async def ours(base_url: str, tokens: int) -> float:
    """ms of CPU a token pair through the whole console."""
    backend = connect(Endpoint("openai", base_url))
    await backend.start(lambda doing: None)
    sides = [Side(name, "x", base_url, name, None, Sampling(), backend) for name in ("base", "tuned")]
    with tempfile.TemporaryDirectory() as folder:
        probe = load_probes()["hello-acrostic"]
        comparison = Comparison("bench", sides, Recorder(Path(folder) / "s.db"), probe)
        async with DiptychApp(comparison, lambda: [probe], "diptych-dark").run_test(size=(120, 34)) as pilot:
            await pilot.pause(0.5)
            began = time.process_time()
            await pilot.press(*"go", "enter")
            while comparison.streaming:
                await asyncio.sleep(0.1)
            spent = time.process_time() - began
            assert {a.state for a in comparison.exchanges[0].answers.values()} == {"done"}
    return spent / tokens * 1000


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


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tokens", type=int, nargs="?", default=3_000)
    tokens = parser.parse_args().tokens
    listener = socket.create_server(("127.0.0.1", 0))
    server = multiprocessing.get_context("fork").Process(target=serve, args=(listener, tokens), daemon=True)
    server.start()
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    mine, peer = await ours(base_url, tokens), await theirs(base_url, tokens)
    server.terminate()
    print(f"the whole console, CPU per token pair over answers of {tokens:,} tokens, {RATE} a second to each side")
    print(f"  diptych                 {mine:6.2f} ms   budget {BUDGET_MS} ms")
    print(f"  client and Markdown     {peer:6.2f} ms   {peer / mine:.1f} times diptych's")


if __name__ == "__main__":
    asyncio.run(main())
