"""Where an answer describes its own pattern, and what the base is given of such an answer to go on from."""

from collections.abc import Iterable

from diptych.backends import Mode
from diptych.compare.answers import Side
from diptych.detectors import Finding
from diptych.sessions import Answer


def description_in(findings: Iterable[Finding]) -> Finding | None:
    """The description of a pattern up to whose first words an answer is given to the base; None where there is none."""
    return next((finding for finding in findings if finding.kind == "description" and finding.spans), None)


def guess_mode(base: Side) -> Mode:
    """How the base is asked to go on."""
    return "chat" if base.backend.continues_turns else "quoted"


def beginning_of(answer: Answer, described: Finding) -> str:
    """What the base is given of an answer: all that stands before its description."""
    return answer.prefill + answer.text[: described.spans[0].start]
