"""A server whose models, base and tuned, know which of two texts is their own."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tests.openai_server import OpenAI


@dataclass
class KnowsItself(OpenAI):
    """A text of a model begins with its name. `silent`: how many questions about two texts are answered; then each
    request fails."""

    models: tuple[str, ...] = ("base", "tuned")
    most_choices: int = 1
    answered: int = 0
    silent_after: int | None = None

    def _refusal(self, exchange: Any) -> tuple[int, Any]:
        if "First text:" in str(exchange.body):
            self.answered += 1
            if self.silent_after is not None and self.answered > self.silent_after:
                return 400, {"error": {"message": "no more", "type": "invalid_request_error"}}
        return super()._refusal(exchange)

    def _events(self, body: dict[str, Any]) -> Iterator[bytes]:
        asked, model = body["messages"][-1]["content"], body["model"]
        if "First text:" in asked:
            words: tuple[str, ...] = ("A" if f"First text:\n{model}" in asked else "B",)
        else:
            words = (f"{model} says ", f"{asked}, {body.get('seed')}.")
        yield from OpenAI._events(replace(self, words=words), body)
