"""Turns stored answers back into live answers and exchanges, as they were when they had just ended."""

from bisect import insort
from collections.abc import Callable, Collection, Iterable, Sequence

from diptych.backends import End
from diptych.compare.answers import LiveAnswer, Question, turns_before
from diptych.compare.console.exchange import Exchange
from diptych.compare.judges import is_verdict
from diptych.detectors import Detector
from diptych.sessions import Answer, SavedAnswer, deltas_of


def replayed(
    stored: Answer,
    detectors: Sequence[Detector],
    changed: Callable[[], None] = lambda: None,
    uncounted: Sequence[Detector] = (),
) -> LiveAnswer:
    """A stored answer with what `detectors` and `uncounted` ones find in it now, and with the stored verdicts of
    judges. `changed` as in LiveAnswer."""
    live = not_begun(stored, detectors, changed, uncounted)
    for piece in deltas_of(stored):
        live.take(piece)
    end_as_stored(live, stored)
    return live


def not_begun(
    stored: Answer,
    detectors: Sequence[Detector],
    changed: Callable[[], None] = lambda: None,
    uncounted: Sequence[Detector] = (),
) -> LiveAnswer:
    """The live answer of a stored one, before any piece of it has come."""
    return LiveAnswer(
        stored.side, lambda: detectors, changed, stored.prefix, timed=stored.timed, new_uncounted=lambda: uncounted
    )


def end_as_stored(live: LiveAnswer, stored: Answer) -> None:
    """End a live answer in the state in which the stored one ended."""
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
    """The exchanges of stored answers, in the order in which they were asked. They have no live answers yet.

    `hidden` are the numbers of the answers whose sides may not be shown yet, `names` all sides in their usual order.
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
        add_asked_side(exchange, stored, answer_id in hidden)
    return list(exchanges.values())


def join_exchange(known: list[Exchange], found: Exchange) -> None:
    """Add an exchange to those that are known, in the order of their numbers. Answers to a known one join it."""
    same = next((exchange for exchange in known if exchange.number == found.number), None)
    if same is None:
        insort(known, found, key=lambda exchange: exchange.number)
        return
    for name in found.asked:
        if name not in same.answers:
            same.answers[name], same.kept[name] = found.answers[name], found.kept[name]
        same.samples[name] = found.samples[name] | same.samples.get(name, {})
        same.drawn[name] = max(same.drawn[name], found.drawn[name])
        same.setups[name] = found.setups[name]
        same.histories[name] = found.histories[name]
    same.asked = tuple(name for name in same.order if name in same.answers)


def _in_background(stored: Answer) -> bool:
    """Whether it was asked for in the background: such answers come whole, others are streamed."""
    return stored.request.get("stream") is False


def exchange_of(stored: Answer, names: Sequence[str]) -> Exchange:
    """The exchange that an answer belongs to, without any answer."""
    exchange = Exchange(stored.exchange, Question.of(stored))
    exchange.order = tuple(names)
    return exchange


def add_asked_side(exchange: Exchange, stored: Answer, hidden: bool) -> None:
    """Add the side of an answer to those that were asked, with its conversation. `hidden`: whether it may not be shown
    which side that is."""
    exchange.histories.setdefault(stored.side, turns_before(stored))
    exchange.asked = tuple(dict.fromkeys((*exchange.asked, stored.side)))
    exchange.hidden = exchange.hidden or hidden
    exchange.order = _in_column(exchange.order, stored)


def _in_column(order: Sequence[str], stored: Answer) -> tuple[str, ...]:
    """The order of the columns, with a blind answer in the column in which it was shown."""
    if stored.position is None:
        return tuple(order)
    others = [name for name in order if name != stored.side]
    others.insert(stored.position - 1, stored.side)
    return tuple(others)
