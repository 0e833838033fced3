"""How a server goes on with a turn that was begun, found out by trying.

The OpenAI API does not say what a begun turn is. A server may repeat the beginning in what it answers (llama.cpp does
so where it does not stream), or render a begun turn of the user as one of the assistant, and says nothing of either.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import msgspec

from diptych.backends.errors import BackendError, BadRequest, ServerError, Unsupported
from diptych.backends.interface import Delta, End, Message, Mode, Request

ELSEWHERE = "use a vLLM server, or the embedded endpoint"
_QUESTION = "Name three rivers."
_BEGUN = "The three longest rivers that I can think of at the moment, in no particular order, are"
_USERS_TURNS = (
    "Yesterday my neighbour came over and told me that the",
    "At the station this morning I met a man who said that",
    "The recipe that my grandmother wrote down says that the",
)
"""Several, since a server that is busy may say another thing greedily where two tokens are about as likely."""
_TOKENS = 12
"""Of the answers by which turns are told apart."""

Send = Callable[[Request], AsyncIterator[Delta | End]]
Attempt = Callable[[Request], Coroutine[Any, Any, bool]]


class PrefillTrials:
    """What was found out about the models of one server; each thing is tried once, when it is first needed."""

    def __init__(self, send: Send) -> None:
        """`send` asks the server and gives what comes as it comes."""
        self._send = send
        self._tried: dict[tuple[str, str], asyncio.Task[bool]] = {}

    async def echoes(self, request: Request) -> bool:
        """Whether the server repeats what the answer to `request` begins with. Raises BackendError."""
        return await self._once(request, f"echo {request.whole}", self._echoes)

    async def check_users_turn(self, request: Request) -> None:
        """Raises Unsupported where the server takes the user's turn for another one; what cannot be tried shows
        nothing."""
        mistaken = False
        with suppress(BackendError):
            mistaken = await self._once(request, "user", self._mistakes_users_turn)
        if mistaken:
            raise Unsupported("the server does not go on with the user's turn: it answers as the assistant", ELSEWHERE)

    async def _once(self, request: Request, what: str, attempt: Attempt) -> bool:
        key = request.model, what
        if key not in self._tried:
            self._tried[key] = asyncio.create_task(attempt(request))
        task = self._tried[key]
        try:
            # Shielded: others may wait for it when one gives up.
            return await asyncio.shield(task)
        except BackendError:
            # What could not be tried is tried again.
            if self._tried.get(key) is task:
                del self._tried[key]
            raise

    async def _echoes(self, request: Request) -> bool:
        """One token is asked for: nothing but an echo can begin with the many of the beginning."""
        return (await self._said(request, "chat", _QUESTION, _BEGUN, 1)).startswith(_BEGUN)

    async def _mistakes_users_turn(self, request: Request) -> bool:
        """Whether what goes on from the user's turn is what the assistant says: to it, or from the same beginning.

        A server that says the same whatever it is asked shows nothing.
        """
        other = await self._said(request, "chat", _QUESTION, "", _TOKENS)
        for turn in _USERS_TURNS:
            if await self._takes_for_assistants(request, turn, other):
                return True
        return False

    async def _takes_for_assistants(self, request: Request, turn: str, other: str) -> bool:
        """`other`: what the assistant says to something else."""
        users = (await self._said(request, "user", turn, "", _TOKENS)).removeprefix(turn)
        answer = await self._said(request, "chat", turn, "", _TOKENS)
        if not users or answer == other:
            return False
        if users == answer:
            return True
        try:
            begun = await self._said(request, "chat", "", turn, _TOKENS)
        except BadRequest:
            return False
        return users == begun.removeprefix(turn)

    async def _said(self, request: Request, mode: Mode, prompt: str, prefill: str, tokens: int) -> str:
        """A greedy answer, in the way in which `request` asks."""
        sampling = msgspec.structs.replace(
            request.sampling, temperature=0.0, top_p=None, max_tokens=tokens, logprobs=None, stop=None
        )
        messages = (Message("user", prompt),) if prompt and mode == "chat" else ()
        trial = Request(request.model, messages, sampling, mode, prefill or prompt * (mode == "user"), request.whole)
        items = [item async for item in self._send(trial)]
        return "".join(item.text for item in items if isinstance(item, Delta))


async def without_echo(
    items: AsyncIterator[Delta | End], beginning: str, echoes: Callable[[], Awaitable[bool]]
) -> AsyncIterator[Delta | End]:
    """What comes of a begun answer, without its beginning where the server repeats that: asked only of a text that
    begins so, which may be the model's own. Raises ServerError where the beginning came changed: what is the model's
    own cannot be told then."""
    held: dict[int, list[Delta]] = {}
    """Pieces of each answer that may be the beginning again."""
    settled: set[int] = set()
    try:
        async for item in items:
            pieces = held.get(item.sample, [])
            if not isinstance(item, Delta) or item.sample in settled or not (item.text or pieces):
                for piece in held.pop(item.sample, ()):
                    yield piece
                yield item
                continue
            pieces = held[item.sample] = [*pieces, item]
            said = "".join(piece.text for piece in pieces)
            if _may_become(said, beginning) or _may_become(said.lstrip(), beginning.strip()):
                continue
            settled.add(item.sample)
            del held[item.sample]
            if said.lstrip().startswith(beginning.strip()) and await echoes():
                pieces = _without(beginning, pieces)
            for piece in pieces:
                yield piece
    except BackendError:
        # What came is kept.
        for pieces in held.values():
            for piece in pieces:
                yield piece
        raise


def _may_become(said: str, beginning: str) -> bool:
    return len(said) < len(beginning) and beginning.startswith(said)


def _without(beginning: str, pieces: list[Delta]) -> list[Delta]:
    """Pieces of an answer without the text that they begin with."""
    if not "".join(piece.text for piece in pieces).startswith(beginning):
        raise ServerError("the server repeats how an answer begins, but not as it was given", ELSEWHERE)
    own, left = [], len(beginning)
    for piece in pieces:
        text, left = piece.text[left:], max(0, left - len(piece.text))
        if text or piece.logprobs or piece.reasoning:
            own.append(msgspec.structs.replace(piece, text=text))
    return own
