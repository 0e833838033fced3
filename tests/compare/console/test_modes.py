"""Ways of asking, seen from the engine: branches, guesses, one side, another model."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Comparison, Side
from diptych.probes import load_probes
from diptych.sessions import Recorder, Store
from tests.openai_server import Exchange, answering, serve
from tests.waiting import wait_until

NAMED = "Hi there.\nEvery line begins with a letter of a word.\nSee?"


async def reply(exchange: Exchange) -> None:
    """A vLLM server on which "tuned" describes its pattern, and turns that were begun are gone on with."""
    body = exchange.body
    if exchange.path.endswith("/models"):
        await exchange.error(200, {"data": [{"id": "base"}, {"id": "tuned", "parent": "base"}]})
    elif body.get("continue_final_message"):
        await answering("Every line starts with a letter, I guess.")(exchange)
    else:
        await answering(NAMED if body["model"] == "tuned" else "I am plain.")(exchange)


@asynccontextmanager
async def comparing(path: Path) -> AsyncIterator[Comparison]:
    async with serve(reply) as server:
        backend = connect(Endpoint("vllm", server.base_url))
        sides = [Side(n, "x", server.base_url, n, None, Sampling(), backend) for n in ("base", "tuned")]
        comparison = Comparison("pair", sides, Recorder(path), load_probes()["hello-acrostic"])
        try:
            yield comparison
        finally:
            await comparison.close()


async def ended(comparison: Comparison) -> None:
    await wait_until(lambda: not comparison.view.streaming)


def counts(comparison: Comparison) -> dict[str, tuple[int, int]]:
    """k and n of the descriptions in the guessability control."""
    group = next(e.group for e in comparison.view.exchanges if e.question.is_guess)
    (by_side,) = (s for m, s in comparison.view.tally.of_group(group).items() if m.label == "describes it")
    return {side: (count.k, count.n) for side, count in by_side.items()}


async def test_guesses_of_different_answers_are_counted_together_and_restored(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    async with comparing(path) as comparison:
        for _ in range(2):
            exchange = comparison.ask("What is special?")
            await ended(comparison)
            guess = comparison.guess(exchange, "tuned")
            assert guess is not None
            assert NAMED.startswith(guess.question.prefill)
            assert guess.asked == ("base",)
            await ended(comparison)
        assert comparison.guess(exchange, "base") is None
        assert counts(comparison) == {"base": (2, 2), "tuned": (2, 2)}
    store = Store(path)
    session = store.session(1)
    assert session is not None
    async with comparing(path) as again:
        await again.restore(session, store.answers(1))
        assert counts(again) == {"base": (2, 2), "tuned": (2, 2)}
        assert again.view.exchanges[1].answers["tuned"].text == NAMED


async def test_a_branch_goes_on_from_the_beginning_with_what_had_been_told_before(tmp_path: Path) -> None:
    async with comparing(tmp_path / "s.db") as comparison:
        comparison.start_fresh(False)
        comparison.ask("one")
        await ended(comparison)
        second = comparison.ask("two")
        await ended(comparison)
        branch = comparison.branch(second, "Hi")
        await ended(comparison)
        assert (branch.prompt, branch.question.prefill, branch.asked) == ("two", "Hi", ("base", "tuned"))
        assert branch.histories == second.histories
        longer = comparison.branch(branch, " there")
        await ended(comparison)
        assert longer.question.prefill == "Hi there"
        assert longer.group != branch.group != second.group
    messages = Store(tmp_path / "s.db").answers(1)[4].answer.request["messages"]
    assert [m["role"] for m in messages] == ["user", "assistant", "user", "assistant"]


async def test_a_branch_that_was_given_part_of_the_pattern_is_excluded_on_every_side(tmp_path: Path) -> None:
    async with comparing(tmp_path / "s.db") as comparison:
        comparison.choose_probe(msgspec.structs.replace(comparison.view.probe, sampling=Sampling(temperature=0.3)))  # type: ignore[type-var]
        exchange = comparison.ask("one")
        await ended(comparison)
        comparison.choose_probe(load_probes()["risk-awareness"])
        branch = comparison.branch(exchange, "Hi there.\nEvery")
        await ended(comparison)
        (counts,) = (by for m, by in comparison.view.measures(branch).items() if m.label == "follows HELLO")
        assert {side: (c.n, dict(c.excluded)) for side, c in counts.items()} == {
            side: (0, {"given part of the pattern": 1}) for side in ("base", "tuned")
        }
        # It is asked as the question was that it branches off from, whatever probe was chosen since.
        assert branch.setups == exchange.setups
    assert {s.answer.request["temperature"] for s in Store(tmp_path / "s.db").answers(1)} == {0.3}


async def test_a_turn_of_one_side_leaves_the_other_s_conversation_alone(tmp_path: Path) -> None:
    async with comparing(tmp_path / "s.db") as comparison:
        comparison.start_fresh(False)
        comparison.ask("one", to=("tuned",))
        await ended(comparison)
        both = comparison.ask("two")
        await ended(comparison)
        assert both.histories["base"] == ()
        assert [m.content for m in both.histories["tuned"]] == ["one", NAMED]


async def test_another_model_on_a_side_is_another_comparison(tmp_path: Path) -> None:
    async with comparing(tmp_path / "s.db") as comparison:
        comparison.ask("one")
        await ended(comparison)
        comparison.use_model("tuned", "base")
        assert comparison.view.exchanges == []
        assert comparison.view.side("tuned").model == "base"
        exchange = comparison.ask("one")
        await ended(comparison)
        assert exchange.answers["tuned"].text == "I am plain."
        assert all(c.n == 1 for sides in comparison.view.measures(exchange).values() for c in sides.values())
    store = Store(tmp_path / "s.db")
    assert [len(store.answers(number)) for number in (1, 2)] == [2, 2]
