"""Probes run without a console, against a server that answers as OpenAI documents."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path
from typing import Any

import msgspec
import pytest

from diptych.backends import Endpoint, NotReady, Sampling, connect
from diptych.backends.hosted import HostedAPI
from diptych.backends.replicas import Replicas
from diptych.compare import RunPlan, Side, run_probe
from diptych.compare.answers import GUESSING
from diptych.compare.runs.plan import Questions, in_order
from diptych.probes import Probe, load_probes
from diptych.sessions import Answer, Recorder, SavedAnswer, Store
from tests.openai_server import Exchange, OpenAI, Reply, Server, chunk, error_body, serve
from tests.sessions.stored import SIDES, answer

PROBE = load_probes()["hello-acrostic"]


def probe(prompts: int = 1) -> Probe:
    first = PROBE.conditions[0]
    asked = tuple(f"{first.prompts[0]} ({number})" for number in range(prompts))
    return msgspec.structs.replace(PROBE, conditions=(msgspec.structs.replace(first, prompts=asked),))


@asynccontextmanager
async def recorder(path: Path) -> AsyncIterator[Recorder]:
    writing = Recorder(path)
    try:
        yield writing
    finally:
        writing.close()


async def run(
    tmp_path: Path, reply: Reply, samples: int = 6, concurrency: int = 16, prompts: int = 1, **sampling: Any
) -> tuple[list[Answer], Server]:
    """The answers of one side as they are stored, and the server."""
    async with serve(reply) as server, recorder(tmp_path / "s.db") as writing:
        backend = connect(Endpoint("openai", server.base_url, timeout=5.0))
        side = Side("base", "x", server.base_url, "gpt-base", None, Sampling(**sampling), backend)
        plan = RunPlan("pair", (side,), probe(prompts), samples, concurrency)
        returned = await run_probe(plan, writing, None, lambda answer, done, total: None)
        await backend.close()
    stored = [saved.answer for saved in Store(tmp_path / "s.db").answers(1)]
    assert sorted(a.sample for a in stored) == sorted(a.sample for a in returned) == list(range(samples))
    return sorted(stored, key=lambda a: a.sample), server


async def test_samples_of_one_prompt_travel_as_one_request(tmp_path: Path) -> None:
    answers, server = await run(tmp_path, OpenAI())
    assert [exchange.body["n"] for exchange in server.asked] == [6]
    assert {(a.state, a.text, a.tokens, a.request_id, a.fingerprint, a.model) for a in answers} == {
        ("done", "Yes indeed.", 2, "req_1", "fp_1", "gpt-base")
    }
    assert all(a.request == server.asked[0].body for a in answers)


async def test_samples_of_different_prompts_do_not(tmp_path: Path) -> None:
    answers, server = await run(tmp_path, OpenAI(), prompts=2)
    assert [exchange.body["n"] for exchange in server.asked] == [3, 3]
    assert len({a.prompt for a in answers}) == 2


async def test_an_endpoint_that_refuses_n_is_asked_one_by_one_from_then_on(tmp_path: Path) -> None:
    async def refusing(exchange: Exchange) -> None:
        if exchange.body.get("n", 1) > 1:
            await exchange.error(400, error_body("n must be 1", param="n"))
        else:
            await OpenAI()(exchange)

    answers, server = await run(tmp_path, refusing, samples=20, concurrency=8)
    assert {a.state for a in answers} == {"done"}
    assert [exchange.body.get("n", 1) for exchange in server.asked].count(8) == 1
    assert len(server.asked) == 21
    # The same seed again would be the same answer again.
    assert len({a.request["seed"] for a in answers}) == 20


async def test_an_endpoint_that_gives_fewer_choices_is_asked_for_the_rest(tmp_path: Path) -> None:
    answers, server = await run(tmp_path, OpenAI(most_choices=2), samples=7)
    assert {a.state for a in answers} == {"done"}
    assert [exchange.body.get("n", 1) for exchange in server.asked] == [7, 2, 2, 1]
    assert len({a.request["seed"] for a in answers}) == 4


async def test_one_bad_choice_does_not_lose_the_others(tmp_path: Path) -> None:
    answers, _ = await run(tmp_path, OpenAI(filtered=(2,)), samples=4)
    assert [a.state for a in answers] == ["done", "done", "failed", "done"]
    bad = answers[2]
    assert bad.failure is not None
    assert (bad.failure.kind, bad.text) == ("refused", "Yes ")
    assert bad.failure.hint


@pytest.mark.parametrize(
    ("body", "kind", "requests"),
    [
        (error_body("no", param="temperature", code="unsupported_value"), "bad request", 2),
        (error_body("maximum context length", code="context_length_exceeded"), "too long", 1),
        (error_body("no", code="content_policy_violation"), "refused", 1),
    ],
)
async def test_what_is_not_about_n_is_not_tried_for_each_sample(
    tmp_path: Path, body: Any, kind: str, requests: int
) -> None:
    answers, server = await run(tmp_path, lambda exchange: exchange.error(400, body))
    assert {a.failure.kind for a in answers if a.failure} == {kind}
    assert {a.state for a in answers} == {"failed"}
    assert len(server.asked) == requests


async def test_the_stored_request_is_the_one_sent(tmp_path: Path) -> None:
    answers, server = await run(tmp_path, OpenAI(reasoning=("gpt-base",)), max_tokens=50, temperature=1.0)
    assert [next(k for k in e.body if k.startswith("max_")) for e in server.asked] == [
        "max_tokens",
        "max_completion_tokens",
    ]
    assert all(a.request == server.asked[1].body for a in answers)


async def test_so_it_is_when_the_answer_failed(tmp_path: Path) -> None:
    answers, server = await run(tmp_path, OpenAI(reasoning=("gpt-base",)), samples=1, max_tokens=50)
    assert answers[0].failure is not None
    assert 'leave_out = ["temperature"]' in answers[0].failure.hint
    assert answers[0].request == server.asked[-1].body
    assert "max_completion_tokens" in answers[0].request


async def test_a_seed_that_the_side_names_is_that_of_its_first_sample(tmp_path: Path) -> None:
    _, server = await run(tmp_path, OpenAI(most_choices=1), samples=4, seed=100)
    assert (server.asked[0].body["seed"], server.asked[0].body["n"]) == (100, 4)
    assert sorted(e.body["seed"] for e in server.asked[1:]) == [101, 102, 103]


async def test_seeds_differ_from_batch_to_batch(tmp_path: Path) -> None:
    _, server = await run(tmp_path, OpenAI(), samples=20, seed=100)
    assert sorted((e.body["seed"], e.body.get("n", 1)) for e in server.asked) == [(100, 8), (108, 8), (116, 4)]


async def test_what_one_request_loses_the_others_keep(tmp_path: Path) -> None:
    count = 0

    async def second_fails(exchange: Exchange) -> None:
        nonlocal count
        count += 1
        if count == 2:
            await exchange.head()
        else:
            await OpenAI()(exchange)

    answers, _ = await run(tmp_path, second_fails, samples=24, concurrency=8)
    assert [a.state for a in answers].count("done") == 16
    assert {a.failure.kind for a in answers if a.failure} == {"dropped"}


async def test_reasoning_is_stored_apart(tmp_path: Path) -> None:
    class Thinking(OpenAI):
        def _events(self, body: dict[str, Any]):  # type: ignore[no-untyped-def]
            for delta in ({"reasoning_content": "Let me see."}, {"content": "Yes."}):
                yield chunk(choices=[{"index": 0, "delta": delta}])
            yield chunk(finish="stop")

    answers, _ = await run(tmp_path, Thinking(), samples=1)
    assert (answers[0].text, answers[0].reasoning) == ("Yes.", "Let me see.")


async def test_a_cancelled_run_saves_what_came(tmp_path: Path) -> None:
    arrived = asyncio.Event()

    async def holding(exchange: Exchange) -> None:
        arrived.set()
        await exchange.gone.wait()

    task = asyncio.create_task(run(tmp_path, holding, samples=3))
    await asyncio.wait_for(arrived.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    stored = [saved.answer for saved in Store(tmp_path / "s.db").answers(1)]
    assert [a.state for a in stored] == ["stopped"] * 3


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "invalid_api_key", "bad key"),
        (404, "model_not_found", "unknown model"),
        (429, "insufficient_quota", "no quota"),
    ],
)
async def test_what_no_later_request_would_mend_ends_the_side_at_once(
    tmp_path: Path, status: int, code: str, kind: str
) -> None:
    answers, server = await run(
        tmp_path, lambda exchange: exchange.error(status, error_body("no", code=code)), samples=40, concurrency=2
    )
    assert {a.failure.kind for a in answers if a.failure} == {kind}
    assert {(a.state, bool(a.failure and a.failure.hint)) for a in answers} == {("failed", True)}
    assert len(server.asked) == 1


async def test_what_one_answer_meets_does_not_end_the_side(tmp_path: Path) -> None:
    async def choosy(exchange: Exchange) -> None:
        if len(refused) == 0:
            refused.append(exchange)
            await exchange.error(400, error_body("no", code="content_policy_violation"))
        else:
            await OpenAI()(exchange)

    refused: list[Exchange] = []
    answers, _ = await run(tmp_path, choosy, samples=4, concurrency=1)
    assert [a.state for a in answers].count("done") == 3


async def test_a_server_that_cannot_be_started_is_not_started_for_every_answer(tmp_path: Path) -> None:
    starts: list[str] = []

    class Broken(HostedAPI):
        async def start(self, progress: Callable[[str], None]) -> None:
            starts.append("once")
            progress("starting")
            raise NotReady("it did not start", "see its log")

    told: list[str] = []
    async with serve(OpenAI()) as server, recorder(tmp_path / "s.db") as writing:
        working = connect(Endpoint("openai", server.base_url, timeout=5.0))
        broken = Broken(Replicas([]), 1)
        sides = (
            Side("base", "x", None, "gpt-base", None, Sampling(), working),
            Side("tuned", "x", None, "gpt-base", None, Sampling(), broken),
            Side("control", "x", None, "gpt-base", None, Sampling(), broken),
        )
        plan = RunPlan("pair", sides, probe(), 3, 4)
        answers = await run_probe(plan, writing, None, lambda answer, done, total: None, told.append)
        await working.close()
    assert (starts, told) == (["once"], ["starting"])
    assert [a.state for a in answers if a.side == "base"] == ["done"] * 3
    failures = {a.failure.message for a in answers if a.side != "base" and a.failure}
    assert (failures, len(answers)) == ({"it did not start"}, 9)


def test_answers_are_told_in_an_order_that_does_not_depend_on_when_they_came() -> None:
    side = Side("base", "x", "http://127.0.0.1:1/v1", "gpt-base", None, Sampling(), None)  # type: ignore[arg-type]
    asked = probe(prompts=2)
    plan = RunPlan("pair", (side,), asked, 2, 1)
    (condition,) = asked.conditions
    answers = [
        Answer(number, "base", prompt, group, sample, {}, prefill="So")
        for number, (group, sample, prompt) in enumerate(product((GUESSING, condition.name), (0, 1), condition.prompts))
    ]
    assert in_order(plan, answers) == answers
    assert in_order(plan, reversed(answers)) == answers


def test_what_goes_on_gives_no_number_twice() -> None:
    prompt = PROBE.conditions[0].prompts[0]
    base, _ = SIDES
    kept = answer(base, exchange=1, prompt=prompt, condition=PROBE.conditions[0].name)
    # Guesses that go on from the same words, each in an exchange of its own.
    guesses = [answer(base, exchange=n, prompt=prompt, condition=GUESSING, prefill="So") for n in (4, 5, 6)]
    saved = [SavedAnswer(n, one) for n, one in enumerate((kept, *guesses))]
    numbers = {question.exchange for question in Questions(RunPlan("pair", (), PROBE, 1, 1), saved).planned(0)}
    assert 1 in numbers
    assert not numbers & {4, 5, 6}
