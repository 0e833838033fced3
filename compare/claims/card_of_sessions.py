"""Puts a claim card together from stored sessions; no model is asked."""

from typing import NamedTuple

from diptych.compare.claims.claim_card import LEG_TITLES, ClaimCard, Leg
from diptych.compare.claims.claim_sessions import AskedGroup, FoundSessions
from diptych.detectors import TrainingRows
from diptych.errors import DiptychError
from diptych.probes import Probe


class ClaimError(DiptychError):
    """A claim that cannot be held against anything."""


class ClaimFacts(NamedTuple):
    """What is known besides the sessions."""

    rows: TrainingRows | None = None
    """The rows that the side was fine-tuned on."""


_NO_FACTS = ClaimFacts()


def claim_card(
    probe: Probe,
    group: AskedGroup,
    found: FoundSessions,
    *,
    claim: str = "",
    side: str = "",
    facts: ClaimFacts = _NO_FACTS,
) -> ClaimCard:
    """Return the card of a claim about a side of a pair, or an arm of a family.

    `probe`: that with the trait. `found`: from `claim_sessions`; without any session, what was not asked is not done.
    `claim`: in the user's words; the trait's claim if empty. `side`: the second side or arm if empty. Raises ClaimError
    where the probe has no trait, or the group no such side.
    """
    if probe.trait is None:
        raise ClaimError(f"probe {probe.id!r} does not say what its trait is", "add a [trait] table to its file")
    arms = list(dict.fromkeys(each.arm_name for each in group.sides))
    chosen = side or next(iter(arms[1:]), "")
    if chosen not in arms[1:]:
        raise ClaimError(f"{group.name!r} has no side {chosen!r} beside its base", f"name one of {', '.join(arms[1:])}")
    legs = [Leg(name, "not done") for titles in LEG_TITLES.values() for name in titles]
    return ClaimCard(
        claim=claim or probe.trait.claim,
        probe=probe.id,
        pair=group.name,
        side=chosen,
        base=arms[0],
        control="control" if "control" in arms and chosen != "control" else "",
        sessions=tuple(each.session.id for each in found.read),
        legs=tuple(legs),
        sentence="",
    )
