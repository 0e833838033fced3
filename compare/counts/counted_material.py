"""What is exported of a session, with its counts: for the command and for the Python API."""

from dataclasses import replace

import msgspec

from diptych.compare.counts.stored_measures import counted_as, stored_measures
from diptych.probes import Probe
from diptych.sessions import Material


def with_measures(material: Material, probe: Probe | None) -> Material:
    """The same with its measures; contrasts are those of the `probe`, where it is known. Raises StoreError."""
    saved = material.store.answers(material.session.id)
    measures = stored_measures(material.session, saved, material.hidden, probe)
    return replace(material, measures=msgspec.to_builtins(measures))


def with_counted(material: Material) -> Material:
    """The same with what the measures count each answer as. Raises StoreError."""
    saved = material.store.answers(material.session.id)
    return replace(material, counted=counted_as(material.session, saved, material.hidden))
