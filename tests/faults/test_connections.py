"""Servers that are not reached, or that send one elsewhere."""
# ruff: noqa: E501

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from diptych.sessions import Answer
from tests.faults.engine import HALF, KEY, NOBODY, PATIENT, Case, asked, check, check_words, nothing_left, side
from tests.faults.replies import TEXT, WHOLE, raw, reset, stream
from tests.openai_server import Exchange, Reply, serve
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("quick")

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def failed(answer: Answer, says: str, hint: str, kind: str = "unreachable") -> None:
    Case("", stream(), kind=kind, says=says, hint=hint).check(answer)


async def refuse(exchange: Exchange) -> None:
    reset(exchange)


def after(times: int, reply: Reply, before: Reply) -> Reply:
    """The first `times` requests get another reply."""
    count = 0

    async def turn(exchange: Exchange) -> None:
        nonlocal count
        count += 1
        await (before if count <= times else reply)(exchange)

    return turn


RESETS = [
    Case("reset each time", refuse, kind="unreachable", says="closed the connection before it answered", hint="server runs", requests=4),
    Case("closed each time", raw(), kind="unreachable", says="closed the connection before it answered", hint="server runs", requests=4),
    Case("reset once", after(1, stream(WHOLE), refuse), TEXT, requests=2),
    Case("closed three times", after(3, stream(WHOLE), raw()), TEXT, requests=4),
    Case("a server that fails once", after(1, stream(WHOLE), raw(b"HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n")), TEXT, requests=2),
    Case("cut once, in the answer", after(1, stream(WHOLE), stream(WHOLE[: WHOLE.index(b" and half")])), HALF, "dropped", "broke off", "press r"),
]  # fmt: skip


