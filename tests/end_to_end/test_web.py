"""`diptych web`: the console in a real browser, and who is let in."""

import asyncio
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Page, async_playwright

from diptych.sessions import Store
from tests.end_to_end.terminal import DIPTYCH
from tests.openai_server import Exchange, answering, serve
from tests.tui.app import BASE, TUNED
from tests.waiting import wait_until, wait_until_sync

CHROMIUM = shutil.which("chromium")
CONFIG = """
default_pair = "here"
[endpoints.here]
kind = "openai"
base_url = "{url}"
[pairs.here]
probe = "hello-acrostic"
base = {{ endpoint = "here", model = "base" }}
tuned = {{ endpoint = "here", model = "tuned" }}
"""
NOWHERE = "http://127.0.0.1:9/v1"


class Served:
    """A running `diptych web`."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        assert process.stdout is not None
        self.process = process
        self.port = port
        self.address = process.stdout.readline().strip()
        self.host = f"127.0.0.1:{port}"

    @property
    def key(self) -> str:
        return parse_qs(urlsplit(self.address).query)["key"][0]

    def ask(self, path: str, **headers: str) -> http.client.HTTPResponse:
        """One request, just as it is said here."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.putrequest("GET", path, skip_host=True)
        for name, value in {"Host": self.host, **headers}.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        response = connection.getresponse()
        response.body = response.read()  # type: ignore[attr-defined]
        connection.close()
        return response

    def children(self) -> list[int]:
        """The consoles."""
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [int(pid) for pid in found.stdout.split()]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(url: str = NOWHERE, *options: str) -> Iterator[Served]:
    Path(os.environ["DIPTYCH_CONFIG"]).write_text(CONFIG.format(url=url))
    port = free_port()
    command = [DIPTYCH, "web", "--port", str(port), *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Served(process, port)
        finally:
            process.send_signal(signal.SIGTERM)


def wait_gone(pids: list[int]) -> None:
    wait_until_sync(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "nothing outlives diptych web")


class Shown:
    """A page, and all that it asked for and was sent."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.drawn = ""
        page.context.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", self._listen)

    def _listen(self, socket: object) -> None:
        self.asked.append(socket.url)  # type: ignore[attr-defined]
        socket.on("framereceived", self._receive)  # type: ignore[attr-defined]

    def _receive(self, data: bytes | str) -> None:
        if isinstance(data, bytes):
            self.drawn += re.sub(r"\x1b\[[0-9;?<>=]*[a-zA-Z]", "", data.decode())

    async def see(self, words: str) -> None:
        """Wait until the words are drawn."""
        await wait_until(lambda: words in self.drawn)


@asynccontextmanager
async def browsing(address: str, script: str = "") -> AsyncIterator[Shown]:
    """`script`: what runs in the page before anything of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        shown = Shown(await browser.new_page(viewport={"width": 1100, "height": 700}))
        await shown.page.add_init_script(script)
        await shown.page.goto(address)
        yield shown
        await browser.close()


needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@needs_chromium
@pytest.mark.slow
async def test_a_browser_shows_the_console_and_nothing_leaves_the_machine(tmp_path: Path) -> None:
    async def reply(exchange: Exchange) -> None:
        await answering(TUNED if exchange.body["model"] == "tuned" else BASE)(exchange)

    async with serve(reply) as server:
        with serving(server.base_url) as served:
            async with browsing(served.address) as shown:
                await shown.see("ask both sides")
                below = "document.querySelector('.xterm-screen').getBoundingClientRect().bottom - window.innerHeight"
                assert await shown.page.evaluate(below) <= 0, "the last row is cut"
                await shown.page.click("#terminal")
                await shown.page.keyboard.press("1")
                await shown.see("5 of 5 letters of HELLO")
                await shown.page.keyboard.press("F1")
                await shown.see("All keys of the screen")
                await shown.page.keyboard.press("Escape")
                assert await shown.page.evaluate("document.fonts.check('16px \"Roboto Mono\"')")
            assert {urlsplit(url).netloc for url in shown.asked} == {served.host}
            assert any(url.startswith("ws:") for url in shown.asked)
    saved = [kept.answer for kept in Store(tmp_path / "data" / "sessions.db").answers(1)]
    assert {(answer.side, answer.text) for answer in saved} == {("base", BASE), ("tuned", TUNED)}


@pytest.mark.slow
@needs_chromium
async def test_an_address_in_an_answer_leads_nowhere() -> None:
    async def reply(exchange: Exchange) -> None:
        await answering(f"{elsewhere.base_url}/xxxxxxxxxxxxxxxxxxxx " * 40)(exchange)

    async def found(exchange: Exchange) -> None:
        await exchange.error(200, {})

    async with serve(found) as elsewhere, serve(reply) as server:
        with serving(server.base_url, "--present") as served:
            async with browsing(served.address) as shown:
                await shown.see("space asks the first question")
                await shown.page.click("#terminal")
                await shown.page.keyboard.press("Space")
                await shown.see("xxxxxxxxxx")
                before = len(shown.drawn)
                for y in (150, 180, 210, 240):
                    await shown.page.mouse.move(150, y)
                    await shown.page.mouse.click(150, y)
                await shown.page.keyboard.press("F1")
                await shown.see("tab signs")
                assert len(shown.drawn) > before
                assert len(shown.page.context.pages) == 1
            assert elsewhere.asked == []
            assert {urlsplit(url).netloc for url in shown.asked} == {served.host}


@pytest.mark.slow
@needs_chromium
async def test_a_console_goes_with_its_page_and_the_page_says_when_it_has_gone() -> None:
    with serving() as served:
        async with browsing(served.address) as shown:
            await shown.see("ask both sides")
            consoles = served.children()
            assert len(consoles) == 1
            os.kill(consoles[0], signal.SIGKILL)
            await shown.page.wait_for_selector("text=The console has ended.", timeout=60_000)
            await shown.page.click("text=Open it again")
            shown.drawn = ""
            await shown.see("ask both sides")
            consoles = served.children()
            assert len(consoles) == 1
        await asyncio.to_thread(wait_gone, consoles)


@pytest.mark.slow
@needs_chromium
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
async def test_no_console_is_left_when_it_ends(number: signal.Signals) -> None:
    with serving() as served:
        async with browsing(served.address) as shown:
            await shown.see("ask both sides")
            consoles = served.children()
            assert len(consoles) == 1
            served.process.send_signal(number)
            status = await asyncio.to_thread(served.process.wait, 60)
            assert status == (-number if number == signal.SIGKILL else 0)
            await asyncio.to_thread(wait_gone, consoles)


def test_who_is_let_in() -> None:
    with serving(NOWHERE, "--present") as served:
        cookie = f"diptych-{served.port}={served.key}"
        whole = served.ask(served.address.removeprefix(f"http://{served.host}"))
        # A room looks on.
        assert (whole.status, whole.headers["Location"]) == (303, "/?fontsize=24")
        said = whole.headers["Set-Cookie"]
        assert said.startswith(cookie)
        assert {"HttpOnly", "SameSite=Strict"} <= set(said.split("; "))
        page = served.ask("/?fontsize=20", Cookie=cookie)
        assert page.status == 200
        assert b'data-font-size="20"' in page.body  # type: ignore[attr-defined]
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        refused = [
            served.ask("/"),
            served.ask("/?key=" + "x" * len(served.key)),
            served.ask("/?key=%C3%A9"),
            served.ask("/static/js/textual.js"),
            served.ask("/ws"),
            served.ask("/", Cookie=f"diptych-{served.port}=x"),
            # The name of a page elsewhere that is made to lead here.
            served.ask("/", Host=f"evil.example:{served.port}", Cookie=cookie),
            served.ask(f"/?key={served.key}", Host=f"evil.example:{served.port}"),
            served.ask("/ws", Origin="http://evil.example", Cookie=cookie, **UPGRADE),
            served.ask("/ws", Origin="null", Cookie=cookie, **UPGRADE),
            served.ask("/ws", Origin=f"http://{served.host}", **UPGRADE),
        ]
        assert [answer.status for answer in refused] == [403] * len(refused)
        assert served.children() == []


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "AAAAAAAAAAAAAAAAAAAAAA==",
}


def said_by(*arguments: str, code: str | None = None) -> tuple[int, str]:
    command = [sys.executable, "-c", code] if code else [DIPTYCH]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_mistakes_are_one_line() -> None:
    Path(os.environ["DIPTYCH_CONFIG"]).write_text(CONFIG.format(url=NOWHERE))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert said_by("web", "--port", str(port)) == (
            2,
            f"diptych: port {port} is in use; choose another with --port\n",
        )
    assert said_by("--probe", "nope", "web", "--pair", "here")[1].startswith("diptych: there is no probe 'nope'; ")


def test_without_the_extra_it_says_what_to_install() -> None:
    without = "import sys; sys.modules['textual_serve'] = None; from diptych.cli.main import entry; entry()"
    words = "diptych: diptych web needs textual-serve: pip install textual-serve\n"
    assert said_by("web", code=without) == (2, words)
