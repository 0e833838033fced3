"""A kept session plays again, as it came: in a time that passes at once when everything waits."""

import asyncio
from collections.abc import Sequence
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diptych.backends import Delta, Usage
from diptych.compare import LiveAnswer, Replay, Tally
from diptych.compare.answers import GUESSING, Question
from diptych.compare.answers.requests import new_detectors
from diptych.compare.console.restoring import replayed
from diptych.compare.console.session_replay import STEP_PAUSE
from diptych.detectors import Finding
from diptych.probes import load_probes
from diptych.sessions import Answer, Failure, Label, RunRecord, Store, Tick, deltas_of
from diptych.sessions.recorded_steps import STEADY
from tests.sessions.stored import HOSTILE, SIDES, answer, keep_session, ordinary
from tests.virtual_time import run
from tests.waiting import wait_until

BASE, TUNED = SIDES
PROBE = load_probes()["hello-acrostic"]
HELLO = "Hi there.\nEven so.\nLook.\nLet go.\nOver."


class Came(NamedTuple):
    """A delta, and when it came."""

    at: float
    side: str
    delta: Delta


def opened(path: Path, number: int = 1, **more: Any) -> Replay:
    store = Store(path)
    session = store.session(number)
    assert session is not None
    saved, labels = store.answers(number), store.labels(number)
    store.close()
    return Replay(session, saved, labels, path, PROBE, **more)


async def played(replay: Replay) -> list[Came]:
    """Everything that comes until the end."""
    came: list[Came] = []
    took = LiveAnswer.take

    def take(live: LiveAnswer, delta: Delta) -> None:
        came.append(Came(asyncio.get_running_loop().time(), live.side, delta))
        took(live, delta)

    with patch.object(LiveAnswer, "take", take):
        await replay.play()
    return came


def timed(side: Any, *pieces: tuple[float, str], **more: Any) -> Answer:
    """An answer that came in these pieces, a token each."""
    text = "".join(piece for _, piece in pieces)
    ticks = tuple(Tick(at, len(piece), 1) for at, piece in pieces)
    return answer(side, text=text, timeline=ticks, **{"ended_at": max([0.0, *(at for at, _ in pieces)]), **more})


pieces = st.lists(st.tuples(st.floats(0, 50), st.text(max_size=5)), max_size=6).map(
    lambda drawn: list(zip(accumulate(at for at, _ in drawn), (piece for _, piece in drawn), strict=True))
)


@settings(max_examples=40)
@given(steps=st.lists(st.tuples(pieces, pieces), min_size=1, max_size=3), speed=st.sampled_from((0.5, 1.0, 8.0)))
def test_every_piece_comes_once_more_at_its_time(steps: Sequence[tuple[Any, Any]], speed: float) -> None:
    kept = [
        timed(side, *came, exchange=number, prompt=f"Question {number}?")
        for number, both in enumerate(steps, 1)
        for side, came in zip(SIDES, both, strict=True)
    ]

    async def check() -> None:
        replay = opened(path, speed=speed)
        came = await played(replay)
        begun = 0.0
        for number in range(1, len(steps) + 1):
            stored = [saved.answer for saved in Store(path).answers(1) if saved.answer.exchange == number]
            for one in stored:
                mine = [c for c in came if c.side == one.side][: len(one.timeline)]
                assert [(c.delta.at, len(c.delta.text), c.delta.tokens) for c in mine] == [
                    (t.at, t.chars, t.tokens) for t in one.timeline
                ]
                assert "".join(c.delta.text for c in mine) == one.text
                assert [c.at for c in mine] == pytest.approx([begun + t.at / speed for t in one.timeline], abs=1e-3)
                came = [c for c in came if c not in mine]
                live = replay.view.exchanges[number - 1].answers[one.side]
                assert (live.text, tuple(live.timeline), live.state) == (one.text, one.timeline, "done")
            begun += (max(one.ended_at or 0.0 for one in stored) + STEP_PAUSE) / speed
        assert came == []

    with TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        keep_session(path, kept)
        run(check)


