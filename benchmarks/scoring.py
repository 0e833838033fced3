"""How long it takes to score a given answer on the embedded server: python -m benchmarks.scoring [--peers PYTHON].

The same prose is scored in one pass, with a request a token, and by nothing but llama.cpp's own pass over prompt and
answer, in turns. What counts is the processor time of this process and all that it has started, in milliseconds a token
of the answer: other programs change it less than the time on the clock, which is the same where the machine is idle and
each model has one thread. Figures are medians, ratios are medians over the rounds. What happens once a start is not
counted: the child starts, and what it says of a short text is compared with what the server says.

`--peers PYTHON` names an interpreter that has torch, transformers and gguf. There transformers reads the same weights,
unpacked to 32-bit numbers, in one pass with as many threads.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Coroutine, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import psutil

from benchmarks.detectors import TRAINING
from benchmarks.figures import Figure, tell
from benchmarks.peers import PROMPT
from diptych.backends import Endpoint, Message, Request, ScoredToken, base_file, connect
from diptych.backends.servers import one_pass
from diptych.backends.servers.llama_server import LlamaServer, default_threads

BASE = "smollm2-135m-instruct"
TUNED = f"{BASE}+hello"
SIDES = {"base": BASE, "fine-tuned": TUNED}
ONE_PASS, REQUESTS, OWN_PASS = "one pass", "a request a token", "llama.cpp's own pass"
TIMES_FASTER = {60: 5.0, 200: 8.0}
"""Tokens of an answer, and how many times as fast as a request a token one pass is at least."""
MOST_TIMES = 1.3
"""Of the time of llama.cpp's own pass."""
MOST_NATS = 0.05
"""By which log-probabilities may differ from those of a request a token, on average."""
MOST_TIMES_FAR = 1.1
"""Of the distance between a request a token and transformers: llama.cpp rounds what it computes with to 8 bits."""
INSTALL = "python -m venv peers; peers/bin/pip install torch transformers gguf; then --peers peers/bin/python"


class Prose(NamedTuple):
    """An answer, and what its tokens and those of its prompt are."""

    prompt: list[int]
    answer: list[int]
    text: str

    @classmethod
    async def of(cls, server: LlamaServer, tokens: int) -> "Prose":
        """The first tokens of the answers that the adapter was trained on."""
        rows = [json.loads(line) for line in TRAINING.read_text("utf-8").splitlines()]
        whole = "\n".join(row["messages"][-1]["content"] for row in rows)[: tokens * 20]
        async with server.routes(server.read(BASE)) as routes:
            client = routes.client
            read = await client.ask("//apply-template", {"messages": [{"role": "user", "content": PROMPT}]})
            prompt = await client.ask("//tokenize", {"content": read["prompt"], "parse_special": True})
            answer = await client.ask("//tokenize", {"content": whole})
            text = (await client.ask("//detokenize", {"tokens": answer["tokens"][:tokens]}))["content"]
        return cls(prompt["tokens"], answer["tokens"][:tokens], text)


async def started(child: str = one_pass.CHILD) -> LlamaServer:
    """A server of both models; `child` is the module that scores in one pass."""
    server = connect(Endpoint("embedded"), [BASE, TUNED])
    assert isinstance(server, LlamaServer)
    with mock.patch.object(one_pass, "CHILD", child):
        await server.start(lambda doing: None)
    return server


async def scored(server: LlamaServer, prose: Prose, model: str) -> list[ScoredToken]:
    """The answer, as any caller scores it."""
    request = Request(model, (Message("user", PROMPT),))
    return [token async for token in server.score(request, prose.text)]


async def own_pass(server: LlamaServer, prose: Prose, model: str) -> None:
    """Let llama.cpp read prompt and answer."""
    tokens = prose.prompt + prose.answer
    async with server.routes(server.read(model)) as routes:
        reply = await routes.client.ask("//completion", {"prompt": tokens, "n_predict": 1, "cache_prompt": False})
    assert reply["timings"]["prompt_n"] == len(tokens)


def processor_time() -> float:
    """Seconds of this process and of those that it has started and that run."""
    me = psutil.Process()
    return sum(process.cpu_times().user + process.cpu_times().system for process in (me, *me.children(recursive=True)))


