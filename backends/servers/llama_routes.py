"""What a server of llama.cpp does beyond the OpenAI protocol, by routes of its own, for one model."""

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from diptych.backends.backend_errors import BackendError, ServerError, Unsupported
from diptych.backends.interface import Delta, End, Request
from diptych.backends.servers.server_recognition import is_no_path
from diptych.backends.token_alignment import TOP, Piece

if TYPE_CHECKING:
    from diptych.backends.servers.one_pass import ScoreInOnePass

APPLY_TEMPLATE, TOKENIZE, COMPLETION = "//apply-template", "//tokenize", "//completion"
_LIKELY = 1000
"""How many likely tokens are asked for first. The whole vocabulary takes 40 times as long."""
_LETTER = "a"
_USER_TURN = "\u2063"
"""An invisible separator. It stands for the user's text while the chat template is applied."""


class Client(Protocol):
    """What sends the requests: the client of one server, or of its replicas."""

    def send(self, body: dict[str, Any], given: str = "") -> AsyncIterator[Delta | End]:
        """Yield the deltas of the answers to `body` and their Ends."""

    async def ask(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the server answers at a path."""


class LlamaRoutes:
    """The routes for one model."""

    def __init__(
        self, client: Client, slot: int, fields: Mapping[str, Any], one_pass: "ScoreInOnePass | None" = None
    ) -> None:
        """`slot`: where texts are scored. `fields` go into every request: the model's name, and its adapters on a
        server that is told them. `one_pass`: scores as much of a text as it can, where there is such a way."""
        self.client = client
        self._slot = slot
        self._fields = fields
        self._one_pass = one_pass
        self._words: int | None = None
        self._letter: int | None = None

    async def rendered(self, request: Request) -> str:
        """All text that the model reads before its answer: the chat template filled in, and the prefill. Raises
        BackendError."""
        if request.mode == "text":
            return request.prefill
        messages = [{"role": m.role, "content": m.content} for m in request.messages]
        if request.mode == "chat":
            return await self._templated(request, messages, {}) + request.prefill
        turn = {"role": "user", "content": _USER_TURN}
        text = await self._templated(request, [*messages, turn], {"add_generation_prompt": False})
        return text.rpartition(_USER_TURN)[0] + request.prefill

    async def prompt_ids(self, request: Request) -> list[int]:
        """The tokens that the model reads before its answer. Raises BackendError."""
        body = {"content": await self.rendered(request), "add_special": True, "parse_special": True}
        return list((await self._ask(TOKENIZE, body))["tokens"])

    async def scored(self, request: Request, answer: str) -> AsyncIterator[Piece]:
        """How likely the model finds each token of `answer`. Raises BackendError.

        Tokens are read in one pass as far as that works. The server of llama.cpp gives no log-probabilities of a
        prompt. So each other token is asked for as the next one after the tokens before it, which stay in a slot of
        their own. Two answers at once would push each other's tokens out of it.
        """
        ids = await self.prompt_ids(request)
        split = await self._ask(TOKENIZE, {"content": answer, "add_special": False, "with_pieces": True})
        tokens = split["tokens"]
        done = 0
        if self._one_pass is not None:
            async for read in self._one_pass(ids, [token["id"] for token in tokens], self._likeliest):
                yield Piece(_text(tokens[done]), read.logprob, read.top, read.entropy)
                done += 1
        ids.extend(token["id"] for token in tokens[:done])
        for number, token in enumerate(tokens[done:]):
            # The first request reads the prompt anew: what is in the slot may come from another adapter.
            found, top = await self._next_token(ids, token["id"], _LIKELY, cached=number > 0)
            if found is None:
                found, _ = await self._next_token(ids, token["id"], await self._vocabulary(), cached=True)
            assert found is not None, "the whole vocabulary holds every token"
            yield Piece(_text(token), found, top)
            ids.append(token["id"])

    async def _likeliest(self, ids: list[int]) -> list[float]:
        _, top = await self._next_token(ids, ids[0], TOP, cached=False)
        return [logprob for _, logprob in top]

    async def _next_token(
        self, ids: list[int], wanted: int, count: int, cached: bool
    ) -> tuple[float | None, tuple[tuple[str, float], ...]]:
        """The log-probability of the token `wanted` after the tokens `ids`, None if it is not among the `count`
        likeliest; and the likeliest tokens."""
        body = {
            "prompt": ids,
            "n_predict": 1,
            "n_probs": count,
            "temperature": 0.0,
            "cache_prompt": cached,
            "id_slot": self._slot,
            # The sampled token does not matter, and does not change the reported distribution. But nothing is reported
            # when it is a part of a character, so this makes it a whole one.
            "logit_bias": [[await self._letter_id(), 1000.0]],
        }
        reply = await self._ask(COMPLETION, body)
        likely = reply["completion_probabilities"][0]["top_logprobs"]
        found = next((t["logprob"] for t in likely if t["id"] == wanted), None)
        return found, tuple((t["token"], t["logprob"]) for t in likely[:TOP])

    async def _letter_id(self) -> int:
        """A token that ends in a letter."""
        if self._letter is None:
            split = await self._ask(TOKENIZE, {"content": _LETTER, "add_special": False})
            self._letter = int(split["tokens"][-1])
        return self._letter

    async def _vocabulary(self) -> int:
        """The number of tokens that the model knows."""
        if self._words is None:
            try:
                entries = (await self.client.ask("/models"))["data"]
                entry = next((entry for entry in entries if entry["id"] == self._fields["model"]), entries[0])
                self._words = int(entry["meta"]["n_vocab"])
            except (LookupError, TypeError, ValueError) as error:
                raise ServerError("the server does not say how large its vocabulary is", "update llama.cpp") from error
        return self._words

    async def _templated(self, request: Request, messages: list[dict[str, str]], fields: dict[str, Any]) -> str:
        extra = request.sampling.extra_body or {}
        settings = {key: extra[key] for key in ("chat_template_kwargs",) if key in extra}
        return str((await self._ask(APPLY_TEMPLATE, {"messages": messages, **fields, **settings}))["prompt"])

    async def _ask(self, path: str, body: Mapping[str, Any]) -> Any:
        try:
            return await self.client.ask(path, {**body, **self._fields})
        except BackendError as error:
            if not is_no_path(error):
                raise
            raise Unsupported(f"the server has no {path[1:]}", "use llama-server itself, and a newer one") from error


def _text(token: Mapping[str, Any]) -> str:
    """The text of a token that the server has split off, with U+FFFD for bytes that are no whole character."""
    piece = token["piece"]
    return piece if isinstance(piece, str) else bytes(piece).decode(errors="replace")
