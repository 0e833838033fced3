"""What a finish reason means. Only this module decides how an answer has ended."""

import re
from typing import Literal

from diptych.backends.backend_errors import BackendError, Refused, ServerError, Unsupported
from diptych.errors import AGAIN

Finish = Literal["done", "cut", "refused", "unsupported", "failed"]
"""done: the model ended the answer. cut: a token limit did. refused: a policy did. unsupported: the model called a
tool. failed: anything else."""

# Each API has its own words, and proxies pass them on: OpenAI, Azure, Anthropic, Gemini, Bedrock, Cohere, Mistral,
# Together, watsonx, Zhipu, vLLM, SGLang, TGI, LM Studio.
_DONE = frozenset((
    "stop", "stopped", "stop_sequence", "stop_sequence_reached", "stop_string", "stop_string_found", "stop_token",
    "stop_word", "stop_criteria_met", "stopped_eos", "stopped_word", "eos", "eos_token", "eos_found", "end",
    "ended", "end_turn", "end_of_turn", "end_of_text", "endoftext", "end_of_sequence", "end_of_stream", "complete",
    "completed", "finish", "finished", "normal",
))  # fmt: skip
_CUT = frozenset((
    "length", "max_length", "max_len", "maximum_length", "length_limit", "max_tokens", "max_token",
    "maximum_tokens", "max_output_tokens", "max_completion_tokens", "max_new_tokens", "max_tokens_reached",
    "max_predicted_tokens_reached", "output_limit", "token_limit", "token_limit_reached", "stopped_limit",
    "model_length", "max_model_length", "max_seq_len", "max_context", "context", "context_length",
    "context_length_reached", "context_length_exceeded", "context_limit", "context_window_exceeded",
    "model_context_window_exceeded", "error_limit",
))  # fmt: skip
_POLICY = re.compile(
    "content_?filter|filtered|safety|recitation|block|prohibited|spii|guardrail|sensitive|moderat|polic|refus|toxic"
    "|censor|flagged|violat|copyright|model_armor"
)
_TOOL = re.compile("tool|function")
_PREFIXES = ("finish_reason_", "finishreason_", "stop_reason_", "reason_")
_NOTHING = frozenset(("", "null", "none"))
_SHOWN = 80
"""How many characters of a reason are shown."""


def is_reason(reason: str | None) -> bool:
    """Whether this is a reason. Some servers send an empty one, or the word null, with every piece of an answer."""
    return reason is not None and reason.strip().lower() not in _NOTHING


def finish_of(reason: str, native: str | None = None) -> Finish:
    """What a reason means, in upper or lower case, with or without a detail behind it.

    `native`: the reason of the model's own API, where a router passes it on. It counts where it is worse.
    """
    finish = _meaning(reason)
    if finish == "done" and native is not None and (own := _meaning(native)) != "failed":
        return own
    return finish


def fault_of(finish: Finish, reason: str | None, native: str | None = None) -> BackendError | None:
    """Why an answer that ended this way does not count; None if it counts."""
    lines = " ".join(filter(None, (reason, native if native != reason else None))).splitlines() or ["none"]
    named = f"(finish_reason {lines[0][:_SHOWN]})"
    if finish == "refused":
        return Refused(
            f"the endpoint's policy cut the answer off {named}", "the text so far is kept; ask in other words"
        )
    if finish == "unsupported":
        return Unsupported(
            f"the model called a tool in place of an answer {named}",
            f"leave tools out of extra_body in config.toml, or {AGAIN}",
        )
    if finish == "failed":
        return ServerError(f"the server did not complete the answer {named}", f"the text so far is kept; {AGAIN}")
    return None


def _meaning(reason: str) -> Finish:
    plain = _plain(reason)
    if plain.startswith("malformed"):
        return "failed"
    if _POLICY.search(plain):
        return "refused"
    head = plain.partition(":")[0]
    if head in _DONE:
        return "done"
    if head in _CUT:
        return "cut"
    return "unsupported" if _TOOL.search(head) else "failed"


def _plain(reason: str) -> str:
    """The reason in lower case with underscores, without the name of an enumeration before it. A detail follows a
    colon."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", reason.strip())
    head, colon, detail = re.sub(r"\s*[:(,;/]\s*", ":", split, count=1).partition(":")
    plain = re.sub(r"[\s.\-]+", "_", head).strip("_").lower()
    for prefix in _PREFIXES:
        plain = plain.removeprefix(prefix)
    return plain + colon + re.sub(r"[\s.\-]+", "_", detail).lower()
