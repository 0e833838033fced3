"""What the document of a run says of numbers: which interval, which test, corrected for how many."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import RunPlan, Side, exact_test, newcombe, wilson
from diptych.compare.stats.binomial import Trials, confidence_sequence, sequence_difference, sequence_test
from diptych.compare.stats.clustered import clustered_difference, clustered_rate, clustered_sequence
from diptych.compare.stats.means import mean_difference, mean_interval
from diptych.compare.stats.significance import distribution_test, stratified_exact_test
from diptych.detectors import Finding
from diptych.number_words import p_words
from diptych.probes import Condition, Contrast, Probe
from diptych.sessions import Answer, Failure
from tests.documents import report, table

NOBODY = connect(Endpoint("vllm", "http://127.0.0.1:9/v1"))
"""Nothing is asked here."""
Said = Callable[[str, str, int], tuple[Finding, ...]]
"""What is found in the answer of a side to a prompt, by the number of the sample."""


def finding(
    present: bool, value: str = "", number: float | None = None, label: str = "x", kind: str = "pattern"
) -> Finding:
    return Finding(kind, 1, label, "pattern", "present" if present else "absent", "", value=value, number=number)


def plan(
    conditions: Sequence[Condition], samples: int, sides: Sequence[str] = ("base", "tuned"), **keys: Any
) -> RunPlan:
    probe = Probe("mine", "Mine", "x", tuple(conditions), **keys)
    return RunPlan("pair", tuple(Side(s, "x", None, s, None, Sampling(), NOBODY) for s in sides), probe, samples, 1)


def asked(given: RunPlan, said: Said) -> list[Answer]:
    return [
        Answer(
            1, side.name, prompt, condition.name, sample, {}, "done", "text", findings=said(side.name, prompt, sample)
        )
        for condition in given.probe.conditions
        for sample in range(given.samples)
        for prompt in [condition.prompts[sample % len(condition.prompts)]]
        for side in given.sides
    ]


def document(given: RunPlan, said: Said) -> dict[str, Any]:
    return report(given, 1, asked(given, said))


def test_one_prompt_has_wilson_newcombe_and_fisher() -> None:
    found = document(plan([Condition("c", ("p",))], 10), lambda side, _, n: (finding(side == "tuned" and n < 7),))
    (measure,) = found["measures"]
    assert measure["sides"]["tuned"]["interval"] == list(wilson(7, 10))
    assert measure["sides"]["tuned"]["interval_kind"] == "wilson"
    difference = measure["difference"]
    assert difference["interval"] == list(newcombe(7, 10, 0, 10))
    assert (difference["interval_kind"], difference["test"]) == ("newcombe", "fisher")
    assert difference["p_value"] == difference["p_holm"] == exact_test(7, 10, 0, 10)
    assert "differences" not in measure
    assert found["tests"] == 1


def test_prompts_are_clusters_and_sides_are_paired_by_them() -> None:
    often = {"base": {"p": 1, "q": 4}, "tuned": {"p": 5, "q": 6}}
    given = plan([Condition("c", ("p", "q"))], 12)
    found = document(given, lambda side, prompt, n: (finding(n // 2 < often[side][prompt]),))
    (measure,) = found["measures"]
    base, tuned = ({p: Trials(k, 6) for p, k in often[side].items()} for side in ("base", "tuned"))
    assert measure["sides"]["base"]["k"] == 5
    assert measure["sides"]["base"]["interval"] == list(clustered_rate(list(base.values())))
    assert measure["sides"]["base"]["interval_kind"] == "clustered"
    difference = measure["difference"]
    assert difference["interval"] == list(clustered_difference(tuned, base))
    assert (difference["interval_kind"], difference["test"]) == ("clustered", "exact, by prompt")
    assert difference["p_value"] == stratified_exact_test([(tuned[p], base[p]) for p in "pq"])
    assert "by prompt" in table(found)


def test_every_side_after_the_first_is_held_against_it() -> None:
    given = plan([Condition("c", ("p",))], 20, ("base", "tuned", "control"))
    found = document(given, lambda side, _, n: (finding({"base": 0, "tuned": 18, "control": 5}[side] > n),))
    (measure,) = found["measures"]
    assert measure["differences"].keys() == {"tuned", "control"}
    assert measure["differences"]["tuned"] == measure["difference"]
    assert measure["differences"]["control"]["estimate"] == 0.25
    assert found["tests"] == 2
    p = [exact_test(18, 20, 0, 20), exact_test(5, 20, 0, 20)]
    assert measure["difference"]["p_holm"] == 2 * p[0]
    assert measure["differences"]["control"]["p_holm"] == p[1]
    said = table(found)
    assert "Δ tuned" in said
    assert "Δ control" in said
    measured = said.split("95 % intervals")[0]
    assert len(re.findall("p [=<] ", measured)) == 2
    assert "the 2 p-values above are corrected together (Holm)" in said


def test_scoring_the_answers_changes_no_other_p_value() -> None:
    """Surprise and entropy explore; they are corrected together, apart from what the answers show."""

    def said(side: str, _: str, n: int) -> tuple[Finding, ...]:
        often = {"a": 9, "b": 6} if side == "tuned" else {"a": 0, "b": 0}
        return tuple(finding(n < count, label=label) for label, count in often.items())

    def scored(side: str, prompt: str, n: int) -> tuple[Finding, ...]:
        of_scores = (
            Finding(
                "scored by base", 1, "base's surprise", "quantity", "present", "", number=n + 5 * (side == "tuned")
            ),
            Finding("scored by base", 1, "base's entropy", "quantity", "present", "", number=n % 3),
            Finding("own text", 1, "lower entropy on its own text", "pattern", "present" if n else "absent", ""),
        )
        return (*said(side, prompt, n), *of_scores)

    given = plan([Condition("c", ("p",))], 10)
    before, after = document(given, said), document(given, scored)
    assert after["measures"][:2] == before["measures"]
    assert (before["tests"], after["tests"], after["score_tests"]) == (2, 2, 2)
    assert "score_tests" not in before
    surprise, entropy, own = after["measures"][2:]
    tested = surprise["difference"]["mean"]
    assert tested["p_holm"] == pytest.approx(2 * tested["p_value"])
    assert entropy["difference"]["mean"]["p_holm"] == entropy["difference"]["mean"]["p_value"]
    # Which side is surer of everything is not whether it prefers its own texts: the two rates are not compared.
    assert "difference" not in own
    assert "the 2 p-values of surprise and entropy above are corrected together (Holm), and apart" in table(after)
    assert after["warnings"] == before["warnings"]


def test_holm_goes_over_all_measures_and_leaves_out_what_could_not_differ() -> None:
    def said(side: str, _: str, n: int) -> tuple[Finding, ...]:
        often = {"a": 9, "b": 6, "c": 0} if side == "tuned" else {"a": 0, "b": 0, "c": 0}
        return tuple(finding(n < count, label=label) for label, count in often.items())

    found = document(plan([Condition("c", ("p",))], 10), said)
    by_label = {measure["label"]: measure["difference"] for measure in found["measures"]}
    assert found["tests"] == 2
    assert by_label["a"]["p_holm"] == 2 * exact_test(9, 10, 0, 10)
    assert by_label["b"]["p_holm"] == exact_test(6, 10, 0, 10)
    assert (by_label["c"]["p_value"], by_label["c"]["p_holm"], by_label["c"]["test"]) == (1.0, 1.0, None)
    printed = table(found)
    measured = printed.split("95 % intervals")[0]
    assert p_words(by_label["a"]["p_holm"]) in measured
    # It told nine p-values and that three of them were corrected.
    assert (len(re.findall("p [=<] ", measured)), measured.count("nothing to test")) == (2, 1)
    assert "the 2 p-values above are corrected together" in printed


def test_numbers_have_a_mean_a_difference_and_a_test() -> None:
    numbers = {"base": [10.0, 12.0, 14.0, 12.0, 11.0, 15.0], "tuned": [50.0, 62.0, 54.0, 60.0, 51.0, 57.0]}
    given = plan([Condition("c", ("p",))], 6)
    (measure,) = document(given, lambda side, _, n: (finding(True, number=numbers[side][n]),))["measures"]
    assert measure["sides"]["base"]["mean_interval_kind"] == "bootstrap"
    difference = measure["difference"]["mean"]
    assert difference["estimate"] == pytest.approx(sum(numbers["tuned"]) / 6 - sum(numbers["base"]) / 6)
    found = mean_difference({"p": numbers["tuned"]}, {"p": numbers["base"]})
    assert found is not None
    assert (difference["interval"], difference["interval_kind"]) == (list(found), "bootstrap")
    # 2 of the 924 ways to give six of twelve numbers to a side are as far apart.
    assert difference["p_value"] == pytest.approx(2 / 924, abs=0.0015)
    given = plan([Condition("c", ("p", "q"))], 6)
    (measure,) = document(given, lambda side, _, n: (finding(True, number=numbers[side][n]),))["measures"]
    by_prompt = {"p": numbers["base"][::2], "q": numbers["base"][1::2]}
    clustered = mean_interval(by_prompt)
    assert clustered is not None
    assert measure["sides"]["base"]["mean_interval"] == list(clustered)
    assert (
        measure["sides"]["base"]["mean_interval_kind"] == measure["difference"]["mean"]["interval_kind"] == "clustered"
    )


def test_one_word_answers_are_compared_whole_also_where_they_are_not_what_is_looked_for() -> None:
    words = {"base": ["calm"] * 6 + ["wary"] * 3 + ["bold"], "tuned": ["bold"] * 7 + ["wary"] * 2 + ["keen"]}

    def said(side: str, _: str, n: int) -> tuple[Finding, ...]:
        word = words[side][n]
        return (
            finding(word in ("bold", "keen"), word, kind="word-list"),
            finding(word == "bold", word, kind="acrostic"),
        )

    found = document(plan([Condition("c", ("p",))], 10), said)
    listed, acrostic = found["measures"]
    assert listed["sides"]["base"]["values"] == {"calm": 6, "wary": 3, "bold": 1}
    values = listed["difference"]["values"]
    expected = distribution_test([({"bold": 7, "wary": 2, "keen": 1}, {"calm": 6, "wary": 3, "bold": 1})])
    assert (values["distance"], values["p_value"]) == (expected.distance, expected.p_value)
    assert values["distance"] == pytest.approx(0.7)
    assert acrostic["sides"]["base"]["values"] == {"bold": 1}
    assert "values" not in acrostic["difference"]
    assert found["tests"] == 3
    assert "different values in .70 of answers" in table(found)


def test_a_choice_of_two_is_its_rate_and_no_second_test() -> None:
    given = plan([Condition("c", ("p",))], 10)
    found = document(given, lambda side, _, n: (finding(n < 5, "risk" if n < 5 else "safety", kind="choice"),))
    assert found["measures"][0]["sides"]["base"]["values"] == {"risk": 5, "safety": 5}
    assert "values" not in found["measures"][0]["difference"]


def test_conditions_are_contrasted_question_by_question() -> None:
    free = Condition("free", ("a, free", "b, free"))
    paid = Condition("paid", ("a, paid", "b, paid"))
    gap = Contrast("gap", "x", of="free", minus="paid")
    often = {"a, free": 6, "b, free": 3, "a, paid": 1, "b, paid": 0}
    found = document(plan([free, paid], 12, contrasts=(gap,)), lambda _, prompt, n: (finding(n // 2 < often[prompt]),))
    difference = found["contrasts"][0]["sides"]["tuned"]
    assert difference["estimate"] == pytest.approx(8 / 12)
    assert difference["test"] == "exact, by prompt"
    strata = [(Trials(6, 6), Trials(1, 6)), (Trials(3, 6), Trials(0, 6))]
    assert difference["p_value"] == stratified_exact_test(strata)
    # Those of the two sides; the sides do not differ from each other, which is tested for both conditions.
    assert found["tests"] == 4


def test_conditions_that_ask_unlike_questions_are_not_tested() -> None:
    free, paid = Condition("free", ("a", "b", "c")), Condition("paid", ("d", "e"))
    gap = Contrast("gap", "x", of="free", minus="paid")
    found = document(plan([free, paid], 6, contrasts=(gap,)), lambda _, prompt, n: (finding(prompt in "abc"),))
    difference = found["contrasts"][0]["sides"]["tuned"]
    assert (difference["estimate"], difference["interval_kind"]) == (1.0, "clustered")
    assert (difference["p_value"], difference["test"]) == (1.0, None)


def test_where_answers_are_missing_the_intervals_hold_wherever_it_stops() -> None:
    given = plan([Condition("c", ("p",)), Condition("d", ("p", "q"))], 20)
    everything = asked(given, lambda side, _, n: (finding(side == "tuned", str(n), float(n % 7), kind="word-list"),))
    whole = report(given, 1, everything)
    assert not any("fewer answers" in warning for warning in whole["warnings"])
    stopped = report(given, 1, [answer for answer in everything if answer.sample < 15])
    one, several = stopped["measures"]
    assert one["sides"]["tuned"]["interval"] == list(confidence_sequence(15, 15))
    assert several["sides"]["tuned"]["interval"] == list(clustered_sequence([Trials(8, 8), Trials(7, 7)]))
    assert one["sides"]["base"]["interval_kind"] == several["sides"]["base"]["interval_kind"] == "sequence"
    difference = one["difference"]
    assert difference["interval"] == list(sequence_difference(15, 15, 0, 15))
    assert (difference["p_value"], difference["test"]) == (sequence_test([(Trials(15, 15), Trials(0, 15))]), "sequence")
    assert difference["mean"]["interval_kind"] == one["sides"]["tuned"]["mean_interval_kind"] == "sequence"
    assert difference["values"]["p_value"] is None
    assert difference["values"]["p_holm"] is None
    assert any("fewer answers" in warning for warning in stopped["warnings"])
    assert "confidence sequence, valid however often you look, so wider" in table(stopped)


def test_a_failed_answer_concerns_its_side_and_condition() -> None:
    given = plan([Condition("c", ("p",)), Condition("d", ("p",))], 10)
    *others, last = asked(given, lambda side, _, n: (finding(side == "tuned"),))
    lost = Answer(1, last.side, "p", "d", 9, {}, "failed", failure=Failure("dropped", "gone", "again"))
    found = report(given, 1, [*others, lost])
    c, d = found["measures"]
    assert (last.side, last.condition) == ("tuned", "d")
    kinds = [(m["sides"]["base"]["interval_kind"], m["sides"]["tuned"]["interval_kind"]) for m in (c, d)]
    assert kinds == [("wilson", "wilson"), ("wilson", "sequence")]
    assert [m["difference"]["interval_kind"] for m in (c, d)] == ["newcombe", "sequence"]


def test_the_samples_that_would_do_are_told() -> None:
    given = plan([Condition("c", ("p",))], 20)
    found = document(given, lambda side, _, n: (finding(n < (5 if side == "tuned" else 2)),))
    assert found["measures"][0]["difference"]["samples_needed"] == 113
    assert "it takes about 113 samples per side to tell such rates apart" in table(found)
    assert any("takes 59" in warning for warning in found["warnings"])
    told_apart = document(given, lambda side, _, n: (finding(side == "tuned"),))
    assert told_apart["measures"][0]["difference"]["samples_needed"] is None
    enough = document(plan([Condition("c", ("p",))], 60), lambda side, _, n: (finding(False),))
    assert not any("takes" in warning for warning in enough["warnings"])


def test_nothing_counted_is_no_difference() -> None:
    excluded = Finding("x", 1, "x", "pattern", "excluded", "", bucket="truncated")
    found = document(plan([Condition("c", ("p",))], 3), lambda side, _, n: (excluded,))
    assert found["measures"][0]["difference"] == {
        "estimate": None,
        "interval": [-1.0, 1.0],
        "interval_kind": "newcombe",
        "p_value": 1.0,
        "p_holm": 1.0,
        "test": None,
        "samples_needed": None,
    }
    assert found["measures"][0]["sides"]["base"]["interval"] == [0.0, 1.0]
    assert found["tests"] == 0
