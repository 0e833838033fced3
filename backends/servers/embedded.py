"""The embedded endpoint: one child process in which llama.cpp serves the base and its adapters."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from diptych.backends.backend_errors import BackendError, NotReady, UnknownModel
from diptych.backends.credentials import key_credentials
from diptych.backends.endpoint import Patience
from diptych.backends.interface import Backend, Delta, End, Model, Progress, Request, ScoredToken
from diptych.backends.request_bodies import chat_body, text_body
from diptych.backends.servers import weights
from diptych.backends.servers.child_process import ChildProcess
from diptych.backends.servers.llama_child import Adapter, Ready, Settings
from diptych.backends.thoughts import TAGS
from diptych.errors import AGAIN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Sequence

    from diptych.backends.openai_client import OpenAIClient
    from diptych.backends.servers.one_pass import OnePass
    from diptych.backends.servers.scoring_child import Likelihood
    from diptych.backends.token_alignment import Piece

SLOTS = 4
CONTEXT = 2048
"""Tokens of a slot."""
START_SECONDS = 60.0
_SAMPLING = {"temperature": 1.0, "top_p": 1.0, "top_k": 0, "min_p": 0.0}
"""The plain distribution, as in the OpenAI API. The defaults of llama.cpp cut off its tail."""
_LIKELY = 1000
"""How many likely tokens are asked for first. The whole vocabulary takes 40 times as long."""
_VOCABULARY = 49152
_SCORING_SLOT = SLOTS - 1
_ANY_LETTER = "a"
_USER_TURN = "\u2063"
"""An invisible separator. It stands for the user's text while the chat template is applied."""


