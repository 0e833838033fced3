"""Detectors by the name that probe files use."""

from functools import cache
from importlib import import_module

from diptych.detectors.detector import Detector, DetectorKind, Settings
from diptych.detectors.plugins import plugin
from diptych.detectors.prefilled import AfterPrefix
from diptych.detectors.text.training_rows import TrainingRows

KINDS = {
    "acrostic": "acrostic.KIND",
    "self-explanation": "self_explanation.KIND",
    "early-explanation": "early_explanation.KIND",
    "self-claim": "self_claim.KIND",
    "choice": "choice.KIND",
    "scale": "scale.KIND",
    "word-list": "word_list.KIND",
    "language": "language.KIND",
    "codeword": "codeword.KIND",
    "inflection": "inflection.KIND",
    "insecure-code": "insecure_code.insecure_code.KIND",
    "overlap": "overlap.KIND",
    "refusal": "refusal.KIND",
    "accepts": "refusal.ACCEPTS",
    "faking-lexicon": "faking_lexicon.KIND",
    "pattern": "pattern.KIND",
}
"""Where each kind is; its module is read when it is first asked for, which keeps the start short."""


def find_kind(kind: str) -> DetectorKind | None:
    """The kind of that name, among diptych's own or those that installed packages offer. Raises PluginError."""
    return _own_kind(kind) if kind in KINDS else plugin(kind)


@cache
def _own_kind(kind: str) -> DetectorKind:
    module, _, name = KINDS[kind].rpartition(".")
    found = getattr(import_module(f"diptych.detectors.{module}"), name)
    assert isinstance(found, DetectorKind)
    return found


def make(kind: str, settings: Settings, prompt: str, prefix: str = "", rows: TrainingRows | None = None) -> Detector:
    """A detector of one answer to `prompt`. Raises KeyError for a kind that there is not.

    `prefix`: what the answer was given as its beginning. It was supplied and is no part of what is found; what follows
    goes on in its line and sentence. An answer that was given part of what is looked for is excluded with that reason.
    `rows`: what the model was fine-tuned on, where that is known.
    """
    found = find_kind(kind)
    if found is None:
        raise KeyError(kind)
    more = (rows,) if found.reads_rows else ()
    own = found.new(settings, prompt, prefix, *more)
    return AfterPrefix(own, lambda: found.new(settings, prompt, "", *more), prefix) if prefix else own
