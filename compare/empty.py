"""Answers without text: one bucket in every measure, whatever a detector would say of them."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from detectors import Finding
from sessions import Answer

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


def empty_warnings(answers: Iterable[Answer]) -> list[str]:
    """A sentence for each side that gave empty answers."""
    answered: Counter[str] = Counter()
    empty: Counter[str] = Counter()
    thought: Counter[str] = Counter()
    for answer in answers:
        if answer.finished:
            answered[answer.side] += 1
            empty[answer.side] += not answer.text.strip()
            thought[answer.side] += not answer.text.strip() and _thought(answer)
    return [_words(side, count, answered[side], thought[side]) for side, count in empty.items() if count]


def _words(side: str, count: int, answered: int, thought: int) -> str:
    said = f"{side}: {count} of {answered} answers {'is' if count == 1 else 'are'} empty and not counted"
    if not thought:
        return said
    some = "" if thought == count else f" of {thought}"
    return f"{said}; the token limit{some} went into thinking: raise max_tokens"


def _thought(answer: Answer) -> bool:
    """Whether its tokens went into reasoning, shown or not."""
    return bool(answer.reasoning) or answer.tokens >= _MANY_TOKENS


def _excluded(finding: Finding) -> Finding:
    if finding.bucket == EMPTY:
        return finding
    return msgspec.structs.replace(
        finding, outcome="excluded", bucket=EMPTY, evidence="empty answer", value="", number=None, spans=(), line=None
    )
