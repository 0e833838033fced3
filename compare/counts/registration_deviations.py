"""Compares what was asked with what was registered: every deviation, in plain words. Nothing here stops anybody."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from diptych.compare.answers import ABOUT_ANSWERS, Question
from diptych.compare.counts.primary_test import primary_test
from diptych.compare.counts.registered_identities import wording_digest
from diptych.compare.counts.registered_results import Deviation, RegisteredResult
from diptych.compare.counts.registered_settings import (
    other_detectors,
    other_judges,
    other_models,
    other_settings,
)
from diptych.number_words import short
from diptych.probes import Probe
from diptych.sessions import (
    Answer,
    Primary,
    RegisteredArm,
    Registration,
    RunRegistration,
    SavedAnswer,
    Session,
    Store,
    StoreError,
)

_SHOWN = 60
"""Characters of a wording that are shown."""


class StoreFacts(NamedTuple):
    """What the store tells of a registration besides the session that was made under it."""

    asked_before: Mapping[int, int] = {}
    """How many answers to the same questions there were before, by session."""
    other_primaries: Mapping[str, Primary] = {}
    """The primary tests of other registrations of the same probe and pair that were run, by their names."""
    also_run: Sequence[int] = ()
    """Other sessions that were made under it."""


NO_FACTS = StoreFacts()


def registration_of(store: Store, session: Session) -> Registration | None:
    """The registration that a session was made under; None if there is none, or the store does not have it. Raises
    StoreError."""
    under = _run_under(session)
    return store.registration(under.id) if under is not None else None


def registered_result(
    store: Store, session: Session, probe: Probe | None, saved: Sequence[SavedAnswer] | None = None
) -> RegisteredResult | None:
    """What became of the registration of a session; None if it was made under none. Where the store does not have it as
    it was written, deviations are not known. `saved`: its answers, if they were read already. Raises StoreError."""
    under = _run_under(session)
    if under is None:
        return None
    registration = _as_written(store, under.id)
    answers = saved if saved is not None else store.answers(session.id)
    tested = primary_test(session, under.primary, [row.answer for row in answers])
    result = RegisteredResult(under.id, "", under.primary, tested.p_value, tested.name, tested.passed)
    if registration is None:
        return result
    facts = store_facts(store, registration, session, answers)
    found = deviations(registration, session, answers, probe, facts)
    return replace(
        result,
        written=registration.written,
        deviations=(*tested.deviations, *found),
        samples=registration.samples,
        stop=registration.stop,
    )


def store_facts(store: Store, registration: Registration, session: Session, saved: Sequence[SavedAnswer]) -> StoreFacts:
    """What the store tells of a registration. Raises StoreError."""
    prompts = {row.answer.prompt for row in saved if _is_registered(registration, row.answer)}
    before = store.asked_before(registration.written, prompts, {arm.model for arm in registration.arms})
    if registration.rates is not None:
        before.pop(registration.rates.pilot or 0, None)
    own, others, also_run = _run_under(session), {}, []
    for other in store.sessions():
        under = _run_under(other)
        if under is None or other.id == session.id:
            continue
        if own is not None and under.id == own.id:
            also_run.append(other.id)
        elif (other.probe, other.pair) == (session.probe, session.pair):
            others[under.id] = under.primary
    return StoreFacts(before, others, sorted(also_run))


def deviations(
    registration: Registration,
    session: Session,
    saved: Sequence[SavedAnswer],
    probe: Probe | None = None,
    facts: StoreFacts = NO_FACTS,
) -> tuple[Deviation, ...]:
    """Every deviation of a session from its registration. `probe`: as it is now, where it is known; the settings of its
    detectors are compared. All else is read from the answers. Those to questions that no probe asks are left
    out."""
    answers = [row.answer for row in saved if row.answer.condition not in (None, *ABOUT_ANSWERS)]
    return (
        *_samples(registration, session, answers),
        *_questions(registration, answers),
        *other_models(registration, session, answers),
        *other_settings(registration, answers),
        *other_detectors(registration, answers, probe),
        *other_judges(registration, answers),
        *_excluded(registration, answers),
        *_asked_before(facts),
        *_run_again(facts),
        *_primaries(registration, facts),
    )


def _is_registered(registration: Registration, answer: Answer) -> bool:
    wording = wording_digest(answer.prompt, answer.mode, answer.prefill)
    return any(wording in each.wordings for each in registration.conditions if each.name == answer.condition)


def _samples(registration: Registration, session: Session, answers: Sequence[Answer]) -> Iterator[Deviation]:
    planned = session.run.samples if session.run is not None else None
    if planned != registration.samples:
        yield Deviation("samples", f"{registration.samples} samples were registered, {planned} were planned")
    expected = min(registration.samples, planned or registration.samples)
    came: dict[str, set[int]] = defaultdict(set)
    for answer in answers:
        if _of_primary(registration, answer) and (answer.finished or answer.state == "failed"):
            came[answer.side].add(answer.sample)
    behind = [
        f"{arm.name} {len(came[arm.name])}"
        for arm in registration.arms
        if len(came[arm.name]) < expected and _is_compared(registration, arm)
    ]
    if behind:
        where = registration.primary.condition
        yield Deviation("samples", f"of {expected} samples in {where!r} there are: {', '.join(behind)}")


def _questions(registration: Registration, answers: Iterable[Answer]) -> Iterator[Deviation]:
    asked: dict[str, dict[str, str]] = defaultdict(dict)
    for answer in answers:
        wording = wording_digest(answer.prompt, answer.mode, answer.prefill)
        asked[answer.condition or ""].setdefault(wording, answer.prompt)
    known = {each.name: each for each in registration.conditions}
    for name, wordings in asked.items():
        if name not in known:
            yield Deviation("question", f"the condition {name!r} was not registered")
            continue
        for wording, prompt in wordings.items():
            if wording not in known[name].wordings:
                yield Deviation("question", f"{name!r}: this wording was not registered: {_beginning(prompt)!r}")
    for condition in registration.conditions:
        own = asked.get(condition.name)
        if own is None:
            yield Deviation("question", f"the condition {condition.name!r} was registered and not asked")
        elif missing := set(condition.wordings[: registration.samples]) - own.keys():
            number = f"{len(missing)} of {len(condition.wordings)}"
            yield Deviation("question", f"{condition.name!r}: {number} registered wordings were not asked")


def _excluded(registration: Registration, answers: Iterable[Answer]) -> Iterator[Deviation]:
    """Sides of the primary test of which too many answers were left out. One that failed is left out too. Where the
    measure counts nothing at all, the primary test says so."""
    of: Counter[str] = Counter()
    out: Counter[str] = Counter()
    for answer in answers:
        if not _of_primary(registration, answer) or not (answer.finished or answer.state == "failed"):
            continue
        of[answer.side] += 1
        out[answer.side] += not _is_judged(registration.primary, answer)
    bound = registration.bound_excluded
    if of == out:
        return
    for arm in registration.arms:
        if _is_compared(registration, arm) and out[arm.name] > bound * of[arm.name]:
            left_out = f"{out[arm.name]} of {of[arm.name]} answers were left out"
            yield Deviation("excluded", f"{arm.name}: {left_out}, the registered bound is {short(bound)}")


def _is_judged(primary: Primary, answer: Answer) -> bool:
    """Whether the primary measure counts an answer."""
    found = (f for f in answer.counted().findings if (f.detector, f.label) == (primary.detector, primary.measure))
    return any(finding.outcome != "excluded" for finding in found)


def _asked_before(facts: StoreFacts) -> Iterator[Deviation]:
    if facts.asked_before:
        total, places = sum(facts.asked_before.values()), ", ".join(map(str, sorted(facts.asked_before)))
        sessions = "session" if len(facts.asked_before) == 1 else "sessions"
        answers = "1 answer was" if total == 1 else f"{total} answers were"
        yield Deviation("asked before", f"{answers} there before it was registered ({sessions} {places})")


def _run_again(facts: StoreFacts) -> Iterator[Deviation]:
    if facts.also_run:
        sessions = "session" if len(facts.also_run) == 1 else "sessions"
        yield Deviation("run again", f"it was run more than once: {sessions} {', '.join(map(str, facts.also_run))} too")


def _primaries(registration: Registration, facts: StoreFacts) -> Iterator[Deviation]:
    own = registration.primary
    for name, other in facts.other_primaries.items():
        if (other.measure, other.condition) != (own.measure, own.condition):
            yield Deviation("primary", f"{name}, which was run too, has another primary: {other.words}")


def _as_written(store: Store, name: str) -> Registration | None:
    """The registration of that name; None if the store does not have it, or another text in its place."""
    try:
        return store.registration(name)
    except StoreError:
        return None


def _run_under(session: Session) -> RunRegistration | None:
    return session.run.registered if session.run is not None else None


def _of_primary(registration: Registration, answer: Answer) -> bool:
    return Question.of(answer).group == registration.primary.condition


def _is_compared(registration: Registration, arm: RegisteredArm) -> bool:
    """Whether a side, or a member of a family, takes part in the primary test."""
    return (arm.arm or arm.name) in (registration.primary.side, registration.primary.base)


def _beginning(prompt: str) -> str:
    words = " ".join(prompt.split())
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"
