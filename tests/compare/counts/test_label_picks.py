"""Answers that are picked at random to be labelled, and the rates that their labels correct."""

from typing import Any

import msgspec
import pytest

from diptych.compare import Measure, Tally, corrected_rate, pick_answers, wilson
from diptych.compare.stats.binomial import Trials
from diptych.detectors import Finding
from diptych.sessions import Label, RunRecord, SavedAnswer, Session
from tests.documents import stored_measures
from tests.sessions.stored import SIDES, answer, found

SESSION = Session(1, "t", "2026", "p", None, SIDES, RunRecord(seed=1, samples=30))
MEASURE = Measure("acrostic", "follows HELLO", "pattern", "plain")


def saved(**more: Any) -> list[SavedAnswer]:
    """Thirty answers of each side, each in its own words; the tuned side shows it in ten."""
    answers = [
        answer(side, 1, n, f"{side.name} {n}", findings=(found("Hello", side.name == "tuned" and n < 10),), **more)
        for n in range(30)
        for side in SIDES
    ]
    return [SavedAnswer(number, each) for number, each in enumerate(answers, 1)]


def picks(rows: list[SavedAnswer], labels: list[Label], wanted: int) -> Any:
    return pick_answers(Tally(30, [row.answer for row in rows]), rows, labels, MEASURE, wanted)


def test_as_many_of_each_side_in_an_order_that_says_nothing() -> None:
    sides = [pick.saved.answer.side for pick in picks(saved(), [], 20)]
    assert (sides.count("base"), sides.count("tuned")) == (20, 20)
    assert len({tuple(sides[n : n + 2]) for n in range(0, 40, 2)}) > 2


def test_labelling_goes_on_where_it_was_left() -> None:
    rows = saved()
    first = picks(rows, [], 10)
    labels = [pick.labelled("yes") for pick in first[:7]]
    assert picks(rows, labels, 10) == first[7:]
    labels = [pick.labelled("unsure") for pick in first]
    assert picks(rows, labels, 10) == []
    more = picks(rows, labels, 20)
    assert len(more) == 20
    assert {pick.seed for pick in more} == {first[0].seed}
    assert not {pick.saved.id for pick in more} & {pick.saved.id for pick in first}
    assert len(picks(rows, labels, 1000)) == 40


def test_only_draws_of_the_question_can_be_picked_and_labels_of_ones_own_change_nothing() -> None:
    rows = saved()
    others = [SavedAnswer(100 + n, row.answer) for n, row in enumerate(saved(condition="trigger"))]
    failed = SavedAnswer(200, answer(SIDES[0], 1, 99, "", state="failed", findings=()))
    own = [Label(1, "follows HELLO", False)]
    assert len(picks([*rows, *others, failed], own, 1000)) == 60


def said(rows: list[SavedAnswer], base: str, tuned: str) -> list[Label]:
    """Labels of the first ten answers of each side: y, n or u each."""
    words = {"y": "yes", "n": "no", "u": "unsure"}
    return [
        Label(row.id, words[values[row.answer.sample]], True, "follows HELLO", 1)
        for row in rows
        for values in (base if row.answer.side == "base" else tuned,)
        if row.answer.sample < len(values)
    ]


def test_labels_of_picked_answers_correct_rate_and_difference_beside_the_raw_ones() -> None:
    rows = saved()
    (measure,) = stored_measures(SESSION, rows, labels=said(rows, "nnnnn", "yyyynnyyyyyu"))["measures"]
    tuned = measure["sides"]["tuned"]
    assert (tuned["k"], tuned["n"]) == (10, 30)
    # Of the ten that the detector saw people confirm eight, of the eleventh it missed they say yes.
    expected = corrected_rate(Trials(10, 30), wilson(10, 30), Trials(8, 10), Trials(1, 1))
    assert expected is not None
    assert tuned["corrected"]["rate"] == pytest.approx(expected.rate)
    assert tuned["corrected"]["interval"] == pytest.approx(expected.interval)
    assert (tuned["corrected"]["labels"], tuned["corrected"]["unsure"]) == (11, 1)
    assert measure["sides"]["base"]["corrected"]["labels"] == 5
    assert measure["difference"]["corrected"]["estimate"] == pytest.approx(expected.rate)


def test_labels_that_a_person_chose_to_give_correct_nothing() -> None:
    rows = saved()
    labels = [Label(row.id, "follows HELLO", False) for row in rows[:20]]
    (measure,) = stored_measures(SESSION, rows, labels=labels)["measures"]
    assert "corrected" not in measure["sides"]["base"]
    assert "corrected" not in measure["difference"]


def test_a_judge_of_the_same_name_is_corrected_by_the_same_labels() -> None:
    verdict = Finding("judge spells", 1, "follows HELLO", "pattern", "present", "said YES")
    rows = [SavedAnswer(n, msgspec.structs.replace(each, findings=(*each.findings, verdict))) for n, each in saved()]
    measures = stored_measures(SESSION, rows, labels=said(rows, "nnnnn", "yyyyy"))["measures"]
    by_judge = next(measure for measure in measures if measure["detector"] == "judge spells")
    assert by_judge["sides"]["base"]["rate"] == 1
    assert by_judge["sides"]["base"]["corrected"]["rate"] == 0
    assert by_judge["difference"]["corrected"]["estimate"] == 1


def test_excluded_answers_stay_out() -> None:
    excluded = Finding("acrostic", 1, "follows HELLO", "pattern", "excluded", "cut short", bucket="truncated")
    rows = [
        SavedAnswer(n, msgspec.structs.replace(each, findings=(excluded,)) if each.sample < 5 else each)
        for n, each in saved()
    ]
    (measure,) = stored_measures(SESSION, rows, labels=said(rows, "nnnnnnnn", ""))["measures"]
    assert measure["sides"]["base"]["corrected"]["labels"] == 3


def test_new_findings_of_a_labelled_answer_count_at_once() -> None:
    rows = saved()
    tally = Tally(30, [row.answer for row in rows])
    tally.add_labels(rows, said(rows, "nn", ""))
    before = rows[0].answer
    tally.replace(before, msgspec.structs.replace(before, findings=(found("Hello"),)))
    (counts,) = [counts for _, counts in tally.measures()]
    assert counts["base"].labelled == (Trials(0, 1), Trials(0, 1), 0)
