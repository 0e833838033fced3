"""What can go wrong with a hosted API: each fault typed, with its hint, and tried again only where that can help."""

import asyncio
import json
from typing import Any

import pytest

from diptych.backends import (
    BackendError,
    BadKey,
    BadRequest,
    NoQuota,
    RateLimited,
    Refused,
    Request,
    ServerError,
    TooLong,
    UnknownModel,
    Unsupported,
)
from tests.backends.hosted_server import fault, hosted, read, request
from tests.openai_server import Exchange, OpenAI, Reply, chunk, error_body

VLLM_NO_MODEL = {
    "error": {"message": "The model `m` does not exist.", "type": "NotFoundError", "param": "model", "code": 404}
}
OLD_VLLM_TOO_LONG = {
    "object": "error",
    "message": "This model's maximum context length is 2048 tokens. However, you requested 3000 tokens.",
    "type": "BadRequestError",
    "param": None,
    "code": 400,
}
CHAT_ONLY = "This is a chat model and not supported in the v1/completions endpoint."
COUNTRY = error_body("Country, region, or territory not supported", "request_forbidden", code="unsupported_country_region_territory")  # fmt: skip  # noqa: E501

VLLM_TOO_MANY = error_body(
    "'max_tokens' or 'max_completion_tokens' is too large: 5000. This model's maximum context length is 2048 tokens and"
    " your request has 20 input tokens.",
    param="max_tokens",
)
ERRORS = [
    (401, error_body("Incorrect API key provided: sk-proj-abcd", code="invalid_api_key"), BadKey, "api_key_env"),
    (403, error_body("You have insufficient permissions"), BadKey, "api_key_env"),
    (400, [{"error": {"code": 400, "message": "API key not valid."}}], BadKey, "api_key_env"),
    (403, error_body("You are not allowed to sample from this model"), UnknownModel, "model in config.toml"),
    (403, error_body("You are not allowed to request logprobs from this model"), BadRequest, '["logprobs"]'),
    (403, COUNTRY, Refused, "use another endpoint"),
    (403, {"error": {"message": "Your input was flagged", "code": 403}}, Refused, "other words"),
    (404, error_body("The model `m` does not exist", code="model_not_found"), UnknownModel, "model in config.toml"),
    (404, VLLM_NO_MODEL, UnknownModel, "model in config.toml"),
    (404, {"error": {"message": "No endpoints found for m.", "code": 404}}, UnknownModel, "model in config.toml"),
    (400, error_body("invalid model ID", param="model"), UnknownModel, "model in config.toml"),
    (400, {"error": {"message": "m is not a valid model ID", "code": 400}}, UnknownModel, "model in config.toml"),
    (404, error_body("Invalid URL (POST /chat/completions)"), BadRequest, "base_url"),
    (404, {"detail": "Not Found"}, BadRequest, "base_url"),
    (404, "<html><h1>404 Not Found</h1></html>", BadRequest, "base_url"),
    (404, "404 page not found", BadRequest, "base_url"),
    (405, {"detail": "Method Not Allowed"}, BadRequest, "base_url"),
    (404, error_body("something else"), UnknownModel, "base_url"),
    (429, error_body("You exceeded your current quota", code="insufficient_quota"), NoQuota, "credit"),
    (429, error_body("Your account is not active", code="billing_not_active"), NoQuota, "credit"),
    (402, {"error": {"message": "Insufficient credits", "code": 402}}, NoQuota, "credit"),
    (400, error_body("maximum context length", code="context_length_exceeded"), TooLong, "shorten"),
    (400, OLD_VLLM_TOO_LONG, TooLong, "shorten"),
    (400, VLLM_TOO_MANY, TooLong, "lower max_tokens"),
    (413, {"error": {"message": "too big"}}, TooLong, "shorten"),
    (400, error_body("Your request was rejected", code="content_policy_violation"), Refused, "other words"),
    (400, error_body("Invalid prompt: flagged", code="invalid_prompt"), Refused, "other words"),
    (400, error_body("bad 'stop'"), BadRequest, "config.toml"),
    (422, {"detail": [{"loc": ["body", "messages"], "msg": "field required"}]}, BadRequest, "config.toml"),
    (429, error_body("Rate limit reached", code="rate_limit_exceeded"), RateLimited, "wait"),
    (500, error_body("The server had an error", "server_error"), ServerError, "again"),
    (503, "upstream is away", ServerError, "again"),
    (400, [{"error": {"message": "Context window full: context length", "code": 400}}], TooLong, "shorten"),
    (400, {"error": "a bare string"}, BadRequest, "config.toml"),
    (400, {"error": {"message": {"odd": 1}, "code": {"odd": 2}, "type": ["odd"]}}, BadRequest, "config.toml"),
]  # fmt: skip


