"""A server that speaks as vLLM does, with toy language models of a dozen words and the faults it is told to have."""

import asyncio
import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.openai_server import Exchange, chunk, error_body

WORDS = ("alpha ", "beta ", "gamma ", "delta ", "epsilon ", "zeta ", "eta ", "theta ", "iota ", "kappa ", "mu ", "nu ")
Distribution = list[tuple[int, float]]
"""Tokens with their log-probabilities, the likeliest first."""


@dataclass
class ToyVLLM:
    """Has "base" and its adapter "tuned", whose distributions have nothing to do with each other."""

    answers_as: dict[str, str] = field(default_factory=dict)
    """The model that really answers under a name: {"tuned": "base"} is an adapter that was not loaded."""
    scores_as: dict[str, str] = field(default_factory=dict)
    """The model that really scores under a name."""
    texts_as: dict[str, str] = field(default_factory=dict)
    """The model that really goes on with plain text under a name."""
    begun_as: dict[str, str] = field(default_factory=dict)
    """The model that really goes on with a begun answer under a name."""
    tells: bool = True
    """Whether log-probabilities are given."""
    greedy: bool = True
    """Whether temperature 0 takes the likeliest token; an endpoint may draw all the same."""
    near_ties: float = 0.0
    """How often the second likeliest token is taken greedily, as where a batch rounds otherwise."""
    noise: float = 0.0
    """Standard deviation, in nats, of what is added to each log-probability that is told."""
    mixes: bool = False
    """Whether the base answers with the adapter while a request to the adapter is under way, as vLLM does on a CPU."""
    refuses: tuple[str, ...] = ()
    """Fields of a request that are answered with a 400."""
    fails: tuple[str, ...] = ()
    """Fields of a request at which the connection breaks."""
    _vocabulary: dict[str, int] = field(default_factory=lambda: {word: number for number, word in enumerate(WORDS)})
    _under_way: Counter[str] = field(default_factory=Counter)
    _random: random.Random = field(default_factory=lambda: random.Random(1))

    async def __call__(self, exchange: Exchange) -> None:
        body = exchange.body
        if any(name in body for name in self.fails):
            exchange.writer.transport.abort()
            return
        if (refused := next((name for name in self.refuses if name in body), None)) is not None:
            await exchange.error(400, error_body(f"{refused} is not supported", param=refused))
        elif exchange.path == "/v1/models":
            models = [{"id": "base", "max_model_len": 512}, {"id": "tuned", "parent": "base"}]
            await exchange.error(200, {"data": [{**model, "owned_by": "vllm"} for model in models]})
        elif body.get("model") not in ("base", "tuned"):
            await exchange.error(404, error_body("The model does not exist.", "NotFoundError", "model", 404))
        elif exchange.path == "/tokenize":
            await exchange.error(200, {"tokens": self._ids(_text(body))})
        elif "prompt_logprobs" in body:
            await exchange.error(200, {"choices": [{"prompt_logprobs": list(self._scored(body))}]})
        else:
            await exchange.head()
            self._under_way[body["model"]] += 1
            try:
                for event in self._generated(body, "/chat/" in exchange.path):
                    await exchange.send(event)
                    if self.mixes:
                        await asyncio.sleep(0.002)
            finally:
                self._under_way[body["model"]] -= 1

    def _generated(self, body: dict[str, Any], chat: bool) -> Iterator[bytes]:
        model = self.served(body, chat)
        for index in range(body.get("n", 1)):
            ids = self._ids(_text(body))
            draw = random.Random(f"{body.get('seed')}{index}") if self.greedy else self._random
            for _ in range(body.get("max_tokens", 8)):
                mixed = self.mixes and self._under_way["tuned"]
                likely = self._distribution("tuned" if mixed else model, ids)
                if body.get("temperature", 1.0) == 0.0 and self.greedy:
                    token, logprob = likely[self._random.random() < self.near_ties]
                else:
                    token, logprob = draw.choices(likely, [math.exp(value) for _, value in likely])[0]
                ids.append(token)
                wanted = body.get("top_logprobs", 0) if chat else body.get("logprobs", 0)
                told = [(self._told(t), self._noisy(value)) for t, value in likely[:wanted]]
                content = {
                    "token": self._told(token),
                    "logprob": self._noisy(logprob),
                    "top_logprobs": [{"token": t, "logprob": value} for t, value in told],
                }
                choice: dict[str, Any] = {"index": index}
                choice |= {"delta": {"content": self._told(token)}} if chat else {"text": self._told(token)}
                if body.get("logprobs") and self.tells:
                    choice["logprobs"] = {"content": [content]} if chat else _of_text(content)
                yield chunk(choices=[choice], model=body["model"])
            yield chunk(finish="length", index=index)
        yield b"data: [DONE]\n\n"

    def served(self, body: dict[str, Any], chat: bool) -> str:
        """The model that really answers."""
        name = body["model"]
        if not chat:
            name = self.texts_as.get(name, name)
        elif body.get("continue_final_message"):
            name = self.begun_as.get(name, name)
        return self.answers_as.get(name, name)

    def _scored(self, body: dict[str, Any]) -> Iterator[Any]:
        model = self.scores_as.get(body["model"], body["model"])
        ids: Sequence[int] = body["prompt"]
        yield None
        for place in range(1, len(ids)):
            likely = self._distribution(model, ids[:place])
            ranks = {token: (rank, logprob) for rank, (token, logprob) in enumerate(likely, 1)}
            own = ranks.get(ids[place], (99, -20.0))
            row = {ids[place]: own} | {token: ranks[token] for token, _ in likely[: body["prompt_logprobs"]]}
            yield {
                str(token): {"logprob": logprob, "rank": rank, "decoded_token": self._told(token)}
                for token, (rank, logprob) in row.items()
            }

    def _distribution(self, model: str, ids: Sequence[int]) -> Distribution:
        """Of the next word, a fixed function of the model and of all that stands before."""
        source = random.Random(f"{model} {list(ids)}")
        weights = [math.exp(2.0 * source.gauss(0, 1)) for _ in WORDS]
        total = sum(weights)
        likely = [(token, math.log(weight / total)) for token, weight in enumerate(weights)]
        return sorted(likely, key=lambda pair: -pair[1])

    def _noisy(self, logprob: float) -> float:
        return logprob + self._random.gauss(0, self.noise) if self.noise else logprob

    def _ids(self, text: str) -> list[int]:
        return [self._vocabulary.setdefault(piece, len(self._vocabulary)) for piece in re.findall(r"\S+\s*|\s+", text)]

    def _told(self, token: int) -> str:
        return next(word for word, number in self._vocabulary.items() if number == token)


def _of_text(token: dict[str, Any]) -> dict[str, Any]:
    """Log-probabilities in the words of a text completion."""
    top = {t["token"]: t["logprob"] for t in token["top_logprobs"]}
    return {"tokens": [token["token"]], "token_logprobs": [token["logprob"]], "top_logprobs": [top]}


def _text(body: dict[str, Any]) -> str:
    """All that the model reads, the chat template applied."""
    if "messages" not in body:
        return str(body["prompt"])
    turns = [f"{m['role']}: {m['content']}" for m in body["messages"]]
    begun = body.get("continue_final_message")
    return "\n".join(turns) + ("" if begun else "\nassistant: ")
