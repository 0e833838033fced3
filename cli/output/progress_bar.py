"""The progress of a run on standard error: a bar on a terminal, else a line every few seconds."""

import sys
import time
from shutil import get_terminal_size

import click

from diptych.compare import Sampler, SamplingProgress

_CELLS = 24
_FRAME_SECONDS = 0.1
_LINE_SECONDS = 5.0


class ProgressBar:
    """Shows the progress of a sampler."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler
        self._in_place = sys.stderr.isatty()
        self._shown_at = 0.0

    def show(self) -> None:
        """Show the progress, unless it was shown a moment ago. The end is always shown."""
        now, progress = time.monotonic(), self._sampler.progress
        pause = _FRAME_SECONDS if self._in_place else _LINE_SECONDS
        if now - self._shown_at < pause and progress.done < progress.total:
            return
        self._shown_at = now
        if self._in_place:
            click.echo(f"\r\x1b[K{progress_line(progress, get_terminal_size().columns)}", err=True, nl=False)
        else:
            click.echo(progress_text(progress), err=True)


def progress_text(progress: SamplingProgress) -> str:
    """One line, e.g. "120/256 answers · 3 failed · 4.2 a second · 41,200 tokens · 0:31 left"."""
    parts = [f"{progress.done}/{progress.total} answers"]
    if progress.failed:
        parts.append(f"{progress.failed} failed")
    if progress.rate is not None:
        parts.append(f"{progress.rate:.1f} a second")
    if progress.tokens is not None:
        parts.append(f"{progress.tokens:,} tokens")
    if progress.seconds_left is not None and progress.done < progress.total:
        parts.append(f"{clock_time(progress.seconds_left)} left")
    return " · ".join(parts)


def clock_time(seconds: float) -> str:
    """Hours, minutes and seconds: "1:02:03", or "2:03" below an hour."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def progress_line(progress: SamplingProgress, columns: int) -> str:
    """Bar and text in one line of the terminal; the bar uses the remaining width."""
    text = progress_text(progress)[: columns - 1]
    cells = max(0, min(_CELLS, columns - len(text) - 2))
    full = cells * progress.done // max(1, progress.total)
    return f"{'━' * full}{'─' * (cells - full)} {text}"
