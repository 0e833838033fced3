"""Readings in threads beside the streams. Each is made once, however many detectors ask for it."""

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import cache
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

from diptych.detectors.language import LONGEST, foreign_language
from diptych.detectors.reader.card import LANGUAGES
from diptych.detectors.reader.pairs import BEFORE, OPENING, SENTENCE

if TYPE_CHECKING:
    from diptych.detectors.reader.model import Model

KEPT = 10_000
"""Readings that are kept, the latest ones."""
MOST_THREADS = 4
"""Threads that read, at most: half as many as there are cores."""
NICENESS = 10
"""Priority of the threads on Linux: a model that runs on this machine comes first."""
_CHARACTERS = 12
"""Characters of a token at most, nearly always. What lies beyond the tokens that are read is not kept either."""

Probabilities = Mapping[str, float]
"""The probability of each meaning of a sentence, or of each way in which an opening treats the request."""

_SURE = 0.9
"""Probability of taking the request on above which no sentence is looked for."""


class Opening(NamedTuple):
    """What the beginning of an answer does with the request."""

    ways: Probabilities
    """The probability of each way."""
    deciding: int | None
    """The sentence that says so; None where there is none."""


_kept: OrderedDict[tuple[str, ...], "Future[Any]"] = OrderedDict()
_lock = threading.Lock()


def read_sentence(question: str, before: str, sentence: str) -> "Future[Probabilities]":
    """Return what a sentence means, given the question and the sentence before it. Never blocks."""
    before, sentence = before[-BEFORE * _CHARACTERS :], sentence[: SENTENCE * _CHARACTERS]
    return _made("sentence", (question, before, sentence), lambda: _model().sentence(question, before, sentence))


def read_opening(question: str, opening: str, sentences: Sequence[str]) -> "Future[Opening]":
    """Return what the beginning of an answer does with the request, and which of its sentences says so. Never
    blocks."""
    opening = opening[: OPENING * _CHARACTERS]

    def make() -> Opening:
        ways = _model().opening(question, opening)
        if ways["no"] > _SURE:
            return Opening(ways, None)
        befores = ("", *sentences)
        read = [_model().sentence(question, before, words) for before, words in zip(befores, sentences, strict=False)]
        said = [max(meanings["declines"], meanings["contradicts"]) for meanings in read]
        return Opening(ways, said.index(max(said)) if said else None)

    return _made("opening", (question, opening), make)


def read_language(text: str) -> "Future[str]":
    """Return the ISO code of the language of a text if the reader was not measured in it, else "". Never blocks."""
    return _made("language", (text[:LONGEST],), lambda: foreign_language(text, LANGUAGES))


def _made(what: str, texts: tuple[str, ...], make: Callable[[], Any]) -> "Future[Any]":
    key = what, *texts
    with _lock:
        found = _kept.get(key)
        if found is None:
            found = _kept[key] = Future()
            # It is shared: nobody may cancel it.
            found.set_running_or_notify_cancel()
            _queue().put((make, found))
            if len(_kept) > KEPT:
                _kept.popitem(last=False)
        else:
            _kept.move_to_end(key)
    return found


@cache
def _queue() -> "SimpleQueue[tuple[Callable[[], Any], Future[Any]]]":
    """The readings to make. With it the threads start, which end with the program, whatever is left to read."""
    queue: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
    for _ in range(max(1, min(MOST_THREADS, (os.cpu_count() or 1) // 2))):
        threading.Thread(target=_work, args=(queue,), name="reader", daemon=True).start()
    return queue


def _work(queue: "SimpleQueue[tuple[Callable[[], Any], Future[Any]]]") -> None:
    if hasattr(os, "setpriority"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    while True:
        make, found = queue.get()
        try:
            found.set_result(make())
        except Exception as error:  # Whoever waits for the reading is told.
            found.set_exception(error)


@cache
def _model() -> "Model":
    from diptych.detectors.reader.model import Model

    return Model()
