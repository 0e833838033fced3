"""The doses through which a person turns an adapter."""

from diptych.backends import Unsupported
from diptych.compare.answers import Side
from diptych.errors import MODELS
from diptych.number_words import three_digits

DOSES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)


def at_next_dose(side: Side, up: bool) -> str:
    """The name of a side's model with its last adapter at the next greater dose of these, or the next smaller one.
    Raises BackendError if there is none."""
    model = side.backend.dosed_model(side.model)
    if not model.adapters:
        raise Unsupported(f"{model.name} has no adapter, so it has no dose", MODELS)
    dose = model.adapters[-1].dose
    further = [each for each in DOSES if each > dose] if up else [each for each in reversed(DOSES) if each < dose]
    if not further:
        raise Unsupported(f"{three_digits(dose)} is the {'greatest' if up else 'smallest'} dose")
    return model.at(further[0]).name
