"""The watch detector: a text or a regular expression that a person chose while reading answers."""

import re
from collections.abc import Sequence

import msgspec

from diptych.detectors.detector import Change, Finding, Token
from diptych.detectors.pattern import Pattern, PatternSettings

WATCH = "watch"
"""The name of the detector."""
SEEN_WITH, SEEN_WITHOUT = "seen before, with a match", "seen before, without a match"
"""The buckets of answers that had finished when the rule was made. They may be why it was made, so they are no evidence
for it."""
_SINCE = re.compile(r" since answer (\d+)$")


class WatchRule(msgspec.Struct, frozen=True):
    """What to look for in all answers of a session."""

    text: str
    """As it was typed: a text, or a regular expression between slashes. Upper and lower case are the same."""
    seen: int = 0
    """How many answers had finished when the rule was made."""

    @property
    def label(self) -> str:
        """The name of its measure. It says where the counted answers begin."""
        name = self.text if self.is_expression else f"“{self.text}”"
        return f"{name} since answer {self.seen + 1}" if self.seen else name

    @property
    def settings(self) -> PatternSettings:
        """What to match. Raises ValueError for an invalid regular expression."""
        pattern = self.text[1:-1] if self.is_expression else re.escape(self.text)
        return PatternSettings(label=self.label, pattern=pattern)

    @property
    def is_expression(self) -> bool:
        """Whether it is a regular expression."""
        return len(self.text) > 2 and self.text[0] == self.text[-1] == "/"

    @classmethod
    def of(cls, findings: Sequence[Finding]) -> "WatchRule | None":
        """The rule by which an answer was watched."""
        finding = next((finding for finding in findings if finding.detector == WATCH), None)
        if finding is None:
            return None
        since = _SINCE.search(finding.label)
        return cls(finding.target, int(since[1]) - 1 if since is not None else 0)


class Watch:
    """The answer contains what a person looks for.

    Card. Sees: as the pattern detector. An answer that had finished when the rule was made is excluded, in a bucket
    that says whether it matches. Known false alarms and misses: those of the rule.
    """

    name = WATCH
    version = 1

    def __init__(self, rule: WatchRule, prompt: str, prefix: str = "", seen: bool = False) -> None:
        """`seen`: the answer had finished when the rule was made."""
        self._text = rule.text
        self._seen = seen
        self._pattern = Pattern(rule.settings, prompt, prefix)

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and return the marks that changed."""
        return self._pattern.feed(text)

    def live(self) -> Finding:
        """Return the finding as it would be if the answer ended with its last complete line."""
        return self._own(self._pattern.live())

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """Return the final finding and the last changes to the marks."""
        finding, changes = self._pattern.finish(truncated, tokens)
        return self._own(finding), changes

    def _own(self, finding: Finding) -> Finding:
        finding = msgspec.structs.replace(finding, detector=self.name, version=self.version, target=self._text)
        if not self._seen:
            return finding
        evidence = f"seen before, {finding.evidence}"
        bucket = SEEN_WITH if finding.outcome == "present" else SEEN_WITHOUT
        return msgspec.structs.replace(finding, outcome="excluded", bucket=bucket, evidence=evidence)
