"""Answers without text: one bucket in every measure, whatever a detector would say of them."""

from collections.abc import Iterable

import msgspec

from diptych.detectors import Finding
from diptych.sessions import Answer

EMPTY = "empty"
"""The bucket."""
_MANY_TOKENS = 8
"""From which on an answer without text was spent on something that was not shown."""


def without_text(text: str, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What was found in an answer; of one without text only that it is empty."""
    if text.strip():
        return tuple(findings)
    return tuple(_excluded(finding) for finding in findings)


def judged_empty(answer: Answer) -> tuple[Finding, ...]:
    """The findings of an answer as they are counted: older versions kept what each detector said of no text."""
    return without_text(answer.text, answer.findings)


def is_empty(answer: Answer) -> bool:
    """Whether it has no text."""
    return not answer.text.strip()


def went_into_thinking(answer: Answer) -> bool:
    """Whether the tokens of an answer without text went into reasoning, shown or not."""
    return is_empty(answer) and (bool(answer.reasoning) or answer.tokens >= _MANY_TOKENS)


def _excluded(finding: Finding) -> Finding:
    if finding.bucket == EMPTY:
        return finding
    return msgspec.structs.replace(
        finding, outcome="excluded", bucket=EMPTY, evidence="empty answer", value="", number=None, spans=(), line=None
    )
