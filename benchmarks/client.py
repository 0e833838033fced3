"""CPU per chunk of the client against the official client's typed stream: python -m benchmarks.client.

A process of its own sends one-token chunks as OpenAI's API does; the CPU of this process alone is counted.
"""

import asyncio
import json
import socket
import statistics
import time
from collections.abc import Iterator

import openai

from benchmarks.figures import Figure, serving, tell
from diptych.backends import Delta, Endpoint, Message, Request, connect

CHUNKS = 20_000
ROUNDS = 5
LEAST_RATIO = 5.0
"""How many times less CPU a chunk costs than in the official client, at least."""
PEER = "openai client, its typed stream"


def serve(listener: socket.socket) -> None:
    """Answer every request with the same stream."""
    choice = {"index": 0, "delta": {"content": " token"}, "logprobs": None, "finish_reason": None}
    document = {
        "id": "chatcmpl-0123456789", "object": "chat.completion.chunk", "created": 1_700_000_000,
        "model": "some-model", "service_tier": "default", "system_fingerprint": "fp_0123456789", "choices": [choice],
    }  # fmt: skip
    event = b"data: " + json.dumps(document).encode() + b"\n\n"
    last = json.dumps({**document, "choices": [{**choice, "delta": {}, "finish_reason": "stop"}]}).encode()
    body = event * CHUNKS + b"data: " + last + b"\n\ndata: [DONE]\n\n"
    while True:
        connection, _ = listener.accept()
        with connection:
            received = b""
            while not received.endswith(b"}"):
                received += connection.recv(65536)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n" + body
            )


async def ours(base_url: str) -> float:
    """µs of CPU a chunk through backends."""
    backend = connect(Endpoint("openai", base_url))
    await backend.start(lambda doing: None)
    request = Request("some-model", (Message("user", "x"),))
    began, seen = time.process_time(), 0
    async for item in backend.stream(request):
        seen += isinstance(item, Delta)
    spent = time.process_time() - began
    assert seen == CHUNKS
    await backend.close()
    return spent / CHUNKS * 1e6


async def theirs(base_url: str) -> float:
    """µs of CPU a chunk through the official client's typed stream."""
    client = openai.AsyncOpenAI(base_url=base_url, api_key="none")
    began, seen = time.process_time(), 0
    stream = await client.chat.completions.create(
        model="some-model", messages=[{"role": "user", "content": "x"}], stream=True
    )
    async for chunk in stream:
        seen += chunk.choices[0].delta.content is not None
    spent = time.process_time() - began
    assert seen == CHUNKS
    await client.close()
    return spent / CHUNKS * 1e6


async def in_turn(base_url: str) -> list[tuple[float, float]]:
    """Diptych's and the official client's, round by round."""
    await ours(base_url)
    return [(await ours(base_url), await theirs(base_url)) for _ in range(ROUNDS)]


def figures() -> Iterator[Figure]:
    """The medians of the rounds."""
    with serving(serve) as base_url:
        rounds = asyncio.run(in_turn(base_url))
    mine, peer = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(b / a for a, b in rounds)
    yield Figure(
        "reading a stream, CPU a chunk", mine, "µs", peer=PEER, peer_value=peer, least_ratio=LEAST_RATIO,
        measured_ratio=ratio,
    )  # fmt: skip


if __name__ == "__main__":
    tell(figures())
