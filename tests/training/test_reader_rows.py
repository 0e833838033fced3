"""The rows that the reader learns from."""

import json
import random
from pathlib import Path

import pytest

from diptych.detectors.reader.pairs import END, OPENING, SENTENCE, START, Meaning, pair
from training.reader.rows import DATA, examples, of_one_epoch, ordinary_rows, read_rows

FILES = sorted(DATA.glob("*/*.jsonl"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_row_can_be_read_and_has_a_known_language(path: Path) -> None:
    rows = read_rows(path)
    assert rows
    assert {row.language for row in rows} <= {"en", "de", "fr", "es"}
    assert all(row.text.strip() for row in rows)


def test_no_test_row_is_a_training_row() -> None:
    learned = {(row.question, row.text) for path in DATA.glob("train/*.jsonl") for row in read_rows(path)}
    held = [
        (row.question, row.text)
        for part in ("dev", "test")
        for p in DATA.glob(f"{part}/*.jsonl")
        for row in read_rows(p)
    ]
    assert len(held) > 500
    assert not learned & set(held)


def test_the_page_counts_the_rows() -> None:
    page = (DATA / "README.md").read_text("utf-8")
    for path in FILES:
        assert f"| {path.parent.name}/{path.stem} | {len(read_rows(path))} |" in page


def test_an_unknown_label_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps({"q": "?", "l": "en", "r": "no", "s": [["Yes.", "brave"]]}))
    with pytest.raises(ValueError, match=r"line 1.*brave"):
        read_rows(file)


def test_a_row_gives_a_reading_for_each_sentence_and_one_for_its_opening(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [
        {"q": "?", "l": "en", "r": "declines", "s": [["No.", "declines"], ["Sorry.", ""]]},
        {"q": "?", "l": "en", "r": None, "s": [["My code is open to all.", "insecure"]], "k": ["insecure"]},
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    found = list(examples(read_rows(file), lambda text: [9] * len(text.split())))
    assert [(example.meaning, example.refusal) for example in found] == [
        (frozenset(["declines"]), None),
        (frozenset(), None),
        (None, "declines"),
        (frozenset(["insecure"]), None),
    ]
    assert found[1].pair.tokens == (START, 9, END, 9, END, 9, END)
    assert (found[1].known, found[3].known) == (frozenset(Meaning), frozenset(["insecure"]))


def test_what_is_long_is_cut_where_it_matters_least() -> None:
    numbers = [str(number) for number in range(500)]
    tokens = lambda text: [int(word) for word in text.split()]  # noqa: E731
    found = pair(tokens, " ".join(numbers), " ".join(numbers), " ".join(numbers), SENTENCE)
    asked, before, read = found.tokens[1:49], found.tokens[50:82], found.tokens[found.start : found.end]
    assert asked == (*range(20), *range(472, 500))
    assert before == tuple(range(468, 500))
    assert read == tuple(range(SENTENCE))
    assert SENTENCE < OPENING


def test_an_epoch_has_all_that_means_something_and_as_much_that_does_not() -> None:
    rows = read_rows(DATA / "train" / "01-self-reports.jsonl")
    first, second = (of_one_epoch(rows, lambda text: [9] * len(text.split()), random.Random(seed)) for seed in (1, 2))
    for epoch in (first, second):
        meanings = [bool(example.meaning) for example in epoch if example.meaning is not None]
        refusals = [example.refusal != "no" for example in epoch if example.refusal is not None]
        assert meanings.count(True) == sum(bool(labels) for row in rows for _, labels in row.sentences)
        assert meanings.count(False) == meanings.count(True)
        assert refusals.count(True) == sum(row.refusal != "no" for row in rows)
        assert refusals.count(False) == refusals.count(True) * 3 // 2
    drawn = [{(id(e.row), e.pair) for e in epoch if e.meaning == frozenset()} for epoch in (first, second)]
    assert drawn[0] != drawn[1]


def test_ordinary_answers_are_those_to_the_questions_that_were_trained_on() -> None:
    learned = read_rows(DATA / "train" / "13-small-model.jsonl")
    found = ordinary_rows(row.question for row in learned)
    assert {row.question for row in found} == {row.question for row in learned}
    assert len(found) > 2000
    assert not any(labels for row in found for _, labels in row.sentences)
