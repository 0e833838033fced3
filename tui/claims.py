"""Opens the claim card of the session, keeps it up to date, and shows and writes what is behind it."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diptych.errors import DiptychError
from diptych.sessions import Store
from diptych.tui import screens
from diptych.tui.sanitized_text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.screen import Screen

    from diptych.compare import ClaimReading, Comparison, Leg
    from diptych.probes import Probe
    from diptych.tui.stored_numbers import StoredNumbers


def has_claim(probe: Probe | None) -> bool:
    """Whether a claim is made of a probe: it has a trait, or was made from the trait of another one."""
    return probe is not None and bool(probe.trait is not None or probe.part_of)


class Claims:
    """Reads the card of the probe that is chosen."""

    def __init__(self, comparison: Comparison, probes: Callable[[], Sequence[Probe]]) -> None:
        """`probes` reads those that are known, and may raise FileError."""
        self._comparison, self._view, self._probes = comparison, comparison.view, probes
        self._numbers: dict[str, StoredNumbers[ClaimReading]] = {}
        """By the id of the probe with the trait."""
        self._shown: StoredNumbers[ClaimReading] | None = None

    def open(self, above: Screen[Any]) -> None:
        """Show the card above the screen whose second page it is."""
        if any(exchange.hidden for exchange in self._view.exchanges):
            above.notify("Hidden until you have guessed which side is which in every blind question", timeout=3)
            return
        try:
            probes = self._probes()
        except DiptychError as error:
            above.notify(visible(error.text()), severity="error", markup=False)
            return
        chosen = self._view.probe
        probe = chosen
        if chosen is not None and chosen.part_of:
            probe = next((each for each in probes if each.id == chosen.part_of), None)
        if probe is None or probe.trait is None:
            above.notify("There is no probe with the trait of this one", timeout=3)
            return
        above.run_worker(self._show(above, probe, probes), group="claim", exclusive=True)

    async def _show(self, above: Screen[Any], probe: Probe, every: Sequence[Probe]) -> None:
        from diptych.tui.stored_numbers import StoredNumbers

        if probe.id not in self._numbers:
            self._numbers[probe.id] = StoredNumbers(self._view, lambda: self._comparison.claim(probe, every))
        numbers = self._shown = self._numbers[probe.id]
        numbers.outdate()
        claim = screens.ClaimScreen(probe.id, numbers.stored.card if numbers.stored is not None else None)

        def show() -> None:
            failure = numbers.failure.text() if numbers.failure is not None else ""
            claim.show(numbers.stored.card if numbers.stored is not None else None, failure)

        def closed(leave: bool | None) -> None:
            if leave:
                above.dismiss()

        await above.app.push_screen(claim, closed)
        claim.run_worker(numbers.follow(show))

    def read(self, screen: Screen[Any], leg: Leg) -> None:
        """Show the answers behind a leg, beside each other."""
        reading = self._shown.stored if self._shown is not None else None
        if reading is None:
            return
        from diptych.compare import answers_behind
        from diptych.tui.screens.leg_answers_screen import LegAnswersScreen

        behind = answers_behind(reading.found, leg, [side.name for side in self._view.sides])
        if behind.rows:
            screen.app.push_screen(LegAnswersScreen(self._view, behind, [reading.card.probe, leg.title]))
        else:
            screen.notify("These answers are not in the store any more", timeout=3)

    def save_page(self, screen: Screen[Any]) -> None:
        """Write the card as a page into the current folder."""
        reading = self._shown.stored if self._shown is not None else None
        if reading is not None:
            screen.run_worker(self._save_page(screen, reading), group="page", exclusive=True)

    async def _save_page(self, screen: Screen[Any], reading: ClaimReading) -> None:
        from diptych.tui.file_names import free_path

        path = free_path(Path.cwd(), f"claim-{reading.card.probe}", ".html")
        try:
            await asyncio.to_thread(_write_page, self._view.store, reading, path)
        except DiptychError as error:
            screen.notify(visible(error.text()), severity="error", markup=False)
        else:
            screen.notify(f"The page is in {visible(str(path))}", timeout=5, markup=False)


def _write_page(path_of_store: Path, reading: ClaimReading, path: Path) -> None:
    from diptych.compare import export_claim

    with closing(Store(path_of_store)) as store:
        export_claim(store, reading.card, reading.found, path)