class EmbeddedServer(Backend):
    """A backend that starts its server, watches it, and ends it.

    The base and the models named at the beginning are served at once, others when they are first asked for.
    """

    def __init__(self, timeout: float, models: Sequence[str] = (), thinking_tags: Sequence[str] = TAGS) -> None:
        """`timeout`: seconds to the first piece of an answer, and between pieces."""
        self._timeout = timeout
        self._thinking_tags = thinking_tags
        self._models = [model for model in models if model in weights.model_names()]
        self._lock = asyncio.Lock()
        self._asking = asyncio.Lock()
        self._child = ChildProcess("diptych.backends.servers.llama_child")
        self.key = ""
        self._clients: dict[str, asyncio.Task[OpenAIClient]] = {}
        self._one_pass: OnePass | None = None
        self._scoring: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def log(self) -> Sequence[str]:  # type: ignore[override]
        """The last lines that the server wrote."""
        return (*self._child.log, *(self._one_pass.log if self._one_pass else ()))

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.pid

    async def start(self, progress: Progress) -> None:
        """Start the child unless it runs. Raises NotReady."""
        from secrets import token_urlsafe

        async with self._lock:
            if not (self._clients and self._child.running):
                await self._end()
                base = weights.base_file()
                weights.adapter_files()  # Raises now, not at the first question, if one is absent.
                progress("starting the embedded model")
                self.key = token_urlsafe(24)
                settings = Settings(weights.BASE, str(base), self.key, SLOTS, CONTEXT, _threads())
                self._clients[weights.BASE] = asyncio.create_task(self._open(self._child.start(settings)))
            for model in (weights.BASE, *self._models):
                await self.client_for(model)

    async def body(self, request: Request, samples: int = 1) -> dict[str, Any]:
        """The request exactly as it is sent. Raises UnknownModel."""
        _check_known(request.model)
        if request.mode == "chat" and not request.prefill:
            body = chat_body(request, samples)
        else:
            body = text_body(request, await self._rendered(request), samples)
        # Without the cache every prompt is read in full. A cached one changes log-probabilities by some hundredths.
        return {**_SAMPLING, **body, "cache_prompt": False}

    async def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers and their Ends. Raises BackendError."""
        body = await self.body(request, samples)
        client = await self.client_for(request.model)
        try:
            async for item in client.send(body, request.prefill):
                yield item
        except BackendError:
            if await self._child.ended(within=0.5):
                raise self._died("ended in the middle of the answer") from None
            raise

    async def models(self) -> list[Model]:
        """The base and its adapters."""
        base = weights.BASE
        return [Model(name, CONTEXT, None if name == base else base) for name in weights.model_names()]

    async def check_model(self, model: str) -> None:
        """Raises UnknownModel."""
        _check_known(model)

    async def score(self, request: Request, answer: str) -> AsyncIterator[ScoredToken]:
        """Yield how likely the model finds `answer`, each token as soon as it is known. Raises BackendError.

        Tokens are read in one pass as far as that works. The server of llama.cpp gives no log-probabilities of a
        prompt, so each other token is asked for as the next one after the tokens before it, which stay in a slot of
        their own: that takes five times as long.
        """
        from diptych.backends.token_alignment import aligned

        # One answer at a time: two would push each other's tokens out of the slot.
        async with self._scoring[request.model]:
            async for token in aligned(answer, self._pieces(request, answer)):
                yield token

    async def prompt_tokens(self, request: Request) -> int:
        """The number of tokens that the model reads before its answer. Raises BackendError."""
        return len(await self._prompt_ids(await self.client_for(request.model), request))

    async def close(self) -> None:
        """End the child."""
        async with self._lock:
            await self._end()

    async def _pieces(self, request: Request, answer: str) -> AsyncIterator[Piece]:
        from diptych.backends.token_alignment import Piece

        client = await self.client_for(request.model)
        ids = await self._prompt_ids(client, request)
        split = await client.ask("//tokenize", {"content": answer, "add_special": False, "with_pieces": True})
        tokens = split["tokens"]
        done = 0
        async for likelihood in self._in_one_pass(client, request.model, ids, [token["id"] for token in tokens]):
            yield Piece(_text(tokens[done]), likelihood.logprob, likelihood.top, likelihood.entropy)
            done += 1
        ids.extend(token["id"] for token in tokens[:done])
        for token in tokens[done:]:
            found, top = await self._next_token(client, ids, token["id"], _LIKELY)
            if found is None:
                found, _ = await self._next_token(client, ids, token["id"], _VOCABULARY)
            assert found is not None, "the whole vocabulary holds every token"
            yield Piece(_text(token), found, top)
            ids.append(token["id"])

    def _in_one_pass(
        self, client: OpenAIClient, model: str, prompt: list[int], answer: list[int]
    ) -> AsyncIterator[Likelihood]:
        from diptych.backends.servers.one_pass import OnePass

        async def likeliest(ids: list[int]) -> list[float]:
            _, top = await self._next_token(client, ids, ids[0], _LIKELY)
            return [logprob for _, logprob in top]

        if self._one_pass is None:
            self._one_pass = OnePass(str(weights.base_file()), CONTEXT, _threads())
        adapter = weights.adapter_files()[model]
        adapters = () if adapter is None else ((str(adapter), 1.0),)
        return self._one_pass.score(adapters, prompt, answer, likeliest)

    async def _prompt_ids(self, client: OpenAIClient, request: Request) -> list[int]:
        body = {"content": await self._rendered(request), "add_special": True, "parse_special": True}
        return list((await client.ask("//tokenize", body))["tokens"])

    async def _next_token(
        self, client: OpenAIClient, ids: list[int], wanted: int, count: int
    ) -> tuple[float | None, tuple[tuple[str, float], ...]]:
        """The log-probability of the token `wanted` after the tokens `ids`, None if it is not among the `count`
        likeliest; and the likeliest tokens."""
        from diptych.backends.token_alignment import TOP

        body = {
            "prompt": ids,
            "n_predict": 1,
            "n_probs": count,
            "temperature": 0.0,
            "cache_prompt": True,
            "id_slot": _SCORING_SLOT,
            # The sampled token does not matter, and does not change the reported distribution. But nothing is reported
            # when it is a part of a character, so this makes it a whole one.
            "logit_bias": [[_ANY_LETTER, 1000.0]],
        }
        reply = await client.ask("//completion", body)
        likely = reply["completion_probabilities"][0]["top_logprobs"]
        found = next((t["logprob"] for t in likely if t["id"] == wanted), None)
        return found, tuple((t["token"], t["logprob"]) for t in likely[:TOP])

    async def _rendered(self, request: Request) -> str:
        """All text that the model reads before its answer: the chat template filled in, and the prefill."""
        if request.mode == "text":
            return request.prefill
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        client = await self.client_for(request.model)
        if request.mode == "chat":
            reply = await client.ask("//apply-template", {"messages": messages})
            return str(reply["prompt"]) + request.prefill
        turn = {"role": "user", "content": _USER_TURN}
        body = {"messages": [*messages, turn], "add_generation_prompt": False}
        before, _, _ = str((await client.ask("//apply-template", body))["prompt"]).rpartition(_USER_TURN)
        return before + request.prefill

    async def client_for(self, model: str) -> OpenAIClient:
        """The client for a model. A model is served from the first time that it is asked for."""
        _check_known(model)
        if not self._clients:
            raise NotReady("the embedded server was not started", AGAIN)
        if model not in self._clients:
            self._clients[model] = asyncio.create_task(self._open(self._serve(model)))
        # Shielded: a task that is cancelled must not leave the child's answer to the next task.
        return await asyncio.shield(self._clients[model])

    async def _serve(self, model: str) -> bytes:
        adapter = Adapter(model, str(weights.adapter_files()[model]))
        async with self._asking:
            return await self._child.ask(adapter)

    async def _open(self, answer: Awaitable[bytes]) -> OpenAIClient:
        """A client for the model whose address the child answers."""
        try:
            line = await asyncio.wait_for(answer, START_SECONDS)
        except TimeoutError:
            await self._child.end()
            raise NotReady(f"the embedded server was not ready after {START_SECONDS:g} s", AGAIN) from None
        if not line:
            raise self._died("did not start")
        key = self.key
        address = msgspec.json.decode(line, type=Ready).address
        from diptych.backends.openai_client import OpenAIClient

        client = OpenAIClient(
            f"{address}/v1", lambda: key_credentials(key), Patience(self._timeout), thinking_tags=self._thinking_tags
        )
        await client.start()
        return client

    def _died(self, how: str) -> NotReady:
        last = next((line for line in reversed(self._child.log) if "error" in line.lower()), "")
        quoted = f": {last.strip()[:160]}" if last else ""
        return NotReady(f"the embedded server {how}{quoted}", AGAIN)

    async def _end(self) -> None:
        clients, self._clients = self._clients, {}
        for opening in clients.values():
            opening.cancel()
            await asyncio.wait([opening])
            if not opening.cancelled() and opening.exception() is None:
                await opening.result().close()
        one_pass, self._one_pass = self._one_pass, None
        if one_pass is not None:
            await one_pass.close()
        await self._child.end()


def _check_known(model: str) -> None:
    names = weights.model_names()
    if model not in names:
        raise UnknownModel(f"the embedded server has no model {model!r}", f"use one of: {', '.join(names)}")


def _text(token: dict[str, Any]) -> str:
    """The text of a token as the server splits it, with U+FFFD for bytes that are no whole character."""
    piece = token["piece"]
    return piece if isinstance(piece, str) else bytes(piece).decode(errors="replace")


def _threads() -> int:
    """Half of the processors, at most four: the threads wait actively for each other, and the console needs one too."""
    return max(1, min(4, (os.cpu_count() or 2) // 2))
