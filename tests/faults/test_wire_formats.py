"""What real servers send, form by form: each whole and streamed, from the socket to the stored answer.

Written after public reports, whose repository and number stand beside each; the values are our own.
"""
# ruff: noqa: E501

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from diptych.compare.console.restoring import replayed
from diptych.sessions import Store
from tests.faults.engine import Case, check, comparing, side
from tests.faults.replies import DONE, choice, document, event, stream, whole
from tests.faults.test_background_samples import kept, sampled
from tests.openai_server import Exchange, Reply, answering, serve
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("quick")

LINES = "Here is one line.\nEach of them is short.\nLast of all, this one."
PART = "Here is h"
THOUGHT = "Hm.\nEasy.\nLook:\nLines spell it.\nOver."
"""Its initials are a word that must not be found in the answer."""
TOOL = {"id": "t1", "index": 0, "type": "function", "function": {"name": "f", "arguments": "{}"}}
RETRIED = 4
"""Requests of what can pass: one, and the tries after it."""
AGAIN = "press r"


@dataclass(frozen=True)
class Wire:
    """A reply, and what must come of it."""

    name: str
    message: dict[str, Any] = field(default_factory=dict)
    finish: Any = "stop"
    text: str = ""
    reasoning: str = ""
    state: str = "done"
    kind: str = ""
    says: str = ""
    hint: str = ""
    beside: dict[str, Any] = field(default_factory=dict)
    """Fields of the choice."""

    def __str__(self) -> str:
        return self.name

    @property
    def whole(self) -> Reply:
        told = {"index": 0, "message": {"role": "assistant", **self.message}, "finish_reason": self.finish}
        return document({"object": "chat.completion", "model": "m", "choices": [told | self.beside]})

    @property
    def streamed(self) -> Reply:
        """Strings in pieces of a few characters, lists part by part, all else at once; the reason at the end."""
        deltas = chain.from_iterable(_pieces(name, value) for name, value in self.message.items())
        events = [choice({"role": "assistant", "content": ""}), *(choice(delta) for delta in deltas)]
        return stream(*events, choice({}, self.finish, **self.beside), DONE)


def _pieces(name: str, value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, str):
        yield from ({name: value[at : at + 5]} for at in range(0, len(value), 5))
    elif isinstance(value, list) and name == "content":
        yield from ({name: [part]} for part in value)
    else:
        yield {name: value}


def ends(reason: Any, state: str, kind: str = "", says: str = "", hint: str = "", **more: Any) -> Wire:
    """An answer that ends for a reason, with text that must be kept."""
    return Wire(f"finish reason {reason!r}", {"content": PART}, reason, PART, "", state, kind, says, hint, **more)


def fails(reason: str, says: str = "", **more: Any) -> Wire:
    return ends(reason, "failed", "server error", says or reason, AGAIN, **more)


def refuses(reason: str) -> Wire:
    return ends(reason, "failed", "refused", f"policy cut the answer off (finish_reason {reason})", "other words")


def calls(reason: str) -> Wire:
    return ends(reason, "failed", "unsupported", "called a tool", "extra_body")


