"""Detectors by the name that probe files use."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from detectors.acrostic import Acrostic
from detectors.selfexplanation import SelfExplanation
from detectors.types import Detector, Settings, Target


@dataclass(frozen=True)
class DetectorKind:
    """How a kind of detector is made."""

    settings: type[Settings]
    new: Callable[[Any, str, str], Detector]
    """Takes the settings, the prompt, and what the answer was given as its beginning."""


KINDS: dict[str, DetectorKind] = {
    Acrostic.name: DetectorKind(Target, lambda s, prompt, lead: Acrostic(s.target, prompt, lead)),
    SelfExplanation.name: DetectorKind(Target, lambda s, prompt, lead: SelfExplanation(s.target, prompt, lead)),
}


def make(kind: str, settings: Settings, prompt: str, lead: str = "") -> Detector:
    """A detector of one answer to `prompt`. Raises KeyError for a kind that is not in KINDS.

    `lead`: what the answer was given as its beginning. It was supplied and is no part of what is found; what follows
    goes on in its line and sentence.
    """
    return KINDS[kind].new(settings, prompt, lead)
