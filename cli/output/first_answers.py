"""Formats the first answer of each side to a free question."""

from collections.abc import Iterator, Sequence

from diptych.cli.output.printing import sanitized
from diptych.compare import RunPlan
from diptych.sessions import Answer

_INDENT = "  "


def first_answers(plan: RunPlan, answers: Sequence[Answer]) -> Iterator[str]:
    """Yield the first answer of each side, indented under its name."""
    for side in plan.sides:
        said = next((answer for answer in answers if answer.side == side.name and answer.finished), None)
        if said is not None:
            # Indented, so that no line of an answer can be mistaken for our own.
            text = sanitized(f"{said.prefix}{said.text}").replace("\n", f"\n{_INDENT}")
            yield f"{sanitized(side.name)}\n{_INDENT}{text}\n"
