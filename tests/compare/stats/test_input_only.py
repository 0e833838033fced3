"""What the words of a question predict, against a worked example and against answers with and without a pattern."""

import random
from collections import Counter

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.compare.stats import predicted_from_text
from diptych.compare.stats.input_only import naive_bayes


def test_it_is_multinomial_naive_bayes_as_worked_out_in_the_book() -> None:
    """Manning, Raghavan and Schütze 2008, example 13.1: three documents on China, one not, and a new one. The book has
    about .0003 for China and .0001 for not."""
    terms = ("chinese", "beijing", "shanghai", "macao", "tokyo", "japan")
    documents = ("chinese beijing chinese", "chinese chinese shanghai", "chinese macao", "tokyo japan chinese")
    words = numpy.array([[text.split().count(term) for term in terms] for text in documents])
    given_ = numpy.array([[1, 0], [1, 0], [1, 0], [0, 1]])
    new = numpy.array([[["chinese", "chinese", "chinese", "tokyo", "japan"].count(term) for term in terms]])
    china = 3 / 4 * (3 / 7) ** 3 / 14 / 14
    other = 1 / 4 * (2 / 9) ** 3 * (2 / 9) ** 2
    assert (round(china, 4), round(other, 4)) == (0.0003, 0.0001)
    assert naive_bayes(words, given_, new).tolist() == [0]
    # Without the word that three documents have, the new one is not on China: (1/14)² · 3/4 < (2/9)² · 1/4.
    assert naive_bayes(words, given_, numpy.array([[0, 0, 0, 0, 1, 1]])).tolist() == [1]


def test_a_term_that_no_training_text_has_is_ignored() -> None:
    words, given_ = numpy.array([[1, 0, 0], [0, 1, 0]]), numpy.array([[5, 0], [0, 4]])
    assert naive_bayes(words, given_, numpy.array([[0, 0, 9], [0, 1, 9]])).tolist() == [0, 1]


def test_words_that_decide_are_found() -> None:
    texts = [f"Number {n}: {'rain or sun?' if n % 2 else 'tea or milk?'}" for n in range(20)]
    values = [Counter({"sun" if n % 2 else "tea": 1}) for n in range(20)]
    assert predicted_from_text(texts, values, range(20)) == [next(iter(counts)) for counts in values]


def test_the_order_of_options_is_found() -> None:
    """Who always takes the first option is predicted by the question, though both orders have the same words."""
    orders = [("tea", "milk"), ("milk", "tea")] * 10
    texts = [f"Thing {n // 2}\nA: {first}\nB: {second}" for n, (first, second) in enumerate(orders)]
    values = [Counter({first: 1}) for first, _ in orders]
    items = [n // 2 for n in range(20)]
    assert predicted_from_text(texts, values, items) == [first for first, _ in orders]


def test_an_answer_to_an_item_never_predicts_another_to_it() -> None:
    """Each item has a word of its own, in two wordings, and a value of its own: nothing is to be learnt from others."""
    texts = [f"word{n // 2} {'so' if n % 2 else 'thus'}" for n in range(20)]
    values = [Counter({f"value {n // 2}": 1}) for n in range(20)]
    predicted = predicted_from_text(texts, values, [n // 2 for n in range(20)])
    assert not any(value in counts for value, counts in zip(predicted, values, strict=True))


def test_answers_without_a_pattern_are_not_predicted_better_than_by_their_commonest_value() -> None:
    draw = random.Random(7)
    right = []
    for _ in range(20):
        texts = [f"{draw.choice('abc')} {draw.choice('def')} {n}" for n in range(40)]
        said = [draw.choice(("x", "x", "x", "y")) for _ in texts]
        predicted = predicted_from_text(texts, [Counter({each: 1}) for each in said], range(40))
        right += [a == b for a, b in zip(predicted, said, strict=True)]
    assert sum(right) / len(right) == pytest.approx(0.72, abs=0.06)


@given(st.lists(st.tuples(st.text(max_size=20), st.sampled_from(["", "a", "b"]), st.integers(0, 5)), max_size=25))
def test_whatever_is_asked_a_value_that_was_given_is_predicted_or_none(rows: list[tuple[str, str, int]]) -> None:
    values = [Counter({value: 1}) if value else Counter[str]() for _, value, _ in rows]
    predicted = predicted_from_text([text for text, *_ in rows], values, [item for *_, item in rows])
    known = {value for _, value, _ in rows if value}
    assert len(predicted) == len(rows)
    assert all(value is None or value in known for value in predicted)


def test_one_item_alone_predicts_nothing() -> None:
    assert predicted_from_text(["A?", "B?"], [Counter("x"), Counter("y")], [0, 0]) == [None, None]
