"""How far the labels of people agree with the findings of detectors and judges."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from diptych.compare.console.blind_labels import BLIND_LABELS
from diptych.compare.stats import Interval, cohens_kappa, kappa_interval
from diptych.number_words import signed
from diptych.sessions import UNSURE, YES, Label, SavedAnswer

_FEWEST = 10
"""Labelled answers from which kappa is said. Of fewer, one answer more could turn it round."""


class LabelAgreement(NamedTuple):
    """A label beside a detector or judge, over the answers that have a label and a verdict."""

    value: str
    """The label: in a person's own words, or the name of the measure that the person was asked about."""
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
    def interval(self) -> Interval | None:
        """The 95 % interval of kappa."""
        return kappa_interval(self.both, self.only_label, self.only_detector, self.neither)

    @property
    def words(self) -> str:
        """Kappa where it says something, and the four counts."""
        counts = (
            f"both {self.both}, label only {self.only_label}, detector only {self.only_detector}, "
            f"neither {self.neither}"
        )
        n, labelled = self.both + self.only_label + self.only_detector + self.neither, self.both + self.only_label
        interval = self.interval if n >= _FEWEST and labelled not in (0, n) else None
        if self.kappa is None or interval is None:
            return f"too few labels for kappa; {counts}"
        ends = ", ".join(_unsigned(end) for end in interval)
        return f"agreement beyond chance (kappa) {_unsigned(self.kappa)} [{ends}]; {counts}"


def label_agreement(saved: Sequence[SavedAnswer], labels: Sequence[Label]) -> list[LabelAgreement]:
    """Each label beside each detector and judge, the one that agrees most first.

    An answer counts if it has a label and a finding that is not excluded. For a label in a person's own words, it
    counts as one without this label if it has only others of this kind. For a measure that people were asked about, it
    counts by what they said last, unless they were unsure; a label in the same words says yes, too.
    """
    people = _People(labels)
    counts: dict[tuple[str, str, str], list[int]] = {}
    for answer_id, answer in saved:
        said = {value: people.said(answer_id, value) for value in people.values}
        for finding in answer.counted().findings:
            for value, yes in said.items():
                if yes is not None and finding.outcome != "excluded":
                    cells = counts.setdefault((value, finding.detector, finding.label), [0, 0, 0, 0])
                    cells[2 * (not yes) + (finding.outcome != "present")] += 1
    rows = [
        LabelAgreement(*key, both, only_label, only_found, neither, cohens_kappa(both, only_label, only_found, neither))
        for key, (both, only_label, only_found, neither) in counts.items()
    ]
    return sorted(
        rows, key=lambda row: (people.values.index(row.value), -(row.kappa if row.kappa is not None else -2.0))
    )


class _People:
    """What people said of each answer."""

    def __init__(self, labels: Sequence[Label]) -> None:
        self._in_own_words: dict[int, set[str]] = defaultdict(set)
        self._asked: dict[tuple[int, str], str] = {}
        """The last of what they said when they were asked, by answer and measure."""
        self._questions = {label.question for label in labels if label.question}
        for label in labels:
            if label.question:
                self._asked[label.answer, label.question] = label.value
            elif label.value not in BLIND_LABELS:
                self._in_own_words[label.answer].add(label.value)
        shown = (label.question or label.value for label in labels if label.value not in BLIND_LABELS)
        self.values = list(dict.fromkeys(shown))

    def said(self, answer_id: int, value: str) -> bool | None:
        """Whether an answer has a label; None if nobody said."""
        if (answer_id, value) in self._asked:
            asked = self._asked[answer_id, value]
            return None if asked == UNSURE else asked == YES
        own = self._in_own_words.get(answer_id, set())
        if value in own:
            return True
        return False if own and value not in self._questions else None


def _unsigned(number: float) -> str:
    """With a sign only if it is negative."""
    return signed(number).removeprefix("+")
