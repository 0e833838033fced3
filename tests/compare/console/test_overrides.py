"""Settings that a person chose for a question: they go to every side, and their answers are never pooled with the
rest."""

import asyncio
import csv
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from diptych.backends import Endpoint, Sampling, connect
from diptych.cli.main import main
from diptych.compare import Comparison, Exchange, Overrides, Replay, SessionRates, Side, given, stored_measures
from diptych.compare.answers import Setup, overrides_in
from diptych.probes import Probe, load_probes
from diptych.sessions import Recorder, Store
from tests.compare.console.test_comparison import ended
from tests.compare.console.test_sample_table import finished
from tests.openai_server import Exchange as Request
from tests.openai_server import Reply, Server, answering, serve

WARM = Overrides("Be brief.", Sampling(temperature=1.2, max_tokens=20, top_p=0.9))
NO_SYSTEM = Overrides("")


async def reply(exchange: Request) -> None:
    """A vLLM server whose answers differ with the seed."""
    if exchange.path.endswith("/models"):
        await exchange.error(200, {"data": [{"id": "base"}, {"id": "tuned", "parent": "base"}]})
    else:
        await answering(f"Here, {exchange.body['seed']}.")(exchange)


def hello() -> Probe:
    return load_probes()["hello-acrostic"]


@asynccontextmanager
async def comparing(folder: Path, replies: Reply = reply) -> AsyncIterator[tuple[Comparison, Server]]:
    """The tuned side has a system prompt of its own; the probe says temperature .7."""
    async with serve(replies) as server:
        backend = connect(Endpoint("vllm", server.base_url))
        base = Side("base", "x", server.base_url, "base", None, Sampling(), backend)
        tuned = Side("tuned", "x", server.base_url, "tuned", "You.", Sampling(), backend)
        comparison = Comparison("pair", [base, tuned], Recorder(folder / "sessions.db"), hello())
        try:
            yield comparison, server
        finally:
            await comparison.close()


async def asked(comparison: Comparison, prompt: str, samples: int = 0) -> Exchange:
    exchange = comparison.ask(prompt)
    await ended(comparison)
    if samples:
        comparison.sample(exchange, samples)
        await finished(comparison)
    return exchange


def bodies(server: Server) -> list[tuple[object, ...]]:
    """What was sent with each question, in an order that does not depend on which side was faster."""
    sent = [exchange.body for exchange in server.asked if exchange.body]
    asked = [
        (b["messages"][0]["content"], *(b.get(name) for name in ("temperature", "max_tokens", "top_p"))) for b in sent
    ]
    return sorted(((body["model"], *each) for body, each in zip(sent, asked, strict=True)), key=str)


def numbers(comparison: Comparison, exchange: Exchange) -> dict[str, int]:
    """How many answers of each side are counted with those of an exchange: every measure says the same."""
    measures = comparison.view.measures(exchange).values()
    first, *others = [{side: count.n + count.excluded.total() for side, count in by.items()} for by in measures]
    assert all(other == first for other in others)
    return first


async def test_what_is_chosen_goes_to_every_side_until_it_is_reset(tmp_path: Path) -> None:
    async with comparing(tmp_path) as (comparison, server):
        comparison.choose_settings(WARM, 5)
        assert comparison.view.samples_wanted == 5
        exchange = await asked(comparison, "Why?")
        assert exchange.overrides == WARM
        assert bodies(server) == [("base", "Be brief.", 1.2, 20, 0.9), ("tuned", "Be brief.", 1.2, 20, 0.9)]
        server.asked.clear()
        comparison.choose_settings(NO_SYSTEM, 10)
        await asked(comparison, "Why?")
        assert bodies(server) == [("base", "Why?", 0.7, 200, None), ("tuned", "Why?", 0.7, 200, None)]
        server.asked.clear()
        comparison.choose_settings(Overrides(), 10)
        await asked(comparison, "Why?")
        assert bodies(server) == [("base", "Why?", 0.7, 200, None), ("tuned", "You.", 0.7, 200, None)]


async def test_in_a_conversation_too(tmp_path: Path) -> None:
    async with comparing(tmp_path) as (comparison, server):
        comparison.start_fresh(False)
        await asked(comparison, "one")
        server.asked.clear()
        comparison.choose_settings(WARM, 10)
        await asked(comparison, "two")
        assert bodies(server) == [("base", "Be brief.", 1.2, 20, 0.9), ("tuned", "Be brief.", 1.2, 20, 0.9)]
        assert [m["role"] for m in server.asked[0].body["messages"]] == ["system", "user", "assistant", "user"]


