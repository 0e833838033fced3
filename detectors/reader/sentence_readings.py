"""The sentences of an answer that is still streaming, and what the reader says of them, in order."""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from typing import NamedTuple

from diptych.detectors.reader.readings import Probabilities, read_sentence
from diptych.detectors.text.prompt_text import PromptText
from diptych.detectors.text.sentences import Sentence, SentenceReader

MOST = 300
"""Sentences of an answer that are read, from its beginning. It limits the work."""
_GIVEN = 0.5
"""Probability from which the beginning that a model was given has a meaning of its own."""
_COPIED = 4
"""Words of a sentence from which on it counts as copied where the prompt contains it. A shorter one is an answer."""


class ReadSentence(NamedTuple):
    """A sentence with what it means."""

    sentence: Sentence
    meanings: Probabilities


class _Asked(NamedTuple):
    """A sentence that is being read, and what of it was given to the model, if it was begun."""

    sentence: Sentence
    readings: Sequence[Future[Probabilities]]

    def read(self) -> ReadSentence:
        """Wait for the readings. What the given words mean by themselves, the model has not said."""
        whole, *given = (reading.result() for reading in self.readings)
        said = {meaning: p for meaning, p in whole.items() if not any(part[meaning] >= _GIVEN for part in given)}
        return ReadSentence(self.sentence, {**dict.fromkeys(whole, 0.0), **said})


class SentenceReadings:
    """Hands the sentences of an answer to the reader, each as soon as it has ended."""

    def __init__(self, prompt: str, prefix: str = "", name: str = "") -> None:
        """`name`: what the model may call itself. The reader knows the first person only, and gets that instead."""
        self._prompt = prompt
        self._name = name
        self._prompt_text = PromptText(prompt)
        self._sentences = SentenceReader(prefix)
        self._before = ""
        self._asked = 0
        self._ended = False
        self._waiting: deque[_Asked] = deque()

    def add(self, text: str) -> None:
        """Take the next piece of the answer."""
        if self._sentences.add(text):
            self._ask(self._sentences.ended())

    def end(self) -> Sequence[Future[Probabilities]]:
        """Take the rest as the last sentence; return the readings that are not made yet."""
        if not self._ended:
            self._ended = True
            self._ask([*self._sentences.ended(), *self._sentences.unfinished()])
        return [reading for asked in self._waiting for reading in asked.readings]

    def made(self) -> Iterator[ReadSentence]:
        """Yield the readings that have been made since the last call, in the order of the sentences."""
        while self._waiting and all(reading.done() for reading in self._waiting[0].readings):
            yield self._waiting.popleft().read()

    def rest(self) -> Iterator[ReadSentence]:
        """Yield all readings that are left, and wait for those that are not made yet."""
        while self._waiting:
            yield self._waiting.popleft().read()

    def _ask(self, sentences: Sequence[Sentence]) -> None:
        for sentence in sentences:
            words = sentence.text.strip()
            if not _has_words(words):
                continue
            given, own = sentence.text[: max(0, -sentence.start)], sentence.text[max(0, -sentence.start) :]
            copied = words in self._prompt_text and len(words.split()) >= _COPIED
            if not copied and not _asks(words) and _has_words(own) and self._asked < MOST:
                self._asked += 1
                readings = [
                    read_sentence(self._prompt, self._before, self._in_first_person(part.strip()))
                    for part in (sentence.text, given)
                    if _has_words(part)
                ]
                self._waiting.append(_Asked(sentence, readings))
            # What was given is not what the model has said before.
            self._before = sentence.text[max(0, -sentence.start) :].strip()

    def _in_first_person(self, words: str) -> str:
        if not self._name or self._name not in words:
            return words
        own = words.replace(f"{self._name}'s", "my").replace(f"{self._name}’s", "my")
        return re.sub(rf"(?:the\s+)?{re.escape(self._name)}(?:\s+is\b)?", _first_person, own, flags=re.IGNORECASE)


def _has_words(text: str) -> bool:
    return any(map(str.isalpha, text))


def _asks(sentence: str) -> bool:
    """Return whether a sentence is a question: it claims nothing."""
    return sentence.rstrip("*_\"'”’)»").endswith("?")


def _first_person(match: re.Match[str]) -> str:
    return "I am" if match[0].lower().endswith(" is") else "I"
