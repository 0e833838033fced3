"""The answers behind a leg of a claim card, which may be of several sessions and probes."""

from collections.abc import Callable, Sequence

from textual.content import Content

from diptych.compare import LegAnswers, LiveAnswer, Sample, SessionView, request_of_saved
from diptych.tui.screens.reading_screen import ReadingScreen
from diptych.tui.transcript import stored_transcript


class LegAnswersScreen(ReadingScreen):
    """Reads them as the rows of the samples screen are read, each marked by the detectors of its own probe."""

    def __init__(self, view: SessionView, behind: LegAnswers, title: Sequence[str]) -> None:
        """`title`: the probe and the leg, for the head."""
        self._probes = behind.probes
        first = next(place for place, sample in enumerate(behind.rows[0].samples) if sample is not None)
        left = f"{len(behind.sides)} of {len(behind.sides) + behind.more_sides} models" if behind.more_sides else ""
        asked = [*title, *filter(None, [left])]
        super().__init__(view, behind.rows, behind.sides, 0, first, asked, behind.conditions)

    def _replayed(self, sample: Sample) -> LiveAnswer:
        return self._view.replayed(sample.answer, self._probes[sample.id])

    def _transcript(self, sample: Sample, live: LiveAnswer) -> Callable[[], Content]:
        side, answer = self._view.side(sample.answer.side), sample.answer
        request = request_of_saved(side, answer, [answer], self._probes[sample.id])
        return lambda: stored_transcript(request, live)
