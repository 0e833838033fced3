"""What comes of logs of Inspect: what was sent is what was asked, and sides that differ are never one."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from diptych.sessions import Answer, Store, TransferError, import_files

pytest.importorskip("inspect_ai.log")

SYSTEM = {"role": "system", "content": "Answer with one letter."}
ASKED = {"role": "user", "content": "Which is warmest?\n\nA) Red\nB) Blue"}


def said(text: str, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, "source": "generate", **more}


def sample_of(text: str = "A", **more: Any) -> dict[str, Any]:
    """A sample whose dataset says less than what was sent."""
    choice = {"message": said(text), "stop_reason": "stop"}
    return {
        "id": 1,
        "epoch": 1,
        "input": "Which is warmest?",
        "choices": ["Red", "Blue"],
        "target": "A",
        "messages": [SYSTEM, ASKED, said(text)],
        "output": {"model": "local", "choices": [choice]},
        "metadata": {},
        "events": [],
        "attachments": {},
    } | more


def log_file(
    path: Path, *samples: Mapping[str, Any], plan: Mapping[str, Any] | None = None, status: str = "success", **spec: Any
) -> Path:
    evaluated = {
        "run_id": path.stem,
        "eval_id": path.stem,
        "task_id": path.stem,
        "created": "2026-01-01T10:00:00+00:00",
        "task": "colours",
        "dataset": {},
        "model": "hf/local",
        "config": {},
    }
    log = {
        "version": 2,
        "status": status,
        "eval": evaluated | spec,
        "plan": {"name": "plan", "steps": [], "config": plan or {}},
        "samples": list(samples or (sample_of(),)),
    }
    path.write_text(json.dumps(log))
    return path


def imported(tmp_path: Path, *files: Path) -> tuple[list[tuple[str, str]], list[Answer], list[str]]:
    store = tmp_path / "sessions.db"
    kept = import_files(files, store)
    answers = [row.answer for row in Store(store).answers(kept.session)]
    return [(side.name, side.model) for side in kept.sides], answers, list(kept.remarks)


def test_what_was_asked_is_what_was_sent(tmp_path: Path) -> None:
    _, (answer,), _ = imported(tmp_path, log_file(tmp_path / "a.json"))
    assert answer.prompt == ASKED["content"]
    assert answer.request == {"model": "hf/local", "messages": [SYSTEM, ASKED]}
    assert (answer.text, answer.condition, answer.sample) == ("A", "colours", 0)


def test_parameters_and_the_system_prompt_of_the_config_are_part_of_what_was_sent(tmp_path: Path) -> None:
    plan = {"temperature": 0.5, "max_tokens": 9, "max_connections": 3, "system_message": "Be kind."}
    _, (answer,), _ = imported(tmp_path, log_file(tmp_path / "a.json", plan=plan))
    assert answer.request == {
        "model": "hf/local",
        "messages": [{"role": "system", "content": "Be kind."}, SYSTEM, ASKED],
        "temperature": 0.5,
        "max_tokens": 9,
    }


def test_the_record_of_the_request_is_believed_before_what_a_solver_made_of_it(tmp_path: Path) -> None:
    """As with shuffled options, of which the messages are put back in order afterwards."""
    shuffled = {"role": "user", "content": "Which is warmest?\n\nA) Blue\nB) Red"}
    event = {
        "event": "model", "timestamp": "2026-01-01T10:00:00+00:00", "model": "hf/local", "input": [SYSTEM, shuffled],
        "tools": [], "tool_choice": "auto", "config": {},
        "output": {"model": "local", "choices": [{"message": said("B", id="m1"), "stop_reason": "stop"}]},
    }  # fmt: skip
    graded = event | {"model": "openai/grader", "input": [{"role": "user", "content": "Grade it."}]}
    output = {"model": "local", "choices": [{"message": said("A", id="m1"), "stop_reason": "stop"}]}
    sample = sample_of(events=[event, graded], output=output)
    _, (answer,), _ = imported(tmp_path, log_file(tmp_path / "a.json", sample))
    assert (answer.prompt, answer.text) == (shuffled["content"], "B")


def test_several_turns_tools_and_attachments(tmp_path: Path) -> None:
    call = {"id": "c", "function": "look", "arguments": {"at": "sky"}, "type": "function"}
    messages = [
        {"role": "user", "content": "attachment://" + "0" * 32},
        said("I look.", tool_calls=[call]),
        {"role": "tool", "content": "blue", "tool_call_id": "c", "function": "look"},
        said("Blue."),
        {"role": "user", "content": "And at night?"},
        said("Black."),
    ]
    sample = sample_of("Black.", messages=messages, attachments={"0" * 32: "Which colour has the sky?"})
    _, (answer,), remarks = imported(tmp_path, log_file(tmp_path / "a.json", sample))
    assert [m["role"] for m in answer.request["messages"]] == ["user", "assistant", "tool", "assistant", "user"]
    assert answer.request["messages"][0]["content"] == "Which colour has the sky?"
    assert answer.request["messages"][1]["tool_calls"] == [{"function": "look", "arguments": {"at": "sky"}}]
    assert (answer.prompt, answer.text) == ("And at night?", "Black.")
    assert remarks == ["samples that used tools: 1; only the last answer of each is kept"]


def test_reasoning_is_no_part_of_the_answer(tmp_path: Path) -> None:
    content = [{"type": "reasoning", "reasoning": "HELLO?"}, {"type": "text", "text": "A"}]
    hidden = [{"type": "reasoning", "reasoning": "zzz", "redacted": True, "summary": "a thought"}, content[1]]
    samples = [
        sample_of(
            output={"model": "local", "choices": [{"message": said("A") | {"content": c}, "stop_reason": "stop"}]}
        )
        | {"epoch": epoch}
        for epoch, c in enumerate((content, hidden), 1)
    ]
    _, answers, _ = imported(tmp_path, log_file(tmp_path / "a.json", *samples))
    assert [(a.text, a.reasoning, a.sample) for a in answers] == [("A", "HELLO?", 0), ("A", "a thought", 1)]


@pytest.mark.parametrize(
    ("one", "other", "models"),
    [
        (
            {"model_args": {"model_path": "./base"}},
            {"model_args": {"model_path": "./tuned"}},
            ["hf/local (model_path=./base)", "hf/local (model_path=./tuned)"],
        ),
        (
            {"model_base_url": "http://one/v1"},
            {"model_base_url": "http://two/v1"},
            ["hf/local (base_url=http://one/v1)", "hf/local (base_url=http://two/v1)"],
        ),
        (
            {"plan": {"temperature": 0.0}},
            {"plan": {"temperature": 1.0}},
            ["hf/local (temperature=0.0)", "hf/local (temperature=1.0)"],
        ),
        (
            {"model_generate_config": {"max_tokens": 5}},
            {},
            ["hf/local (max_tokens=5)", "hf/local (max_tokens=none)"],
        ),
        (
            {"plan": {"system_message": "Be kind."}},
            {},
            ["hf/local (system_message=Be kind.)", "hf/local (system_message=none)"],
        ),
        ({"model_args": {"api_key": "one"}}, {"model_args": {"api_key": "two"}}, None),
        ({}, {}, None),
    ],
)
def test_logs_of_one_model_name_that_differ_are_two_sides(
    one: dict[str, Any], other: dict[str, Any], models: list[str] | None, tmp_path: Path
) -> None:
    files = (log_file(tmp_path / "a.json", **one), log_file(tmp_path / "b.json", sample_of("B"), **other))
    sides, answers, _ = imported(tmp_path, *files)
    assert [name for name, _ in sides] == ["base", "tuned"]
    if models is not None:
        assert [model for _, model in sides] == models
    else:
        assert len({model for _, model in sides}) == 2
        assert not any("one" in model or "two" in model for _, model in sides)
    assert [(a.side, a.exchange, a.sample, a.text) for a in answers] == [("base", 1, 0, "A"), ("tuned", 1, 0, "B")]


def test_several_tasks_of_one_run_are_one_side(tmp_path: Path) -> None:
    run: dict[str, Any] = {"run_id": "r"}
    files = (
        log_file(tmp_path / "a.json", **run),
        log_file(tmp_path / "b.json", task="shapes", **run),
        log_file(tmp_path / "c.json", task="shapes", task_args={"hard": True}, **run),
    )
    sides, answers, _ = imported(tmp_path, *files)
    assert sides == [("base", "hf/local")]
    assert [(a.exchange, a.condition) for a in answers] == [
        (1, "colours"), (2, "shapes (hard=None)"), (3, "shapes (hard=True)"),
    ]  # fmt: skip


def test_logs_that_cannot_be_one_session_are_refused_with_the_reason(tmp_path: Path) -> None:
    files = [log_file(tmp_path / f"{n}.json") for n in range(5)]
    with pytest.raises(TransferError, match="5 sides and 1 models: each run and each setting"):
        imported(tmp_path, *files)
    with pytest.raises(TransferError, match="is the same log as"):
        imported(tmp_path, files[0], files[0])


def test_samples_that_have_no_answer_come_in_as_failed_with_the_reason(tmp_path: Path) -> None:
    empty = {"model": "local", "choices": [{"message": said(""), "stop_reason": "content_filter"}]}
    error = {"message": "out of memory", "traceback": "", "traceback_ansi": ""}
    samples = [
        sample_of("", error=error, messages=[ASKED], output={"model": "local", "choices": []}),
        sample_of("", output=empty) | {"epoch": 2},
        sample_of("", limit={"type": "time", "limit": 3}) | {"epoch": 3},
        sample_of("") | {"epoch": 4},
        sample_of("A so", limit={"type": "time", "limit": 3}) | {"epoch": 5},
        sample_of("", error=error, messages=[], output={"model": "local", "choices": []}) | {"epoch": 6},
    ]
    _, answers, remarks = imported(tmp_path, log_file(tmp_path / "a.json", *samples, status="error"))
    answers.sort(key=lambda answer: answer.sample)
    assert [(a.state, a.failure.kind if a.failure else None) for a in answers] == [
        ("failed", "imported"), ("failed", "refused"), ("failed", "imported"), ("failed", "suspected"), ("cut", None),
        ("failed", "imported"),
    ]  # fmt: skip
    assert answers[0].failure is not None
    assert answers[0].failure.message == "out of memory"
    assert answers[0].prompt == ASKED["content"]
    assert answers[5].prompt == "Which is warmest?"
    assert remarks == ["a.json is incomplete: error"]


def test_of_several_choices_the_first_is_kept_and_that_is_said(tmp_path: Path) -> None:
    choices = [{"message": said(text), "stop_reason": "stop"} for text in ("A", "B")]
    sample = sample_of(output={"model": "local", "choices": choices})
    _, (answer,), remarks = imported(tmp_path, log_file(tmp_path / "a.json", sample))
    assert answer.text == "A"
    assert remarks == ["samples with several choices: 1; only the first of each is kept"]


def test_answers_of_several_models_in_one_log_are_told(tmp_path: Path) -> None:
    other = {"model": "fallback", "choices": [{"message": said("B"), "stop_reason": "stop"}]}
    file = log_file(tmp_path / "a.json", sample_of(), sample_of(output=other) | {"epoch": 2})
    _, answers, remarks = imported(tmp_path, file)
    assert sorted(answer.model or "" for answer in answers) == ["fallback", "local"]
    assert remarks == ["a.json has answers of several models: fallback, local"]


def test_earlier_answers_of_a_sample_are_named(tmp_path: Path) -> None:
    """They are turns before the last one, which is what its answer is an answer to."""
    first, then = {"role": "user", "content": "What is soil?"}, {"role": "user", "content": "In one word?"}
    output = {"model": "local", "choices": [{"message": said("Sand."), "stop_reason": "stop"}]}
    sample = sample_of(
        input="What is soil?", messages=[first, said("Sand and clay."), then, said("Sand.")], output=output
    )
    _, (answer,), remarks = imported(tmp_path, log_file(tmp_path / "a.json", sample))
    assert (answer.prompt, answer.text) == ("In one word?", "Sand.")
    assert remarks == [
        "samples in which the model answered several times: 1; only the last answer of each is kept, with the earlier"
        " ones as previous turns"
    ]
    given = [first, {"role": "assistant", "content": "Clay.", "source": "input"}, then, said("Sand.")]
    _, _, remarks = imported(tmp_path, log_file(tmp_path / "b.json", sample | {"messages": given}))
    assert remarks == []


def test_an_answer_that_failed_has_no_score(tmp_path: Path) -> None:
    output = {"model": "local", "choices": [{"message": said(""), "stop_reason": "content_filter"}]}
    sample = sample_of("", output=output, scores={"includes": {"value": "I"}})
    _, (answer,), remarks = imported(tmp_path, log_file(tmp_path / "a.json", sample))
    assert (answer.state, answer.findings) == ("failed", ())
    assert remarks == ["scores of failed answers, left out: 1"]


def test_a_log_without_samples_is_named_with_its_status(tmp_path: Path) -> None:
    path = log_file(tmp_path / "a.json", status="started")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"samples": []}))
    with pytest.raises(TransferError, match=r"no samples in .*a.json \(status: started\)"):
        imported(tmp_path, path)
