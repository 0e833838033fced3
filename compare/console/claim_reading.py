"""Reads the claim card of the open session from the store, and finds the answers behind one of its legs."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from diptych.compare.claims import (
    AskedGroup,
    ClaimCard,
    FoundSessions,
    claim_card,
    claim_facts,
    claim_probes,
    claim_sessions,
)
from diptych.compare.console.sample_table import Sample, SampleRow
from diptych.sessions import SIDE_NAMES, Store

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from diptych.compare.claims import Leg
    from diptych.compare.console.session_state import SessionState
    from diptych.detectors import TrainingRows
    from diptych.probes import Probe


class ClaimReading(NamedTuple):
    """A claim card, and the sessions from which it was made."""

    card: ClaimCard
    found: FoundSessions


class LegAnswers(NamedTuple):
    """The answers behind a leg as rows: those that were asked for together stand beside each other."""

    rows: tuple[SampleRow, ...]
    sides: tuple[str, ...]
    """Those of the columns."""
    conditions: Mapping[str, str]
    """The condition of each prompt."""
    probes: Mapping[int, Probe]
    """The probe that asked for each answer, by the number of the answer in the store."""
    more_sides: int = 0
    """How many sides there is no column for."""


async def read_claim(state: SessionState, probe: Probe, every: Sequence[Probe]) -> ClaimReading:
    """The card of a probe's claim. `every`: all probes that are known, among them those that were made from its trait.
    The open session goes before others of its probe. Raises StoreError and ClaimError."""
    asked = state.family.members if state.family is not None else state.sides
    group = AskedGroup(state.pair, tuple(side.record() for side in asked), state.family is not None)
    chosen = [state.session] if state.session is not None else []
    probes = claim_probes(probe, every)
    return await asyncio.to_thread(_read, state.store, probes, group, chosen, state.rows)


def _read(
    path: Path, probes: Sequence[Probe], group: AskedGroup, chosen: Collection[int], rows: TrainingRows | None
) -> ClaimReading:
    with closing(Store(path)) as store:
        found = claim_sessions(store, probes, group, chosen)
        facts = claim_facts(store, group, found, rows)
    return ClaimReading(claim_card(probes[0], group, found, facts=facts), found)


def answers_behind(found: FoundSessions, leg: Leg, sides: Sequence[str]) -> LegAnswers:
    """The answers behind a leg that are still in these sessions. `sides`: those that have a column first, in their
    order; at most four have one."""
    numbers = set(leg.answers)
    behind = [(read, saved) for read in found.read for saved in read.shown if saved.id in numbers]
    answered = list(dict.fromkeys(saved.answer.side for _, saved in behind))
    names = [side for side in sides if side in answered] + [side for side in answered if side not in sides]
    columns = names[: len(SIDE_NAMES)]
    together: dict[tuple[int, int, int], dict[str, Sample]] = {}
    for read, (number, answer) in behind:
        if answer.side in columns:
            key = read.session.id, answer.exchange, answer.sample
            together.setdefault(key, {})[answer.side] = Sample(number, answer)
    rows = (tuple(own.get(side) for side in columns) for own in together.values())
    return LegAnswers(
        tuple(SampleRow(number, samples) for number, samples in enumerate(rows, 1)),
        tuple(columns),
        {saved.answer.prompt: saved.answer.condition or "" for _, saved in behind},
        {saved.id: read.probe for read, saved in behind},
        len(names) - len(columns),
    )
