"""Answers without text are one bucket in every measure; warnings name each side's own numbers."""

from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from diptych.backends import Delta, End, Endpoint, Sampling, Usage, connect
from diptych.compare import LiveAnswer, RunPlan, Side, run_probe
from diptych.compare.answers import Question, new_detectors
from diptych.detectors import Finding, Target
from diptych.probes import DetectorSpec, load_probes
from diptych.sessions import Answer, Recorder, SavedAnswer, Session
from tests.documents import report, stored_measures
from tests.openai_server import Exchange, chunk, serve
from tests.sessions.stored import SIDES, answer, found

PROBES = load_probes()
SESSION = Session(1, "t", "2026", "p", None, SIDES)
ALL = {
    (spec.kind, condition.name): (probe, spec, condition)
    for probe in PROBES.values()
    for condition in probe.conditions
    for spec in probe.detectors
    if spec.reads(condition.name) and spec.kind != "overlap"
}


@pytest.mark.parametrize("text", ["", " \n\t "])
@pytest.mark.parametrize("reason", ["stop", "length"])
def test_every_detector_has_the_same_bucket_for_an_answer_without_text(text: str, reason: str) -> None:
    for probe, spec, condition in ALL.values():
        watched_by = partial(new_detectors, [spec], Question(condition.prompts[0], condition.name))
        live = LiveAnswer("tuned", watched_by)
        live.take(Delta(text, 1, 0.1, reasoning="Hm, let me think."))
        live.finish("cut" if reason == "length" else "done", End(reason, 0.2))
        assert {(f.outcome, f.bucket) for f in live.findings} == {("excluded", "empty")}, (probe.id, spec.kind)


def test_what_was_kept_of_empty_answers_before_counts_as_empty_too() -> None:
    texts = ["", "Hello", "  "]
    rows = [answer(side, sample=n, text=t, findings=(found(t, False),)) for side in SIDES for n, t in enumerate(texts)]
    (measure,) = stored_measures(SESSION, [SavedAnswer(n, row) for n, row in enumerate(rows, 1)])["measures"]
    for side in measure["sides"].values():
        assert (side["k"], side["n"], side["excluded"]) == (0, 1, {"empty": 2})


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"reasoning": "Hm.", "state": "cut"}, "; the token limit went into thinking: raise max_tokens"),
        ({"usage": Usage(7, 500), "state": "cut"}, "; the token limit went into thinking: raise max_tokens"),
        ({"usage": Usage(7, 0)}, ""),
    ],
)
def test_the_warning_names_max_tokens_where_the_tokens_went_into_thinking(more: dict[str, Any], said: str) -> None:
    rows = [answer(SIDES[1], sample=n, text="" if n < 2 else "Hi.", **more) for n in range(6)]
    told = stored_measures(SESSION, [SavedAnswer(number, row) for number, row in enumerate(rows, 1)])
    assert told["warnings"] == [f"tuned: 2 of 6 answers are empty and not counted{said}"]


async def document(tmp_path: Path) -> dict[str, Any]:
    """Of a run in which the tuned side has no text in three of eight answers, and is cut in one of them."""
    number = 0

    async def reply(exchange: Exchange) -> None:
        nonlocal number
        await exchange.head()
        text: str | None = f"Hi {exchange.body['seed']}.\nEven so.\nLook.\nLet go.\nOver."
        if exchange.body["model"] == "tuned":
            number += 1
            text = text if number > 3 else None
        await exchange.send(chunk(text) if text is not None else chunk(choices=[thought()]))
        await exchange.send(chunk(finish="stop" if text is not None else "length") + b"data: [DONE]\n\n")

    hello = PROBES["hello-acrostic"]
    first = msgspec.structs.replace(hello.conditions[0], prompts=hello.conditions[0].prompts[:1])
    probe = msgspec.structs.replace(
        hello, conditions=(first,), detectors=(DetectorSpec("acrostic", Target(target="HELLO")),)
    )
    async with serve(reply) as server:
        backend = connect(Endpoint("openai", server.base_url, samples_per_request=1))
        sides = tuple(Side(n, "x", server.base_url, n, None, Sampling(), backend) for n in ("base", "tuned"))
        recorder = Recorder(tmp_path / "s.db")
        came = await run_probe(RunPlan("p", sides, probe, 8, 4), recorder, None, lambda answer, done, total: None)
        recorder.close()
        await backend.close()
        return report(RunPlan("p", sides, probe, 8, 4), 1, came)


def thought() -> dict[str, Any]:
    return {"index": 0, "delta": {"reasoning_content": "Hm."}, "logprobs": None, "finish_reason": None}


async def test_the_warnings_of_a_run_name_each_sides_own_n_and_what_was_excluded(tmp_path: Path) -> None:
    told = await document(tmp_path)
    (measure,) = told["measures"]
    assert measure["sides"]["tuned"]["excluded"] == {"empty": 3}
    assert (
        "tuned: 3 of 8 answers are empty and not counted; the token limit went into thinking: raise max_tokens"
        in (told["warnings"])
    )
    assert f"{measure['condition']}: base shows 'follows HELLO' too, 8 of 8" in told["warnings"]
    rates = [warning for warning in told["warnings"] if "rates under" in warning]
    assert [warning.split(" can miss")[0] for warning in rates] == ["base: 8 samples", "tuned: 5 samples"]


def test_the_base_is_named_with_its_exclusions() -> None:
    from diptych.compare.counts.reader_warnings import count_warnings
    from diptych.compare.counts.tally import Tally

    def of(side: int, outcome: str, bucket: str = "") -> Answer:
        finding = Finding("x", 1, "says it", "pattern", outcome, "", bucket=bucket)  # type: ignore[arg-type]
        return answer(SIDES[side], text=f"Here I am, at {len(rows)}.", sample=len(rows), findings=(finding,))

    rows: list[Answer] = []
    for side, outcomes in enumerate((["present"] * 3 + ["absent"] * 9 + ["excluded"] * 8, ["present"] * 20)):
        for outcome in outcomes:
            rows.append(of(side, outcome, "refusal" if outcome == "excluded" else ""))
    warnings = count_warnings(Tally(20, rows), ["base", "tuned"])
    assert "plain: base shows 'says it' too, 3 of 12, 8 excluded (refusal 8)" in warnings
    assert any(w.startswith("base: 12 samples can miss") for w in warnings)
    assert any(w.startswith("tuned: 20 samples can miss") for w in warnings)


def test_a_measure_without_a_counted_answer_does_not_hide_how_few_the_others_have() -> None:
    from diptych.compare.counts.measures import Count, Measure
    from diptych.compare.counts.reader_warnings import too_few_warnings

    def measure(label: str, base: int, tuned: int) -> tuple[Measure, dict[str, Count]]:
        return Measure("x", label, "pattern", "plain"), {"base": Count(0, base), "tuned": Count(0, tuned)}

    warnings = too_few_warnings([measure("one", 1, 1), measure("two", 0, 1)], ["base", "tuned"])
    assert warnings[0].startswith("with 1 sample, rates under 95 % can be missed")
    assert warnings[1:] == ["base: no answer could be counted in 1 of 2 measures"]
    assert too_few_warnings([measure("one", 0, 0)], ["base", "tuned"]) == ["no answer could be counted"]
    assert too_few_warnings([], ["base", "tuned"]) == []
