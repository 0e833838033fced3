"""What is pasted into a real terminal, and what is asked then."""

import shutil
from collections.abc import Iterator

import pytest

from tests.crashes.scene import served
from tests.end_to_end.terminal import Terminal
from tests.end_to_end.test_web import CONFIG
from tests.openai_server import Exchange, Server, answering
from tests.waiting import wait_until_sync

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

TEN_LINES = "\n".join(f"Line {i} of a question." for i in range(10))
LEFT_OUT = "Control characters were left out"


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    terminal.close()


@pytest.fixture
def server() -> Iterator[Server]:
    async def reply(exchange: Exchange) -> None:
        if "messages" in exchange.body:
            await answering("Well.")(exchange)
        else:
            await exchange.error(200, {"data": [{"id": "base"}, {"id": "tuned"}]})

    with served(reply) as server:
        yield server


def prompts(server: Server) -> list[str]:
    """What every side was asked, in order."""
    asked = [exchange.body for exchange in server.asked if "messages" in exchange.body]
    base, tuned = ([b["messages"][-1]["content"] for b in asked if b["model"] == m] for m in ("base", "tuned"))
    assert base == tuned
    return base


def ask(terminal: Terminal, server: Server) -> str:
    """What is asked with enter, of both sides."""
    before = len(prompts(server))
    terminal.press("Enter")
    wait_until_sync(lambda: sum("messages" in exchange.body for exchange in server.asked) == 2 * (before + 1))
    terminal.wait(r"base .*✓ \d+ tok.*tuned .*✓ \d+ tok")
    return prompts(server)[-1]


PASTES = [
    (b"Name a fruit.", "Name a fruit."),
    (b"fruit", "fruit"),
    (TEN_LINES.encode(), TEN_LINES),
    (TEN_LINES.encode().replace(b"\n", b"\r"), TEN_LINES),
    (TEN_LINES.encode().replace(b"\n", b"\r\n"), TEN_LINES),
    (b"a\rb\nc\r\nd\re", "a\nb\nc\nd\ne"),
    ("Früchte 🍎 \u202eعربي\u202c".encode(), "Früchte 🍎 \u202eعربي\u202c"),
]
WITH_CONTROLS = [(b"a\x1b[31mred\x1b[0m\rb\x1b\rc", "ared\nb\nc"), (b"nul\x00here\x07", "nulhere")]


def test_what_is_pasted_is_asked_once(terminal: Terminal, server: Server) -> None:
    terminal.start(CONFIG.format(url=server.base_url))
    terminal.wait("1 +What is special")
    for sent, asked in PASTES:
        terminal.paste(sent)
        assert ask(terminal, server) == asked
        assert LEFT_OUT not in terminal.screen()
    # Blanks are no question.
    terminal.paste(b" \r\n  ")
    terminal.press("Enter")
    terminal.type("Name a fruit.")
    assert ask(terminal, server) == "Name a fruit."
    # A terminal that does not mark what is pasted types it.
    terminal.paste(b"Name\na fruit.", bracketed=False)
    assert ask(terminal, server) == "Name\na fruit."
    assert LEFT_OUT not in terminal.screen()
    for sent, asked in WITH_CONTROLS:
        terminal.paste(sent)
        terminal.wait(LEFT_OUT)
        assert ask(terminal, server) == asked


def test_one_line_is_made_of_what_is_pasted_where_one_is_typed(terminal: Terminal, server: Server) -> None:
    terminal.start(CONFIG.format(url=server.base_url))
    terminal.wait("1 +What is special")
    terminal.paste(b"Name a fruit.")
    ask(terminal, server)
    terminal.wait(r"tuned \S+ +0/1")
    terminal.press("F6")
    terminal.wait("find a text")
    terminal.press("r")
    terminal.wait("Title of session 1")
    terminal.press("C-u")
    terminal.wait(r"Title of session 1.*\n *\n *\n")
    terminal.paste(b"fruits\rand\r\nberries\n")
    terminal.wait("fruits and berries")
    terminal.press("Enter")
    terminal.wait(r"(?s)\A(?!.*Title of).*fruits and berries")
    assert "berriesfruits" not in terminal.screen()


@pytest.mark.slow
@pytest.mark.parametrize("line_end", [b"", b"\r"])
def test_a_megabyte_is_pasted_once(terminal: Terminal, server: Server, line_end: bytes) -> None:
    unit = b"words and words" + (line_end or b" ")
    sent = unit * (1_000_000 // len(unit)) + b"end"
    terminal.start(CONFIG.format(url=server.base_url))
    terminal.wait("1 +What is special")
    terminal.paste(sent)
    terminal.wait("end", seconds=30)
    terminal.type("!")
    terminal.wait("end!", seconds=10)
    assert ask(terminal, server) == sent.decode().replace("\r", "\n") + "!"
