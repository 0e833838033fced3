"""The probes whose sessions a claim card reads."""

from collections.abc import Iterable

from diptych.probes import FORESEEN, Probe, TraitMeasure, measure_of

_ANY_TRAIT = "own-or-other"
"""The probe of predictions that can be asked whatever the trait is."""


def claim_probes(probe: Probe, every: Iterable[Probe]) -> tuple[Probe, ...]:
    """Return the probe of a claim, those of `every` that were made from its trait, and that of predictions."""
    wanted = prediction_probe(probe)
    others = (each for each in every if each.id != probe.id and (each.part_of == probe.id or each.id == wanted))
    return (probe, *others)


def mirror_id(probe: Probe) -> str:
    """The id of the probe that asks for the mirrors of a trait."""
    return probe.id if probe.mirrors else f"{probe.id}.mirrors"


def prediction_probe(probe: Probe) -> str:
    """The id of the probe that asks the sides of a claim for predictions: its own, or one for any trait."""
    if probe.prediction is None:
        return _ANY_TRAIT
    return probe.id if probe.condition(FORESEEN) is not None else f"{probe.id}.predictions"


def primary_measure(probe: Probe) -> TraitMeasure | None:
    """What a registration would name: the first measure of the trait that a detector counts, its reports first, with a
    condition in which it counts. None where only judges count them."""
    trait = probe.trait
    conditions = [condition.name for condition in probe.conditions]
    for each in (*trait.reports, *trait.behaviour) if trait is not None else ():
        for spec in probe.detectors:
            read = [name for name in conditions if spec.reads(name) and each.condition in ("", name)]
            if read and measure_of(spec) == each.measure:
                return TraitMeasure(each.measure, read[0])
    return None
