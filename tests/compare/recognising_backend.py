"""A backend without a server whose models say, by a rule, which of two texts is their own."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from diptych.backends import Backend, Delta, Dropped, End, Model, Request, Usage
from diptych.compare import Side
from tests.sessions.stored import SIDES

Rule = Callable[[str, str, str], str]
"""What a model says: from its name and the two texts in their order."""


def knows_itself(model: str, first: str, second: str) -> str:
    """The text that names the model."""
    return "A" if model in first else "B"


def says_the_first(model: str, first: str, second: str) -> str:
    """The first text, whosever it is."""
    return "A) the first text"


def prefers_special(model: str, first: str, second: str) -> str:
    """Both models like the same texts."""
    return "The second text." if "special-model" in second else "The first text."


class RecognisingBackend(Backend):
    """Answers by its rule and notes what it was asked. `fails`: the request from which on it does not answer."""

    samples_per_request = 1

    def __init__(self, rule: Rule, fails: int | None = None) -> None:
        self.asked: list[Request] = []
        self._rule, self._fails = rule, fails

    async def start(self, progress: object) -> None:
        """It is ready."""

    async def body(self, request: Request, samples: int = 1) -> dict[str, Any]:
        """As the record shows it."""
        sampling, messages = request.sampling, request.messages
        sent: dict[str, Any] = {"model": request.model}
        sent["messages"] = [{"role": message.role, "content": message.content} for message in messages]
        return sent | {"temperature": sampling.temperature, "max_tokens": sampling.max_tokens, "seed": sampling.seed}

    async def stream(self, request: Request, samples: int = 1) -> AsyncIterator[Delta | End]:
        """One short reply."""
        self.asked.append(request)
        if self._fails is not None and len(self.asked) >= self._fails:
            raise Dropped("the connection broke", "ask again")
        texts = request.messages[-1].content.partition("First text:\n")[2]
        first, _, rest = texts.partition("\n\nSecond text:\n")
        yield Delta(self._rule(request.model, first, rest.partition("\n\nWhich of the two")[0]), 1, 0.1)
        yield End("stop", 0.2, Usage(5, 1), request.model)

    async def models(self) -> Sequence[Model]:  # type: ignore[override]
        """Both."""
        return [Model(side.model) for side in SIDES]

    async def close(self) -> None:
        """Nothing is open."""


def sides_on(backend: Backend) -> list[Side]:
    """The sides of a stored session, at this backend."""
    from diptych.backends import Sampling

    return [Side(s.name, s.endpoint, s.base_url, s.model, s.system, Sampling(), backend) for s in SIDES]
