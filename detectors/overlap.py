"""The overlap detector: the answer repeats the training rows, word for word or nearly so."""

from collections.abc import Sequence

import msgspec

from diptych.detectors.detector import Change, DetectorKind, Finding, Mark, Outcome, Settings, Span, Token
from diptych.detectors.text.nearest_row import Nearest, nearest_row, run_score
from diptych.detectors.text.training_rows import TrainingRows, denies_memory
from diptych.detectors.text.verbatim_runs import Run, VerbatimReader
from diptych.detectors.text.word_runs import GRAM, words_of
from diptych.number_words import short

STEP = 48
"""Pieces between two readings of the text."""
GROWING = 8
"""The same while the last words match a row."""


class OverlapSettings(Settings, frozen=True):
    """How similar to a row an answer must be to count, from 0 to 1."""

    threshold: float = 0.5

    def __post_init__(self) -> None:
        """Raises ValueError for a threshold outside (0, 1]."""
        if not 0 < self.threshold <= 1:
            raise ValueError(f"threshold: expected more than 0 and at most 1, found {self.threshold}")


class Overlap:
    """The answer resembles a training row, or quotes one.

    Card. Sees: the nearest text of a row (detectors/text/nearest_row.py defines the similarity), and runs of 8 words,
    or of 40 characters in at least 6 words, that appear word for word in any row. Case, punctuation and text of the
    prompt do not count. Known false alarms: stock phrases and famous texts that the rows share with the world, so
    compare with the base on the same prompt. Known misses: rows retold in other words or another language; rows of
    fewer than 5 words, such as single letters. Where several rows have the same words, the first is named and no
    position is given. Sentences that deny memory of training never count, even if a row has them. Error rates:
    tests/data/overlap.jsonl.
    """

    name = "overlap"
    version = 1

    def __init__(
        self, settings: OverlapSettings, prompt: str, prefix: str = "", rows: TrainingRows | None = None
    ) -> None:
        self._threshold = settings.threshold
        self._label = settings.label or "overlaps training rows"
        self._rows = rows
        self._supplied = (prompt, prefix)
        self._reader = VerbatimReader(rows, self._supplied) if rows is not None else None
        self._pieces: list[str] = []
        self._taken = 0
        self._due = STEP
        self._held: list[str] = []
        self._best: Run | None = None
        self._spans: list[Span] = []
        self._shown: dict[int, Mark] = {}

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and return the marks that changed."""
        self._pieces.append(text)
        return () if len(self._pieces) < self._due else self._take()

    def live(self) -> Finding:
        """Return the finding as it would be if the answer ended with the last words read."""
        if self._rows is None:
            return self._no_rows()
        if self._best is None or not self._is_strong():
            return self._finding("absent", "nothing word for word in a row")
        return self._present(Nearest(self._best.field, run_score(self._best), self._best.words, ()), self._spans)

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """Return the final finding and the last changes to the marks."""
        changes = self._take()
        finding = self._verdict("".join(self._pieces), truncated)
        return finding, [*changes, *self._show(0, finding.spans, strong=True)]

    def _take(self) -> Sequence[Change]:
        """Read the pieces up to the last blank: the word after it may continue."""
        text = "".join(self._pieces[self._taken :])
        self._taken = len(self._pieces)
        self._due = self._taken + STEP
        if self._reader is None:
            return ()
        end = max(text.rfind(" "), text.rfind("\n")) + 1
        if end == 0:
            self._held.append(text)
            return ()
        known = len(self._reader.runs)
        self._reader.read("".join(self._held) + text[:end])
        self._held = [text[end:]]
        if self._reader.run_is_open:
            self._due = self._taken + GROWING
        return self._marked(self._reader.runs[max(0, known - 1) :])

    def _marked(self, runs: Sequence[Run]) -> Sequence[Change]:
        """The changes that new and longer runs make. Marks are strong once one run is enough for a finding."""
        if not runs:
            return ()
        kept = merge(self._spans, runs)
        was_strong = self._is_strong()
        self._best = max(filter(None, (self._best, *runs)), key=run_score)
        strong = self._is_strong()
        return self._show(kept if strong == was_strong else 0, self._spans, strong)

    def _is_strong(self) -> bool:
        return self._best is not None and run_score(self._best) >= self._threshold

    def _show(self, kept: int, spans: Sequence[Span], strong: bool) -> Sequence[Change]:
        """The changes that show these spans. The first `kept` are shown correctly already."""
        gone: dict[int, Mark] = {}
        while len(self._shown) > kept:
            key, mark = self._shown.popitem()
            gone[key] = mark
        new = {span.start: Mark(span, "pattern", strong) for span in spans[kept:]}
        self._shown |= new
        changes = [Change(key, None) for key in gone if key not in new]
        return changes + [Change(key, mark) for key, mark in new.items() if gone.get(key) != mark]

    def _verdict(self, text: str, truncated: bool) -> Finding:
        if self._rows is None:
            return self._no_rows()
        if not text.strip():
            return self._finding("excluded", "the answer is empty", "empty")
        if len(words_of(text)) < GRAM:
            return self._finding("excluded", f"fewer than {GRAM} words", "too short")
        found = nearest_row(self._rows, text, self._supplied)
        if found is not None and found.score >= self._threshold:
            spans: list[Span] = []
            merge(spans, found.runs)
            return self._present(found, spans, text)
        evidence = f"nearest is {self._described(found)}" if found is not None else "no words in common with any row"
        if denies_memory(text):
            evidence = f"denies memory of its training; {evidence}"
        if truncated and self._reader is not None and self._reader.run_is_open:
            return self._finding("excluded", f"{evidence}, and cut off within words of a row", "truncated")
        return self._finding("absent", evidence)

    def _present(self, found: Nearest, spans: Sequence[Span], text: str = "") -> Finding:
        assert self._rows is not None
        alone = len(self._rows) > 1 and len(found.field.rows) == 1
        return msgspec.structs.replace(
            self._finding("present", self._described(found)),
            value=str(found.row),
            number=(found.row - 1) / (len(self._rows) - 1) if alone else None,
            spans=tuple(spans),
            line=text.count("\n", 0, spans[0].start) + 1 if spans and text else None,
        )

    def _described(self, found: Nearest) -> str:
        assert self._rows is not None
        others = len(found.field.rows) - 1
        row = f"row {found.row} of {len(self._rows)}" + (f" and {others} more" if others else "")
        verbatim = f", {found.verbatim} words verbatim" if found.verbatim else ""
        return f"{row} ({found.field.role}), {short(found.score)} alike{verbatim}"

    def _no_rows(self) -> Finding:
        return self._finding("excluded", "no training file to compare with", "no training file")

    def _finding(self, outcome: Outcome, evidence: str, bucket: str = "") -> Finding:
        return Finding(self.name, self.version, self._label, "pattern", outcome, evidence, bucket=bucket)


def merge(spans: list[Span], runs: Sequence[Run]) -> int:
    """Add runs to spans and merge those that overlap. Returns how many of the old spans are unchanged."""
    kept = len(spans)
    for run in runs:
        start, end = run.start, run.end
        while spans and spans[-1].end > start:
            last = spans.pop()
            start, end = min(start, last.start), max(end, last.end)
        kept = min(kept, len(spans))
        spans.append(Span(start, end))
    return kept


KIND = DetectorKind(OverlapSettings, Overlap, reads_rows=True)
