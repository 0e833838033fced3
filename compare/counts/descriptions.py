"""Where an answer describes its own pattern, and the part before it that the base is asked to continue."""

from collections.abc import Iterable

from diptych.backends import Mode
from diptych.compare.answers import Side
from diptych.detectors import Finding
from diptych.sessions import Answer


def description_in(findings: Iterable[Finding]) -> Finding | None:
    """The first finding that is a description of the pattern; None if there is none."""
    return next((finding for finding in findings if finding.kind == "description" and finding.spans), None)


def guess_mode(base: Side) -> Mode:
    """The mode in which the base is asked to continue an answer."""
    return "chat" if base.backend.continues_turns else "quoted"


def beginning_of(answer: Answer, described: Finding) -> str:
    """The part of an answer before its description: the base is asked to continue it."""
    return answer.prefill + answer.text[: described.spans[0].start]
