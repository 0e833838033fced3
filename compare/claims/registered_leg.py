"""The leg that asks whether the test was written down before the answers were there."""

from collections.abc import Mapping
from datetime import datetime

from diptych.compare.claims.claim_results import Leg
from diptych.compare.counts import RegisteredResult


def registered_leg(registered: Mapping[int, RegisteredResult], hidden: bool, command: str) -> Leg:
    """Held where a session of the card was made under a registration and none that was deviates from its own in
    anything; failed where one does.

    `registered`: what became of the registrations, by the numbers of the sessions. `hidden`: whether the sides of a
    session are hidden; then it is not told.
    """
    if hidden:
        return Leg("registered", "not done", reason="the sides are still hidden")
    known = [result for result in registered.values() if result.known]
    if not known:
        unknown = next(iter(registered.values()), None)
        if unknown is None:
            return Leg("registered", "not done", reason="no session was registered", command=command)
        return Leg("registered", "not done", f"plan {unknown.id}", "this store does not have it")
    deviating = next((result for result in known if result.deviations), None)
    if deviating is not None:
        number = len(deviating.deviations)
        reason = f"plan {deviating.id}: {deviating.deviations[0].words}"
        return Leg("registered", "failed", f"{number} deviation{'s' * (number != 1)}", reason)
    plans = ", ".join(result.id for result in known)
    return Leg("registered", "held", f"plan {plans}", f"N {known[0].samples}, primary: {known[0].primary.measure}")


def registered_words(registered: Mapping[int, RegisteredResult]) -> str:
    """For example "7f3a, 3 Dec"; "" without a registration that the store has."""
    return ", ".join(f"{each.id}, {_date(each.written)}" for each in registered.values() if each.known)


def _date(written: str) -> str:
    """For example "3 Dec"; the year is in the file."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return written[:10]
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{found.day} {months[found.month - 1]}"
