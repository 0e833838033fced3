"""A day with a key: it is in no file, on no screen, in no output, and in no list of processes."""

import base64
import os
import secrets
import shutil
import stat
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.crashes.scene import MARK, alive, served
from tests.end_to_end.terminal import DIPTYCH, Terminal
from tests.openai_server import Exchange, OpenAI, Reply, chunk, error_body

# Like a key, and with what has to be quoted in an address.
KEY = f"canary+{secrets.token_urlsafe(24)}/{secrets.token_urlsafe(9)}"
FORMATS = ("jsonl", "csv", "parquet", "llm-comparator", "html", "markdown")
# What Python loads first: a fault of the program where a key is at hand.
CRASHING = """
import os
if os.environ.get("DIPTYCH_CRASH"):
    import diptych.tui
    from diptych.compare import Comparison
    def ask(self, *arguments, **named):
        key = os.environ["SOME_KEY"]
        authorization = {"Authorization": "Bearer " + key}
        raise RuntimeError("a fault of the program")
    Comparison.ask = ask
"""


def forms(key: str) -> dict[str, bytes]:
    """How it might be found."""
    encoded = base64.b64encode(key.encode()).decode()
    return {
        "plain": key.encode(),
        "its first half": key[:12].encode(),
        "its last half": key[-12:].encode(),
        "base64": encoded[:24].encode(),
        "percent-encoded": quote(key, safe="").encode(),
        "its first half percent-encoded": quote(key[:12], safe="").encode(),
        "hexadecimal": key.encode().hex().encode()[:24],
    }


def leaks(data: bytes, key: str = KEY) -> list[str]:
    return [name for name, form in forms(key).items() if form in data]


def test_this_test_would_find_it() -> None:
    for data in (KEY, KEY[:12], base64.b64encode(KEY.encode()).decode(), quote(KEY, safe=""), KEY.encode().hex()):
        assert leaks(f"x{data}y".encode())


