"""The scheduler: who is asked when, what is kept, and what a pause, a stop and a wish for more do."""

import asyncio
import gc
import itertools
import tracemalloc
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from diptych.backends import Endpoint, Request, Sampling, connect
from diptych.compare import Outlook, Sampler, SamplingProgress, Side
from diptych.compare.answers import PlannedAnswer, Question
from diptych.compare.runs import AnswerSource
from diptych.compare.runs.missing_answers import WantedAnswer
from diptych.detectors import Detector, Finding, Target, make_detector
from diptych.detectors.pattern import PatternSettings
from diptych.sessions import Answer, Recorder, SavedAnswer, Store
from tests.openai_server import Exchange, OpenAI, Reply, Server, answering, error_body, serve
from tests.waiting import wait_until


@dataclass
class Wordings:
    """One question, whose wordings are asked in turn."""

    prompts: Sequence[str]

    def planned(self, sample: int) -> list[PlannedAnswer]:
        place = sample % len(self.prompts)
        return [PlannedAnswer(Question(self.prompts[place]), 1 + place, sample)]

    def request(self, side: Side, planned: PlannedAnswer) -> Request:
        return side.request(planned.question, None, side.sampling)

    def detectors(self, side: Side, planned: PlannedAnswer) -> list[Detector]:
        return [
            make_detector("acrostic", Target(target="HELLO"), planned.question.prompt, "", None),
            make_detector("pattern", PatternSettings(label="looks", pattern="look"), planned.question.prompt, "", None),
        ]

    def follow_ups(self, side: Side, planned: PlannedAnswer, answer: Answer) -> Iterable[tuple[Side, PlannedAnswer]]:
        return ()


class WithGuesses(Wordings):
    """Each answer brings up another question."""

    def __init__(self) -> None:
        super().__init__(("Why?",))
        self._numbers = itertools.count(100)

    def follow_ups(self, side: Side, planned: PlannedAnswer, answer: Answer) -> Iterable[tuple[Side, PlannedAnswer]]:
        if not planned.guessed_side:
            yield side, PlannedAnswer(Question("So?", "g"), next(self._numbers), planned.sample, guessed_side="base")


@dataclass
class Bench:
    """One side of one server, and a store."""

    server: Server
    side: Side
    path: Path
    recorder: Recorder
    finished: list[Answer] = field(default_factory=list)

    def sampler(
        self,
        samples: int = 4,
        concurrency: int = 4,
        saved: Sequence[SavedAnswer] = (),
        seed: int | None = 7,
        prompts: Sequence[str] = ("Why?",),
        sides: Sequence[Side] = (),
        source: AnswerSource | None = None,
        **keys: Any,
    ) -> Sampler:
        """One that asks one question, whose wordings its samples take in turn."""
        return Sampler(
            sides or [self.side],
            source or Wordings(prompts),
            samples,
            self.recorder,
            concurrency=concurrency,
            saved=saved,
            seed=seed,
            **({"finished": lambda saved: self.finished.append(saved.answer)} | keys),
        )

    @property
    def saved(self) -> list[SavedAnswer]:
        store = Store(self.path)
        answers = store.answers(1)
        store.close()
        return answers

    @property
    def seeds(self) -> list[int]:
        return [exchange.body["seed"] for exchange in self.server.asked]


def _without_tokens(answer: Answer) -> tuple[Finding, ...]:
    return tuple(msgspec.structs.replace(finding, token=None) for finding in answer.findings)


@asynccontextmanager
async def bench(
    tmp_path: Path,
    reply: Reply,
    samples_per_request: int = 1,
    name: str = "s.db",
    timeout: float = 5.0,
    **sampling: Any,
) -> AsyncIterator[Bench]:
    async with serve(reply) as server:
        endpoint = Endpoint("openai", server.base_url, timeout=timeout, samples_per_request=samples_per_request)
        backend = connect(endpoint)
        await backend.start(lambda doing: None)
        side = Side("base", "x", server.base_url, "gpt-base", None, Sampling(**sampling), backend)
        recorder = Recorder(tmp_path / name)
        await recorder.begin_session("t", "p", None, (side.record(),))
        try:
            yield Bench(server, side, tmp_path / name, recorder)
        finally:
            await backend.close()
            recorder.close()