FINISH = [
    fails("abort"),  # vllm-project/vllm#57082
    fails("insufficient_system_resource"),  # DeepSeek's finish reasons
    fails("error", "error MALFORMED_FUNCTION_CALL", beside={"native_finish_reason": "MALFORMED_FUNCTION_CALL"}),  # OpenRouter's documentation; gethouston/houston#1211
    fails("network_error"),  # promptfoo/promptfoo#9905
    fails("MALFORMED_FUNCTION_CALL"),  # googleapis/python-genai#1836
    fails("pause_turn"),  # open-gsd/gsd-pi#2042
    fails("something_new"),
    fails("OTHER"),  # pydantic/pydantic-ai#7816
    fails("cancelled"),
    fails("timeout"),
    refuses("content_filter: RECITATION"),  # HKUDS/Vibe-Trading#308
    refuses("SAFETY"),  # HKUDS/Vibe-Trading#308
    refuses("PROHIBITED_CONTENT"),
    refuses("BLOCKLIST"),
    refuses("SPII"),
    refuses("FinishReason.RECITATION"),
    refuses("guardrail_intervened"),  # pydantic/pydantic-ai#7816
    refuses("refusal"),  # camel-ai/camel#4209
    refuses("sensitive"),  # promptfoo/promptfoo#9905
    refuses("content-filter"),
    refuses("ERROR_TOXIC"),
    ends("stop", "failed", "refused", "policy", "other words", beside={"native_finish_reason": "SAFETY"}),
    calls("tool_calls"),
    calls("function_call"),
    calls("tool_call"),  # ml-explore/mlx-lm#782
    calls("tool_use"),
    calls("UNEXPECTED_TOOL_CALL"),
    calls("toolCalls"),
    ends("length", "cut"),
    ends("MAX_TOKENS", "cut"),  # HKUDS/Vibe-Trading#308
    ends("max_tokens", "cut"),
    ends("max_output_tokens", "cut"),
    ends("model_length", "cut"),
    ends("model_context_window_exceeded", "cut"),  # mozilla-ai/any-llm#1200, laravel/ai#881
    ends("maxPredictedTokensReached", "cut"),
    ends("FINISH_REASON_MAX_TOKENS", "cut"),
    ends("stop", "cut", beside={"native_finish_reason": "MAX_TOKENS"}),
    ends("stop", "done", beside={"native_finish_reason": "completed"}),
    ends("STOP", "done"),
    ends("eos", "done"),  # openai/openai-dotnet#267
    ends("eos_token", "done"),  # spring-projects/spring-ai#4900
    ends("end", "done"),  # earendil-works/pi#2107
    ends("end_turn", "done"),  # aws-samples/bedrock-access-gateway#11
    ends("stop_sequence", "done"),
    ends("FINISH_REASON_STOP", "done"),
    ends("COMPLETE", "done"),
    ends("eosFound", "done"),
    ends(None, "done"),  # BerriAI/litellm#10686, ModelTC/LightLLM#130
    ends("", "done"),  # sgl-project/sglang#3912, qualcomm/GenieX#1243
    ends("null", "done"),
    Wire("policy, and no text", {}, "content_filter: RECITATION", state="failed", kind="refused", says="RECITATION", hint="other words"),
    Wire("an error in the choice", {"content": PART}, "error", PART, "", "failed", "server error", "Provider returned error", AGAIN, {"native_finish_reason": "error", "error": {"code": 502, "message": "Provider returned error", "metadata": {"provider_name": "X"}}}),
    Wire("a function call of old", {"content": None, "function_call": {"name": "f", "arguments": "{}"}}, "function_call", state="failed", kind="unsupported", says="called a tool", hint="extra_body"),
    Wire("a tool called, and stop", {"content": None, "tool_calls": [TOOL]}, "stop", state="failed", kind="unsupported", says="called a tool", hint="extra_body"),  # vllm-project/vllm#25054
    Wire("a tool called beside words", {"content": PART, "tool_calls": [TOOL]}, "stop", PART),
    Wire("an empty list of tools", {"content": PART, "tool_calls": []}, "stop", PART),
    Wire("nothing said", {"content": ""}),
    Wire("thought only", {"content": None, "reasoning_content": THOUGHT}, reasoning=THOUGHT),  # UKGovernmentBEIS/inspect_ai#5467
    Wire("thought only, cut", {"content": "", "reasoning": THOUGHT}, "length", reasoning=THOUGHT, state="cut"),  # jundot/omlx#3772
]  # fmt: skip