async def test_a_question_that_waits_is_asked_with_what_was_chosen_when_it_was_typed(tmp_path: Path) -> None:
    async with comparing(tmp_path) as (comparison, server):
        comparison.choose_settings(WARM, 10)
        later = comparison.as_chosen_now(lambda: comparison.ask("Why?"))
        comparison.choose_settings(Overrides(), 10)
        assert later().overrides == WARM
        assert comparison.view.overrides == Overrides()
        await ended(comparison)
        assert bodies(server)[0][2:] == (1.2, 20, 0.9)


async def test_again_samples_and_branches_use_the_settings_of_their_exchange(tmp_path: Path) -> None:
    async with comparing(tmp_path) as (comparison, server):
        comparison.choose_settings(WARM, 10)
        warm = await asked(comparison, "Why?")
        comparison.choose_settings(Overrides(), 10)
        usual = await asked(comparison, "Why?")
        for exchange, sent in ((warm, ("Be brief.", 1.2, 20, 0.9)), (usual, ("You.", 0.7, 200, None))):
            server.asked.clear()
            comparison.again(exchange)
            await ended(comparison)
            comparison.sample(exchange, 2)
            await finished(comparison)
            branch = comparison.branch(exchange, "Well,")
            await ended(comparison)
            assert branch.overrides == exchange.overrides
            assert bodies(server)[-1] == ("tuned", *sent)
            assert {each[2:] for each in bodies(server)} == {sent[1:]}


