"""Probes that the program makes from what the file of another probe says of a trait or of predictions."""

from diptych.probes.mirror_probe import mirror_probe
from diptych.probes.prediction_probe import prediction_probe
from diptych.probes.probe import Probe

_MAKERS = (mirror_probe, prediction_probe)


def derived_probes(probe: Probe) -> tuple[Probe, ...]:
    """Return the probes that are part of another one, such as `ID.mirrors`."""
    made = (make(probe) for make in _MAKERS)
    return tuple(each for each in made if each is not None)
