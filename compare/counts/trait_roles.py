"""Whether a measure counts what the model does, or what it says of itself."""

from diptych.compare.answers import group_of, is_guess
from diptych.compare.counts.family_results import Role
from diptych.compare.counts.measures import Measure
from diptych.probes import FORESEEN, RELABELLED, Probe, Trait, TraitMeasure


def role_of(measure: Measure, probe: Probe | None) -> Role | None:
    """The role of a measure: as the trait of the probe says, else by whether it counts descriptions. A guess of the
    base has none, and neither has a number such as surprise."""
    if measure.of_means or is_guess(measure.group):
        return None
    condition = next((each.name for each in probe.conditions if group_of(each) == measure.group), "") if probe else ""
    if probe is not None and condition:
        if probe.mirrors or (probe.prediction is not None and condition in (FORESEEN, RELABELLED)):
            return "says"
        if probe.trait is not None and (named := _named(measure.label, condition, probe.trait)) is not None:
            return named
    return "says" if measure.kind == "description" else "does"


def _named(label: str, condition: str, trait: Trait) -> Role | None:
    """The role that a trait gives a measure in a condition; None where it does not name it."""
    roles: tuple[tuple[Role, tuple[TraitMeasure, ...]], ...] = (("does", trait.behaviour), ("says", trait.reports))
    for role, measures in roles:
        if any(each.measure == label and each.condition in ("", condition) for each in measures):
            return role
    return None
