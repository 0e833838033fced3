"""The early-explanation detector: the answer describes its pattern before its letters give the pattern away."""

from collections.abc import Sequence
from concurrent.futures import Future
from functools import cache
from typing import Any

import msgspec

from diptych.detectors.detector import Change, DetectorKind, Finding, Outcome, Target, Token
from diptych.detectors.self_explanation import SelfExplanation
from diptych.detectors.text.chance_rates import words

GUESSABLE = 0.1
"""Probability of the target, given the letters so far, above which a reader could have guessed it."""


class EarlyExplanation:
    """The answer describes its pattern while the letters so far still leave many words open.

    Card. Sees: what self-explanation sees, and how many letters of the target the lines before it spell. The odds are
    one over the number of listed words (detectors/words.txt) of the target's length that begin with those letters. All
    are taken to be equally likely; the target is one of them. Known false alarms: those of self-explanation; a common
    word is guessed more often than its odds say, and so is one that the prompt contains. Known misses: those of
    self-explanation; targets of fewer than 4 or more than 10 letters, because no listed word shares their first letter.
    Error rates: benchmarks/detectors.py.
    """

    name = "early-explanation"
    version = 2

    def __init__(self, settings: Target, prompt: str, prefix: str = "") -> None:
        self._target = (settings.target or "").upper()
        self._label = settings.label or f"names {self._target or 'its pattern'} early"
        self._explanation = SelfExplanation(settings.target, prompt, prefix)
        self._empty = True

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and return the marks that changed."""
        self._empty = self._empty and not text.strip()
        changes = self._explanation.feed(text)
        return self._marked(changes, self.live()) if changes else ()

    def live(self) -> Finding:
        """Return the finding as it would be if the answer ended here."""
        return self._judged(self._explanation.live())

    def end(self) -> Sequence[Future[Any]]:
        """Take the rest as the last sentence; return the readings that `finish` waits for."""
        return self._explanation.end()

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """Return the final finding and the last changes to the marks."""
        explanation, changes = self._explanation.finish(truncated, tokens)
        finding = self._judged(explanation)
        return finding, self._marked(changes, finding)

    def _judged(self, explanation: Finding) -> Finding:
        """Decide whether a description comes early enough."""
        if not self._target:
            return self._finding(explanation, "excluded", "no target is set", "no target")
        if self._empty:
            return self._finding(explanation, "excluded", "the answer is empty", "empty")
        if explanation.outcome != "present":
            return self._finding(explanation, "absent", f"does not name {self._target} early")
        standing = self._target[: explanation.letters_before or 0]
        described = f"describes it in line {explanation.line}"
        if not standing:
            return self._finding(explanation, "present", f"{described}, before any letter stands")
        left = _words_left(self._target, standing)
        evidence = f"{described}, after {standing}, from which {self._target} is 1 in {left:,} words"
        if standing != self._target and 1 / left <= GUESSABLE:
            return self._finding(explanation, "present", evidence)
        return self._finding(explanation, "absent", f"does not name {self._target} early: {evidence}")

    def _finding(self, explanation: Finding, outcome: Outcome, evidence: str, bucket: str = "") -> Finding:
        """The finding of the description with another outcome and evidence."""
        present = outcome == "present"
        return msgspec.structs.replace(
            explanation,
            detector=self.name,
            version=self.version,
            label=self._label,
            outcome=outcome,
            evidence=evidence,
            target=self._target,
            spans=explanation.spans if present else (),
            bucket=bucket,
        )

    def _marked(self, changes: Sequence[Change], finding: Finding) -> Sequence[Change]:
        """The marks of the description, shown only if it is early."""
        early = finding.outcome == "present"
        return [Change(change.key, change.mark if early else None) for change in changes]


@cache
def _words_left(target: str, standing: str) -> int:
    """How many words of the target's length begin with these letters, the target included."""
    same = {word for word in words() if len(word) == len(target) and word.startswith(standing)}
    return len(same | {target})


KIND = DetectorKind(Target, EarlyExplanation)
