"""`diptych run --resume`: whatever has happened before, nothing is asked twice and nothing is missing."""

import asyncio
import hashlib
import json
import multiprocessing
import os
import random
import re
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from diptych.sessions import Recorder, RunRecord, SavedAnswer, Session, Store
from tests.openai_server import Exchange, OpenAI, Server, chunk, error_body, serve
from tests.waiting import wait_until

HELLO = "Hi, I say so at once: the first letters of my lines spell a word.\nEvery line.\nLook.\nLet us see.\nOver."
TEXTS = (
    HELLO,
    "Hello, I am here.\nEven now.\nLater too.\nLong ago.\nOh well.",
    "Nothing is special about me.",
    "I am sorry.",
)
PROBE = """
id = "mine"
title = "Mine"
about = "x"
guessability = true
[sampling]
max_tokens = 60
temperature = 1.0
[[conditions]]
name = "two"
prompts = ["What is special?", "Is anything special?"]
[[conditions]]
name = "one"
prompts = ["How are you?"]
[[detectors]]
kind = "acrostic"
target = "HELLO"
[[detectors]]
kind = "self-explanation"
target = "HELLO"
[[judges]]
name = "good"
kind = "score"
above = 50
rubric = "How good is {answer}? 0-100."
"""
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    [
        "diptych.cli.main",
        "diptych.cli.commands.run_command",
        "diptych.cli.commands.run_to_resume",
        "diptych.backends.http_client",
        "scipy.stats",
        "tui",
    ]
)


def _drawn(*of: Any) -> int:
    return int.from_bytes(hashlib.sha256(repr(of).encode()).digest()[:4], "big")


@dataclass
class Seeded(OpenAI):
    """What it says depends on model, messages and seed alone; several answers have one seed each, from that of the
    request upwards. The first `refusing` requests for an answer are turned down, or every seventh, the first time that
    it is made."""

    models: tuple[str, ...] = ("base", "tuned", "judge")
    refusing: int | None = 0
    turned_down: set[int] = field(default_factory=set)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, exchange: Exchange) -> None:
        body = exchange.body
        if "messages" in body:
            self.told.set()
            await asyncio.sleep(random.uniform(0, 0.01))
            request = _drawn(body["model"], body["messages"], body["seed"])
            refused = len(self.turned_down) < self.refusing if self.refusing is not None else request % 7 == 0
            if body["model"] != "judge" and refused and request not in self.turned_down:
                self.turned_down.add(request)
                await exchange.error(400, error_body("no", code="content_policy_violation"))
                return
        await super().__call__(exchange)

    def _events(self, body: dict[str, Any]) -> Iterator[bytes]:
        for index in range(body.get("n", 1)):
            drawn = _drawn(body["model"], body["messages"], body["seed"] + index)
            said = TEXTS[drawn % (3 if body["model"] == "tuned" else 4)]
            for word in re.split(r"(?<= )", str(drawn % 101) if body["model"] == "judge" else said):
                yield chunk(word, index=index, model=body["model"])
            yield chunk(finish="stop", index=index, model=body["model"])
        yield b"data: [DONE]\n\n"


