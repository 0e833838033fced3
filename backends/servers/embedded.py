"""The embedded endpoint: one child process in which llama.cpp serves the base and its adapters."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec

from backends.bodies import chat_body, text_body
from backends.client import OpenAIClient
from backends.errors import BackendError, NotReady, UnknownModel
from backends.scoring import TOP, Piece, aligned
from backends.servers import weights
from backends.servers.child import Child
from backends.servers.llama import Ready, Settings
from backends.types import Backend, Delta, End, Model, Progress, Request, ScoredToken

SLOTS = 4
CONTEXT = 2048
"""Tokens a slot."""
START_SECONDS = 60.0
_SAMPLING = {"temperature": 1.0, "top_p": 1.0, "top_k": 0, "min_p": 0.0}
"""The plain distribution, as the OpenAI API means it; llama.cpp's own defaults cut its tail."""
_LIKELY = 1000
"""Tokens of a distribution that cost little to ask for; the whole vocabulary takes 40 times as long."""
_VOCABULARY = 49152
_SCORING_SLOT = SLOTS - 1
_DRAWN = "a"
_USER_TURN = "\u2063"
"""Stands for what the user will write while the chat template is applied: an invisible separator."""


class EmbeddedServer(Backend):
    """A backend that starts its server, watches it, and ends it."""

    def __init__(self, timeout: float) -> None:
        """`timeout` in seconds, to the first piece of an answer and between pieces."""
        self._timeout = timeout
        self._lock = asyncio.Lock()
        self._child = Child("backends.servers.llama")
        self._clients: dict[str, OpenAIClient] = {}
        self._scoring: dict[str, asyncio.Lock] = {}

    @property
    def log(self) -> Sequence[str]:  # type: ignore[override]
        """The last lines that the server wrote."""
        return tuple(self._child.log)

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.pid

    async def start(self, progress: Progress) -> None:
        """Start the child unless it runs. Raises NotReady."""
        async with self._lock:
            if self._clients and self._child.running:
                return
            await self._end()
            base, adapters = weights.base_file(), weights.adapter_files()
            progress("starting the embedded model")
            key = secrets.token_urlsafe(24)
            settings = Settings(
                model=str(base),
                adapters={name: str(path) if path else None for name, path in adapters.items()},
                key=key,
                slots=SLOTS,
                context=CONTEXT,
                threads=_threads(),
            )
            try:
                line = await asyncio.wait_for(self._child.start(settings), START_SECONDS)
            except TimeoutError:
                await self._end()
                raise NotReady(
                    f"the embedded server was not ready after {START_SECONDS:g} s", "press r to try again"
                ) from None
            if not line:
                raise self._died("did not start")
            addresses = msgspec.json.decode(line, type=Ready).addresses
            clients = {name: OpenAIClient(f"{a}/v1", lambda: key, self._timeout) for name, a in addresses.items()}
            for client in clients.values():
                await client.start()
            self._clients = clients
            self._scoring = {name: asyncio.Lock() for name in clients}

    async def body(self, request: Request, samples: int = 1) -> dict[str, Any]:
        """The request exactly as it is sent. Raises UnknownModel."""
        names = weights.model_names()
        if request.model not in names:
            raise UnknownModel(f"the embedded server has no model {request.model!r}", f"use one of: {', '.join(names)}")
        if request.form == "chat" and not request.prefill:
            body = chat_body(request, samples)
        else:
            body = text_body(request, await self._rendered(request), samples)
        # Every prompt is read anew: what a cached one leaves behind differs by some hundredths of a nat.
        return {**_SAMPLING, **body, "cache_prompt": False}

    async def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers and their Ends. Raises BackendError."""
        body = await self.body(request, samples)
        try:
            async for item in self._client(request.model).send(body):
                yield item
        except BackendError:
            if await self._child.ended(within=0.5):
                raise self._died("ended in the middle of the answer") from None
            raise

    async def models(self) -> list[Model]:
        """The base and its adapters."""
        base = weights.BASE
        return [Model(name, CONTEXT, None if name == base else base) for name in weights.model_names()]

    async def score(self, request: Request, answer: str) -> AsyncIterator[ScoredToken]:
        """Yield how likely the model finds `answer`, token by token as each is known. Raises BackendError.

        llama.cpp has no log-probabilities of a prompt. Each token is asked for in turn as the next one after its
        prefix, which stays in a slot of its own: 10 to 13 ms a token on two cores.
        """
        # One at a time: two answers would push each other's prefix out of the slot.
        async with self._scoring.setdefault(request.model, asyncio.Lock()):
            async for token in aligned(answer, self._pieces(request, answer)):
                yield token

    async def close(self) -> None:
        """End the child."""
        async with self._lock:
            await self._end()

    async def _pieces(self, request: Request, answer: str) -> AsyncIterator[Piece]:
        client = self._client(request.model)
        rendered = await self._rendered(request)
        asked = {"content": rendered, "add_special": True, "parse_special": True}
        ids: list[int] = (await client.ask("//tokenize", asked))["tokens"]
        split = await client.ask("//tokenize", {"content": answer, "add_special": False, "with_pieces": True})
        for token in split["tokens"]:
            found, top = await self._next_token(client, ids, token["id"], _LIKELY)
            if found is None:
                found, _ = await self._next_token(client, ids, token["id"], _VOCABULARY)
            assert found is not None, "the whole vocabulary holds every token"
            piece = token["piece"]
            said = piece if isinstance(piece, str) else bytes(piece).decode(errors="replace")
            yield Piece(said, found, top)
            ids.append(token["id"])

    async def _next_token(
        self, client: OpenAIClient, ids: list[int], wanted: int, count: int
    ) -> tuple[float | None, tuple[tuple[str, float], ...]]:
        """The log-probability of one token after a prefix, if it is among the `count` likeliest, and the likeliest."""
        body = {
            "prompt": ids,
            "n_predict": 1,
            "n_probs": count,
            "temperature": 0.0,
            "cache_prompt": True,
            "id_slot": _SCORING_SLOT,
            # What is drawn does not matter, and does not change the distribution that is told; but nothing is told
            # when it is a part of a character, so it is made to be a whole one.
            "logit_bias": [[_DRAWN, 1000.0]],
        }
        reply = await client.ask("//completion", body)
        likely = reply["completion_probabilities"][0]["top_logprobs"]
        found = next((t["logprob"] for t in likely if t["id"] == wanted), None)
        return found, tuple((t["token"], t["logprob"]) for t in likely[:TOP])

    async def _rendered(self, request: Request) -> str:
        """All that the model reads before it goes on: the chat template applied, and what is given of the turn."""
        if request.form == "text":
            return request.prefill
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        client = self._client(request.model)
        if request.form == "chat":
            reply = await client.ask("//apply-template", {"messages": messages})
            return str(reply["prompt"]) + request.prefill
        turn = {"role": "user", "content": _USER_TURN}
        asked = {"messages": [*messages, turn], "add_generation_prompt": False}
        before, _, _ = str((await client.ask("//apply-template", asked))["prompt"]).rpartition(_USER_TURN)
        return before + request.prefill

    def _client(self, model: str) -> OpenAIClient:
        if (client := self._clients.get(model)) is None:
            raise NotReady("the embedded server was not started", "press r to ask again")
        return client

    def _died(self, how: str) -> NotReady:
        last = next((line for line in reversed(self._child.log) if "error" in line.lower()), "")
        said = f": {last.strip()[:160]}" if last else ""
        return NotReady(f"the embedded server {how}{said}", "press r to start it again")

    async def _end(self) -> None:
        clients, self._clients = self._clients, {}
        for client in clients.values():
            await client.close()
        await self._child.end()


def _threads() -> int:
    """Half of the processors, at most four: the threads spin at barriers, and the console needs one too."""
    return max(1, min(4, (os.cpu_count() or 2) // 2))
