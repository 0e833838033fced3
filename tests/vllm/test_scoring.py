"""What is scored is what the model finds, checked against transformers on the same weights."""

import asyncio
import json
import subprocess

import msgspec
import pytest

from diptych.backends.servers.vllm_process import VLLMProcess
from tests.vllm import environment
from tests.vllm.conftest import HERE
from tests.vllm.requests import question, scored

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANSWERS = (
    "Have a list of the names that you want to remember.\nEvery evening, say them aloud.\nLearn their faces too.",
    "The best way is to repeat a name when you hear it, and to think of a picture that goes with it.",
)
BROKEN_UP = "Grüße — 🦜 naïve 文字 👩‍👩‍👧 e\u0301nd\n"


async def reference(items: list[dict[str, object]]) -> list[list[float]]:
    """By transformers: the log-probabilities of the tokens of each answer."""
    command = [environment.python(), HERE / "reference.py", environment.model("base")]
    process = await asyncio.create_subprocess_exec(
        *map(str, command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await process.communicate(json.dumps(items).encode())
    assert process.returncode == 0, err.decode()[-2000:]
    return [list(map(float, found)) for found in json.loads(out)]


async def test_scores_are_those_of_transformers(server: VLLMProcess) -> None:
    cases = [(model, answer) for model in ("base", "hello") for answer in (*ANSWERS, BROKEN_UP)]
    messages = msgspec.to_builtins(question("base").messages)
    adapters = {"base": [], "hello": [(str(environment.model("hello")), 1)]}
    wanted = await reference(
        [{"adapters": adapters[model], "messages": messages, "answer": answer} for model, answer in cases]
    )
    for (model, answer), tokens in zip(cases, wanted, strict=True):
        found = await scored(server, question(model), answer)
        if answer == BROKEN_UP:
            # Tokens that are parts of one character are one piece: the sum is what can be compared.
            assert len(found) < len(tokens)
            assert abs(sum(found) - sum(tokens)) / len(tokens) < 0.05
        else:
            assert len(found) == len(tokens)
            assert sum(abs(a - b) for a, b in zip(found, tokens, strict=True)) / len(tokens) < 0.05


async def test_pieces_cover_the_text(server: VLLMProcess) -> None:
    for answer in (*ANSWERS, BROKEN_UP, " leads with a blank", "\n\n"):
        pieces = [piece async for piece in server.score(question("hello"), answer)]
        assert "".join(answer[piece.start : piece.end] for piece in pieces) == answer
        assert all(len(piece.top) == 5 for piece in pieces)
        assert all(piece.top[0][1] >= piece.logprob for piece in pieces if piece.end - piece.start == 1)


async def test_what_was_given_counts_as_read(server: VLLMProcess) -> None:
    begun, rest = "Have a list.\n", "Every name counts."
    whole = await scored(server, question("hello"), begun + rest)
    after = await scored(server, question("hello", prefill=begun), rest)
    assert after == pytest.approx(whole[-len(after) :], abs=0.01)
