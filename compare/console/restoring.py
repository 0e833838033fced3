"""What is kept, once more as it was: an answer as it had just ended, a session as its exchanges."""

import asyncio
from collections.abc import Collection, Iterable, Sequence

from diptych.backends import End
from diptych.compare.answers import LiveAnswer, Question, told_before
from diptych.compare.console.exchange import Exchange
from diptych.compare.judges import is_verdict
from diptych.detectors import Detector
from diptych.sessions import Answer, SavedAnswer, pieces_of


def replayed(stored: Answer, detectors: Sequence[Detector], woken: asyncio.Event) -> LiveAnswer:
    """A kept answer with what `detectors` mark in it now, and with the verdicts of judges that are kept with it."""
    live = waiting(stored, detectors, woken)
    for piece in pieces_of(stored):
        live.take(piece)
    conclude(live, stored)
    return live


def waiting(stored: Answer, detectors: Sequence[Detector], woken: asyncio.Event) -> LiveAnswer:
    """The same before anything of it has come."""
    return LiveAnswer(stored.side, lambda: detectors, woken, stored.prefix, timed=stored.timed)


def conclude(live: LiveAnswer, stored: Answer) -> None:
    """End the answer as it has ended, be it well or not."""
    end = None
    if stored.finished or stored.finish_reason is not None:
        end = End(
            stored.finish_reason,
            stored.ended_at or 0.0,
            stored.usage,
            stored.model,
            stored.fingerprint,
            cut=stored.state == "cut",
        )
    live.finish("interrupted" if stored.state == "streaming" else stored.state, end, stored.failure)
    live.add([finding for finding in stored.findings if is_verdict(finding)])


def exchanges_of(saved: Iterable[SavedAnswer], hidden: Collection[int], names: Sequence[str]) -> list[Exchange]:
    """The exchanges with their answers, in the order in which they were asked; live answers they have none yet.

    `hidden`: the numbers of answers whose sides may not be told yet; `names`: of all sides, in their usual order.
    """
    exchanges: dict[int, Exchange] = {}
    for answer_id, stored in saved:
        exchange = exchanges.get(stored.exchange)
        if exchange is None:
            exchange = exchanges[stored.exchange] = exchange_of(stored, names)
        exchange.keep(SavedAnswer(answer_id, stored))
        if stored.side not in exchange.kept or not _in_background(stored):
            exchange.kept[stored.side] = SavedAnswer(answer_id, stored)
        exchange.planned = stored.planned if exchange.planned is None else exchange.planned
        note_asked(exchange, stored, answer_id in hidden)
    return list(exchanges.values())


def _in_background(stored: Answer) -> bool:
    """Whether it was one of many samples: those come whole, and what a question is shown with is streamed."""
    return stored.request.get("stream") is False


def exchange_of(stored: Answer, names: Sequence[str]) -> Exchange:
    """The exchange that an answer belongs to, without any answer."""
    exchange = Exchange(stored.exchange, Question.of(stored))
    exchange.order = tuple(names)
    return exchange


def note_asked(exchange: Exchange, stored: Answer, hidden: bool) -> None:
    """The side of an answer was asked, after what it had been told; `hidden`: which side that is may not be told."""
    exchange.histories.setdefault(stored.side, told_before(stored))
    exchange.asked = tuple(dict.fromkeys((*exchange.asked, stored.side)))
    exchange.hidden = exchange.hidden or hidden
    exchange.order = _in_place(exchange.order, stored)


def _in_place(order: Sequence[str], stored: Answer) -> tuple[str, ...]:
    """The order of the columns, with a blind answer back in the place where it was shown."""
    if stored.position is None:
        return tuple(order)
    others = [name for name in order if name != stored.side]
    others.insert(stored.position - 1, stored.side)
    return tuple(others)
