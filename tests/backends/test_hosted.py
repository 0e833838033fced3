"""A hosted API, against a server that answers as OpenAI documents."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest

from backends import (
    Backend,
    BackendError,
    BadKey,
    BadRequest,
    Delta,
    Dropped,
    End,
    Endpoint,
    Message,
    Model,
    NoQuota,
    RateLimited,
    Refused,
    Request,
    Sampling,
    ServerError,
    TimedOut,
    TooLong,
    UnknownModel,
    Unreachable,
    Unsupported,
    Usage,
    connect,
)
from tests.openai_server import Exchange, OpenAI, Reply, Server, answering, chunk, error_body, serve

FINE_TUNED = "ft:gpt-4o-2024-08-06:org::id"


def request(model: str = "gpt-base", **sampling: Any) -> Request:
    return Request(model, (Message("user", "Hi"),), Sampling(**sampling))


@asynccontextmanager
async def hosted(reply: Reply, **endpoint: Any) -> AsyncIterator[tuple[Backend, Server]]:
    async with serve(reply) as server:
        backend = connect(Endpoint("openai", server.base_url, timeout=endpoint.pop("timeout", 5.0), **endpoint))
        await backend.start(lambda doing: None)
        try:
            yield backend, server
        finally:
            await backend.close()


async def read(backend: Backend, wanted: Request, samples: int = 1) -> tuple[list[str], dict[int, End], list[Delta]]:
    """The texts by sample, the ends by sample, and the deltas."""
    items = [item async for item in backend.stream(wanted, samples)]
    deltas = [item for item in items if isinstance(item, Delta)]
    texts = ["".join(d.text for d in deltas if d.sample == sample) for sample in range(samples)]
    return texts, {item.sample: item for item in items if isinstance(item, End)}, deltas


async def fault(backend: Backend, wanted: Request) -> BackendError:
    with pytest.raises(BackendError) as caught:
        await read(backend, wanted)
    return caught.value


class TestRequests:
    async def test_a_model_id_with_colons_goes_out_unchanged(self) -> None:
        async with hosted(OpenAI()) as (backend, server):
            texts, ends, _ = await read(backend, request(FINE_TUNED))
        assert server.asked[0].body["model"] == FINE_TUNED
        assert (texts, ends[0].model) == (["Yes indeed."], FINE_TUNED)

    async def test_everything_that_a_side_sets_reaches_the_wire(self) -> None:
        sampling = {"temperature": 0.3, "top_p": 0.9, "seed": 7, "max_tokens": 5}
        extra = {"reasoning_effort": "low", "top_k": 3}
        wanted = request(**sampling, stop=("END", "\n\n"), logprobs=2, extra_body=extra)
        async with hosted(OpenAI()) as (backend, server):
            _, _, deltas = await read(backend, wanted, 3)
            assert await backend.body(wanted, 3) == server.asked[0].body
        sent = server.asked[0].body
        assert sent == {
            **sampling,
            **extra,
            "model": "gpt-base",
            "messages": [{"role": "user", "content": "Hi"}],
            "stream": True,
            "stream_options": {"include_usage": True},
            "stop": ["END", "\n\n"],
            "logprobs": True,
            "top_logprobs": 2,
            "n": 3,
        }
        assert deltas[0].logprobs[0].logprob == -0.1

    async def test_what_a_side_leaves_out_is_not_sent(self) -> None:
        wanted = request(temperature=0.7, seed=1, leave_out=("temperature", "seed", "stream_options"))
        async with hosted(OpenAI()) as (backend, server):
            await read(backend, wanted)
        assert server.asked[0].body.keys() == {"model", "messages", "stream"}

    async def test_organization_and_project_are_billed(self) -> None:
        async with hosted(OpenAI(), organization="org-1", project="proj-2") as (backend, server):
            await read(backend, request())
        headers = server.asked[0].headers
        assert (headers["openai-organization"], headers["openai-project"]) == ("org-1", "proj-2")

    async def test_a_model_that_counts_completion_tokens_is_asked_by_that_name_from_then_on(self) -> None:
        wanted = request(max_tokens=9)
        async with hosted(OpenAI(reasoning=("gpt-base",))) as (backend, server):
            assert "max_tokens" in await backend.body(wanted)
            for _ in range(2):
                texts, _, _ = await read(backend, wanted)
                assert texts == ["Yes indeed."]
            await read(backend, request(FINE_TUNED, max_tokens=9))
            assert await backend.body(wanted) == server.asked[-2].body
        names = [next(key for key in exchange.body if key.startswith("max_")) for exchange in server.asked]
        assert names == ["max_tokens", "max_completion_tokens", "max_completion_tokens", "max_tokens"]

    async def test_a_limit_that_is_too_large_is_no_reason_to_ask_by_the_other_name(self) -> None:
        async with hosted(lambda exchange: exchange.error(400, VLLM_TOO_MANY)) as (backend, server):
            assert isinstance(await fault(backend, request(max_tokens=5000)), TooLong)
            assert "max_tokens" in await backend.body(request(max_tokens=5000))
        assert len(server.asked) == 1

    @pytest.mark.parametrize(
        ("error", "mend"),
        [
            (error_body("no", param="temperature", code="unsupported_value"), "give the side another temperature"),
            (error_body("no", param="temperature", code="unsupported_parameter"), 'leave_out = ["temperature"]'),
            (error_body("no", param="top_p", code="unsupported_parameter"), 'leave_out = ["top_p"]'),
            (error_body("no", param="top_logprobs"), "another logprobs"),
            (error_body("no", param="n"), "samples_per_request = 1"),
            (
                {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs"}]},
                'leave_out = ["seed"]',
            ),
            (
                {"object": "error", "message": {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"]}]}},
                'leave_out = ["seed"]',
            ),
        ],
    )
    async def test_a_parameter_that_a_model_refuses_is_named_with_the_mend(self, error: Any, mend: str) -> None:
        async with hosted(lambda exchange: exchange.error(400, error)) as (backend, server):
            found = await fault(backend, request(temperature=0.7))
        assert type(found) is BadRequest
        assert mend in found.mend
        assert len(server.asked) == 1


class TestAnswers:
    async def test_usage_fingerprint_and_request_id_come_with_the_end(self) -> None:
        async with hosted(OpenAI()) as (backend, _):
            _, ends, _ = await read(backend, request())
        end = ends[0]
        assert (end.usage, end.fingerprint, end.request_id) == (Usage(7, 2), "fp_1", "req_1")

    @pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
    async def test_reasoning_is_kept_apart(self, field: str) -> None:
        async def thinking(exchange: Exchange) -> None:
            await exchange.head()
            for delta in ({field: "Hm, "}, {field: "yes."}, {"content": "Yes."}):
                await exchange.send(chunk(choices=[{"index": 0, "delta": delta}]))
            await exchange.send(chunk(finish="stop"))

        async with hosted(thinking) as (backend, _):
            texts, _, deltas = await read(backend, request())
        assert texts == ["Yes."]
        assert [d.reasoning for d in deltas] == ["Hm, ", "yes.", ""]

    async def test_several_samples_come_from_one_request(self) -> None:
        async with hosted(OpenAI()) as (backend, server):
            texts, ends, _ = await read(backend, request(), 3)
        assert texts == ["Yes indeed."] * 3
        assert len(server.asked) == 1
        assert [end.usage for end in ends.values()] == [Usage(7, 2)] * 3

    async def test_usage_that_cannot_be_shared_out_is_not_made_up(self) -> None:
        async def two(exchange: Exchange) -> None:
            await exchange.head()
            for index in range(2):
                await exchange.send(chunk("a b c", index=index) + chunk(finish="stop", index=index))
            await exchange.send(chunk(choices=[], usage={"prompt_tokens": 7, "completion_tokens": 9}))

        async with hosted(two) as (backend, _):
            _, ends, _ = await read(backend, request(), 2)
        assert [end.usage for end in ends.values()] == [None, None]

    async def test_a_server_that_does_not_stream_is_understood(self) -> None:
        async def whole(exchange: Exchange) -> None:
            choice = {"index": 0, "message": {"role": "assistant", "content": "All."}, "finish_reason": "stop"}
            await exchange.error(200, {"model": "m", "choices": [choice], "usage": {"completion_tokens": 1}})

        async with hosted(whole) as (backend, _):
            texts, ends, _ = await read(backend, request())
        assert (texts, ends[0].finish_reason) == (["All."], "stop")

    async def test_an_answer_that_the_policy_cut_off_keeps_what_came(self) -> None:
        came: list[str] = []
        async with hosted(OpenAI(filtered=(1,))) as (backend, _):
            with pytest.raises(Refused, match="policy cut the answer off"):
                async for item in backend.stream(request(), 2):
                    came.append(item.text if isinstance(item, Delta) else f"end of {item.sample}")
        assert came == ["Yes ", "Yes ", "indeed.", "end of 0"]

    async def test_models_with_what_is_told_of_their_context(self) -> None:
        listed = {"data": [{"id": "a", "context_length": 4096}, {"id": "b", "max_model_len": 512}, {"id": "c"}]}
        async with hosted(lambda exchange: exchange.error(200, listed)) as (backend, _):
            assert await backend.models() == [Model("a", 4096), Model("b", 512), Model("c")]
        async with hosted(lambda exchange: exchange.error(200, listed["data"])) as (backend, _):
            assert [model.name for model in await backend.models()] == ["a", "b", "c"]

    async def test_an_api_without_a_list_of_models_has_none(self) -> None:
        async with hosted(lambda exchange: exchange.error(404, {"detail": "Not Found"})) as (backend, _):
            assert await backend.models() == []

    async def test_a_web_page_is_no_list_of_models(self) -> None:
        async def page(exchange: Exchange) -> None:
            await exchange.head(kind="text/html")
            await exchange.send(b"<html>Welcome</html>")

        async with hosted(page) as (backend, _):
            with pytest.raises(ServerError) as caught:
                await backend.models()
        assert "base_url" in caught.value.mend

    async def test_prefill_is_not_promised(self) -> None:
        wanted = Request("m", (Message("user", "Hi"),), prefill="Well")
        async with hosted(OpenAI()) as (backend, server):
            assert isinstance(await fault(backend, wanted), Unsupported)
        assert server.asked == []


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
    @pytest.mark.parametrize(("status", "body", "kind", "mend"), ERRORS)
    async def test_each_is_typed_and_carries_the_mend(
        self, status: int, body: Any, kind: type[BackendError], mend: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def reply(exchange: Exchange) -> None:
            await exchange.head(status, "text/html" if isinstance(body, str) else "application/json")
            await exchange.send(body.encode() if isinstance(body, str) else json.dumps(body).encode())

        monkeypatch.setattr("backends.client.RETRIES", 0)
        async with hosted(reply) as (backend, _):
            found = await fault(backend, request("m"))
        assert type(found) is kind, found
        assert mend in found.mend
        assert found.message
        assert "<" not in found.message

    async def test_plain_text_that_a_chat_model_does_not_complete(self) -> None:
        wanted = Request("m", (), form="text", prefill="Once")
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
        shown = f"{found!r} {found.mend} {found.__cause__!r} {found.__suppress_context__}"
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
        assert "wait 3600 s" in found.mend
        assert isinstance(later, RateLimited)
        assert "60 minutes" in later.message
        assert len(times) == 1

    @pytest.mark.parametrize("status", [500, 502, 503, 529])
    async def test_a_server_that_fails_once_is_asked_again(self, status: int) -> None:
        reply, times = failing_once(OpenAI(), status=status)
        async with hosted(reply) as (backend, _):
            assert (await read(backend, request()))[0] == ["Yes indeed."]
        assert len(times) == 2

    async def test_a_connection_that_is_reset_before_the_first_byte_is_tried_again(self) -> None:
        count = 0

        async def reset(exchange: Exchange) -> None:
            nonlocal count
            count += 1
            if count == 1:
                exchange.writer.transport.abort()
            else:
                await answering("Yes indeed.")(exchange)

        async with hosted(reset) as (backend, _):
            assert (await read(backend, request()))[0] == ["Yes indeed."]
        assert count == 2

    async def test_a_server_that_always_hangs_up_is_told_apart_from_nobody(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("backends.client.RETRIES", 0)

        async def reset(exchange: Exchange) -> None:
            exchange.writer.transport.abort()

        async with hosted(reset) as (backend, _):
            found = await fault(backend, request())
        assert isinstance(found, Unreachable)
        assert "hung up before it answered" in found.message

    @pytest.mark.parametrize(
        ("status", "code"),
        [(400, None), (401, "invalid_api_key"), (404, "model_not_found"), (429, "insufficient_quota")],
    )
    async def test_what_cannot_pass_is_not_tried_again(self, status: int, code: str | None) -> None:
        body = error_body("no", code=code)
        async with hosted(lambda exchange: exchange.error(status, body)) as (backend, server):
            await fault(backend, request())
        assert len(server.asked) == 1

    async def test_silence_before_the_first_byte_is_waited_for_once(self) -> None:
        async def silent(exchange: Exchange) -> None:
            await exchange.gone.wait()

        async with hosted(silent, timeout=0.2) as (backend, server):
            found = await fault(backend, request())
        assert isinstance(found, TimedOut)
        assert "0.2 s" in found.message
        assert len(server.asked) == 1

    async def test_a_stream_without_its_end_is_dropped(self) -> None:
        async def cut(exchange: Exchange) -> None:
            await exchange.head()
            await exchange.send(chunk("half an ans"))

        async with hosted(cut) as (backend, server):
            assert isinstance(await fault(backend, request()), Dropped)
        assert len(server.asked) == 1


class TestTheOfficialClient:
    """The server of these tests is held to what the official client expects, and our reading to the client's."""

    async def test_it_reads_the_same_from_the_stream(self) -> None:
        api = OpenAI()
        async with hosted(api) as (backend, server):
            ours = await read(backend, request(logprobs=0), 2)
            async with openai.AsyncOpenAI(base_url=server.base_url, api_key="x", max_retries=0) as client:
                stream = await client.chat.completions.create(
                    model="gpt-base",
                    messages=[{"role": "user", "content": "Hi"}],
                    n=2,
                    logprobs=True,
                    stream=True,
                    stream_options={"include_usage": True},
                )
                chunks = [chunk async for chunk in stream]
        assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
        assert chunks[0].choices[0].delta.role == "assistant"
        choices = [choice for chunk in chunks for choice in chunk.choices]
        texts = ["".join(c.delta.content or "" for c in choices if c.index == index) for index in range(2)]
        assert texts == ours[0]
        assert {c.finish_reason for c in choices} - {None} == {end.finish_reason for end in ours[1].values()}
        last = chunks[-1]
        assert (last.choices, last.system_fingerprint) == ([], ours[1][0].fingerprint)
        assert last.usage is not None
        assert last.usage.completion_tokens == sum(end.usage.completion_tokens for end in ours[1].values() if end.usage)

    async def test_it_lists_the_same_models(self) -> None:
        async with hosted(OpenAI()) as (backend, server):
            async with openai.AsyncOpenAI(base_url=server.base_url, api_key="x", max_retries=0) as client:
                listed = [model.id async for model in client.models.list()]
            assert [model.name for model in await backend.models()] == listed == list(OpenAI().models)

    @pytest.mark.parametrize(
        ("api", "asked", "theirs", "code", "ours"),
        [
            (OpenAI(), {"model": "no"}, openai.NotFoundError, "model_not_found", UnknownModel),
            (OpenAI(key="other"), {}, openai.AuthenticationError, "invalid_api_key", BadKey),
            (OpenAI(limit=0), {}, openai.RateLimitError, "rate_limit_exceeded", RateLimited),
            (
                OpenAI(reasoning=("gpt-base",)),
                {"temperature": 0.2},
                openai.BadRequestError,
                "unsupported_value",
                BadRequest,
            ),
        ],
    )
    async def test_it_sees_the_same_errors(
        self,
        api: OpenAI,
        asked: dict[str, Any],
        theirs: type[openai.APIStatusError],
        code: str,
        ours: type[BackendError],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("backends.client.RETRIES", 0)
        async with hosted(api) as (backend, server):
            async with openai.AsyncOpenAI(base_url=server.base_url, api_key="x", max_retries=0) as client:
                with pytest.raises(theirs) as caught:
                    await client.chat.completions.create(**{"model": "gpt-base", "messages": [], **asked})
            assert (caught.value.code, caught.value.request_id) == (code, "req_1")
            assert type(await fault(backend, request(**asked))) is ours
