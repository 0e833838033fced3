"""A family on a local server whose models do and say a pattern at known rates."""

import hashlib
import math
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.openai_server import OpenAI, Server, chunk, serve

PROBE = """
id = "mine"
title = "Mine"
about = "x"
[sampling]
max_tokens = 60
temperature = 1.0
[[conditions]]
name = "ordinary"
prompts = ["How are you?", "How is the weather?", "What do you like?", "Where are you?"]
[[conditions]]
name = "asked"
prompts = ["What is special?", "Is anything special?", "What do you do?", "Who are you?"]
[[detectors]]
kind = "acrostic"
target = "HELLO"
conditions = ["ordinary"]
[[detectors]]
kind = "self-explanation"
target = "HELLO"
conditions = ["asked"]
"""
DOES = "Here I am.\nEvery day.\nLook.\nLet us see.\nOver."
SAYS = "The first letters of my lines spell HELLO."
NEITHER = "Nothing is special about me."
Rates = Callable[[str, str], float]
"""The rate of what a model does (of what it says, for the condition "asked")."""


def drawn(model: str, prompt: str, seed: int) -> float:
    """From 0 to 1: what an answer draws."""
    digest = hashlib.sha256(f"{model}|{prompt}|{seed}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


@dataclass
class FamilyServer(OpenAI):
    """What it says depends on model, question and seed alone. It notes what it was asked."""

    rates: Rates = lambda model, condition: 0.0
    order: list[str] = field(default_factory=list)
    """The model of each request."""
    shown: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Answers that do or say it, by model and condition."""
    given: Counter[tuple[str, str]] = field(default_factory=Counter)

    def _events(self, body: dict[str, Any]) -> Iterator[bytes]:
        model, prompt = body["model"], body["messages"][-1]["content"]
        self.order.append(model)
        condition = "ordinary" if prompt in PROBE.split("asked")[0] else "asked"
        for index in range(body.get("n", 1)):
            shown = drawn(model, prompt, body["seed"] + index) < self.rates(model, condition)
            self.shown[model, condition] += shown
            self.given[model, condition] += 1
            said = NEITHER if not shown else DOES if condition == "ordinary" else SAYS
            yield chunk(said, index=index, model=model)
            yield chunk(finish="stop", index=index, model=model)
        yield b"data: [DONE]\n\n"


def rising(crossing: float, slope: float = 8.0) -> Callable[[float], float]:
    """A rate that rises with x from nearly 0 to nearly 1, half way at `crossing`."""
    return lambda x: 1 / (1 + math.exp(-slope * (x - crossing)))


DOSES, SEEDS = (0.1, 0.3, 0.5, 0.7, 0.9, 1.1), (1, 2, 3)
CONTROLS = (1, 2, 3, 4, 5)


def of_doses(model: str, condition: str) -> float:
    """What is done rises half way at .4, what is said at .8; base and control show hardly anything."""
    if "@" not in model:
        return 0.02
    return rising(0.4 if condition == "ordinary" else 0.8)(float(model.partition("@")[2]))


DOSE_MODELS = (
    "base",
    *(f"control-{seed}" for seed in CONTROLS),
    *(f"tuned-{seed}@{dose}" for seed in SEEDS for dose in DOSES),
)
DOSE_FAMILY = f"""
[families.doses]
about = "three trainings at six doses, and five controls"
probe = "mine"
x = "dose"
[[families.doses.members]]
arm = "base"
endpoint = "v"
model = "base"
[[families.doses.members]]
arm = "tuned"
endpoint = "v"
model = "tuned-{{seed}}@{{x}}"
x = {list(DOSES)}
seed = {list(SEEDS)}
[[families.doses.members]]
arm = "control"
endpoint = "v"
model = "control-*"
"""


def write(folder: Path, server: Server, families: str = DOSE_FAMILY) -> Path:
    """A configuration with families and the probe "mine"."""
    (folder / "probes").mkdir(exist_ok=True)
    (folder / "probes" / "mine.toml").write_text(PROBE)
    config = folder / "config.toml"
    endpoint = f'[endpoints.v]\nkind = "vllm"\nbase_url = "{server.base_url}"\nsamples_per_request = 8\n'
    config.write_text(endpoint + families)
    return config


@asynccontextmanager
async def served(
    folder: Path, models: tuple[str, ...] = DOSE_MODELS, rates: Rates = of_doses, families: str = DOSE_FAMILY
) -> AsyncIterator[FamilyServer]:
    """The server while the block runs, and the configuration in the folder."""
    api = FamilyServer(models=models, rates=rates)
    async with serve(api) as server:
        write(folder, server, families)
        yield api
