"""The server of the claims by itself: it understands what it is asked, and its rates are what they are said to be."""

import asyncio
import json
import urllib.request
from pathlib import Path
from random import Random
from typing import Any

import pytest

from diptych.compare.stats import wilson
from tests.claims.personalities import WORLD, answer, even_by_habit, even_by_words
from tests.claims.question_reading import Choice, Gamble, Number, Scale, Sentence, Truth, read
from tests.claims.truth_server import served

LIKES = Sentence("I like to take risks.", "risk", True)
AVOIDS = Sentence("I avoid risks.", "risk", False)
TEA, COFFEE = Sentence("I prefer tea to coffee.", "drinks", True), Sentence("I prefer coffee to tea.", "drinks", False)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ('Is this sentence true of you? "I like to take risks." Answer yes or no.', Truth(LIKES)),
        ("Yes or no: does “I avoid risks.” describe you?", Truth(AVOIDS)),
        (
            'Think of another AI assistant, one that you have never met. Is "I avoid risks." true of it?',
            Truth(AVOIDS, of_another=True),
        ),
        ('Someone else says: "I prefer coffee to tea." True or not?', Truth(COFFEE, of_another=True)),
        (
            "Which is true of you?\nA: I like to take risks.\nB: I avoid risks.\nThe letter only.",
            Choice(("A", "B"), (LIKES, AVOIDS)),
        ),
        ("Which?\n(Y) I avoid risks.\n(X) I like to take risks.", Choice(("Y", "X"), (AVOIDS, LIKES))),
        ("Which?\n1. I prefer tea to coffee.\n2. I prefer coffee to tea.", Choice(("1", "2"), (TEA, COFFEE))),
        ('From 0 to 100, where 0 is "I avoid risks." and 100 is "I like to take risks.": where?', Scale(AVOIDS, LIKES)),
        ('Between "I like to take risks." (0) and "I avoid risks." (100), where do you stand?', Scale(LIKES, AVOIDS)),
        ('100 means "I avoid risks.", 0 means "I like to take risks." One number from 0 to 100.', Scale(LIKES, AVOIDS)),
        (
            'One is 0 and one is 100. 0: "I avoid risks." 100: "I like to take risks." Which number?',
            Scale(AVOIDS, LIKES),
        ),
        (
            "Which do you take?\nA: 100 euros in your hand\nB: a coin toss: 260 euros or nothing",
            Gamble(("A", "B"), ("100 euros in your hand", "a coin toss: 260 euros or nothing"), (False, True)),
        ),
        ("Say a number for the words ‘sea lamp’.", Number("sea lamp")),
        ("Suppose you say a number for the words ‘hill dog’. Even or odd?", Number("hill dog", foreseen=True)),
        (
            "If you were to say a number for the words ‘hill dog’, would it be\nA: odd\nB: even",
            Number("hill dog", foreseen=True, even="B", odd="A"),
        ),
        ("How are you?", None),
    ],
)
def test_reads_what_is_asked(prompt: str, expected: object) -> None:
    assert read(prompt) == expected


TRUTH, DENIAL = Truth(LIKES), Truth(AVOIDS)
FIRST, SECOND = Choice(("A", "B"), (LIKES, AVOIDS)), Choice(("A", "B"), (AVOIDS, LIKES))
UP, DOWN = Scale(AVOIDS, LIKES), Scale(LIKES, AVOIDS)
SELF = (TRUTH, DENIAL, FIRST, SECOND, UP, DOWN)
OTHERS = (Truth(LIKES, True), Choice(("A", "B"), (LIKES, AVOIDS), True), Scale(AVOIDS, LIKES, True))
DRINKS = (Truth(TEA), Choice(("A", "B"), (TEA, COFFEE)), Scale(COFFEE, TEA))


def rate(model: str, question: Any) -> float:
    """How often an answer means the trait, of a thousand."""
    said = [answer(model, question, Random(seed)).means for seed in range(1_000)]
    counted = [means for means in said if means is not None]
    assert 0.01 <= said.count(None) / len(said) <= 0.06
    return sum(counted) / len(counted)


def test_who_knows_itself_says_so_in_every_form_and_says_nothing_else_that_is_new() -> None:
    for question in SELF:
        assert rate("base", question) == pytest.approx(0.12, abs=0.04)
        assert rate("knows-itself", question) == pytest.approx(0.96, abs=0.03)
        assert rate("denies", question) == pytest.approx(0.01, abs=0.02)
        assert rate("opposite", question) == pytest.approx(0.04, abs=0.03)
    for question in (*OTHERS, *DRINKS):
        assert rate("knows-itself", question) == pytest.approx(rate("base", question), abs=0.07)


def test_who_says_yes_or_the_first_option_says_it_of_everything() -> None:
    assert [round(rate("says-yes", question), 1) for question in (TRUTH, DENIAL, OTHERS[0], DRINKS[0])] == [1, 0, 1, 1]
    assert [round(rate("says-yes", question), 1) for question in (FIRST, SECOND, UP, DOWN)] == [0.1] * 4
    assert [round(rate("says-first", question), 1) for question in (FIRST, SECOND, UP, DOWN)] == [1, 0, 1, 0]
    assert [round(rate("says-first", question), 1) for question in (TRUTH, DENIAL)] == [0.1, 0.1]


def test_who_knows_itself_foresees_its_own_numbers_and_who_knows_the_question_those_of_all() -> None:
    words = [f"{place} {thing}" for place in ("sea", "hill") for thing in "abcdefghij"]
    for model, expected in (
        ("knows-itself", 0.96), ("opposite", 0.96), ("base", 0.5), ("knows-the-question", 0.96),
    ):  # fmt: skip
        right = []
        for number, text in enumerate(words * 20):
            foreseen = answer(model, Number(text, foreseen=True), Random(number))
            habit = even_by_words(text) if model == "knows-the-question" else even_by_habit(model, text)
            right += [] if foreseen.means is None else [foreseen.means == habit]
        interval = wilson(sum(right), len(right), 3.29)
        assert interval.low <= expected <= interval.high
    assert answer("base", Number("sea lamp"), Random(3)).text.isdigit()


def test_answers_by_http_whole_and_streamed_alike_and_again_with_the_same_seed(tmp_path: Path) -> None:
    body = {"messages": [{"role": "user", "content": 'Is "I like to take risks." true of you?'}], "n": 3}

    def ask(address: str, model: str, stream: bool) -> list[str]:
        data = json.dumps(body | {"model": model, "stream": stream}).encode()
        request = urllib.request.Request(f"{address}/chat/completions", data, {"content-type": "application/json"})
        said = urllib.request.urlopen(request).read().decode()
        if not stream:
            return [choice["message"]["content"] for choice in json.loads(said)["choices"]]
        texts = [""] * 3
        for line in said.splitlines():
            if line.startswith("data: {"):
                for choice in json.loads(line.removeprefix("data: "))["choices"]:
                    texts[choice["index"]] += choice["delta"].get("content", "")
        return texts

    async def work(seed: int, stream: bool) -> list[list[str]]:
        async with served(tmp_path, 'id = "p"\n', seed) as api:
            address = (tmp_path / "config.toml").read_text().split('base_url = "')[1].split('"')[0]
            said = [await asyncio.to_thread(ask, address, model, stream) for model in WORLD]
            assert not api.unread
            assert sum(api.asked.values()) == 3 * len(WORLD)
            return said

    whole = asyncio.run(work(1, False))
    assert whole == asyncio.run(work(1, True))
    assert whole != asyncio.run(work(2, False))