PARTS = [
    Wire("a list of one text", {"content": [{"type": "text", "text": LINES}]}, text=LINES),
    Wire("a thought and a text", {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]}, {"type": "text", "text": LINES}]}, text=LINES, reasoning=THOUGHT),  # spring-projects/spring-ai#5019
    Wire("a thought as words", {"content": [{"type": "thinking", "thinking": THOUGHT, "signature": "x"}, {"type": "text", "text": LINES}]}, text=LINES, reasoning=THOUGHT),
    Wire("a thought as a summary", {"content": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": THOUGHT}]}, {"type": "text", "text": LINES}]}, text=LINES, reasoning=THOUGHT),
    Wire("parts that nobody knows", {"content": [{"type": "reference", "reference_ids": [1]}, {"type": "text", "text": "Here "}, {"type": "image_url", "image_url": {"url": "u"}}, {"type": "text", "text": "it is."}]}, text="Here it is."),  # vercel/ai#17779
    Wire("parts without a type", {"content": [{"text": "Here "}, {"text": "it is."}]}, text="Here it is."),
    Wire("parts that are strings", {"content": ["Here ", "it is."]}, text="Here it is."),
    Wire("one part alone", {"content": {"type": "text", "text": LINES}}, text=LINES),
    Wire("a refusal in a part", {"content": [{"type": "refusal", "refusal": "I will not."}]}, text="I will not."),
    Wire("an empty list", {"content": []}),
    Wire("a thought in parts beside the text", {"reasoning_content": [{"type": "text", "text": THOUGHT}], "content": LINES}, text=LINES, reasoning=THOUGHT),  # microsoft/agent-framework#6978
    Wire("text in parts with tags", {"content": [{"type": "text", "text": f"<think>{THOUGHT}</think>"}, {"type": "text", "text": LINES}]}, text=LINES, reasoning=THOUGHT),
]  # fmt: skip

ABOUT = "Models open with `<think>` and close with `</think>`; a template may write\n```\n<think>\n</think>\n```\nfor them. The tag </think> is one token."
THOUGHTS = [
    Wire("a thought in tags", {"content": f"<think>\n{THOUGHT}\n</think>\n\n{LINES}"}, text=LINES, reasoning=THOUGHT),  # vllm-project/vllm#31045
    Wire("only the closing tag", {"content": f"{THOUGHT}\n</think>\n\n{LINES}"}, text=LINES, reasoning=THOUGHT),  # open-webui/open-webui#13343, perplexityai/api-discussion#177
    Wire("only the closing tag, on its line", {"content": "So it is brief.</think>391"}, text="391", reasoning="So it is brief."),  # nbramia/LifeOS#568
    Wire("a tag begun with the first word", {"content": f"<think>{THOUGHT}</think>{LINES}"}, text=LINES, reasoning=THOUGHT),  # vllm-project/vllm#34625
    Wire("blanks before it", {"content": f"\n\n <think>{THOUGHT}</think> {LINES}"}, text=LINES, reasoning=THOUGHT),
    Wire("a thought in brackets", {"content": f"[THINK]{THOUGHT}[/THINK]{LINES}"}, text=LINES, reasoning=THOUGHT),  # waybarrios/vllm-mlx#599
    Wire("a thought in capitals", {"content": f"<THINK>{THOUGHT}</Think>{LINES}"}, text=LINES, reasoning=THOUGHT),  # danny-avila/LibreChat#13405
    Wire("a channel of its own", {"content": f"<|channel|>analysis<|message|>{THOUGHT}<|start|>assistant<|channel|>final<|message|>{LINES}"}, text=LINES, reasoning=THOUGHT),
    Wire("a thought that is empty", {"content": f"<think>\n\n</think>\n\n{LINES}"}, text=LINES),
    Wire("a tag that the thought speaks of", {"content": f"<think>I close with `</think>` then.\n</think>\n{LINES}"}, text=LINES, reasoning="I close with `</think>` then."),  # ggml-org/llama.cpp#27661
    Wire("a thought cut off", {"content": f"<think>\n{THOUGHT}"}, "length", reasoning=THOUGHT, state="cut"),  # candelahq/candela#361
    Wire("a thought that ends the answer", {"content": f"<think>\n{THOUGHT}\n</think>"}, reasoning=THOUGHT),
    Wire("an answer about tags", {"content": ABOUT}, text=ABOUT),  # QuantumNous/new-api#802
    Wire("an example of tags", {"content": "For example:\n<think>\na draft\n</think>\nand so on."}, text="For example:\n<think>\na draft\n</think>\nand so on."),
    Wire("half of a tag at the end", {"content": "It is less: <thi"}, text="It is less: <thi"),
    Wire("blanks first", {"content": f"\n\n{LINES}"}, text=f"\n\n{LINES}"),
]  # fmt: skip


@pytest.mark.parametrize("form", ["whole", "streamed"])
@pytest.mark.parametrize("wire", [*FINISH, *PARTS, *THOUGHTS], ids=str)
async def test_answers(wire: Wire, form: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    reason = wire.finish if wire.finish not in ("", "null") else None
    case = Case(
        wire.name, getattr(wire, form), wire.text, wire.kind, wire.says, wire.hint, state=wire.state, reason=reason
    )
    answer = await check(case, tmp_path, caplog)
    assert answer.finish_reason == reason
    assert answer.reasoning == wire.reasoning
    assert answer.finished == (wire.state in ("done", "cut"))
    hello = [f.outcome for f in answer.findings if f.detector == "acrostic"]
    assert "present" not in hello


@dataclass(frozen=True)
class Report:
    """An error within a response of status 200."""

    name: str
    body: Any
    kind: str
    says: str
    hint: str = ""
    requests: int = 1

    def __str__(self) -> str:
        return self.name


WAITED = {"kind": "rate limited", "hint": "wait", "requests": 9}
REPORTS = [
    Report("too long, the code as text", {"error": {"message": "proxy: maximum context length is 8192 tokens, the request has 9000", "type": "None", "param": "None", "code": "400"}}, "too long", "8192"),  # BerriAI/litellm#6629
    Report("too many, the code as text", {"error": {"message": "proxy: too many requests", "type": "throttling_error", "code": "429"}}, says="too many requests", **WAITED),
    Report("a wrong key, the code as text", {"error": {"message": "proxy: the key is not accepted", "type": "auth_error", "code": "401"}}, "bad key", "not accepted", "api_key_env"),
    Report("a full context", {"error": {"code": "server_error", "message": "context window is full: 512 of 512 tokens", "type": "server_error"}}, "too long", "is full"),  # ardanlabs/kronk#862
    Report("a code in capitals", {"error": {"message": "The request does not fit", "code": "CONTEXT_LENGTH_EXCEEDED"}}, "too long", "does not fit"),  # vercel/ai#13506
    Report("a quota", {"error": {"message": "quota exceeded"}}, "no quota", "quota exceeded", "credit"),  # apache/rocketmq-dashboard#2178
    Report("an empty account, passed on", {"error": {"message": "litellm.RateLimitError: You exceeded your current quota, please check your plan and billing details.", "type": "throttling_error", "code": "429"}}, "no quota", "exceeded your current quota", "credit"),
    Report("no code at all", {"error": {"message": "the engine fell over", "type": None, "code": None}}, "server error", "fell over", AGAIN),  # BerriAI/litellm#22793
    Report("what the provider said", {"error": {"message": "Provider returned error", "code": 429, "metadata": {"raw": "some-model is rate-limited upstream", "provider_name": "X"}}}, says="Provider returned error: some-model is rate-limited upstream", **WAITED),  # open-webui/computer#293
    Report("what the provider said, as JSON", {"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": '{"error": {"message": "no such field"}}'}}}, "bad request", "no such field"),
    Report("an error that is a string", {"error": "the model went elsewhere"}, "server error", "went elsewhere", AGAIN),
    Report("an error with its words beside it", {"error": "rate_limited", "message": "slow down, please"}, says="slow down", **WAITED),
    Report("a list of errors", [{"error": {"code": 400, "message": "Unknown name \"x\"", "status": "INVALID_ARGUMENT"}}], "bad request", "Unknown name"),  # Vali-98/ChatterUI#227
    Report("exhausted", [{"error": {"code": 429, "message": "Resource has been exhausted", "status": "RESOURCE_EXHAUSTED"}}], says="exhausted", **WAITED),
    Report("flat, with a long code", {"object": "error", "message": "Only that-model allowed now, your model is some-model", "code": 40301}, "unknown model", "Only that-model", "choose from the models"),  # lm-sys/FastChat#3160
    Report("flat, the engine overloaded", {"object": "error", "message": "The engine is full", "code": 42903}, says="engine is full", **WAITED),  # lm-sys/FastChat#3160
    Report("a worker's error", {"text": "Internal fault", "error_code": 50001}, "server error", "Internal fault", AGAIN),  # lm-sys/FastChat#2837
    Report("a code and words", {"code": "429", "message": "requests come too fast"}, says="too fast", **WAITED),
    Report("a name for a code", {"code": "Throttling.RateQuota", "message": "Requests come too fast"}, says="too fast", **WAITED),
    Report("error_code and error_msg", {"error_code": 336103, "error_msg": "the prompt tokens too long"}, "too long", "tokens too long", "shorten"),
    Report("a type", {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, says="Overloaded", **WAITED),
    Report("a type and a code", {"type": "error", "code": "400", "message": "bad field", "sequence_number": 5}, "bad request", "bad field"),  # ogx-ai/ogx#5224
    Report("a status in words", {"status": "error", "message": "the model is away"}, "server error", "is away", AGAIN),
    Report("a status as a number", {"title": "Unauthorized", "status": 401, "detail": "no key came"}, "bad key", "no key came"),
    Report("no success", {"success": False, "errors": [{"code": 7003, "message": "could not route it"}], "result": None}, "server error", "could not route it"),  # Cloudflare's API
    Report("a status inside", {"choices": None, "base_resp": {"status_code": 1008, "status_msg": "insufficient balance"}}, "no quota", "insufficient balance"),  # adrianlyjak/obsidian-aloud-tts#114
    Report("a detail alone", {"detail": "the worker is gone"}, "server error", "worker is gone"),
    Report("a message alone", {"message": "the worker is gone"}, "server error", "worker is gone"),
    Report("its own status", {"error": {"message": "inputs must have less", "http_status_code": 422}}, "too long", "must have less", "shorten"),  # huggingface/text-generation-inference#2668
    Report("numbers of tokens", {"error": {"code": 400, "message": "exceeds", "type": "exceed_context_size_error", "n_prompt_tokens": 6009, "n_ctx": 4096}}, "too long", "6009 tokens"),  # lemonade-sdk/lemonade#2975
    Report("away for a moment", {"error": {"code": 503, "message": "no worker is free"}}, "server error", "no worker", AGAIN, RETRIED),
]  # fmt: skip


@pytest.mark.parametrize("form", ["whole", "streamed", "after a role"])
@pytest.mark.parametrize("report", REPORTS, ids=str)
async def test_reports(report: Report, form: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data = b"data: " + json.dumps(report.body).encode() + b"\n\n"
    replies = {
        "whole": document(report.body),
        "streamed": stream(data, DONE),
        "after a role": stream(choice({"role": "assistant", "content": ""}), data, DONE),
    }
    case = Case(report.name, replies[form], "", report.kind, report.says, report.hint, requests=report.requests)
    answer = await check(case, tmp_path, caplog)
    assert not answer.finished


FIELDS = [
    Case("a field of its own", stream(b'error: {"code": 400, "message": "the request exceeds the available context size", "type": "invalid_request_error"}\n\n', DONE), "", "too long", "available context size"),  # ggml-org/llama.cpp#16109, coddy-project/coddy-agent#106
    Case("a field of its own, in words", stream(b"error: too many requests\n\n", DONE), "", "rate limited", "too many", requests=9),
    Case("an event of its own", stream(b'event: error\ndata: {"message": "Our servers are currently overloaded."}\n\n'), "", "rate limited", "overloaded", requests=9),  # lsdefine/GenericAgent#753
    Case("an event of its own, in words", stream(b"event: error\ndata: the engine fell over\n\n"), "", "server error", "fell over"),
    Case("an event of its own, complete", stream(b'event: error\ndata: {"type": "error", "error": {"type": "invalid_request_error", "message": "no such thing"}}\n\n'), "", "bad request", "no such thing"),
    Case("an event with another name", stream(b"event: message\n", choice({"content": LINES}, "stop"), DONE), LINES),
    Case("a line without a field", stream(choice({"content": PART}), b'{"error": {"code": 500, "message": "it fell over"}}\n\n'), PART, "server error", "fell over"),  # lemonade-sdk/lemonade#2975
    Case("after some text", stream(choice({"content": PART}), event(error={"message": "it fell over", "code": 429}), DONE), PART, "rate limited", "fell over"),  # exo-explore/exo#1758
    Case("beside the last text", stream(event(choices=[{"index": 0, "delta": {"content": PART}}], error={"message": "it fell over", "code": 502})), PART, "server error", "fell over"),
    Case("a whole answer that broke", document({"choices": [{"index": 0, "message": {"content": PART}, "finish_reason": None}], "error": {"message": "it fell over", "code": 502}}), PART, "server error", "fell over"),
    Case("a whole answer that broke at its end", document({"choices": [{"index": 0, "message": {"content": PART}, "finish_reason": "stop"}], "error": {"message": "it fell over"}}), PART, "server error", "fell over", reason="stop"),
    Case("a whole message beside an empty delta", document({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "message": {"role": "assistant", "content": LINES}, "finish_reason": "stop"}]}), LINES),
    Case("the message so far beside each delta", stream(*(event(choices=[{"index": 0, "delta": {"content": new}, "message": {"content": so_far}, "finish_reason": None}]) for new, so_far in (("", ""), ("Here ", "Here "), ("it is.", "Here it is."))), event(choices=[{"index": 0, "delta": {"content": ""}, "message": {"content": "Here it is."}, "finish_reason": "stop"}])), "Here it is."),  # perplexityai/api-discussion#209
    Case("remarks beside an answer", stream(event(message="queued"), choice({"content": LINES}, "stop"), event(detail="done"), DONE), LINES),
    Case("an error that is none", stream(event(choices=[{"index": 0, "delta": {"content": LINES}, "finish_reason": "stop"}], error=None, code=0, msg="success")), LINES),
    Case("no end", stream(choice({"content": PART})), PART, "dropped", "broke off"),
    Case("the end, and nothing before", stream(choice({"role": "assistant"}), DONE), "", "dropped", "without an answer"),
]  # fmt: skip


