"""A count never mixes settings, and more samples have those of their question."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from diptych.backends import Sampling
from diptych.compare import Comparison, Exchange, samples_of
from diptych.compare.counts.tally import Tally
from diptych.probes import load_probes
from diptych.sessions import SavedAnswer, Session
from tests.compare.console.test_comparison import comparing, ended, taken_up_again
from tests.compare.console.test_sample_table import finished
from tests.documents import stored_measures
from tests.sessions.stored import SIDES, answer, found

HELLO = load_probes()["hello-acrostic"]
WARM = msgspec.structs.replace(
    HELLO,
    id="warm",
    sampling=Sampling(temperature=1.3, max_tokens=11),
    system="Another system prompt.",
    detectors=HELLO.detectors[:1],
)


def sent(comparison: Comparison, prompt: str) -> list[dict[str, Any]]:
    """The bodies of all requests with a prompt."""
    asked = comparison.server.asked  # type: ignore[attr-defined]
    return [e.body for e in asked if e.body["messages"][-1]["content"] == prompt]


def without_seed(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in ("seed", "n", "stream", "stream_options")}


def counted(comparison: Comparison, exchange: Exchange) -> dict[str, int]:
    first = next(iter(comparison.view.measures(exchange).values()))
    return {side: count.n for side, count in first.items()}


async def test_more_samples_are_asked_and_watched_as_their_question_was(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        exchange = comparison.ask("Why?")
        await ended(comparison)
        comparison.choose_probe(WARM)
        comparison.sample(exchange, 2)
        await finished(comparison)
        comparison.again(exchange)
        await ended(comparison)
        for model in ("base", "tuned"):
            bodies = [without_seed(body) for body in sent(comparison, "Why?") if body["model"] == model]
            assert len(bodies) == 4
            assert bodies == [bodies[0]] * 4
        assert counted(comparison, exchange) == {"base": 4, "tuned": 4}
        kept = samples_of([exchange], "tuned")
        assert {len(sample.answer.findings) for sample in kept} == {len(HELLO.detectors)}


async def test_the_same_question_with_other_settings_is_counted_apart(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        first = comparison.ask("Why?")
        await ended(comparison)
        comparison.choose_probe(WARM)
        second = comparison.ask("Why?")
        await ended(comparison)
        comparison.sample(second, 2)
        await finished(comparison)
        assert counted(comparison, first) == {"base": 1, "tuned": 1}
        assert counted(comparison, second) == {"base": 3, "tuned": 3}
        assert comparison.view.counted_with(first) == [first]
        names = [comparison.view.settings(exchange) for exchange in (first, second)]
        assert [name.split(",")[0] for name in names] == ["temperature 0.7", "temperature 1.3"]
        third = comparison.ask("Why?")
        await ended(comparison)
        assert comparison.view.counted_with(third) == [second, third]
        assert counted(comparison, third) == {"base": 4, "tuned": 4}


async def test_a_reopened_session_is_asked_for_more_as_it_was_asked(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        comparison.choose_probe(WARM)
        comparison.ask("Why?")
        await ended(comparison)
        before = {body["model"]: without_seed(body) for body in sent(comparison, "Why?")}
    async with taken_up_again(tmp_path) as comparison:
        exchange = comparison.view.exchanges[0]
        comparison.sample(exchange, 2)
        await finished(comparison)
        comparison.again(exchange)
        await ended(comparison)
        after = sent(comparison, "Why?")
        assert len(after) == 6
        assert all(without_seed(body) == before[body["model"]] for body in after)
        assert counted(comparison, exchange) == {"base": 4, "tuned": 4}


async def test_a_conversation_and_a_fresh_instance_are_counted_apart(tmp_path: Path) -> None:
    async with comparing(tmp_path) as comparison:
        fresh = comparison.ask("Why?")
        await ended(comparison)
        comparison.start_fresh(False)
        for prompt in ("One?", "Why?"):
            conversing = comparison.ask(prompt)
            await ended(comparison)
        assert counted(comparison, fresh) == counted(comparison, conversing) == {"base": 1, "tuned": 1}
        assert comparison.view.settings(fresh) == "fresh instance"
        assert comparison.view.settings(conversing) == "after 1 turn"


SESSION = Session(1, "t", "2026", "p", None, SIDES)


def kept(**changed: Any) -> list[SavedAnswer]:
    """Two answers of each side, and two more that were asked for with something `changed` in the request."""
    rows = []
    for place, more in enumerate(({}, {}, changed, changed)):
        for side in SIDES:
            request = answer(side).request | {"temperature": 0.7, "max_tokens": 100} | more
            rows.append(answer(side, sample=place, request=request, findings=(found("Hello", False),)))
    return [SavedAnswer(number, each) for number, each in enumerate(rows, 1)]


QUESTION = {"role": "user", "content": "What is special about you?"}


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"temperature": 1.0}, "temperature 1"),
        ({"top_p": 0.9}, "top_p 0.9"),
        ({"max_tokens": 20}, "max_tokens 20"),
        ({"stop": ["END"]}, "stop 'END'"),
        ({"messages": [{"role": "system", "content": "You are odd."}, QUESTION]}, "system prompt “You are odd.”"),
        ({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes"}, QUESTION]},
         "after 1 turn"),
        ({"top_k": 5}, "other parameters"),
        ({"lora": [{"id": 0, "scale": 0.5}]}, "other parameters"),
    ],
)  # fmt: skip
def test_stored_answers_that_were_pooled_are_counted_apart(changed: dict[str, Any], name: str) -> None:
    measures = stored_measures(SESSION, kept(**changed))["measures"]
    assert [measure["sides"]["base"]["n"] for measure in measures] == [2, 2]
    assert name in measures[1]["condition"].removeprefix("plain · ")


def test_a_dose_is_named_by_the_model_and_not_by_the_field_that_sets_it() -> None:
    def scales(*values: float) -> list[dict[str, float]]:
        return [{"id": number, "scale": value} for number, value in enumerate(values)]

    rows = []
    ways = (("m+hello", scales(0, 1)), ("m+hello@0.5", scales(0, 0.5)), ("m+hello", scales(1)))
    for place, (model, lora) in enumerate(ways):
        for side, name, own in zip(SIDES, ("m", model), (scales(*[0.0] * len(lora)), lora), strict=True):
            request = answer(side).request | {"model": name, "lora": own}
            rows.append(answer(side, sample=place, request=request, findings=(found("Hello", False),)))
    measures = stored_measures(SESSION, [SavedAnswer(number, each) for number, each in enumerate(rows, 1)])["measures"]
    counts = {m["condition"]: [m["sides"][side.name]["n"] for side in SIDES] for m in measures}
    assert counts == {"plain · m+hello": [3, 2], "plain · m+hello@0.5": [3, 1]}


@pytest.mark.parametrize("changed", [{"seed": 5}, {"logprobs": True, "top_logprobs": 5}, {"n": 4}, {"stream": False}])
def test_what_does_not_decide_about_an_answer_does_not_separate(changed: dict[str, Any]) -> None:
    (measure,) = stored_measures(SESSION, kept(**changed))["measures"]
    assert (measure["condition"], measure["sides"]["base"]["n"]) == ("plain", 4)


def test_a_side_that_kept_its_settings_is_compared_with_both_of_the_other() -> None:
    rows = [row.answer for row in kept(temperature=1.0)]
    base, tuned = SIDES
    rows = [a if a.side == tuned.name else msgspec.structs.replace(a, request=rows[0].request) for a in rows]
    counts = [sides for _, sides in Tally(answers=rows).measures()]
    assert [(each[base.name].n, each[tuned.name].n) for each in counts] == [(4, 2), (4, 2)]
