"""What servers say of an error, in whatever shape and words: its kind is found, and the words reach the reader.

Written after public reports, whose repository and number stand beside each; the values are our own.
"""
# ruff: noqa: E501

import json
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from diptych.backends.backend_errors import BackendError
from diptych.backends.error_mapping import from_exception, from_report
from tests.faults.engine import Case, check
from tests.faults.replies import DONE, choice, event, page, stream, whole
from tests.openai_server import Exchange, Reply, answering

pytestmark = pytest.mark.usefixtures("quick")

URL = "http://127.0.0.1/v1"


def said_with(status: int, body: Any) -> BackendError:
    """What becomes of a body that comes with a status."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = httpx2.Response(status, request=httpx2.Request("POST", f"{URL}/chat/completions"), content=content)
    client = openai.OpenAI(api_key="k", base_url=URL)
    return from_exception(client._make_status_error_from_response(response), URL, "m", 5.0)


def error(message: Any, **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


KINDS = [
    ("too long", 400, error("<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]", code="invalid_parameter_error"), "Range of input length"),  # Alibaba Model Studio
    ("too long", 400, error("Invalid request: Your request exceeded model token limit: 8192"), "token limit"),  # Moonshot
    ("too long", 422, {"error": "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 12 `inputs` tokens", "error_type": "validation"}, "must be <="),  # huggingface/huggingface_hub#2514
    ("too long", 422, {"error": "Input validation error: `inputs` must have less than 1024 tokens. Given: 2000"}, "less than 1024"),  # Text Generation Inference
    ("too long", 400, [error("The input token count (314175) exceeds the maximum number of tokens allowed (131072).", status="INVALID_ARGUMENT")], "input token count"),  # google-gemini/gemini-cli#12098
    ("too long", 400, error("input length and `max_tokens` exceed context limit: 902 + 116 > 1000, decrease input length"), "context limit"),  # stackblitz/bolt.new#7414
    ("too long", 400, {"message": "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 8001."}, "too many tokens"),  # Cohere
    ("too long", 400, error("Input is too long for requested model."), "too long"),  # Bedrock
    ("too long", 400, error("Prompt exceeds max length", code="1261"), "exceeds max length"),  # Zhipu
    ("too long", 400, {"error_code": "BAD_REQUEST", "message": "Input length 9000 exceeds maximum length 4096"}, "exceeds"),  # Databricks
    ("too long", 400, error("Trying to keep the first 6547 tokens when context the overflows."), "overflows"),  # lmstudio-ai/lmstudio-bug-tracker#237
    ("bad request", 400, error("max_tokens is too large: 5000. This model supports at most 4096 completion tokens", param="max_tokens"), "too large"),  # OpenAI
    ("bad request", 400, error("stop: array too long. Expected an array with maximum length 4"), "array too long"),  # OpenAI
    ("refused", 400, error("<400> InternalError.Algo.DataInspectionFailed: Input text data may contain inappropriate content.", code="data_inspection_failed"), "inappropriate content"),  # QwenLM/qwen-code#3145
    ("refused", 400, {"detail": "Content Exists Risk"}, "Content Exists Risk"),  # deepseek-ai/DeepSeek-V2#30
    ("refused", 400, error("Content Exists Risk", type="invalid_request_error"), "Content Exists Risk"),  # 666ghj/BettaFish#541
    ("refused", 400, error("The request was rejected because it was considered high risk", type="content_filter"), "high risk"),  # 666ghj/BettaFish#368
    ("refused", 400, error("The request failed because the input text may contain sensitive information.", code="InputTextSensitiveContentDetected"), "sensitive"),  # Volcengine Ark
    ("refused", 400, {"contentFilter": [{"level": 1}], **error("系统检测到输入或生成内容可能包含不安全或敏感内容", code="1301")}, "系统检测"),  # Zhipu
    ("refused", 403, error("Your request was blocked by our safety system", code="moderation_blocked"), "safety system"),  # OpenAI
    ("refused", 400, error({"error": "Violated moderation policy"}, code="400"), "moderation policy"),  # LiteLLM
    ("refused", 400, error("Output blocked by content filtering policy"), "content filtering"),  # Anthropic
    ("unknown model", 400, error("Model Not Exist", type="invalid_request_error"), "Not Exist"),  # DeepSeek
    ("unknown model", 400, error("model m is not supported", type="invalid_request_error"), "not supported"),  # yomorun/yomo#1277
    ("unknown model", 400, {"errors": [{"code": "model_not_supported", "message": "Model 'm' is not supported for this environment"}], "trace": "t", "status_code": 404}, "not supported"),  # watsonx
    ("unknown model", 404, error(json.dumps(error("models/m is not found for API version v1beta", code=404, status="NOT_FOUND"), indent=2), code=404), "is not found"),  # continuedev/continue#9939
    ("bad request", 400, error("This model does not support images"), "images"),
    ("bad request", 400, error("For this model logprobs are not available"), "logprobs"),
    ("bad request", 400, error("The model m does not support system messages."), "system messages"),
    ("no quota", 403, error("Your account is not active, organization exceeded current quota, please check your plan", type="exceeded_current_quota_error"), "current quota"),  # MoonshotAI/Kimi-K2#5
    ("no quota", 403, error("The free tier of the model has been exhausted.", code="AllocationQuota.FreeTierOnly"), "free tier"),  # Alibaba Model Studio
    ("no quota", 400, error("Access denied, please make sure your account is in good standing.", code="Arrearage"), "good standing"),  # Alibaba Model Studio
    ("no quota", 403, {"code": 30001, "message": "Sorry, your account balance is insufficient", "data": None}, "insufficient"),  # SiliconFlow
    ("no quota", 403, {"code": "x", "error": "Your newly created teams doesn't have any credits yet."}, "credits"),  # xAI
    ("no quota", 403, error("user quota is not enough", code="insufficient_user_quota"), "quota"),  # one-api
    ("no quota", 400, error("Budget has been exceeded! Current cost: 1.2, Max budget: 1.0", type="budget_exceeded"), "Budget"),  # LiteLLM
    ("rate limited", 429, [error("You exceeded your current quota, please check your plan and billing details. Please retry in 31.4s.", status="RESOURCE_EXHAUSTED")], "retry in"),  # Gemini
    ("rate limited", 429, {"message": "We're experiencing high traffic right now!", "type": "too_many_requests_error", "code": "queue_exceeded"}, "high traffic"),  # huggingface/speech-to-speech#343
    ("bad key", 403, {"title": "Forbidden", "status": 403, "detail": "Authorization failed"}, "Authorization failed"),  # NVIDIA NIM
]  # fmt: skip


@pytest.mark.parametrize(("kind", "status", "body", "words"), KINDS)
def test_the_kind_is_found_from_codes_and_words(kind: str, status: int, body: Any, words: str) -> None:
    found = said_with(status, body)
    assert (found.kind, words in found.message) == (kind, True), found.message


REPORTS = [
    ("rate limited", error(json.dumps(error("Resource has been exhausted", code=429), indent=2), code=429), "Resource has been exhausted"),  # continuedev/continue#10560
    ("refused", error("Output data may contain inappropriate content.", code="data_inspection_failed"), "inappropriate"),  # QwenLM/qwen-code#2905
    ("refused", {"base_resp": {"status_code": 1027, "status_msg": "output new_sensitive"}}, "sensitive"),  # MiniMax
    ("too long", {"choices": None, "error_type": "BadRequestError", "error_message": "This model's maximum context length is 4096 tokens", "error_code": 400}, "maximum context"),  # NousResearch/hermes-agent#65631
    ("too long", error("the request exceeds the available context size", code=400, type="exceed_context_size_error", n_prompt_tokens=9000, n_ctx=4096), "9000 tokens, the model's context holds 4096: the request exceeds"),  # ggml-org/llama.cpp#14566
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "words"), REPORTS)
def test_it_is_found_within_a_response_of_status_200_as_well(kind: str, body: Any, words: str) -> None:
    found = from_report(body)
    assert (found.kind, words in found.message) == (kind, True), found.message


ODD = "the role is odd"
PLACES = [
    {"error": True, "message": ODD},
    {"error": None, "message": ODD},
    {"error": "", "message": ODD},
    {"error": {}, "message": ODD},
    {"error": "Bad Request", "message": ODD, "statusCode": 400},
    {"error": "Bad Request", "message": [ODD], "statusCode": 400},
    error("Bad Request", code=400, details=[{"message": ODD}]),
    {"errors": [ODD]},
    {"title": "One or more validation errors occurred.", "errors": {"Messages": [ODD]}, "status": 400},
    {"message": ODD, "data": {"title": "The title of the prompt"}},
    {"data": {"error": {"message": ODD}}},
    {"data": {"message": ODD}, "success": False},
    {"result": None, "success": False, "errors": [{"code": 5006, "message": ODD}], "messages": []},
    {"detail": {"error": {"message": ODD}}},
    {"detail": {"error": ODD}},
    {"detail": [ODD]},
    error({"error": ODD}),
    error([ODD]),
    error('proxy: behind it {"message": "the role is odd"}', code="400"),
    {"response": {"error": {"message": ODD}}},
    {"header": {"code": 10013, "message": ODD, "sid": "x"}},
    {"status": {"code": 400, "message": ODD}},
    error("", details=ODD),
    {"info": ODD},
    {"exception": ODD},
    {"fault": {"faultstring": ODD, "detail": {"errorcode": "x"}}},
    error("Provider returned error", code=400, metadata={"raw": {"error": {"message": ODD}}}),
    error("400") | {"message": ODD},
    error(f"Found:\n{ODD}"),
    b"event: error\ndata: " + json.dumps(error(ODD)).encode() + b"\n\n",
    b"\xef\xbb\xbf" + json.dumps(error(ODD)).encode(),
]


@pytest.mark.parametrize("body", PLACES, ids=str)
def test_the_words_are_found_wherever_they_stand(body: Any) -> None:
    found = said_with(400, body)
    assert (found.kind, ODD in found.message) == ("bad request", True), found.message


NO_ERRORS: list[dict[str, Any]] = [
    {"code": 0, "message": "Success"},
    {"code": 1000, "message": "success"},
    {"error": {"message": "", "type": "", "param": "", "code": None}},  # one-api
    {"error": {"code": 0, "message": "success"}},
    {"error": {}},
    {"error": False},
    {"error": "None"},
    {"x_groq": {"id": "r"}},
]


@pytest.mark.parametrize("fields", NO_ERRORS, ids=str)
async def test_what_tells_of_no_error_is_none(
    fields: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    said = stream(
        event(choices=[], **fields), event(**whole(["Two pears."]), **fields), event(choices=[], **fields), DONE
    )
    await check(Case("no error", said, "Two pears."), tmp_path, caplog)


def at_first(*pieces: bytes) -> Reply:
    """This once, then an answer."""
    came: list[None] = []

    async def reply(exchange: Exchange) -> None:
        came.append(None)
        await (stream(*pieces)(exchange) if len(came) == 1 else answering("Two pears.")(exchange))

    return reply


CASES = [
    Case("a byte order mark before a document", page(b"\xef\xbb\xbf" + json.dumps(whole(["Two pears."])).encode(), "application/json"), "Two pears."),
    Case("why Groq stopped early", stream(choice({"content": "Half"}), event(choices=[{"index": 0, "delta": {}}], x_groq={"error": "the machine went away"}), DONE), "Half", "server error", "machine went away"),  # Groq's SDK
    Case("a gateway's timeout in a stream", at_first(event(error={"message": "no sign for too long", "code": 504}), DONE), "Two pears.", requests=2),  # vllm-project/guidellm#743
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_cases(case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await check(case, tmp_path, caplog)
