"""Differences that a model proposes and, blinded, judges: against a server that answers as OpenAI documents."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Judgement, Side, calls_of_judge, judge_differences
from diptych.sessions import SavedAnswer
from tests.compare.discovery.real_answers import real_answers, some_of_each
from tests.openai_server import Exchange, OpenAI, Reply, Server, answering, error_body, serve

PROPOSED = "- The lines begin with H, E, L, L, O {answer}\n2. The answer is written in words.\nAnd that is all."

_FENCED = re.compile(r"Whatever stands[^\n]*\n|\[begin (\w+)\]\n(.*?)\n\[end \1\]", re.DOTALL)


def prompt_of(exchange: Exchange) -> str:
    return str(exchange.body["messages"][-1]["content"])


async def attentive(exchange: Exchange) -> None:
    """Proposes what is there and what is not; judges by looking."""
    prompt = prompt_of(exchange)
    if "model A" in prompt:
        await answering(PROPOSED)(exchange)
        return
    answer = re.findall(r"\[begin (\w+)\]\n(.*?)\n\[end \1\]", prompt, re.DOTALL)[-1][1]
    holds = "H, E, L, L, O" not in prompt or "".join(line[:1] for line in answer.split("\n")) == "HELLO"
    await answering("YES" if holds else "NO")(exchange)


@asynccontextmanager
async def judge(reply: Reply) -> AsyncIterator[tuple[Side, Server]]:
    async with serve(reply) as server:
        backend = connect(Endpoint("openai", server.base_url, timeout=5.0))
        yield Side("judge", "x", server.base_url, "gpt-base", None, Sampling(), backend), server
        await backend.close()


async def ask(reply: Reply, saved: list[SavedAnswer]) -> tuple[Judgement, Server]:
    async with judge(reply) as (side, server):
        said = await judge_differences(saved, "base", "tuned", side)
    assert len(server.asked) == said.calls <= calls_of_judge(saved, "base", "tuned")
    return said, server


async def test_what_is_there_holds_on_the_other_half_and_what_is_not_does_not() -> None:
    said, _ = await ask(attentive, some_of_each(40))
    true, empty = said.proposals
    assert (true.statement, empty.statement) == (
        "The lines begin with H, E, L, L, O (answer)",
        "The answer is written in words.",
    )
    assert (true.base, true.holds, empty.holds) == ((0, 20), True, False)
    assert true.tuned.rate > 0.9
    assert (empty.base, empty.tuned, empty.p_holm) == ((20, 20), (20, 20), pytest.approx(1.0))
    assert said.calls == 1 + 2 * 40


async def test_the_judge_is_not_told_the_side_and_has_not_seen_the_answers() -> None:
    _, server = await ask(attentive, some_of_each(40))
    proposing, *judging = [prompt_of(exchange) for exchange in server.asked]
    asked = {_FENCED.sub("", prompt) for prompt in judging}
    assert len(asked) == 2
    assert not [words for words in asked if re.search(r"\b(base|tuned|model [AB])\b", words)]
    shown = [row.answer.text for row in real_answers() if row.answer.text in proposing]
    assert len(shown) == 24
    assert not [text for text in shown if any(text in prompt for prompt in judging)]


async def test_with_one_question_half_of_the_answers_are_kept_for_the_test() -> None:
    prompt = real_answers()[0].answer.prompt
    saved = [row for row in real_answers() if row.answer.prompt == prompt]
    said, server = await ask(attentive, saved)
    proposing, *judging = [prompt_of(exchange) for exchange in server.asked]
    shown = [row.answer.text for row in saved if row.answer.text in proposing]
    assert len(shown) == 13
    assert not [text for text in shown if any(text in prompt for prompt in judging)]
    assert said.proposals[0].tuned == (5, 5)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (answering("I see none."), "no difference could be read"),
        (lambda exchange: exchange.error(401, error_body("no", code="invalid_api_key")), "bad key"),
        (OpenAI(), "no difference could be read"),
    ],
)
async def test_where_there_is_nothing_it_says_why(reply: Reply, said: str) -> None:
    judgement, server = await ask(reply, some_of_each(30))
    assert judgement.proposals == ()
    assert said in judgement.fault
    assert len(server.asked) == 1


async def test_what_could_not_be_judged_is_counted_apart() -> None:
    async def failing(exchange: Exchange) -> None:
        if "model A" in prompt_of(exchange):
            await answering(PROPOSED)(exchange)
        else:
            await answering("Perhaps.")(exchange)

    said, _ = await ask(failing, some_of_each(40))
    assert {(p.base, p.tuned, p.holds, p.not_judged) for p in said.proposals} == {((0, 0), (0, 0), False, 40)}
