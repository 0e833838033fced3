"""How far a run has come, for a caller who wants to know."""

from collections.abc import Callable

from diptych.cli import ProgressBar, StatusLine
from diptych.compare import Prepared, RunListener, Sampler, SamplingProgress
from diptych.sessions import Answer

OnProgress = Callable[[SamplingProgress], None]


def listener_for(progress: bool | OnProgress) -> RunListener:
    """True: a bar on standard error. A callable: told after each answer. False: nobody is told."""
    if progress is False:
        return RunListener()
    if progress is True:
        doing, shown = StatusLine(), _Shown(lambda sampler: ProgressBar(sampler).show)
        return RunListener(doing, shown.prepared, shown.answered)
    shown = _Shown(lambda sampler: lambda: progress(sampler.progress))
    return RunListener(prepared=shown.prepared, answered=shown.answered)


class _Shown:
    """Shows progress once it is known what there is to ask."""

    def __init__(self, shows: Callable[[Sampler], Callable[[], None]]) -> None:
        self._shows = shows
        self._show: Callable[[], None] = lambda: None

    def prepared(self, prepared: Prepared) -> None:
        self._show = self._shows(prepared.sampler)

    def answered(self, answer: Answer, done: int, total: int) -> None:
        self._show()
