"""Sides score answers: what is asked, kept and counted; nothing twice."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from diptych.backends import Message, Request, Sampling, ScoredToken
from diptych.compare import AnswerScoring, Side, request_of_saved, stored_measures
from diptych.sessions import Answer, Failure, Recorder, Store
from tests.compare.scoring_backend import ScoringBackend
from tests.sessions.stored import SIDES, answer, keep_session

TEXTS = {"base": ["plain-model says so.", "plain-model says no more than that."], "tuned": ["special-model does too."]}


def kept(path: Path, texts: dict[str, list[str]]) -> None:
    rows = [answer(side, sample=sample, text=text) for side in SIDES for sample, text in enumerate(texts[side.name])]
    keep_session(path, rows)


def sides_of(backend: ScoringBackend) -> list[Side]:
    return [Side(s.name, s.endpoint, s.base_url, s.model, s.system, Sampling(), backend) for s in SIDES]


async def trusted(side: Side) -> Failure | None:
    return None


def scoring_of(path: Path, sides: Sequence[Side], recorder: Recorder) -> AnswerScoring:
    saved = Store(path).answers(1)
    answers = [row.answer for row in saved]

    def request(side: Side, one: Answer) -> Request:
        return request_of_saved(side, one, answers, None)

    return AnswerScoring(saved, sides, request, trusted, recorder)


async def score(path: Path, backend: ScoringBackend) -> AnswerScoring:
    recorder = Recorder(path)
    scoring = scoring_of(path, sides_of(backend), recorder)
    await scoring.run()
    await asyncio.to_thread(recorder.close)
    return scoring


async def test_scores_are_kept_with_the_answers_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    kept(path, TEXTS)
    backend = ScoringBackend()
    scoring = await score(path, backend)
    assert (scoring.done, scoring.cost.passes, scoring.failures, scoring.under_way) == (6, 6, {}, False)
    assert {(r.model, r.messages[-1].content) for r in backend.asked} == {
        (side.model, "What is special about you?") for side in SIDES
    }
    store = Store(path)
    session = store.session(1)
    assert session is not None
    first = store.answers(1)[0].answer
    assert [(s.side, s.model, s.endpoint) for s in first.scores] == [
        ("base", "plain-model", "http://127.0.0.1:1/v1"), ("tuned", "special-model", "http://127.0.0.1:2/v1"),
    ]  # fmt: skip
    assert [(t.end, t.tokens, t.surprise, t.entropy) for t in first.scores[0].tokens] == [
        (11, 1, 2.0, 0.5), (16, 1, 2.0, 0.5), (20, 1, 2.0, 0.5),
    ]  # fmt: skip
    measures = {m.label: m.sides for m in stored_measures(session, store.answers(1)).measures}
    found = {label: {side: one.mean for side, one in sides.items()} for label, sides in measures.items()}
    assert found == {
        "base's surprise": {"base": 2.0, "tuned": 2.0},
        "base's entropy": {"base": 0.5, "tuned": 1.0},
        "tuned's surprise": {"base": 2.0, "tuned": 2.0},
        "tuned's entropy": {"base": 1.0, "tuned": 0.5},
        "lower entropy on its own text": {"base": None, "tuned": None},
        "own-text effect": {"base": None, "tuned": 0.5},
    }
    # A mean has no rate.
    assert measures["base's entropy"]["base"].rate is None
    own = measures["lower entropy on its own text"]
    assert [(own[s].k, own[s].n, own[s].excluded) for s in own] == [(1, 1, {"no answer to match": 1}), (1, 1, {})]


class SlowBase(ScoringBackend):
    """The first side takes longer than the second."""

    async def score(self, request: Request, answer: str) -> AsyncIterator[ScoredToken]:
        for _ in range(50 * (request.model == "plain-model")):
            await asyncio.sleep(0)
        async for token in super().score(request, answer):
            yield token


async def test_scores_stand_in_the_order_of_the_sides_whichever_is_faster(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    kept(path, TEXTS)
    await score(path, SlowBase())
    store = Store(path)
    session = store.session(1)
    assert session is not None
    labels = [measure.label for measure in stored_measures(session, store.answers(1)).measures]
    assert labels[:4] == ["base's surprise", "base's entropy", "tuned's surprise", "tuned's entropy"]
    assert all([one.side for one in row.answer.scores] == ["base", "tuned"] for row in store.answers(1))


async def test_each_dose_of_an_adapter_scores_the_answers_to_its_own_questions(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    doses = {1: "special-model@0.5", 2: "special-model"}
    asked = {n: {"model": dose, "messages": [{"role": "user", "content": "Why?"}]} for n, dose in doses.items()}
    keep_session(path, [answer(SIDES[1], number, request=request) for number, request in asked.items()])
    await score(path, ScoringBackend())
    scores = {row.answer.exchange: row.answer.scores for row in Store(path).answers(1)}
    assert {n: next(s.model for s in own if s.side == "tuned") for n, own in scores.items()} == doses
    # And nothing is scored again.
    assert (await score(path, ScoringBackend())).cost == (0, 0)


async def test_nothing_is_asked_twice_and_matches_are_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    kept(path, TEXTS)
    await score(path, ScoringBackend())
    backend = ScoringBackend()
    assert (await score(path, backend)).cost == (0, 0)
    assert backend.scored == []
    recorder = Recorder(path)
    session = Store(path).session(1)
    assert session is not None
    await recorder.continue_session(session)
    late = answer(SIDES[1], sample=1, text="special-model says no more than that.")
    await recorder.save(await recorder.begin(late), late)
    await asyncio.to_thread(recorder.close)
    assert (await score(path, backend)).cost.passes == 2
    assert {text for _, text in backend.scored} == {late.text}
    measures = {m.label: m.sides for m in stored_measures(session, Store(path).answers(1)).measures}
    own = measures["lower entropy on its own text"]
    assert [(own[s].k, own[s].n, own[s].excluded) for s in own] == [(2, 2, {}), (2, 2, {})]


async def test_what_is_scored_is_kept_when_it_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    kept(path, TEXTS)
    backend, recorder = ScoringBackend(), Recorder(path)
    scoring = scoring_of(path, sides_of(backend), recorder)
    running = asyncio.create_task(scoring.run())
    while not scoring.done:
        await asyncio.sleep(0)
    scoring.stop()
    await running
    await asyncio.to_thread(recorder.close)
    assert 0 < sum(len(row.answer.scores) for row in Store(path).answers(1)) == scoring.done < 6
    assert (await score(path, backend)).done == 6 - scoring.done


async def test_an_endpoint_without_entropies_gives_surprise_alone(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    kept(path, TEXTS)
    await score(path, ScoringBackend(tells_entropy=False))
    labels = {finding.label for row in Store(path).answers(1) for finding in row.answer.findings}
    assert labels == {"base's surprise", "tuned's surprise"}


async def test_an_answer_that_does_not_fit_does_not_stop_the_others(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    kept(path, TEXTS)
    scoring = await score(path, ScoringBackend(longest=30))
    assert scoring.done == 4
    assert {side: failure.message for side, failure in scoring.failures.items()} == {
        "base": "the answer does not fit", "tuned": "the answer does not fit",
    }  # fmt: skip


async def test_a_side_that_cannot_be_trusted_scores_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    kept(path, TEXTS)
    recorder, backend = Recorder(path), ScoringBackend()
    saved = Store(path).answers(1)

    async def verdict(side: Side) -> Failure | None:
        return Failure("x", "scores without the adapter", "update it") if side.name == "tuned" else None

    ask = Request("m", (Message("user", "Why?"),))
    scoring = AnswerScoring(saved, sides_of(backend), lambda side, one: ask, verdict, recorder)
    await scoring.run()
    await asyncio.to_thread(recorder.close)
    assert (scoring.done, list(scoring.failures)) == (3, ["tuned"])
