"""A server on loopback that says hostile things: in answers, in errors, in the names of its models."""

import asyncio
import json
import random
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.hostile.items import ITEMS, NAME, Item
from tests.openai_server import USAGE, Exchange, chunk, serve

BATCH = 32
"""Items that are asked for at once."""
_PLACE = "@@here@@"


def batch(number: int) -> tuple[Item, ...]:
    return ITEMS[number * BATCH : (number + 1) * BATCH]


class HostileServer:
    """`item N` gets an item, `batch N` the items of a batch, each in lines of its own, `fail` an error, and `long NAME`
    one of `long` at once, `drip NAME` in many pieces. `tame` is what is done to each text before it is sent."""

    def __init__(self, tame: Callable[[str], str] = lambda text: text, long: dict[str, str] | None = None) -> None:
        self._tame = tame
        self._long = long or {}

    async def __call__(self, exchange: Exchange) -> None:
        if exchange.path == "/v1/models":
            names = [self._tame(NAME), self._tame(f"other {NAME}")]
            await exchange.error(200, {"object": "list", "data": [{"id": name, "object": "model"} for name in names]})
            return
        question = re.sub(r"\W+$", "", exchange.body["messages"][-1]["content"].split("|")[0])
        if question.startswith("fail"):
            await exchange.error(400, {"error": {"message": self._tame(f"cannot {NAME}"), "type": "x"}})
            return
        pieces = self._pieces(question)
        if exchange.body.get("stream"):
            await exchange.head()
            for piece in pieces:
                await exchange.send(self._event(piece))
            await exchange.send(chunk(finish="stop", model=self._tame(NAME)))
            await exchange.send(chunk(choices=[], usage=USAGE) + b"data: [DONE]\n\n")
        else:
            await exchange.head(kind="application/json")
            await exchange.send(self._whole(b"".join(pieces)))

    def _pieces(self, question: str) -> list[bytes]:
        """JSON strings without their quotes, cut at any place."""
        kind, _, rest = question.partition(" ")
        if kind == "long":
            return [_inside(self._long[rest])]
        if kind == "drip":
            return [_inside(part) for part in _cut(self._long[rest], 1, 200)]
        items = batch(int(rest)) if kind == "batch" else (ITEMS[int(rest)],)
        pieces: list[bytes] = []
        for item in items:
            tamed = self._tame(item.text)
            if item.sent is not None and tamed == item.text:
                pieces.append(item.sent)
            else:
                pieces += [_inside(part) for part in _cut(tamed, 1, 7 if len(tamed) < 300 else 100)]
            if kind == "batch":
                pieces.append(rb"\n")
        return pieces

    def _event(self, piece: bytes) -> bytes:
        return chunk(_PLACE, model=self._tame(NAME)).replace(_PLACE.encode(), piece)

    def _whole(self, text: bytes) -> bytes:
        choice = {"index": 0, "message": {"role": "assistant", "content": _PLACE}, "finish_reason": "stop"}
        document = {"id": "x", "model": self._tame(NAME), "choices": [choice], "usage": USAGE}
        return json.dumps(document).encode().replace(_PLACE.encode(), text)


def _inside(text: str) -> bytes:
    return json.dumps(text, ensure_ascii=False).encode()[1:-1]


def _cut(text: str, least: int, most: int) -> Iterator[str]:
    sizes, start = random.Random(len(text)), 0
    while start < len(text):
        end = start + sizes.randint(least, most)
        yield text[start:end]
        start = end


@contextmanager
def listening(server: HostileServer) -> Iterator[str]:
    """Serve from a thread until the block ends; yields the base URL."""
    loop = asyncio.new_event_loop()
    url: list[str] = []
    ready, done = threading.Event(), asyncio.Event()

    async def stay() -> None:
        async with serve(server) as listening_at:
            url.append(listening_at.base_url)
            ready.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(stay(),))
    thread.start()
    try:
        assert ready.wait(30)
        yield url[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join(30)
        loop.close()
