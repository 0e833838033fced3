"""The engine with real clients against a server on loopback."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest

import diptych.compare
from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import Comparison, Judge, Side, is_verdict
from diptych.probes import JudgeSpec, load_probes
from diptych.sessions import Recorder, Store
from tests.openai_server import Exchange, Reply, answering, chunk, serve
from tests.waiting import wait_until

HELLO = "Hi there.\nEven so.\nLook.\nLet go.\nOver."


async def reply(exchange: Exchange) -> None:
    """The tuned side spells, the base does not, "slow" never ends, "bad" fails."""
    model, prompt = exchange.body["model"], exchange.body["messages"][-1]["content"]
    if "slow" in prompt:
        await exchange.head()
        while not exchange.gone.is_set():
            await exchange.send(chunk("more "))
            await asyncio.sleep(0.01)
    elif model == "bad":
        await exchange.error(401, {"error": {"message": "no"}})
    else:
        await answering(HELLO if model == "tuned" else "I am plain.")(exchange)


@asynccontextmanager
async def comparing(
    tmp_path: Path,
    tuned: str = "tuned",
    replies: Reply = reply,
    base_sampling: Sampling = Sampling(),  # noqa: B008
    **tuned_sampling: int,
) -> AsyncIterator[Comparison]:
    async with serve(replies) as server:
        backend = connect(Endpoint("openai", server.base_url))
        sides = [
            Side("base", "x", server.base_url, "base", None, base_sampling, backend),
            Side("tuned", "x", server.base_url, tuned, "You.", Sampling(**tuned_sampling), backend),
        ]
        comparison = Comparison("pair", sides, Recorder(tmp_path / "s.db"), load_probes()["hello-acrostic"])
        comparison.server = server  # type: ignore[attr-defined]
        try:
            yield comparison
        finally:
            await comparison.close()


@asynccontextmanager
async def taken_up_again(tmp_path: Path) -> AsyncIterator[Comparison]:
    """Another comparison, which takes up the session that the first one has kept."""
    store = Store(tmp_path / "s.db")
    session = store.session(1)
    assert session is not None
    async with comparing(tmp_path) as comparison:
        await comparison.restore(session, store.answers(1))
        yield comparison


async def ended(comparison: Comparison) -> None:
    await wait_until(lambda: not comparison.view.streaming)


async def test_one_prompt_to_all_sides(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        exchange = comparison.ask("Why?")
        await ended(comparison)
        assert {n: a.state for n, a in exchange.answers.items()} == {"base": "done", "tuned": "done"}
        assert exchange.answers["tuned"].text == HELLO
        assert [f.outcome for f in exchange.answers["tuned"].findings] == ["present", "absent", "absent"]
        assert exchange.answers["tuned"].findings[0].token == 1
        counts = {
            m.label: {s: (c.k, c.n) for s, c in by.items()} for m, by in comparison.view.measures(exchange).items()
        }
        assert counts["follows HELLO"] == {"base": (0, 1), "tuned": (1, 1)}
        asked = {e.body["model"]: e.body for e in comparison.server.asked}  # type: ignore[attr-defined]
        assert asked["tuned"]["messages"][0] == {"role": "system", "content": "You."}
        assert asked["base"]["seed"] != asked["tuned"]["seed"]
        assert asked["base"]["temperature"] == 0.7
    saved = Store(tmp_path / "s.db").answers(1)
    assert {(s.answer.side, s.answer.state, s.answer.model) for s in saved} == {
        ("base", "done", "served-model"),
        ("tuned", "done", "served-model"),
    }
    assert saved[0].answer.request["messages"][-1] == {"role": "user", "content": "Why?"}


async def test_a_failing_side_leaves_the_other_running(tmp_path: Path) -> None:
    async with comparing(tmp_path, tuned="bad") as comparison:
        exchange = comparison.ask("Why?")
        await ended(comparison)
        failure = exchange.answers["tuned"].failure
        assert exchange.answers["base"].state == "done"
        assert failure is not None
        assert (failure.kind, failure.message) == ("bad key", "no")
        assert comparison.view.tally.of_group("Why?")[next(iter(comparison.view.measures(exchange)))].keys() == {"base"}


async def test_stop_keeps_what_came(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        exchange = comparison.ask("slow please")
        await wait_until(lambda: exchange.answers["base"].tokens >= 3)
        comparison.stop("base")
        await wait_until(lambda: exchange.answers["base"].ended)
        assert exchange.answers["base"].state == "stopped"
        assert not exchange.answers["tuned"].ended
    saved = {s.answer.side: s.answer for s in Store(tmp_path / "s.db").answers(1)}
    assert saved["base"].state == saved["tuned"].state == "stopped"
    assert saved["base"].text.startswith("more more more")


async def both_stream(exchange: diptych.compare.Exchange) -> None:
    await wait_until(lambda: all(live.tokens for live in exchange.answers.values()))


async def test_what_another_question_stops_says_so_and_what_a_person_stops_does_not(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        first = comparison.ask("slow please")
        await both_stream(first)
        second = comparison.ask("slow again")
        await both_stream(second)
        comparison.again(second, "base")
        await both_stream(second)
        comparison.stop()
        comparison.ask("Why?")
        await ended(comparison)
        await wait_until(lambda: all(live.ended for live in first.answers.values()), "a stopped answer may end later")
        reasons = [live.failure for live in first.answers.values()]
        assert [reason is not None and "a new question" in reason.message for reason in reasons] == [True, True]
        assert comparison.view.tally.of_group("slow please") == {}
    saved = [s.answer for s in Store(tmp_path / "s.db").answers(1)]
    told = [(a.prompt, a.side, a.failure and a.failure.message.split(" was")[0]) for a in saved if a.state == "stopped"]
    assert sorted(told, key=str) == [
        ("slow again", "base", "the same question"),
        ("slow again", "base", None),
        ("slow again", "tuned", None),
        ("slow please", "base", "a new question"),
        ("slow please", "tuned", "a new question"),
    ]


async def test_what_is_stopped_before_it_has_begun_has_ended(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        exchange = comparison.ask("Why?")
        comparison.stop()
        await ended(comparison)
        assert {answer.state for answer in exchange.answers.values()} == {"stopped"}


async def test_what_ends_after_another_model_was_put_on_a_side_is_counted_no_more(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        comparison.start_fresh(False)
        before = comparison.ask("Why?")
        await wait_until(lambda: all(answer.ended for answer in before.answers.values()))
        scored = comparison.view.divergence(before, "tuned", "tuned")
        comparison.use_model("tuned", "base")
        await ended(comparison)
        assert not list(comparison.view.tally.measures())
        assert not scored.done
        after = comparison.ask("And now?")
        await ended(comparison)
        assert {count.n for by in comparison.view.measures(after).values() for count in by.values()} == {1}


async def test_a_file_that_is_put_on_a_side_has_a_server_of_its_own_and_what_is_unused_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with comparing(tmp_path) as comparison:
        shared = comparison.view.sides[0].backend
        closed: list[object] = []

        async def close() -> None:
            closed.append(shared)

        with monkeypatch.context() as patch:
            patch.setattr(shared, "close", close)
            comparison.use_file("tuned", "/models/a.gguf", "a")
            comparison.use_file("base", "/models/a.gguf", "a")
            await wait_until(lambda: closed == [shared])
        base, tuned = comparison.view.sides
        assert base.backend is tuned.backend is not shared
        assert (tuned.model, tuned.endpoint, tuned.base_url, tuned.system) == ("a", "/models/a.gguf", None, "You.")
        await shared.close()


async def test_a_verdict_is_of_the_answer_that_was_judged(tmp_path: Path) -> None:
    released = asyncio.Event()

    async def judging(exchange: Exchange) -> None:
        if exchange.body["model"] == "judge":
            await released.wait()
            return await answering("50")(exchange)
        return await reply(exchange)

    async with comparing(tmp_path, replies=judging) as comparison:
        exchange = comparison.ask("Why?")
        await ended(comparison)
        side = replace(comparison.view.side("tuned"), model="judge")
        judge = Judge(JudgeSpec("kind", "score", "Is {answer} kind? 0-100.", above=10.0), side)
        under_way = asyncio.create_task(comparison.judge(exchange, [judge]))
        await asyncio.sleep(0)
        comparison.again(exchange, "tuned")
        await ended(comparison)
        released.set()
        await under_way
        assert exchange.kept["tuned"].answer.sample == 1
        assert not [f for f in exchange.answers["tuned"].findings if is_verdict(f)]
        assert [f.number for f in exchange.answers["base"].findings if is_verdict(f)] == [50.0]
        judged = {a.sample: [f.number for f in a.findings if is_verdict(f)] for a in exchange.samples["tuned"].values()}
        assert judged == {0: [50.0], 1: []}


async def test_a_verdict_takes_the_place_of_the_one_that_failed_also_in_the_measures(tmp_path: Path) -> None:
    asked = 0

    async def failing_first(exchange: Exchange) -> None:
        nonlocal asked
        if exchange.body["model"] != "judge":
            return await reply(exchange)
        asked += 1
        if asked <= 4:  # each without log-probabilities once more
            return await exchange.error(400, {"error": {"message": "not now"}})
        return await answering("50")(exchange)

    async with comparing(tmp_path, replies=failing_first) as comparison:
        exchange = comparison.ask("Why?")
        await ended(comparison)
        side = replace(comparison.view.side("tuned"), model="judge")
        for _ in range(2):
            await comparison.judge(
                exchange, [Judge(JudgeSpec("kind", "score", "Is {answer} kind? 0-100.", above=10.0), side)]
            )
        (counts,) = [by for m, by in comparison.view.measures(exchange).items() if m.detector == "judge kind"]
        assert {name: (c.k, c.n, dict(c.excluded), c.numbers) for name, c in counts.items()} == {
            "base": (1, 1, {}, [50.0]),
            "tuned": (1, 1, {}, [50.0]),
        }


async def test_samples_that_could_not_begin_are_under_way_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diptych.sessions.schema.PATIENCE_SECONDS", 0.05)
    async with comparing(tmp_path) as comparison:
        with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            exchange = comparison.ask("Why?")
            await ended(comparison)
            comparison.sample(exchange, 2)
            await wait_until(
                lambda: comparison.view.background is not None and (not comparison.view.background.under_way)
            )
            assert comparison.view.unsaved is not None
            other.execute("ROLLBACK")
        comparison.sample(exchange, 2)
        await wait_until(lambda: not comparison.view.background.under_way)
        assert {side: len(kept) for side, kept in exchange.samples.items()} == {"base": 2, "tuned": 2}


async def test_again_is_another_sample_of_the_same_question(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        exchange = comparison.ask("Why?")
        await ended(comparison)
        comparison.again(exchange, "tuned")
        await ended(comparison)
        label = next(m for m in comparison.view.measures(exchange) if m.label == "follows HELLO")
        assert comparison.view.measures(exchange)[label]["tuned"].n == 2
        assert comparison.view.measures(exchange)[label]["base"].n == 1
    samples = [(s.answer.side, s.answer.sample) for s in Store(tmp_path / "s.db").answers(1)]
    assert sorted(samples) == [("base", 0), ("tuned", 0), ("tuned", 1)]


async def test_fresh_has_no_history_and_a_conversation_has_each_sides_own(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        comparison.ask("One?")
        await ended(comparison)
        comparison.start_fresh(False)
        comparison.ask("Two?")
        await ended(comparison)
        comparison.ask("Three?")
        await ended(comparison)
        last = {e.body["model"]: e.body["messages"] for e in comparison.server.asked[-2:]}  # type: ignore[attr-defined]
    said = [m["content"] for m in last["base"]]
    assert said == ["Two?", "I am plain.", "Three?"]
    assert [m["content"] for m in last["tuned"]] == ["You.", "Two?", HELLO, "Three?"]


async def test_a_saved_session_is_taken_up_again(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        comparison.ask("Why?")
        await ended(comparison)
    async with taken_up_again(tmp_path) as comparison:
        exchange = comparison.view.exchanges[0]
        assert exchange.answers["tuned"].text == HELLO
        assert exchange.answers["tuned"].findings[0].outcome == "present"
        comparison.again(exchange)
        await ended(comparison)
        assert {c.n for by in comparison.view.measures(exchange).values() for c in by.values()} == {2}
    assert {(s.answer.side, s.answer.sample) for s in Store(tmp_path / "s.db").answers(1)} == {
        ("base", 0), ("tuned", 0), ("base", 1), ("tuned", 1),
    }  # fmt: skip


async def test_a_saved_conversation_is_asked_again_as_it_was(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        comparison.start_fresh(False)
        for prompt in ("One?", "One?", "Two?"):
            comparison.ask(prompt)
            await ended(comparison)
    async with taken_up_again(tmp_path) as comparison:
        for exchange in comparison.view.exchanges:
            comparison.again(exchange)
            await ended(comparison)
    saved = Store(tmp_path / "s.db").answers(1)
    sent = [(s.answer.side, s.answer.exchange, s.answer.request["messages"]) for s in saved]
    assert len(sent) == 12
    assert all(any(first == (side, number, then) for first in sent[:6]) for side, number, then in sent[6:])
    assert [len(then) for side, _, then in sent[6:] if side == "base"] == [1, 3, 5]


async def test_the_hand_over_joins_what_the_view_did_not_take(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        exchange = comparison.ask("Why?")
        await ended(comparison)
        live = exchange.answers["tuned"]
        update = live.feed.take()
        assert update.text == HELLO
        assert {key: mark for key, mark in update.marks.items() if mark is not None} == live.marks
        assert live.feed.take().text == ""


async def test_a_stop_while_an_answer_is_being_saved_does_not_take_it_back(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        exchange = comparison.ask("First?")
        await ended(comparison)
        with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as other:
            # The answer comes to its end while nobody can write.
            other.execute("BEGIN IMMEDIATE")
            exchange = comparison.ask("Why?")
            await wait_until(lambda: all(live.ended for live in exchange.answers.values()))
            for _ in range(3):
                comparison.stop()
                await asyncio.sleep(0.01)
            assert not exchange.kept
            other.execute("ROLLBACK")
        await ended(comparison)
        assert {asked.answer.state for asked in exchange.kept.values()} == {"done"}
        assert exchange.kept.keys() == {"base", "tuned"}
    assert [s.answer.state for s in Store(tmp_path / "s.db").answers(1)] == ["done"] * 4


async def test_a_stream_goes_on_while_nothing_can_be_saved_and_that_is_told_before_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("diptych.sessions.schema.PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr("diptych.compare.answers.answering.SAVE_SECONDS", 0.05)
    async with comparing(tmp_path) as comparison:
        comparison.ask("Why?")
        await ended(comparison)
        with closing(sqlite3.connect(tmp_path / "s.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            exchange = comparison.ask("slow")
            await wait_until(lambda: comparison.view.unsaved is not None)
            seen = exchange.answers["base"].tokens
            assert exchange.answers["base"].state == "streaming"
            await wait_until(lambda: exchange.answers["base"].tokens >= seen + 10)
            other.execute("ROLLBACK")
        comparison.stop()
        await ended(comparison)
        assert comparison.view.unsaved is None
        assert exchange.kept["base"].answer.text.startswith("more more")
    assert [s.answer.state for s in Store(tmp_path / "s.db").answers(1)] == ["done", "done", "stopped", "stopped"]
