"""How questions are asked and answers are watched: requests and detectors, of the next question and of earlier ones."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from diptych.backends import Request, Sampling
from diptych.compare.answers import (
    DEFAULT_DETECTORS,
    WHOSE_WORDS,
    Overrides,
    Question,
    Setup,
    Side,
    new_detectors,
    new_uncounted_detectors,
    overrides_in,
    setup_for,
    setup_of,
    with_seed,
)
from diptych.compare.console.exchange import Exchange
from diptych.detectors import Detector
from diptych.probes import DetectorSpec, Probe
from diptych.sessions import Answer

if TYPE_CHECKING:
    from diptych.detectors import TrainingRows, WatchRule


class QuestionSetup:
    """The sides and the probe that is chosen. An exchange keeps the setup it was asked with when another probe is
    chosen later."""

    def __init__(
        self,
        sides: Sequence[Side],
        probe: Probe | None,
        own_detectors: Sequence[DetectorSpec],
        rows: "TrainingRows | None",
    ) -> None:
        """As in SessionState."""
        self.sides = tuple(sides)
        self.probe = probe
        self.overrides = Overrides()
        """What a person chose for the next questions."""
        self.watch: WatchRule | None = None
        """What a person looks for in all answers of the session."""
        self.rows = rows
        """What a side was fine-tuned on, where that is known."""
        self._usual_detectors = (*DEFAULT_DETECTORS, *own_detectors)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all sides, in their usual order."""
        return tuple(side.name for side in self.sides)

    def side(self, name: str) -> Side:
        """The side of that name."""
        return next(side for side in self.sides if side.name == name)

    def change(self, side_name: str, **changes: Any) -> None:
        """Ask another model on a side, from the next question on. `changes`: fields of Side."""
        self.sides = tuple(replace(side, **changes) if side.name == side_name else side for side in self.sides)

    # Requests

    def request(self, side: Side, exchange: Exchange) -> Request:
        """The request for one answer of a side in an exchange, with a seed of its own."""
        return self._request(side, exchange, with_seed(self._setup(side, exchange).sampling))

    def request_of_samples(self, side: Side, exchange: Exchange) -> Request:
        """The request for samples of a side in an exchange, without a seed unless one is named: each sample gets its
        own."""
        return self._request(side, exchange, self._setup(side, exchange).sampling)

    def setups(self, condition: str | None) -> dict[str, Setup]:
        """What each side would be asked with now."""
        return {name: self.overrides.over(setup) for name, setup in self._usual_setups(condition).items()}

    def setup_in(self, side: Side, exchange: Exchange) -> Setup:
        """What a side would be asked the question of an exchange with, if it was not asked yet."""
        return exchange.overrides.over(setup_for(side, self.probe, exchange.condition))

    def restore_setups(self, exchange: Exchange, first: Iterable[Answer]) -> None:
        """Give a stored exchange what each side was asked with, read from the first answer of each."""
        usual = self._usual_setups(exchange.condition)
        exchange.setups = usual | exchange.setups
        for answer in first:
            if "messages" in answer.request or "prompt" in answer.request:
                exchange.setups[answer.side] = setup_of(answer, usual[answer.side])
        exchange.overrides = overrides_in({name: exchange.setups[name] for name in exchange.asked}, usual)

    def _usual_setups(self, condition: str | None) -> dict[str, Setup]:
        """What each side is asked with where nobody chose anything else."""
        return {side.name: setup_for(side, self.probe, condition) for side in self.sides}

    def probe_of_stored(self, exchange: Exchange, of_session: str | None) -> str | None:
        """The probe that a stored exchange was asked with: that of the session, unless it has no such condition."""
        probe = self.probe
        if probe is None or probe.id != of_session or exchange.condition is None or exchange.question.is_about_answers:
            return of_session
        return of_session if probe.condition(exchange.condition) is not None else None

    def _request(self, side: Side, exchange: Exchange, sampling: Sampling) -> Request:
        setup = msgspec.structs.replace(self._setup(side, exchange), sampling=sampling)
        return setup.request(side, exchange.question, exchange.histories.get(side.name, ()))

    def _setup(self, side: Side, exchange: Exchange) -> Setup:
        known = exchange.setups.get(side.name)
        return known if known is not None else self.setup_in(side, exchange)

    # Detectors

    @property
    def detector_specs(self) -> tuple[DetectorSpec, ...]:
        """The detectors that watch the answers to the next question."""
        return self.probe.detectors if self.probe is not None else self._usual_detectors

    def detectors_for(self, exchange: Exchange) -> list[Detector]:
        """Fresh detectors for one answer in an exchange: those of its probe, also after another one was chosen. None
        where a side says which text is its own: whose the texts are, only the stored answers know."""
        if exchange.condition == WHOSE_WORDS:
            return []
        detectors = new_detectors(self._specs_of(exchange), exchange.question, self.rows)
        if self.watch is None:
            return detectors
        from diptych.compare.console.watching import detector_by_rule

        return [*detectors, detector_by_rule(self.watch, exchange.question)]

    def uncounted_for(self, exchange: Exchange) -> list[Detector]:
        """Fresh detectors for what its probe does not look for."""
        return new_uncounted_detectors(self._specs_of(exchange), exchange.question)

    def detectors_for_stored(self, stored: Answer, probe: Probe | None = None) -> list[Detector]:
        """Fresh detectors for a stored answer: those of a probe; without one those that watch now. An answer that picks
        its own text keeps those that it was asked for."""
        if stored.condition == WHOSE_WORDS:
            from diptych.compare.counts import recognition_detectors_of

            return recognition_detectors_of(stored)
        specs = probe.detectors if probe is not None else self.detector_specs
        detectors = new_detectors(specs, Question.of(stored), self.rows)
        if self.watch is None:
            return detectors
        from diptych.compare.console.watching import detectors_as_watched

        return [*detectors, *detectors_as_watched(self.watch, stored)]

    def uncounted_for_stored(self, stored: Answer) -> list[Detector]:
        """Fresh detectors for what those do not look for."""
        if stored.condition == WHOSE_WORDS:
            return []
        return new_uncounted_detectors(self.detector_specs, Question.of(stored))

    def _specs_of(self, exchange: Exchange) -> tuple[DetectorSpec, ...]:
        return exchange.watched if exchange.watched is not None else self.detector_specs
