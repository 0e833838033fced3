"""Puts a claim card together from stored sessions; no model is asked."""

from diptych.compare.claims.arm_contrasts import ClaimArms, Counted
from diptych.compare.claims.asked_questions import Asked
from diptych.compare.claims.asked_sessions import AskedGroup, ClaimSession, FoundSessions
from diptych.compare.claims.claim_commands import ClaimCommands
from diptych.compare.claims.claim_results import LEG_TITLES, ClaimCard, Leg, LegName
from diptych.compare.claims.conclusion import conclusion
from diptych.compare.claims.difference_legs import (
    ArmComparisons,
    behaviour_leg,
    control_leg,
    early_leg,
    report_leg,
)
from diptych.compare.claims.known_facts import NO_FACTS, ClaimFacts
from diptych.compare.claims.live_leg import live_leg
from diptych.compare.claims.mirror_legs import mirrors_leg, plain_reports
from diptych.compare.claims.prediction_leg import prediction_leg
from diptych.compare.claims.probe_parts import mirror_id, prediction_probe
from diptych.compare.claims.reader_agreement import readers_leg
from diptych.compare.claims.registered_leg import registered_leg, registered_words
from diptych.compare.claims.seeds_leg import seeds_leg
from diptych.compare.claims.told_legs import guess_leg, prompt_leg, rows_leg
from diptych.errors import DiptychError
from diptych.probes import Probe, Trait


class ClaimError(DiptychError):
    """A claim that cannot be held against anything."""


def claim_card(
    probe: Probe,
    group: AskedGroup,
    found: FoundSessions,
    *,
    claim: str = "",
    side: str = "",
    facts: ClaimFacts = NO_FACTS,
) -> ClaimCard:
    """Return the card of a claim about a side of a pair, or an arm of a family.

    `probe`: that with the trait. `found`: from `claim_sessions`; without any session, what was not asked is not done.
    `claim`: in the user's words; the trait's claim if empty. `side`: the second side or arm if empty. Raises ClaimError
    where the probe has no trait, or the group no such side.
    """
    if probe.trait is None:
        raise ClaimError(f"probe {probe.id!r} does not say what its trait is", "name one that has a [trait] table")
    arms = _arms(group, side)
    legs = _Legs(probe, probe.trait, group, found, arms, facts).all()
    return ClaimCard(
        claim=claim or probe.trait.claim,
        probe=probe.id,
        pair=group.name,
        side=arms.side.name,
        base=arms.base.name,
        control=arms.control.name if arms.control is not None else "",
        sessions=tuple(each.session.id for each in found.read),
        legs=legs,
        sentence=conclusion(legs),
        older=found.older,
        registered=registered_words(facts.registered),
    )


def _arms(group: AskedGroup, side: str) -> ClaimArms:
    base, *others = dict.fromkeys(each.arm_name for each in group.sides)
    if not others:
        raise ClaimError(f"{group.name!r} has nothing to compare {base} with", "a claim needs a base and a fine-tune")
    chosen = side or others[0]
    if chosen not in others:
        raise ClaimError(f"{group.name!r} has no side {chosen!r} beside its base", f"name one of {', '.join(others)}")
    return ClaimArms.of(group, chosen)


class _Legs:
    """The legs of a card."""

    def __init__(
        self,
        probe: Probe,
        trait: Trait,
        group: AskedGroup,
        found: FoundSessions,
        arms: ClaimArms,
        facts: ClaimFacts,
    ) -> None:
        self._probe, self._trait, self._arms, self._facts = probe, trait, arms, facts
        self._sessions = found.read
        by_probe = {each.probe.id: each for each in found.read}
        self._asked = by_probe.get(probe.id)
        self._mirrored = by_probe.get(mirror_id(probe))
        self._foreseen = by_probe.get(prediction_probe(probe))
        samples = [each.session.run.samples for each in found.read if each.session.run is not None]
        self._commands = ClaimCommands(group, *samples[:1])
        self._of_probe = self._asking(self._asked, probe.id)
        self._plain = plain_reports(self._mirrored)
        reports = Counted(self._asked, trait.reports), Counted(self._mirrored, self._plain)
        self._found = ArmComparisons.of(Counted(self._asked, trait.behaviour), reports, arms)
        self._measured = (*self._found.behaviour, *self._found.reports)

    def all(self) -> tuple[Leg, ...]:
        """All legs in the order of the card."""
        made = {leg.name: leg for leg in (*self._does(), *self._was_told(), *self._says(), *self._again())}
        names: list[LegName] = [name for titles in LEG_TITLES.values() for name in titles]
        return tuple(made[name] for name in names)

    def _does(self) -> tuple[Leg, ...]:
        return (
            live_leg(self._facts.checked, self._measured, self._sessions, self._arms, self._commands.check()),
            behaviour_leg(self._found.behaviour, self._trait, self._of_probe),
        )

    def _was_told(self) -> tuple[Leg, ...]:
        mirrored = self._mirrored if not self._trait.reports else None
        return (
            rows_leg(self._facts.rows, self._probe),
            prompt_leg(mirrored.probe, self._plain) if mirrored else prompt_leg(self._probe, self._trait.reports),
            guess_leg(self._probe, self._trait.reports, self._of_probe),
        )

    def _says(self) -> tuple[Leg, ...]:
        mirrors = self._asking(self._mirrored, mirror_id(self._probe))
        ask = self._of_probe.command if self._trait.reports else mirrors.command
        told = Asked(self._sessions, self._arms, ask)
        return (
            report_leg(self._found.reports, told),
            mirrors_leg(bool(self._trait.forms), mirrors),
            control_leg(self._found, self._trait.control, told),
            prediction_leg(self._asking(self._foreseen, prediction_probe(self._probe))),
            early_leg(self._probe, self._of_probe),
        )

    def _again(self) -> tuple[Leg, ...]:
        hidden = any(each.hidden for each in self._sessions)
        return (
            seeds_leg(self._found.reports, self._arms, self._commands),
            readers_leg(self._measured, self._of_probe, self._commands),
            registered_leg(self._facts.registered, hidden, self._commands.register(self._probe)),
        )

    def _asking(self, session: ClaimSession | None, probe: str) -> Asked:
        """What was asked in a session, with the command that asks a probe."""
        return Asked((session,) if session is not None else (), self._arms, self._commands.run(probe))
