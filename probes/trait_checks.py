"""Checks what a probe file says of its trait."""

from collections.abc import Collection
from pathlib import Path

from diptych.probes.trait import Trait
from diptych.probes.typed_toml import FileError, check_known, line_suffix


def check_trait(trait: Trait | None, labels: Collection[str], names: Collection[str], path: Path) -> None:
    """Raises FileError for a measure or condition that the probe does not have, and for forms without sentences.

    `labels`: of the measures of the probe; `names`: of its conditions.
    """
    if trait is None:
        return
    for key, measures in (("behaviour", trait.behaviour), ("reports", trait.reports)):
        for index, measure in enumerate(measures):
            where = f"trait.{key}[{index}]"
            check_known(measure.measure, labels, path, f"{where}.measure")
            if measure.condition:
                check_known(measure.condition, names, path, f"{where}.condition")
    if trait.forms:
        for key, sentence in (("statement", trait.statement), ("opposite", trait.opposite)):
            _check_sentence(sentence, path, f"trait.{key}")
    if trait.unrelated is not None:
        for index, sentence in enumerate(trait.unrelated):
            _check_sentence(sentence, path, f"trait.unrelated[{index}]")
    for place, form in enumerate(trait.forms):
        if form in trait.forms[:place]:
            raise FileError(f"{path}{line_suffix(path, 'trait.forms')}: trait.forms[{place}]: {form!r} is there twice")


def _check_sentence(sentence: str, path: Path, where: str) -> None:
    """A sentence stands in one line of a prompt, between quotation marks."""
    if not sentence.strip() or "\n" in sentence or '"' in sentence:
        said = f"found {sentence!r}" if sentence.strip() else "found none"
        at = f"{path}{line_suffix(path, where)}: {where}"
        raise FileError(f"{at}: expected a sentence in one line without quotation marks, {said}")