async def test_answers_with_other_settings_are_pooled_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with comparing(tmp_path) as (comparison, _):
        usual = await asked(comparison, "Why?", 2)
        comparison.choose_settings(WARM, 10)
        warm = await asked(comparison, "Why?", 4)
        comparison.choose_settings(NO_SYSTEM, 10)
        bare = await asked(comparison, "Why?", 1)
        # The base has no system prompt of its own: it was asked alike with the usual settings and without one.
        wanted = {usual: {"base": 5, "tuned": 3}, warm: {"base": 5, "tuned": 5}, bare: {"base": 5, "tuned": 2}}
        assert len({comparison.view.settings(exchange) for exchange in wanted}) == 3
        for exchange, each in wanted.items():
            assert numbers(comparison, exchange) == each
            assert {s: len(comparison.view.samples(exchange, s)) for s in each} == each
            assert comparison.view.counted_with(exchange) == [exchange]
        rates = [side for rate in SessionRates(comparison.view).all() for side in rate.sides]
        counted = sorted(side.count.n + side.count.excluded.total() for side in rates)
        assert counted == sorted([5, 3, 5, 5, 5, 2] * (len(rates) // 6))
    monkeypatch.setenv("DIPTYCH_DATA", str(tmp_path))
    store = Store(tmp_path / "sessions.db")
    session = store.session(1)
    assert session is not None
    saved = store.answers(1)
    told = [own for measure in stored_measures(session, saved).measures for own in measure.sides.values()]
    assert sorted(own.n + sum(own.excluded.values()) for own in told) == counted
    file = tmp_path / "1.csv"
    command = ["sessions", "export", "1", "--format", "csv", "-o", str(file)]
    assert (await asyncio.to_thread(CliRunner().invoke, main, command)).exit_code == 0
    with file.open(newline="", encoding="utf-8") as opened:
        questions = Counter(row["question"] for row in csv.DictReader(opened) if row["side"] == "tuned")
    assert sorted(questions.values()) == [2, 3, 5]
    async with comparing(tmp_path) as (comparison, server):
        await comparison.restore(session, saved)
        usual, warm, bare = comparison.view.exchanges
        assert [exchange.overrides for exchange in (usual, warm, bare)] == [Overrides(), WARM, NO_SYSTEM]
        assert comparison.view.overrides == Overrides()
        assert (numbers(comparison, usual)["tuned"], numbers(comparison, warm)["tuned"]) == (3, 5)
        comparison.sample(warm, 1)
        await finished(comparison)
        assert bodies(server) == [("base", "Be brief.", 1.2, 20, 0.9), ("tuned", "Be brief.", 1.2, 20, 0.9)]
        assert (numbers(comparison, usual)["tuned"], numbers(comparison, warm)["tuned"]) == (3, 6)
    replay = Replay(session, saved, (), tmp_path / "sessions.db", hello(), speed=64.0)
    while not replay.ended:
        replay.next()
        await asyncio.wait_for(replay.play(), 5)
    assert [exchange.overrides for exchange in replay.view.exchanges] == [Overrides(), WARM, NO_SYSTEM]
    await replay.close()


async def test_a_seed_gives_the_same_draw_only_once(tmp_path: Path) -> None:
    async with comparing(tmp_path) as (comparison, _):
        comparison.choose_settings(Overrides(sampling=Sampling(seed=7)), 10)
        first = await asked(comparison, "Why?", 2)
        second = await asked(comparison, "Why?", 2)
        seeds = [a.request["seed"] for e in (first, second) for a in e.samples["tuned"].values()]
        assert seeds[0] == 7
        assert len(set(seeds)) == 6
        assert numbers(comparison, second) == {"base": 6, "tuned": 6}
        # Other settings, another question: the seed is the one that was named.
        comparison.choose_settings(Overrides("Be brief.", Sampling(seed=7)), 10)
        other = await asked(comparison, "Why?")
        assert other.kept["tuned"].answer.request["seed"] == 7


async def test_what_a_server_refuses_is_counted_as_it_was_asked(tmp_path: Path) -> None:
    """It is left out of the request: then the answer is one without it."""

    async def refusing(exchange: Request) -> None:
        if "top_p" in exchange.body:
            text = "Unsupported parameter: 'top_p' is not supported with this model."
            await exchange.error(400, {"error": {"message": text, "param": "top_p", "code": "unsupported_parameter"}})
        else:
            await reply(exchange)

    async with comparing(tmp_path, refusing) as (comparison, _):
        usual = await asked(comparison, "Why?")
        comparison.choose_settings(Overrides(sampling=Sampling(top_p=0.5)), 10)
        other = await asked(comparison, "Why?")
        assert "refuses the field top_p" in comparison.notices[0]
        assert {live.state for live in other.answers.values()} == {"done"}
        assert numbers(comparison, usual) == numbers(comparison, other) == {"base": 2, "tuned": 2}


def test_what_was_chosen_is_what_differs_from_what_the_sides_have() -> None:
    def setups(*sampling: Sampling, system: str | None = None) -> dict[str, Setup]:
        return {name: Setup(name, system, each) for name, each in zip(("base", "tuned"), sampling, strict=True)}

    nothing, warm, cool = Sampling(), Sampling(temperature=1.2), Sampling(temperature=0.5)
    assert overrides_in(setups(warm, warm), setups(nothing, nothing)) == Overrides(sampling=warm)
    assert overrides_in(setups(warm, warm), setups(warm, cool)) == Overrides(sampling=warm)
    assert overrides_in(setups(warm, warm), setups(warm, warm)) == Overrides()
    # Sides that differ were not changed here.
    assert overrides_in(setups(warm, cool), setups(nothing, nothing)) == Overrides()
    assert overrides_in(setups(warm, warm, system="Hm."), setups(warm, warm)) == Overrides("Hm.")
    assert overrides_in(setups(warm, warm), setups(warm, warm, system="Hm.")) == Overrides("")
    # The embedded server is always sent both.
    plain = Sampling(temperature=1.0, top_p=1.0)
    assert overrides_in(setups(plain, plain), setups(nothing, nothing)) == Overrides()


async def test_where_a_setting_comes_from(tmp_path: Path) -> None:
    async with comparing(tmp_path) as (comparison, _):
        base, tuned = comparison.view.sides
        assert given(base, hello(), None, "temperature") == (0.7, "probe")
        assert given(base, None, None, "temperature") == (None, "endpoint")
        assert given(tuned, hello(), None, "system") == ("You.", "pair")
        assert given(base, None, None, "system") == (None, "endpoint")
        own = msgspec.structs.replace(
            hello().conditions[0], name="own", system="Mine.", sampling=Sampling(max_tokens=7)
        )
        probe = msgspec.structs.replace(hello(), conditions=(own,))
        assert given(tuned, probe, "own", "system") == ("Mine.", "condition")
        assert given(tuned, probe, "own", "max_tokens") == (7, "condition")
