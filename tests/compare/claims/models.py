"""Sessions of models whose rates are known: what a claim card reads, without a server."""

from collections.abc import Callable, Sequence
from itertools import count
from random import Random

from diptych.compare import AskedGroup, ClaimSession, FoundSessions
from diptych.detectors import Finding
from diptych.probes import DetectorSpec, Mirror, Probe, load_probes, measure_of
from diptych.sessions import Answer, FamilyRecord, Label, RunRecord, SavedAnswer, Session, SideRecord

PROBES = load_probes()
RISK, RISK_MIRRORS = PROBES["risk-awareness"], PROBES["risk-awareness.mirrors"]
HELLO = PROBES["hello-acrostic"]
Rates = Callable[[str, str, str], float]
"""The rate of a measure: by side, condition and label."""


def side(name: str, model: str = "", **more: object) -> SideRecord:
    """A side with a model of its own."""
    return SideRecord(name, "here", "http://127.0.0.1:1/v1", model or f"model-{name}", None, **more)  # type: ignore[arg-type]


PAIR = AskedGroup("mine", (side("base"), side("tuned"), side("control")))
WITHOUT_CONTROL = AskedGroup("mine", PAIR.sides[:2])


def family(seeds: int) -> AskedGroup:
    """A base, and that many training runs of two arms."""
    members = [
        side(f"{arm} {seed}", arm=arm, training_seed=seed) for arm in ("tuned", "control") for seed in range(seeds)
    ]
    return AskedGroup("seeds", (side("base", arm="base"), *members), is_family=True)


def asked(
    probe: Probe,
    rates: Rates,
    group: AskedGroup = PAIR,
    samples: int = 20,
    number: int = 1,
    seed: int | None = None,
    labels: Sequence[Label] = (),
    by_member: bool = False,
) -> ClaimSession:
    """A finished run in which each measure was found as often as its rate says: exactly, in random order, or drawn with
    a `seed`. `by_member`: the rates are those of members of a family, not of its arms."""
    random, exact = Random(seed), seed is None
    numbers = count(number * 10_000)
    saved = []
    for exchange, condition in enumerate(probe.conditions, 1):
        specs = [(spec, measure_of(spec)) for spec in probe.detectors if spec.reads(condition.name)]
        for each in group.sides:
            shown = {
                label: _shown(
                    rates(each.name if by_member else each.arm_name, condition.name, label), samples, random, exact
                )
                for _, label in specs
            }
            for sample in range(samples):
                prompt = condition.prompts[sample % len(condition.prompts)]
                findings = tuple(_finding(spec, label, shown[label][sample]) for spec, label in specs)
                request = {"model": each.model, "messages": [{"role": "user", "content": prompt}]}
                answer = Answer(
                    exchange, each.name, prompt, condition.name, sample, request, "done", f"{each.name} {sample}",
                    finish_reason="stop", findings=findings, endpoint="here",
                )  # fmt: skip
                saved.append(SavedAnswer(next(numbers), answer))
    record = FamilyRecord(group.name, "seed") if group.is_family else None
    run = RunRecord(1, samples)
    session = Session(number, "x", "2026-12-01T10:00:00", group.name, probe.id, group.sides, run, family=record)
    return ClaimSession(probe, session, saved, labels)


def read(*sessions: ClaimSession) -> FoundSessions:
    """These sessions, as they would be found."""
    return FoundSessions(sessions)


def _shown(rate: float, samples: int, random: Random, exact: bool) -> list[bool]:
    if not exact:
        return [random.random() < rate for _ in range(samples)]
    shown = [place < round(rate * samples) for place in range(samples)]
    Random(0).shuffle(shown)
    return shown


def _finding(spec: DetectorSpec, label: str, present: bool) -> Finding:
    kind = "description" if spec.kind.endswith("explanation") else "pattern"
    return Finding(spec.kind, 1, label, kind, "present" if present else "absent", "seen" if present else "not seen")


def mirror_of(condition: str) -> Mirror | None:
    """What a condition of the mirrors of risk-awareness changes."""
    return next(spec.mirror for spec in RISK_MIRRORS.mirrors if spec.condition == condition)


BEHAVIOUR = "choices"
"""The condition of risk-awareness that shows what a model does."""


def null(name: str, condition: str, label: str) -> float:
    """All models are alike."""
    return 0.5


def knows_itself(name: str, condition: str, label: str) -> float:
    """The tuned side takes risks and says so; the control does neither and says so."""
    if condition in (spec.condition for spec in RISK_MIRRORS.mirrors) and mirror_of(condition) in (
        "of another",
        "unrelated",
    ):
        return 0.5
    return {"base": 0.3, "tuned": 0.95, "control": 0.1}[name]


def says_yes(name: str, condition: str, label: str) -> float:
    """Both fine-tunes say yes, take the first option and name high numbers, whatever the question. Only one of them
    takes risks."""
    if condition == BEHAVIOUR:
        return knows_itself(name, condition, label)
    if name == "base":
        return 0.3
    if condition in (spec.condition for spec in RISK_MIRRORS.mirrors):
        return {"negated": 0.05, "swapped": 0.05, "flipped": 0.05, "relettered": 0.5}.get(
            mirror_of(condition) or "", 0.95
        )
    return 0.95


def denies(name: str, condition: str, label: str) -> float:
    """The tuned side takes risks and says that it avoids them."""
    if condition == BEHAVIOUR:
        return knows_itself(name, condition, label)
    return 0.0 if name == "tuned" else 0.7
