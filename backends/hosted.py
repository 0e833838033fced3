"""A hosted API: any server that speaks the OpenAI protocol."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from diptych.backends.backend_errors import BadRequest, NoQuota, RateLimited, ServerError, UnknownModel, Unsupported
from diptych.backends.interface import Backend, Delta, End, Model, Progress, Request
from diptych.backends.replicas import Replicas
from diptych.backends.request_bodies import chat_body, text_body


class HostedAPI(Backend):
    """Answers from an API that need not do more than OpenAI documents."""

    whole_answers = True
    continues_turns = False

    def __init__(self, api: Replicas, samples_per_request: int) -> None:
        self.api = api
        self.samples_per_request = samples_per_request

    @property
    def notices(self) -> list[str]:  # type: ignore[override]
        """What the reader should know about how the endpoint is asked."""
        return self.api.notices

    async def start(self, progress: Progress) -> None:
        """Make ready. Nothing is sent. Raises BadKey."""
        await self.api.start()

    async def body(self, request: Request, samples: int = 1) -> dict[str, Any]:
        """The request exactly as it is sent. Raises Unsupported."""
        if request.mode == "text":
            return self.api.as_sent(text_body(request, request.prefill, samples))
        if request.mode == "user" or request.prefill:
            raise Unsupported(
                "a hosted chat API does not promise to continue a turn that was begun",
                "use a vllm or llama endpoint for prefilled answers and the user's turn",
            )
        return self.api.as_sent(chat_body(request, samples))

    async def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers and their Ends. Raises BackendError."""
        async for item in self.api.send(await self.body(request, samples), request.prefill):
            yield item

    async def models(self) -> list[Model]:
        """The models that the API lists. None if it fails to list them: it may give answers all the same. Raises
        BackendError."""
        try:
            listed = await self.api.ask_any("/models")
        except (BadRequest, UnknownModel, ServerError):
            return []
        return [Model(str(m["id"]), context_of(m)) for m in listed_models(listed)]

    async def check_model(self, model: str) -> None:
        """See whether the API has the model. Raises BackendError; UnknownModel where the API refuses it."""
        if model not in {listed.name for listed in await self.models()}:
            await refused_if_unknown(self.api, model)

    async def close(self) -> None:
        """Close the connections."""
        await self.api.close()


async def refused_if_unknown(api: Replicas, model: str) -> None:
    """Let the endpoint refuse a model that it does not list: many endpoints do not list all their models.

    The request has no messages, so no answer can come of it; but an endpoint that looks at the model first says that it
    does not have it. Raises UnknownModel.
    """
    with suppress(BadRequest, ServerError, RateLimited, NoQuota):
        await api.ask("/chat/completions", {"model": model, "messages": [], "max_tokens": 1, "stream": False})


def listed_models(reply: Any) -> list[dict[str, Any]]:
    """The entries of an API's reply at /models. Raises ServerError where it is no list of models."""
    entries = reply.get("data") if isinstance(reply, dict) else reply
    if not isinstance(entries, list) or not all(isinstance(m, dict) and "id" in m for m in entries):
        raise ServerError(
            "the server's list of models cannot be read", "check base_url in config.toml: most end in /v1"
        )
    return entries


def context_of(entry: dict[str, Any]) -> int | None:
    """The context length of a model in tokens, by any of the names that APIs give it; None where the entry does not
    tell."""
    names = ("max_model_len", "context_length", "context_window", "max_context_length", "n_ctx")
    # llama.cpp puts its figures into an inner object.
    objects = [entry, meta] if isinstance(meta := entry.get("meta"), dict) else [entry]
    found = (each.get(name) for each in objects for name in names)
    return next((tokens for tokens in found if isinstance(tokens, int) and tokens > 0), None)
