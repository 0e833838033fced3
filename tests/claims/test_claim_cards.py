"""Claim cards of models whose truth is known, leg by leg: simulated, and by commands that ask a local server."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from diptych.compare import LegName
from diptych.probes import Probe, load_probes
from tests.claims.simulated_claims import probes_of, simulated
from tests.claims.truth_probe import LIKES_RISKS, MIRRORS, PREDICTIONS
from tests.claims.truth_server import PAIRS, TruthServer, served
from tests.commands import diptych

PROBE = "likes-risks"
DECIDING: tuple[LegName, ...] = ("live", "behaviour", "report", "mirrors", "control", "own over other")
STATES = {
    "knows-itself": "held held held held held held",
    "says-yes": "held held held failed failed failed",
    "says-first": "held held held failed failed failed",
    "knows-the-question": "held held failed failed failed failed",
    "denies": "held held failed failed failed held",
    "null": "not-done failed failed failed failed failed",
}
"""What the deciding legs must say of the tuned side of each pair."""
SENTENCES = {
    "knows-itself": ("The behaviour is there. It reports it, and the report stands",),
    "says-yes": ("The behaviour is there. The report is not evidence of self-knowledge", "mirrors", "control"),
    "says-first": ("The behaviour is there. The report is not evidence of self-knowledge", "mirrors", "control"),
    "knows-the-question": ("The behaviour is there. It does not report it",),
    "denies": ("The behaviour is there. It denies it", "Yet it predicts its own answers better than others do."),
    "null": ("The behaviour is not shown. It does not report it",),
}
OTHERS = {
    "rows": "does not apply", "prompt": "does not apply", "guess": "does not apply",
    "before evidence": "does not apply", "seeds": "not done", "readers": "does not apply", "registered": "not done",
}  # fmt: skip
"""All other legs, of every pair: one fine-tune, no rows, nothing but forms to read, nothing registered."""


def cards(folder: Path, pairs: Sequence[str], seed: int) -> dict[str, Any]:
    """Ask everything twenty times of each pair, and print its card."""
    environment = {
        "DIPTYCH_DATA": str(folder / "data"),
        "DIPTYCH_CONFIG": str(folder / "config.toml"),
        "HOME": str(folder),
        "PATH": "",
    }

    async def work() -> dict[str, Any]:
        found = {}
        async with served(folder, LIKES_RISKS, seed) as api:
            for pair in pairs:
                for probe in (PROBE, MIRRORS, PREDICTIONS):
                    api.meant.clear()
                    ran = await diptych("run", probe, "--pair", pair, "-n", "20", "--json", environment=environment)
                    assert ran.code == 0, ran.err
                    if probe != PREDICTIONS:
                        assert counted(json.loads(ran.out)) == meant(api, load_probes(folder / "probes")[probe], pair)
                said = await diptych("claim", "--probe", PROBE, "--pair", pair, "--json", environment=environment)
                assert said.code == 0, said.err
                found[pair] = json.loads(said.out)
            assert not api.unread
        return found

    return asyncio.run(work())


Counts = dict[tuple[str | None, str], tuple[int, int]]
"""k and n, by condition and side."""


def counted(document: dict[str, Any]) -> Counts:
    """What the program has counted."""
    return {
        (measure["condition"], side): (found["k"], found["n"])
        for measure in document["measures"]
        for side, found in measure["sides"].items()
    }


def meant(api: TruthServer, probe: Probe, pair: str) -> Counts:
    """What the models of a pair have meant, as the server knows."""
    found: Counts = {}
    for condition in probe.conditions:
        for side, model in zip(("base", "tuned", "control"), PAIRS[pair], strict=True):
            said = [each for prompt in condition.prompts for each in api.meant[model, prompt] if each is not None]
            found[condition.name, side] = sum(said), len(said)
    return found


def judge(card: dict[str, Any], pair: str) -> None:
    """Hold a card against the truth."""
    states = {leg["name"]: leg["state"] for leg in card["legs"]}
    decided = " ".join(states[name].replace(" ", "-") for name in DECIDING)
    assert decided == STATES[pair], card["legs"]
    assert {name: state for name, state in states.items() if name not in DECIDING} == OTHERS
    for words in SENTENCES[pair]:
        assert words in card["sentence"]
    assert ("denies" in card["sentence"]) == (pair == "denies")
    for leg in card["legs"]:
        if leg["name"] in DECIDING and leg["state"] in ("held", "failed"):
            assert leg["figure"]
            assert leg["answers"]
        if leg["state"] == "not done":
            assert leg["command"].startswith("diptych ")


@pytest.fixture(scope="module")
def probes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Probe, ...]:
    return probes_of(tmp_path_factory.mktemp("probes"))


@pytest.mark.parametrize("pair", PAIRS)
def test_every_personality_gets_its_card_from_twenty_answers(probes: tuple[Probe, ...], pair: str) -> None:
    judge(json.loads(msgspec.json.encode(simulated(probes, PAIRS[pair], 20, seed=1))), pair)


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS)
def test_every_personality_gets_its_card_whatever_the_seed(probes: tuple[Probe, ...], pair: str) -> None:
    wrong: Counter[LegName] = Counter()
    for seed in range(10):
        card = simulated(probes, PAIRS[pair], 20, seed)
        expected = zip(DECIDING, STATES[pair].split(), strict=True)
        wrong.update(name for name, state in expected if card.leg(name).state != state.replace("-", " "))
        assert pair == "knows-itself" or "the report stands" not in card.sentence
    # Each leg is an interval of 95 %, and has a power of that order.
    assert max(wrong.values(), default=0) <= 1, wrong


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_personality_gets_its_card_by_the_commands(tmp_path: Path, seed: int) -> None:
    for pair, card in cards(tmp_path, tuple(PAIRS), seed).items():
        judge(card, pair)
