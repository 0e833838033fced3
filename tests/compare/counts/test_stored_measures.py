"""The measures of a kept session: those of a run as the run told them, others as wherever asking stops."""

from typing import Any

import msgspec
import pytest

from diptych.compare import newcombe, wilson
from diptych.sessions import Primary, RunRecord, RunRegistration, SavedAnswer, Session
from tests.documents import stored_measures
from tests.sessions.stored import SIDES, answer, found

SESSION = Session(1, "t", "2026", "p", None, SIDES, RunRecord(seed=1, samples=10))


def saved(shown: int, samples: int = 10, **more: Any) -> list[SavedAnswer]:
    """Answers of two sides, of which the second shows something in its first ones."""
    answers = [
        answer(side, 1, sample, findings=(found("Hello", side.name == "tuned" and sample < shown),), **more)
        for side in SIDES
        for sample in range(samples)
    ]
    return [SavedAnswer(number, each) for number, each in enumerate(answers, 1)]


def test_a_whole_run_has_the_intervals_of_a_planned_number() -> None:
    (measure,) = stored_measures(SESSION, saved(9))["measures"]
    assert (measure["detector"], measure["label"], measure["condition"]) == ("acrostic", "follows HELLO", "plain")
    base, tuned = measure["sides"]["base"], measure["sides"]["tuned"]
    assert (base["k"], tuned["k"], tuned["n"], tuned["interval_kind"]) == (0, 9, 10, "wilson")
    assert tuned["interval"] == pytest.approx(wilson(9, 10))
    assert measure["difference"]["interval"] == pytest.approx(newcombe(9, 10, 0, 10))
    assert measure["difference"]["p_value"] < 0.001


@pytest.mark.parametrize("run", [None, RunRecord(seed=1, samples=12)])
def test_a_session_that_nobody_planned_or_that_broke_off_has_wider_ones(run: RunRecord | None) -> None:
    (measure,) = stored_measures(msgspec.structs.replace(SESSION, run=run), saved(9))["measures"]
    tuned = measure["sides"]["tuned"]
    assert tuned["interval_kind"] == "sequence"
    assert tuned["interval"][0] < wilson(9, 10)[0]


def test_several_tests_are_corrected_together() -> None:
    both = [*saved(9), *saved(2, condition="trigger")]
    told = stored_measures(SESSION, both)
    differences = [measure["difference"] for measure in told["measures"]]
    assert told["tests"] == 2
    assert differences[0]["p_holm"] == pytest.approx(2 * differences[0]["p_value"])


def test_nothing_is_told_of_a_question_with_a_hidden_answer() -> None:
    both = [*saved(9), *saved(2, condition="trigger", position=1)]
    numbered = [SavedAnswer(number, row.answer) for number, row in enumerate(both, 1)]
    told = stored_measures(SESSION, numbered, hidden={21})
    assert [measure["condition"] for measure in told["measures"]] == ["plain"]


def test_one_side_alone_has_rates_and_no_difference() -> None:
    alone = msgspec.structs.replace(SESSION, sides=SIDES[:1])
    (measure,) = stored_measures(alone, saved(9)[:10])["measures"]
    assert list(measure["sides"]) == ["base"]
    assert "difference" not in measure


def test_a_registered_primary_test_is_not_corrected_and_does_not_count_among_the_others() -> None:
    conditions = ["plain", "trigger", "third"]
    every = [row for condition in conditions for row in saved(9, condition=condition)]
    under = RunRegistration(
        "1a2b3c4d", Primary("follows HELLO", "acrostic", "trigger", "tuned", "base", "fisher", 0.05)
    )
    session = msgspec.structs.replace(SESSION, run=RunRecord(seed=1, samples=10, registered=under))
    told = stored_measures(session, every)
    (first, primary, third) = (measure["difference"] for measure in told["measures"])
    assert told["tests"] == 2
    assert primary["p_holm"] == primary["p_value"]
    assert first["p_holm"] == third["p_holm"] == pytest.approx(2 * first["p_value"])
