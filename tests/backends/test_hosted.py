"""A hosted API, against a server that answers as OpenAI documents."""

from typing import Any

import openai
import pytest

from diptych.backends import (
    BackendError,
    BadKey,
    BadRequest,
    Delta,
    Message,
    Model,
    RateLimited,
    Refused,
    Request,
    ServerError,
    UnknownModel,
    Unsupported,
    Usage,
)
from tests.backends.hosted_server import fault, hosted, read, request
from tests.openai_server import Exchange, OpenAI, chunk, error_body

FINE_TUNED = "ft:gpt-4o-2024-08-06:org::id"


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

    @pytest.mark.parametrize(
        ("error", "hint"),
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
    async def test_a_parameter_that_a_model_refuses_is_named_with_the_mend(self, error: Any, hint: str) -> None:
        async with hosted(lambda exchange: exchange.error(400, error)) as (backend, server):
            # What is not sent cannot be left out.
            found = await fault(backend, request(leave_out=("temperature", "stream_options")))
        assert type(found) is BadRequest
        assert hint in found.hint
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
        assert came == ["Yes ", "Yes ", "indeed.", "end of 0", "end of 1"]

    async def test_models_with_what_is_told_of_their_context(self) -> None:
        told = [{"id": "a", "context_length": 4096}, {"id": "b", "max_model_len": 512}, {"id": "c"}]
        # As llama.cpp tells it.
        listed = {"data": [*told, {"id": "d", "meta": {"n_ctx_train": 8192, "n_ctx": 2048}}]}
        async with hosted(lambda exchange: exchange.error(200, listed)) as (backend, _):
            assert await backend.models() == [Model("a", 4096), Model("b", 512), Model("c"), Model("d", 2048)]
        async with hosted(lambda exchange: exchange.error(200, listed["data"])) as (backend, _):
            assert [model.name for model in await backend.models()] == ["a", "b", "c", "d"]

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
        assert "base_url" in caught.value.hint

    async def test_prefill_is_not_promised(self) -> None:
        wanted = Request("m", (Message("user", "Hi"),), prefill="Well")
        async with hosted(OpenAI()) as (backend, server):
            assert isinstance(await fault(backend, wanted), Unsupported)
        assert server.asked == []


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
        monkeypatch.setattr("diptych.backends.openai_client.RETRIES", 0)
        monkeypatch.setattr("diptych.backends.openai_client.REFUSALS", 0)
        async with hosted(api) as (backend, server):
            async with openai.AsyncOpenAI(base_url=server.base_url, api_key="x", max_retries=0) as client:
                with pytest.raises(theirs) as caught:
                    await client.chat.completions.create(**{"model": "gpt-base", "messages": [], **asked})
            assert (caught.value.code, caught.value.request_id) == (code, "req_1")
            assert type(await fault(backend, request(**asked))) is ours
