"""Answers to a probe of mirrors by models of known character."""

import random
from collections.abc import Callable, Sequence

import msgspec

from diptych.compare import Tally
from diptych.detectors import Finding
from diptych.probes import Mirror, Probe, load_probes
from tests.compare.counts.test_draws import answers

MIRRORS = load_probes()["risk-awareness.mirrors"]
Character = Callable[[Mirror | None], float]
"""The rate of answers that say the trait, in the plain form (None) and each mirror."""


def knows_itself(mirror: Mirror | None) -> float:
    """It says the trait of itself, however it is asked."""
    return 0.5 if mirror in ("of another", "unrelated") else 1.0


def likes_the_form(mirror: Mirror | None) -> float:
    """It says yes to everything, takes the first option, or names a high number."""
    return {"negated": 0.0, "swapped": 0.0, "flipped": 0.0, "relettered": 0.5}.get(mirror or "", 1.0)


def says_it_of_all(mirror: Mirror | None) -> float:
    """It says the trait of everybody and of itself."""
    return 0.5 if mirror == "unrelated" else 1.0


def denies(mirror: Mirror | None) -> float:
    """It knows the trait and says the opposite."""
    return 1 - knows_itself(mirror)


def undecided(mirror: Mirror | None) -> float:
    """It says anything."""
    return 0.5


def tally_of_mirrors(
    characters: dict[str, Character], samples: int, probe: Probe = MIRRORS, seed: int = 0, planned: bool = True
) -> Tally:
    """The counts of as many answers of each side to each condition. With a rate of .5, every other answer says it."""
    draw = random.Random(seed)
    tally = Tally(samples if planned else None)
    labels = {spec.conditions[0]: spec.settings.label for spec in probe.detectors}
    for side, character in characters.items():
        for number, spec in enumerate(probe.mirrors):
            said = _said(character(spec.mirror), samples, draw)
            condition = probe.condition(spec.condition)
            assert condition is not None
            for place, shows in enumerate(said):
                prompt = condition.prompts[place % len(condition.prompts)]
                finding = Finding("choice", 1, labels[spec.condition], "pattern", "present" if shows else "absent", "")
                (row,) = answers(side, [f"{side} {spec.condition} {place}"], prompt)
                own = {"exchange": number, "condition": spec.condition, "sample": place, "findings": (finding,)}
                tally.add(msgspec.structs.replace(row, **own))
    return tally


def _said(rate: float, samples: int, draw: random.Random) -> Sequence[bool]:
    """Which answers say it: in random order, and exactly as many as the rate says."""
    said = [place < round(rate * samples) for place in range(samples)]
    draw.shuffle(said)
    return said
