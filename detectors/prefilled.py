"""Answers that were given part of a pattern as their beginning: they cannot show it themselves."""

from collections.abc import Callable, Sequence

import msgspec

from diptych.detectors.detector import Change, Detector, Finding, Token

GIVEN = "given part of the pattern"
"""The bucket."""


def as_given(finding: Finding) -> Finding:
    """The finding of an answer that was given part of what is looked for: neither present nor absent."""
    return msgspec.structs.replace(finding, outcome="excluded", bucket=GIVEN, evidence=f"{finding.evidence} ({GIVEN})")


class AfterPrefix:
    """Watches an answer that goes on from a prefix, and tells what the prefix has given from what is not there.

    What is absent in the answer alone, but present in prefix and answer together from within the prefix on, was given
    in part. Read once, at the end.
    """

    def __init__(self, own: Detector, whole: Callable[[], Detector], prefix: str) -> None:
        """`own` knows of the prefix; `whole` makes one for which prefix and answer are one text."""
        self.name = own.name
        self.version = own.version
        self._own = own
        self._whole = whole
        self._prefix = prefix
        self._pieces = [prefix]

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and say which marks changed."""
        self._pieces.append(text)
        return self._own.feed(text)

    def live(self) -> Finding:
        """What would be said if the answer ended here."""
        return self._own.live()

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """The verdict over the whole text, with the last changes to the marks."""
        finding, changes = self._own.finish(truncated, tokens)
        if finding.outcome == "absent" and self._begins_in_lead(truncated):
            finding = as_given(finding)
        return finding, changes

    def _begins_in_lead(self, truncated: bool) -> bool:
        whole = self._whole()
        whole.feed("".join(self._pieces))
        found, _ = whole.finish(truncated)
        return found.outcome == "present" and any(span.start < len(self._prefix) for span in found.spans)