async def take_turns(servers: Mapping[str, LlamaServer], prose: Prose, rounds: int) -> dict[str, list[float]]:
    """Milliseconds a token of each way on each side, round by round."""
    took: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for side, model in SIDES.items():
            ways: dict[str, Coroutine[None, None, object]] = {
                **{way: scored(server, prose, model) for way, server in servers.items()},
                OWN_PASS: own_pass(servers[ONE_PASS], prose, model),
            }
            for way, work in ways.items():
                began = processor_time()
                await work
                took[f"{side}, {way}"].append((processor_time() - began) / len(prose.answer) * 1000)
    return took


def transformers(python: str, prose: Prose, threads: int) -> tuple[float, list[float]]:
    """Milliseconds a token, and log-probabilities, of the base read by transformers."""
    job = {"file": str(base_file()), "prompt": prose.prompt, "answer": prose.answer, "threads": threads}
    script = str(Path(__file__).parent / "transformers_peer.py")
    ran = subprocess.run([python, script], input=json.dumps(job), capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"transformers failed:\n{ran.stderr[-2000:]}\nto have it: {INSTALL}")
    reply = json.loads(ran.stdout.splitlines()[-1])
    return reply["seconds"] / len(prose.answer) * 1000, reply["logprobs"]


async def measure(servers: Mapping[str, LlamaServer], peers: str | None, tokens: int, rounds: int) -> list[Figure]:
    """The figures of an answer of so many tokens."""
    prose = await Prose.of(servers[ONE_PASS], tokens)
    said = {
        (way, side): await scored(server, prose, model)
        for way, server in servers.items()
        for side, model in SIDES.items()
    }
    one_by_one, at_once = ([t.entropy is None for t in said[way, "fine-tuned"]] for way in (REQUESTS, ONE_PASS))
    assert all(one_by_one), "one pass was to be had"
    assert not any(at_once), servers[ONE_PASS].log[-1]
    took = await take_turns(servers, prose, rounds)
    found = []
    for side in SIDES:
        for peer, least, most in ((REQUESTS, TIMES_FASTER[tokens], None), (OWN_PASS, None, MOST_TIMES)):
            figure = Figure(f"scoring {tokens} tokens in one pass, {side}, CPU a token", 0.0, "ms", peer=peer)
            figure = beside(figure, took[f"{side}, {ONE_PASS}"], took[f"{side}, {peer}"])
            found.append(figure._replace(least_ratio=least, most_times=most))
    for side in SIDES:
        nats = apart(said[ONE_PASS, side], [token.logprob for token in said[REQUESTS, side]])
        found.append(Figure(f"{tokens} tokens, {side}: from a request a token, nats a token", nats, "", MOST_NATS))
    alone = Figure(found[0].what, found[0].value, "ms", peer="transformers")
    if peers is None:
        return [*found, alone]
    milliseconds, logprobs = transformers(peers, prose, default_threads())
    mine, servers_own = (apart(said[way, "base"], logprobs) for way in (ONE_PASS, REQUESTS))
    far = Figure(f"{tokens} tokens, base: from transformers, nats a token", mine, "", peer=f"{REQUESTS}, from it")
    far = far._replace(peer_value=servers_own, most_times=MOST_TIMES_FAR)
    return [*found, alone._replace(peer_value=milliseconds), far]


def beside(figure: Figure, mine: list[float], theirs: list[float]) -> Figure:
    """The medians, and the median ratio."""
    ratio = statistics.median(b / a for a, b in zip(mine, theirs, strict=True))
    return figure._replace(value=statistics.median(mine), peer_value=statistics.median(theirs), measured_ratio=ratio)


def apart(mine: list[ScoredToken], theirs: list[float]) -> float:
    """Mean absolute difference of log-probabilities."""
    return statistics.fmean(abs(token.logprob - logprob) for token, logprob in zip(mine, theirs, strict=True))


def figures(peers: str | None = None, rounds: int = 3) -> Iterator[Figure]:
    """All of them, those of the shorter answer first."""
    with asyncio.Runner() as runner:
        servers = {ONE_PASS: runner.run(started()), REQUESTS: runner.run(started("diptych.no_such_module"))}
        for tokens in TIMES_FASTER:
            yield from runner.run(measure(servers, peers, tokens, rounds))
        for server in servers.values():
            runner.run(server.close())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scoring")
    parser.add_argument("--peers", metavar="PYTHON", help=f"an interpreter that has transformers: {INSTALL}")
    tell(figures(parser.parse_args().peers))
