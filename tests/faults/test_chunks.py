"""Chunks whose JSON, or what it says, is not as documented."""
# ruff: noqa: E501

from pathlib import Path

import pytest

from diptych.backends import Usage
from tests.faults.engine import HALF, KEY, Case, check
from tests.faults.replies import BEGUN, DONE, REST, TEXT, choice, event, stream
from tests.openai_server import Reply, chunk

pytestmark = pytest.mark.usefixtures("quick")

END = chunk(finish="stop") + DONE


def beside(*events: bytes) -> Reply:
    """A whole answer with these events in its middle."""
    return stream(BEGUN, *events, REST + DONE)


def after_half(data: bytes) -> Reply:
    """Half an answer, then an event of these data, then the rest."""
    return beside(b"data: " + data + b"\n\n")


def logged(logprobs: object) -> Reply:
    return stream(choice({"content": TEXT}, "stop", logprobs=logprobs))


def counted(usage: object) -> Reply:
    return stream(BEGUN, REST, event(choices=[], usage=usage), DONE)


DEEP = b"[" * 100_000 + b"]" * 100_000
TOOL = {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}

HARMLESS = [
    Case("the same id twice", stream(BEGUN, REST, DONE), TEXT),
    Case("other ids", beside(event(id=7, choices=[])), TEXT),
    Case("no choices", beside(event(choices=[])), TEXT),
    Case("choices null", beside(event(choices=None)), TEXT),
    Case("empty data", after_half(b""), TEXT),
    Case("an empty object", beside(event()), TEXT),
    Case("content null", beside(choice({"content": None})), TEXT),
    Case("delta null", beside(choice(None)), TEXT),
    Case("delta missing", beside(event(choices=[{"index": 0, "finish_reason": None}])), TEXT),
    Case("index missing", beside(event(choices=[{"delta": {"content": ""}}])), TEXT),
    Case("unknown fields", beside(event(choices=[{"delta": {"x": {"y": [1]}}, "z": None}], x_usage=3)), TEXT),
    Case("answers that nobody asked for", beside(choice({"content": "No"}, "stop", 1), choice({"content": "no"}, None, 7)), TEXT),
    Case("an index below zero", beside(choice({"content": "No"}, "stop", -1)), TEXT),
    Case("the same index twice in a chunk", beside(event(choices=[{"delta": {"content": ""}}, {"delta": {"content": ""}}])), TEXT),
    Case("usage missing", stream(BEGUN, REST, DONE), TEXT),
    Case("usage negative", counted({"prompt_tokens": -3, "completion_tokens": -4}), TEXT),
    Case("usage in words", counted("many"), TEXT),
    Case("usage beyond all bounds", counted({"prompt_tokens": 10**30, "completion_tokens": 1e300}), TEXT),
    Case("a date out of range", after_half(b'{"created": 1e400, "choices": []}'), TEXT),
    Case("keys twice", after_half(b'{"model": "a", "model": "b", "choices": [{"delta": {}}], "choices": []}'), TEXT),
    Case("finish reason unknown", stream(BEGUN, chunk(" and half."), chunk(finish="eos_token")), TEXT),
    Case("finish reason empty, then stop", stream(BEGUN, chunk("", finish=""), REST), TEXT),
    Case("no finish reason, but the end of the stream", stream(BEGUN, DONE), HALF),
    Case("finish reason twice", stream(BEGUN, REST, chunk(finish="stop")), TEXT),
    Case("cut by the limit", stream(BEGUN, chunk(finish="length")), HALF, state="cut"),
    Case("logprobs in words", logged("none"), TEXT),
    Case("logprobs without a number", logged({"content": [{"token": "Here"}]}), TEXT),
    Case("logprobs null in the middle", logged({"content": [{"token": "Here", "logprob": None}]}), TEXT),
    Case("a refusal in its own field", stream(choice({"refusal": "I'd rather"}), choice({"refusal": " not."}), END), "I'd rather not."),
    Case("controls and markup", stream(choice({"content": "\x1b[31m[b]\x00\u202e</b>"}), END), "\x1b[31m[b]\x00\u202e</b>"),
    Case("an emoji as two escapes", stream(b'data: {"choices":[{"delta":{"content":"\\ud83d\\ude00"}}]}\n\n', END), "😀"),
    Case("bytes that are no UTF-8", after_half(b'{"choices": [{"delta": {"content": "\xff\xfe"}}]}'), f"{HALF}\ufffd\ufffd and half."),
    Case("half of a character escaped", after_half(b'{"choices": [{"delta": {"content": "\\ud83d"}}]}'), f"{HALF}\ufffd and half."),
]  # fmt: skip

