"""The leg that asks whether people read the answers as detectors and judges do."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from diptych.compare.claims.arm_contrasts import ArmContrast, ClaimArms
from diptych.compare.claims.asked_questions import Asked
from diptych.compare.claims.claim_commands import ClaimCommands
from diptych.compare.claims.claim_results import Leg
from diptych.compare.claims.leg_words import MOST_ANSWERS, estimate_words
from diptych.compare.counts import Count, corrected_between
from diptych.compare.judges import JUDGE
from diptych.compare.stats import Interval, cohens_kappa, kappa_interval
from diptych.number_words import interval_words, short

_SUBSTANTIAL = 0.6
"""Agreement from here on is called substantial: Landis and Koch (1977), The measurement of observer agreement for
categorical data, Biometrics 33."""
_FEWEST = 10
"""Labels from which kappa is said."""


def readers_leg(measured: Sequence[ArmContrast], asked: Asked, commands: ClaimCommands) -> Leg:
    """Held where detectors and judges that read what an answer means agree with people, on answers that were picked at
    random: the 95 % interval of Cohen's kappa lies above .6 in every measure of the trait with labels. Where people say
    the same of all answers kappa says nothing: then the difference that labels correct must lie above 0.

    Does not apply where only forms are read: letters, options, numbers.
    """
    if not measured:
        return asked.missing("readers")
    found = [_Agreement(each, asked.arms) for each in measured if _reads_meaning(each)]
    if not found:
        return Leg("readers", "does not apply", reason="only forms are read: letters, options, numbers")
    labelled = [each for each in found if each.labels]
    if not labelled:
        return Leg("readers", "not done", "no labels", found[0].label, found[0].command(commands))
    shown = next((each for each in labelled if not each.agrees), labelled[0])
    return Leg("readers", "held" if shown.agrees else "failed", shown.figure, shown.reason, answers=shown.answers)


def _reads_meaning(contrast: ArmContrast) -> bool:
    return contrast.measure.of_meaning or contrast.measure.detector.startswith(JUDGE)


class _Agreement:
    """Labels of people beside what a detector or judge saw, in one measure of the trait."""

    def __init__(self, contrast: ArmContrast, arms: ClaimArms) -> None:
        self._contrast, self._session, self._arms = contrast, contrast.asked, arms
        self.label = contrast.measure.label

    def command(self, commands: ClaimCommands) -> str:
        """Asks for labels."""
        return commands.label(self._session.session.id, self.label, self._contrast.measure.asked)

    @property
    def labels(self) -> int:
        """How many labels there are that say yes or no."""
        return sum(self._cells)

    @property
    def agrees(self) -> bool:
        """Whether the detector says what people say."""
        if self._kappa is not None:
            return self._kappa_interval is not None and self._kappa_interval.low > _SUBSTANTIAL
        if self._corrected is None:
            return False
        low, high = self._corrected[1]
        return low > 0 if self._contrast.toward > 0 else high < 0

    @property
    def figure(self) -> str:
        """Kappa with its interval, where it says something, and the number of labels."""
        number = f"{self.labels} label{'s' * (self.labels != 1)}"
        if self._kappa is None or self._kappa_interval is None:
            return number
        return f"κ {short(self._kappa)} {interval_words(*self._kappa_interval)}, {number}"

    @property
    def reason(self) -> str:
        """The measure, and its difference as labels correct it."""
        return self.label if self._corrected is None else f"{self.label}, corrected {estimate_words(*self._corrected)}"

    @property
    def answers(self) -> tuple[int, ...]:
        """Those that were labelled."""
        asked = (each.answer for each in self._session.labels if each.question == self.label)
        return tuple(dict.fromkeys(asked))[:MOST_ANSWERS]

    @cached_property
    def _counts(self) -> Mapping[str, Count]:
        measures = self._session.tally.measures()
        return next((counts for measure, counts in measures if measure == self._contrast.measure), {})

    @cached_property
    def _cells(self) -> tuple[int, int, int, int]:
        """Answers that both see it in, people alone, the detector alone, and neither."""
        both = only_people = only_detector = neither = 0
        for count in self._counts.values():
            (said, seen), (missed, unseen) = count.labelled.present, count.labelled.absent
            both, only_detector = both + said, only_detector + seen - said
            only_people, neither = only_people + missed, neither + unseen - missed
        return both, only_people, only_detector, neither

    @cached_property
    def _kappa(self) -> float | None:
        both, only_people, *_ = self._cells
        if self.labels < _FEWEST or both + only_people in (0, self.labels):
            return None
        return cohens_kappa(*self._cells)

    @cached_property
    def _kappa_interval(self) -> Interval | None:
        return kappa_interval(*self._cells)

    @cached_property
    def _corrected(self) -> tuple[float, Interval] | None:
        """The difference of the rates that labels correct, of arms with one member each."""
        arms = self._arms.base, self._arms.side
        names = [arm.members[0].name for arm in arms if len(arm.members) == 1]
        own = [self._counts[name] for name in names if name in self._counts and self._counts[name].labelled.n]
        found = corrected_between(*own) if len(own) == len(arms) else None
        return (found.estimate, found.interval) if found is not None else None
