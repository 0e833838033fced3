"""Which questions of own-text recognition a session calls for: pairs of answers that two sides gave to one question."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, permutations

from diptych.backends import Request
from diptych.compare.answers import (
    ABOUT_ANSWERS,
    WHOSE_WORDS,
    PlannedAnswer,
    Question,
    Side,
    setup_for,
    setup_of,
    turns_before,
)
from diptych.compare.counts import recognition_detectors, recognition_prompt
from diptych.detectors import Detector
from diptych.probes import Probe
from diptych.sessions import Answer, SavedAnswer

Pair = tuple[Answer, Answer]
"""The answers of two sides with the same numbers of exchange and sample."""


@dataclass(frozen=True)
class _Asked:
    """One question: a pair of answers in one order."""

    pair: Pair
    """In the order of the sides."""
    first: str
    """The side whose text comes first."""


class RecognitionQuestions:
    """The questions to two sides about their answers, each pair of texts in both orders. A run asks each once."""

    def __init__(
        self,
        sides: tuple[Side, Side],
        pairs: Sequence[Pair],
        probe: Probe | None,
        numbers: "ExchangeNumbers",
        suffix: str = "",
    ) -> None:
        """`suffix`: what the names of the measures end with, to tell these sides from others."""
        self.sides = sides
        self._names = [side.name for side in sides]
        self._probe = probe
        self._suffix = suffix
        self._asked: dict[Question, _Asked] = {}
        for pair in pairs:
            for one, other in permutations(pair):
                prompt = recognition_prompt(one.prompt, _text(one), _text(other))
                # The same two texts may have come several times; they are asked about once.
                self._asked.setdefault(Question(prompt, WHOSE_WORDS), _Asked(pair, one.side))
        self._planned = [
            PlannedAnswer(question, numbers.of(question), 0, planned=len(self._asked)) for question in self._asked
        ]

    def planned(self, sample: int) -> list[PlannedAnswer]:
        """All questions; there is one sample of each."""
        return self._planned if sample == 0 else []

    def request(self, side: Side, planned: PlannedAnswer) -> Request:
        """A side is asked as it was when it gave its answer: with the same model, system prompt and parameters."""
        own = self._own(side, planned)
        setup = setup_of(own, setup_for(side, self._probe, own.condition))
        return setup.request(side, planned.question, turns_before(own))

    def detectors(self, side: Side, planned: PlannedAnswer) -> list[Detector]:
        """New detectors for an answer."""
        first = self._asked[planned.question].first
        return recognition_detectors(planned.question.prompt, side.name, first, self._names, self._suffix)

    def follow_ups(self, side: Side, planned: PlannedAnswer, answer: Answer) -> Iterable[tuple[Side, PlannedAnswer]]:
        """None."""
        return ()

    def _own(self, side: Side, planned: PlannedAnswer) -> Answer:
        pair = self._asked[planned.question].pair
        return pair[self._names.index(side.name)]


class ExchangeNumbers:
    """The numbers of exchanges in a session: that of a question which was asked, or the next one."""

    def __init__(self, saved: Iterable[SavedAnswer]) -> None:
        self._known: dict[Question, int] = {}
        last = 0
        for _, answer in saved:
            last = max(last, answer.exchange)
            self._known.setdefault(Question.of(answer), answer.exchange)
        self._new = count(last + 1)

    def of(self, question: Question) -> int:
        """The number of a question."""
        if question not in self._known:
            self._known[question] = next(self._new)
        return self._known[question]


def recognition_questions(
    saved: Sequence[SavedAnswer], sides: Sequence[Side], probe: Probe | None, most: int
) -> list[RecognitionQuestions]:
    """The questions about the answers of the first side and each of the others, where there are any.

    Answers are paired by exchange and sample. At most `most` pairs of each question are taken, the earliest ones.
    """
    numbers, found = ExchangeNumbers(saved), []
    base, *others = sides
    for place, other in enumerate(others):
        pairs = list(_first_of_each(_pairs(saved, base.name, other.name), most))
        if pairs:
            suffix = f" ({base.name}, {other.name})" if place else ""
            found.append(RecognitionQuestions((base, other), pairs, probe, numbers, suffix))
    return found


def _pairs(saved: Iterable[SavedAnswer], base: str, other: str) -> Iterator[Pair]:
    """The answers of two sides that can be shown beside each other, in the order of their numbers."""
    given: dict[tuple[int, int], dict[str, Answer]] = defaultdict(dict)
    for _, answer in saved:
        if _can_be_shown(answer):
            given[answer.exchange, answer.sample][answer.side] = answer
    for key in sorted(given):
        if base in given[key] and other in given[key]:
            pair = given[key][base], given[key][other]
            if _text(pair[0]) != _text(pair[1]) and turns_before(pair[0]) == turns_before(pair[1]):
                yield pair


def _can_be_shown(answer: Answer) -> bool:
    """Whether an answer has a text, was given to a question in a chat, and is not itself about answers."""
    is_sample = answer.finished and bool(answer.text.strip())
    return is_sample and answer.mode == "chat" and answer.condition not in ABOUT_ANSWERS


def _first_of_each(pairs: Iterable[Pair], most: int) -> Iterator[Pair]:
    """The first pairs of each question."""
    seen: dict[Question, int] = defaultdict(int)
    for pair in pairs:
        question = Question.of(pair[0])
        seen[question] += 1
        if seen[question] <= most:
            yield pair


def _text(answer: Answer) -> str:
    """What a reader of the answer sees."""
    return (answer.prefill + answer.text).strip()
