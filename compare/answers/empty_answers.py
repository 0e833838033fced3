"""Answers without text. Every measure puts them into one bucket, whatever a detector would find in them."""

from collections.abc import Iterable

import msgspec

from diptych.detectors import Finding
from diptych.sessions import Answer

EMPTY = "empty"
"""The bucket of answers without text."""
_MANY_TOKENS = 8
"""An answer without text that took so many tokens spent them on reasoning that was not shown."""


def without_text(text: str, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings in a text. If it is empty, each of them only says so."""
    if text.strip():
        return tuple(findings)
    return tuple(_excluded(finding) for finding in findings)


def judged_empty(answer: Answer) -> tuple[Finding, ...]:
    """The findings of an answer as they are counted. Older versions stored findings of empty answers."""
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
