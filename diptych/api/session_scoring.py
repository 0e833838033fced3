"""Surprise and entropy: lets the sides of a session score its answers, as `diptych sessions score` does."""

from collections.abc import Sequence

import msgspec

from diptych.api.answer_divergence import CannotScoreError
from diptych.api.file_locations import Places
from diptych.cli import StatusLine, probe_of, sides_of_readers
from diptych.compare import AnswerScoring, MeasureResult, score_measures, score_saved, stored_measures
from diptych.sessions import Label, SavedAnswer, Session, Store


class SessionScores(msgspec.Struct, frozen=True):
    """What scoring a session gave."""

    answers: int
    """How many answers had to be read, by all sides together; those that had their scores are not read again."""
    scored: int
    """How many of these were scored."""
    failures: dict[str, str]
    """Why a side did not score all of them, by side."""
    measures: Sequence[MeasureResult]
    """Surprise, entropy and the own-text test, over all answers of the session that have scores."""


async def score_session(
    where: Places, session: Session, saved: Sequence[SavedAnswer], labels: Sequence[Label], progress: bool
) -> SessionScores:
    """Score the answers that have no scores yet. Raises CannotScoreError where none could be scored, FileError,
    StoreError."""
    config = where.load()
    probe, status = probe_of(config, session), StatusLine()

    def show(scoring: AnswerScoring) -> None:
        if progress:
            status(f"scoring · {scoring.done:,} of {scoring.cost.passes:,}")

    try:
        scoring = await score_saved(where.store, saved, sides_of_readers(config, session), probe, scored=show)
    finally:
        status.clear()
    if scoring.failures and not scoring.done:
        failure = next(iter(scoring.failures.values()))
        raise CannotScoreError(failure.message, failure.hint)
    store = Store(where.store)
    try:
        found = score_measures(stored_measures(session, store.answers(session.id), (), probe, labels))
    finally:
        store.close()
    failures = {side: failure.message for side, failure in scoring.failures.items()}
    return SessionScores(scoring.cost.passes, scoring.done, failures, found.measures)
