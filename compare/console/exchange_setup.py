"""How the sides of a comparison are asked and watched: the next question, and exchanges as they once were."""

from collections.abc import Sequence

from diptych.backends import Request, Sampling
from diptych.compare.answers import (
    DEFAULT_DETECTORS,
    GUESSING,
    Question,
    Setup,
    Side,
    new_detectors,
    setup_for,
    setup_of,
    with_seed,
)
from diptych.compare.console.exchange import Exchange
from diptych.detectors import Detector, TrainingRows
from diptych.probes import DetectorSpec, Probe


class Manner:
    """The sides with the probe that is chosen. An exchange keeps what it was asked with, whatever is chosen since."""

    def __init__(
        self,
        sides: Sequence[Side],
        probe: Probe | None,
        own_detectors: Sequence[DetectorSpec],
        rows: TrainingRows | None,
    ) -> None:
        """As of a comparison."""
        self.sides = tuple(sides)
        self.probe = probe
        self._rows = rows
        self._usual_detectors = (*DEFAULT_DETECTORS, *own_detectors)

    def side(self, name: str) -> Side:
        """The side of that name."""
        return next(side for side in self.sides if side.name == name)

    def request(self, side: Side, exchange: Exchange) -> Request:
        """What is asked of a side in an exchange, with a seed of its own."""
        return self._request(side, exchange, with_seed(self._setup(side, exchange).sampling))

    def _request(self, side: Side, exchange: Exchange, sampling: Sampling) -> Request:
        return side.request(
            exchange.question, self._setup(side, exchange).system, sampling, exchange.histories.get(side.name, ())
        )

    def _setup(self, side: Side, exchange: Exchange) -> Setup:
        """What a side is asked with in an exchange, also after another probe was chosen."""
        known = exchange.setups.get(side.name)
        return known if known is not None else setup_for(side, self.probe, exchange.condition)

    def _setups(self, condition: str | None) -> dict[str, Setup]:
        return {side.name: setup_for(side, self.probe, condition) for side in self.sides}

    def _setups_of(self, exchange: Exchange) -> dict[str, Setup]:
        """The same of a kept exchange, as the first answer of each side tells it."""
        setups = self._setups(exchange.condition)
        for name, now in setups.items():
            first = next(iter(exchange.samples.get(name, {}).values()), None)
            if first is not None and ("messages" in first.request or "prompt" in first.request):
                setups[name] = setup_of(first, now)
        return setups

    def _new_detectors(self, question: Question) -> list[Detector]:
        return new_detectors(self._watching, question, self._rows)

    def _detectors_for(self, exchange: Exchange) -> list[Detector]:
        """What watches an answer of an exchange, also after another probe was chosen."""
        specs = exchange.watched if exchange.watched is not None else self._watching
        return new_detectors(specs, exchange.question, self._rows)

    @property
    def _watching(self) -> tuple[DetectorSpec, ...]:
        """What watches the answers to the next question."""
        return self.probe.detectors if self.probe is not None else self._usual_detectors

    def _probe_that_asked(self, exchange: Exchange, of_session: str | None) -> str | None:
        """The probe that a kept exchange was asked with: that of the session, unless it has no such condition."""
        probe = self.probe
        if probe is None or probe.id != of_session or exchange.condition in (None, GUESSING):
            return of_session
        return of_session if probe.condition(exchange.condition) is not None else None

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(side.name for side in self.sides)
