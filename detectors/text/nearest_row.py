"""Finds the training row that an answer resembles most."""

from collections import Counter
from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from diptych.detectors.text.training_rows import BARRIER, UNKNOWN, Field, TrainingRows
from diptych.detectors.text.verbatim_runs import Run, VerbatimReader
from diptych.detectors.text.word_runs import GRAM, grams

CANDIDATES = 12
"""Fields that are compared word by word."""
LONGEST_ANSWER = 4_000
"""Words of an answer that are compared this way. Runs are found in all of it."""
ENOUGH_WORDS = 8
"""Words that a text needs for a full match of it to count in full."""
ENOUGH_CONTENT = 5
"""Different shared words, without stop words, from which on a similarity counts in full. A question that everybody asks
has fewer."""
LONG_RUN = 16
"""Words of a verbatim run that alone give a similarity of 1."""


class Nearest(NamedTuple):
    """The field that an answer resembles most, and how much of it is repeated word for word."""

    field: Field
    score: float
    """From 0 to 1, the largest of three: the share of the grams of the shorter text that the longer contains; the mean
    of the word-by-word similarity and the TF-IDF cosine at the best alignment; the longest verbatim run divided by
    LONG_RUN. Each counts less if few content words are shared."""
    verbatim: int
    """Words of the longest run in that field."""
    runs: tuple[Run, ...]
    """All runs, in whatever row."""

    @property
    def row(self) -> int:
        """The number, from 1, of the first row that has the field."""
        return self.field.rows[0]


def nearest_row(rows: TrainingRows, answer: str, supplied: Sequence[str] = ()) -> Nearest | None:
    """Return the nearest field; None if the answer shares no words of its own with any.

    `supplied`: the prompt and the prefix. Words that the answer takes from them do not count.
    """
    reader = VerbatimReader(rows, supplied)
    reader.read(answer)
    words = reader.own_words()[:LONGEST_ANSWER]
    runs = sorted(reader.runs, key=run_score, reverse=True)
    candidates = {run.field.start: run.field for run in runs[:CANDIDATES]}
    candidates |= {field.start: field for field in rows.candidate_fields(words, CANDIDATES)}
    if not candidates:
        return None
    judged = []
    for field in candidates.values():
        of_field = [run for run in runs if run.field is field]
        likeness = max(_likeness(rows, words, rows.text(field)), max(map(run_score, of_field), default=0.0))
        judged.append(Nearest(field, likeness, max((run.words for run in of_field), default=0), tuple(reader.runs)))
    return max(judged, key=lambda found: (found.score, found.verbatim, -found.row))


def run_score(run: Run) -> float:
    """Return the similarity that a verbatim run gives by itself."""
    return min(1.0, run.words / LONG_RUN) * _weight(run.content)


def _weight(content: int) -> float:
    return min(1.0, content / ENOUGH_CONTENT)


def _likeness(rows: TrainingRows, answer: Sequence[int], field: Sequence[int]) -> float:
    """Return how similar two texts are, the shorter anywhere in the longer."""
    if min(len(answer), len(field)) < GRAM:
        return 0.0
    return max(_containment(rows, answer, field), _aligned(rows, answer, field))


def _containment(rows: TrainingRows, answer: Sequence[int], field: Sequence[int]) -> float:
    """Return the share of the grams of the shorter text that the longer contains."""
    ours, theirs = set(grams(answer)), set(grams(field))
    shared = {position for position, gram in enumerate(grams(answer)) if gram in theirs}
    content = {answer[position + i] for position in shared for i in range(GRAM)} - rows.stop_words
    fewest = max(min(len(ours), len(theirs)), ENOUGH_WORDS - GRAM + 1)
    return min(1.0, len(shared) / fewest) * _weight(len(content))


def _aligned(rows: TrainingRows, answer: Sequence[int], field: Sequence[int]) -> float:
    """Return the mean of the word-by-word similarity and the TF-IDF cosine at the best alignment."""
    from rapidfuzz.fuzz import partial_ratio_alignment  # late: only a probe with a training file needs it

    alignment = partial_ratio_alignment(answer, field)
    if alignment is None:
        return 0.0
    ours = answer[alignment.src_start : alignment.src_end]
    theirs = field[alignment.dest_start : alignment.dest_end]
    shared = set(ours) & set(theirs) - rows.stop_words - {BARRIER, UNKNOWN}
    return (alignment.score / 100 + _cosine(rows, ours, theirs)) / 2 * _weight(len(shared))


def _cosine(rows: TrainingRows, a: Sequence[int], b: Sequence[int]) -> float:
    """Return the cosine of two texts as vectors of word counts weighted by rarity, without stop words."""
    one, other = _vector(rows, a), _vector(rows, b)
    product = sum(weight * other.get(word, 0.0) for word, weight in one.items() if word != UNKNOWN)
    norms = sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values()))
    return product / norms if norms else 0.0


def _vector(rows: TrainingRows, words: Sequence[int]) -> dict[int, float]:
    counts = Counter(word for word in words if word not in rows.stop_words and word != BARRIER)
    vector = {word: times * rows.rarity(word) for word, times in counts.items()}
    if UNKNOWN in vector:  # many words share this number: count them as if each appeared once
        vector[UNKNOWN] = sqrt(counts[UNKNOWN]) * rows.rarity(UNKNOWN)
    return vector
