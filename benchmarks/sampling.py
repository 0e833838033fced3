"""Many answers through the whole program, against a bare loop and against peers: python -m benchmarks.sampling.

A process of its own answers at once, always with the same prose (rows of training/data) in one-token pieces, streamed
or whole as it is asked. Diptych receives, detects and records durably: what `diptych run` does, without its start and
its report; one by one, and with as many samples a request as an endpoint is asked for where nothing is configured
("together"). The bare loop does each in the same way; peers ask one by one. In each round everyone has a turn; figures
are medians of seconds, ratios medians over the rounds.
A family of 100 members is asked 8 questions 10 times each, beside one side that is asked as often in the same way.
`--peers PYTHON` names an interpreter that has inspect-ai and llmcomp.
"""

import argparse
import asyncio
import gc
import json
import re
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import msgspec

from benchmarks.detectors import PIECE, TRAINING
from benchmarks.figures import Figure, serving, tell
from benchmarks.peers import PROMPT
from diptych.backends import Backend, Delta, End, Endpoint, Message, Request, Sampling, connect
from diptych.compare import RunPlan, Side, run_probe
from diptych.probes import Probe, load_probes
from diptych.sessions import Answer, FamilyRecord, Recorder, Store

_PER_REQUEST = Endpoint("openai").samples_per_request
STREAMED = 0.7
"""At least so much of a bare loop's speed."""
INSPECT, LLMCOMP = 8.0, 1.0
"""At least so many times as fast."""
FAMILY = 0.8
"""At least so much of the speed with which one side is asked."""
MEMBERS, QUESTIONS, SAMPLES = 100, 8, 10
"""Of the family."""
FAMILY_TOKENS = 60
GROWTH = 32.0
"""At most so many MB more after 1,000 answers than after 250."""
MODES = (
    (False, 1, "streamed"),
    (False, _PER_REQUEST, "streamed, together"),
    (True, 1, "whole"),
    (True, _PER_REQUEST, "whole, together"),
)
"""Whether the answers come whole, how many with a request, and how that is called."""
INSTALL = "python -m venv peers; peers/bin/pip install inspect-ai openai llmcomp; then --peers peers/bin/python"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_STREAM = re.compile(rb'"stream": *true')
_SAMPLES = re.compile(rb'"n": *(\d+)')


@cache
def replies(tokens: int, samples: int) -> tuple[bytes, bytes]:
    """The whole answers to one request and the streamed ones, as HTTP responses."""
    rows = [json.loads(line) for line in TRAINING.read_text("utf-8").splitlines()]
    prose = "\n".join(row["messages"][-1]["content"] for row in rows)
    pieces = [prose[at : at + PIECE] for at in range(0, tokens * PIECE, PIECE)]
    base = {"id": "chatcmpl-0123456789", "created": 1_700_000_000, "model": "some-model", "system_fingerprint": "fp_0"}
    usage = {"prompt_tokens": 12, "completion_tokens": samples * tokens, "total_tokens": 12 + samples * tokens}

    def event(index: int, delta: dict[str, str], finish: str | None = None) -> bytes:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": finish}
        document = {**base, "object": "chat.completion.chunk", "choices": [choice], "usage": None}
        return b"data: " + json.dumps(document).encode() + b"\n\n"

    last = {**base, "object": "chat.completion.chunk", "choices": [], "usage": usage}
    numbers = range(samples)
    stream = b"".join(event(index, {"content": piece}) for piece in pieces for index in numbers)
    stream += b"".join(event(index, {}, "stop") for index in numbers)
    stream += b"data: " + json.dumps(last).encode() + b"\n\ndata: [DONE]\n\n"
    message = {"role": "assistant", "content": "".join(pieces), "refusal": None}
    choices = [{"index": index, "message": message, "logprobs": None, "finish_reason": "stop"} for index in numbers]
    whole = json.dumps({**base, "object": "chat.completion", "choices": choices, "usage": usage}).encode()
    return _response(whole, "application/json"), _response(stream, "text/event-stream")


def _response(body: bytes, kind: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\nx-request-id: req_0\r\n\r\n"
    return head.encode() + body


class Instant(asyncio.Protocol):
    """Answers every request as soon as it is complete; connections stay open."""

    def __init__(self, tokens: int) -> None:
        self._tokens = tokens
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer what is complete."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            length = _LENGTH.search(self._received, 0, end)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            body, self._received = self._received[end:whole], self._received[whole:]
            samples = _SAMPLES.search(body)
            complete, streamed = replies(self._tokens, int(samples[1]) if samples else 1)
            self._transport.write(streamed if _STREAM.search(body) else complete)  # type: ignore[attr-defined]


def serve(listener: socket.socket, tokens: int) -> None:
    """Answer until the process is ended."""

    async def forever() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: Instant(tokens), sock=listener)
        await server.serve_forever()

    asyncio.run(forever())


