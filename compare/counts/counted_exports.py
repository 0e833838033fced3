"""What is exported of a session, with its counts: for the command and for the Python API."""

from dataclasses import replace

import msgspec

from diptych.compare.counts.stored_measures import counted_as, stored_measures
from diptych.probes import Probe
from diptych.sessions import ExportData


def with_measures(data: ExportData, probe: Probe | None) -> ExportData:
    """The same with its measures; contrasts are those of the `probe`, where it is known. Raises StoreError."""
    saved = data.store.answers(data.session.id)
    measures = stored_measures(data.session, saved, data.hidden, probe)
    return replace(data, measures=msgspec.to_builtins(measures))


def with_counted(data: ExportData) -> ExportData:
    """The same with what the measures count each answer as. Raises StoreError."""
    saved = data.store.answers(data.session.id)
    return replace(data, counted=counted_as(data.session, saved, data.hidden))
