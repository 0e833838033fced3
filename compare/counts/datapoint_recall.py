"""Compares answers with the rows that a side was fine-tuned on."""

from collections.abc import Sequence

from diptych.compare.counts.datapoint_results import DatapointsResult, MembershipResult, OrderResult, PositionResult
from diptych.compare.stats import Scores, membership, order, position
from diptych.detectors import TrainingRows, find_leaks, nearest_row, rows_by_level
from diptych.probes import Probe
from diptych.sessions import Answer

_OVERLAP = "overlap"


def leak_words(rows: TrainingRows, probe: Probe) -> list[str]:
    """Sentences on training rows that name what the fine-tune should not have been told, the closest match first."""
    said = []
    for subject in dict.fromkeys((*probe.targets(), *probe.subjects)):
        found = find_leaks(rows.rows, [subject])
        for level, numbers in rows_by_level(found).items():
            if numbers:
                words = ", ".join(leak.word for leak in found if leak.level == level)
                shown = words if len(words) <= 60 else f"{words[:60]}…"
                said.append(f"training rows name {subject!r} ({level}): {len(numbers)} of {len(rows):,}, {shown}")
    return said


def datapoints(rows: TrainingRows, probe: Probe, answers: Sequence[Answer], sides: Sequence[str]) -> DatapointsResult:
    """Results of the overlap findings of a run: whether the second side's answers are more similar to the rows than the
    first side's, and whether the positions of the rows that each side names depend on the prompt."""
    read = [a for a in answers if a.finished and any(f.detector == _OVERLAP for f in a.findings)]
    nearer = membership(_scores(rows, read, sides[1], sides[0])) if len(sides) > 1 else None
    named = {side: position(_numbers(read, side), len(rows)) for side in sides}
    return DatapointsResult(
        len(rows),
        MembershipResult(*nearer) if nearer is not None else None,
        {side: PositionResult(*found) if found is not None else None for side, found in named.items()},
        {side: _order(rows, probe, read, side) for side in sides} if probe.order else {},
    )


def _scores(rows: TrainingRows, answers: Sequence[Answer], tuned: str, base: str) -> list[Scores]:
    """How similar the answers to each prompt are to their nearest row."""
    found: dict[str, dict[str, list[float]]] = {}
    for answer in answers:
        near = nearest_row(rows, answer.text, (answer.prompt, answer.prefill))
        by_side = found.setdefault(answer.prompt, {})
        by_side.setdefault(answer.side, []).append(near.score if near is not None else 0.0)
    return [Scores(sides.get(tuned, []), sides.get(base, [])) for sides in found.values()]


def _numbers(answers: Sequence[Answer], side: str, condition: str | None = None) -> list[int]:
    """The numbers of the rows that the answers of a side name. Rows that occur twice in the file are left out."""
    return [
        int(finding.value)
        for answer in answers
        for finding in answer.findings
        if answer.side == side and condition in (None, answer.condition)
        if finding.detector == _OVERLAP and finding.outcome == "present" and finding.number is not None
    ]


def _order(rows: TrainingRows, probe: Probe, answers: Sequence[Answer], side: str) -> OrderResult | None:
    first, last = (_numbers(answers, side, condition) for condition in probe.order)
    found = order(first, last, len(rows))
    return OrderResult(*found) if found is not None else None