def test_answers_that_overlapped_overlap(tmp_path: Path) -> None:
    keep_session(tmp_path / "s.db", [timed(BASE, (1.0, "a"), (3.0, "b")), timed(TUNED, (2.0, "c"), (4.0, "d"))])

    async def check() -> None:
        came = await played(opened(tmp_path / "s.db"))
        assert [(round(c.at, 3), c.delta.text) for c in came] == [(1, "a"), (2, "c"), (3, "b"), (4, "d")]

    run(check)


def everything() -> list[Answer]:
    """Endings of every kind, a conversation of sides that did not all answer, and an import without times."""
    failure = Failure("server error", "broke [b]off\x1b", "ask again")
    verdict = Finding("judge coherent", 1, "coherent", "pattern", "present", "80", number=80.0, replies=("80",))
    more = {"finish_reason": None, "ended_at": None, "usage": None}
    return [
        *ordinary(),
        timed(TUNED, *((n / 10, line) for n, line in enumerate(HELLO.splitlines(keepends=True))), exchange=3),
        timed(BASE, (0.5, "Half an an"), exchange=4, state="failed", failure=failure, **more),
        timed(TUNED, (0.5, HELLO[:12]), exchange=4, state="stopped", **more),
        timed(BASE, (0.5, "Gone with"), exchange=5, state="interrupted", **more),
        answer(TUNED, 5, text="", timeline=(), state="stopped", **more),
        timed(TUNED, (0.1, HELLO[:20]), exchange=6, state="cut", finish_reason="length"),
        answer(BASE, 6, text=HELLO, timeline=(), findings=(verdict,), ended_at=None, usage=None),
        answer(TUNED, 7, text=HELLO, timeline=(), reasoning="Let me see.", usage=Usage(1, 20)),
    ]


