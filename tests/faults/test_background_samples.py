"""Background samples: four at once, in one piece, from a server that gives other than was asked for."""
# ruff: noqa: E501

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from diptych.backends import Request
from diptych.compare import Sampler, Side
from diptych.compare.answers import PlannedAnswer, Question
from diptych.detectors import Detector
from diptych.sessions import Answer, Recorder, Store
from tests.faults.engine import KEY, Case, nothing_left, side
from tests.faults.replies import TEXT, document, head, page, raw, stream, whole
from tests.openai_server import Exchange, Reply, answering, chunk, serve

pytestmark = pytest.mark.usefixtures("quick")

FOUR = tuple(f"Answer {number}." for number in range(4))


@dataclass(frozen=True)
class Samples:
    """What a server does when four answers are asked for at once, and what must come of it."""

    name: str
    does: Reply
    texts: tuple[str, ...] = FOUR
    kind: str = ""
    """The kind of the failure of those that are not whole; "" where all are."""
    says: str = ""
    hint: str = ""
    requests: int = 1
    done: int = 4
    """How many are whole."""

    def __str__(self) -> str:
        return self.name


def each(make: Any) -> Reply:
    """As many answers as are asked for, each of them numbered by its seed, in a document that `make` may change."""

    async def reply(exchange: Exchange) -> None:
        count, first = exchange.body.get("n", 1), exchange.body["seed"] - 1
        document_ = whole([f"Answer {first + number}." for number in range(count)])
        await document(make(document_, count))(exchange)

    return reply


def choices(make: Any) -> Reply:
    return each(lambda told, count: told | {"choices": make(told["choices"], count)})


def numbered(number: int) -> Any:
    return lambda told, count: [one | {"index": number} for one in told]


