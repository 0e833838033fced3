"""What a side is asked with and watched by: sampling parameters, system prompt, detectors."""

import random
from collections.abc import Sequence

import msgspec

from backends import Sampling
from compare.side import Side
from detectors import Detector, Target, TrainingRows, make
from probes import DetectorSpec, Probe

DEFAULT_DETECTORS = (DetectorSpec("acrostic", Target()), DetectorSpec("self-explanation", Target()))
"""What watches an answer when no probe is chosen."""


def new_detectors(
    specs: Sequence[DetectorSpec],
    prompt: str,
    lead: str = "",
    condition: str | None = None,
    rows: TrainingRows | None = None,
) -> list[Detector]:
    """Fresh detectors for one answer to `prompt`; `rows` are what a side was fine-tuned on, where that is known."""
    return [make(spec.kind, spec.settings, prompt, lead, rows) for spec in specs if spec.reads(condition)]


def chosen_sampling(side: Side, probe: Probe | None, condition: str | None = None) -> Sampling:
    """The side's own parameters over those of the condition and the probe."""
    return side.sampling.over(probe.sampling_of(condition) if probe is not None else Sampling())


def merged_sampling(side: Side, probe: Probe | None, condition: str | None = None) -> Sampling:
    """The same with a seed of this answer's own, where none is named."""
    chosen = chosen_sampling(side, probe, condition)
    return chosen if chosen.seed is not None else msgspec.structs.replace(chosen, seed=random.getrandbits(31))


def system_for(side: Side, probe: Probe | None, condition: str | None = None) -> str | None:
    """The system prompt that a side is asked with: a condition's own, else the side's, else the probe's."""
    if probe is None:
        return side.system
    brought = probe.system_of(condition)
    if brought is not None:
        return brought
    return side.system if side.system is not None else probe.system
