"""Fields that a model refuses: found in whatever words, left out from then on, and told."""
# ruff: noqa: E501

import json
from typing import Any

import pytest

from diptych.backends import BadRequest, Endpoint, connect
from diptych.backends.refused_fields import FIELDS, refused_field
from tests.backends.hosted_server import fault, hosted, read, request
from tests.openai_server import Exchange, OpenAI, Reply, error_body, serve

CANNOT_FIND = 'Payload not valid. Unknown name "seed": Cannot find field.'
GOOGLE = [
    {
        "error": {
            "code": 400,
            "message": CANNOT_FIND,
            "status": "INVALID_ARGUMENT",
            "details": [{"fieldViolations": [{"description": CANNOT_FIND}]}],
        }
    }
]
PYDANTIC = [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted", "input": 1}]
INSTEAD = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."

REFUSED = [
    ("seed", GOOGLE),
    ("seed", "Unsupported parameter: 'seed'"),
    ("seed", "Unrecognized request argument supplied: seed"),
    ("seed", {"detail": [{"loc": ["body", "seed"], "msg": "extra fields not permitted", "type": "value_error.extra"}]}),
    ("seed", {"object": "error", "message": {"detail": PYDANTIC}}),
    ("seed", "property 'seed' is unsupported"),
    ("seed", "1 validation error for ChatCompletionRequest\nseed\n  Extra inputs are not permitted [type=extra_forbidden, input_value=1, input_type=int]"),
    ("seed", "Additional properties are not allowed ('seed' was unexpected)"),
    ("seed", "TypeError: generate() got an unexpected keyword argument 'seed'"),
    ("seed", "Unsupported parameter: seed. Supported parameters are temperature, top_p, max_tokens and stop."),
    ("seed", 'json: unknown field "seed"'),
    ("seed", {"message": "Request validation failed", "errors": [{"instancePath": "/seed", "keyword": "additionalProperties", "message": "must NOT have additional properties"}]}),
    ("seed", "UnsupportedParamsError: bedrock does not support parameters: ['seed'], for model=x"),
    ("seed", "The parameter seed isn't supported."),
    ("logprobs", "'logprobs' is not supported with this model"),
    ("logprobs", "Logprobs is not enabled for models/some-model"),
    ("logprobs", "This model does not support log probabilities."),
    ("top_logprobs", "property 'top_logprobs' is unsupported, did you mean 'logprobs'?"),
    ("top_p", "Unknown name \"topP\" at 'generation_config': Cannot find field."),
    ("temperature", {"message": "Not for this one", "param": "temperature", "code": "unsupported_parameter"}),
    ("temperature", "temperature is deprecated and no longer supported for this model"),
    ("stop", "stop is not supported by this model"),
    ("stop", "Argument not supported on this model: stop"),
    ("stream_options", "Unknown field: stream_options"),
    ("stream_options", {"detail": [{"loc": ["body", "stream_options", "include_usage"], "msg": "extra fields not permitted"}]}),
    ("max_tokens", {"message": INSTEAD, "param": "max_tokens", "code": "unsupported_parameter"}),
    ("max_tokens", "maxTokens is not a recognized parameter"),
    ("logprobs", "You requested logprobs for a model that does not support them."),
    ("logprobs", "requested log probabilities cannot be returned in streaming mode"),
    ("logprobs", "Value error, Currently not support logprobs"),
    ("stream_options", "The 'stream_options' parameter is only allowed when 'stream' is enabled."),
    ("seed", "unknown field `seed`, expected `model` or `messages`"),
    ("max_tokens", {"detail": [{"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"], "msg": "Extra inputs are not permitted"}]}),
    ("n", "does not support parameter n"),
    ("n", "'n' : number must be at most 1 with this model"),
    ("n", "Multiple candidates is not enabled for this model"),
    ("n", "Only one completion choice is allowed"),
]  # fmt: skip

OTHER = [
    "temperature must be ≤ 1",
    "max_tokens is too large: 5000. This model supports at most 4096 completion tokens",
    {"message": "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.", "param": "temperature", "code": "unsupported_value"},
    {"message": "no", "param": "temperature", "code": "unsupported_value"},
    {"detail": [{"type": "less_than_equal", "loc": ["body", "temperature"], "msg": "Input should be less than or equal to 2"}]},
    "Invalid value for 'temperature'",
    "top_logprobs must be between 0 and 5",
    "temperature = 2.5 is not supported",
    "seed must be an integer",
    {"message": "Invalid 'max_tokens': integer above maximum value.", "param": "max_tokens", "code": "integer_above_max_value"},
    "This model does not support images",
    "messages with role 'system' are not supported",
    'Unknown name "foo": Cannot find field.',
    "Please stop sending such requests, they are not supported",
    "Unsupported parameter: 'tools'. Supported: temperature, seed",
    "Invalid parameter: top_logprobs. Must be <= 5",
    "messages.1.seed: Extra inputs are not permitted",
    "Additional properties are not allowed ('name', 'n' were unexpected) - 'messages.0'",
    {"detail": [{"type": "extra_forbidden", "loc": ["body", "messages", 0, "user", "n"], "msg": "Extra inputs are not permitted"}]},
    {"detail": [{"type": "extra_forbidden", "loc": ["body", "messages", 0, "seed"], "msg": "Extra inputs are not permitted"}]},
    "Please remove unsupported characters from the prompt. The seed of the trouble is the emoji.",
    "the server's words",
    {"detail": [{"loc": ["body", "messages"], "msg": "field required"}]},
    {"message": None, "detail": [[[[]]]], "errors": 3},
    17,
    None,
]  # fmt: skip