class TestErrors:
    @pytest.mark.parametrize(("status", "body", "kind", "hint"), ERRORS)
    async def test_each_is_typed_and_carries_the_mend(
        self, status: int, body: Any, kind: type[BackendError], hint: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def reply(exchange: Exchange) -> None:
            await exchange.head(status, "text/html" if isinstance(body, str) else "application/json")
            await exchange.send(body.encode() if isinstance(body, str) else json.dumps(body).encode())

        monkeypatch.setattr("diptych.backends.openai_client.RETRIES", 0)
        monkeypatch.setattr("diptych.backends.openai_client.REFUSALS", 0)
        async with hosted(reply) as (backend, _):
            found = await fault(backend, request("m"))
        assert type(found) is kind, found
        assert hint in found.hint
        assert found.message
        assert "<" not in found.message

    async def test_a_limit_that_is_too_large_is_no_reason_to_ask_by_the_other_name(self) -> None:
        async with hosted(lambda exchange: exchange.error(400, VLLM_TOO_MANY)) as (backend, server):
            assert isinstance(await fault(backend, request(max_tokens=5000)), TooLong)
            assert "max_tokens" in await backend.body(request(max_tokens=5000))
        assert len(server.asked) == 1

    async def test_plain_text_that_a_chat_model_does_not_complete(self) -> None:
        wanted = Request("m", (), mode="text", prefill="Once")
        for status, body in ((404, error_body(CHAT_ONLY, param="model")), (404, {"detail": "Not Found"})):
            async with hosted(lambda exchange, s=status, b=body: exchange.error(s, b)) as (backend, _):  # type: ignore[misc]
                assert isinstance(await fault(backend, wanted), Unsupported)

    @pytest.mark.parametrize(
        ("code", "kind"),
        [(429, RateLimited), (502, ServerError), ("context_length_exceeded", TooLong), (400, BadRequest)],
    )
    async def test_an_error_inside_the_stream_is_typed_too(self, code: Any, kind: type[BackendError]) -> None:
        async def late(exchange: Exchange) -> None:
            await exchange.head()
            await exchange.send(chunk("a") + chunk(error={"message": "the provider's words", "code": code}))

        async with hosted(late) as (backend, _):
            found = await fault(backend, request())
        assert (type(found), found.message) == (kind, "the provider's words")

    async def test_a_key_that_a_server_repeats_is_not_passed_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOME_KEY", "canary-in-the-mine")
        async with hosted(OpenAI(key="another"), api_key_env="SOME_KEY") as (backend, _):
            found = await fault(backend, request())
        assert isinstance(found, BadKey)
        assert found.message == "Incorrect API key provided: (the key)."
        shown = f"{found!r} {found.hint} {found.__cause__!r} {found.__suppress_context__}"
        assert "canary" not in shown
        assert found.__suppress_context__

    async def test_a_masked_key_is_not_passed_on_either(self) -> None:
        body = error_body("Incorrect API key provided: sk-proj-****wxyz. Find yours online.")
        async with hosted(lambda exchange: exchange.error(401, body)) as (backend, _):
            assert (await fault(backend, request())).message == "Incorrect API key provided: sk-… Find yours online."


def failing_once(reply: Reply, headers: str = "", status: int = 429) -> tuple[Reply, list[float]]:
    """Fails the first request and remembers when each came."""
    times: list[float] = []

    async def turn(exchange: Exchange) -> None:
        times.append(asyncio.get_running_loop().time())
        if len(times) > 1:
            await reply(exchange)
        else:
            await exchange.head(status, "application/json", headers)
            await exchange.send(json.dumps(error_body("not now")).encode())

    return turn, times


class TestRetries:
    async def test_retry_after_is_honoured(self) -> None:
        reply, times = failing_once(OpenAI(), "retry-after: 1\r\n")
        async with hosted(reply) as (backend, _):
            texts, _, _ = await read(backend, request())
        assert texts == ["Yes indeed."]
        assert times[1] - times[0] >= 1.0

    async def test_a_wait_beyond_all_patience_is_told_at_once(self) -> None:
        reply, times = failing_once(OpenAI(), "retry-after: 3600\r\n")
        async with hosted(reply) as (backend, _):
            found = await fault(backend, request())
            later = await fault(backend, request())
        assert isinstance(found, RateLimited)
        assert "wait 60 minutes" in found.hint
        assert isinstance(later, RateLimited)
        assert "60 minutes" in later.message
        assert len(times) == 1

    @pytest.mark.parametrize(
        ("status", "code"),
        [(400, None), (401, "invalid_api_key"), (404, "model_not_found"), (429, "insufficient_quota")],
    )
    async def test_what_cannot_pass_is_not_tried_again(self, status: int, code: str | None) -> None:
        body = error_body("no", code=code)
        async with hosted(lambda exchange: exchange.error(status, body)) as (backend, server):
            await fault(backend, request())
        assert len(server.asked) == 1