@pytest.mark.parametrize("case", RESETS, ids=str)
async def test_hanging_up(case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await check(case, tmp_path, caplog)


@asynccontextmanager
async def listening(handle: Handler) -> AsyncIterator[tuple[int, list[None]]]:
    """A port at which this is done with every connection; and one entry for each."""
    came: list[None] = []

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(None)
        try:
            await handle(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(counted, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], came
    finally:
        server.close()


async def speak_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n")
    await writer.drain()


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)


async def talk_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    writer.write(b"\x16\x03\x03\x00\x05hello")
    await writer.drain()


class TestTLS:
    @pytest.mark.parametrize(
        ("handle", "says", "hint", "connections"),
        [
            (speak_http, "does not speak https", "http://", 1),
            (talk_nonsense, "no secure connection", "base_url", 1),
            (hang_up, "closed the connection before it answered", "server runs", 4),
        ],
    )
    async def test_what_is_no_tls(
        self, handle: Handler, says: str, hint: str, connections: int, tmp_path: Path
    ) -> None:
        async with nothing_left(), listening(handle) as (port, came):
            failed(await asked(tmp_path, f"https://127.0.0.1:{port}/v1"), says, hint)
            assert len(came) == connections

    async def test_https_asked_by_http(self, tmp_path: Path, certificate: Path) -> None:
        async with nothing_left(), serve(stream(WHOLE), tls(certificate)) as server:
            answer = await asked(tmp_path, server.base_url.replace("https", "http"))
        failed(answer, "it speaks https", "write https://")

    async def test_http_that_waits_for_the_end_of_a_line(self, tmp_path: Path) -> None:
        """It takes the handshake for the beginning of one, and says nothing: seen at once all the same."""
        began = asyncio.get_running_loop().time()
        async with nothing_left(), serve(stream(WHOLE)) as server:
            answer = await asked(tmp_path, server.base_url.replace("http", "https"))
            assert all(not exchange.body for exchange in server.asked)
        failed(answer, "does not speak https", "write http://")
        assert asyncio.get_running_loop().time() - began < 9

    async def test_https_that_is_silent(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Neither: it stays what it is."""
        monkeypatch.setattr("diptych.backends.url_schemes.SILENT_SECONDS", 0.05)
        monkeypatch.setattr("diptych.backends.http_client.CONNECT_SECONDS", 0.4)

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()

        async with nothing_left(), listening(silent) as (port, _):
            failed(await asked(tmp_path, f"https://127.0.0.1:{port}/v1"), "no response from", "start the server")

    async def test_a_certificate_of_its_own(self, tmp_path: Path, certificate: Path) -> None:
        async with nothing_left(), serve(stream(WHOLE), tls(certificate)) as server:
            failed(await asked(tmp_path, server.base_url), "is not trusted: self-signed", "SSL_CERT_FILE")
            assert server.asked == []

    async def test_the_mend_mends(self, tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with nothing_left(), serve(stream(WHOLE), tls(certificate)) as server:
            assert (await asked(tmp_path, server.base_url)).text == TEXT

    async def test_certificates_that_cannot_be_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
        backend = side("tuned", f"http://127.0.0.1:{NOBODY}/v1").backend
        with pytest.raises(Exception, match="certificates that the environment names cannot be read") as caught:
            await backend.start(lambda doing: None)
        assert "SSL_CERT_FILE" in caught.value.hint  # type: ignore[attr-defined]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that nobody has signed."""
    wanted = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(tmp_path / "key.pem")]
    subprocess.run(
        ["openssl", *wanted.split(), *names, "-out", str(tmp_path / "cert.pem")], check=True, capture_output=True
    )
    return tmp_path / "cert.pem"


def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    return context


class TestNobody:
    async def test_a_port_at_which_nobody_listens(self, tmp_path: Path) -> None:
        async with nothing_left():
            answer = await asked(tmp_path, f"http://127.0.0.1:{NOBODY}/v1")
        failed(answer, f"no response from http://127.0.0.1:{NOBODY}", "start the server")

    async def test_a_name_that_nobody_has(self, tmp_path: Path) -> None:
        async with nothing_left():
            answer = await asked(tmp_path, "http://nonexistent.invalid/v1")
        failed(answer, "no address is known for the name nonexistent.invalid", "base_url")

    async def test_a_name_that_is_none(self, tmp_path: Path) -> None:
        async with nothing_left():
            answer = await asked(tmp_path, f"http://{'a' * 70}.invalid/v1")
        failed(answer, "no address is known", "base_url")


class TestProxies:
    async def test_a_proxy_that_is_dead(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", f"http://someone:secret@127.0.0.1:{NOBODY}")
        async with nothing_left():
            answer = await asked(tmp_path, "http://models.invalid/v1")
        failed(answer, f"http://models.invalid/v1 was not reached through the proxy 127.0.0.1:{NOBODY}", "HTTP_PROXY")
        assert answer.failure is not None
        assert "secret" not in f"{answer.failure}"

    async def test_a_proxy_is_not_asked_for_this_machine(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{NOBODY}")
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{NOBODY}")
        async with nothing_left(), serve(stream(WHOLE)) as server:
            assert (await asked(tmp_path, server.base_url)).text == TEXT

    async def test_a_proxy_is_asked_for_others(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        async with nothing_left(), serve(stream(WHOLE)) as proxy:
            monkeypatch.setenv("ALL_PROXY", proxy.base_url.removesuffix("/v1"))
            assert (await asked(tmp_path, "http://models.invalid/v1")).text == TEXT
            assert proxy.asked[0].path == "http://models.invalid/v1/chat/completions"

    async def test_a_proxy_that_refuses(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        async with nothing_left(), serve(raw(b"HTTP/1.1 407 X\r\ncontent-length: 0\r\n\r\n")) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.base_url.removesuffix("/v1"))
            answer = await asked(tmp_path, "https://models.invalid/v1")
        failed(answer, "was not reached through the proxy", "HTTPS_PROXY")
        assert KEY not in str([exchange.headers for exchange in proxy.asked])

    @pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "ftp://127.0.0.1:9"])
    async def test_a_proxy_of_another_kind(self, proxy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ALL_PROXY", proxy)
        async with nothing_left():
            answer = await asked(tmp_path, "http://models.invalid/v1")
        failed(answer, "the proxy 127.0.0.1:9 is of a kind that diptych cannot use", "ALL_PROXY")


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_nobody_goes_where_a_server_sends_them(
        self, status: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with serve(stream(WHOLE)) as elsewhere:
            place = f"{elsewhere.base_url}/chat/completions"
            moved = raw(f"HTTP/1.1 {status} X\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n".encode())
            says = f"redirects requests to {elsewhere.base_url}"
            await check(Case("", moved, kind="bad request", says=says, hint="set base_url"), tmp_path, caplog)
            assert elsewhere.asked == []

    @pytest.mark.parametrize(
        ("location", "says"),
        [
            ("location: /v2/chat/completions\r\n", "/v2"),
            ("location: http://[::bad/\r\n", "redirects requests"),
            ("location: \r\n", "status 302"),
            ("", "status 302"),
            (f"location: http://x.invalid/?key={KEY}\r\n", "(the key)"),
        ],
    )
    async def test_a_place_that_is_none(
        self, location: str, says: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        moved = raw(f"HTTP/1.1 302 X\r\n{location}content-length: 0\r\n\r\n".encode())
        await check(Case("", moved, kind="bad request", says=says, hint="base_url"), tmp_path, caplog)


def test_the_words_are_looked_at() -> None:
    for words in ("Traceback (most recent", f"key {KEY}", "ReadError", "httpx.get(x)", "two\nlines"):
        with pytest.raises(AssertionError):
            check_words(words)


@pytest.mark.parametrize("unread", [False, True])
async def test_the_server_notices_who_hangs_up(unread: bool) -> None:
    async def endless(exchange: Exchange) -> None:
        while unread and not exchange.gone.is_set():
            await exchange.send(b"x" * 4096)
        await exchange.gone.wait()

    async with serve(endless) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", int(server.base_url.split(":")[2].removesuffix("/v1")))
        writer.write(b"POST /v1 HTTP/1.1\r\n\r\n")
        async with asyncio.timeout(PATIENT):
            await wait_until(lambda: server.asked)
            writer.transport.abort()
            await server.asked[0].gone.wait()