FORM = {"kind": "server error", "hint": "press r"}
BROKEN = [
    Case("finish reason a number", stream(BEGUN, chunk(finish=1)), HALF, says="finish_reason: expected str or null, found int", **FORM),  # type: ignore[arg-type]
    Case("cut off by the policy", stream(BEGUN, chunk(finish="content_filter")), HALF, "refused", "policy", "other words", reason="content_filter"),
    Case("a tool called instead", stream(choice(TOOL), choice({}, "tool_calls"), DONE), "", "unsupported", "called a tool", "extra_body", reason="tool_calls"),
    Case("a tool called in the end", stream(BEGUN, choice(TOOL), choice({}, "tool_calls"), DONE), HALF, "unsupported", "called a tool", "press r", reason="tool_calls"),
    Case("content a number", beside(choice({"content": 5})), HALF, says="choices[0].delta.content: expected str or object or array or null, found int", **FORM),
    Case("choices an object", beside(event(choices={"0": {}})), HALF, says="choices: expected array or null, found object", **FORM),
    Case("choices a number", beside(event(choices=7)), HALF, says="choices: expected array or null, found int", **FORM),
    Case("choices of nulls", beside(event(choices=[None])), HALF, says="choices[0]: expected object, found null", **FORM),
    Case("an index in words", beside(choice({"content": "x"}, None, "first")), HALF, says="index: expected int, found str", **FORM),
    Case("a list in place of a chunk", after_half(b"[1, 2]"), HALF, says="expected object, found array", **FORM),
    Case("a word in place of a chunk", after_half(b"overloaded"), HALF, says="overloaded", **FORM),
    Case("JSON cut in the middle", after_half(b'{"choices": [{"delta": {"content": "x'), HALF, "dropped", "broke off", "press r"),
    Case("two objects in one event", after_half(b'{"choices": []}{"choices": []}'), HALF, says="in place of", **FORM),
    Case("not a number", after_half(b'{"created": NaN, "choices": []}'), HALF, says="NaN", **FORM),
    Case("nested a hundred thousand times", after_half(b'{"choices": [], "x": ' + DEEP + b"}"), HALF, says="nested too deeply", **FORM),
    Case("nested, and nothing else", after_half(DEEP), HALF, says="nested too deeply", **FORM),
    Case("an error that is a word", stream(BEGUN, event(error="the engine died")), HALF, says="the engine died", **FORM),
    Case("an error that says nothing", stream(BEGUN, event(error={})), HALF, says="failed", **FORM),
    Case("an error in many lines", stream(BEGUN, event(error={"message": "died\n\x1b[31mTraceback (most recent call last)\n  File"})), HALF, says="died", **FORM),
    Case("an error with the key", stream(BEGUN, event(error={"message": "no key canary-in-the-mine-0123456789"})), HALF, says="no key (the key)", **FORM),
    Case("an error of a choice that repeats the key", stream(BEGUN, event(choices=[{"index": 0, "delta": {}, "finish_reason": "error", "error": {"message": f"who is {KEY}", "code": 502}}]), DONE), HALF, "server error", "who is (the key)", reason="error"),
    Case("an error of the limit", stream(BEGUN, event(error={"message": "slow down", "code": 429})), HALF, "rate limited", "slow down", "press r"),
]  # fmt: skip


@pytest.mark.parametrize("case", HARMLESS, ids=str)
async def test_harmless(case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    answer = await check(case, tmp_path, caplog)
    if case.name.startswith("usage"):
        assert answer.usage is None
    if case.name.startswith("logprobs"):
        assert answer.logprobs == ()


@pytest.mark.parametrize("case", BROKEN, ids=str)
async def test_broken(case: Case, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await check(case, tmp_path, caplog)


async def test_what_is_thought_aloud_stays_apart(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    thinking = [choice({"reasoning_content": "Hm, "}), choice({"reasoning": "yes."}), choice({"content": TEXT}), END]
    answer = await check(Case("", stream(*thinking), TEXT), tmp_path, caplog)
    assert answer.reasoning == "Hm, yes."


async def test_what_is_sound_beside_what_is_not_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sound = {"content": [{"token": TEXT, "logprob": -0.5, "top_logprobs": []}]}
    one = {"index": 0, "delta": {"content": TEXT}, "finish_reason": "stop", "logprobs": sound}
    answer = await check(Case("", stream(event(choices=[one], usage="many")), TEXT), tmp_path, caplog)
    assert [token.logprob for token in answer.logprobs] == [-0.5]
    answer = await check(
        Case(
            "", stream(event(choices=[one | {"logprobs": 3}], usage={"prompt_tokens": 7, "completion_tokens": 4})), TEXT
        ),
        tmp_path / "other",
        caplog,
    )
    assert (answer.usage, answer.logprobs) == (Usage(7, 4), ())
