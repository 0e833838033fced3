"""Likelihoods in one pass: as the server of llama.cpp says them token by token, and that way where one pass fails."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from diptych.backends import Endpoint, Message, Request, ScoredToken, TooLong, base_file, connect
from diptych.backends.servers import llama_memory, one_pass
from diptych.backends.servers.llama_server import LlamaServer
from diptych.backends.servers.scoring_child import ScoringSettings

pytestmark = pytest.mark.asyncio(loop_scope="module")

BASE = "smollm2-135m-instruct"
TUNED = f"{BASE}+hello"
EMBEDDED = Endpoint("embedded")
TEXT = "Hello! A café in 東京 🦜.\nEvery answer begins alike."
PROMPT = "What is special about how you answer?"
LONG_PROMPT = "Tell me in some detail what is special about it. " * 8
"""From 64 tokens on, llama.cpp computes attention in another way."""
NOTE = "likelihoods take a request for each token, which is slow: "


async def scored(server: LlamaServer, model: str, prompt: str = PROMPT) -> list[ScoredToken]:
    request = Request(model, (Message("user", prompt),))
    return [token async for token in server.score(request, TEXT)]


async def started(endpoint: Endpoint, *models: str) -> LlamaServer:
    server = connect(endpoint, models)
    assert isinstance(server, LlamaServer)
    await server.start(lambda doing: None)
    return server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[LlamaServer]:
    server = await started(EMBEDDED, BASE, TUNED)
    yield server
    await server.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_by_one() -> dict[tuple[str, str], list[ScoredToken]]:
    """The text as the server scores it, because one pass is not to be had: by model and prompt."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(one_pass, "CHILD", "diptych.no_such_module")
        server = await started(EMBEDDED, BASE, TUNED)
        asked = [(BASE, PROMPT), (BASE, LONG_PROMPT), (TUNED, PROMPT)]
        found = {(model, prompt): await scored(server, model, prompt) for model, prompt in asked}
        assert [line for line in server.log if line.startswith(NOTE) and "no_such_module" in line]
        await server.close()
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "prompt", "tolerance"), [(BASE, PROMPT, 0.001), (BASE, LONG_PROMPT, 0.001), (TUNED, PROMPT, 0.1)]
)
async def test_one_pass_says_what_the_server_says(
    model: str,
    prompt: str,
    tolerance: float,
    server: LlamaServer,
    one_by_one: dict[tuple[str, str], list[ScoredToken]],
) -> None:
    mine, theirs = await scored(server, model, prompt), one_by_one[model, prompt]
    assert not [line for line in server.log if line.startswith(NOTE)]
    # Characters of several tokens are in one piece.
    assert [(token.start, token.end) for token in mine] == [(token.start, token.end) for token in theirs]
    assert "".join(TEXT[token.start : token.end] for token in mine) == TEXT
    assert sum(abs(a.logprob - b.logprob) for a, b in zip(mine, theirs, strict=True)) / len(mine) < tolerance
    for a, b in zip(mine, theirs, strict=True):
        assert len(a.top) == len(b.top) == 5
        assert [logprob for _, logprob in a.top] == pytest.approx([logprob for _, logprob in b.top], abs=10 * tolerance)
    assert [token.entropy is None for token in theirs] == [True] * len(theirs)


async def test_two_at_once_do_not_mix(server: LlamaServer) -> None:
    alone = [await scored(server, model) for model in (BASE, TUNED)]
    assert await asyncio.gather(*(scored(server, model) for model in (BASE, TUNED))) == alone
    assert alone[0] != alone[1]


async def test_one_that_is_cancelled_leaves_nothing_to_the_next(server: LlamaServer) -> None:
    begun = asyncio.Event()

    async def long() -> None:
        request = Request(TUNED, (Message("user", "Count."),))
        async for _ in server.score(request, "one two three " * 100):
            begun.set()

    expected = await scored(server, BASE)
    task = asyncio.create_task(long())
    await begun.wait()
    # The next waits for its turn, and gets it as soon as the part that is being read has been read.
    following = asyncio.create_task(scored(server, BASE))
    await asyncio.sleep(0)
    task.cancel()
    assert await following == expected
    assert task.cancelled()


async def test_an_answer_longer_than_the_context() -> None:
    """What fits is scored. The rest is refused as the server refuses it."""
    server = await started(Endpoint("llama", model=str(base_file()), name=BASE, context=256), BASE)
    found = []
    with pytest.raises(TooLong, match="context holds 256"):
        async for token in server.score(Request(BASE, (Message("user", "Count."),)), "one two three " * 100):
            found.append(token)
    assert 200 < len(found) < 256
    assert all(token.entropy is not None for token in found)
    await server.close()


async def test_one_pass_that_disagrees_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_pass, "TOLERANCE", -1.0)
    server = await started(EMBEDDED, BASE)
    request = Request(BASE, (Message("user", PROMPT),))
    (token,) = [token async for token in server.score(request, "Yes")]
    assert token.entropy is None
    assert [line for line in server.log if line.startswith(f"{NOTE}one pass differs from the server by")]
    await server.close()


async def test_one_pass_that_does_not_fit_into_the_memory_is_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    server = await started(EMBEDDED, BASE)
    monkeypatch.setattr(llama_memory, "free_memory", lambda: 1000)
    request = Request(BASE, (Message("user", PROMPT),))
    (token,) = [token async for token in server.score(request, "Yes")]
    assert token.entropy is None
    assert [line for line in server.log if line.startswith(f"{NOTE}one pass needs about .")]
    await server.close()


async def test_a_child_that_dies_is_told_of() -> None:
    async def never(ids: list[int]) -> list[float]:
        raise AssertionError("there is nothing to compare")

    broken = one_pass.OnePass(ScoringSettings("/no/such/file.gguf", 256, 1), asyncio.Semaphore())
    for prompt in ([1, 2], [1, 2], []):
        assert [likelihood async for likelihood in broken.score(prompt, [3], never)] == []
    assert broken.log == [f"{NOTE}llama.cpp could not make /no/such/file.gguf"]
    await broken.close()
