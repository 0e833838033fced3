"""A kept answer, once more as it was when it had just ended."""

import asyncio
from collections.abc import Sequence

from backends import End
from compare.judge import is_verdict
from compare.live import LiveAnswer
from detectors import Detector
from sessions import Answer, pieces_of


def replayed(stored: Answer, detectors: Sequence[Detector], woken: asyncio.Event) -> LiveAnswer:
    """The answer with what `detectors` mark in it now, and with the verdicts of judges that are kept with it."""
    live = waiting(stored, detectors, woken)
    for piece in pieces_of(stored):
        live.take(piece)
    conclude(live, stored)
    return live


def waiting(stored: Answer, detectors: Sequence[Detector], woken: asyncio.Event) -> LiveAnswer:
    """The same before anything of it has come."""
    return LiveAnswer(stored.side, detectors, woken, stored.lead, timed=stored.timed)


def conclude(live: LiveAnswer, stored: Answer) -> None:
    """End the answer as it has ended, be it well or not."""
    end = None
    if stored.finish_reason is not None:
        end = End(stored.finish_reason, stored.ended_at or 0.0, stored.usage, stored.model, stored.fingerprint)
    live.finish("interrupted" if stored.state == "streaming" else stored.state, end, stored.failure)
    live.add([finding for finding in stored.findings if is_verdict(finding)])
