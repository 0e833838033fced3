"""A server in a thread, which remembers what it said, and the store as it is found after a death."""

import asyncio
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple

from tests.openai_server import Exchange, Reply, Server, chunk, serve

MARK = "DIPTYCH_DEATH"
"""A variable by which the processes of a test are found."""


@contextmanager
def served(reply: Reply) -> Iterator[Server]:
    """Serve while the test waits for a terminal."""
    loop, ready, leave = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    found: list[Server] = []

    async def main() -> None:
        async with serve(reply) as server:
            found.append(server)
            ready.set()
            await leave.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),))
    thread.start()
    ready.wait()
    try:
        yield found[0]
    finally:
        loop.call_soon_threadsafe(leave.set)
        thread.join()
        loop.close()


class Talking:
    """Says something else each time. `slow` in the prompt: for minutes."""

    def __init__(self) -> None:
        self._numbers = count()
        self.begun: dict[str, str] = {}
        """What was said so far, by how it begins."""
        self.finished: set[str] = set()
        """What was said to its end."""

    async def __call__(self, exchange: Exchange) -> None:
        if "messages" not in exchange.body:
            models = [{"id": "base"}, {"id": "tuned"}]
            await exchange.error(200, {"data": models})
            return
        name = f"Number {next(self._numbers)}. "
        slow = "slow" in exchange.body["messages"][-1]["content"]
        words = [name, *(f"word{i} " if i % 9 else "\n" for i in range(30_000 if slow else 30))]
        self.begun[name] = ""
        await exchange.head()
        for word in words:
            self.begun[name] += word
            await exchange.send(chunk(word))
            await asyncio.sleep(0.01 if slow else 0.001)
        # Before the end goes out: whoever has it may be faster than the next line.
        self.finished.add(self.begun[name])
        await exchange.send(chunk(finish="stop") + b"data: [DONE]\n\n")


def config(server: Server, **endpoint: str) -> str:
    """A pair of two sides on that server."""
    keys = "".join(f'{key} = "{value}"\n' for key, value in endpoint.items())
    return (
        f'default_pair = "toy"\n[endpoints.v]\nkind = "openai"\nbase_url = "{server.base_url}"\n{keys}'
        '[pairs.toy]\nbase = { endpoint = "v", model = "base" }\ntuned = { endpoint = "v", model = "tuned" }\n'
    )


class Row(NamedTuple):
    """An answer as the file has it."""

    session: int
    place: tuple[int, str, int]
    """Exchange, side and sample."""
    state: str
    text: str


def rows(path: Path) -> list[Row]:
    """All answers, read with nothing but sqlite3 from a file that must be whole."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        sql = "SELECT session_id, exchange, side, sample, state, text FROM answers ORDER BY id"
        return [
            Row(session, (exchange, side, sample), state, text)
            for session, exchange, side, sample, state, text in db.execute(sql)
        ]


def finished(found: list[Row]) -> Counter[str]:
    """How often each finished answer is there."""
    return Counter(row.text for row in found if row.state in ("done", "cut"))


def alive(mark: str) -> list[int]:
    """The processes whose environment has the mark."""
    left = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if f"{MARK}={mark}".encode() in environ.read_bytes():
                left.append(int(environ.parent.name))
    return left
