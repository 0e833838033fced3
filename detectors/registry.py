"""Detectors by the name that probe files use."""

from collections.abc import Callable

from detectors.acrostic import Acrostic
from detectors.selfexplanation import SelfExplanation
from detectors.types import Detector

KINDS: dict[str, Callable[[str | None, str, str], Detector]] = {
    Acrostic.name: Acrostic,
    SelfExplanation.name: SelfExplanation,
}


def make(kind: str, target: str | None, prompt: str, lead: str = "") -> Detector:
    """A detector of one answer to `prompt`. Raises KeyError for a kind that is not in KINDS.

    `lead`: what the answer was given as its beginning. It was supplied and is no part of what is found; what follows
    goes on in its line and sentence.
    """
    return KINDS[kind](target, prompt, lead)
