"""The JSON bodies of requests to an OpenAI-compatible API."""

from typing import Any

from diptych.backends.interface import Request, Sampling


def chat_body(request: Request, samples: int = 1) -> dict[str, Any]:
    """The body of a chat completion."""
    messages = [{"role": m.role, "content": m.content} for m in request.messages]
    body = {"model": request.model, "messages": messages, **_common(request, samples)}
    if request.sampling.logprobs is not None:
        body |= {"logprobs": True, "top_logprobs": request.sampling.logprobs}
    return _finished(body, request.sampling)


def continued_body(request: Request, samples: int = 1) -> dict[str, Any]:
    """The body of a chat completion that continues a turn which was begun, as vLLM understands it."""
    body = chat_body(request, samples)
    role = "user" if request.mode == "user" else "assistant"
    body["messages"].append({"role": role, "content": request.prefill})
    return body | {"continue_final_message": True, "add_generation_prompt": False}


def text_body(request: Request, text: str, samples: int = 1) -> dict[str, Any]:
    """The body of a completion of plain text."""
    body = {"model": request.model, "prompt": text, **_common(request, samples)}
    if request.sampling.logprobs is not None:
        body["logprobs"] = request.sampling.logprobs
    return _finished(body, request.sampling)


def path_of(body: dict[str, Any]) -> str:
    """The path that a body is sent to, below the base URL."""
    return "/completions" if "prompt" in body else "/chat/completions"


def _finished(body: dict[str, Any], sampling: Sampling) -> dict[str, Any]:
    refused = set(sampling.leave_out or ())
    if "logprobs" in refused:
        refused.add("top_logprobs")
    kept = {key: value for key, value in body.items() if key not in refused}
    return kept | (sampling.extra_body or {})


def _common(request: Request, samples: int) -> dict[str, Any]:
    sampling = request.sampling
    streamed = {"stream": True, "stream_options": {"include_usage": True}}
    fields: dict[str, Any] = {"stream": False} if request.whole else streamed
    for name in ("temperature", "top_p", "seed", "max_tokens"):
        value = getattr(sampling, name)
        if value is not None:
            fields[name] = value
    if sampling.stop:
        fields["stop"] = list(sampling.stop)
    if samples > 1:
        fields["n"] = samples
    return fields