class Result(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """What was printed, without what differs from one session to the next."""
        printed: dict[str, Any] = json.loads(self.out)
        spent = printed.pop("judging", None)
        assert spent is None or spent["model"] == "judge"
        return printed


def run_command(arguments: list[str], environment: dict[str, str], files: tuple[str, str]) -> None:
    """The installed command, in a process whose imports are there already."""
    for descriptor, file in zip((1, 2), files, strict=True):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    os.environ.update(environment)
    sys.argv = ["diptych", *arguments]
    from diptych.cli.main import entry

    entry()


class Diptych:
    """`diptych` with sessions in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.environment = {"DIPTYCH_DATA": str(folder), "DIPTYCH_CONFIG": os.environ["DIPTYCH_CONFIG"]}
        self.store = folder / "sessions.db"
        self.files = (str(folder / "out"), str(folder / "err"))

    def begin(self, *arguments: str) -> Any:
        process = FORKS.Process(target=run_command, args=(list(arguments), self.environment, self.files))
        process.start()
        return process

    async def __call__(self, *arguments: str) -> Result:
        process = self.begin(*arguments)
        await asyncio.to_thread(process.join, 120)
        out, err = (Path(file).read_text() for file in self.files)
        return Result(process.exitcode, out, err)

    @property
    def saved(self) -> list[SavedAnswer]:
        store = Store(self.store)
        answers = store.answers(1)
        store.close()
        return answers

    @property
    def session(self) -> Session | None:
        store = Store(self.store)
        session = store.session(1)
        store.close()
        return session


def write(tmp_path: Path, server: Server, tuned: str = "tuned", judge: bool = True, **side: Any) -> None:
    """A configuration with the pair "toy" and the probe "mine"."""
    keys = "".join(f", {key} = {json.dumps(value)}" for key, value in side.items())
    (tmp_path / "probes").mkdir(exist_ok=True)
    (tmp_path / "probes" / "mine.toml").write_text(PROBE if judge else PROBE[: PROBE.index("[[judges]]")])
    (tmp_path / "config.toml").write_text(
        f'default_pair = "toy"\n[endpoints.v]\nkind = "vllm"\nbase_url = "{server.base_url}"\nsamples_per_request = 2\n'
        f'[pairs.toy]\nbase = {{ endpoint = "v", model = "base" }}\n'
        f'tuned = {{ endpoint = "v", model = "{tuned}"{keys} }}\n'
        + ('[judge]\nendpoint = "v"\nmodel = "judge"\n' if judge else "")
    )


@asynccontextmanager
async def toy(tmp_path: Path, **written: Any) -> AsyncIterator[tuple[Diptych, Seeded, Server]]:
    api = Seeded()
    async with serve(api) as server:
        write(tmp_path, server, **written)
        yield Diptych(tmp_path / "data"), api, server


def finished(saved: list[SavedAnswer]) -> dict[int, str]:
    return {one.id: one.answer.text for one in saved if one.answer.finished}


def places(saved: list[SavedAnswer]) -> Counter[tuple[Any, ...]]:
    """How often each answer is there."""
    answers = [one.answer for one in saved if one.answer.finished]
    return Counter((a.side, a.condition, a.prompt, a.prefill, a.sample) for a in answers)


@pytest.mark.slow
async def test_killed_fifty_times_it_ends_as_if_it_never_had_been(tmp_path: Path) -> None:
    samples, kills, wanted = 60, 50, random.Random(12)
    async with toy(tmp_path) as (diptych, api, server):
        api.refusing = None
        there: dict[int, str] = {}
        done_before = 0
        for _ in range(kills):
            begun = ("--resume", "1") if diptych.store.exists() and diptych.session else ("mine", "-n", str(samples))
            process = diptych.begin("run", *begun, "--concurrency", "6", "--json")
            requests = len(server.asked) + wanted.randint(0, 12)
            ended = asyncio.create_task(asyncio.to_thread(process.join))
            while len(server.asked) < requests and not ended.done():
                api.told.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(api.told.wait(), 0.2)
            await asyncio.sleep(wanted.uniform(0, 0.02))
            process.kill()
            await ended
            done_before += process.exitcode == -signal.SIGKILL
            if diptych.store.exists() and diptych.session:
                now = finished(diptych.saved)
                assert now.items() >= there.items()
                there = now
        assert done_before >= kills * 0.8, "the run is too short to be killed so often"
        # An answer that was never asked is turned down, is there, brings up a guess that is turned down, and has it.
        for _ in range(4):
            last = await diptych("run", "--resume", "1", "--concurrency", "6", "--json")
        assert last.code == 0, last.err
        assert "0 new, 0 failed again" in last.err
        saved = diptych.saved
        assert finished(saved).items() >= there.items()
        assert set(places(saved).values()) == {1}
        assert all(one.answer.finished for one in saved)
        assert sum(one.answer.condition != "guessability" for one in saved) == 4 * samples

        # The same seeds, never interrupted.
        session, whole = diptych.session, Diptych(tmp_path / "whole")
        assert session is not None
        recorder = Recorder(whole.store)
        await recorder.begin_session("t", "toy", "mine", session.sides, session.run)
        recorder.close()
        api.turned_down.clear()
        failed = await whole("run", "--resume", "1", "--concurrency", "6", "--json")
        assert failed.code == 1
        assert failed.document != last.document
        for _ in range(2):
            uninterrupted = await whole("run", "--resume", "1", "--concurrency", "6", "--json")
        assert (uninterrupted.code, uninterrupted.document) == (0, last.document)
        assert places(whole.saved) == places(saved)
        assert sorted(a.text for _, a in whole.saved) == sorted(a.text for _, a in saved)


async def test_what_it_will_do_is_said_first_and_only_that_is_asked(tmp_path: Path) -> None:
    async with toy(tmp_path, judge=False) as (diptych, api, server):
        api.refusing = 2
        first = await diptych("run", "mine", "-n", "6", "--json")
        failed = sum(one.answer.state == "failed" for one in diptych.saved)
        answers = len(diptych.saved)
        assert first.code == 1
        assert 2 <= failed <= 4
        assert "session 1: 24 answers to collect; at most 1,440 tokens" in first.err
        asked = len(server.asked)
        again = await diptych("run", "--resume", "1", "--json")
        assert f"session 1: 0 new, {failed} failed again, {answers - failed} kept; at most" in again.err
        assert again.code == 0, again.err
        assert len(server.asked) - asked <= 2 * failed + 1
        assert all(one.answer.finished for one in diptych.saved)
        asked = len(server.asked)
        kept = len(diptych.saved)
        third = await diptych("run", "mine", "--resume", "1", "--pair", "toy", "--json")
        assert f"session 1: 0 new, 0 failed again, {kept} kept\n" in third.err
        assert (third.out, len(server.asked)) == (again.out, asked + 1), "models are listed, and nothing else is asked"


async def test_more_samples_later(tmp_path: Path) -> None:
    async with toy(tmp_path, judge=False) as (diptych, _, _):
        await diptych("run", "mine", "-n", "2")
        few = finished(diptych.saved)
        more = await diptych("run", "--resume", "1", "-n", "5", "--json")
        assert "session 1: 12 new, 0 failed again, " in more.err
        assert json.loads(more.out)["planned"] == 10
        assert finished(diptych.saved).items() >= few.items()
        fewer = await diptych("run", "--resume", "1", "-n", "3")
        assert (fewer.code, "session 1 was planned with 5 samples, but -n is 3" in fewer.err) == (2, True)


async def test_what_was_asked_otherwise_is_asked_anew_and_no_longer_counted(tmp_path: Path) -> None:
    async with toy(tmp_path, judge=False) as (diptych, _, server):
        await diptych("run", "mine", "-n", "3")
        old = finished(diptych.saved)
        write(tmp_path, server, judge=False, temperature=0.5)
        result = await diptych("run", "--resume", "1", "--json")
        changed = sum(one.answer.side == "tuned" for one in diptych.saved if one.id in old)
        assert f"{changed} of these were answered before, but with another request" in result.err
        assert finished(diptych.saved).items() >= old.items()
        assert json.loads(result.out)["sides"]["tuned"]["answers"] <= 6
        new = [a for i, a in diptych.saved if i not in old and a.side == "tuned"]
        assert {a.request["temperature"] for a in new} == {0.5}
        # What is counted now is what the session has of this request, also after the next resume.
        again = await diptych("run", "--resume", "1", "--json")
        assert "of the new ones" not in again.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--resume", "7"), "there is no session 7"),
        (("hello-acrostic", "--resume", "1"), "session 1 uses probe mine, not hello-acrostic; omit the probe"),
        (("--resume", "1", "--pair", "embedded"), "session 1 uses pair toy, not embedded; omit the pair"),
        (("--resume", "1", "--session", "t"), "a resumed session keeps its title"),
        ((), "no probe given"),
    ],
)
async def test_what_does_not_agree_is_told_in_one_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    async with toy(tmp_path) as (diptych, _, _):
        recorder = Recorder(diptych.store)
        await recorder.begin_session("t", "toy", "mine", (), RunRecord(1, 2))
        recorder.close()
        result = await diptych("run", *arguments)
        assert (result.code, result.out, result.err.count("\n")) == (2, "", 1)
        assert said in result.err


async def test_a_session_of_the_console_is_none_of_a_run(tmp_path: Path) -> None:
    async with toy(tmp_path) as (diptych, _, _):
        recorder = Recorder(diptych.store)
        await recorder.begin_session("t", "toy", "mine", ())
        recorder.close()
        result = await diptych("run", "--resume", "1")
        assert (result.code, "open it with diptych --session 1" in result.err) == (2, True)


@asynccontextmanager
async def under_way(tmp_path: Path) -> AsyncIterator[tuple[Diptych, Any]]:
    """A run whose requests are never answered."""
    held = asyncio.Event()

    async def holding(exchange: Exchange) -> None:
        if "messages" in exchange.body:
            held.set()
            await exchange.gone.wait()
        else:
            await Seeded()(exchange)

    async with serve(holding) as server:
        write(tmp_path, server, judge=False)
        diptych = Diptych(tmp_path / "data")
        process = diptych.begin("run", "mine", "-n", "20")
        await asyncio.wait_for(held.wait(), 60)
        yield diptych, process
        assert process.exitcode == 130


async def test_an_interrupt_says_how_to_go_on(tmp_path: Path) -> None:
    async with under_way(tmp_path) as (diptych, process):
        os.kill(process.pid, signal.SIGINT)
        await asyncio.to_thread(process.join, 60)
    err = (tmp_path / "data" / "err").read_text()
    assert "interrupted; the finished answers are in session 1: diptych run --resume 1 continues" in err
    assert {one.answer.state for one in diptych.saved} == {"stopped"}
    assert len(diptych.saved) <= 4, "what was never asked is no answer"


async def test_the_second_interrupt_ends_at_once(tmp_path: Path) -> None:
    async with under_way(tmp_path) as (diptych, process):
        await wait_until(lambda: diptych.saved)
        # Nothing can be saved meanwhile.
        lock = sqlite3.connect(diptych.store, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        os.kill(process.pid, signal.SIGINT)
        err = tmp_path / "data" / "err"
        await wait_until(lambda: "the answers so far are saved" in err.read_text())
        assert process.is_alive()
        os.kill(process.pid, signal.SIGINT)
        await asyncio.to_thread(process.join, 4)
        lock.execute("ROLLBACK")
        lock.close()
    assert {one.answer.state for one in diptych.saved} == {"interrupted"}
