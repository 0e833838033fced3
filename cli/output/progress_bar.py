"""How far a run has come, on standard error: a bar in place on a terminal, else a line every so often."""

import sys
import time
from shutil import get_terminal_size

import click

from diptych.compare import Sampler, SamplingProgress

_CELLS = 24
_FRAME_SECONDS = 0.1
_LINE_SECONDS = 5.0


class ProgressBar:
    """Told after each answer."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler
        self._in_place = sys.stderr.isatty()
        self._shown_at = 0.0

    def show(self) -> None:
        """Show where it stands, unless that was shown just now; the end is always shown."""
        now, standing = time.monotonic(), self._sampler.progress
        pause = _FRAME_SECONDS if self._in_place else _LINE_SECONDS
        if now - self._shown_at < pause and standing.done < standing.total:
            return
        self._shown_at = now
        if self._in_place:
            click.echo(f"\r\x1b[K{_line(standing, get_terminal_size().columns)}", err=True, nl=False)
        else:
            click.echo(progress_text(standing), err=True)


def progress_text(standing: SamplingProgress) -> str:
    """One line, e.g. "120/256 answers · 3 failed · 4.2 a second · 41,200 tokens · 0:31 left"."""
    parts = [f"{standing.done}/{standing.total} answers"]
    if standing.failed:
        parts.append(f"{standing.failed} failed")
    if standing.rate is not None:
        parts.append(f"{standing.rate:.1f} a second")
    if standing.tokens is not None:
        parts.append(f"{standing.tokens:,} tokens")
    if standing.seconds_left is not None and standing.done < standing.total:
        parts.append(f"{clock_time(standing.seconds_left)} left")
    return " · ".join(parts)


def clock_time(seconds: float) -> str:
    """Hours, minutes and seconds: "1:02:03", or "2:03" below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _line(standing: SamplingProgress, columns: int) -> str:
    """ProgressBar and words in one line of the terminal, with as much of a bar as there is room for."""
    said = progress_text(standing)[: columns - 1]
    cells = max(0, min(_CELLS, columns - len(said) - 2))
    full = cells * standing.done // max(1, standing.total)
    return f"{'━' * full}{'─' * (cells - full)} {said}"
