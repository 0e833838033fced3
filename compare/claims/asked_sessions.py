"""The sessions that a claim card reads: those of the probe, of its mirrors and of its predictions, asked of one pair or
family."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from diptych.compare.counts import Tally, answers_in_the_open, tally_of
from diptych.probes import Probe
from diptych.sessions import Label, SavedAnswer, Session, SideRecord, Store, still_hidden


class AskedGroup(NamedTuple):
    """A pair or a family of which a claim is made."""

    name: str
    sides: tuple[SideRecord, ...]
    """The sides of the pair, or the members of the family; the base first."""
    is_family: bool = False

    @classmethod
    def of(cls, session: Session) -> "AskedGroup":
        """The pair or family that a session asked."""
        return cls(session.pair, session.sides, session.family is not None)


@dataclass(frozen=True)
class ClaimSession:
    """A stored session with what was asked in it."""

    probe: Probe
    session: Session
    saved: Sequence[SavedAnswer]
    """All its answers."""
    labels: Sequence[Label] = ()
    hidden: Collection[int] = ()
    """The numbers of the answers whose sides are hidden. Questions with one of them are not counted."""

    @cached_property
    def shown(self) -> list[SavedAnswer]:
        """The answers that are counted."""
        return answers_in_the_open(self.saved, self.hidden)

    @cached_property
    def tally(self) -> Tally:
        """The counts of these answers."""
        tally = tally_of(self.session, (row.answer for row in self.shown))
        tally.add_labels(self.shown, self.labels)
        return tally


class FoundSessions(NamedTuple):
    """The sessions that a card reads, and those that it could have read."""

    read: tuple[ClaimSession, ...]
    """At most one of each probe."""
    older: tuple[int, ...] = ()
    """The numbers of other sessions of the same probes and models: results that are not on the card."""


def claim_sessions(
    store: Store, probes: Sequence[Probe], group: AskedGroup, chosen: Collection[int] = ()
) -> FoundSessions:
    """Find the sessions of a claim: of each probe the `chosen` one, or else the newest run, or else the newest session.

    `probes`: that of the claim, then those that were made from its trait. A session counts only where its models are
    those of the group. Raises StoreError.
    """
    counts = store.answer_counts()
    asked = [session for session in store.sessions() if counts.get(session.id) and _asks(session, group)]
    read, older = [], []
    for probe in probes:
        own = [session for session in asked if session.probe == probe.id]
        own.sort(key=lambda session: (session.id in chosen, session.run is not None, session.id), reverse=True)
        if own:
            read.append(_with_answers(store, own[0], probe))
            older += [session.id for session in own[1:]]
    return FoundSessions(tuple(read), tuple(sorted(older)))


def _with_answers(store: Store, session: Session, probe: Probe) -> ClaimSession:
    saved, labels = store.answers(session.id), store.labels(session.id)
    hidden = still_hidden(saved, labels) if store.was_blind(session.id) else ()
    return ClaimSession(probe, session, saved, labels, hidden)


def _asks(session: Session, group: AskedGroup) -> bool:
    """Whether a session asks models of the group in their places: the base, and at least one more."""
    asked, known = _models(session.sides), _models(group.sides)
    same_kind = (session.family is not None) == group.is_family
    return same_kind and len(asked) > 1 and group.sides[0].name in asked and asked.items() <= known.items()


def _models(sides: Sequence[SideRecord]) -> dict[str, str]:
    return {side.name: side.model for side in sides}
