"""The members of a family as a table: what they are, their numbers, and what they are doing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from diptych.number_words import axis_words, interval_words, three_digits
from diptych.tui.sanitized_text import visible

if TYPE_CHECKING:
    from diptych.compare import FamilyDocument, FamilyMeasure, Side, SideResult

_LONGEST_LABEL, _LONGEST_ARM, _LONGEST_MODEL, _LONGEST_MEASURE = 24, 12, 32, 22
_LEAST_MODEL = 14
_STATE = 10
_GAP = 2
_MARKS = 4
"""Cells of the cursor and of the sign of a picked member."""
MOST_AT_FIRST = 2
"""Measures that go before the model."""


class MemberRow(NamedTuple):
    """A member and its numbers."""

    label: str
    arm: str
    x: str
    seed: str
    model: str
    rates: tuple[str, ...]
    """Of all measures."""
    state: str


class MemberTable(NamedTuple):
    """All members of a family, or those that were found."""

    x: str
    """What x is."""
    measures: Sequence[FamilyMeasure]
    rows: Sequence[MemberRow]


class Column(NamedTuple):
    """A column that there is room for."""

    heading: str
    above: str
    """The condition of a measure, above its name; "" where there is one condition only."""
    cells: int
    part: str
    """A field of MemberRow, or "rate"."""
    place: int = 0
    """Of a rate, among all."""
    role: str = ""


def member_table(
    members: Sequence[Side],
    x: str,
    document: FamilyDocument | None,
    asking: Collection[str],
    shown: Collection[str],
    wanted: str = "",
) -> MemberTable:
    """The table. `asking`: the members of which an answer is under way; `shown`: those on the sides of the main screen;
    `wanted`: what a label, an arm or a model has to contain, whatever its blanks and capitals."""
    measures = [each for each in document.measures if each.role is not None] if document is not None else []
    failed = {each.label: each.errors for each in document.members} if document is not None else {}
    looked_for = _folded(wanted)
    rows = [
        MemberRow(
            member.name,
            visible(member.arm_name),
            axis_words(member.x) if member.x is not None else "",
            str(member.training_seed) if member.training_seed is not None else "",
            visible(member.model),
            tuple(_rate_words(each.members.get(member.name)) for each in measures),
            _state(member.name, asking, shown, failed.get(member.name, 0)),
        )
        for member in members
        if looked_for in _folded(f"{member.name}\n{member.arm_name}\n{member.model}")
    ]
    return MemberTable(x, measures, rows)


def columns(table: MemberTable, width: int, first: int = 0) -> list[Column]:
    """The columns for a list of that width, with the measures from `first` on."""
    rows = table.rows
    conditions = {measure.condition for measure in table.measures}
    base = [_column("label", "member", [visible(row.label) for row in rows], _LONGEST_LABEL)]
    if any(row.x for row in rows):
        base.append(_column("x", visible(table.x), [row.x for row in rows], 12))
    room = width - _MARKS - sum(each.cells + _GAP for each in base) - _STATE - _GAP
    rates: list[Column] = []
    for place in range(first, len(table.measures)):
        measure = table.measures[place]
        label = visible(measure.label)
        found = _column("rate", label, [row.rates[place] for row in rows], _LONGEST_MEASURE, least=len(label))
        above = visible(" ".join(measure.condition.split())) if len(conditions) > 1 else ""
        rates.append(found._replace(above=above, place=place, role=measure.role or ""))
    taken = _fitting(rates[:MOST_AT_FIRST], room)
    room -= sum(each.cells + _GAP for each in taken)
    about = []
    if any(row.seed and f"seed {row.seed}" not in row.label for row in rows):
        about.append(_column("seed", "seed", [row.seed for row in rows], 8))
    if any(row.arm not in visible(row.label) for row in rows):
        about.append(_column("arm", "arm", [row.arm for row in rows], _LONGEST_ARM))
    about = _fitting(about, room)
    room -= sum(each.cells + _GAP for each in about)
    model = _column("model", "model", [row.model for row in rows], min(_LONGEST_MODEL, max(0, room - _GAP)))
    if model.cells >= min(_LEAST_MODEL, max((cell_len(row.model) for row in rows), default=0)) > 0:
        about.append(model)
        room -= model.cells + _GAP
    taken += _fitting(rates[len(taken) :], room) if len(taken) == MOST_AT_FIRST else []
    return [*base, *about, *taken, Column("", "", _STATE, "state")]


def _fitting(found: Sequence[Column], room: int) -> list[Column]:
    """As many of them, from the first on, as have room."""
    taken = []
    for column in found:
        room -= column.cells + _GAP
        if room < 0:
            break
        taken.append(column)
    return taken


def _column(part: str, heading: str, words: Sequence[str], most: int, least: int = 0) -> Column:
    longest = max([least, cell_len(heading), *map(cell_len, words)])
    return Column(heading, "", max(1, min(most, longest)), part)


def _folded(text: str) -> str:
    return "".join(text.casefold().split(" "))


def _rate_words(result: SideResult | None) -> str:
    if result is None:
        return ""
    if result.mean_alone and result.mean is not None:
        return f"mean {three_digits(result.mean)}"
    if not result.n:
        left_out = sum(result.excluded.values())
        return f"0/0 –{left_out}" if left_out else "–"
    return f"{result.k}/{result.n} {interval_words(*result.interval)}"


def _state(label: str, asking: Collection[str], shown: Collection[str], failed: int) -> str:
    if label in asking:
        return "▸ asking"
    if failed:
        return f"✕ {failed} failed"
    return "on screen" if label in shown else ""


def beside(labels: Mapping[str, None] | Sequence[str]) -> str:
    """Labels as a sentence names them: "base and tuned 0.5"."""
    *before, last = [visible(label) for label in labels]
    return f"{', '.join(before)} and {last}" if before else last
