"""An address with a query, headers of one's own, and keys that are in them: Azure OpenAI as the example."""

import json
from typing import Any

import pytest

from diptych.backends import BadKey, BadRequest, Endpoint, FromEnvironment, Refused, UnknownModel, connect
from diptych.backends.base_url import BaseURL
from tests.backends.hosted_server import fault, read, request
from tests.openai_server import Exchange, OpenAI, Reply, serve

KEY = "canary-azure-0123456789abcdef"
VERSION = "2024-10-21"
API_KEY = {"api-key": FromEnvironment("AZURE_KEY")}
FILTERED = {
    "error": {
        "message": "The response was filtered due to the prompt triggering the content management policy.",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {"hate": {"filtered": True}}},
    }
}


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_KEY", KEY)


def azure(answer: Reply | None = None) -> Reply:
    """A deployment: the version belongs into the query, the key into a header of its own."""

    async def reply(exchange: Exchange) -> None:
        path, _, query = exchange.path.partition("?")
        if query != f"api-version={VERSION}" or not path.startswith("/openai/deployments/dep/"):
            await exchange.error(404, {"error": {"code": "404", "message": "Resource not found"}})
        elif exchange.headers.get("api-key") != KEY or "authorization" in exchange.headers:
            await exchange.error(401, {"error": {"code": "401", "message": f"Access denied due to invalid subscription key {exchange.headers.get('api-key')}."}})  # fmt: skip  # noqa: E501
        elif answer is not None:
            await answer(exchange)
        else:
            exchange.path = "/v1" + path.removeprefix("/openai/deployments/dep")
            await OpenAI()(exchange)

    return reply


def deployment(base_url: str, version: str = VERSION, name: str = "dep") -> str:
    return base_url.removesuffix("/v1") + f"/openai/deployments/{name}?api-version={version}"


@pytest.mark.parametrize(
    ("url", "base", "query"),
    [
        ("https://h/v1", "https://h/v1", ""),
        ("https://h/v1/", "https://h/v1", ""),
        ("https://h/v1?a=b", "https://h/v1", "a=b"),
        ("https://h/v1/?a=b&a=c%20d", "https://h/v1", "a=b&a=c%20d"),
        ("https://h/v1?a=b/", "https://h/v1", "a=b/"),
        ("https://h/v1#top", "https://h/v1", ""),
        ("https://h/v1/?a=b#top?c=d", "https://h/v1", "a=b"),
        ("https://h?", "https://h", ""),
    ],
)
def test_the_parts_of_an_address(url: str, base: str, query: str) -> None:
    address = BaseURL(url)
    assert (address.base, address.query) == (base, query)
    assert address.of("/models") == f"{base}/models"
    assert address.of("//metrics") == f"{base.removesuffix('/v1')}/metrics"


async def test_a_deployment_of_azure_answers_and_lists() -> None:
    async with serve(azure()) as server:
        backend = connect(Endpoint("openai", deployment(server.base_url), headers=API_KEY))
        await backend.start(lambda doing: None)
        texts, _, _ = await read(backend, request())
        listed = await backend.models()
        await backend.close()
    assert texts == ["Yes indeed."]
    assert [model.name for model in listed] == list(OpenAI().models)


@pytest.mark.parametrize("ending", ["?api-version=1&x=a%2Fb", "/?api-version=1&x=a%2Fb", "?api-version=1&x=a%2Fb#top"])
async def test_every_path_stands_before_the_query(ending: str) -> None:
    async def reply(exchange: Exchange) -> None:
        if exchange.path.startswith("/tokenize"):
            await exchange.error(200, {"tokens": [1, 2]})
        else:
            exchange.path = exchange.path.partition("?")[0]
            await OpenAI()(exchange)

    asked: list[str] = []

    async def noting(exchange: Exchange) -> None:
        asked.append(exchange.path)
        await reply(exchange)

    async with serve(noting) as server:
        backend = connect(Endpoint("vllm", server.base_url + ending))
        await backend.start(lambda doing: None)
        await read(backend, request())
        await backend.prompt_tokens(request())
        assert "Invalid URL" in (await fault(backend, request_text())).message
        await backend.close()
    query = "?api-version=1&x=a%2Fb"
    paths = ["/v1/models", "/v1/chat/completions", "/tokenize", "/v1/completions"]
    assert asked == [path + query for path in paths]


def request_text() -> Any:
    from diptych.backends import Request

    return Request("gpt-base", (), mode="text", prefill="Once")


