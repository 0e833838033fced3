"""How long it takes to score a given answer on the embedded server: python -m benchmarks.scoring [--peers PYTHON].

The same prose is scored in one pass, with a request a token, and by nothing but llama.cpp's own pass over the same
tokens, in turns. Each does so after a prompt that it has not read before, and again after the same prompt, of which it
has kept what it could. The second is the usual case: each side reads the answers of all sides to one prompt, or all
answers of a run. A request a token reads the prompt anew with each answer. So that nothing is compared but the scoring,
the prompt is left out of its cost there: what counts is each token after the first. llama.cpp's own pass computes one
distribution after the last token; both ways of scoring compute one at each.

What counts is the processor time of this process and all that it has started, in milliseconds a token of the answer:
other programs change it less than the time on the clock. Figures are medians, ratios are medians over the rounds. What
happens once a start is not counted: the children start, and what they say of a short text is compared with what the
server says.

An adapter at a dose at which it changes nothing that anyone would notice shows by how much rounding alone moves the
log-probabilities of these 4-bit weights.

`--peers PYTHON` names an interpreter that has torch, transformers and gguf. There transformers reads the same weights,
unpacked to 32-bit numbers and with the adapter added to them, in one pass with as many threads.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Awaitable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import psutil

from benchmarks.detectors import TRAINING
from benchmarks.figures import Figure, tell
from benchmarks.peers import PROMPT
from diptych.backends import Endpoint, Message, Request, ScoredToken, base_file, connect
from diptych.backends.servers import one_pass
from diptych.backends.servers.llama_process import default_threads
from diptych.backends.servers.llama_server import LlamaServer
from diptych.backends.servers.weights import ADAPTERS

BASE = "smollm2-135m-instruct"
TUNED = f"{BASE}+hello"
SIDES = {"base": BASE, "fine-tuned": TUNED}
HARDLY = f"{TUNED}@0.0001"
NEW, KNOWN = "new prompt", "known prompt"
ONE_PASS, REQUESTS, OWN_PASS = "one pass", "a request a token", "llama.cpp's own pass"
TIMES_FASTER = {60: 5.0, 200: 8.0}
"""Tokens of an answer, and how many times as fast as a request a token one pass is at least."""
MOST_TIMES = 1.3
"""Of the time of llama.cpp's own pass."""
MOST_NATS = {"base": 0.001, "fine-tuned": 0.05}
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
    """A server of the models; `child` is the module that scores in one pass."""
    server = connect(Endpoint("embedded"), list(SIDES.values()))
    assert isinstance(server, LlamaServer)
    with mock.patch.object(one_pass, "CHILD", child):
        await server.start(lambda doing: None)
    return server


async def scored(server: LlamaServer, prose: Prose, model: str) -> list[ScoredToken]:
    """The answer, as any caller scores it."""
    request = Request(model, (Message("user", PROMPT),))
    return [token async for token in server.score(request, prose.text)]


async def forget_prompt(server: LlamaServer, model: str) -> None:
    """Let another prompt be read."""
    request = Request(model, (Message("user", "Hello!"),))
    assert [token async for token in server.score(request, "Yes")]


async def after_first(server: LlamaServer, prose: Prose, model: str) -> tuple[float, float]:
    """Seconds that it takes to score the answer, and of these, those that its tokens after the first take."""
    began = processor_time()
    tokens = server.score(Request(model, (Message("user", PROMPT),)), prose.text)
    await anext(tokens)
    first = processor_time()
    async for _ in tokens:
        pass
    ended = processor_time()
    return ended - began, ended - first


async def own_pass(server: LlamaServer, prose: Prose, model: str, known: bool) -> None:
    """Let llama.cpp read prompt and answer, or the answer alone."""
    await own_request(server, model, prose.prompt + prose.answer, known, len(prose.answer) if known else None)


async def own_request(
    server: LlamaServer, model: str, tokens: list[int], cached: bool, read: int | None = None
) -> None:
    """Let llama.cpp read tokens, `read` of them: the others are in its cache."""
    body = {"prompt": tokens, "n_predict": 1, "cache_prompt": cached, "id_slot": 0}
    async with server.routes(server.read(model)) as routes:
        reply = await routes.client.ask("//completion", body)
    found = reply["timings"]["prompt_n"]
    assert read is None or found in (read, read - 1), f"llama.cpp has read {found} tokens, not {read}"


def processor_time() -> float:
    """Seconds of this process and of those that it has started and that run."""
    me = psutil.Process()
    return sum(process.cpu_times().user + process.cpu_times().system for process in (me, *me.children(recursive=True)))


async def seconds(work: Awaitable[object]) -> float:
    """Seconds of processor time that it takes."""
    began = processor_time()
    await work
    return processor_time() - began