def without_index(told: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    return [{key: value for key, value in one.items() if key != "index"} for one in told]


async def streamed(exchange: Exchange) -> None:
    """Events though a document was asked for; the answers interleaved."""
    count, first = exchange.body.get("n", 1), exchange.body["seed"] - 1
    words = [chunk("Answer ", index=index) for index in range(count)]
    words += [chunk(f"{first + index}.", "stop", index) for index in reversed(range(count))]
    await stream(*words)(exchange)


async def one_broken(exchange: Exchange) -> None:
    """Of four streams the last two break off."""
    words = [chunk(FOUR[index], "stop", index) for index in range(2)]
    await stream(*words, chunk("Here is", index=2), chunk("Here is", index=3))(exchange)


async def only_one_at_once(exchange: Exchange) -> None:
    if exchange.body.get("n", 1) > 1:
        await document({"error": {"message": "n must be 1"}}, 400)(exchange)
    else:
        await choices(lambda told, count: told)(exchange)


WHOLE = json.dumps(whole(FOUR)).encode()
OTHER = {"kind": "server error", "done": 0, "texts": ("",) * 4}

CASES = [
    Samples("four", choices(lambda told, count: told)),
    Samples("in another order", choices(lambda told, count: told[::-1])),
    Samples("three", choices(lambda told, count: told[:3]), requests=2),
    Samples("five", choices(lambda told, count: [*told, told[0] | {"index": count}])),
    Samples("one", choices(lambda told, count: told[:1]), requests=4),
    Samples("all under one number", choices(numbered(0)), requests=4),
    Samples("without numbers", choices(without_index), requests=4),
    Samples("only one at once", only_one_at_once, requests=5),
    Samples("events in place of a document", streamed),
    Samples("events, two of four broken off", one_broken, (*FOUR[:2], "Here is", "Here is"), "dropped", "broke off", "press r", done=2),
    Samples("a document called a stream", page(WHOLE, "text/event-stream")),
    Samples("usage in words", each(lambda told, count: told | {"usage": "many"})),
    Samples("no choices", each(lambda told, count: told | {"choices": []}), ("",) * 4, "dropped", "without an answer", "press r", done=0),
    Samples("a document cut", page(WHOLE[:200], "application/json"), ("",) * 4, "dropped", "broke off", "press r", done=0),
    Samples("a document cut before its length", raw(head(200, "application/json", "content-length: 9999\r\n"), WHOLE[:200]), ("",) * 4, "dropped", "broke in the middle", "press r", done=0),
    Samples("a web page", page(b"<html></html>", "text/html"), says="web page", hint="base_url", **OTHER),
    Samples("a message that is a word", choices(lambda told, count: [{"index": 0, "message": "Hi"}]), says="message: expected object or null, found str", hint="base_url", **OTHER),
    Samples("an error with status 200", document({"error": {"message": "overloaded"}}), ("",) * 4, "rate limited", "overloaded", "press r", requests=9, done=0),
    Samples("500", document({"error": {"message": "down"}}, 500), says="down", hint="press r", requests=4, **OTHER),
    Samples("401", document({"error": {"message": f"not {KEY}"}}, 401), ("",) * 4, "bad key", "not (the key)", "api_key_env", done=0),
    Samples("429 for ever", document({"error": {"message": "slow down"}}, 429), ("",) * 4, "rate limited", "slow down", "wait", requests=9, done=0),
    Samples("one cut off by the policy", choices(lambda told, count: [*told[:3], told[3] | {"finish_reason": "content_filter"}]), FOUR, "refused", "policy", "other words", done=3),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_samples(case: Samples, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with nothing_left(), serve(case.does) as server, serve(answering(TEXT)) as healthy:
        sides = [side("base", healthy.base_url), side("tuned", server.base_url)]
        await sampled(sides, tmp_path / "s.db")
        assert len(server.asked) == case.requests
    answers = kept(tmp_path / "s.db")
    assert [(answer.text, answer.state) for answer in answers["base"]] == [(TEXT, "done")] * 4
    tuned = answers["tuned"]
    texts = case.texts or FOUR
    assert sorted(answer.text for answer in tuned) == sorted(texts)
    assert sum(answer.finished for answer in tuned) == case.done
    for answer in tuned:
        broken = not answer.finished
        Case(
            "", case.does, answer.text, case.kind if broken else "", case.says, case.hint, reason=answer.finish_reason
        ).check(answer)
    assert [record.getMessage() for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []
    assert KEY.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("s.db*"))


class OneQuestion:
    """What is asked of each side."""

    def planned(self, sample: int) -> list[PlannedAnswer]:
        return [PlannedAnswer(Question("Who are you?"), 1, sample)]

    def request(self, side: Side, planned: PlannedAnswer) -> Request:
        return side.request(planned.question, None, side.sampling)

    def detectors(self, side: Side, planned: PlannedAnswer) -> list[Detector]:
        return []

    def follow_ups(self, side: Side, planned: PlannedAnswer, answer: Answer) -> list[tuple[Side, PlannedAnswer]]:
        return []


async def sampled(sides: list[Side], path: Path) -> None:
    """Four samples of one question from each side, into a store."""
    recorder = Recorder(path)
    await recorder.begin_session("faults", "faults", None, tuple(side.record() for side in sides))

    sampler = Sampler(sides, OneQuestion(), 4, recorder, concurrency=4)
    try:
        assert len(await sampler.run()) == 8
    finally:
        for side in sides:
            await side.backend.close()
        recorder.close()


def kept(path: Path) -> dict[str, list[Answer]]:
    store = Store(path)
    answers = [saved.answer for saved in store.answers(1)]
    store.close()
    return {name: [answer for answer in answers if answer.side == name] for name in ("base", "tuned")}


@pytest.mark.parametrize("status", [408, 504, 524])
async def test_a_whole_answer_that_timed_out_is_asked_once_more(status: int, tmp_path: Path) -> None:
    """Each try may be billed: whole once, and streamed once."""

    async def slow(exchange: Exchange) -> None:
        if exchange.body["stream"]:
            await streamed(exchange)
        else:
            await document({"error": {"message": "gateway timeout"}}, status)(exchange)

    async with nothing_left(), serve(slow) as server, serve(answering(TEXT)) as healthy:
        await sampled([side("base", healthy.base_url), side("tuned", server.base_url)], tmp_path / "s.db")
        assert [exchange.body["stream"] for exchange in server.asked] == [False, True]
    assert [answer.state for answer in kept(tmp_path / "s.db")["tuned"]] == ["done"] * 4


async def test_where_nothing_comes_at_all_it_is_asked_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("diptych.backends.response_timeouts.WHOLE_TOKENS_PER_SECOND", 1e9)

    async def silent(exchange: Exchange) -> None:
        await exchange.gone.wait()

    async with nothing_left(), serve(silent) as server, serve(answering(TEXT)) as healthy:
        await sampled([side("base", healthy.base_url), side("tuned", server.base_url, 0.3)], tmp_path / "s.db")
        assert [exchange.body["stream"] for exchange in server.asked] == [False, True]
    assert {answer.failure.kind for answer in kept(tmp_path / "s.db")["tuned"] if answer.failure} == {"timed out"}


@pytest.mark.parametrize(
    "words", ["does not support parameter n", "n must be 1", "Only one completion choice is allowed"]
)
async def test_where_n_is_refused_samples_come_one_by_one_and_as_they_were_sent(words: str, tmp_path: Path) -> None:
    async def alone(exchange: Exchange) -> None:
        if "n" in exchange.body:
            await document({"error": {"message": words}}, 400)(exchange)
        else:
            await choices(lambda told, count: told)(exchange)

    async with nothing_left(), serve(alone) as server, serve(answering(TEXT)) as healthy:
        tuned = side("tuned", server.base_url)
        await sampled([side("base", healthy.base_url), tuned], tmp_path / "s.db")
        assert len(server.asked) == 5
        assert len(tuned.backend.notices) == 1
    answers = kept(tmp_path / "s.db")["tuned"]
    assert sorted(answer.text for answer in answers) == sorted(FOUR)
    assert all("n" not in answer.request for answer in answers)


async def test_what_does_not_come_whole_in_time_is_streamed(tmp_path: Path) -> None:
    """A server, or a proxy before it, that is silent for too long where nothing streams."""

    async def slow(exchange: Exchange) -> None:
        if exchange.body["stream"]:
            await streamed(exchange)
        else:
            await document({"error": {"message": "gateway timeout"}}, 504, "x-should-retry: false\r\n")(exchange)

    async with nothing_left(), serve(slow) as server, serve(answering(TEXT)) as healthy:
        await sampled([side("base", healthy.base_url), side("tuned", server.base_url)], tmp_path / "s.db")
        assert [exchange.body["stream"] for exchange in server.asked] == [False, True]
    assert [answer.state for answer in kept(tmp_path / "s.db")["tuned"]] == ["done"] * 4
