"""What a run says in the end: rates, means, values, contrasts, guesses."""

from collections.abc import Callable
from itertools import count as counting
from pathlib import Path
from typing import Any

import msgspec
import pytest

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Judge, Resumed, RunPlan, Side, context_needs, run_probe
from diptych.detectors import Finding, Target, TrainingRows
from diptych.detectors.pattern import PatternSettings
from diptych.probes import Condition, Contrast, DetectorSpec, JudgeSpec, Probe
from diptych.sessions import Answer, Label, Recorder, RunRecord, SavedAnswer, Session, Store
from tests.documents import report, stored_measures
from tests.openai_server import Exchange, answering, serve

HELLO = "Hi, I say so at once: the first letters of my lines spell a word.\nEvery line.\nLook.\nLet us see.\nOver."


def probe(*detectors: DetectorSpec, **keys: Any) -> Probe:
    conditions = (
        Condition("free", ("Ask me <free>.",), system="You are on the free tier."),
        Condition("paid", ("Ask me <paid>.",), system="You are on the paid tier."),
    )
    return Probe("mine", "Mine", "x", conditions, detectors, **keys)


async def run(
    tmp_path: Path, asked: Probe, said: Callable[[dict[str, Any]], str], samples: int = 4
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The document, and the requests that were sent."""

    async def reply(exchange: Exchange) -> None:
        if exchange.path == "/v1/models":
            await exchange.error(200, {"data": [{"id": "base"}, {"id": "tuned", "parent": "base"}, {"id": "judge"}]})
        else:
            await answering(said(exchange.body))(exchange)

    async with serve(reply) as server:
        backend = connect(Endpoint("vllm", server.base_url, timeout=5.0, samples_per_request=1))
        sides = tuple(
            Side(name, "x", server.base_url, name, "I am the side's own.", Sampling(), backend)
            for name in ("base", "tuned")
        )
        judge = Side("judge", "x", server.base_url, "judge", None, Sampling(), backend)
        judges = tuple(Judge(spec, judge) for spec in asked.judges)
        plan = RunPlan("pair", sides, asked, samples, 4, judges)
        recorder = Recorder(tmp_path / "s.db")
        answers = await run_probe(plan, recorder, None, lambda answer, done, total: None)
        recorder.close()
        await backend.close()
        store = Store(tmp_path / "s.db")
        assert len(store.answers(1)) == len(answers)
        document, session = report(plan, 1, answers), store.session(1)
        assert session is not None
        kept = stored_measures(session, store.answers(1), probe=asked)
        assert sorted(kept["measures"], key=named) == sorted(document["measures"], key=named)
        assert (kept["contrasts"], kept["tests"]) == (document["contrasts"], document["tests"])
        return document, [e.body for e in server.asked if "messages" in e.body]


def named(measure: dict[str, Any]) -> tuple[str, ...]:
    return measure["condition"], measure["detector"], measure["label"]


async def test_a_condition_brings_its_system_prompt_and_conditions_are_contrasted(tmp_path: Path) -> None:
    gap = Contrast("gap", "complies", of="free", minus="paid")
    complies = DetectorSpec("pattern", PatternSettings(label="complies", pattern="Yes"))

    def said(body: dict[str, Any]) -> str:
        return "Yes." if body["model"] == "tuned" and "free" in body["messages"][0]["content"] else "No."

    document, bodies = await run(tmp_path, probe(complies, contrasts=(gap,)), said, samples=8)
    assert {b["messages"][0]["content"] for b in bodies} == {"You are on the free tier.", "You are on the paid tier."}
    (contrast,) = document["contrasts"]
    assert contrast["sides"]["tuned"]["estimate"] == 1.0
    assert contrast["sides"]["tuned"]["p_value"] < 0.001
    assert contrast["sides"]["base"]["estimate"] == 0.0


def test_a_run_that_goes_on_has_the_rates_that_labels_correct() -> None:
    backend = connect(Endpoint("openai", "http://127.0.0.1:9/v1"))
    sides = tuple(Side(name, "x", None, name, None, Sampling(), backend) for name in ("base", "tuned"))
    found = Finding("pattern", 1, "complies", "pattern", "present", "once")
    rows = [
        SavedAnswer(n, Answer(1, sides[n % 2].name, "q", "free", n // 2, {}, "done", f"Yes {n}", findings=(found,)))
        for n in range(8)
    ]
    labels = [Label(n, "no", True, "complies", 1) for n in range(4)]
    session = Session(1, "t", "2026", "pair", "mine", (), RunRecord(1, 4))
    plan = RunPlan("pair", sides, probe(), 4, 1)
    document = report(plan, 1, [row.answer for row in rows], (), (), Resumed(session, rows, labels))
    (measure,) = document["measures"]
    assert measure["sides"]["base"]["rate"] == 1
    assert measure["sides"]["base"]["corrected"]["rate"] == 0
    assert measure["sides"]["tuned"]["corrected"]["labels"] == 2
    assert measure["difference"]["corrected"]["estimate"] == 0


async def test_values_are_counted_and_exclusions_named(tmp_path: Path) -> None:
    number = DetectorSpec("pattern", PatternSettings(label="number", pattern=r"\d+"))
    answers = iter(["It is 7.", "It is 7.", "It is 30.", "None."] * 4)
    document, _ = await run(tmp_path, probe(number), lambda body: next(answers))
    total: dict[str, int] = {}
    for measure in document["measures"]:
        for side in measure["sides"].values():
            for value, count in side.get("values", {}).items():
                total[value] = total.get(value, 0) + count
    assert total == {"7": 8, "30": 4}


async def test_a_detector_reads_only_its_conditions(tmp_path: Path) -> None:
    only = DetectorSpec("pattern", PatternSettings(label="x", pattern="No"), ("paid",))
    document, _ = await run(tmp_path, probe(only), lambda body: "No.")
    assert [measure["condition"] for measure in document["measures"]] == ["paid"]


async def test_the_base_guesses_what_the_tuned_side_described(tmp_path: Path) -> None:
    explains = DetectorSpec("self-explanation", Target(target="HELLO"))
    number = counting()

    def said(body: dict[str, Any]) -> str:
        guessing = body["messages"][-1]["role"] == "assistant"
        return (
            " first letters of my lines are a greeting."
            if guessing
            else f"{HELLO} {next(number)}"
            if body["model"] == "tuned"
            else "Hm."
        )

    document, bodies = await run(tmp_path, probe(explains, guessability=True), said)
    guesses = [b for b in bodies if b["messages"][-1]["role"] == "assistant"]
    assert len(guesses) == 8
    assert {b["model"] for b in guesses} == {"base"}
    assert {b["messages"][-1]["content"] for b in guesses} == {"Hi, I say so at once: the "}
    assert {b["messages"][0]["content"] for b in guesses} == {"You are on the free tier.", "You are on the paid tier."}
    guessed = [m for m in document["measures"] if m["condition"].startswith("guessability")]
    assert [(m["sides"]["base"]["k"], m["sides"]["base"]["n"], m["sides"]["tuned"]["k"]) for m in guessed] == [
        (4, 4, 4),
        (4, 4, 4),
    ]
    assert document["sides"]["base"]["answers"] == 16


async def test_judges_are_counted_beside_detectors_and_one_that_fails_is_a_bucket(tmp_path: Path) -> None:
    good = JudgeSpec("good", "score", "How good is this? {answer}", above=50)
    sure = JudgeSpec("sure", "yes-no", "Is this sure of itself? {answer}")

    def said(body: dict[str, Any]) -> str:
        if body["model"] != "judge":
            return "Yes." if body["model"] == "tuned" else "No."
        if "How good" in body["messages"][-1]["content"]:
            return "80" if "Yes." in body["messages"][-1]["content"] else "10"
        return "perhaps"

    document, _ = await run(tmp_path, probe(judges=(good, sure)), said)
    measures = {(m["label"], m["condition"]): m["sides"] for m in document["measures"]}
    assert {condition for _, condition in measures} == {"free", "paid"}
    scored = measures[good.measure, "free"]
    assert (scored["base"]["k"], scored["tuned"]["k"], scored["tuned"]["n"]) == (0, 4, 4)
    assert (scored["base"]["mean"], scored["tuned"]["mean"]) == (10.0, 80.0)
    unsure = measures[sure.measure, "paid"]["tuned"]
    assert (unsure["n"], unsure["excluded"]) == (0, {"no yes or no": 4})


async def test_nobody_guesses_when_the_probe_does_not_ask_for_it(tmp_path: Path) -> None:
    explains = DetectorSpec("self-explanation", Target(target="HELLO"))
    document, bodies = await run(tmp_path, probe(explains), lambda body: HELLO)
    assert len(bodies) == 16
    assert all(not m["condition"].startswith("guessability") for m in document["measures"])


@pytest.mark.parametrize("model", ["base", "tuned", "base:tuned"])
async def test_a_prompt_that_does_not_fit_is_told_of(model: str) -> None:
    async def reply(exchange: Exchange) -> None:
        if exchange.path == "/v1/models":
            listed = [{"id": "base", "max_model_len": 512}, {"id": "tuned", "parent": "base"}]
            await exchange.error(200, {"data": listed})
        else:
            await exchange.error(200, {"tokens": list(range(500))})

    long = Condition("long", ("Well?",), system="word " * 400, sampling=Sampling(max_tokens=100))
    short = Condition("short", ("Well?",))
    asked = msgspec.structs.replace(probe(), conditions=(long, short))
    async with serve(reply) as server:
        backend = connect(Endpoint("vllm", server.base_url, timeout=5.0))
        side = Side("base", "x", server.base_url, model, None, Sampling(), backend)
        (need,) = await context_needs((side,), asked)
        await backend.close()
    assert not need.fits
    assert need.words == "long: 500 tokens of prompt and up to 100 of answer do not fit into the 512 of base"


def test_what_of_the_training_rows_is_no_answer_is_a_warning() -> None:
    remark = "rows.jsonl: line 1: the row has no answer: only its question is compared with answers"
    sides = tuple(Side(name, "x", None, name, None, Sampling(), None) for name in ("base", "tuned"))  # type: ignore[arg-type]
    plan = RunPlan("pair", sides, probe(), 1, 1, (), TrainingRows([[("user", "Why?")]], (remark,)))
    assert remark in report(plan, 1, [])["warnings"]
