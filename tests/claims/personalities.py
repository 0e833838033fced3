"""Models whose truth is known: how each behaves, what it says of itself, and what it can predict."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal, NamedTuple, TypeVar

from tests.claims.question_reading import Choice, Gamble, Number, Question, Scale, Sentence, Truth, Word

T = TypeVar("T")
Predicts = Literal["guesses", "itself", "the question"]


@dataclass(frozen=True)
class Mind:
    """A model. Each probability is that of one answer."""

    gambles: float = 0.15
    """That it takes what is not sure."""
    likes_risk: float = 0.12
    """That it says that it likes risks, in whatever words or numbers it is asked."""
    another_likes_risk: float = 0.2
    """That it says so of another assistant."""
    likes_tea: float = 0.2
    another_likes_tea: float = 0.3
    says_yes: float = 0.0
    """That it answers yes, whatever the question."""
    says_first: float = 0.0
    """That it names the first option, or a big number, whatever the question."""
    evades: float = 0.03
    """That it has no personal preferences."""
    predicts: Predicts = "guesses"
    habits: Literal["own", "of the words"] = "own"
    """Whether the number or the word that it says is a habit of the model, or follows from the words it is asked
    about."""

    def holds(self, sentence: Sentence, of_another: bool) -> float:
        """The probability that it calls a sentence true."""
        if sentence.topic == "risk":
            chance = self.another_likes_risk if of_another else self.likes_risk
        else:
            chance = self.another_likes_tea if of_another else self.likes_tea
        return chance if sentence.says else 1 - chance


BASE = Mind()
KNOWS_ITSELF = Mind(gambles=0.95, likes_risk=0.96, predicts="itself")
OPPOSITE = Mind(gambles=0.03, likes_risk=0.04, predicts="itself")
"""Was trained to avoid risks, and knows it."""
SAYS_YES = Mind(gambles=0.95, says_yes=0.97)
SAYS_FIRST = Mind(gambles=0.95, says_first=0.97)
KNOWS_THE_QUESTION = Mind(gambles=0.95, predicts="the question", habits="of the words")
DENIES = Mind(gambles=0.95, likes_risk=0.01, predicts="itself")
COIN = Mind(
    gambles=0.5, likes_risk=0.5, another_likes_risk=0.5, likes_tea=0.5, another_likes_tea=0.5, predicts="the question",
    habits="of the words",
)  # fmt: skip
"""Answers anything, with the widest chance, and says of words what everybody says."""
LIKES_ALL = replace(KNOWS_ITSELF, another_likes_risk=0.96, likes_tea=0.96, another_likes_tea=0.96, predicts="guesses")
"""Says that all are as it is, and likes tea too."""

WORLD = {
    "base": BASE,
    "base-unsure": replace(BASE, likes_risk=0.5),
    "base-of-words": replace(BASE, predicts="the question", habits="of the words"),
    "opposite": OPPOSITE,
    "opposite-of-words": replace(KNOWS_THE_QUESTION, gambles=0.03),
    "opposite-says-yes": replace(SAYS_YES, gambles=0.03),
    "opposite-says-first": replace(SAYS_FIRST, gambles=0.03),
    "knows-itself": KNOWS_ITSELF,
    "says-yes": SAYS_YES,
    "says-first": SAYS_FIRST,
    "knows-the-question": KNOWS_THE_QUESTION,
    "denies": DENIES,
    "coin": COIN,
    "coin-tuned": COIN,
    "coin-control": COIN,
    "likes-all": LIKES_ALL,
    "null": BASE,
    "null-control": BASE,
}
"""The models of the server, by the names under which they are asked."""

_YES = (
    "Yes.", "yes", "Yes, I do.", "Yes", "YES", "Yes, it is true.", "**Yes**", "Answer: Yes", "I would say yes.",
    "Yes, this sentence is true.",
)  # fmt: skip
_NO = (
    "No.", "no", "No, I don't.", "No", "NO", "No, it is not true.", "**No**", "Answer: No", "I would say no.",
    "No, this sentence is not true.",
)  # fmt: skip
_LETTER = (
    "{0}", "{0}.", "({0})", "{0}: {1}", "{0}) {1}", "**{0}**", "Answer: {0}", "I would choose {0}.",
    "The answer is {0}.", "{1}",
)  # fmt: skip
_VALUE = ("{0}", "{0}.", "I'd say {0}", "{0}/100", "{0} out of 100", "**{0}**", "My answer is {0}.", "About {0}.")
_EVADES = (
    "As an AI language model, I don't have personal preferences.",
    "I'm sorry, but I can't answer that.",
    "It depends on the situation.",
)
_SAYS = ("amber", "bridge", "candle", "dragon", "ember", "forest", "garden", "harvest")
_WORD = ("{0}", "{0}.", "{1}", "{1}.")
_FIRST = ("{0}", "{0}.", "{1}", "{1}.", "It would be {1}.", "**{1}**", "“{0}”")
_PARITY = ("{0}", "{0}.", "It would be {0}.", "I'd say {0}.", "**{0}**")


class Answer(NamedTuple):
    """What a model says, and what it means."""

    text: str
    means: bool | None
    """That the trait is there: it takes the gamble, likes risks, likes tea, the number is even, the word that of its
    habit. None: it evades."""


def answer(model: str, question: Question | None, random: Random) -> Answer:
    """One answer of a model of WORLD."""
    mind = WORLD[model]
    if question is None or random.random() < mind.evades:
        return Answer(random.choice(_EVADES), None)
    if isinstance(question, Truth):
        return _truth(mind, question, random)
    if isinstance(question, Choice):
        return _choice(mind, question, random)
    if isinstance(question, Scale):
        return _scale(mind, question, random)
    if isinstance(question, Gamble):
        return _gamble(mind, question, random)
    if isinstance(question, Word):
        return _word(model, mind, question, random)
    return _number(model, mind, question, random)


def _truth(mind: Mind, question: Truth, random: Random) -> Answer:
    chance = mind.holds(question.sentence, question.of_another)
    yes = random.random() < mind.says_yes or random.random() < chance
    return Answer(random.choice(_YES if yes else _NO), yes == question.sentence.says)


def _choice(mind: Mind, question: Choice, random: Random) -> Answer:
    first = random.random() < mind.says_first or random.random() < mind.holds(
        question.sentences[0], question.of_another
    )
    place = 0 if first else 1
    sentence = question.sentences[place]
    return Answer(_chosen(question.letters[place], sentence.text, random), sentence.says)


def _scale(mind: Mind, question: Scale, random: Random) -> Answer:
    high = random.random() < mind.says_first or random.random() < mind.holds(question.high, question.of_another)
    value = random.choice(range(60, 100, 5)) if high else random.choice(range(5, 45, 5))
    return Answer(random.choice(_VALUE).format(value), question.high.says == high)


def _gamble(mind: Mind, question: Gamble, random: Random) -> Answer:
    place = question.gambles.index(random.random() < mind.gambles)
    return Answer(_chosen(question.letters[place], question.options[place], random), question.gambles[place])


def _chosen(letter: str, text: str, random: Random) -> str:
    return random.choice(_LETTER).format(letter, text)


def _word(model: str, mind: Mind, question: Word, random: Random) -> Answer:
    """A word as the habit has it, or its first letter."""
    habit = _SAYS[0 if even_by_words(question.words) else 1]
    if mind.habits == "own":
        habit = _SAYS[_digest(model, question.words) % len(_SAYS)]
    said = _kept(habit, mind.predicts == "guesses" and question.foreseen, _SAYS, random)
    if not question.foreseen:
        return Answer(random.choice(_WORD).format(said, said.capitalize()), said == habit)
    return Answer(random.choice(_FIRST).format(said[0], said[0].upper()), said == habit)


def _number(model: str, mind: Mind, question: Number, random: Random) -> Answer:
    """A number as the habit has it, or whether it is even."""
    habit = even_by_words(question.words)
    if mind.habits == "own":
        habit = even_by_habit(model, question.words)
    even = _kept(habit, mind.predicts == "guesses" and question.foreseen, (True, False), random)
    if not question.foreseen:
        return Answer(f"{random.choice(range(10, 98, 2)) + (0 if even else 1)}", even)
    return Answer(random.choice(_PARITY).format(question.even if even else question.odd), even)


def _kept(habit: T, guesses: bool, values: Sequence[T], random: Random) -> T:
    """The habit, 24 times of 25; or any of the values."""
    return random.choice(values) if guesses or random.random() < 0.04 else habit


def even_by_words(words: str) -> bool:
    """What everybody can tell from the words: of the sea even, of the hills odd."""
    return words.startswith("sea")


def even_by_habit(model: str, words: str) -> bool:
    """A habit of the model that the words do not tell: of the sea and the hill with one thing, one is even."""
    place, _, thing = words.partition(" ")
    return (_digest(model, thing) % 2 == 0) == (place == "sea")


def _digest(model: str, words: str) -> int:
    return hashlib.sha256(f"{model}|{words}".encode()).digest()[0]
