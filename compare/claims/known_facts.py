"""What is known about a claim besides the answers: training rows, checks of the pair, registrations."""

from collections.abc import Mapping
from typing import NamedTuple

from diptych.compare.claims.asked_sessions import AskedGroup, FoundSessions
from diptych.compare.claims.liveness_record import LivenessRecord, remembered_liveness
from diptych.compare.counts import RegisteredResult, registered_result
from diptych.detectors import TrainingRows
from diptych.sessions import Store


class ClaimFacts(NamedTuple):
    """What is known besides the answers."""

    rows: TrainingRows | None = None
    """The rows that the side was fine-tuned on."""
    checked: Mapping[str, LivenessRecord] = {}
    """What the last check found, by the names of sides or members."""
    registered: Mapping[int, RegisteredResult] = {}
    """What became of the registrations of sessions, by the numbers of the sessions; not of those with hidden sides."""


NO_FACTS = ClaimFacts()


def claim_facts(store: Store, group: AskedGroup, found: FoundSessions, rows: TrainingRows | None = None) -> ClaimFacts:
    """Return what the store knows of a pair or family and of the sessions of a claim. Raises StoreError."""
    base, *others = group.sides
    checked = {side.name: remembered_liveness(store, base, side) for side in others}
    registered = {
        each.session.id: registered_result(store, each.session, each.probe, each.saved)
        for each in found.read
        if not each.hidden
    }
    return ClaimFacts(
        rows,
        {name: record for name, record in checked.items() if record is not None},
        {number: result for number, result in registered.items() if result is not None},
    )
