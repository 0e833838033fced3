"""The legs that the mirrors of a report decide, and the report itself where a probe has no other one."""

from diptych.compare.claims.claim_sessions import ClaimSession
from diptych.probes import TraitMeasure, measure_of


def plain_reports(mirrored: ClaimSession | None) -> tuple[TraitMeasure, ...]:
    """The plain forms in a session of mirrors: its reports."""
    if mirrored is None:
        return ()
    probe = mirrored.probe
    plain = [each.condition for each in probe.mirrors if each.mirror is None]
    return tuple(
        TraitMeasure(measure_of(spec), condition)
        for condition in plain
        for spec in probe.detectors
        if condition in spec.conditions
    )
