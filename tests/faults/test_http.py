"""HTTP that is framed, compressed or answered as it should not be."""
# ruff: noqa: E501

import asyncio
import gzip
import json
import zlib
from pathlib import Path

import pytest

from tests.faults.engine import HALF, Case, check
from tests.faults.replies import BEGUN, HEAD, REST, TEXT, WHOLE, chunked, document, head, page, raw, whole
from tests.openai_server import Exchange

pytestmark = pytest.mark.usefixtures("quick")


def sized(length: int, body: bytes) -> list[bytes]:
    return [head(headers=f"content-length: {length}\r\n"), body]


def packed(encoding: str, body: bytes) -> list[bytes]:
    return [head(headers=f"content-encoding: {encoding}\r\n"), body]


def lines(count: int) -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + b"".join(b"x-%d: y\r\n" % n for n in range(count)) + b"\r\n"


async def gone_bad(exchange: Exchange) -> None:
    await exchange.send(b"".join(packed("gzip", SQUEEZED_HALF)))
    await asyncio.sleep(0.1)
    await exchange.send(b"\xff" * 100)


IN_CHUNKS = head(headers="transfer-encoding: chunked\r\n")
KEPT = HEAD.replace(b"connection: close\r\n", b"transfer-encoding: chunked\r\n")
SQUEEZED = gzip.compress(WHOLE)
_squeezer = zlib.compressobj(wbits=31)
SQUEEZED_HALF = _squeezer.compress(BEGUN) + _squeezer.flush(zlib.Z_SYNC_FLUSH)
ANSWER = json.dumps(whole([TEXT])).encode()
CUT = {"kind": "dropped", "hint": "the text so far is kept; press r"}
RULES = {"kind": "unreachable", "says": "did not follow HTTP", "hint": "base_url", "requests": 4}

CASES = [
    Case("in chunks", raw(IN_CHUNKS, chunked(BEGUN), chunked(REST), b"0\r\n\r\n"), TEXT),
    Case("chunks that cut lines", raw(IN_CHUNKS, *(chunked(WHOLE[at : at + 7]) for at in range(0, len(WHOLE), 7)), b"0\r\n\r\n"), TEXT),
    Case("chunks without the last", raw(IN_CHUNKS, chunked(BEGUN)), HALF, says="broke in the middle", **CUT),
    Case("a chunk that is too short", raw(IN_CHUNKS, chunked(BEGUN), b"ff\r\ndata: x"), HALF, says="broke in the middle", **CUT),
    Case("a chunk of no size", raw(IN_CHUNKS, chunked(BEGUN), b"zz\r\nx\r\n"), HALF, says="broke in the middle", **CUT),
    Case("complete, but without the last chunk", raw(IN_CHUNKS, chunked(BEGUN), chunked(REST)), TEXT),
    Case("a length that is too short", raw(*sized(len(BEGUN), BEGUN + REST)), HALF, says="broke off", **CUT),
    Case("a length that is too long", raw(*sized(9999, BEGUN)), HALF, says="broke in the middle", **CUT),
    Case("complete, but shorter than its length", raw(*sized(9999, BEGUN + REST)), TEXT),
    Case("a document that is too short", page(ANSWER[:-20], "application/json"), "", says="broke off", **CUT),
    Case("a document shorter than its length", raw(head(200, "application/json", "content-length: 9999\r\n"), ANSWER[:-20]), "", says="broke in the middle", **CUT),
    Case("a length below zero", raw(*sized(-1, WHOLE)), **RULES),
    Case("two lengths", raw(head(headers="content-length: 1\r\ncontent-length: 2\r\n"), WHOLE), **RULES),
    Case("HTTP/1.0 without a length", raw(head(version="1.0"), WHOLE), TEXT),
    Case("HTTP/1.0 cut", raw(head(version="1.0"), BEGUN), HALF, says="broke off", **CUT),
    Case("HTTP of another age", raw(head(version="7.5"), WHOLE), TEXT),
    Case("no HTTP at all", raw(b"SSH-2.0-OpenSSH_9.6\r\n"), kind="unreachable", says="closed the connection", hint="server runs", requests=4),
    Case("bytes of any kind", raw(bytes(range(256))), **RULES),
    Case("a head that is cut", raw(HEAD[:20]), kind="unreachable", says="closed the connection", hint="server runs", requests=4),
    Case("a thousand headers", raw(lines(1000), WHOLE), TEXT),
    Case("a hundred thousand headers", raw(lines(100_000), WHOLE), **RULES),
    Case("a header of a megabyte", raw(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 2**20 + b"\r\n\r\n", WHOLE), **RULES),
    Case("a header that is none", raw(b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", WHOLE), **RULES),
    Case("go on first", raw(b"HTTP/1.1 100 Continue\r\n\r\n", HEAD, WHOLE), TEXT),
    Case("hints first", raw(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n", HEAD, WHOLE), TEXT),
    Case("go on and nothing more", raw(b"HTTP/1.1 100 Continue\r\n\r\n"), kind="unreachable", says="closed the connection", hint="server runs", requests=4),
    Case("no content", raw(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"), kind="dropped", says="without an answer", hint="base_url"),
    Case("another status that is well", document(whole([TEXT]), 201), TEXT),
    Case("gzip", raw(*packed("gzip", SQUEEZED)), TEXT),
    Case("gzip byte by byte", raw(*packed("gzip", SQUEEZED)[:1], *(SQUEEZED[at : at + 1] for at in range(len(SQUEEZED)))), TEXT),
    Case("deflate", raw(*packed("deflate", zlib.compress(WHOLE))), TEXT),
    Case("deflate without its head", raw(*packed("deflate", zlib.compress(WHOLE)[2:-4])), TEXT),
    Case("gzip that is none", raw(*packed("gzip", WHOLE)), kind="server error", says="compressed", hint="press r"),
    Case("gzip that is cut", raw(*packed("gzip", SQUEEZED_HALF)), HALF, says="broke off", **CUT),
    Case("gzip that goes bad", gone_bad, HALF, "server error", "compressed", "press r"),
    Case("a compression that nobody knows", raw(*packed("x-own", WHOLE)), TEXT),
    Case("kept open, then chunked", raw(KEPT, chunked(WHOLE), b"0\r\n\r\n"), TEXT),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_http(case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await check(case, tmp_path, caplog)
