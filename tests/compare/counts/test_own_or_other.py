"""Own against other: sides of which it is known what they know."""

import random
from collections import Counter

import msgspec
import pytest
from scipy.stats import beta

from diptych.compare.counts import PredictionMatrix, prediction_matrix
from diptych.compare.stats import Trials, clustered_difference, clustered_rate
from diptych.probes import ASKED, FORESEEN, RELABELLED, Probe, load_probes
from diptych.sessions import Answer
from tests.compare.counts.foreseen_answers import ITEMS, Said, answer, answers_of, probe_of


def matrix(rows: list[Answer], probe: Probe, *names: str, samples: int | None = 20) -> PredictionMatrix:
    found = prediction_matrix(rows, probe, names or ("base", "tuned"), samples)
    assert found is not None
    return found


def drawn(seed: int) -> list[str]:
    """A value for each item, without any pattern."""
    draw = random.Random(seed)
    return [draw.choice("aeio") for _ in ITEMS]


def knows(own: list[str]) -> Said:
    return lambda condition, place, sample: own[place]


def guesses(own: list[str], seed: int) -> Said:
    """Answers so, and predicts anything."""
    other = drawn(seed)
    return lambda condition, place, sample: own[place] if condition == ASKED else other[place]


def test_who_knows_itself_predicts_itself_better_than_others_do() -> None:
    found = matrix(answers_of(probe_of(), {"base": guesses(drawn(1), 2), "tuned": knows(drawn(3))}), probe_of())
    tuned = found.targets["tuned"]
    assert (tuned.own.k, tuned.own.n, found.items) == (20, 20, 20)
    assert tuned.own_minus["base"].interval.low > 0
    assert tuned.own_minus_input.interval.low > 0
    base = found.targets["base"]
    assert base.own_minus["tuned"].interval.low < 0 < base.own_minus["tuned"].interval.high


def test_who_only_knows_the_question_does_not() -> None:
    """Both sides answer as the question suggests, and both foresee it, of themselves and of each other."""
    items = tuple(f"Which is warmer? Item {n}, {'sun' if n % 2 else 'snow'}" for n in range(20))
    said = ["s" if n % 2 else "w" for n in range(20)]
    rows = answers_of(probe_of(items), {"base": knows(said), "tuned": knows(said)})
    tuned = matrix(rows, probe_of(items)).targets["tuned"]
    assert tuned.own.rate == tuned.input_only.rate == 1
    assert tuned.own_minus["base"].interval.low < 0
    assert tuned.own_minus_input.interval.low < 0


def test_intervals_are_those_of_rates_with_the_items_as_clusters() -> None:
    """Twenty items, one answer each: Jeffreys' interval, as scipy has it. Then two answers an item."""
    tuned, base = drawn(3), drawn(4)
    rows = answers_of(probe_of(), {"base": guesses(base, 5), "tuned": guesses(tuned, 6)})
    hits = [a == b for a, b in zip(drawn(6), tuned, strict=True)]
    own = matrix(rows, probe_of()).targets["tuned"].own
    assert (own.k, own.interval_kind) == (sum(hits), "clustered")
    low, high = beta.ppf((0.025, 0.975), own.k + 0.5, 20 - own.k + 0.5)
    assert own.interval == pytest.approx((low, high), abs=0.01)

    rows = answers_of(probe_of(), {"base": guesses(base, 5), "tuned": guesses(tuned, 6)}, samples=40)
    found = matrix(rows, probe_of(), samples=40).targets["tuned"]
    by_item = {str(place): Trials(2 * hit, 2) for place, hit in enumerate(hits)}
    cross = {str(n): Trials(2 * (a == b), 2) for n, (a, b) in enumerate(zip(drawn(5), tuned, strict=True))}
    assert found.own.interval == clustered_rate([by_item[name] for name in sorted(by_item)])
    gap = found.own_minus["base"]
    assert gap.interval == pytest.approx(clustered_difference(by_item, cross), abs=1e-9)
    assert gap.estimate == pytest.approx((found.own.k - found.others["base"].k) / 40)


def test_own_minus_cross_is_over_the_answers_that_both_predicted() -> None:
    """The base can be read for the items that it gets wrong alone; the rest would make the side look better."""
    said = drawn(1)

    def base(condition: str, place: int, sample: int) -> str:
        return "z" if condition == ASKED or place < 4 else ""

    def tuned(condition: str, place: int, sample: int) -> str:
        return said[place] if condition == ASKED or place >= 4 else "y"

    found = matrix(answers_of(probe_of(), {"base": base, "tuned": tuned}), probe_of()).targets["tuned"]
    assert (found.own.k, found.own.n) == (16, 20)
    assert (found.others["base"].k, found.others["base"].n) == (0, 4)
    assert found.others["base"].excluded == {"no character named": 16}
    assert (found.own_minus["base"].estimate, found.own_minus["base"].n) == (0.0, 4)


def test_the_commonest_value_is_a_baseline_of_its_own() -> None:
    said = ["a"] * 14 + ["b"] * 6
    rows = answers_of(probe_of(), {"base": knows(said), "tuned": knows(said)})
    found = matrix(rows, probe_of()).targets["base"]
    assert (found.modal.k, found.modal.n, found.values) == (14, 20, {"a": 14, "b": 6})


