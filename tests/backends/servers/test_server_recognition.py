"""Servers that are named as vLLM and are not: what they are, and that what they repeat is no one's answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest

from diptych.backends import (
    Backend,
    BackendError,
    Endpoint,
    Message,
    Request,
    Sampling,
    ServerError,
    Unsupported,
    connect,
)
from diptych.backends.servers import weights
from tests.backends.hosted_server import read
from tests.llama_as_vllm import GOES_ON, ToyLlama
from tests.openai_server import Exchange, Reply, Server, chunk, serve
from tests.real_llama import address, embedded

PREFILL = " Once"
BEGUN = Request("base", (Message("user", "Tell me a story."),), Sampling(), prefill=PREFILL)
USERS = Request("base", (), Sampling(), mode="user", prefill="I would like")


@asynccontextmanager
async def named_vllm(reply: Reply) -> AsyncIterator[tuple[Backend, Server]]:
    async with serve(reply) as server:
        backend = connect(Endpoint("vllm", server.base_url, timeout=5.0))
        await backend.start(lambda doing: None)
        try:
            yield backend, server
        finally:
            await backend.close()


def listing(*entries: dict[str, Any], **answers: Any) -> Reply:
    """A server that lists these models; `answers` by path, with _ for /."""

    async def reply(exchange: Exchange) -> None:
        found = answers.get(exchange.path.removeprefix("/").replace("/", "_"))
        if exchange.path == "/v1/models":
            await exchange.error(200, {"data": list(entries)})
        elif found is not None:
            await exchange.error(200, found)
        else:
            await exchange.error(404, {"detail": "Not Found"})

    return reply


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        (listing({"id": "m", "owned_by": "vllm", "max_model_len": 9}), "vLLM"),
        (listing({"id": "m", "owned_by": "openai", "max_model_len": 9}), "vLLM"),
        (listing({"id": "m", "owned_by": "llamacpp", "meta": {"n_ctx": 2048}}), "llama.cpp"),
        (listing({"id": "m", "owned_by": "me"}, props={"default_generation_settings": {}}), "llama.cpp"),
        (listing({"id": "m:latest", "owned_by": "library"}), "Ollama"),
        (listing({"id": "ns/m", "owned_by": "ns"}, api_version={"version": "0.12.3"}), "Ollama"),
        (listing({"id": "m", "owned_by": "sglang", "max_model_len": 9}), "SGLang"),
        (listing({"id": "m", "owned_by": "organization_owner"}), "LM Studio"),
        (listing({"id": "o/m", "owned_by": "o/m"}, info={"model_id": "o/m", "max_total_tokens": 9}), "TGI"),
        (listing({"id": "org/m", "owned_by": "org"}), ""),
        (listing({"id": "m", "owned_by": None}), ""),
        (listing(), ""),
    ],
)
async def test_what_a_server_is_is_read_from_what_it_says(reply: Reply, name: str) -> None:
    async with named_vllm(reply) as (backend, _):
        assert await backend.software() == name


@pytest.mark.parametrize("owner", ["llamacpp", None, "me"])
@pytest.mark.parametrize("echoes", [(False,), (True,), (True, False), ()])
@pytest.mark.parametrize("whole", [False, True])
async def test_a_beginning_that_is_repeated_is_taken_off_whole_and_streamed_alike(
    owner: str | None, echoes: tuple[bool, ...], whole: bool
) -> None:
    async with named_vllm(ToyLlama(owner, echoes=echoes)) as (backend, _):
        texts, ends, deltas = await read(backend, msgspec.structs.replace(BEGUN, whole=whole), 2)
    assert texts == [GOES_ON, GOES_ON]
    assert {end.finish_reason for end in ends.values()} == {"stop"}
    assert all(delta.text for delta in deltas)


@pytest.mark.parametrize("echoes", [(False,), ()])
@pytest.mark.parametrize("whole", [False, True])
async def test_a_model_that_says_its_beginning_again_is_left_so(echoes: tuple[bool, ...], whole: bool) -> None:
    async with named_vllm(ToyLlama(echoes=echoes, repeats=True)) as (backend, _):
        texts, _, _ = await read(backend, msgspec.structs.replace(BEGUN, whole=whole))
    assert texts == [PREFILL + GOES_ON]


async def test_each_way_of_asking_is_tried_once_for_a_model() -> None:
    async with named_vllm(ToyLlama()) as (backend, server):
        for whole in (True, False, True, False):
            await read(backend, msgspec.structs.replace(BEGUN, whole=whole))
        asked = [exchange.body for exchange in server.asked if exchange.path.endswith("/chat/completions")]
    assert len(asked) == 5, "streamed, nothing looks like an echo"
    assert sum(body["max_tokens"] == 1 for body in asked if "max_tokens" in body) == 1


async def test_what_could_not_be_tried_is_tried_again() -> None:
    async def reply(exchange: Exchange) -> None:
        if failing and exchange.body.get("max_tokens") == 1:
            await exchange.error(400, {"error": {"message": "not now", "type": "x"}})
        else:
            await toy(exchange)

    toy, failing = ToyLlama(), [True]
    whole = msgspec.structs.replace(BEGUN, whole=True)
    async with named_vllm(reply) as (backend, _):
        with pytest.raises(BackendError, match="not now"):
            await read(backend, whole)
        failing.clear()
        texts, _, _ = await read(backend, whole)
    assert texts == [GOES_ON]


async def test_a_beginning_that_is_repeated_otherwise_is_no_answer() -> None:
    async with named_vllm(ToyLlama(trims=True)) as (backend, _):
        with pytest.raises(ServerError, match="not as it was given") as caught:
            await read(backend, msgspec.structs.replace(BEGUN, whole=True))
    assert caught.value.hint


async def test_vllm_is_asked_nothing_besides() -> None:
    async with named_vllm(ToyLlama("vllm", echoes=())) as (backend, server):
        await read(backend, BEGUN)
        await read(backend, USERS)
    assert sum(exchange.path.endswith("/completions") for exchange in server.asked) == 2


async def test_nothing_is_tried_before_an_answer_begins_as_it_was_begun() -> None:
    async with named_vllm(ToyLlama("org", echoes=())) as (backend, server):
        await read(backend, BEGUN)
        await read(backend, msgspec.structs.replace(BEGUN, whole=True))
    assert [exchange.path for exchange in server.asked] == ["/v1/models", *["/v1/chat/completions"] * 2]


async def test_what_was_held_back_of_an_answer_that_broke_off_is_kept() -> None:
    async def reply(exchange: Exchange) -> None:
        if exchange.path == "/v1/models":
            await exchange.error(200, {"data": [{"id": "base"}]})
            return
        await exchange.head()
        await exchange.send(chunk(" On"))

    async with named_vllm(reply) as (backend, _):
        said = ""
        with pytest.raises(BackendError):
            async for item in backend.stream(BEGUN):
                said += getattr(item, "text", "")
    assert said == " On"


class TestWhatIsNotSo:
    """Refused with the reason, before anything is stored as an answer."""

    async def test_the_users_turn_on_llama_cpp(self) -> None:
        async with named_vllm(ToyLlama()) as (backend, _):
            with pytest.raises(Unsupported, match="renders the user's turn as one of the assistant"):
                await backend.body(USERS)
            with pytest.raises(Unsupported, match="renders the user's turn as one of the assistant"):
                await read(backend, USERS)

    async def test_the_users_turn_where_the_assistant_answers_all_the_same(self) -> None:
        async with named_vllm(ToyLlama("org", props=False, echoes=(), ignores=True)) as (backend, _):
            with pytest.raises(Unsupported, match="answers as the assistant"):
                await read(backend, USERS)

    async def test_the_users_turn_of_a_server_that_is_not_the_same_twice(self) -> None:
        """Between two tokens that are about as likely, a busy server says now one, now the other."""
        toy, asked = ToyLlama("org", props=False, echoes=(), ignores=True), []

        async def reply(exchange: Exchange) -> None:
            if exchange.body.get("continue_final_message"):
                asked.append(exchange)
                if len(asked) == 1:
                    await exchange.head()
                    await exchange.send(chunk("Else.") + chunk(finish="stop") + b"data: [DONE]\n\n")
                    return
            await toy(exchange)

        async with named_vllm(reply) as (backend, _):
            with pytest.raises(Unsupported, match="answers as the assistant"):
                await read(backend, USERS)

    async def test_the_users_turn_where_it_is_gone_on_with_as_the_assistants(self) -> None:
        async with named_vllm(ToyLlama("org", props=False, echoes=(True, False))) as (backend, _):
            with pytest.raises(Unsupported, match="answers as the assistant"):
                await read(backend, USERS)

    async def test_scores_and_counts(self) -> None:
        async with named_vllm(ToyLlama()) as (backend, _):
            with pytest.raises(Unsupported, match="no log-probabilities of a prompt"):
                assert [token async for token in backend.score(BEGUN, "Yes.")]
            assert await backend.prompt_tokens(BEGUN) is None

    async def test_scores_where_no_prompt_is_split_as_vllm_does(self) -> None:
        async with named_vllm(ToyLlama("org", props=False)) as (backend, _):
            with pytest.raises(Unsupported, match="does not tokenize as vLLM does"):
                assert [token async for token in backend.score(BEGUN, "Yes.")]
            assert await backend.prompt_tokens(BEGUN) is None

    async def test_no_vitals_of_a_vllm_that_is_not_there(self) -> None:
        reply = listing({"id": "m", "owned_by": "llamacpp"}, metrics={"llamacpp:tokens": 1})
        async with named_vllm(reply) as (backend, _):
            assert await backend.vitals() == ""


class TestAdapters:
    """Whether adapters can be loaded is found out without loading one."""

    @pytest.mark.parametrize(
        ("status", "said", "fixed"),
        [
            (400, {"error": {"message": "lora_name: Field required", "type": "BadRequestError"}}, False),
            (422, {"detail": [{"loc": ["body", "lora_name"], "msg": "Field required"}]}, False),
            (404, {"detail": "Not Found"}, True),
            (404, {"error": {"message": "Not Found", "type": "NotFoundError", "code": 404}}, True),
            (404, {"error": {"message": "File Not Found", "type": "not_found_error", "code": 404}}, True),
            (405, {"detail": "Method Not Allowed"}, True),
            (500, {"error": {"message": "engine"}}, False),
        ],
    )
    async def test_the_path_for_it_is_there_or_not(self, status: int, said: Any, fixed: bool) -> None:
        async def reply(exchange: Exchange) -> None:
            if exchange.path == "/v1/models":
                await exchange.error(200, {"data": [{"id": "base", "owned_by": "vllm"}]})
            else:
                asked.append((exchange.path, exchange.body))
                await exchange.error(status, said)

        asked: list[Any] = []
        async with named_vllm(reply) as (backend, _):
            why = await backend.adapters_fixed()
        assert (why is not None) == fixed
        if why is not None:
            assert "VLLM_ALLOW_RUNTIME_LORA_UPDATING" in why.hint
        assert asked == [("/v1/load_lora_adapter", {})]

    async def test_llama_cpp_and_hosted_apis_load_none(self) -> None:
        async with named_vllm(ToyLlama()) as (backend, _):
            why = await backend.adapters_fixed()
        assert why is not None
        assert "llama.cpp" in why.message
        assert await connect(Endpoint("openai", "http://127.0.0.1:9/v1")).adapters_fixed() is not None


@pytest.mark.slow
async def test_a_real_llama_cpp_server_that_is_named_as_vllm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its answers to a begun turn are those of the embedded endpoint, which renders the turn itself."""
    async with embedded() as server:
        url = await address(server, weights.BASE)
        monkeypatch.setenv("DIPTYCH_TEST_KEY", server.key)
        named = connect(Endpoint("vllm", url, "DIPTYCH_TEST_KEY"))
        await named.start(lambda doing: None)
        assert await named.software() == "llama.cpp"
        for beginning in ("The three rivers are", "\n\nHello there, my", "Hello \n"):
            asked = Request(
                weights.BASE,
                (Message("user", "Name three rivers."),),
                Sampling(0.0, max_tokens=8, extra_body={"cache_prompt": False}),
                prefill=beginning,
            )
            (expected,), _, _ = await read(server, asked)
            assert expected
            for whole in (False, True):
                (text,), _, _ = await read(named, msgspec.structs.replace(asked, whole=whole))
                assert text == expected
        with pytest.raises(Unsupported, match="user's turn"):
            await read(named, msgspec.structs.replace(USERS, model=weights.BASE))
        with pytest.raises(Unsupported):
            assert [token async for token in named.score(asked, "The Nile.")]
        assert await named.prompt_tokens(asked) is None
        assert await named.adapters_fixed() is not None
        assert await named.vitals() == ""
        # Had the software not been recognised, trying would have shown the same.
        monkeypatch.setattr("diptych.backends.servers.vllm.by_list", lambda listed: "another")
        unrecognised = connect(Endpoint("vllm", url, "DIPTYCH_TEST_KEY"))
        await unrecognised.start(lambda doing: None)
        assert await unrecognised.models()
        with pytest.raises(Unsupported, match="answers as the assistant"):
            await read(unrecognised, msgspec.structs.replace(USERS, model=weights.BASE))
        await unrecognised.close()
        await named.close()
