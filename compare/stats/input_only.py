"""Predicts the answer to a question from the words of the question alone: what a self-prediction has to surpass.

Singh, Linzen and Ravfogel (2026), Can LLMs Introspect? A Reality Check (arXiv 2605.26242), found classifiers that see
only the input to be as good as the models' predictions of themselves. The classifier here is multinomial naive Bayes
over words and pairs of neighbouring words, with one added to each count (Manning, Raghavan and Schütze 2008,
Introduction to Information Retrieval, section 13.2). Pairs hold the order of lettered options.

NumPy is imported late, as it costs start-up time.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

_FOLDS = 10
_MOST_TERMS = 5_000
"""The commonest terms are read, which bounds the memory."""
_WORD = re.compile(r"\w+")


def predicted_from_text(
    texts: Sequence[str], values: Sequence[Mapping[str, int]], items: Sequence[int]
) -> list[str | None]:
    """What the words of each text predict, by a classifier that was trained on the texts of other items.

    `values`: how often each value was given to each text. `items`: what each text is about; texts about one item are
    never on both sides, in up to 10 folds of items. None where nothing else was answered.
    """
    import numpy

    names = sorted({value for given in values for value in given})
    if not names:
        return [None] * len(texts)
    given = numpy.array([[counts.get(name, 0) for name in names] for counts in values], dtype=float)
    words = _term_counts(texts)
    place = {item: number for number, item in enumerate(dict.fromkeys(items))}
    fold = numpy.array([place[item] % _FOLDS for item in items])
    found: list[str | None] = [None] * len(texts)
    for number in range(min(_FOLDS, len(place))):
        held = fold == number
        if given[~held].any():
            chosen = naive_bayes(words[~held], given[~held], words[held])
            for at, column in zip(numpy.flatnonzero(held), chosen, strict=True):
                found[at] = names[column]
    return found


def naive_bayes(words: "NDArray[Any]", given: "NDArray[Any]", new: "NDArray[Any]") -> "NDArray[numpy.intp]":
    """The likeliest class of each row of `new`, by multinomial naive Bayes.

    `words`: how often each term (column) is in each text (row). `given`: how often each class (column) was given to
    it. Terms that are in no text are ignored.
    """
    import numpy

    seen = words.any(axis=0)
    of_class = given.T @ words[:, seen] + 1.0
    with numpy.errstate(divide="ignore"):
        prior = numpy.log(given.sum(axis=0) / given.sum())
    scores = new[:, seen] @ numpy.log(of_class / of_class.sum(axis=1, keepdims=True)).T + prior
    return scores.argmax(axis=1)  # type: ignore[no-any-return]


def _term_counts(texts: Sequence[str]) -> "NDArray[Any]":
    """How often each text (row) has each term that several texts have."""
    import numpy

    counted = [Counter(_terms(text)) for text in texts]
    shared = Counter(term for counts in counted for term in counts)
    kept = sorted((term for term, times in shared.items() if times > 1), key=lambda term: (-shared[term], term))
    column = {term: number for number, term in enumerate(kept[:_MOST_TERMS])}
    table = numpy.zeros((len(texts), len(column)))
    for row, counts in enumerate(counted):
        for term, times in counts.items():
            if term in column:
                table[row, column[term]] = times
    return table


def _terms(text: str) -> list[str]:
    words = _WORD.findall(text.lower())
    return [*words, *(" ".join(pair) for pair in pairwise(words))]
