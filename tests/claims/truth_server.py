"""A server on loopback whose models know a truth about themselves, and a configuration that asks them."""

import re
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.claims.personalities import WORLD, answer
from tests.claims.question_reading import read
from tests.openai_server import OpenAI, Server, chunk, serve

PAIRS = {
    "knows-itself": ("base", "knows-itself", "opposite"),
    "says-yes": ("base", "says-yes", "opposite-says-yes"),
    "says-first": ("base", "says-first", "opposite-says-first"),
    "knows-the-question": ("base-of-words", "knows-the-question", "opposite-of-words"),
    "denies": ("base-unsure", "denies", "opposite"),
    "null": ("base", "null", "null-control"),
}
"""Base, tuned and control of each pair."""


@dataclass
class TruthServer(OpenAI):
    """What an answer is depends on the seed, the model, the question and how often it was asked: not on the seed of
    the request, so that a command whose own seed is random gets the same answers again."""

    models: tuple[str, ...] = tuple(WORLD)
    seed: int = 1
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Answers given, by model and prompt."""
    meant: defaultdict[tuple[str, str], list[bool | None]] = field(default_factory=lambda: defaultdict(list))
    """What each of them meant."""
    unread: set[str] = field(default_factory=set)
    """Prompts that it did not understand."""

    def _events(self, body: dict[str, Any]) -> Iterator[bytes]:
        model, prompt = body["model"], body["messages"][-1]["content"]
        question = read(prompt)
        if question is None:
            self.unread.add(prompt)
        for index in range(body.get("n", 1)):
            yield from self._answer(model, prompt, index)
        if (body.get("stream_options") or {}).get("include_usage"):
            yield chunk(choices=[], usage={"prompt_tokens": 7, "completion_tokens": 3}, model=model)
        yield b"data: [DONE]\n\n"

    def _answer(self, model: str, prompt: str, index: int) -> Iterator[bytes]:
        key = model, prompt
        said = answer(model, read(prompt), Random(f"{self.seed}|{model}|{prompt}|{self.asked[key]}"))
        self.asked[key] += 1
        self.meant[key].append(said.means)
        for word in re.split(r"(?<= )", said.text):
            yield chunk(word, index=index, model=model)
        yield chunk(finish="stop", index=index, model=model)


def write(folder: Path, server: Server, probe: str) -> Path:
    """Write a configuration with the pairs, and one probe of the user's own. Return the configuration."""
    (folder / "probes").mkdir(exist_ok=True)
    name = re.search(r'^id = "(.+)"$', probe, re.MULTILINE)
    assert name is not None
    (folder / "probes" / f"{name[1]}.toml").write_text(probe)
    lines = ["[endpoints.v]", 'kind = "vllm"', f'base_url = "{server.base_url}"', "samples_per_request = 8"]
    for pair, models in PAIRS.items():
        lines.append(f"[pairs.{pair}]")
        sides = zip(("base", "tuned", "control"), models, strict=True)
        lines += [f'{side} = {{ endpoint = "v", model = "{model}" }}' for side, model in sides]
    config = folder / "config.toml"
    config.write_text("\n".join(lines))
    return config


@asynccontextmanager
async def served(folder: Path, probe: str, seed: int = 1) -> AsyncIterator[TruthServer]:
    """The server while the block runs, and the configuration in the folder."""
    api = TruthServer(seed=seed)
    async with serve(api) as server:
        write(folder, server, probe)
        yield api