def test_each_ends_as_it_ended_and_todays_detectors_find_what_they_find_in_the_kept_ones(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    keep_session(path, everything())
    before = sha256(path.read_bytes()).digest()

    async def check() -> None:
        replay = opened(path)
        await replay.play()
        assert replay.ended
        tally = Tally()
        for saved in Store(path).answers(1):
            stored = saved.answer
            detectors = new_detectors(PROBE.detectors, Question.of(stored))
            alone = replayed(stored, detectors)
            exchange = replay.view.exchanges[stored.exchange - 1]
            now = exchange.samples[stored.side][saved.id]
            assert now.findings == alone.findings
            assert (now.text, now.state, now.failure, now.finish_reason, now.usage, now.reasoning) == (
                stored.text, stored.state, stored.failure, stored.finish_reason, stored.usage, stored.reasoning,
            )  # fmt: skip
            if exchange.kept[stored.side].id == saved.id:
                live = exchange.answers[stored.side]
                assert (live.text, live.state, live.failure, live.reasoning) == (
                    stored.text, stored.state, stored.failure, stored.reasoning,
                )  # fmt: skip
            tally.add(now)
        assert dict(replay.view.tally.measures()) == dict(tally.measures())
        await replay.close()

    run(check)
    assert sha256(path.read_bytes()).digest() == before
    assert len(Store(path).sessions()) == 1


def test_verdicts_of_judges_are_shown_as_they_were_kept(tmp_path: Path) -> None:
    keep_session(tmp_path / "s.db", everything())

    async def check() -> None:
        replay = opened(tmp_path / "s.db")
        await replay.play()
        assert [
            f.number for f in replay.view.exchanges[5].answers["base"].findings if f.detector == "judge coherent"
        ] == [80]

    run(check)


def test_an_answer_without_times_comes_word_by_word_and_no_speed_is_made_up(tmp_path: Path) -> None:
    keep_session(tmp_path / "s.db", [answer(TUNED, text="Hi  there,\nyou. ", timeline=(), usage=Usage(1, 9))])

    async def check() -> None:
        replay = opened(tmp_path / "s.db")
        assert replay.timed
        came = await played(replay)
        assert not replay.timed
        assert [c.delta.text for c in came] == ["Hi", "  there,", "\nyou.", " "]
        assert [c.at for c in came] == pytest.approx([n / STEADY for n in range(4)], abs=1e-3)
        live = replay.view.exchanges[0].answers["tuned"]
        assert (live.rate, live.first_at, live.tokens, live.timeline) == (None, None, 9, [])
        assert all(finding.token is None for finding in live.findings)

    run(check)


def test_detectors_read_an_answer_without_times_too() -> None:
    imported = answer(TUNED, text=HELLO, timeline=())
    live = replayed(imported, new_detectors(PROBE.detectors, Question(imported.prompt)))
    assert (live.text, live.state) == (HELLO, "done")
    assert (live.findings[0].outcome, live.findings[0].token) == ("present", None)


def test_text_beyond_the_timeline_is_not_lost() -> None:
    longer = answer(TUNED, text="Hello there", timeline=(Tick(0.5, 5, 1),))
    assert [(piece.at, piece.text) for piece in deltas_of(longer)] == [(0.5, "Hello"), (0.5, " there")]


def test_a_step_is_one_prompt_in_one_sample_in_the_order_of_asking(tmp_path: Path) -> None:
    kept = [
        timed(side, (0.1, f"{side.name} {exchange} {sample}"), exchange=exchange, sample=sample, prompt=f"Q{exchange}")
        for sample in range(2)
        for exchange in (1, 2)
        for side in SIDES
    ]
    keep_session(tmp_path / "s.db", [*kept, timed(TUNED, (0.1, "alone"), sample=2, prompt="Q1")])

    async def check() -> None:
        replay = opened(tmp_path / "s.db")
        assert [(s.exchange, s.sample, len(s.answers)) for s in replay.steps] == [
            (1, 0, 2), (2, 0, 2), (1, 1, 2), (2, 1, 2), (1, 2, 1),
        ]  # fmt: skip
        await replay.play()
        assert [len(e.samples["tuned"]) for e in replay.view.exchanges] == [3, 2]
        assert replay.view.exchanges[0].answers["tuned"].text == "alone"
        assert replay.view.exchanges[0].answers["base"].text == "base 1 1"

    run(check)


async def until(seconds: float) -> None:
    await asyncio.sleep(seconds - asyncio.get_running_loop().time())


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """Three questions, each answered after one second and after three."""
    both = [
        timed(side, (1.0, "one "), (3.0, "three"), exchange=number, prompt=f"Q{number}")
        for number in (1, 2, 3)
        for side in SIDES
    ]
    keep_session(tmp_path / "three.db", both)
    return tmp_path / "three.db"


def test_pause_and_speed(three: Path) -> None:
    async def check() -> None:
        replay = opened(three)
        playing = asyncio.create_task(replay.play())
        await until(1.5)
        (live, _) = replay.view.exchanges[0].answers.values()
        assert live.text == "one "
        replay.pause(True)
        await until(100)
        assert (live.text, replay.playing, replay.paused) == ("one ", True, True)
        replay.pause(False)
        replay.run_at(0.5)
        await until(102.9)
        assert live.text == "one "
        await until(103.1)
        assert live.text == "one three"
        replay.run_at(1000)
        assert replay.speed == 64
        await playing
        assert asyncio.get_running_loop().time() < 103.5

    run(check)


def test_one_key_is_one_step(three: Path) -> None:
    async def check() -> None:
        replay = opened(three, stepwise=True)
        playing = asyncio.create_task(replay.play())
        await until(50)
        assert (replay.begun, replay.view.exchanges) == (0, [])
        replay.next()
        await until(51.5)
        assert [e.answers["base"].text for e in replay.view.exchanges] == ["one "]
        replay.next()
        await until(51.6)
        assert (replay.view.exchanges[0].answers["base"].text, replay.playing) == ("one three", False)
        await until(90)
        assert replay.begun == 1
        replay.next()
        await until(94)
        assert (replay.begun, replay.playing) == (2, False)
        replay.pause(False)
        await until(94.1)
        assert replay.begun == 3
        replay.next()
        await playing
        assert replay.ended

    run(check)


def test_next_also_goes_on_in_a_pause_and_a_wait_for_keys_can_begin_and_end(three: Path) -> None:
    async def check() -> None:
        replay = opened(three)
        playing = asyncio.create_task(replay.play())
        await until(1.5)
        replay.pause(True)
        replay.next()
        await until(10)
        assert (replay.begun, replay.playing, replay.paused) == (1, False, True)
        replay.next()
        await until(11.5)
        assert (replay.begun, replay.view.exchanges[1].answers["base"].text, replay.paused) == (2, "one ", False)
        replay.play_stepwise(True)
        await until(50)
        assert (replay.begun, replay.playing) == (2, False)
        replay.play_stepwise(False)
        await until(50 + STEP_PAUSE + 0.1)
        assert replay.begun == 3
        await playing

    run(check)


def test_hidden_sides_stay_hidden_and_labelled_ones_are_counted(tmp_path: Path) -> None:
    hidden = [timed(BASE, (0.1, "a"), position=2), timed(TUNED, (0.1, "b"), position=1)]
    later = [timed(BASE, (0.1, "a"), exchange=2, position=1), timed(TUNED, (0.1, "b"), exchange=2, position=2)]
    labels = [[], [], [Label(0, "not taken for tuned", True)], [Label(0, "taken for tuned", True)]]
    keep_session(tmp_path / "s.db", [*hidden, *later], labels)

    async def check() -> None:
        replay = opened(tmp_path / "s.db")
        await replay.play()
        first, second = replay.view.exchanges
        assert (first.hidden, first.order) == (True, ("tuned", "base"))
        assert (second.hidden, second.order) == (False, ("base", "tuned"))
        assert (replay.view.recognised.k, replay.view.recognised.n) == (1, 1)

    run(check)


def test_a_guess_stands_beside_the_answer_that_it_goes_on_from(tmp_path: Path) -> None:
    said = "I begin lines with H, E, L, L, O."
    first = [timed(BASE, (0.1, "No.")), timed(TUNED, (0.1, said))]
    guess = timed(BASE, (0.1, "letters."), exchange=2, condition=GUESSING, prefill=said[:8])
    keep_session(tmp_path / "s.db", [*first, guess])

    async def check() -> None:
        replay = opened(tmp_path / "s.db")
        await replay.play()
        assert {name: live.text for name, live in replay.view.exchanges[1].answers.items()} == {
            "base": "letters.", "tuned": said,
        }  # fmt: skip

    run(check)


def test_a_run_that_brought_what_was_planned_says_so_at_the_end(tmp_path: Path) -> None:
    kept = [timed(side, (0.1, HOSTILE), sample=sample) for sample in range(2) for side in SIDES]
    keep_session(tmp_path / "s.db", kept, run=RunRecord(1, 2))

    async def check() -> None:
        replay = opened(tmp_path / "s.db")
        await replay.play()
        counts = [by["tuned"] for by in replay.view.measures(replay.view.exchanges[0]).values()]
        assert counts
        assert all(count.planned for count in counts)

    run(check)


async def test_nothing_is_asked_and_nothing_is_written(three: Path) -> None:
    before = sha256(three.read_bytes()).digest()
    replay = opened(three, speed=64)
    await replay.play()
    asking = {"ask", "again", "sample", "branch", "guess", "judge", "label", "reveal", "use_model", "remember"}
    assert not asking & set(dir(replay))
    scored = replay.view.divergence(replay.view.exchanges[0], "tuned", "tuned")
    await wait_until(lambda: scored.done)
    assert scored.failure is not None
    assert scored.failure.message == "this is a replay: nothing is asked"
    await replay.close()
    assert sha256(three.read_bytes()).digest() == before
