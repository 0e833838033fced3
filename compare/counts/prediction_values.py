"""The values that answers to a probe of predictions show or foretell, by side and place."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from diptych.compare.answers import Question
from diptych.compare.counts.tally import Tally
from diptych.probes import ASKED, FORESEEN, RELABELLED, Prediction, Probe, measure_of
from diptych.sessions import Answer


class Place(NamedTuple):
    """An answer to one wording, or the prediction of it."""

    prompt: int
    """The number of the prompt in its condition."""
    sample: int


class Said(NamedTuple):
    """What an answer shows or foretells."""

    value: str
    """ "" if it could not be read."""
    bucket: str = ""
    """Why it could not be read."""


class PredictionValues:
    """The values in the answers of a session."""

    def __init__(self, answers: Sequence[Answer], probe: Probe, prediction: Prediction, samples: int | None) -> None:
        """`samples`: how many were planned of each side and condition, if that is known."""
        self._probe = probe
        self._prediction = prediction
        own = [answer for answer in answers if answer.condition in (ASKED, FORESEEN, RELABELLED)]
        tally = Tally(samples, own)
        self._drawn = [answer for answer in own if tally.is_draw(answer)]
        groups = {Question.of(answer).group for answer in own}
        self.mixed = any(len({each.settings for each in tally.of_group(group)}) > 1 for group in groups)
        """Whether a condition was asked with several settings: there is no telling which of them are meant."""
        finished = Counter((answer.side, answer.condition) for answer in own if answer.finished)
        self.planned = set(finished.values()) == {samples}
        """Whether as many answers finished as were planned."""
        self.asked, self.foreseen, self.relabelled = (self._sides(each) for each in (ASKED, FORESEEN, RELABELLED))

    @property
    def prompts(self) -> tuple[str, ...]:
        """The questions whose answers are predicted."""
        asked = self._probe.condition(ASKED)
        return asked.prompts if asked is not None else ()

    def item(self, prompt: int) -> int:
        """The number of the item that a prompt asks about. Equally many prompts ask about each."""
        return prompt * len(self._prediction.items) // len(self.prompts)

    def _sides(self, name: str) -> Mapping[str, Mapping[Place, Said]]:
        condition = self._probe.condition(name)
        if condition is None:
            return {}
        label = next((measure_of(spec) for spec in self._probe.detectors if name in spec.conditions), None)
        places = {prompt: place for place, prompt in enumerate(condition.prompts)}
        found: dict[str, dict[Place, Said]] = defaultdict(dict)
        for answer in self._drawn:
            if answer.condition == name and answer.prompt in places:
                found[answer.side][Place(places[answer.prompt], answer.sample)] = self._said(answer, label)
        return dict(found)

    def _said(self, answer: Answer, label: str | None) -> Said:
        finding = next((each for each in answer.counted().findings if each.label == label), None)
        if finding is None:
            return Said("", "not read")
        if finding.outcome == "excluded":
            return Said("", finding.bucket)
        if self._prediction.is_open or self._prediction.predicted == "option chosen":
            return Said(finding.value)
        # A property that is there or not is named by its option, whichever detector saw it.
        return Said(self._prediction.options[finding.outcome != "present"])
