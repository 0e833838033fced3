"""Serves the console to browsers on this machine, with a separate console for each page.

textual-serve runs the console as a child process and draws it with xterm.js. This module adds three things: only a page
opened with the key in the printed address may control a console, nothing is loaded from other hosts, and no child
process is left behind.
"""

import asyncio
import errno
import hmac
import secrets
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from weakref import WeakSet

import click
from aiohttp import WSCloseCode, web
from aiohttp.typedefs import Handler
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

from diptych.cli.output.printing import fail

HOST = "127.0.0.1"
GRACE_SECONDS = 10.0
"""Time that a console has to stop what it started, before it is killed."""
_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self'; img-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "sandbox allow-scripts allow-same-origin"
)
"""Load nothing from other hosts, and open no window when an address in an answer is clicked."""
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def serve(command: Sequence[str], port: int, font_size: int | None = None) -> None:
    """Serve until interrupted. Each page gets a child process that runs `command`; `font_size` in pixels."""
    try:
        asyncio.run(Pages(command, port, font_size).run())
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            fail(f"port {port} is in use; choose another with --port")
        fail(f"cannot listen on {HOST}:{port}: {error.strerror}")


class Console(AppService):
    """One console: the child process of one page."""

    def __init__(self, command: Sequence[str], websocket: web.WebSocketResponse, pages: Server) -> None:
        async def write(data: bytes) -> None:
            # Keep reading from a child whose page is gone: it blocks until somebody reads.
            with suppress(ConnectionError):
                await websocket.send_bytes(data)

        async def close() -> None:
            with suppress(ConnectionError):
                await websocket.close()

        super().__init__(
            "",
            write_bytes=write,
            write_str=websocket.send_str,
            close=close,
            download_manager=pages.download_manager,
        )
        self._arguments = command

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        return {
            **super()._build_environment(width, height),
            "TEXTUAL_DRIVER": "diptych.tui.browser_driver:BrowserDriver",
        }

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        # In its own process session, so that Ctrl-C in the terminal reaches it only through us.
        self._process = await asyncio.create_subprocess_exec(
            *self._arguments,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self._build_environment(width, height),
            start_new_session=True,
        )
        self._stdin = self._process.stdin
        return self._process

    async def run(self) -> None:
        """Pass on the console's output, and tell the page when the console has ended."""
        await super().run()
        await self.remote_close()

    async def stop(self) -> None:
        """Ask the console to quit, and kill it if it does not."""
        if self._task is None or self._process is None:
            return
        with suppress(ConnectionError):
            await self.send_meta({"type": "quit"})
        try:
            await asyncio.wait_for(self._process.wait(), GRACE_SECONDS)
        except TimeoutError:
            self._process.kill()
        await self._task
        self._task = None


class Pages(Server):
    """Serves the page, its files, and the websocket between page and console."""

    def __init__(self, command: Sequence[str], port: int, font_size: int | None) -> None:
        super().__init__("", HOST, port, "diptych", templates_path=Path(__file__).parents[1] / "page")
        self._command = command
        self._host = f"{HOST}:{port}"
        self._key = secrets.token_urlsafe(24)
        self._cookie = f"diptych-{port}"
        self._font = f"&fontsize={font_size}" if font_size else ""
        self._open: WeakSet[web.WebSocketResponse] = WeakSet()

    async def run(self) -> None:
        """Serve until SIGINT or SIGTERM. Raises OSError if the port is not available."""
        runner = web.AppRunner(await self._make_app(), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, self.port).start()
            stop = asyncio.Event()
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, stop.set)
            click.echo(f"{self.public_url}/?key={self._key}{self._font}\nPress ctrl+c to stop it and all its consoles.")
            await stop.wait()
        finally:
            await runner.cleanup()

    async def on_startup(self, app: web.Application) -> None:
        """Print nothing yet: the port may be in use."""

    async def on_shutdown(self, app: web.Application) -> None:
        """Close every page, which ends its console."""
        for websocket in tuple(self._open):
            await websocket.close(code=WSCloseCode.GOING_AWAY)

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Start a console for a page and stop it when the page is closed."""
        websocket = web.WebSocketResponse(heartbeat=15)
        await websocket.prepare(request)
        self._open.add(websocket)
        console = Console(self._command, websocket, self)
        await console.start(to_int(request.query.get("width", ""), 80), to_int(request.query.get("height", ""), 24))
        try:
            await self._process_messages(websocket, console)
        finally:
            await console.stop()
        return websocket

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        app.on_response_prepare.append(self._restrict)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Accept only requests with the key, with our own host name, and from our own pages."""
        origin = request.headers.get("Origin")
        if request.host != self._host or origin not in (None, self.public_url):
            raise web.HTTPForbidden(text=f"Only pages of {self.public_url} may use this.\n")
        if request.path == "/" and self._is_key(request.query.get("key")):
            rest = {name: value for name, value in request.query.items() if name != "key"}
            response = web.HTTPSeeOther(request.rel_url.with_query(rest))
            response.set_cookie(self._cookie, self._key, httponly=True, samesite="Strict")
            raise response
        if not self._is_key(request.cookies.get(self._cookie)):
            raise web.HTTPForbidden(text="Open the complete address that diptych web printed.\n")
        return await handler(request)

    def _is_key(self, key: str | None) -> bool:
        return key is not None and hmac.compare_digest(key.encode(), self._key.encode())

    async def _restrict(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(_HEADERS)
