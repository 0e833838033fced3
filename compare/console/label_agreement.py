"""How far the labels of people agree with the findings of detectors."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from diptych.compare.console.blind_labels import BLIND_LABELS
from diptych.compare.stats import cohens_kappa
from diptych.number_words import signed
from diptych.sessions import Label, SavedAnswer

_FEWEST = 10
"""Labelled answers from which kappa is said. Of fewer, one answer more could turn it round."""


class LabelAgreement(NamedTuple):
    """A label beside a detector, over the answers that have a label and a verdict."""

    value: str
    """The label."""
    detector: str
    label: str
    """The measure of the detector."""
    both: int
    only_label: int
    only_detector: int
    neither: int
    kappa: float | None
    """None where it is not defined: label and detector are both the same everywhere."""

    @property
    def words(self) -> str:
        """Kappa where it says something, and the four counts."""
        counts = (
            f"both {self.both}, label only {self.only_label}, detector only {self.only_detector}, "
            f"neither {self.neither}"
        )
        n, labelled = self.both + self.only_label + self.only_detector + self.neither, self.both + self.only_label
        if self.kappa is None or n < _FEWEST or labelled in (0, n):
            return f"too few labels for kappa; {counts}"
        return f"agreement beyond chance (kappa) {signed(self.kappa).removeprefix('+')}; {counts}"


def label_agreement(saved: Sequence[SavedAnswer], labels: Sequence[Label]) -> list[LabelAgreement]:
    """Each label in a person's own words beside each detector, the detector that agrees most first.

    An answer counts if it has any label in a person's own words and a finding of the detector that is not excluded.
    If it has only other labels, it counts as one without this label.
    """
    given: dict[int, set[str]] = defaultdict(set)
    for label in labels:
        if label.value not in BLIND_LABELS:
            given[label.answer].add(label.value)
    counts: dict[tuple[str, str, str], list[int]] = {}
    values = list(dict.fromkeys(label.value for label in labels if label.value not in BLIND_LABELS))
    for answer_id, answer in saved:
        for finding in answer.counted().findings if answer_id in given else ():
            if finding.outcome == "excluded":
                continue
            for value in values:
                cells = counts.setdefault((value, finding.detector, finding.label), [0, 0, 0, 0])
                said, found = value in given[answer_id], finding.outcome == "present"
                cells[2 * (not said) + (not found)] += 1
    rows = [
        LabelAgreement(*key, both, only_label, only_found, neither, cohens_kappa(both, only_label, only_found, neither))
        for key, (both, only_label, only_found, neither) in counts.items()
    ]
    return sorted(rows, key=lambda row: (values.index(row.value), -(row.kappa if row.kappa is not None else -2.0)))
