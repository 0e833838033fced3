"""How an answer was asked for, read from its stored request: answers to one question that were asked for in different
ways are never counted together."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from diptych.backends import Message
from diptych.compare.answers.question import Question
from diptych.sessions import Answer

_TRANSPORT = frozenset(
    (
        *("n", "seed", "stream", "stream_options", "logprobs", "top_logprobs", "prompt_logprobs"),
        *("messages", "prompt", "model", "continue_final_message", "add_generation_prompt", "cache_prompt"),
    )
)
"""Fields that do not separate counts: how an answer is sent, its seed, extra output, and fields that are compared under
another name."""
_LIMITS = ("max_completion_tokens", "max_tokens")
_NAMED = frozenset(("temperature", "top_p", "stop", *_LIMITS))
_LOOPBACK = re.compile(r"^(https?://(?:127\.[\d.]+|localhost|\[::1\])):\d+")
_SYSTEM = 24
"""How many characters of a system prompt are shown as its name."""


class Settings(msgspec.Struct, frozen=True):
    """The settings of one side, without the question itself. None means left to the endpoint."""

    endpoint: str
    """"" where it was not kept. A server on this machine may come back on another port: that is left out."""
    model: str
    system: str | None
    before: tuple[Message, ...]
    """The conversation in which it was asked; empty for a fresh instance."""
    temperature: float | None
    top_p: float | None
    limit: int | None
    """Of tokens."""
    stop: tuple[str, ...]
    others: tuple[tuple[str, str], ...]
    """All other fields of the request, with their values as JSON."""

    @property
    def greedy(self) -> bool:
        """Whether the request itself asks for greedy decoding."""
        return self.temperature == 0 or self.top_p == 0 or ("top_k", "1") in self.others

    @property
    def manner(self) -> tuple[object, ...]:
        """How it was asked, without endpoint, model and system prompt. Sides asked in the same manner can be
        compared."""
        return self.before, self.temperature, self.top_p, self.limit, self.stop, self.others


def settings_of(answer: Answer) -> Settings:
    """The settings that an answer was asked for with."""
    request = answer.request
    return Settings(
        endpoint=_LOOPBACK.sub(r"\1", answer.endpoint or ""),
        model=str(request.get("model", "")),
        system=system_of(request),
        before=turns_before(answer),
        temperature=number_of(request, "temperature"),
        top_p=number_of(request, "top_p"),
        limit=limit_of(request),
        stop=stop_of(request),
        others=_others(answer),
    )


def turns_before(answer: Answer) -> tuple[Message, ...]:
    """The turns before the question, without the system prompt, read from the request of an answer. Requests without
    messages have none."""
    turns = _turns(answer.request)
    question = Message("user", Question.of(answer).user_turn)
    asked = max((index for index, turn in enumerate(turns) if turn == question), default=0)
    return tuple(turn for turn in turns[:asked] if turn.role != "system")


def limit_of(request: Mapping[str, Any]) -> int | None:
    """The token limit of a request. Some models use another name for it."""
    found = (request.get(name) for name in _LIMITS)
    return next((limit for limit in found if isinstance(limit, int)), None)


def stop_of(request: Mapping[str, Any]) -> tuple[str, ...]:
    """The stop texts of a request."""
    stop = request.get("stop") or ()
    return (stop,) if isinstance(stop, str) else tuple(map(str, stop))


def others_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """All fields of a request that affect the answer and that `Settings` does not name."""
    known = _TRANSPORT | _NAMED | ({"lora"} if _names_its_adapters(request) else frozenset())
    return {key: value for key, value in request.items() if key not in known}


def _names_its_adapters(request: Mapping[str, Any]) -> bool:
    """Whether the name of the model says what the field `lora` does, as on a llama-server that runs already: the scales
    of all its adapters, each as in the name, or 0."""
    entries = request.get("lora")
    scales = [entry.get("scale") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return "+" in str(request.get("model", "")) or not any(scales)


def differing(variants: Sequence[Mapping[str, Settings]]) -> list[str]:
    """A name for each way of asking, made of the settings that differ between them, e.g. "temperature 1". A way of
    asking is the settings of each side. A single one needs no name."""
    if len(variants) < 2:
        return [""] * len(variants)
    names = _names(variants, dict.fromkeys((side,) for each in variants for side in each))
    if len(set(names)) < len(names):
        # These sides were never asked together: compare each with all others.
        names = _names(variants, [tuple(dict.fromkeys(side for each in variants for side in each))])
    return _apart(names)


def _names(variants: Sequence[Mapping[str, Settings]], compared: Iterable[tuple[str, ...]]) -> list[str]:
    """A name for each way of asking, from settings that differ between the sides that are `compared`."""
    names: list[list[str]] = [[] for _ in variants]
    groups = list(compared)
    for field, words in _WORDS.items():
        different = [side for sides in groups if _differ(variants, sides, field) for side in sides]
        for name, each in zip(names, variants, strict=True):
            said = dict.fromkeys(words(each[side]) for side in different if side in each)
            name += ["/".join(said)] if said else []
    return [", ".join(name) for name in names]


def _differ(variants: Sequence[Mapping[str, Settings]], sides: Sequence[str], field: str) -> bool:
    return len({getattr(each[side], field) for each in variants for side in sides if side in each}) > 1


def _apart(names: Sequence[str]) -> list[str]:
    """The same names; equal ones are numbered."""
    found = []
    for index, name in enumerate(names):
        number = names[: index + 1].count(name)
        found.append(f"{name} ({number})".strip() if names.count(name) > 1 else name)
    return found


def system_of(request: Mapping[str, Any]) -> str | None:
    """The system prompt of a request."""
    return next((turn.content for turn in _turns(request) if turn.role == "system"), None)


def _turns(request: Mapping[str, Any]) -> list[Message]:
    try:
        return msgspec.convert(request.get("messages"), list[Message])
    except msgspec.ValidationError:
        return []


def _others(answer: Answer) -> tuple[tuple[str, str], ...]:
    request = answer.request
    rest = [(key, _json(value)) for key, value in others_of(request).items()]
    text = request.get("prompt")
    if isinstance(text, str) and answer.mode != "text":
        # A conversation that was sent as the text of a chat template: keep the text around the question.
        around = text.removesuffix(answer.prefill).replace(answer.prompt, "\0")
        rest.append(("template", around))
    return tuple(sorted(rest))


def _json(value: Any) -> str:
    return msgspec.json.encode(value, order="sorted").decode()


def number_of(request: Mapping[str, Any], name: str) -> float | None:
    """A numeric parameter of a request; None if it is left to the endpoint."""
    value = request.get(name)
    return float(value) if isinstance(value, int | float) else None


def _conversation(settings: Settings) -> str:
    turns = sum(turn.role == "user" for turn in settings.before)
    if not settings.before:
        return "fresh instance"
    return f"after {turns} turn" if turns == 1 else f"after {turns} turns"


def _system_words(settings: Settings) -> str:
    if settings.system is None:
        return "no system prompt"
    said = " ".join(settings.system.split())
    return f"system prompt “{said if len(said) <= _SYSTEM else f'{said[:_SYSTEM]}…'}”"


def _optional(name: str, value: object) -> str:
    if value is None:
        return f"{name} not set"
    return f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"


_WORDS: Mapping[str, Callable[[Settings], str]] = {
    "temperature": lambda settings: _optional("temperature", settings.temperature),
    "top_p": lambda settings: _optional("top_p", settings.top_p),
    "limit": lambda settings: _optional("max_tokens", settings.limit),
    "stop": lambda settings: "stop " + ", ".join(map(repr, settings.stop)) if settings.stop else "no stop text",
    "system": _system_words,
    "before": _conversation,
    "model": lambda settings: settings.model,
    "endpoint": lambda settings: settings.endpoint or "endpoint not kept",
    "others": lambda settings: "other parameters",
}
"""The words for each field."""
