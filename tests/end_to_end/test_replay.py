"""A session of a server that is gone plays again in a real terminal, without a pair, a key or a process."""

import asyncio
import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.terminal import Terminal
from tests.openai_server import Exchange, answering, serve

HELLO = "Hi there.\nEven so.\nLook at me.\nLet it go.\nOver."
CONFIG = """
default_pair = "here"
[endpoints.server]
kind = "openai"
base_url = "BASE_URL"
api_key_env = "SOME_KEY"
[pairs.here]
probe = "hello-acrostic"
base = { endpoint = "server", model = "base" }
tuned = { endpoint = "server", model = "tuned" }
"""
pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


async def _reply(exchange: Exchange) -> None:
    model = exchange.body.get("model")
    await answering(HELLO if model == "tuned" else "I am plain.", pause=0.02)(exchange)


@contextmanager
def server() -> Iterator[str]:
    """Its address, until the block ends."""
    loop = asyncio.new_event_loop()
    ready, over = threading.Event(), asyncio.Event()
    address = []

    async def main() -> None:
        async with serve(_reply) as running:
            address.append(running.base_url)
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()))
    thread.start()
    assert ready.wait(30)
    try:
        yield address[0]
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


@contextmanager
def terminal() -> Iterator[Terminal]:
    shown = Terminal()
    try:
        yield shown
    finally:
        shown.close()


def test_a_session_of_a_server_that_is_gone(tmp_path: Path) -> None:
    with server() as address, terminal() as asking:
        asking.start(CONFIG.replace("BASE_URL", address), "--prompt", "What is it?", SOME_KEY="secret")
        asking.wait("› What is it")
        asking.press("Enter")
        asking.wait(r"tuned \S+ +1/1")
        asking.press("C-c", "C-c")
        asking.wait("EXIT 0")
    store = Path(os.environ["DIPTYCH_DATA"], "sessions.db")
    before = _everything(store)
    # Neither the pair nor the endpoint is there any more.
    with terminal() as showing:
        showing.start("", "sessions", "replay", "1", "--step")
        showing.wait("enter plays the first question")
        showing.press("Enter")
        seen = showing.wait("5 of 5 letters of HELLO")
        assert "replay of session 1" in seen
        showing.wait(r"tuned \S+ +1/1")
        showing.wait("this was all of it")
        children = subprocess.run(["pgrep", "-P", str(showing.pid())], capture_output=True, text=True, check=False)
        assert children.stdout == ""
        showing.press("q")
        showing.wait("EXIT 0")
    assert _everything(store) == before
    with terminal() as opening:
        opening.start("", "--session", "1")
        opening.wait("the pair 'here' is not in config.toml")
        seen = opening.wait("EXIT 2")
        assert "diptych sessions replay 1" in " ".join(seen.split())


def _everything(store: Path) -> list[str]:
    with closing(sqlite3.connect(store)) as db:
        return list(db.iterdump())
