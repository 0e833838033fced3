"""Own against other: does a side predict its own answers better than another side does?

A side that has only learnt how such questions are answered predicts others as well as itself (Binder et al. 2024,
Looking Inward: Language Models Can Learn About Themselves by Introspection, arXiv 2410.13787). So own minus cross is
taken for the same answers, which are equally hard to predict for both. Three more figures guard it: the commonest value
of these answers, a classifier that sees the question alone, and predictions given with other letters (Singh, Linzen and
Ravfogel 2026, Can LLMs Introspect? A Reality Check, arXiv 2605.26242).

A prediction is held against the answer of the same sample number to the same prompt. Neither saw the other, so any
pairing would do; this one uses each answer once for each predictor.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from diptych.compare.counts.measures import Count
from diptych.compare.counts.prediction_results import (
    PredictionDifference,
    PredictionMatrix,
    PredictionRate,
    TargetPredictions,
)
from diptych.compare.counts.prediction_values import Place, PredictionValues, Said
from diptych.compare.counts.summaries import rate_difference, rate_interval
from diptych.compare.stats import predicted_from_text
from diptych.probes import FORESEEN, Probe
from diptych.sessions import Answer, Session

_VALUES = 20
"""How many of the commonest values are reported."""

_Sides = Mapping[str, Mapping[Place, Said]]


class _Trial(NamedTuple):
    """A prediction of a readable answer."""

    target: str
    place: Place
    came_true: bool
    bucket: str = ""
    """Why the prediction could not be read."""


def prediction_matrix(
    answers: Sequence[Answer],
    probe: Probe,
    names: Sequence[str],
    samples: int | None = None,
    arms: Mapping[str, str] | None = None,
) -> PredictionMatrix | None:
    """Who predicts whose answers, from the answers of a session of a probe of predictions.

    `names`: of all sides, the base first. `samples`: how many were planned of each side and condition; if that is not
    known or was not reached, the intervals are those that hold at any number of answers. `arms`: of a family, the arm
    of each member: members predict themselves and the members of other arms. None for any other probe, and where a
    condition was asked with several settings, or nothing was asked or foreseen.
    """
    if probe.prediction is None or probe.condition(FORESEEN) is None:
        return None
    values = PredictionValues(answers, probe, probe.prediction, samples)
    if values.mixed or not values.asked or not values.foreseen:
        return None
    members: dict[str, list[str]] = defaultdict(list)
    for name in names:
        members[arms[name] if arms is not None else name].append(name)
    items = {values.item(place.prompt) for said in values.asked.values() for place in said}
    targets = {arm: _Target(values, members, arm).results() for arm in members}
    return PredictionMatrix(probe.prediction.predicted, len(items), targets)


def stored_predictions(session: Session, answers: Sequence[Answer], probe: Probe | None) -> PredictionMatrix | None:
    """The same of the answers of a stored session of a pair or family; None where its probe is not known."""
    if probe is None:
        return None
    samples = session.run.samples if session.run is not None else None
    if session.family is not None:
        arms = {side.name: side.arm_name for side in session.sides}
        return prediction_matrix(answers, probe, list(arms), samples, arms)
    names = dict.fromkeys([*(side.name for side in session.sides), *(answer.side for answer in answers)])
    return prediction_matrix(answers, probe, list(names), samples)


class _Target:
    """What is predicted of the answers of one side, or of the members of one arm."""

    def __init__(self, values: PredictionValues, members: Mapping[str, Sequence[str]], arm: str) -> None:
        self._values = values
        self._asked = {name: values.asked.get(name, {}) for name in members[arm]}
        self._others = {other: own for other, own in members.items() if other != arm}

    def results(self) -> TargetPredictions:
        """All predictions and their differences."""
        foreseen, relabelled = self._values.foreseen, self._values.relabelled
        own, own_relabelled = list(self._own(foreseen)), list(self._own(relabelled))
        others = {other: list(self._cross(foreseen, names)) for other, names in self._others.items()}
        modal, learnt = list(self._modal()), list(self._learnt())
        return TargetPredictions(
            own=self._rate(own),
            others={other: self._rate(cross) for other, cross in others.items()},
            own_minus={other: self._difference(own, cross) for other, cross in others.items()},
            modal=self._rate(modal),
            input_only=self._rate(learnt),
            own_minus_input=self._difference(own, _better(own, modal, learnt)),
            values=self._commonest(),
            relabelled=self._rate(own_relabelled) if relabelled else None,
            relabelled_minus={
                other: self._difference(own_relabelled, list(self._cross(relabelled, names)))
                for other, names in self._others.items()
            }
            if relabelled
            else {},
        )

    def _own(self, foreseen: _Sides) -> Iterator[_Trial]:
        for name in self._asked:
            yield from self._by(foreseen.get(name, {}), name)

    def _cross(self, foreseen: _Sides, predictors: Iterable[str]) -> Iterator[_Trial]:
        for predictor in predictors:
            for name in self._asked:
                yield from self._by(foreseen.get(predictor, {}), name)

    def _by(self, foreseen: Mapping[Place, Said], target: str) -> Iterator[_Trial]:
        """The predictions of the answers of a side."""
        for place, shown in self._asked[target].items():
            said = foreseen.get(place)
            if shown.value and said is not None:
                yield _Trial(target, place, said.value == shown.value, said.bucket)

    def _modal(self) -> Iterator[_Trial]:
        """Predictions of the commonest value each time. It was chosen by these answers, so it is hard to beat."""
        for name, shown in self._readable():
            counts = Counter(shown.values())
            commonest = min(counts, key=lambda value: (-counts[value], value), default="")
            yield from (_Trial(name, place, value == commonest) for place, value in shown.items())

    def _learnt(self) -> Iterator[_Trial]:
        """Predictions from the words of the question, learnt from the answers to other items."""
        prompts = self._values.prompts
        for name, shown in self._readable():
            given: list[Counter[str]] = [Counter() for _ in prompts]
            for place, value in shown.items():
                given[place.prompt][value] += 1
            predicted = predicted_from_text(
                prompts, given, [self._values.item(number) for number in range(len(prompts))]
            )
            yield from (_Trial(name, place, value == predicted[place.prompt]) for place, value in shown.items())

    def _readable(self) -> Iterator[tuple[str, dict[Place, str]]]:
        for name, said in self._asked.items():
            yield name, {place: each.value for place, each in said.items() if each.value}

    def _commonest(self) -> dict[str, int]:
        counts = Counter(value for _, shown in self._readable() for value in shown.values())
        return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:_VALUES])

    def _rate(self, trials: Sequence[_Trial]) -> PredictionRate:
        count = self._count(trials)
        kind, interval = rate_interval(count)
        rate = count.k / count.n if count.n else None
        return PredictionRate(count.k, count.n, rate, interval, kind, dict(count.excluded))

    def _difference(self, own: Sequence[_Trial], cross: Sequence[_Trial]) -> PredictionDifference:
        """Own minus cross over the answers that both predicted."""
        shared = _predicted(own) & _predicted(cross)
        first, second = (
            self._count([each for each in trials if (each.target, each.place) in shared]) for trials in (own, cross)
        )
        found = rate_difference(second, first)
        return PredictionDifference(found.estimate, found.interval, found.kind, len(shared))

    def _count(self, trials: Sequence[_Trial]) -> Count:
        """The trials by item."""
        count = Count(planned=self._values.planned)
        for trial in trials:
            if trial.bucket:
                count.excluded[trial.bucket] += 1
                continue
            item = str(self._values.item(trial.place.prompt))
            for each in (count, count.by_prompt.setdefault(item, Count(planned=count.planned))):
                each.n += 1
                each.k += trial.came_true
        return count


def _predicted(trials: Iterable[_Trial]) -> set[tuple[str, Place]]:
    """The answers of which a prediction could be read."""
    return {(trial.target, trial.place) for trial in trials if not trial.bucket}


def _better(own: Sequence[_Trial], first: Sequence[_Trial], second: Sequence[_Trial]) -> Sequence[_Trial]:
    """The baseline that predicts more of the answers that the side itself predicted.

    The classifier alone would not do: trained on the other items, it is wrong more often than right where the answers
    have no pattern.
    """
    shared = _predicted(own)
    return max(first, second, key=lambda trials: sum(t.came_true for t in trials if (t.target, t.place) in shared))