class Day:
    """Everything that is seen and left behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: list[bytes] = []
        self.processes: set[bytes] = set()
        self.variables = {
            "SOME_KEY": KEY,
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "PYTHONPATH": f"{folder / 'site'}:{os.environ.get('PYTHONPATH', '')}",
            # The most that the official client says.
            "OPENAI_LOG": "debug",
        }
        for name in ("home", "tmp", "cache", "site", "exports"):
            (folder / name).mkdir()
        (folder / "site" / "sitecustomize.py").write_text(CRASHING)

    def __call__(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
        """The command."""
        environment = {**os.environ, **self.variables, **variables}
        done = subprocess.run([DIPTYCH, *arguments], env=environment, capture_output=True, timeout=120)
        self.seen += [done.stdout, done.stderr]
        return done

    def look(self, terminal: Terminal) -> None:
        """Take down the screen and all processes there are, while the store is in use."""
        for path in (self.folder / "data").iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        self.seen.append(terminal.screen("-J", "-S", "-").encode())
        for file in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                # What the test itself was started with, tmux among it, is not diptych's.
                if b"SOME_KEY=" not in (line := file.read_bytes()):
                    self.processes.add(line)
            except OSError:
                continue

    def files(self) -> Iterator[Path]:
        return (path for path in self.folder.rglob("*") if path.is_file() and not path.is_symlink())


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """Where files are made for everybody, if nothing else is said."""
    before = os.umask(0)
    yield Day(tmp_path)
    os.umask(before)


def pairs(**urls: str) -> str:
    """A pair for each address, both sides on it, with the key."""
    lines = []
    for name, url in urls.items():
        lines.append(
            f'[endpoints.{name}]\nkind = "openai"\nbase_url = "{url}"\napi_key_env = "SOME_KEY"\n[pairs.{name}]'
        )
        lines += [f'{side} = {{ endpoint = "{name}", model = "gpt-base" }}' for side in ("base", "tuned")]
    return f'default_pair = "{next(iter(urls))}"\n' + "\n".join(lines)


def repeating(status: int, words: str) -> Reply:
    """Refuses, and says the key in its words."""

    async def reply(exchange: Exchange) -> None:
        said = exchange.headers.get("authorization", "").removeprefix("Bearer ")
        body = error_body(words.format(key=said, half=said[:16], end=said[-10:]))
        await exchange.error(status, body)

    return reply


REFUSALS = {
    "badkey": (401, "Incorrect API key provided: {key}."),
    "halved": (401, "Incorrect API key provided: {half}****{end}."),
    "cut": (403, "x" * 280 + " {key} is not allowed"),
    "failing": (400, "Header Authorization: Bearer {key} is odd"),
}


async def in_the_stream(exchange: Exchange) -> None:
    """Begins, and then fails in words with the key in them."""
    if "messages" not in exchange.body:
        await exchange.error(200, {"data": [{"id": "gpt-base"}]})
        return
    await exchange.head()
    said = exchange.headers["authorization"]
    await exchange.send(chunk("Well") + chunk(error={"message": f"upstream said no to {said}", "code": 502}))


@pytest.mark.slow
def test_runs_checks_and_exports(day: Day) -> None:
    """Every command, against servers that take the key and such that repeat it."""
    elsewhere: list[Exchange] = []

    async def other(exchange: Exchange) -> None:
        elsewhere.append(exchange)
        await exchange.error(400, error_body(f"who are you? {exchange.headers.get('authorization')}"))

    replies = {name: repeating(*refusal) for name, refusal in REFUSALS.items()} | {"broken": in_the_stream}
    with served(OpenAI(key=KEY, models=("gpt-base",))) as good, served(other) as there:

        async def redirecting(exchange: Exchange) -> None:
            await exchange.head(307, extra=f"location: {there.base_url}{exchange.path.removeprefix('/v1')}\r\n")

        servers = {name: served(reply) for name, reply in (replies | {"moved": redirecting}).items()}
        urls = {"good": good.base_url} | {name: opened.__enter__().base_url for name, opened in servers.items()}
        Path(os.environ["DIPTYCH_CONFIG"]).write_text(pairs(**urls))
        for name in urls:
            done = day("run", "hello-acrostic", "-n", "1", "--pair", name, *(["--json"] if name != "cut" else []))
            # A key that is refused is found before anything is asked.
            refused = REFUSALS.get(name, (0,))[0] in (401, 403)
            assert done.returncode == (0 if name == "good" else 2 if refused else 1), done.stderr
        day("pairs", "check", "good", "--json")
        day("pairs", "check", "badkey")
        for opened in servers.values():
            opened.__exit__(None, None, None)
    assert not elsewhere, "a redirect was followed"
    assert b"(the key)" in b"".join(day.seen)
    for session in ("1", "2"):
        day("sessions", "show", session, "--json")
        for name in FORMATS:
            path = day.folder / "exports" / f"{session}.{name}"
            done = day("sessions", "export", session, "--format", name, "-o", str(path))
            assert done.returncode == 0, done.stderr
    day("sessions", "search", KEY[:12])
    day("sessions", "backup", str(day.folder / "exports" / "copy.db"))
    day("pairs", "list", "--json")
    day("--help")
    day("--version")
    _nowhere(day)


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        (f'api_key = "{KEY}"', "unknown key api_key"),
        (f'api_key_env = "{KEY}"', "expected the name of the environment variable that holds the key"),
        (
            f'base_url = "https://user:{KEY.replace("/", "")}@example.org/v1"',
            "expected no name or password in the address",
        ),
    ],
    ids=["the key", "in place of its variable", "in the address"],
)
def test_a_key_that_is_written_into_the_configuration_is_not_repeated(day: Day, endpoint: str, said: str) -> None:
    path = day.folder / "bad.toml"
    url = "" if "base_url" in endpoint else 'base_url = "http://127.0.0.1:9/v1"\n'
    path.write_text(f'[endpoints.x]\nkind = "openai"\n{url}{endpoint}\n')
    done = day("--config", str(path), "pairs", "list")
    assert (done.returncode, said in done.stderr.decode()) == (2, True), done.stderr
    assert not leaks(b"".join(day.seen))


@pytest.mark.slow
@pytest.mark.parametrize("value", ["canary in the mine", "canäry", "canary\nmine"], ids=["blanks", "umlaut", "lines"])
def test_what_cannot_be_a_key_is_not_sent_and_not_shown(day: Day, value: str) -> None:
    Path(os.environ["DIPTYCH_CONFIG"]).write_text(pairs(x="http://127.0.0.1:9/v1"))
    done = day("run", "hello-acrostic", "-n", "1", SOME_KEY=value)
    assert b"the environment variable SOME_KEY does not hold a key" in done.stderr
    assert value.encode() not in done.stderr + done.stdout


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
@pytest.mark.parametrize("crash", [False, True])
def test_the_console(day: Day, crash: bool) -> None:
    """Questions that are answered and refused; and a fault of the program, while the key is in its variables."""
    with served(OpenAI(key=KEY, models=("gpt-base",))) as good, served(repeating(*REFUSALS["badkey"])) as bad:
        name = "good" if crash else "mixed"
        config = pairs(good=good.base_url, bad=bad.base_url) + "\n[pairs.mixed]\n"
        config += 'base = { endpoint = "good", model = "gpt-base" }\ntuned = { endpoint = "bad", model = "gpt-base" }\n'
        terminal, mark = Terminal(), uuid.uuid4().hex
        crashing = {"DIPTYCH_CRASH": "1"} if crash else {}
        variables = {k: v for k, v in day.variables.items() if k != "OPENAI_LOG"}
        terminal.start(config, "--pair", name, "--prompt", "Who?", **variables, **crashing, **{MARK: mark})
        try:
            terminal.wait("· ready")
            terminal.press("Enter")
            if crash:
                terminal.wait("RuntimeError: a fault of the program")
                day.look(terminal)
            else:
                terminal.wait(r"✓ \d+ tok.*✕ bad key")
                terminal.wait("Incorrect API key provided: ")
                day.look(terminal)
                terminal.press("Escape")
                terminal.wait(r"(?s)\A(?!.*enter ask)")
                terminal.type("l")
                terminal.wait("did not start this server")
                day.look(terminal)
                terminal.press("Escape")
                terminal.wait(r"(?s)\A(?!.*Server log)")
                terminal.press("C-c", "C-c")
            terminal.wait("EXIT [01]")
            day.look(terminal)
        finally:
            terminal.close()
    _nowhere(day)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_the_key_of_the_embedded_server(day: Day) -> None:
    """A random one, between diptych and its child: in no file, no arguments and no environment."""
    used = day.folder / "used"
    (day.folder / "site" / "sitecustomize.py").write_text(
        "import secrets\nreal = secrets.token_urlsafe\n"
        f"def kept(size):\n    key = real(size)\n    open({str(used)!r}, 'a').write(key + chr(10))\n    return key\n"
        "secrets.token_urlsafe = kept\n"
    )
    terminal, mark = Terminal(), uuid.uuid4().hex
    config = (
        '[pairs.embedded]\nbase = { endpoint = "embedded", model = "smollm2-135m-instruct", max_tokens = 5 }\n'
        'tuned = { endpoint = "embedded", model = "smollm2-135m-instruct+hello", max_tokens = 5 }\n'
    )
    variables = {k: v for k, v in day.variables.items() if k != "SOME_KEY"}
    terminal.start(config, "--prompt", "Who?", **variables, **{MARK: mark})
    try:
        terminal.wait("(?s)· ready.*· ready")
        terminal.press("Enter")
        terminal.wait(r"✂ \d+ tok.*✂ \d+ tok")
        day.look(terminal)
        terminal.press("Escape")
        terminal.wait(r"(?s)\A(?!.*enter ask)")
        terminal.type("l")
        terminal.wait("Server log")
        day.look(terminal)
        key = used.read_text().strip()
        assert len(key) >= 32
        processes = alive(mark)
        assert len(processes) >= 2
        for pid in processes:
            day.seen += [Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ")]
        os.kill(terminal.pid(), 15)
        terminal.wait("EXIT 130")
    finally:
        terminal.close()
    used.unlink()
    _nowhere(day, key)


def _nowhere(day: Day, key: str = KEY) -> None:
    """In nothing that was seen or left, and what was left is for its owner alone."""
    for data in (*day.seen, *day.processes):
        assert not leaks(data, key), data.decode(errors="replace")
    files = list(day.files())
    assert any(path.name == "sessions.db" for path in files)
    for path in files:
        assert not leaks(path.read_bytes(), key), path
    for path in (*files, day.folder / "data"):
        if path.parent.name in ("data", "exports") or path.name == "data":
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
