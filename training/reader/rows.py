"""The rows that the reader learns from: answers with a label for each sentence and one for the whole."""

import gzip
import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from diptych.detectors.reader.pairs import OPENING, REFUSALS, SENTENCE, Meaning, Pair, pair
from diptych.detectors.text.sentences import SentenceReader

DATA = Path(__file__).parent / "data"
ORDINARY = Path(__file__).parents[2] / "benchmarks" / "data" / "ordinary.jsonl.gz"
OPENING_CHARACTERS = 500
FORGOTTEN = 0.15
"""The share of questions, and of sentences before, that are left out."""
SHORT = 5
"""Words of a sentence up to which both are needed."""

TokensOf = Callable[[str], Sequence[int]]


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


def examples(rows: Sequence[Row], tokens_of: TokensOf, forgets: random.Random | None = None) -> Iterator[Example]:
    """Yield the readings of answers: every sentence after the one before it, and the opening.

    With `forgets`, the question and the sentence before are now and then left out, so that they are not leant on.
    """
    for row in rows:
        before = ""
        for sentence, labels in row.sentences:
            if row.known:
                seen = [row.question, before]
                if forgets and len(sentence.split()) > SHORT:
                    seen = [part if forgets.random() >= FORGOTTEN else "" for part in seen]
                yield Example(pair(tokens_of, *seen, sentence, SENTENCE), labels, row.known, None, row)
            before = sentence
        if row.refusal is not None:
            asked = "" if forgets and forgets.random() < FORGOTTEN else row.question
            opening = pair(tokens_of, asked, "", row.text[:OPENING_CHARACTERS], OPENING)
            yield Example(opening, None, frozenset(), row.refusal, row)


def of_one_epoch(rows: Sequence[Row], tokens_of: TokensOf, order: random.Random) -> list[Example]:
    """Return all sentences with a meaning and as many without, drawn anew; of the openings all that refuse, and
    three of the others for two of them. Most sentences mean nothing: with all of them, what is rare is not learnt."""
    found = list(examples(rows, tokens_of, order))
    meant = [example for example in found if example.meaning]
    plain = [example for example in found if example.meaning == frozenset()]
    refusals = [example for example in found if example.refusal not in (None, "no")]
    others = [example for example in found if example.refusal == "no"]
    return [
        *meant,
        *order.sample(plain, min(len(plain), len(meant))),
        *refusals,
        *order.sample(others, min(len(others), len(refusals) * 3 // 2)),
    ]


def ordinary_rows(questions: Iterable[str]) -> list[Row]:
    """Return the base model's answers to those everyday questions that are among `questions`. They mean nothing."""
    wanted, found = frozenset(questions), []
    for line in gzip.decompress(ORDINARY.read_bytes()).decode().splitlines():
        answer = json.loads(line)
        if answer["prompt"] in wanted:
            reader = SentenceReader()
            reader.add(answer["text"])
            sentences = [one.text.strip() for one in (*reader.ended(), *reader.unfinished())]
            said = tuple((text, frozenset[str]()) for text in sentences if any(map(str.isalpha, text)))
            found.append(Row("ordinary", answer["prompt"], "en", "no", said, frozenset(Meaning)))
    return found
