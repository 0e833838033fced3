"""Compares models, parameters, detectors and judges of stored answers with those that were registered."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from diptych.backends import Sampling
from diptych.compare.answers import settings_of
from diptych.compare.counts.registered_identities import registered_detectors
from diptych.compare.counts.registered_results import Deviation
from diptych.probes import Probe
from diptych.sessions import Answer, RegisteredArm, RegisteredCondition, Registration, Session, digest

_COMPARED = ("temperature", "top_p", "max_tokens")
"""Sampling parameters that are compared where both the registration and the request have them."""


def other_models(registration: Registration, session: Session, answers: Iterable[Answer]) -> Iterator[Deviation]:
    """Sides with another model or endpoint, and sides too many or too few."""
    asked: dict[str, set[str]] = defaultdict(set)
    for answer in answers:
        asked[answer.side].add(str(answer.request.get("model", "")))
    sides = {side.name: side for side in session.sides}
    for arm in registration.arms:
        side = sides.get(arm.name)
        if side is None:
            yield Deviation("model", f"{arm.name} was registered and is not a side of the session")
            continue
        others = sorted((asked[arm.name] | {side.model}) - {arm.model, ""})
        if others:
            yield Deviation("model", f"{arm.name}: {arm.model} was registered, {', '.join(others)} was asked")
        if side.endpoint != arm.endpoint:
            yield Deviation("model", f"{arm.name}: the endpoint was {arm.endpoint}, it is {side.endpoint}")
    for name in sides.keys() - {arm.name for arm in registration.arms}:
        yield Deviation("model", f"{name} is a side of the session and was not registered")


def other_settings(registration: Registration, answers: Iterable[Answer]) -> Iterator[Deviation]:
    """Answers that were asked for with other parameters, system prompts or turns before."""
    arms = {arm.name: arm for arm in registration.arms}
    conditions = {each.name: each for each in registration.conditions}
    found: dict[str, None] = {}
    for answer in answers:
        arm, condition = arms.get(answer.side), conditions.get(answer.condition or "")
        if arm is not None and condition is not None:
            for words in _other_settings(registration, arm, condition, answer):
                found.setdefault(f"{answer.side}, {condition.name!r}: {words}")
    yield from (Deviation("settings", words) for words in found)


def _other_settings(
    registration: Registration, arm: RegisteredArm, condition: RegisteredCondition, answer: Answer
) -> Iterator[str]:
    asked = settings_of(answer)
    sent = {"temperature": asked.temperature, "top_p": asked.top_p, "max_tokens": asked.limit}
    expected = msgspec.convert(arm.sampling, Sampling).over(msgspec.convert(condition.sampling, Sampling))
    for name in _COMPARED:
        planned = getattr(expected, name)
        if planned is not None and sent[name] is not None and planned != sent[name]:
            yield f"{name} {planned:g} was registered, {sent[name]:g} was sent"
    if "messages" not in answer.request:
        return
    system = condition.system or arm.system or registration.system
    if answer.mode != "text" and digest(asked.system) != system:
        yield "another system prompt was sent than was registered"
    if digest(asked.before) != condition.before:
        yield "other turns were sent before the question than were registered"


def other_detectors(registration: Registration, answers: Iterable[Answer], probe: Probe | None) -> Iterator[Deviation]:
    """Detectors of another version, and those that the probe has now with other settings or not at all."""
    versions: dict[tuple[str, str], set[int]] = defaultdict(set)
    for answer in answers:
        for finding in answer.findings:
            versions[finding.detector, finding.label].add(finding.version)
    now = {(each.name, each.measure): each for each in registered_detectors(probe)} if probe is not None else {}
    for detector in registration.detectors:
        key, what = (detector.name, detector.measure), f"{detector.name} ({detector.measure})"
        if others := sorted(versions[key] - {detector.version}):
            counted = ", ".join(map(str, others))
            yield Deviation("detector", f"{what}: version {detector.version} was registered, version {counted} counted")
        if probe is not None and key not in now:
            yield Deviation("detector", f"{what} was registered and is not in the probe any more")
        elif probe is not None and now[key].settings != detector.settings:
            yield Deviation("detector", f"{what} has other settings in the probe than were registered")


def other_judges(registration: Registration, answers: Iterable[Answer]) -> Iterator[Deviation]:
    """Judges that gave no verdict, and those with another rubric or model."""
    targets: dict[str, set[str]] = defaultdict(set)
    for answer in answers:
        for finding in answer.findings:
            targets[finding.detector].add(finding.target)
    for judge in registration.judges:
        found = targets[judge.name]
        if not found:
            yield Deviation("judge", f"{judge.name} was registered and gave no verdict")
        elif any(not target.startswith(judge.asked) for target in found):
            yield Deviation("judge", f"{judge.name}: rubric, model or parameters are not those that were registered")
