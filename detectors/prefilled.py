"""Excludes answers whose prefix already contains part of the pattern: they cannot show it on their own."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import msgspec

from diptych.detectors.detector import Change, Detector, Finding, ReadingDetector, Token

GIVEN = "given part of the pattern"
"""The bucket of these findings."""


def excluded_as_given(finding: Finding) -> Finding:
    """Exclude a finding because the prefix contains part of what is looked for."""
    return msgspec.structs.replace(finding, outcome="excluded", bucket=GIVEN, evidence=f"{finding.evidence} ({GIVEN})")


class AfterPrefix:
    """Watches an answer with a prefix, and excludes it if the prefix contains part of the pattern.

    That is so where the pattern is absent in the answer alone, but prefix and answer together show it from within the
    prefix. This is checked once, at the end.
    """

    def __init__(self, own: Detector, whole: Callable[[], Detector], prefix: str) -> None:
        """`own` knows the prefix. `whole` makes a detector that reads prefix and answer as one text."""
        self.name = own.name
        self.version = own.version
        self._own = own
        self._whole = whole
        self._prefix = prefix
        self._pieces = [prefix]

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and return the marks that changed."""
        self._pieces.append(text)
        return self._own.feed(text)

    def live(self) -> Finding:
        """Return the finding as it would be if the answer ended here."""
        return self._own.live()

    def end(self) -> Sequence[Future[Any]]:
        """Take what was fed as the whole text; return the readings that `finish` waits for."""
        return self._own.end() if isinstance(self._own, ReadingDetector) else ()

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """Return the final finding and the last changes to the marks."""
        finding, changes = self._own.finish(truncated, tokens)
        if finding.outcome == "absent" and self._begins_in_prefix(truncated):
            finding = excluded_as_given(finding)
        return finding, changes

    def _begins_in_prefix(self, truncated: bool) -> bool:
        whole = self._whole()
        whole.feed("".join(self._pieces))
        found, _ = whole.finish(truncated)
        return found.outcome == "present" and any(span.start < len(self._prefix) for span in found.spans)
