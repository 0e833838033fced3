"""A hosted API: whatever speaks the OpenAI protocol."""

from collections.abc import AsyncIterator
from typing import Any

from backends.bodies import chat_body, text_body
from backends.errors import BadRequest, ServerError, UnknownModel, Unsupported
from backends.replicas import Replicas
from backends.types import Backend, Delta, End, Model, Progress, Request


class HostedAPI(Backend):
    """Answers from an API of which no more is taken for granted than OpenAI documents."""

    whole_answers = True

    def __init__(self, api: Replicas, samples_per_request: int) -> None:
        self._api = api
        self.samples_per_request = samples_per_request

    async def start(self, progress: Progress) -> None:
        """Make ready; nothing is sent. Raises BadKey."""
        await self._api.start()

    async def body(self, request: Request, samples: int = 1) -> dict[str, Any]:
        """The request exactly as it is sent. Raises Unsupported."""
        if request.form == "text":
            return self._api.as_sent(text_body(request, request.prefill, samples))
        if request.form == "user" or request.prefill:
            raise Unsupported(
                "a hosted chat API does not promise to go on with a turn that was begun",
                "use a vllm endpoint or the embedded one for prefilled answers and the user's turn",
            )
        return self._api.as_sent(chat_body(request, samples))

    async def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers and their Ends. Raises BackendError."""
        async for item in self._api.send(await self.body(request, samples)):
            yield item

    async def models(self) -> list[Model]:
        """The models that the API lists; none if it lists none. Raises BackendError."""
        try:
            listed = await self._api.ask("/models")
        except (BadRequest, UnknownModel):
            return []
        return [Model(str(m["id"]), context_of(m)) for m in listed_models(listed)]

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()


def listed_models(reply: Any) -> list[dict[str, Any]]:
    """The entries of what an API answers at /models. Raises ServerError when it is nothing of the kind."""
    entries = reply.get("data") if isinstance(reply, dict) else reply
    if not isinstance(entries, list) or not all(isinstance(m, dict) and "id" in m for m in entries):
        raise ServerError("the server's list of models is none", "check base_url in config.toml: most end in /v1")
    return entries


def context_of(entry: dict[str, Any]) -> int | None:
    """Tokens that a model holds, under the names that APIs give it."""
    told = (entry.get(name) for name in ("max_model_len", "context_length", "context_window", "max_context_length"))
    return next((tokens for tokens in told if isinstance(tokens, int)), None)
