"""The answers behind a leg of a claim card, from the sessions that the card was made from."""

from hypothesis import given
from hypothesis import strategies as st

from diptych.compare import ClaimSession, FoundSessions, Leg, answers_behind
from diptych.probes import Probe, load_probes
from diptych.sessions import SIDE_NAMES, SavedAnswer, Session, SideRecord
from tests.sessions.stored import answer

NAMES = ("base", *(f"member {number}" for number in range(5)))
PROBE = load_probes()["hello-acrostic"]


def session(number: int, saved: list[SavedAnswer], probe: Probe = PROBE) -> ClaimSession:
    sides = tuple(SideRecord(name, "x", None, name, None) for name in NAMES)
    return ClaimSession(probe, Session(number, "t", "2026-11-30", "pair", probe.id, sides, None), saved)


def asked(first: int, sides: tuple[str, ...], samples: int = 1) -> list[SavedAnswer]:
    """So many answers of each side, numbered from `first`."""
    texts = [(SideRecord(side, "x", None, side, None), sample) for sample in range(samples) for side in sides]
    return [SavedAnswer(first + place, answer(side, sample=sample)) for place, (side, sample) in enumerate(texts)]


def test_answers_that_were_asked_for_together_share_a_row_and_those_of_two_sessions_do_not() -> None:
    mirrors = load_probes()["risk-awareness.mirrors"]
    found = FoundSessions((session(1, asked(1, NAMES[:2], 2)), session(2, asked(5, NAMES[:2]), mirrors)))
    behind = answers_behind(found, Leg("report", "held", answers=(1, 2, 4, 5)), NAMES[:2])
    numbers = [[sample.id if sample is not None else None for sample in row.samples] for row in behind.rows]
    assert numbers == [[1, 2], [None, 4], [5, None]]
    assert behind.sides == NAMES[:2]
    assert behind.probes == {1: PROBE, 2: PROBE, 4: PROBE, 5: mirrors}
    assert set(behind.conditions.values()) == {"plain"}


def test_hidden_answers_are_not_behind_a_leg() -> None:
    found = FoundSessions((ClaimSession(PROBE, session(1, []).session, asked(1, NAMES[:2]), hidden={1, 2}),))
    assert answers_behind(found, Leg("report", "held", answers=(1, 2)), NAMES).rows == ()


@given(st.sets(st.integers(1, 24)), st.permutations(NAMES), st.integers(0, 6))
def test_each_answer_of_a_shown_side_stands_in_one_row(wanted: set[int], order: list[str], known: int) -> None:
    saved = asked(1, NAMES, 3)
    leg = Leg("report", "held", answers=tuple(wanted))
    behind = answers_behind(FoundSessions((session(1, saved),)), leg, order[:known])
    shown = [sample.id for row in behind.rows for sample in row.samples if sample is not None]
    assert sorted(shown) == [row.id for row in saved if row.id in wanted and row.answer.side in behind.sides]
    assert len(behind.sides) <= len(SIDE_NAMES)
    answered = {row.answer.side for row in saved if row.id in wanted}
    assert len(behind.sides) + behind.more_sides == len(answered)
    # Those of the screen have a column first, in their order.
    before = [side for side in order[:known] if side in answered][: len(SIDE_NAMES)]
    assert list(behind.sides[: len(before)]) == before
    assert all(any(row.samples) for row in behind.rows)