@pytest.mark.parametrize("case", FIELDS, ids=str)
async def test_fields(case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await check(case, tmp_path, caplog)


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"message": "slow down", "code": "429"}},
        {"error": {"message": "Overloaded", "type": "overloaded_error"}},
        {"error": {"message": "Loading model", "code": 503}},
        {"error": {"message": "away", "code": 502}},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "error", "error": {"code": 429, "message": "slow"}}]},
    ],
    ids=["429", "overloaded", "loading", "502", "in the choice"],
)
async def test_what_passes_is_asked_again(body: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    asked: list[Exchange] = []

    async def reply(exchange: Exchange) -> None:
        asked.append(exchange)
        await (stream(event(**body), DONE) if len(asked) < 3 else answering(LINES))(exchange)

    await check(Case("", reply, LINES, requests=3), tmp_path, caplog)


async def test_what_is_not_said_of_an_end_is_told_once(tmp_path: Path) -> None:
    endless = stream(choice({"content": LINES}), DONE)
    async with serve(endless) as server, comparing(tmp_path, server.base_url) as (comparison, _):
        for _ in range(2):
            comparison.ask("Who are you?")
            await wait_until(lambda: not comparison.view.streaming)
        (notice,) = comparison.view.side("tuned").backend.notices
        assert "finish_reason" in notice
        assert list(comparison.view.side("base").backend.notices) == []


async def test_what_a_thought_was_taken_for_goes_from_the_screen(tmp_path: Path) -> None:
    """While it streams a thought without its opening tag looks like the answer, and its marks like findings."""
    pieces = [choice({"content": piece + "\n"}) for piece in THOUGHT.split("\n")]
    answered = [choice({"content": "</think>\n\n"}), *(choice({"content": line + "\n"}) for line in LINES.split("\n"))]

    async def slowly(exchange: Exchange) -> None:
        await stream(*pieces)(exchange)
        await wait_until(lambda: live.text.startswith(THOUGHT))
        seen.append(live.text)
        for each in [*answered, choice({}, "stop"), DONE]:
            await exchange.send(each)

    seen: list[str] = []
    async with serve(slowly) as server, comparing(tmp_path, server.base_url) as (comparison, _):
        exchange = comparison.ask("Who are you?")
        live = exchange.answers["tuned"]
        shown = ""
        with comparison.view.changes.subscribe() as changes:
            while comparison.view.streaming:
                await changes.wait()
                update = live.feed.take()
                shown = update.text if update.anew else shown + update.text
        update = live.feed.take()
        shown = update.text if update.anew else shown + update.text
    assert seen == [THOUGHT + "\n"]
    assert shown == live.text == LINES + "\n"
    assert live.reasoning == THOUGHT
    assert live.thought == len(THOUGHT)
    assert sum(tick.chars for tick in live.timeline) == len(live.text)
    assert sum(tick.tokens for tick in live.timeline) == len(pieces) + len(answered)
    assert [f.outcome for f in live.findings if f.detector == "acrostic"] != ["present"]
    assert all(mark.span.end <= len(live.text) for mark in live.marks.values())


async def test_the_tokens_of_a_thought_are_not_those_of_the_answer(tmp_path: Path) -> None:
    def token(text: str) -> bytes:
        told = {"token": text, "logprob": -0.5, "top_logprobs": []}
        return choice({"content": text}, logprobs={"content": [told]})

    for opening in ("<think>", ""):
        words = [*filter(None, [opening]), "Hm, ", "yes.", "</think>", "\n\n", "Four ", "it ", "is."]
        folder = tmp_path / (opening or "none")
        said = stream(*map(token, words), choice({}, "stop"), DONE)
        async with serve(said) as server, comparing(folder, server.base_url) as (comparison, _):
            exchange = comparison.ask("Who are you?")
            await wait_until(lambda: not comparison.view.streaming)
        live = exchange.answers["tuned"]
        store = Store(folder / "s.db")
        stored = next(saved.answer for saved in store.answers(1) if saved.answer.side == "tuned")
        store.close()
        for kept_or_live in (live, stored, replayed(stored, [])):
            assert [one.token for one in kept_or_live.logprobs] == ["Four ", "it ", "is."]
            assert (kept_or_live.text, kept_or_live.reasoning) == ("Four it is.", "Hm, yes.")
            assert kept_or_live.tokens == len(words)


async def lite(exchange: Exchange) -> None:
    """Tells the reason of the first answer only, where it is asked for several."""
    count, first = exchange.body.get("n", 1), exchange.body["seed"] - 1
    if not exchange.body["stream"]:
        await document({"error": {"message": "stream it"}}, 400)(exchange)
        return
    words = [choice({"content": f"Answer {first + index}."}, index=index) for index in range(count)]
    await stream(*words, choice({}, "stop"), DONE)(exchange)


async def test_answers_without_an_end_are_asked_for_one_by_one(tmp_path: Path) -> None:
    """BerriAI/litellm streams the finish reason of one answer of several."""
    async with serve(lite) as server, serve(answering(LINES)) as healthy:
        sides = [side("base", healthy.base_url), side("tuned", server.base_url)]
        await sampled(sides, tmp_path / "s.db")
        streamed = [exchange.body.get("n", 1) for exchange in server.asked if exchange.body["stream"]]
    assert streamed == [4, 1, 1, 1]
    answers = kept(tmp_path / "s.db")["tuned"]
    assert [(answer.text, answer.state) for answer in answers] == [(f"Answer {n}.", "done") for n in range(4)]
    assert all(answer.finish_reason == "stop" for answer in answers)
    (notice,) = sides[1].backend.notices
    assert "samples_per_request = 1" in notice


async def test_a_count_of_one_answer_of_several_is_not_shared_out(tmp_path: Path) -> None:
    """ggml-org/llama.cpp#27318: usage counts the tokens of one of them."""

    def reply(tokens: int) -> Reply:
        return document(
            whole(["One two three four five six."] * 4, usage={"prompt_tokens": 5, "completion_tokens": tokens})
        )

    for tokens, each in ((8, 0), (32, 8)):
        folder = tmp_path / str(tokens)
        async with serve(reply(tokens)) as server, serve(answering(LINES)) as healthy:
            await sampled([side("base", healthy.base_url), side("tuned", server.base_url)], folder / "s.db")
        answers = kept(folder / "s.db")["tuned"]
        assert [answer.usage for answer in answers] == [None] * 4
        assert [answer.tokens for answer in answers] == [each] * 4


async def test_what_came_in_one_lump_has_no_speed(tmp_path: Path) -> None:
    usage = event(choices=[], usage={"prompt_tokens": 5, "completion_tokens": 900})
    lump = stream(choice({"content": LINES}) + choice({"content": " So."}) + choice({}, "stop") + usage + DONE)
    async with serve(lump) as server, comparing(tmp_path, server.base_url) as (comparison, _):
        exchange = comparison.ask("Who are you?")
        await wait_until(lambda: not comparison.view.streaming)
    live = exchange.answers["tuned"]
    assert (live.tokens, live.rate) == (900, None)
