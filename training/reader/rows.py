"""The rows that the reader learns from: answers with a label for each sentence and one for the whole."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from training.reader.pairs import OPENING, REFUSALS, SENTENCE, Meaning, Pair, pair

DATA = Path(__file__).parent / "data"
OPENING_CHARACTERS = 500


class Row(NamedTuple):
    """An answer. The file's keys are q, l, r, s and, where not every label is known, k."""

    author: str
    question: str
    language: str
    refusal: str | None
    """What it does with the request; None if that is not known."""
    sentences: tuple[tuple[str, frozenset[str]], ...]
    known: frozenset[str]
    """The meanings of which it is known whether they hold."""

    @property
    def text(self) -> str:
        """The whole answer."""
        return " ".join(sentence for sentence, _ in self.sentences)


class Example(NamedTuple):
    """One reading with what it should say. `meaning` or `refusal` is None where the reading does not ask for it."""

    pair: Pair
    meaning: frozenset[str] | None
    known: frozenset[str]
    refusal: str | None
    row: Row


def read_rows(path: Path) -> list[Row]:
    """Read a file of rows. Raises ValueError, with file and line, for what is not a row."""
    rows: list[Row] = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        found = json.loads(line)
        sentences = tuple((text, frozenset(labels.split())) for text, labels in found["s"])
        known = frozenset(found.get("k", Meaning))
        wrong = known.union(*(labels for _, labels in sentences)) - set(Meaning)
        if wrong or found["r"] not in (*REFUSALS, None):
            raise ValueError(f"{path}, line {number}: {sorted(wrong) or found['r']!r} is no label")
        rows.append(Row(path.stem, found["q"], found["l"], found["r"], sentences, known))
    return rows


def examples(rows: Sequence[Row], tokens_of) -> Iterator[Example]:
    """Yield the readings of answers: every sentence after the one before it, and the opening."""
    for row in rows:
        before = ""
        for sentence, labels in row.sentences:
            if row.known:
                yield Example(pair(tokens_of, row.question, before, sentence, SENTENCE), labels, row.known, None, row)
            before = sentence
        if row.refusal is not None:
            opening = pair(tokens_of, row.question, "", row.text[:OPENING_CHARACTERS], OPENING)
            yield Example(opening, None, frozenset(), row.refusal, row)
