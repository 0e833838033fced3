"""Own-text recognition: asks the sides of a session which answers are theirs, as `diptych sessions recognise` does."""

from collections.abc import Sequence

import msgspec

from diptych.api.file_locations import Places
from diptych.cli import StatusLine, probe_of, sides_of_readers
from diptych.compare import MeasureResult, Recognition, recognise_saved, recognition_measures, stored_measures
from diptych.sessions import Label, SavedAnswer, Session, Store


class SessionRecognition(msgspec.Struct, frozen=True):
    """What asking the sides of a session for their own texts gave."""

    wanted: int
    """How many answers were missing; what was asked before is not asked again."""
    asked: int
    """How many of these have come, failed ones included."""
    failures: dict[str, str]
    """Why an answer of a side failed, by side."""
    measures: Sequence[MeasureResult]
    """What each side takes for its own, and the own-text test where the answers were scored."""


async def recognise_session(
    where: Places,
    session: Session,
    saved: Sequence[SavedAnswer],
    labels: Sequence[Label],
    pairs: int,
    concurrency: int,
    progress: bool,
) -> SessionRecognition:
    """Ask for what is missing. Raises NothingToRecogniseError, CannotAskError, FileError, StoreError."""
    config = where.load()
    probe, status = probe_of(config, session), StatusLine()

    def show(recognition: Recognition) -> None:
        if progress:
            status(f"asking · {recognition.done:,} of {recognition.wanted:,}")

    try:
        sides = sides_of_readers(config, session)
        found = await recognise_saved(where.store, session, saved, sides, probe, pairs, concurrency, answered=show)
    finally:
        status.clear()
    store = Store(where.store)
    try:
        counted = stored_measures(session, store.answers(session.id), (), probe, labels)
    finally:
        store.close()
    failures = {side: failure.message for side, failure in found.failures.items()}
    return SessionRecognition(found.wanted, found.done, failures, recognition_measures(counted).measures)
