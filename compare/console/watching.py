"""Applies a rule that a person made to the answers that a session has."""

import asyncio
import sys
from collections.abc import Iterable, Sequence

import msgspec

from diptych.compare.answers import Question
from diptych.compare.console.exchange import Exchange
from diptych.detectors import LONGEST_LINE, WATCH, Detector, Finding, Watch, WatchRule
from diptych.sessions import Answer

_TRIED_LINES = 200
"""How many of the longest lines of the answers are tried."""
_HARD_LINES = ("a" * 1_999 + "!", "1" * 1_999 + "!", "word " * 399 + "!", "a, " * 666, " " * 1_999 + "!")
"""Lines over which slow expressions take very long."""
_TRIAL = """
import json, re, signal, sys
signal.alarm(2)
pattern, lines = json.load(sys.stdin)
for line in lines:
    for match in re.finditer(pattern, line, re.IGNORECASE):
        pass
"""
"""Ends itself after two seconds: nothing else stops a regular expression."""


async def check_speed(rule: WatchRule, exchanges: Iterable[Exchange]) -> None:
    """Try a regular expression in a process of its own, on hard lines and on the longest lines of the answers. Raises
    ValueError if it is invalid or takes too long."""
    pattern = rule.settings.pattern
    if not rule.is_expression:
        return
    answers = (answer for exchange in exchanges for of_side in exchange.samples.values() for answer in of_side.values())
    lines = {line[:LONGEST_LINE] for answer in answers for line in answer.text.split("\n")}
    tried = [*_HARD_LINES, *sorted(lines, key=len)[-_TRIED_LINES:]]
    pipe, nowhere = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    trial = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-c", _TRIAL, stdin=pipe, stdout=nowhere, stderr=nowhere
    )
    await trial.communicate(msgspec.json.encode((pattern, tried)))
    if trial.returncode:
        raise ValueError(f"{rule.text} takes too long on some lines: write it in a simpler way")


def rule_of(answers: Iterable[Answer]) -> WatchRule | None:
    """The rule by which the last of these answers that has one was watched."""
    rule = None
    for answer in answers:
        rule = WatchRule.of(answer.findings) or rule
    return rule


def detector_by_rule(rule: WatchRule, question: Question, seen: bool = False) -> Detector:
    """A new detector for one answer to a question. `seen`: the answer had finished when the rule was made."""
    return Watch(rule, question.prompt, question.prefix, seen)


def detectors_as_watched(rule: WatchRule | None, answer: Answer) -> list[Detector]:
    """A new detector by the same rule for a stored answer; none where the answer was not watched by it."""
    found = next(
        (f for f in answer.findings if f.detector == WATCH and rule is not None and f.label == rule.label), None
    )
    if rule is None or found is None:
        return []
    return [detector_by_rule(rule, Question.of(answer), seen=bool(found.bucket))]


def watched_anew(answer: Answer, rule: WatchRule | None) -> Answer:
    """An answer that has been seen, with what a new rule finds in it in place of what the earlier one found."""
    return msgspec.structs.replace(answer, findings=(*_others(answer.findings), *_found(answer, rule)))


def _others(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.detector != WATCH)


def _found(answer: Answer, rule: WatchRule | None) -> tuple[Finding, ...]:
    if rule is None:
        return ()
    detector = detector_by_rule(rule, Question.of(answer), seen=True)
    detector.feed(answer.text)
    return (detector.finish(answer.state != "done")[0],)
