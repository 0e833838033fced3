"""Finds what a sample of Inspect was really asked and answered.

That is the messages that were sent, with templates, options and system prompts of solvers, rather than the input in the
sample's dataset.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog, EvalSample
    from inspect_ai.model import ChatMessage, ModelOutput

_OPERATIONAL = frozenset(
    ("max_connections", "adaptive_connections", "max_retries", "timeout", "attempt_timeout", "stream_idle_timeout",
     "batch", "cache", "max_tool_output", "send_delay", "system_message")
)  # fmt: skip
"""Fields of a generate config that say how requests are made, not what is asked."""


class Exchange(NamedTuple):
    """One request and its answer."""

    sent: list[dict[str, Any]]
    output: "ModelOutput"
    text: str

    @property
    def prompt(self) -> str:
        """The last message of the user."""
        return next((message["content"] for message in reversed(self.sent) if message["role"] == "user"), "")

    @property
    def system(self) -> str | None:
        """The system prompt."""
        return next((message["content"] for message in self.sent if message["role"] == "system"), None)


def exchange_of(log: "EvalLog", sample: "EvalSample") -> Exchange:
    """Return the request and the answer of a sample. The log of the request itself is used if possible, because
    solvers that shuffle options rewrite question and answer afterwards."""
    output = sample.output
    for event in reversed(sample.events or ()):
        if event.event == "model" and event.model == log.eval.model and event.role is None and event.input:
            if _same(event.output, output):
                return Exchange([_sent(message) for message in event.input], output, event.output.completion)
            break
    return Exchange(_with_system(log, _before_answer(sample)), output, output.completion)


def earlier_answer_count(sample: "EvalSample") -> int:
    """Return how often the model answered before the answer that is kept. Answers that a dataset or a solver
    inserted do not count."""
    answers = [message for message in sample.messages if message.role == "assistant"]
    return sum(message.source == "generate" and not message.tool_calls for message in answers[:-1])


def request_parameters(log: "EvalLog") -> dict[str, Any]:
    """Return the request parameters of a log that affect the answers."""
    config: dict[str, Any] = {}
    for each in (log.eval.model_generate_config, log.plan.config):
        config |= each.model_dump(mode="json", exclude_none=True)
    return {key: value for key, value in config.items() if key not in _OPERATIONAL}


def reasoning_in(output: "ModelOutput") -> str:
    """Return the model's reasoning; its summary if the provider hides the rest."""
    content = output.choices[0].message.content if output.choices else ""
    if isinstance(content, str):
        return ""
    parts = [part for part in content if part.type == "reasoning"]
    return "\n".join(filter(None, ((part.summary or "") if part.redacted else part.reasoning for part in parts)))


def _same(one: "ModelOutput", other: "ModelOutput") -> bool:
    """Return whether an output is the final one of a sample, even if a solver rewrote its letters."""
    if one.completion == other.completion:
        return True
    ids = [output.choices[0].message.id if output.choices else None for output in (one, other)]
    return ids[0] is not None and ids[0] == ids[1]


def _before_answer(sample: "EvalSample") -> list[dict[str, Any]]:
    """Return the messages of a sample before the last generated answer."""
    messages: Sequence[ChatMessage] = sample.messages
    answers = [index for index, message in enumerate(messages) if message.role == "assistant"]
    own = [index for index in answers if messages[index].text == sample.output.completion]
    generated = [index for index in answers if messages[index].source == "generate"]
    end = (own or generated or answers or [len(messages)])[-1]
    if not messages[:end]:
        return _of_input(sample)
    return [_sent(message) for message in messages[:end]]


def _of_input(sample: "EvalSample") -> list[dict[str, Any]]:
    """Return the input of a sample without messages: it failed before it was asked."""
    if isinstance(sample.input, str):
        return [{"role": "user", "content": sample.input}]
    return [_sent(message) for message in sample.input]


def _with_system(log: "EvalLog", sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add the system prompt of the generate config, which is sent first but not kept as a message."""
    system = log.plan.config.system_message or log.eval.model_generate_config.system_message
    if not system or any(message["role"] == "system" and message["content"] == system for message in sent):
        return sent
    return [{"role": "system", "content": system}, *sent]


def _sent(message: "ChatMessage") -> dict[str, Any]:
    sent: dict[str, Any] = {"role": message.role, "content": message.text}
    calls = getattr(message, "tool_calls", None) or ()
    if calls and message.role == "assistant":
        sent["tool_calls"] = [{"function": call.function, "arguments": call.arguments} for call in calls]
    return sent
