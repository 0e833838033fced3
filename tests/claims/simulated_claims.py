"""Claim cards of models of known truth without a server: many, quickly, through the same detectors and counts."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random

from diptych.compare import AskedGroup, ClaimCard, ClaimSession, FoundSessions, claim_card
from diptych.detectors import Finding, make_detector
from diptych.probes import Condition, Probe, load_probes
from diptych.sessions import Answer, RunRecord, SavedAnswer, Session, SideRecord
from tests.claims.personalities import answer
from tests.claims.question_reading import Question, read
from tests.claims.truth_probe import LIKES_RISKS

_SIDES = ("base", "tuned", "control")


def probes_of(folder: Path, text: str = LIKES_RISKS) -> tuple[Probe, ...]:
    """The probe, and what is made from its trait."""
    (folder / "likes-risks.toml").write_text(text)
    return tuple(probe for name, probe in load_probes(folder).items() if name.startswith("likes-risks"))


def simulated(probes: Sequence[Probe], models: Sequence[str], samples: int, seed: int) -> ClaimCard:
    """The card of one run of each probe. `models`: base, tuned and control, of WORLD."""
    sides = tuple(SideRecord(side, "v", None, model, None) for side, model in zip(_SIDES, models, strict=True))
    random, read_ = Random(f"{seed}|{models}"), []
    for number, probe in enumerate(probes, 1):
        session = Session(number, "", "2026-01-01", "pair", probe.id, sides, RunRecord(seed, samples))
        answers = list(_answers(probe, models, samples, random))
        saved = [SavedAnswer(1_000 * number + place, each) for place, each in enumerate(answers)]
        read_.append(ClaimSession(probe, session, saved))
    return claim_card(probes[0], AskedGroup("pair", sides), FoundSessions(tuple(read_)))


def _answers(probe: Probe, models: Sequence[str], samples: int, random: Random) -> Iterator[Answer]:
    for exchange, condition in enumerate(probe.conditions):
        for side, model in zip(_SIDES, models, strict=True):
            for sample in range(samples):
                prompt = condition.prompts[sample % len(condition.prompts)]
                text = answer(model, _question(prompt), random).text
                request = {"model": model, "messages": [{"role": "user", "content": prompt}], "temperature": 1.0}
                found = _found(probe, condition, prompt, text)
                yield Answer(
                    exchange, side, prompt, condition.name, sample, request, "done", text,
                    findings=found, endpoint="http://127.0.0.1/v1",
                )  # fmt: skip


@cache
def _question(prompt: str) -> Question | None:
    return read(prompt)


_FOUND: dict[tuple[str, str, str, str], tuple[Finding, ...]] = {}


def _found(probe: Probe, condition: Condition, prompt: str, text: str) -> tuple[Finding, ...]:
    """What the detectors of a condition say: once for each answer, of which there are not many."""
    key = probe.id, condition.name, prompt, text
    if key not in _FOUND:
        findings = []
        for spec in probe.detectors:
            if spec.reads(condition.name):
                watch = make_detector(spec.kind, spec.settings, prompt)
                watch.feed(text)
                findings.append(watch.finish()[0])
        _FOUND[key] = tuple(findings)
    return _FOUND[key]
