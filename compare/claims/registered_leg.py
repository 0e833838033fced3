"""The leg that asks whether the test was written down before the answers were there."""

from collections.abc import Mapping
from datetime import datetime

from diptych.compare.claims.asked_sessions import ClaimSession
from diptych.compare.claims.claim_results import Leg
from diptych.compare.counts import RegisteredResult


def registered_leg(told: ClaimSession | None, registered: Mapping[int, RegisteredResult], command: str) -> Leg:
    """Held where the session that has the report was made under a registration and deviates from it in nothing; failed
    where it deviates."""
    result = registered.get(told.session.id) if told is not None else None
    if result is None:
        return Leg("registered", "not done", command=command)
    if not result.known:
        return Leg("registered", "not done", f"plan {result.id}", "the registration is not in this store")
    if result.deviations:
        number = len(result.deviations)
        figure = f"{number} deviation{'s' * (number != 1)}"
        return Leg("registered", "failed", figure, f"plan {result.id}: {result.deviations[0].words}")
    return Leg("registered", "held", f"plan {result.id}", f"N {result.samples}, primary: {result.primary.measure}")


def registered_words(told: ClaimSession | None, registered: Mapping[int, RegisteredResult]) -> str:
    """For example "7f3a, 3 Dec"; "" without a registration that the store has."""
    result = registered.get(told.session.id) if told is not None else None
    if result is None or not result.known:
        return ""
    return f"{result.id}, {_date(result.written)}"


def _date(written: str) -> str:
    """For example "3 Dec"; the year is in the file."""
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return written[:10]
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{found.day} {months[found.month - 1]}"
