"""Checks whether the prompts of a probe fit into the context lengths of the sides."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from diptych.backends import BackendError, Request
from diptych.compare.answers import CHARACTERS_PER_TOKEN, Question, Side, chosen_sampling, system_for
from diptych.probes import Condition, Probe

_LONG = 1_500
"""Shorter prompts, in characters, fit into every context."""


class ContextNeed(NamedTuple):
    """The part of a side's context that a condition needs, in tokens."""

    side: str
    condition: str
    prompt: int
    """Tokens of the longest prompt, with its system prompt."""
    answer: int
    """Tokens that the answer may have at most; 0 if there is no limit."""
    context: int | None
    """The context length of the model, if the endpoint reports it."""
    counted: bool
    """Whether the endpoint counted the prompt. If not, a token is taken as four characters."""

    @property
    def fits(self) -> bool:
        """Whether prompt and answer fit."""
        return self.context is None or self.prompt + self.answer <= self.context

    @property
    def words(self) -> str:
        """All of this in a sentence."""
        about = "" if self.counted else "about "
        said = f"{self.condition}: {about}{self.prompt:,} tokens of prompt"
        said += f" and up to {self.answer:,} of answer" if self.answer else ""
        if self.context is None:
            return f"{said}; {self.side} does not report its context length"
        return f"{said} {'fit' if self.fits else 'do not fit'} into the {self.context:,} of {self.side}"


async def context_needs(sides: Sequence[Side], probe: Probe) -> list[ContextNeed]:
    """What each condition with a long prompt needs of each side's context. Starts the backends. A side that cannot be
    asked is left out: its answers will say why."""
    long = [condition for condition in probe.conditions if _length(probe, condition) >= _LONG]
    found = await asyncio.gather(*(_of_side(side, probe, long) for side in sides)) if long else []
    return [need for needs_of_side in found for need in needs_of_side]


def _length(probe: Probe, condition: Condition) -> int:
    """Characters of the longest prompt with its system prompt."""
    system = condition.system if condition.system is not None else probe.system or ""
    before = sum(len(message.content) for message in condition.before)
    return len(system) + before + max(map(len, condition.prompts))


async def _of_side(side: Side, probe: Probe, conditions: Sequence[Condition]) -> list[ContextNeed]:
    try:
        await side.backend.start(lambda doing: None)
        model = side.listed(await side.backend.models())
        context = model.context if model is not None else None
        return [await _of_condition(side, probe, condition, context) for condition in conditions]
    except BackendError:
        return []


async def _of_condition(side: Side, probe: Probe, condition: Condition, context: int | None) -> ContextNeed:
    sampling = chosen_sampling(side, probe, condition.name)
    system = system_for(side, probe, condition.name)
    prompt = max(condition.prompts, key=len)
    question = Question(prompt, condition.name, condition.mode, condition.prefill)
    request = side.request(question, system, sampling, condition.before)
    tokens = await side.backend.prompt_tokens(request)
    counted = tokens is not None
    return ContextNeed(
        side.name,
        condition.name,
        tokens if tokens is not None else _characters(request) // CHARACTERS_PER_TOKEN,
        sampling.max_tokens or 0,
        context,
        counted,
    )


def _characters(request: Request) -> int:
    return len(request.prefill) + sum(len(message.content) for message in request.messages)
