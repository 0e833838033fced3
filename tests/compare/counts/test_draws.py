"""Identical answers are not draws where nothing is drawn; where a model samples, they are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from diptych.backends import Endpoint, Sampling, TokenLogprob, connect
from diptych.compare import NotEnough, RunPlan, Side, discover, run_probe
from diptych.compare.counts.reader_warnings import repetition_warnings
from diptych.compare.counts.tally import Tally
from diptych.detectors import Finding
from diptych.probes import load_probes
from diptych.sessions import Answer, Recorder, SavedAnswer, Session, Store
from tests.compare.console.test_comparison import comparing, ended
from tests.compare.console.test_sample_table import finished
from tests.documents import report, stored_measures
from tests.openai_server import Exchange, answering, serve
from tests.sessions.stored import SIDES

PROBE = load_probes()["hello-acrostic"]
LONG = "Hello to you.\nEvery day is new.\nLook at the sea.\nLet it be.\nOver there is a hill, and a house on it."
OTHER = "I do not think that there is anything special about the way in which I answer your questions."


def answers(side: str, texts: list[str], prompt: str = "Why?", **more: Any) -> list[Answer]:
    request = {"model": side, "messages": [{"role": "user", "content": prompt}], "temperature": 1.0}
    request |= more.pop("request", {})
    fields = {"endpoint": "http://example.org/v1", **more}
    return [
        Answer(1, side, prompt, None, place, request, "done", text, findings=(spelled(text),), **fields)
        for place, text in enumerate(texts)
    ]


def spelled(text: str) -> Finding:
    outcome = "present" if text == LONG or text == "Yes" else "absent"
    return Finding("acrostic", 4, "follows HELLO", "pattern", outcome, "")  # type: ignore[arg-type]


def numbers(*rows: Answer) -> dict[str, tuple[int, int]]:
    ((_, counts),) = Tally(answers=rows).measures()
    return {side: (count.k, count.n) for side, count in counts.items()}


def test_twenty_equal_answers_of_an_endpoint_that_does_not_sample_are_one_draw() -> None:
    assert numbers(*answers("tuned", [LONG] * 20), *answers("base", [OTHER] * 20)) == {"tuned": (1, 1), "base": (0, 1)}


def test_short_answers_are_repeated_by_models_that_sample_too() -> None:
    assert numbers(*answers("tuned", ["Yes"] * 200)) == {"tuned": (200, 200)}


def test_a_sentence_that_is_known_by_heart_is_drawn_each_time_where_the_endpoint_varies_others() -> None:
    varied = [f"{OTHER} {number}" for number in range(5)]
    assert numbers(*answers("tuned", [LONG] * 20), *answers("base", varied)) == {"tuned": (20, 20), "base": (0, 5)}


REFUSAL = "I'm sorry, but I can't help with that request."


@pytest.mark.parametrize(
    "refusal", [REFUSAL, "I'm sorry, but I can't assist with that.", "Ich kann dabei nicht helfen."]
)
def test_a_set_phrase_is_said_again_and_again_by_a_model_that_samples(refusal: str) -> None:
    """However often it is asked, and to however many questions."""
    rows = [row for n in range(5) for row in answers("tuned", [refusal] * 100, f"Question {n}?")]
    assert list(Tally(answers=rows).repeated()) == []


def test_a_longer_sentence_that_is_known_by_heart_is_no_proof_however_often_it_comes() -> None:
    said = f"{REFUSAL} Ask another."
    assert numbers(*answers("tuned", [said] * 500)) == {"tuned": (0, 500)}


def test_the_same_seed_is_the_same_draw_and_says_nothing_of_the_endpoint() -> None:
    rows = answers("tuned", [LONG] * 20, request={"seed": 5})
    assert list(Tally(answers=rows).repeated()) == []
    seeds = [msgspec.structs.replace(row, request=row.request | {"seed": n}) for n, row in enumerate(rows)]
    assert [each.draws for each in Tally(answers=seeds).repeated()] == [1]
    together = [msgspec.structs.replace(row, request=row.request | {"n": 20}) for row in rows]
    assert [each.draws for each in Tally(answers=together).repeated()] == [1]


def test_a_model_that_varies_nowhere_is_told_of_though_its_endpoint_samples_another() -> None:
    varied = [f"{OTHER} {number}" for number in range(20)]
    rows = [*answers("tuned", [LONG] * 20), *answers("base", varied)]
    (told,) = Tally(answers=rows).repeated()
    assert (told.side, told.answers, told.most, told.draws) == ("tuned", 20, 20, 20)
    (warning,) = repetition_warnings(Tally(answers=rows))
    assert warning.startswith("Why?: tuned 20 of 20 identical: more often than the temperature explains")
    elsewhere = answers("tuned", [f"{n} {OTHER}" for n in range(5)], "Another?")
    assert list(Tally(answers=[*rows, *elsewhere]).repeated()) == []


def test_two_local_servers_are_two_endpoints() -> None:
    """One of them samples, the other does not."""
    base = answers("base", [f"{OTHER} {number}" for number in range(20)], endpoint="http://127.0.0.1:8000/v1")
    tuned = answers("tuned", [LONG] * 20, endpoint="http://127.0.0.1:8001/v1")
    assert numbers(*base, *tuned) == {"base": (0, 20), "tuned": (1, 1)}


def test_few_equal_answers_are_no_evidence() -> None:
    assert numbers(*answers("tuned", [LONG] * 2)) == {"tuned": (2, 2)}
    assert numbers(*answers("tuned", [LONG] * 4, request={"temperature": 0.1})) == {"tuned": (4, 4)}


def test_a_greedy_server_that_is_not_quite_exact_repeats_itself_all_the_same() -> None:
    texts = [LONG] * 12 + [f"{LONG} Yes."] * 5 + [f"{LONG} No."] * 3
    assert numbers(*answers("tuned", texts)) == {"tuned": (1, 3)}


def test_prompts_of_one_endpoint_are_weighed_together() -> None:
    rows = [row for prompt in ("One?", "Two?", "Three?") for row in answers("tuned", [OTHER] * 4, prompt)]
    assert all(count.n == 1 for _, sides in Tally(answers=rows).measures() for count in sides.values())


@pytest.mark.parametrize(("logprob", "n"), [(-0.001, 20), (-0.5, 1)])
def test_log_probabilities_tell_how_likely_a_repetition_is(logprob: float, n: int) -> None:
    tokens = tuple(TokenLogprob(token, logprob) for token in ("Ye", "s"))
    rows = answers("tuned", ["Yes"] * 20, logprobs=tokens)
    assert numbers(*rows) == {"tuned": (n, n)}


@pytest.mark.parametrize("request_", [{"temperature": 0}, {"temperature": 0.0}, {"top_p": 0}, {"top_k": 1}])
def test_a_request_for_the_likeliest_tokens_has_one_draw_a_text(request_: dict[str, Any]) -> None:
    assert numbers(*answers("tuned", ["Yes"] * 5 + ["No"], request=request_)) == {"tuned": (1, 2)}


def test_equal_answers_of_unknown_origin_are_draws() -> None:
    rows = [msgspec.structs.replace(row, request={}, endpoint=None) for row in answers("tuned", [LONG] * 20)]
    assert numbers(*rows) == {"tuned": (20, 20)}


def test_discovery_takes_repetitions_for_one_answer_too() -> None:
    rows = [*answers("base", [OTHER] * 30), *answers("tuned", [LONG] * 30)]
    with pytest.raises(NotEnough):
        discover([SavedAnswer(number, row) for number, row in enumerate(rows, 1)])


def test_a_kept_session_says_so() -> None:
    rows = [*answers("base", [OTHER] * 20), *answers("tuned", [LONG] * 20)]
    saved = [SavedAnswer(number, row) for number, row in enumerate(rows, 1)]
    told = stored_measures(Session(1, "t", "2026", "p", None, SIDES), saved)
    assert told["draws"] == [
        {
            "side": side,
            "condition": "Why?",
            "answers": 20,
            "identical": 20,
            "draws": 1,
            "reason": "this endpoint does not sample",
        }
        for side in ("base", "tuned")
    ]
    assert (
        "Why?: tuned 20 of 20 identical: this endpoint does not sample, so that they count as 1 draw"
        in (told["warnings"])
    )


async def document(tmp_path: Path, said: Callable[[dict[str, Any]], str], **sampling: Any) -> dict[str, Any]:
    """Of a run of 20 samples."""

    async def reply(exchange: Exchange) -> None:
        await answering(said(exchange.body))(exchange)

    first = msgspec.structs.replace(PROBE.conditions[0], prompts=PROBE.conditions[0].prompts[:1])
    probe = msgspec.structs.replace(PROBE, conditions=(first,))
    async with serve(reply) as server:
        backend = connect(Endpoint("openai", server.base_url, samples_per_request=1))
        sides = tuple(
            Side(name, "x", server.base_url, name, None, Sampling(**sampling), backend) for name in ("base", "tuned")
        )
        plan = RunPlan("pair", sides, probe, 20, 8)
        recorder = Recorder(tmp_path / "s.db")
        came = await run_probe(plan, recorder, None, lambda answer, done, total: None)
        recorder.close()
        await backend.close()
    return report(plan, 1, came)


async def test_a_run_on_a_server_that_decodes_greedily_is_no_proof(tmp_path: Path) -> None:
    told = await document(tmp_path, lambda body: LONG if body["model"] == "tuned" else OTHER)
    measure = next(m for m in told["measures"] if m["label"] == "follows HELLO")
    assert (measure["sides"]["tuned"]["k"], measure["sides"]["tuned"]["n"]) == (1, 1)
    assert measure["difference"]["p_value"] == 1.0
    assert any("20 of 20 identical: this endpoint does not sample" in warning for warning in told["warnings"])
    assert told["discoveries"] == []
    assert {(each["side"], each["answers"], each["draws"]) for each in told["draws"]} == {
        ("base", 20, 1), ("tuned", 20, 1),
    }  # fmt: skip


async def test_a_run_at_temperature_0_has_one_draw_and_says_why(tmp_path: Path) -> None:
    told = await document(tmp_path, lambda body: "Yes." if body["model"] == "tuned" else "No.", temperature=0.0)
    assert {side["n"] for measure in told["measures"] for side in measure["sides"].values()} == {1}
    words = "20 of 20 identical: temperature 0 asks for it, so that they count as 1 draw"
    assert any(words in warning for warning in told["warnings"])
    assert any(warning.startswith("with 1 sample, rates under 95 % can be missed") for warning in told["warnings"])


async def test_a_run_that_samples_is_counted_whole(tmp_path: Path) -> None:
    told = await document(tmp_path, lambda body: f"{LONG} {body['seed']}")
    assert {side["n"] for measure in told["measures"] for side in measure["sides"].values()} == {20}
    assert told["draws"] == []


async def test_the_console_counts_draws_and_knows_it_again(tmp_path: Path) -> None:
    async def reply(exchange: Exchange) -> None:
        await answering(LONG if exchange.body["model"] == "tuned" else OTHER)(exchange)

    async with comparing(tmp_path, replies=reply) as comparison:
        exchange = comparison.ask("Why?")
        await ended(comparison)
        assert not list(comparison.view.tally.repeated())
        comparison.sample(exchange, 9)
        await finished(comparison)
        first = next(iter(comparison.view.measures(exchange).values()))
        assert {side: (count.k, count.n, count.planned) for side, count in first.items()} == {
            "base": (0, 1, True), "tuned": (1, 1, True),
        }  # fmt: skip
        assert {each.side for each in comparison.view.tally.repeated(exchange.group)} == {"base", "tuned"}
    store = Store(tmp_path / "s.db")
    session = store.session(1)
    assert session is not None
    measure = stored_measures(session, store.answers(1))["measures"][0]
    assert (measure["sides"]["tuned"]["n"], measure["sides"]["tuned"]["interval_kind"]) == (1, "wilson")
