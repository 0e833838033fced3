"""Streams that come late, in pieces, broken off or in another shape than asked for."""
# ruff: noqa: E501

import asyncio
import json
from pathlib import Path

import pytest

from tests.faults.engine import HALF, Case, check
from tests.faults.replies import BEGUN, DONE, HEAD, REST, TEXT, WHOLE, document, event, page, raw, reset, stream, whole
from tests.openai_server import Exchange, chunk

pytestmark = pytest.mark.usefixtures("quick")


async def late(exchange: Exchange) -> None:
    await asyncio.sleep(0.2)
    await exchange.send(HEAD)
    await asyncio.sleep(0.2)
    await exchange.send(WHOLE)


async def byte_by_byte(exchange: Exchange) -> None:
    for byte in HEAD + WHOLE:
        await exchange.send(bytes([byte]))
        await asyncio.sleep(0)


async def silent(exchange: Exchange) -> None:
    await exchange.gone.wait()


async def silent_after_the_head(exchange: Exchange) -> None:
    await exchange.send(HEAD)
    await exchange.gone.wait()


async def silent_in_the_middle(exchange: Exchange) -> None:
    await exchange.send(HEAD + BEGUN)
    await exchange.gone.wait()


async def silent_after_the_end(exchange: Exchange) -> None:
    await exchange.send(HEAD + WHOLE)
    await exchange.gone.wait()


async def silent_before_done(exchange: Exchange) -> None:
    await exchange.send(HEAD + BEGUN + REST)
    await exchange.gone.wait()


async def endless_after_the_end(exchange: Exchange) -> None:
    await exchange.send(HEAD + WHOLE)
    while not exchange.gone.is_set():
        await exchange.send(chunk("more "))


async def alive(exchange: Exchange) -> None:
    await exchange.send(HEAD)
    for _ in range(25):
        await exchange.send(b": keep-alive\n\n")
        await asyncio.sleep(0.04)
    await exchange.send(WHOLE)


async def reset_in_the_middle(exchange: Exchange) -> None:
    await exchange.send(HEAD + BEGUN)
    await asyncio.sleep(0.1)  # an RST overtakes what was sent
    reset(exchange)


async def reset_after_the_finish(exchange: Exchange) -> None:
    await exchange.send(HEAD + BEGUN + REST)
    await asyncio.sleep(0.1)
    reset(exchange)


CUT = {"kind": "dropped", "hint": "press r to ask again"}
SHAPE = {"kind": "server error"}
ERROR = event(error={"message": "the engine died", "type": "server_error", "code": 500})

CASES = [
    Case("late", late, TEXT),
    Case("byte by byte", byte_by_byte, TEXT),
    Case("silent", silent, kind="timed out", says="0.3 s", hint="timeout", timeout=0.3),
    Case("silent after the head", silent_after_the_head, kind="timed out", says="0.3 s", hint="timeout", timeout=0.3),
    Case("silent in the middle", silent_in_the_middle, HALF, "timed out", "0.3 s", "timeout", timeout=0.3),
    Case("silent after the end", silent_after_the_end, TEXT),
    Case("silent before done", silent_before_done, TEXT, timeout=0.3),
    Case("endless after the end", endless_after_the_end, TEXT),
    Case("keep-alives longer than the timeout", alive, TEXT, timeout=0.8),
    Case("reset in the middle", reset_in_the_middle, HALF, says="broke", **CUT),
    Case("reset after the finish", reset_after_the_finish, TEXT),
    Case("cut between events", stream(BEGUN), HALF, says="broke off", **CUT),
    Case("cut in an event", stream(BEGUN, REST[:40]), HALF, says="broke off", **CUT),
    Case("cut in the name of a field", stream(BEGUN, b"da"), HALF, says="broke off", **CUT),
    Case("cut in a character", stream(BEGUN, 'data: {"choices":[{"delta":{"content":"ü'.encode()[:-1]), HALF, says="broke off", **CUT),
    Case("cut in a character, then closed", stream(BEGUN, 'data: {"choices":[{"delta":{"content":"ü'.encode()[:-1], b"\n\n"), HALF, says="broke off", **CUT),
    Case("without done", stream(BEGUN, REST), TEXT),
    Case("without the last blank line", stream(BEGUN, REST.rstrip(b"\n")), TEXT),
    Case("text after done", stream(WHOLE, chunk(" And more.")), TEXT),
    Case("junk after done", stream(WHOLE, b"data: {junk\n\n\x00\xff"), TEXT),
    Case("nothing but done", stream(DONE), kind="dropped", says="without an answer", hint="press r"),
    Case("nothing at all", stream(), kind="dropped", says="without an answer", hint="press r"),
    Case("only comments", stream(b": hello\n\n" * 9), kind="dropped", says="without an answer", hint="press r"),
    Case("lines end in CRLF", stream(WHOLE.replace(b"\n", b"\r\n")), TEXT),
    Case("lines end in CR", stream(WHOLE.replace(b"\n", b"\r")), TEXT),
    Case("comments, ids and retries", stream(b"retry: 9\nid: 1\nevent: x\n: c\n" + BEGUN + b": ping\r\n" + REST + DONE), TEXT),
    Case("a byte order mark", stream(b"\xef\xbb\xbf" + WHOLE), TEXT),
    Case("no blank after the colon", stream(WHOLE.replace(b"data: ", b"data:")), TEXT),

    Case("one line of ten megabytes", stream(event(choices=[{"delta": {"content": "abcdefghij" * 1_000_000}}]), chunk(finish="stop")), "abcdefghij" * 1_000_000),
    Case("an error in the stream", stream(BEGUN, ERROR), HALF, "server error", "the engine died", "press r"),
    Case("an error before any text", stream(ERROR), "", "server error", "the engine died", "press r"),
    Case("an error after the finish", stream(BEGUN, REST, ERROR), TEXT),
    Case("an error as an event of its own", stream(BEGUN, b"event: error\ndata: engine died\n\n"), HALF, "server error", "engine died", "press r"),
    Case("a web page", page(b"<html><h1>Welcome</h1></html>", "text/html"), says="web page", hint="base_url", **SHAPE),
    Case("a web page as an event stream", page(b"<!doctype html>\n<html></html>", "text/event-stream"), says="web page", hint="base_url", **SHAPE),
    Case("plain words", page(b"It works!", "text/plain"), says="It works!", hint="base_url", **SHAPE),
    Case("a stream called JSON", page(WHOLE, "application/json"), TEXT),
    Case("a stream called plain text", page(WHOLE, "text/plain"), TEXT),
    Case("a stream without a type", raw(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", WHOLE), TEXT),
    Case("a whole answer instead", document(whole([TEXT])), TEXT),
    Case("a whole answer called a stream", page(json.dumps(whole([TEXT])).encode(), "text/event-stream"), TEXT),
    Case("a whole error with status 200", document({"error": {"message": "overloaded"}}), kind="rate limited", says="overloaded", hint="press r", requests=9),
    Case("other JSON with status 200", document({"status": "ok"}), kind="dropped", says="without an answer", hint="base_url"),
    Case("lines of JSON", page(b'{"message":{"content":"Here"}}\n{"done":true}\n', "application/x-ndjson"), says="sent", hint="base_url", **SHAPE),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_streams(case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await check(case, tmp_path, caplog)


@pytest.mark.slow
async def test_a_hundred_thousand_chunks(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    many = chunk("a") * 100_000
    await check(Case("", stream(many, chunk(finish="stop"), DONE), "a" * 100_000), tmp_path, caplog)