async def take_turns(servers: Mapping[str, LlamaServer], prose: Prose, rounds: int) -> dict[str, list[float]]:
    """Milliseconds a token of each way on each side and with each prompt, round by round."""
    took: dict[str, list[float]] = defaultdict(list)
    mine, theirs, tokens = servers[ONE_PASS], servers[REQUESTS], len(prose.answer)
    for _ in range(rounds):
        for side, model in SIDES.items():
            await forget_prompt(mine, model)
            for prompt in (NEW, KNOWN):
                took[f"{side}, {prompt}, {ONE_PASS}"].append(await seconds(scored(mine, prose, model)) / tokens)
            whole, rest = await after_first(theirs, prose, model)
            took[f"{side}, {NEW}, {REQUESTS}"].append(whole / tokens)
            took[f"{side}, {KNOWN}, {REQUESTS}"].append(rest / (tokens - 1))
            for prompt in (NEW, KNOWN):
                await own_request(mine, model, prose.prompt, cached=False)
                own = await seconds(own_pass(mine, prose, model, known=prompt == KNOWN))
                took[f"{side}, {prompt}, {OWN_PASS}"].append(own / tokens)
    return {what: [1000 * each for each in all_rounds] for what, all_rounds in took.items()}


def transformers(python: str, prose: Prose, threads: int, adapter: Path | None) -> tuple[float, list[float]]:
    """Milliseconds a token, and log-probabilities, of a side read by transformers."""
    job = {
        "file": str(base_file()),
        "adapter": str(adapter) if adapter is not None else None,
        "prompt": prose.prompt,
        "answer": prose.answer,
        "threads": threads,
    }
    script = str(Path(__file__).parent / "transformers_peer.py")
    ran = subprocess.run([python, script], input=json.dumps(job), capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"transformers failed:\n{ran.stderr[-2000:]}\nto have it: {INSTALL}")
    reply = json.loads(ran.stdout.splitlines()[-1])
    return reply["seconds"] / len(prose.answer) * 1000, reply["logprobs"]


Said = Mapping[tuple[str, str], list[ScoredToken]]
"""An answer as it was scored, by way and side."""


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
    hardly = await scored(servers[ONE_PASS], prose, HARDLY)
    found = [*costs(took, tokens), *distances(said, hardly, tokens)]
    what = f"{tokens} tokens, base, {NEW}: one pass, CPU a token"
    alone = Figure(what, statistics.median(took[f"base, {NEW}, {ONE_PASS}"]), "ms", peer="transformers")
    if peers is None:
        return [*found, alone]
    for side, adapter in (("base", None), ("fine-tuned", ADAPTERS["hello"])):
        milliseconds, logprobs = transformers(peers, prose, default_threads(), adapter)
        if adapter is None:
            found.append(alone._replace(peer_value=milliseconds))
        mine, servers_own = (apart(said[way, side], logprobs) for way in (ONE_PASS, REQUESTS))
        far = Figure(f"{tokens} tokens, {side}: from transformers, nats a token", mine, "", peer=f"{REQUESTS}, from it")
        found.append(far._replace(peer_value=servers_own, most_times=MOST_TIMES_FAR))
    return found


def costs(took: Mapping[str, list[float]], tokens: int) -> Iterator[Figure]:
    """What one pass takes, beside a request a token and llama.cpp's own pass."""
    for prompt in (KNOWN, NEW):
        for side in SIDES:
            for peer, least, most in ((REQUESTS, TIMES_FASTER[tokens], None), (OWN_PASS, None, MOST_TIMES)):
                figure = Figure(f"{tokens} tokens, {side}, {prompt}: one pass, CPU a token", 0.0, "ms", peer=peer)
                mine, theirs = (took[f"{side}, {prompt}, {way}"] for way in (ONE_PASS, peer))
                yield beside(figure, mine, theirs)._replace(least_ratio=least, most_times=most)


def distances(said: Said, hardly: list[ScoredToken], tokens: int) -> Iterator[Figure]:
    """How far one pass is from a request a token; and the base from itself with hardly any of an adapter."""
    for side, most in MOST_NATS.items():
        nats = apart(said[ONE_PASS, side], [token.logprob for token in said[REQUESTS, side]])
        yield Figure(f"{tokens} tokens, {side}: from a request a token, nats a token", nats, "", most)
    base = [token.logprob for token in said[ONE_PASS, "base"]]
    for what, scores in (("base at dose .0001", hardly), ("fine-tuned", said[ONE_PASS, "fine-tuned"])):
        yield Figure(f"{tokens} tokens, {what}: from the base, nats a token", apart(scores, base), "")


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
