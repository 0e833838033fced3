"""Finds out by trial how a server continues a turn that was begun.

The OpenAI API does not define this. A server may repeat the beginning in its answer (llama.cpp does so when it does not
stream), or render the user's turn as one of the assistant, and it reports neither.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import msgspec

from diptych.backends.backend_errors import BackendError, BadRequest, ServerError, Unsupported
from diptych.backends.interface import Delta, End, Message, Mode, Request

ELSEWHERE = "use a vllm or llama endpoint"
_QUESTION = "Name three rivers."
_BEGINNING = "The three longest rivers that I can think of at the moment, in no particular order, are"
_USER_TURNS = (
    "Yesterday my neighbour came over and told me that the",
    "At the station this morning I met a man who said that",
    "The recipe that my grandmother wrote down says that the",
)
"""Several: a busy server may give another greedy answer where two tokens are about equally likely."""
_TOKENS = 12
"""Length of the answers that are compared."""

Send = Callable[[Request], AsyncIterator[Delta | End]]
Trial = Callable[[Request], Coroutine[Any, Any, bool]]


class PrefillTrials:
    """The trials with the models of one server. Each is made once, when its result is first needed."""

    def __init__(self, send: Send) -> None:
        """`send` sends a request to the server."""
        self._send = send
        self._trials: dict[tuple[str, str], asyncio.Task[bool]] = {}

    async def echoes(self, request: Request) -> bool:
        """Whether the server repeats the prefill of a request like this in its answer. Raises BackendError."""
        return await self._once(request, f"echo {request.whole}", self._echoes)

    async def check_users_turn(self, request: Request) -> None:
        """Raises Unsupported where the server does not continue the user's turn. A trial that fails shows nothing."""
        mistaken = False
        with suppress(BackendError):
            mistaken = await self._once(request, "user", self._mistakes_users_turn)
        if mistaken:
            raise Unsupported("the server does not continue the user's turn: it answers as the assistant", ELSEWHERE)

    async def _once(self, request: Request, name: str, trial: Trial) -> bool:
        key = request.model, name
        if key not in self._trials:
            self._trials[key] = asyncio.create_task(trial(request))
        task = self._trials[key]
        try:
            # Shielded: other tasks may wait for it when this one is cancelled.
            return await asyncio.shield(task)
        except BackendError:
            # A trial that failed is made again next time.
            if self._trials.get(key) is task:
                del self._trials[key]
            raise

    async def _echoes(self, request: Request) -> bool:
        """One token is asked for, so an answer that begins with the many tokens of the beginning is an echo."""
        return (await self._answer(request, "chat", _QUESTION, _BEGINNING, 1)).startswith(_BEGINNING)

    async def _mistakes_users_turn(self, request: Request) -> bool:
        """Whether the continued user's turn is what the assistant says: as an answer to it, or from the same beginning.

        A server that says the same to every question shows nothing.
        """
        other = await self._answer(request, "chat", _QUESTION, "", _TOKENS)
        for turn in _USER_TURNS:
            if await self._is_assistants(request, turn, other):
                return True
        return False

    async def _is_assistants(self, request: Request, turn: str, other: str) -> bool:
        """Whether this user's turn is continued as the assistant's. `other`: the answer to another question."""
        continued = (await self._answer(request, "user", turn, "", _TOKENS)).removeprefix(turn)
        answer = await self._answer(request, "chat", turn, "", _TOKENS)
        if not continued or answer == other:
            return False
        if continued == answer:
            return True
        try:
            begun = await self._answer(request, "chat", "", turn, _TOKENS)
        except BadRequest:
            return False
        return continued == begun.removeprefix(turn)

    async def _answer(self, request: Request, mode: Mode, prompt: str, prefill: str, tokens: int) -> str:
        """A greedy answer, with the other settings of `request`."""
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
    """The items of an answer, without its prefill where the server repeats it.

    A text that begins with the prefill may also be the model's own, so `echoes` is asked then. Raises ServerError where
    the server repeats the prefill in a changed form: then it cannot be taken off.
    """
    held: dict[int, list[Delta]] = {}
    """The pieces of each answer that may be an echo."""
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
            text = "".join(piece.text for piece in pieces)
            if _may_become(text, beginning) or _may_become(text.lstrip(), beginning.strip()):
                continue
            settled.add(item.sample)
            del held[item.sample]
            if text.lstrip().startswith(beginning.strip()) and await echoes():
                pieces = _without(beginning, pieces)
            for piece in pieces:
                yield piece
    except BackendError:
        # The text so far is kept.
        for pieces in held.values():
            for piece in pieces:
                yield piece
        raise


def _may_become(text: str, beginning: str) -> bool:
    return len(text) < len(beginning) and beginning.startswith(text)


def _without(beginning: str, pieces: list[Delta]) -> list[Delta]:
    """The pieces of an answer without the beginning of their text."""
    if not "".join(piece.text for piece in pieces).startswith(beginning):
        raise ServerError("the server repeats the beginning of an answer, but not as it was given", ELSEWHERE)
    own, left = [], len(beginning)
    for piece in pieces:
        text, left = piece.text[left:], max(0, left - len(piece.text))
        if text or piece.logprobs or piece.reasoning:
            own.append(msgspec.structs.replace(piece, text=text))
    return own
