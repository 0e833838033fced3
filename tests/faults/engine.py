"""A healthy side and a misbehaving one, asked at once by the console's engine and kept in a real store."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Comparison, Side
from diptych.errors import advice
from diptych.sessions import Answer, Recorder, Store
from diptych.tui.widgets.answer.columns import AskedColumns
from tests.openai_server import Reply, Server, answering, serve
from tests.waiting import wait_until

CONSOLE = AskedColumns.HINT_WORDS

KEY = "canary-in-the-mine-0123456789"
HEALTHY = "How are you?\nEvery line is whole.\nLong may it last."
HALF = "Here is half"
"""What has come before a fault."""
NOBODY = 9
"""A port of loopback on which nobody listens."""
PATIENT = 60.0
"""Seconds that a case may take on a machine that is busy with other things."""


@dataclass(frozen=True)
class Case:
    """What a server does, and what must come of it."""

    name: str
    does: Reply
    text: str = ""
    """What of the answer is kept."""
    kind: str = ""
    """The kind of the failure; "" where the fault is harmless and the answer whole."""
    says: str = ""
    """Words of the message, and of the hint."""
    hint: str = ""
    requests: int = 1
    timeout: float = PATIENT
    state: str = ""
    """Where it is neither "failed" nor "done"."""
    reason: str | None = None
    """The finish reason that is kept of what is no answer."""

    def __str__(self) -> str:
        return self.name

    def check(self, answer: Answer) -> None:
        """Hold an answer against what must come of it."""
        assert answer.text == self.text
        assert answer.state == (self.state or ("failed" if self.kind else "done")), answer.failure
        assert answer.finished == (not self.kind)
        if not self.kind:
            assert answer.failure is None
            return
        assert answer.failure is not None
        assert answer.finish_reason == self.reason
        assert (answer.failure.kind, self.says in answer.failure.message) == (self.kind, True), answer.failure
        said = answer.failure.advice(CONSOLE)
        assert advice(self.hint, CONSOLE) in said, said
        assert self.hint or answer.failure.hint
        check_words(f"{answer.failure.message}; {said}")


def check_words(words: str) -> None:
    """What a reader is told is one short line of words, without the key and without the insides of a program."""
    assert KEY not in words
    assert len(words) < 500
    assert not re.search(r"Traceback|Exception|Error\b|\w+\(|<\w|\bNone|[\n\r]", words), words


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key to keep to oneself, no proxy, and no long waits before what can pass is tried again."""
    monkeypatch.setenv("CANARY_KEY", KEY)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.001)
    monkeypatch.setattr("diptych.backends.rate_limiter.BACKOFF_SECONDS", (0.001,))
    monkeypatch.setattr("diptych.backends.model_loading.FIRST_PAUSE_SECONDS", 0.001)


@asynccontextmanager
async def nothing_left() -> AsyncIterator[None]:
    """Whatever begins in the block has ended soon after it: tasks, and sockets."""
    tasks, sockets = asyncio.all_tasks(), open_sockets()
    yield
    await wait_until(lambda: asyncio.all_tasks() <= tasks and open_sockets() <= sockets)


def open_sockets() -> set[str]:
    """The sockets that this process holds."""
    held = set()
    for entry in os.scandir("/proc/self/fd"):
        try:
            target = os.readlink(entry.path)
        except OSError:
            continue
        if target.startswith("socket:"):
            held.add(target)
    return held


def side(name: str, base_url: str, timeout: float = PATIENT) -> Side:
    """A side on a server, asked with the key."""
    backend = connect(Endpoint("openai", base_url, "CANARY_KEY", timeout=timeout))
    return Side(name, name, base_url, "some-model", None, Sampling(seed=1, max_tokens=50), backend)


@asynccontextmanager
async def comparing(folder: Path, base_url: str, timeout: float = PATIENT) -> AsyncIterator[tuple[Comparison, Server]]:
    """Base on a healthy server, tuned on the one at `base_url`."""
    async with serve(answering(HEALTHY)) as healthy:
        sides = [side("base", healthy.base_url), side("tuned", base_url, timeout)]
        comparison = Comparison("faults", sides, Recorder(folder / "s.db"))
        try:
            yield comparison, healthy
        finally:
            await comparison.close()


async def asked(folder: Path, base_url: str, timeout: float = PATIENT) -> Answer:
    """Ask both sides once; returns the misbehaving side's answer as the store has it, after a look at the other's."""
    async with comparing(folder, base_url, timeout) as (comparison, healthy):
        exchange = comparison.ask("Who are you?")
        await wait_until(lambda: not comparison.view.streaming)
        assert exchange.ended
        assert len(healthy.asked) == 1
    live = exchange.answers["tuned"]
    whole, answer = _kept(folder)
    assert (whole.text, whole.state, whole.failure) == (HEALTHY, "done", None)
    assert (answer.text, answer.state, answer.failure) == (live.text, live.state, live.failure)
    assert sum(tick.chars for tick in answer.timeline) == len(answer.text)
    return answer


def _kept(folder: Path) -> tuple[Answer, Answer]:
    store = Store(folder / "s.db")
    (session,) = store.sessions()
    answers = {saved.answer.side: saved.answer for saved in store.answers(session.id)}
    store.close()
    return answers["base"], answers["tuned"]


async def check(case: Case, folder: Path, caplog: pytest.LogCaptureFixture) -> Answer:
    """A case from question to store."""
    async with nothing_left(), serve(case.does) as server:
        answer = await asked(folder, server.base_url, case.timeout)
        case.check(answer)
        assert len(server.asked) == case.requests
    assert [record.getMessage() for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []
    assert KEY.encode() not in b"".join(path.read_bytes() for path in folder.glob("s.db*"))
    return answer