def probe() -> Probe:
    """One question, watched by all detectors of the HELLO probe."""
    hello = load_probes()["hello-acrostic"]
    condition = msgspec.structs.replace(hello.conditions[0], prompts=(PROMPT,))
    return msgspec.structs.replace(hello, conditions=(condition,))


def questions() -> Probe:
    """Eight questions, watched by all detectors of the HELLO probe."""
    hello = load_probes()["hello-acrostic"]
    asked = (msgspec.structs.replace(hello.conditions[0], name=f"q{n}", prompts=(f"{PROMPT} ({n})",)) for n in range(8))
    return msgspec.structs.replace(hello, conditions=tuple(asked))


class Work:
    """The job in its forms; each returns seconds."""

    def __init__(self, base_url: str, answers: int, at_once: int, tokens: int) -> None:
        self._base_url = base_url
        self._answers, self._at_once, self._tokens = answers, at_once, tokens

    async def bare(self, whole: bool, per_request: int) -> float:
        """A loop over diptych's client, which counts what comes."""
        backend = await self._backend(per_request)
        gate = asyncio.Semaphore(self._at_once // per_request)
        sampling = Sampling(temperature=0.7, max_tokens=self._tokens)
        request = Request("some-model", (Message("user", PROMPT),), sampling, whole=whole)

        async def one() -> int:
            async with gate:
                items = [item async for item in backend.stream(request, per_request)]
                assert isinstance(items[-1], End)
                return sum(item.tokens for item in items if isinstance(item, Delta))

        began = time.perf_counter()
        came = await asyncio.gather(*(one() for _ in range(self._answers // per_request)))
        seconds = time.perf_counter() - began
        assert sum(came) == self._tokens * self._answers
        await backend.close()
        return seconds

    async def diptych(
        self,
        whole: bool,
        per_request: int,
        answers: int | None = None,
        told: Callable[[int], None] | None = None,
    ) -> float:
        """Receive, detect, record durably."""
        answers = answers or self._answers
        backend = await self._backend(per_request)
        backend.whole_answers = whole
        sampling = Sampling(max_tokens=self._tokens)
        side = Side("base", "instant", self._base_url, "some-model", None, sampling, backend)
        plan = RunPlan("pair", (side,), probe(), answers, self._at_once)
        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            path = Path(folder) / "sessions.db"
            recorder = Recorder(path)
            began = time.perf_counter()
            came = await run_probe(plan, recorder, None, lambda answer, done, total: told(done) if told else None)
            seconds = time.perf_counter() - began
            recorder.close()
            assert [(a.state, a.tokens) for a in came] == [("done", self._tokens)] * answers
            store = Store(path)
            assert {len(s.answer.timeline) for s in store.answers(1)} == {1 if whole else self._tokens}
            store.close()
        await backend.close()
        return seconds

    async def family(self, members: int) -> tuple[float, float]:
        """Ask `members` models all questions, so many answers together that it makes no difference how many there are.
        Returns seconds of CPU time of this process, and the MB that it holds more at the end than after an eighth."""
        backend = await self._backend(SAMPLES)
        backend.whole_answers = True
        sampling = Sampling(max_tokens=self._tokens)
        sides = tuple(
            Side(f"m{number}", "instant", self._base_url, f"model-{number}", None, sampling, backend)
            for number in range(members)
        )
        answers = MEMBERS * QUESTIONS * SAMPLES
        samples = answers // QUESTIONS // members
        plan = RunPlan("family", sides, questions(), samples, self._at_once, family=FamilyRecord("family", "x"))
        held: dict[int, float] = {}

        def told(answer: Answer, done: int, total: int) -> None:
            if done in (answers // 8, answers):
                held[done] = _resident()

        with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
            recorder = Recorder(Path(folder) / "sessions.db")
            gc.collect()
            began = time.process_time()
            came = await run_probe(plan, recorder, None, told)
            seconds = time.process_time() - began
            recorder.close()
            assert len(came) == answers
        await backend.close()
        return seconds, held[answers] - held[answers // 8]

    def peer(self, python: str, name: str) -> float:
        """The same by another program, in a process of its own."""
        script = str(Path(__file__).parent / "peers.py")
        numbers = (str(number) for number in (self._answers, self._at_once, self._tokens))
        ran = subprocess.run(
            [python, script, name, self._base_url, *numbers], capture_output=True, text=True, check=False
        )
        if ran.returncode:
            sys.exit(f"{name} failed:\n{ran.stderr[-2000:]}\nto have it: {INSTALL}")
        return float(ran.stdout.split()[-1])

    async def _backend(self, per_request: int) -> Backend:
        backend = connect(Endpoint("openai", self._base_url, samples_per_request=per_request))
        await backend.start(lambda doing: None)
        return backend


async def memory(work: Work) -> tuple[float, float]:
    """MB held by this process after 250 and after 1,000 streamed answers of one run."""
    held: dict[int, float] = {}

    def told(done: int) -> None:
        if done in (250, 1000):
            held[done] = _resident()

    await work.diptych(whole=False, per_request=_PER_REQUEST, answers=1000, told=told)
    return held[250], held[1000]


def _resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def of_family(rounds: int) -> Iterator[Figure]:
    """A family beside one side that is asked as often, in turn."""
    with serving(serve, FAMILY_TOKENS) as base_url:
        work = Work(base_url, 0, 64, FAMILY_TOKENS)
        took: dict[int, list[float]] = defaultdict(list)
        grown = []
        for _ in range(rounds):
            for members in (1, MEMBERS):
                seconds, more = asyncio.run(work.family(members))
                took[members].append(seconds)
                grown += [more] if members == MEMBERS else []
    what = f"{MEMBERS} members × {QUESTIONS} questions × {SAMPLES} samples, CPU"
    mine, beside = (statistics.median(took[members]) for members in (MEMBERS, 1))
    yield Figure(
        what, mine, "s", None, False, "one side, as many answers", beside, FAMILY, ratio(took[1], took[MEMBERS])
    )
    yield Figure(f"memory, from 1,000 of the {MEMBERS * QUESTIONS * SAMPLES:,} answers on", max(grown), "MB", GROWTH)


def ratio(numerators: list[float], denominators: list[float]) -> float:
    """The median over the rounds."""
    return statistics.median(a / b for a, b in zip(numerators, denominators, strict=True))


async def take_turns(work: Work, rounds: int, peers: str | None) -> dict[str, list[float]]:
    """Seconds of each form of the job and of each peer, round by round."""
    await work.diptych(whole=True, per_request=_PER_REQUEST, answers=8)
    took: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for whole, per_request, mode in MODES:
            for who, job in ((f"bare {mode}", work.bare), (mode, work.diptych)):
                # Nobody clears away what another has left.
                gc.collect()
                took[who].append(await job(whole, per_request))
        for name in ("inspect-ai", "llmcomp") if peers else ():
            took[name].append(work.peer(str(peers), name))
    return took


def figures(
    peers: str | None = None,
    answers: int = 256,
    at_once: int = 64,
    tokens: int = 500,
    rounds: int = 5,
    with_memory: bool = True,
) -> Iterator[Figure]:
    """The medians of the rounds, and what memory grows by."""
    with serving(serve, tokens) as base_url:
        work = Work(base_url, answers, at_once, tokens)
        took = asyncio.run(take_turns(work, rounds, peers))
        bare = [(mode, f"bare {mode}", "a bare loop, same client", None) for _, _, mode in MODES[1:]]
        for mine, peer, words, least in (
            ("streamed", "bare streamed", "a bare loop, same client", STREAMED),
            *bare,
            ("whole, together", "inspect-ai", "inspect-ai", INSPECT),
            ("whole, together", "llmcomp", "llmcomp", LLMCOMP),
        ):
            value = statistics.median(took[mine])
            beside = statistics.median(took[peer]) if peer in took else None
            faster = ratio(took[peer], took[mine]) if peer in took else None
            what = f"{answers} answers of {tokens} tokens, {at_once} at once, {mine}"
            yield Figure(what, value, "s", None, False, words, beside, least, faster)
        yield from of_family(min(rounds, 3))
        if with_memory:
            first, last = asyncio.run(memory(work))
            yield Figure("memory, from 250 answers of a run to 1,000", last - first, "MB", GROWTH)


def main() -> None:
    """Measure in turn and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--answers", type=int, default=256)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--tokens", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", metavar="PYTHON", help=f"an interpreter that has inspect-ai and llmcomp: {INSTALL}")
    parser.add_argument("--no-memory", action="store_true", help="leave out the run of 1,000 answers")
    wanted = parser.parse_args()
    tell(figures(wanted.peers, wanted.answers, wanted.concurrency, wanted.tokens, wanted.rounds, not wanted.no_memory))


if __name__ == "__main__":
    main()
