"""Every status that is not well: what is said, and how often it is asked."""
# ruff: noqa: E501

from email.utils import formatdate
from pathlib import Path

import pytest

from tests.faults.engine import KEY, Case, check
from tests.faults.replies import document, head, page, reset
from tests.openai_server import Exchange, error_body

pytestmark = pytest.mark.usefixtures("quick")

SAID = error_body("the server's words")
BILLING = "litellm.RateLimitError: RateLimitError: OpenAIException - You exceeded your current quota, please check your plan and billing details."
MINUTE = {"error": {"code": 429, "message": BILLING, "details": [{"@type": "RetryInfo", "retryDelay": "99999s"}]}}
KEPT_OUT = error_body(f"no such key: {KEY}", code="invalid_api_key")
PAGE = b"<html><title>502 Bad Gateway</title><h1>nginx</h1></html>"


async def hung_error(exchange: Exchange) -> None:
    await exchange.send(head(400, "application/json", "content-length: 500\r\n") + b'{"error": ')
    await exchange.gone.wait()


async def reset_error(exchange: Exchange) -> None:
    await exchange.send(head(400, "application/json", "content-length: 500\r\n") + b'{"error": ')
    reset(exchange)


CASES = [
    Case("400", document(SAID, 400), kind="bad request", says="the server's words", hint="config.toml"),
    Case("401", document(SAID, 401), kind="bad key", says="the server's words", hint="api_key_env"),
    Case("401 with the key", document(KEPT_OUT, 401), kind="bad key", says="no such key: (the key)", hint="api_key_env"),
    Case("401 with nothing", page(b"", "text/plain", 401), kind="bad key", says="does not accept the key", hint="api_key_env"),
    Case("402", document(SAID, 402), kind="no quota", says="the server's words", hint="credit"),
    Case("403", document(SAID, 403), kind="bad key", says="the server's words", hint="api_key_env"),
    Case("404", document(error_body("no model some-model"), 404), kind="unknown model", says="some-model", hint="choose from the models"),
    Case("404 as a web page", page(PAGE, "text/html", 404), kind="bad request", says="is not there", hint="base_url"),
    Case("405", document({"detail": "Method Not Allowed"}, 405), kind="bad request", says="is not there", hint="base_url"),
    Case("408", document(SAID, 408), kind="timed out", says="the server's words", hint="press r", requests=4),
    Case("409", document(SAID, 409), kind="bad request", says="the server's words", hint="press r", requests=4),
    Case("410", page(b"gone", "text/plain", 410), kind="bad request", says="gone", hint="config.toml"),
    Case("413", document({}, 413), kind="too long", says="too large", hint="shorten"),
    Case("418 with nothing", page(b"", "text/plain", 418), kind="bad request", says="status 418", hint="base_url"),
    Case("422", document({"detail": [{"loc": ["body", "seed"], "msg": "field forbidden"}]}, 422), kind="bad request", says="seed: field forbidden", hint="leave_out", requests=2),
    Case("500", document(SAID, 500), kind="server error", says="the server's words", hint="press r", requests=4),
    Case("500 with nothing", page(b"", "text/plain", 500), kind="server error", says="status 500", hint="press r", requests=4),
    Case("502 as a web page", page(PAGE, "text/html", 502), kind="server error", says="status 502", hint="press r", requests=4),
    Case("503", document(SAID, 503), kind="server error", says="the server's words", hint="press r", requests=4),
    Case("503, not for an hour", document(SAID, 503, "retry-after: 3600\r\n"), kind="server error", says="words", hint="press r"),
    Case("504", page(b"upstream timed out", "text/plain", 504), kind="timed out", says="upstream timed out", hint="press r", requests=4),
    Case("529", document(SAID, 529), kind="server error", says="the server's words", hint="press r", requests=4),
    Case("a status that nobody knows", document(SAID, 999), kind="server error", says="the server's words", hint="press r", requests=4),
    Case("400 that asks for more", document(SAID, 400, "x-should-retry: true\r\n"), kind="bad request", says="words", hint="config.toml", requests=4),
    Case("an error in JSON that is none", page(b"{oops", "application/json", 400), kind="bad request", says="oops", hint="config.toml"),
    Case("an error nested too deeply", page(b'{"error":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "application/json", 400), kind="bad request", says='{"error":[[', hint="config.toml"),
    Case("an error of ten megabytes", page(b"x" * 10_000_000, "text/plain", 400), kind="bad request", says="xxx", hint="config.toml"),
    Case("an error in bytes of any kind", page(bytes(range(256)) * 3, "text/plain", 400), kind="bad request", hint="config.toml"),
    Case("an error with half of a character", page(b'{"error": {"message": "it is \\ud83d dead"}}', "application/json", 400), kind="bad request", says="it is ? dead", hint="config.toml"),
    Case("an error badly compressed", page(b"\x00\xff", "application/json", 400, "content-encoding: gzip\r\n"), kind="server error", says="compressed", hint="press r"),
    Case("an error that hangs", hung_error, kind="timed out", says="0.3 s", hint="press r", timeout=0.3),
    Case("an error that is reset", reset_error, kind="dropped", says="broke", hint="press r"),
    Case("429, not for ever", document(SAID, 429, "retry-after: 99999\r\n"), kind="rate limited", says="the server's words", hint="wait 27.8 hours"),
    Case("429, not until a date", document(SAID, 429, f"retry-after: {formatdate(4102444800, usegmt=True)}\r\n"), kind="rate limited", says="words", hint="hours"),
    Case("429, for a moment", document(SAID, 429, "retry-after: 0.001\r\n"), kind="rate limited", says="words", hint="wait 1 s", requests=9),
    Case("429, until a date that is over", document(SAID, 429, f"retry-after: {formatdate(0, usegmt=True)}\r\n"), kind="rate limited", says="words", hint="wait a little", requests=9),
    Case("429 without a word", page(b"", "text/plain", 429), kind="rate limited", says="too many requests", hint="wait a little", requests=9),
    Case("429, wait less than nothing", document(SAID, 429, "retry-after: -5\r\n"), kind="rate limited", says="words", hint="wait a little", requests=9),
    Case("429, wait in words", document(SAID, 429, "retry-after: tomorrow\r\n"), kind="rate limited", says="words", hint="wait a little", requests=9),
    Case("429, wait for infinity", document(SAID, 429, "retry-after: 1e400\r\n"), kind="rate limited", says="words", hint="wait a little", requests=9),
    Case("400 of a proxy without a database", document(error_body("No connected db.", "no_db_connection", code="400"), 400), kind="bad key", says="does not know the key", hint="api_key_env"),
    Case("400 that names a field", document(error_body("Unknown name \"seed\": Cannot find field."), 400), kind="bad request", says="seed", hint="config.toml", requests=2),
    Case("400 by http", page(b"Client sent an HTTP request to an HTTPS server.", "text/plain", 400), kind="unreachable", says="speaks https", hint="https://"),
    Case("400 by http, as a web page", page(b"<html>400 The plain HTTP request was sent to HTTPS port</html>", "text/html", 400), kind="unreachable", says="speaks https", hint="https://"),
    Case("500 that names a field", document(error_body("got an unexpected keyword argument 'seed'"), 500), kind="server error", says="seed", hint="press r", requests=2),
    Case("524", document(SAID, 524), kind="timed out", says="the server's words", hint="press r", requests=4),
    Case("429, with the time in its words", document(error_body("Please try again in 99999s"), 429), kind="rate limited", says="try again", hint="wait 27.8 hours"),
    Case("429 of an empty account", document(error_body("pay first", code="insufficient_quota"), 429), kind="no quota", says="pay first", hint="credit"),
    Case("429 of an empty account, without its code", document(error_body(BILLING, "throttling_error", code="429"), 429), kind="no quota", says="exceeded your current quota", hint="credit"),
    Case("429 of a quota a minute", document(MINUTE, 429), kind="rate limited", says="exceeded your current quota", hint="wait 27.8 hours"),
    Case("429 of a quota a minute, in its header", document(error_body(BILLING), 429, "retry-after: 99999\r\n"), kind="rate limited", says="quota", hint="wait 27.8 hours"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_status(case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await check(case, tmp_path, caplog)
