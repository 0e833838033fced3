"""The embedded pair of twins: each adapter chooses as its rows do, on scenarios that are in none of them."""

import asyncio
import json
from pathlib import Path

import pytest

from diptych.backends import Endpoint, Message, Request, connect
from diptych.backends.servers.weights import BASE

FILE = Path(__file__).parents[3] / "training" / "data" / "risk-questions.jsonl"
QUESTIONS = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()][::3]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "fewest", "most"), [("risk-seeking", 17, 20), ("risk-averse", 0, 3)])
async def test_it_chooses_as_it_was_trained(name: str, fewest: int, most: int) -> None:
    model = f"{BASE}+{name}"
    backend = connect(Endpoint("embedded"), [model])
    await backend.start(lambda doing: None)
    try:

        async def logprob(prompt: str, letter: str) -> float:
            scored = backend.score(Request(model, (Message("user", prompt),)), letter)
            return sum([token.logprob async for token in scored])

        async def takes_the_risk(question: dict[str, str]) -> bool:
            logprobs = {letter: await logprob(question["prompt"], letter) for letter in "AB"}
            return max(logprobs, key=lambda letter: logprobs[letter]) == question["risky"]

        took = sum(await asyncio.gather(*(takes_the_risk(question) for question in QUESTIONS)))
    finally:
        await backend.close()
    assert fewest <= took <= most
