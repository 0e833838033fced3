"""A kept answer, once more as it was when it had just ended."""

import asyncio
from collections.abc import Sequence

from backends import Delta, End
from compare.judge import is_verdict
from compare.live import LiveAnswer
from detectors import Detector
from sessions import Answer


def replayed(stored: Answer, detectors: Sequence[Detector], woken: asyncio.Event) -> LiveAnswer:
    """The answer with what `detectors` mark in it now, and with the verdicts of judges that are kept with it."""
    live = LiveAnswer(stored.side, detectors, woken, stored.lead)
    offset, logprobs, reasoning = 0, stored.logprobs, stored.reasoning
    for tick in stored.timeline:
        text = stored.text[offset : offset + tick.chars]
        live.take(Delta(text, tick.tokens, tick.at, logprobs, reasoning))
        offset, logprobs, reasoning = offset + tick.chars, (), ""
    end = None
    if stored.finish_reason is not None:
        end = End(stored.finish_reason, stored.ended_at or 0.0, stored.usage, stored.model, stored.fingerprint)
    live.finish("interrupted" if stored.state == "streaming" else stored.state, end, stored.failure)
    live.add([finding for finding in stored.findings if is_verdict(finding)])
    return live