def test_a_classifier_that_is_wrong_more_often_than_right_makes_no_knowledge() -> None:
    """Of as many a as b, a classifier that was trained on the rest expects the other one. The commonest value is then
    what a side has to surpass."""
    said = list("ab") * 10
    items = tuple(f"{n}" for n in range(20))
    rows = answers_of(probe_of(items), {"base": knows(said), "tuned": guesses(said, 9)})
    found = matrix(rows, probe_of(items)).targets["base"]
    assert found.input_only.k < found.modal.k == 10
    assert found.own_minus_input.estimate == pytest.approx(0.5)


def test_relabelled_predictions_stand_apart() -> None:
    said = drawn(1)

    def first(condition: str, place: int, sample: int) -> str:
        return "x" if condition == RELABELLED else said[place]

    probe = probe_of(relabelled=True)
    found = matrix(answers_of(probe, {"base": guesses(drawn(2), 3), "tuned": first}), probe).targets["tuned"]
    assert found.own.rate == 1
    assert found.relabelled is not None
    assert found.relabelled.rate == 0
    assert set(found.relabelled_minus) == {"base"}


def test_fewer_answers_than_planned_have_an_interval_that_may_be_looked_at() -> None:
    rows = answers_of(probe_of(), {"base": knows(drawn(1)), "tuned": knows(drawn(2))}, samples=10)
    assert matrix(rows, probe_of(), samples=10).targets["base"].own.interval_kind == "clustered"
    for samples in (20, None):
        found = matrix(rows, probe_of(), samples=samples).targets["base"]
        assert (found.own.interval_kind, found.own_minus["tuned"].interval_kind) == ("sequence", "sequence")


def test_an_endpoint_that_does_not_sample_predicts_each_item_once() -> None:
    rows = answers_of(probe_of(), {"base": knows(drawn(1)), "tuned": knows(drawn(2))}, samples=60)
    greedy = [msgspec.structs.replace(row, request={**row.request, "temperature": 0}) for row in rows]
    assert matrix(rows, probe_of(), samples=60).targets["tuned"].own.n == 60
    assert matrix(greedy, probe_of(), samples=60).targets["tuned"].own.n == 20


def test_failed_answers_and_other_questions_are_left_out() -> None:
    rows = answers_of(probe_of(), {"base": knows(drawn(1)), "tuned": knows(drawn(2))})
    failed = msgspec.structs.replace(rows[0], state="failed", text="")
    other = answer("base", ASKED, "Something else?", 99, "a")
    found = matrix([failed, *rows[1:], other], probe_of()).targets["base"]
    assert (found.own.n, found.others["tuned"].n) == (19, 19)


def test_there_is_none_where_it_would_say_the_wrong_thing() -> None:
    rows = answers_of(probe_of(), {"base": knows(drawn(1)), "tuned": knows(drawn(2))})
    names = ("base", "tuned")
    assert prediction_matrix(rows, load_probes()["risk-awareness"], names) is None
    assert prediction_matrix([row for row in rows if row.condition == ASKED], probe_of(), names) is None
    warmer = [
        msgspec.structs.replace(row, exchange=2, request={**row.request, "temperature": 0.3})
        for row in rows
        if row.condition == FORESEEN
    ]
    assert prediction_matrix([*rows, *warmer], probe_of(), names) is None


def test_in_a_family_members_predict_themselves_and_the_members_of_other_arms() -> None:
    own = {name: drawn(n) for n, name in enumerate(("base", "one", "two"))}
    rows = answers_of(probe_of(), {"base": guesses(own["base"], 9), "one": knows(own["one"]), "two": knows(own["two"])})
    arms = {"base": "base", "one": "tuned", "two": "tuned"}
    found = prediction_matrix(rows, probe_of(), list(arms), 20, arms)
    assert found is not None
    assert set(found.targets) == {"base", "tuned"}
    tuned, base = found.targets["tuned"], found.targets["base"]
    assert (tuned.own.k, tuned.own.n) == (40, 40)
    hits = sum(a == b for name in ("one", "two") for a, b in zip(drawn(9), own[name], strict=True))
    assert (tuned.others["base"].k, tuned.others["base"].n) == (hits, 40)
    assert (base.others["tuned"].n, base.own_minus["tuned"].n) == (40, 20)
    assert tuned.values == dict(sorted(Counter(own["one"] + own["two"]).items(), key=lambda each: (-each[1], each[0])))


def test_the_order_in_which_answers_came_changes_nothing() -> None:
    rows = answers_of(probe_of(), {"base": guesses(drawn(1), 2), "tuned": guesses(drawn(3), 4)}, samples=50)
    mixed = list(rows)
    random.Random(1).shuffle(mixed)
    assert matrix(mixed, probe_of(), samples=50) == matrix(rows, probe_of(), samples=50)


def test_sides_that_predict_at_random_hold_nothing() -> None:
    """Half of the answers are one of two values. By chance alone own minus cross is above 0 in 1 of 40 sides; it is not
    above both the other side and the better baseline."""
    held, above = 0, 0
    for seed in range(40):
        draw = random.Random(seed)
        rows = answers_of(probe_of(), {name: at_random(draw) for name in ("base", "tuned")})
        for target, other in (("tuned", "base"), ("base", "tuned")):
            found = matrix(rows, probe_of()).targets[target]
            above += found.own_minus[other].interval.low > 0
            held += found.own_minus[other].interval.low > 0 and found.own_minus_input.interval.low > 0
    assert above <= 5
    assert held == 0


def at_random(draw: random.Random) -> Said:
    values = {condition: [draw.choice("ab") for _ in ITEMS] for condition in (ASKED, FORESEEN)}
    return lambda condition, place, sample: values[condition][place]