async def test_headers_go_with_every_request_and_take_the_place_of_others() -> None:
    headers: dict[str, Any] = {"HTTP-Referer": "https://example.org", "Authorization": FromEnvironment("AZURE_KEY")}
    async with serve(OpenAI()) as server:
        backend = connect(Endpoint("openai", server.base_url, headers=headers))
        await backend.start(lambda doing: None)
        await read(backend, request())
        await backend.models()
        await backend.close()
    for exchange in server.asked:
        assert (exchange.headers["http-referer"], exchange.headers["authorization"]) == ("https://example.org", KEY)


async def test_a_key_and_headers_that_are_no_secret_go_together(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serve(OpenAI()) as server:
        backend = connect(Endpoint("openai", server.base_url, "AZURE_KEY", headers={"X-Title": "x"}))
        await backend.start(lambda doing: None)
        await read(backend, request())
        await backend.close()
    assert (server.asked[0].headers["authorization"], server.asked[0].headers["x-title"]) == (f"Bearer {KEY}", "x")


@pytest.mark.parametrize(
    ("value", "repeated"),
    [(KEY, KEY), (KEY, KEY[:12]), (KEY, KEY[-12:]), (f"Bearer {KEY}", KEY), (f"session={KEY}; b=c", KEY)],
)
async def test_a_secret_header_that_a_server_repeats_is_not_passed_on(
    value: str, repeated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_KEY", value)
    said = {"error": {"message": f"no such key: {repeated}"}}
    async with serve(lambda exchange: exchange.error(401, said)) as server:
        backend = connect(Endpoint("openai", server.base_url, headers=API_KEY))
        await backend.start(lambda doing: None)
        found = await fault(backend, request())
        await backend.close()
    assert isinstance(found, BadKey)
    assert "(the key)" in found.message
    assert "canary" not in f"{found!r} {found.hint} {found.__cause__!r}"
    assert "headers name" in found.hint


@pytest.mark.parametrize("value", ["", "two\nlines", "canäry", "bell\a"])
async def test_a_variable_that_holds_no_header_is_named_and_not_shown(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_KEY", value)
    backend = connect(Endpoint("openai", "http://127.0.0.1:9/v1", headers=API_KEY))
    with pytest.raises(BadKey, match="AZURE_KEY") as caught:
        await backend.start(lambda doing: None)
    assert not value or value not in caught.value.message


@pytest.mark.parametrize(
    ("env", "headers", "hint"),
    [(None, {}, "set api_key_env"), ("AZURE_KEY", {}, "api_key_env names"), (None, API_KEY, "headers name")],
)
async def test_a_key_that_is_missing_or_wrong_is_mended_where_it_belongs(
    env: str | None, headers: dict[str, Any], hint: str
) -> None:
    async with serve(OpenAI(key="another")) as server:
        backend = connect(Endpoint("openai", server.base_url, env, headers=headers))
        await backend.start(lambda doing: None)
        found = await fault(backend, request())
        await backend.close()
    assert isinstance(found, BadKey)
    assert hint in found.hint


NO_DEPLOYMENT = {
    "code": "DeploymentNotFound",
    "message": "The API deployment for this resource does not exist. If you created the deployment within the last 5"
    " minutes, please wait a moment and try again.",
}


@pytest.mark.parametrize(
    ("status", "said", "kind", "hint"),
    [
        (404, {"error": NO_DEPLOYMENT}, UnknownModel, "deployment"),
        (400, FILTERED, Refused, "other words"),
        (400, {"error": {"message": "no", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}, Refused, "words"),
        (404, {"error": {"code": "404", "message": "Resource not found"}}, BadRequest, "base_url"),
        (400, {"error": {"message": "No connected db.", "type": "no_db_connection", "code": "400"}}, BadKey, "headers"),
    ],
)
async def test_what_azure_and_litellm_refuse(status: int, said: Any, kind: type[Exception], hint: str) -> None:
    async def refusing(exchange: Exchange) -> None:
        await exchange.head(status, "application/json")
        await exchange.send(json.dumps(said).encode())

    async with serve(azure(refusing)) as server:
        backend = connect(Endpoint("openai", deployment(server.base_url), headers=API_KEY))
        await backend.start(lambda doing: None)
        found = await fault(backend, request())
        await backend.close()
    assert type(found) is kind, found
    assert hint in found.hint
    assert len(server.asked) == 1
