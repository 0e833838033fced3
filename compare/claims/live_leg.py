"""The leg that asks whether the fine-tune was asked at all: whether the side's answers are those of another model."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from diptych.compare.claims.arm_contrasts import ArmContrast, ClaimArms, corrected_together
from diptych.compare.claims.asked_sessions import ClaimSession
from diptych.compare.claims.claim_results import Leg
from diptych.compare.claims.leg_words import behind, rates_words, tested_words
from diptych.compare.claims.liveness_record import LivenessRecord
from diptych.sessions import Answer

_ROUTE_OF_MODE = {"chat": "chat", "text": "plain text", "user": "the user's turn", "quoted": "chat"}
"""The routes on which questions are asked."""
_OF_THE_QUESTION = frozenset((
    "model", "messages", "prompt", "n", "seed", "temperature", "top_p", "max_tokens", "max_completion_tokens", "stop",
    "logprobs", "top_logprobs", "stream", "stream_options",
))  # fmt: skip
"""Fields of a request that do not say which model answers it."""


def live_leg(
    checked: Mapping[str, LivenessRecord],
    measured: Sequence[ArmContrast],
    sessions: Sequence[ClaimSession],
    arms: ClaimArms,
    command: str,
) -> Leg:
    """Held where a check found that the side and the base give different first tokens on every route that could be
    tried (total variation, exact permutation test at 1 %, see `checks.liveness`); failed where it found a route on
    which they cannot be told apart.

    Without a check it is held where stored answers on every route that was asked differ from the base's in a measure of
    the trait, in either direction, at 5 % after Holm's correction over all behaviours and reports. If they do not, the
    fine-tune may be live all the same: then it is not done. What is asked in the base's arm, too, at the same
    address in the same way, is never live, whatever was measured: failed.

    `checked`: what was found of the members of the side's arm, by their names.
    """
    if model := _model_of_both(arms, sessions):
        return Leg("live", "failed", reason=f"{arms.side.name} and {arms.base.name} are {model}", command=command)
    found = [checked[member.name] for member in arms.side.members if member.name in checked]
    for each in found:
        if dead := sorted(route for route, works in each.routes.items() if works is False):
            return Leg("live", "failed", f"not live: {', '.join(dead)}", each.detail, command)
    live = [route for route in (found[0].routes if found else ()) if all(each.routes.get(route) for each in found)]
    if "chat" in live and len(found) == len(arms.side.members):
        return Leg("live", "held", ", ".join(live), found[0].detail)
    return _from_sessions(corrected_together(measured), sessions, arms, command)


def _from_sessions(
    measured: Sequence[ArmContrast],
    sessions: Sequence[ClaimSession],
    arms: ClaimArms,
    command: str,
) -> Leg:
    members = [side.name for arm in (arms.base, arms.side) for side in arm.members]
    asked = {_ROUTE_OF_MODE[row.answer.mode] for each in sessions for row in each.shown if row.answer.side in members}
    differing = [each for each in measured if each.differs]
    shown = {
        _ROUTE_OF_MODE[condition.mode]
        for each in differing
        if (condition := each.asked.probe.condition(each.condition)) is not None
    }
    if not asked or not asked <= shown:
        return Leg("live", "not done", reason="not checked", command=command)
    best = min(differing, key=lambda each: each.p_holm or 0.0)
    reason = f"{', '.join(sorted(shown))}: {best.measure.label}, {tested_words(best)}"
    answers = behind(best.asked.shown, [best.condition], members)
    return Leg("live", "held", rates_words(best), reason, answers=answers)


def _model_of_both(arms: ClaimArms, sessions: Iterable[ClaimSession]) -> str:
    """A model of the side's arm, if all of them are asked in the base's arm in the same way; "" otherwise."""
    base, own = (
        {(each.base_url or each.endpoint, each.model, each.system) for each in arm.members}
        for arm in (arms.base, arms.side)
    )
    if not own <= base:
        return ""
    of_base, of_side = set[bytes](), set[bytes]()
    names = [{member.name for member in arm.members} for arm in (arms.base, arms.side)]
    for row in (row for each in sessions for row in each.shown):
        for found, members in zip((of_base, of_side), names, strict=True):
            if row.answer.side in members:
                found.add(_further_fields(row.answer))
    return min(own)[1] if of_base == of_side else ""


def _further_fields(answer: Answer) -> bytes:
    """What else was sent, such as the adapter that a server is to use."""
    further = {name: value for name, value in answer.request.items() if name not in _OF_THE_QUESTION}
    return msgspec.json.encode(further, order="deterministic")
