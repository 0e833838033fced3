"""Detectors by the name that probe files use."""

from collections.abc import Callable

from detectors.acrostic import Acrostic
from detectors.selfexplanation import SelfExplanation
from detectors.types import Detector

KINDS: dict[str, Callable[[str | None, str], Detector]] = {
    Acrostic.name: Acrostic,
    SelfExplanation.name: SelfExplanation,
}


def make(kind: str, target: str | None, prompt: str) -> Detector:
    """A detector of one answer to `prompt`. Raises KeyError for a kind that is not in KINDS."""
    return KINDS[kind](target, prompt)
