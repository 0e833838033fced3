"""The exchanges of a session, and what is counted in their answers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diptych.compare.console.exchange import Exchange
    from diptych.compare.console.sample_table import Sample
    from diptych.compare.counts import Count, Measure, Tally


_NOT_COUNTED = "not counted yet"
"""The settings of an exchange that has no counted answer, and whose settings no other exchange has."""


class ExchangeCounts:
    """Exchanges and the counts of their answers. A count never mixes settings."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []
        """In the order in which they were asked."""

    @cached_property
    def tally(self) -> Tally:
        """The counts of all answers."""
        return self.new_tally()

    def new_tally(self) -> Tally:
        """One in which nothing is counted yet."""
        from diptych.compare.counts import Tally

        return Tally()

    def measures(self, exchange: Exchange) -> dict[Measure, dict[str, Count]]:
        """The counts of an exchange's question by measure and side; also measures without any count yet."""
        from diptych.compare.counts import Measure

        watched = next(iter(exchange.answers.values()), None)
        settings = self.settings(exchange)
        empty: dict[Measure, dict[str, Count]] = {
            Measure(f.detector, f.label, f.kind, exchange.group, settings): {}
            for f in (watched.expected if watched else ())
        }
        return empty | self.tally.of_group(exchange.group, settings)

    def settings(self, exchange: Exchange) -> str:
        """What sets the answers of an exchange apart from others to the same question. As long as none of them is
        counted, these are the settings of an exchange that was asked in the same way."""
        same = [other for other in self.exchanges if other.group == exchange.group]
        alike = [exchange, *(other for other in same if other is not exchange and other.same_setup_as(exchange))]
        known = [self.tally.settings(exchange.group, other.number) for other in alike]
        if len(same) == 1:
            return known[0] or ""
        return next((name for name in known if name is not None), _NOT_COUNTED)

    def counted_with(self, exchange: Exchange, all_wordings: bool = False) -> list[Exchange]:
        """The exchanges whose answers are counted together with those of one: they have the same settings and the same
        prompt, or with `all_wordings` another wording of it."""
        from diptych.compare.console.sample_table import question_of

        settings = self.settings(exchange)
        same = question_of(exchange, self.exchanges, all_wordings)
        return [other for other in same if other is exchange or self.settings(other) == settings]

    def samples(self, exchange: Exchange, side: str, all_wordings: bool = False) -> list[Sample]:
        """The answers of a side in those exchanges, and others that are counted with them. If only one side's settings
        were changed, the answers of the other side count beside both; a guess counts beside the answer that was to be
        guessed."""
        from diptych.compare.console.sample_table import samples_of

        asked = self.counted_with(exchange, all_wordings)
        shown = samples_of(asked, side)
        numbers = {other.number for other in asked}
        counted = self.tally.counted(exchange.group, self.settings(exchange)).get(side, set())
        others = samples_of([other for other in self.exchanges if other.number not in numbers], side)
        return shown + [
            sample
            for sample in others
            if sample.key in counted and (all_wordings or sample.answer.prompt == exchange.prompt)
        ]
