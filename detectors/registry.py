"""The detector kinds by the names that probe files use."""

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from diptych.detectors.detector import Detector, DetectorKind, Settings
from diptych.detectors.plugins import plugin
from diptych.detectors.prefilled import AfterPrefix

if TYPE_CHECKING:
    from diptych.detectors.text.training_rows import TrainingRows

KINDS = {
    "acrostic": "acrostic.KIND",
    "word-acrostic": "word_acrostic.KIND",
    "self-explanation": "self_explanation.KIND",
    "early-explanation": "early_explanation.KIND",
    "self-claim": "self_claim.KIND",
    "choice": "choice.KIND",
    "yes-no": "yes_no.KIND",
    "scale": "scale.KIND",
    "answer-property": "answer_property.KIND",
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
"""Where each kind is defined. Its module is imported on first use, which keeps the start short."""


def find_kind(kind: str) -> DetectorKind | None:
    """Return the kind of that name, built in or from an installed package, or None. Raises PluginError."""
    return _own_kind(kind) if kind in KINDS else plugin(kind)


@cache
def _own_kind(kind: str) -> DetectorKind:
    module, _, name = KINDS[kind].rpartition(".")
    found = getattr(import_module(f"diptych.detectors.{module}"), name)
    assert isinstance(found, DetectorKind)
    return found


def make_detector(
    kind: str, settings: Settings, prompt: str, prefix: str = "", rows: "TrainingRows | None" = None
) -> Detector:
    """Make a detector for one answer to `prompt`. Raises KeyError for an unknown kind.

    `prefix`: the text that the answer continues, e.g. a prefill. It is never part of a finding, but the answer
    continues its line and sentence. If it contains part of what is looked for, the finding is excluded. `rows`: the
    training rows, if they are known.
    """
    found = find_kind(kind)
    if found is None:
        raise KeyError(kind)
    more = (rows,) if found.reads_rows else ()
    own = found.new(settings, prompt, prefix, *more)
    return AfterPrefix(own, lambda: found.new(settings, prompt, "", *more), prefix) if prefix else own