@pytest.mark.parametrize(("field", "said"), REFUSED, ids=str)
def test_the_field_is_found(field: str, said: Any) -> None:
    assert refused_field(said, FIELDS) == field
    assert refused_field({"error": {"message": json.dumps(said)}} if isinstance(said, str) else {"error": said}, FIELDS) == field  # fmt: skip
    assert refused_field(said, [other for other in FIELDS if other not in field]) is None


@pytest.mark.parametrize("said", OTHER, ids=str)
def test_values_and_other_things_are_no_field_to_leave_out(said: Any) -> None:
    assert refused_field(said, FIELDS) is None
    assert refused_field({"error": said}, FIELDS) is None


@pytest.mark.parametrize(
    "said",
    [
        "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",  # aws-samples/bedrock-access-gateway#191
        "top_p and temperature are mutually exclusive",
        "Only one of temperature and top_p may be specified",
        "Please specify either temperature or top_p, but not both.",
    ],
)
def test_of_two_that_exclude_each_other_the_temperature_stays(said: str) -> None:
    assert refused_field({"error": {"message": said}}, FIELDS) == "top_p"
    assert refused_field({"error": {"message": said}}, ["temperature", "seed"]) is None


def test_logprobs_that_are_counted_are_not_ours() -> None:
    """Of Together, whose `logprobs` is a number (stanford-crfm/helm#2325)."""
    said = {"error": {"message": "5 is greater than the maximum of 1 - 'logprobs'", "param": "logprobs"}}
    assert refused_field(said, {"logprobs": True, "top_logprobs": 5}) == "logprobs"
    assert refused_field(said, {"logprobs": 5}) is None


def refusing(*fields: str, status: int = 400) -> Reply:
    """Refuses the first of these fields that is there."""

    async def reply(exchange: Exchange) -> None:
        found = next((field for field in fields if field in exchange.body), None)
        if found is None:
            await OpenAI()(exchange)
        else:
            await exchange.error(status, error_body(f"Unsupported parameter: '{found}'."))

    return reply


ALL = {"temperature": 0.5, "top_p": 0.9, "seed": 1, "max_tokens": 9, "logprobs": 2, "stop": ("END",)}


@pytest.mark.parametrize("status", [400, 422, 500, 501])
@pytest.mark.parametrize("field", ["temperature", "top_p", "seed", "max_tokens", "logprobs", "stop", "stream_options"])
async def test_it_is_left_out_once_told_and_remembered(field: str, status: int) -> None:
    async with hosted(refusing(field, status=status)) as (backend, server):
        for _ in range(2):
            texts, _, _ = await read(backend, request(**ALL))
            assert texts == ["Yes indeed."]
            assert await backend.body(request(**ALL)) == server.asked[-1].body
        await read(backend, request("ft:gpt-4o-2024-08-06:org::id", **ALL) if field == "none" else request(**ALL))
        (notice,) = backend.notices
    assert [field in exchange.body for exchange in server.asked] == [True, False, False, False]
    assert "top_logprobs" not in server.asked[-1].body or field != "logprobs"
    assert f"gpt-base refuses the field {field}" in notice
    assert f'leave_out = ["{field}"]' in notice


async def test_several_fields_go_one_after_the_other() -> None:
    fields = ("seed", "logprobs", "top_p")
    async with hosted(refusing(*fields)) as (backend, server):
        texts, _, _ = await read(backend, request(**ALL))
        assert texts == ["Yes indeed."]
        assert len(backend.notices) == 3
    assert len(server.asked) == 4
    assert server.asked[-1].body.keys() == {"model", "messages", "stream", "stream_options", "temperature", "max_tokens", "stop"}  # fmt: skip


async def test_another_model_is_asked_with_it() -> None:
    async with hosted(refusing("seed")) as (backend, server):
        await read(backend, request(seed=1))
        await read(backend, request("ft:gpt-4o-2024-08-06:org::id", seed=1))
    assert ["seed" in exchange.body for exchange in server.asked] == [True, False, True, False]


async def test_a_field_that_stays_refused_is_an_error() -> None:
    body = error_body("Unsupported parameter: 'seed'.")
    async with hosted(lambda exchange: exchange.error(400, body)) as (backend, server):
        found = await fault(backend, request(seed=1))
    assert type(found) is BadRequest
    assert len(server.asked) == 2


async def test_a_server_of_the_kind_vllm_is_asked_without_it_as_well() -> None:
    async with serve(refusing("seed")) as server:
        backend = connect(Endpoint("vllm", server.base_url, timeout=5.0))
        await backend.start(lambda doing: None)
        await read(backend, request(seed=1))
        assert await backend.body(request(seed=1)) == server.asked[-1].body
        assert "seed" not in server.asked[-1].body
        assert backend.notices
        await backend.close()


async def test_where_n_is_refused_one_answer_comes() -> None:
    async with hosted(refusing("n")) as (backend, server):
        texts, ends, _ = await read(backend, request(), 3)
        assert (texts, list(ends)) == (["Yes indeed.", "", ""], [0])
        (notice,) = backend.notices
    assert ["n" in exchange.body for exchange in server.asked] == [True, False]
    assert "samples_per_request = 1" in notice
