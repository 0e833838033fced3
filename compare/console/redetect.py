"""Runs new or changed detectors over stored answers, which stay as they are."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from diptych.compare.answers import ABOUT_ANSWERS, Question, new_detectors
from diptych.compare.console.restoring import replayed
from diptych.compare.judges import is_verdict
from diptych.detectors import Finding, TrainingRows
from diptych.probes import DetectorSpec
from diptych.sessions import Answer, SavedAnswer, Store, supersede

_AT_ONCE = 500
"""Answers that are written in one transaction."""


class Redetected(NamedTuple):
    """What one detector found."""

    detector: str
    version: int
    answers: int
    """How many answers it read."""
    changed: int
    """How many of its findings are new or different."""


def redetect(
    store: Path, session: int, specs: Sequence[DetectorSpec], rows: TrainingRows | None, tell: Callable[[str], None]
) -> list[Redetected]:
    """Let detectors read the answers of a session again. Earlier findings stay in the store with their version, but
    where a detector now finds something else they are no longer counted. Verdicts of judges stay. `tell` is called
    with the progress. Raises StoreError."""
    read: Counter[tuple[str, int]] = Counter()
    changed: Counter[tuple[str, int]] = Counter()
    reading = Store(store)
    try:
        answers = iter(reading.answers(session))
        done = 0
        while page := list(islice(answers, _AT_ONCE)):
            found = {saved.id: _findings(saved.answer, specs, rows) for saved in page if _kept(saved)}
            read.update((f.detector, f.version) for findings in found.values() for f in findings)
            for findings in supersede(store, found).values():
                changed.update((f.detector, f.version) for f in findings)
            done += len(page)
            tell(f"reading again · {done:,} answers")
    finally:
        reading.close()
    return [Redetected(*key, count, changed[key]) for key, count in sorted(read.items())]


def _kept(saved: SavedAnswer) -> bool:
    """Whether detectors read the answer at its end: not if diptych ended before it, and not if it is a guess."""
    return saved.answer.state not in ("streaming", "interrupted") and saved.answer.condition not in ABOUT_ANSWERS


def _findings(answer: Answer, specs: Sequence[DetectorSpec], rows: TrainingRows | None) -> list[Finding]:
    detectors = new_detectors(specs, Question.of(answer), rows)
    live = replayed(answer, detectors)
    return [finding for finding in live.findings if not is_verdict(finding)]
