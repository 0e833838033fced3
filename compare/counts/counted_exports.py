"""Exports a stored session with its counts: for the command, the console and the Python API."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from diptych.compare.counts.family_counts import stored_family
from diptych.compare.counts.family_drawings import pictures_of
from diptych.compare.counts.family_export import exported_family
from diptych.compare.counts.mirror_results import MirroredReport
from diptych.compare.counts.mirror_words import MIRRORS_NOTE, report_words
from diptych.compare.counts.registered_results import RegisteredResult
from diptych.compare.counts.registration_deviations import registered_result
from diptych.compare.counts.stored_measures import counted_as, stored_measures
from diptych.probes import Probe
from diptych.sessions import FORMATS, ExportData, Session, Store, export


def export_session(
    store: Store,
    session: int,
    name: str,
    path: Path,
    probe_of: Callable[[Session], Probe | None],
    force: bool = False,
    on_answer: Callable[[], None] | None = None,
) -> list[str]:
    """Write a session to a file or folder and return remarks for the reader.

    `name`: one of sessions.FORMATS; `probe_of` returns the probe of a session, where it is known; `force`: overwrite an
    existing file. `on_answer` is called whenever an answer has been read for the file; what it raises stops the export.
    An error leaves no partial file. Raises TransferError, and StoreError if the session cannot be read.
    """
    data = ExportData.of(store, session)
    if FORMATS[name].with_measures:
        data = _with_measures(data, probe_of(data.session))
    if FORMATS[name].with_counted:
        data = with_counted(data)
    return export(replace(data, on_answer=on_answer), name, path, force)


def with_counted(data: ExportData) -> ExportData:
    """The same with what the measures count each answer as. Raises StoreError."""
    saved = data.store.answers(data.session.id)
    return replace(data, counted=counted_as(data.session, saved, data.hidden))


def _with_measures(data: ExportData, probe: Probe | None) -> ExportData:
    """The same with its measures; contrasts are those of the `probe`, where it is known."""
    saved = data.store.answers(data.session.id)
    labels = [label for own in data.labels.values() for label in own]
    registered = registered_result(data.store, data.session, probe, saved) if not data.hidden else None
    counted = data.session, saved, data.hidden, probe, labels, registered
    if data.session.family is not None and not data.hidden:
        document = stored_family(*counted)
        measures = exported_family(document) | _mirrors(document.mirrors) | _registered(registered)
        return replace(data, measures=measures, pictures=pictures_of(document))
    stored = stored_measures(*counted)
    return replace(data, measures=msgspec.to_builtins(stored) | _mirrors(stored.mirrors) | _registered(registered))


def _mirrors(reports: Sequence[MirroredReport]) -> dict[str, Any]:
    """What mirrored reports say in words, for reports to read."""
    return {"mirror_words": [each._asdict() for each in report_words(reports)], "mirrors_note": MIRRORS_NOTE}


def _registered(found: RegisteredResult | None) -> dict[str, Any]:
    """The registration as plain values for exports, with what became of it in words."""
    if found is None:
        return {}
    words = {"heading": found.heading, "outcome": found.outcome, "notes": found.notes}
    return {"registered": {**msgspec.to_builtins(found), **words}}