class Held(OpenAI):
    """Answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Event()
        self.waiting = 0
        self.most = 0

    async def __call__(self, exchange: Exchange) -> None:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        await asyncio.wait(
            {asyncio.create_task(e.wait()) for e in (self.let, exchange.gone)}, return_when="FIRST_COMPLETED"
        )
        self.waiting -= 1
        await super().__call__(exchange)

    async def has(self, count: int) -> None:
        await wait_until(lambda: self.waiting >= count)


class TestWhatIsThere:
    def test_the_outlook_in_words(self) -> None:
        assert Outlook(12, 3, 0, 85).words == "12 new, 3 failed again, 85 kept"
        assert Outlook(12, 3, 2, 85).words == "12 new, 3 failed again, 2 unfinished again, 85 kept"

    async def test_nothing_that_is_there_is_asked_again(self, tmp_path: Path) -> None:
        async with bench(tmp_path, OpenAI()) as b:
            await b.sampler(3).run()
            again = b.sampler(5, saved=b.saved)
            assert (await again.prepare()).words == "2 new, 0 failed again, 3 kept"
            asked = await again.run()
            assert sorted(each.answer.sample for each in asked) == [0, 1, 2, 3, 4]
            assert (len(b.server.asked), len(b.saved)) == (5, 5)
            assert again.progress[:3] == (5, 0, 5)

    async def test_an_uninterrupted_run_has_the_same_seeds(self, tmp_path: Path) -> None:
        seeds = []
        for name, steps in (("parts.db", (3, 4, 10)), ("whole.db", (10,))):
            async with bench(tmp_path, OpenAI(), name=name) as b:
                for samples in steps:
                    await b.sampler(samples, prompts=("Why?", "How?"), saved=b.saved).run()
                seeds.append({(a.prompt, a.sample): a.request["seed"] for _, a in b.saved})
        assert seeds[0] == seeds[1]
        assert len(set(seeds[0].values())) == 10

    async def test_what_lies_between_kept_answers_does_not_travel_together(self, tmp_path: Path) -> None:
        """The server would give the second one the seed of an answer that is kept."""
        async with bench(tmp_path, OpenAI(), samples_per_request=8) as b:
            first = await b.sampler(5, seed=1).run()
            kept = [SavedAnswer(*each) for each in first if each.answer.sample != 2]
            seed = next(each.answer.request["seed"] for each in first if each.answer.sample == 0)
            await b.sampler(8, seed=1, saved=kept, concurrency=8).run()
            assert sorted((e.body["seed"] - seed, e.body.get("n", 1)) for e in b.server.asked[1:]) == [(2, 1), (4, 1), (5, 3)]  # fmt: skip  # noqa: E501

    @pytest.mark.parametrize(
        "change",
        [
            {"model": "ft:gpt-4o-2024-08-06:org::id"},
            {"base_url": "http://elsewhere"},
            {"sampling": Sampling(top_p=0.5)},
        ],
    )
    async def test_an_answer_to_another_request_is_none(self, tmp_path: Path, change: dict[str, Any]) -> None:

        async with bench(tmp_path, OpenAI()) as b:
            await b.sampler(2).run()
            again = b.sampler(2, saved=b.saved, sides=[replace(b.side, **change)])
            assert await again.prepare() == Outlook(new=2, changed=2)
            assert len(await again.run()) == 2
            assert len(b.saved) == 4

    async def test_a_seed_decides_only_where_one_was_named(self, tmp_path: Path) -> None:
        async with bench(tmp_path, OpenAI()) as b:
            await b.sampler(2, seed=None).run()
            assert (await b.sampler(2, seed=None, saved=b.saved).prepare()).kept == 2
            assert (await b.sampler(2, seed=7, saved=b.saved).prepare()).kept == 0

    async def test_the_way_it_travels_does_not(self, tmp_path: Path) -> None:
        async with bench(tmp_path, OpenAI(), samples_per_request=4, max_tokens=9) as b:
            await b.sampler(4).run()
            assert b.server.asked[0].body["stream"] is False
            b.side.backend.samples_per_request, b.side.backend.whole_answers = 1, False
            assert (await b.sampler(4, saved=b.saved).prepare()).kept == 4

    async def test_an_error_goes_when_its_retry_has_succeeded_and_not_before(self, tmp_path: Path) -> None:
        refusing = True

        async def reply(exchange: Exchange) -> None:
            if refusing:
                await exchange.error(400, error_body("no", code="content_policy_violation"))
            else:
                await OpenAI()(exchange)

        async with bench(tmp_path, reply) as b:
            await b.sampler(2).run()
            (first, _), (second, _) = b.saved
            again = b.sampler(2, saved=b.saved)
            assert await again.prepare() == Outlook(failed=2)
            await again.run()
            assert {first, second} < {one.id for one in b.saved}
            assert again.progress.failed == 2
            refusing = False
            third = b.sampler(2, saved=b.saved)
            assert await third.prepare() == Outlook(failed=2)
            await third.run()
            assert [(one.answer.state, one.answer.sample) for one in b.saved] == [("done", 0), ("done", 1)]

    async def test_one_bad_key_is_found_out_once(self, tmp_path: Path) -> None:
        async with bench(tmp_path, OpenAI(key="other")) as b:
            await b.sampler(9, concurrency=1).run()
            assert ({a.failure.kind for _, a in b.saved if a.failure}, len(b.server.asked)) == ({"bad key"}, 1)


class TestMemory:
    async def test_what_is_planned_takes_no_memory(self, tmp_path: Path) -> None:
        async with bench(tmp_path, OpenAI()) as b:
            await b.sampler(3).run()
            sampler = b.sampler(30_000, saved=b.saved, prompts=("Why?", "How?"))
            tracemalloc.start()
            try:
                assert (await sampler.prepare()).new == 29_999
                planned = tracemalloc.get_traced_memory()[0]
            finally:
                tracemalloc.stop()
            assert planned < 30_000, "less than a byte for an answer that does not exist yet"

    async def test_nor_where_no_request_can_be_filled(self, tmp_path: Path) -> None:
        """Each wording comes again after 5,000 samples, and a request takes samples of one wording."""
        held = Held()
        async with bench(tmp_path, held, samples_per_request=8) as b:
            sampler = b.sampler(60_000, concurrency=8, prompts=[f"Why {n}?" for n in range(5_000)])
            running = asyncio.create_task(sampler.run())
            await held.has(1)
            assert sum(isinstance(each, WantedAnswer) for each in gc.get_objects()) < 10_100
            sampler.pause()
            held.let.set()
            await wait_until(lambda: not sampler.progress.under_way)
            sampler.stop()
            await running

    async def test_nor_while_it_runs(self, tmp_path: Path) -> None:
        held = Held()
        async with bench(tmp_path, held, samples_per_request=4) as b:
            sampler = b.sampler(30_000, concurrency=8)
            running = asyncio.create_task(sampler.run())
            await held.has(2)
            assert sampler.progress[2:4] == (30_000, 8)
            made = sum(isinstance(each, WantedAnswer) for each in gc.get_objects())
            assert made <= 12, "what is under way, and the next request"
            sampler.pause()
            held.let.set()
            await wait_until(lambda: not sampler.progress.under_way)
            sampler.stop()
            await running


class TestUnderWay:
    async def test_each_endpoint_has_its_own_number(self, tmp_path: Path) -> None:
        one, other = Held(), Held()
        async with bench(tmp_path, one) as b, serve(other) as server:
            slow = connect(Endpoint("openai", server.base_url, timeout=5.0, samples_per_request=1))
            await slow.start(lambda doing: None)
            sampler = b.sampler(9, concurrency=3, sides=[b.side, replace(b.side, name="tuned", backend=slow)])
            running = asyncio.create_task(sampler.run())
            await asyncio.gather(one.has(3), other.has(3))
            one.let.set()
            await wait_until(lambda: sampler.progress.done >= 9)
            assert (other.waiting, sampler.progress.under_way, sampler.progress.total) == (3, 3, 18)
            other.let.set()
            await running
            assert (one.most, other.most) == (3, 3)
            await slow.close()

    async def test_a_pause_lets_come_what_is_under_way_and_nothing_else(self, tmp_path: Path) -> None:
        held = Held()
        async with bench(tmp_path, held) as b:
            sampler = b.sampler(6, concurrency=2)
            running = asyncio.create_task(sampler.run())
            await held.has(2)
            sampler.pause()
            held.let.set()
            await wait_until(lambda: not sampler.progress.under_way)
            await asyncio.sleep(0.1)
            assert (sampler.paused, sampler.progress.done, len(b.server.asked)) == (True, 2, 2)
            assert not running.done()
            sampler.resume()
            assert len(await asyncio.wait_for(running, 10)) == 6

    async def test_a_stop_saves_what_is_under_way_and_the_rest_is_never_asked(self, tmp_path: Path) -> None:
        held = Held()
        async with bench(tmp_path, held) as b:
            sampler = b.sampler(50, concurrency=3)
            running = asyncio.create_task(sampler.run())
            await held.has(3)
            sampler.stop()
            assert len(await asyncio.wait_for(running, 10)) == 3
            assert [one.answer.state for one in b.saved] == ["stopped"] * 3
            assert sampler.progress[:4] == (3, 0, 3, 0)

    async def test_a_stop_ends_a_pause(self, tmp_path: Path) -> None:
        async with bench(tmp_path, OpenAI()) as b:
            sampler = b.sampler(5)
            sampler.pause()
            running = asyncio.create_task(sampler.run())
            await asyncio.sleep(0.05)
            assert b.server.asked == []
            sampler.stop()
            assert await asyncio.wait_for(running, 10) == []

    async def test_a_stop_before_anything_was_asked(self, tmp_path: Path) -> None:
        async with bench(tmp_path, OpenAI()) as b:
            sampler = b.sampler(5)
            running = asyncio.create_task(sampler.run())
            await asyncio.sleep(0)
            sampler.stop()
            assert await asyncio.wait_for(running, 10) == []
            assert (b.server.asked, sampler.progress.total) == ([], 0)

    async def test_more_while_it_runs_and_afterwards(self, tmp_path: Path) -> None:
        held = Held()
        async with bench(tmp_path, held) as b:
            sampler = b.sampler(2, concurrency=2)
            running = asyncio.create_task(sampler.run())
            await held.has(2)
            sampler.more(3)
            held.let.set()
            assert len(await asyncio.wait_for(running, 10)) == 5
            sampler.more(1)
            assert len(await sampler.run()) == 6
            assert sorted(a.sample for _, a in b.saved) == [0, 1, 2, 3, 4, 5]
            assert len(set(b.seeds)) == 6
            assert [a.sample for a in b.finished] == [each.answer.sample for each in sampler.asked]

    async def test_more_after_a_stop_goes_on_behind_it(self, tmp_path: Path) -> None:
        held = Held()
        async with bench(tmp_path, held) as b:
            sampler = b.sampler(4, concurrency=1)
            running = asyncio.create_task(sampler.run())
            await held.has(1)
            sampler.stop()
            await running
            held.let.set()
            sampler.more(2)
            assert [each.answer.sample for each in await sampler.run()] == [0, 4, 5]

    async def test_what_comes_up_is_asked_before_what_waits(self, tmp_path: Path) -> None:
        async with bench(tmp_path, OpenAI()) as b:
            source = WithGuesses()
            sampler = b.sampler(9, concurrency=1, source=source)
            await sampler.run()
            came = [(a.condition, a.sample) for a in b.finished]
            assert sorted(came, key=str) == sorted(((c, n) for c in (None, "g") for n in range(9)), key=str)
            # While an answer is being saved the next one is asked for already.
            assert all(came.index(("g", n)) - came.index((None, n)) <= 3 for n in range(9))
            again = b.sampler(9, concurrency=1, source=source, saved=b.saved)
            assert await again.prepare() == Outlook(kept=18)
            assert len(set(b.seeds)) == 18

    async def test_time_and_tokens(self, tmp_path: Path) -> None:
        async with bench(tmp_path, answering("a b c d", pause=0.02), max_tokens=50) as b:
            told: list[SamplingProgress] = []
            sampler = b.sampler(4, concurrency=2, finished=lambda saved: told.append(sampler.progress))
            await sampler.prepare()
            assert (sampler.most_tokens, sampler.progress.seconds_left, sampler.progress.total) == (200, None, 4)
            await sampler.run()
            assert [p.done for p in told] == [1, 2, 3, 4]
            assert all(p.seconds_left is not None and p.rate for p in told)
            assert (told[-1].tokens, told[-1].seconds_left) == (12, 0.0)
            again = b.sampler(6, concurrency=2, saved=b.saved)
            await again.prepare()
            assert again.progress.seconds_left == pytest.approx(0.1, rel=0.9), "as long as the kept ones took"


class TestWholeAnswers:
    async def of(
        self, tmp_path: Path, name: str, whole: bool, samples_per_request: int, **sampling: Any
    ) -> list[Answer]:
        api = OpenAI(words=("Hi ", "Every\n", "Look"))
        async with bench(tmp_path, api, samples_per_request, name, max_tokens=9, **sampling) as b:
            b.side.backend.whole_answers = whole
            await b.sampler(3).run()
            assert {exchange.body["stream"] for exchange in b.server.asked} == {not whole}
            return sorted((a for _, a in b.saved), key=lambda a: a.sample)

    @pytest.mark.parametrize(("together", "logprobs"), [(1, None), (1, 2), (3, 2), (3, None)])
    async def test_they_are_what_streamed_ones_are(self, tmp_path: Path, together: int, logprobs: int | None) -> None:
        sampling = {"logprobs": logprobs} if logprobs is not None else {}
        streamed = await self.of(tmp_path, "streamed.db", False, together, **sampling)
        whole = await self.of(tmp_path, "whole.db", True, together, **sampling)
        assert [len(a.timeline) for a in whole] == [1, 1, 1]
        assert [len(a.timeline) for a in streamed] == [3, 3, 3]
        assert [a.tokens for a in whole] == [a.tokens for a in streamed] == [3, 3, 3]
        assert [a.findings[1].outcome for a in whole] == ["present"] * 3
        if logprobs is None:
            # Which token it is is not known of an answer that comes in one piece.
            assert [(s.findings[1].token, w.findings[1].token) for s, w in zip(streamed, whole, strict=True)] == [(3, None)] * 3  # fmt: skip  # noqa: E501
            streamed = [msgspec.structs.replace(a, findings=_without_tokens(a)) for a in streamed]
        varying: dict[str, Any] = {"timeline": (), "request": {}, "ended_at": None, "endpoint": None}
        if together > 1 and logprobs is None:
            # Of several that come at once the server counts the tokens together, and no piece tells whose they are.
            assert [a.usage for a in whole] == [None] * 3
            varying["usage"] = None
        same = [[msgspec.structs.replace(a, **varying) for a in answers] for answers in (streamed, whole)]
        assert same[0] == same[1]
        assert all(a.ended_at for a in whole)

    async def test_a_server_that_streams_all_the_same_is_read(self, tmp_path: Path) -> None:
        async with bench(tmp_path, answering("Yes indeed."), max_tokens=9) as b:
            await b.sampler(2).run()
            assert {(a.text, a.state, len(a.timeline), a.request["stream"]) for _, a in b.saved} == {
                ("Yes indeed.", "done", 2, False)
            }

    async def test_an_answer_that_takes_longer_than_silence_is_borne_is_streamed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("diptych.backends.response_timeouts.WHOLE_TOKENS_PER_SECOND", 1e9)

        async def slow(exchange: Exchange) -> None:
            if exchange.body["stream"]:
                await answering("Yes indeed.")(exchange)
            else:
                await exchange.gone.wait()

        async with bench(tmp_path, slow, timeout=0.3, max_tokens=9) as b:
            await b.sampler(3, concurrency=1).run()
            assert [e.body["stream"] for e in b.server.asked] == [False, True, True, True]
            assert {(a.text, a.state, a.request["stream"]) for _, a in b.saved} == {("Yes indeed.", "done", True)}

    async def test_a_long_generation_is_not_cut_by_the_limit_of_silence(self, tmp_path: Path) -> None:
        async def thinking(exchange: Exchange) -> None:
            await asyncio.sleep(0.5)
            await OpenAI()(exchange)

        async with bench(tmp_path, thinking, timeout=0.2, max_tokens=9) as b:
            await b.sampler(1).run()
            assert [(a.state, a.request["stream"]) for _, a in b.saved] == [("done", False)]

    @pytest.mark.parametrize("limit", [None, 5000])
    async def test_what_may_be_long_streams(self, tmp_path: Path, limit: int | None) -> None:
        async with bench(tmp_path, OpenAI(), max_tokens=limit) as b:
            await b.sampler(1).run()
            assert b.server.asked[0].body["stream"] is True
