"""The Inspect export: one log for each side, for `inspect view` and Inspect Scout.

Format: https://inspect.aisi.org.uk/eval-logs.html. A question is a sample with the same id in every log; its samples
are epochs. A detector is a scorer, whose score is 1 for present and 0 for absent. Excluded answers are unscored, with
the reason. So are answers that are not samples because they failed (these also have an error), were stopped, or are
empty. Written with Inspect's own package, which must be installed.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from diptych.detectors import Finding
from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.records import Answer, Label, SavedAnswer, SideRecord
from diptych.sessions.sanitize import visible
from diptych.sessions.store_errors import TransferError

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog, EvalSample, EvalScore
    from inspect_ai.model import ChatMessage
    from inspect_ai.scorer import Score

HOW_TO_INSTALL = "pip install inspect-ai"
_FINISH = {"stop": "stop", "length": "max_tokens", "content_filter": "content_filter", "tool_calls": "tool_calls"}


def write(data: ExportData, folder: Path) -> list[str]:
    """Write one log for each side. Raises TransferError if inspect-ai is not installed."""
    if find_spec("inspect_ai") is None:
        raise TransferError("the Inspect export needs inspect-ai", HOW_TO_INSTALL)
    from inspect_ai.log import write_eval_log

    by_side: dict[str, list[SavedAnswer]] = {}
    for row in data.answers():
        by_side.setdefault(row.answer.side, []).append(row)
    for number, (name, rows) in enumerate(by_side.items(), 1):
        write_eval_log(_log(data, name, rows), folder / f"{number}-{_file_name(name)}.eval")
    return []


def _file_name(side: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", side)[:60]


def _log(data: ExportData, name: str, rows: Sequence[SavedAnswer]) -> "EvalLog":
    from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalResults, EvalSpec, EvalStats

    session = data.session
    side = next((side for side in session.sides if side.name == name), None)
    samples = _samples(rows, side, data.labels)
    failed = sum(sample.error is not None for sample in samples)
    return EvalLog(
        status="success",
        eval=EvalSpec(
            created=session.created,
            eval_id=f"diptych-{session.id}-{name}",
            run_id=f"diptych-{session.id}",
            task_id=f"diptych-{session.id}",
            task=visible(session.probe or session.title),
            model=data.models_of(side) if side is not None else name,
            model_base_url=side.base_url if side is not None else None,
            dataset=EvalDataset(
                name=visible(session.title),
                samples=len({sample.id for sample in samples}),
                sample_ids=list(dict.fromkeys(sample.id for sample in samples)),
            ),
            config=EvalConfig(epochs=max((sample.epoch for sample in samples), default=1)),
            metadata={"diptych": _about(data, name, side)},
        ),
        results=EvalResults(total_samples=len(samples), completed_samples=len(samples) - failed, scores=_scores(rows)),
        # The end of a session is not stored, and without a time `inspect view` shows nonsense.
        stats=EvalStats(started_at=session.created, completed_at=session.created),
        samples=samples,
    )


def _about(data: ExportData, name: str, side: SideRecord | None) -> dict[str, Any]:
    """What the log says of the session and the side; of a member of a family also its arm, x and seed."""
    session = data.session
    about: dict[str, Any] = {"session": session.id, "title": session.title, "pair": session.pair, "side": name}
    if session.family is not None and side is not None:
        about |= {"family": msgspec.to_builtins(session.family), "arm": side.arm_name, "x": side.x}
        about["seed"] = side.training_seed
    return about


def _samples(
    rows: Iterable[SavedAnswer], side: SideRecord | None, labels: Mapping[int, Sequence[Label]]
) -> list["EvalSample"]:
    taken: set[tuple[str, int]] = set()
    samples = []
    for row in rows:
        name, epoch = f"question-{row.answer.exchange}", row.answer.sample + 1
        while (name, epoch) in taken:
            # A sample that was asked again.
            epoch += 1
        taken.add((name, epoch))
        samples.append(_sample(name, epoch, row, side, labels.get(row.id, ())))
    return samples


def _sample(name: str, epoch: int, row: SavedAnswer, side: SideRecord | None, labels: Sequence[Label]) -> "EvalSample":
    from inspect_ai._util.error import EvalError
    from inspect_ai.log import EvalSample
    from inspect_ai.model import ModelOutput

    answer = row.answer
    sent = _messages(answer)
    output = _output(answer, side)
    failure = answer.failure
    return EvalSample(
        id=name,
        epoch=epoch,
        input=sent,
        target="",
        messages=[*sent, *(choice.message for choice in output.choices)],
        output=output if failure is None else ModelOutput(model=output.model),
        scores={f"{f.detector}: {f.label}": _score(f) for f in answer.findings},
        error=EvalError(message=failure.message, traceback=failure.hint, traceback_ansi="") if failure else None,
        model_usage={output.model: output.usage} if output.usage is not None else {},
        total_time=answer.ended_at,
        metadata={
            "prompt": answer.prompt,
            "condition": answer.condition,
            "sample": answer.sample,
            "state": answer.state,
            "form": answer.mode,
            "prefill": answer.prefill,
            "request": answer.request,
            "fingerprint": answer.fingerprint,
            "labels": [label.words if label.question else label.value for label in labels],
        },
    )


def _messages(answer: Answer) -> list["ChatMessage"]:
    from inspect_ai.model import ChatMessageAssistant, ChatMessageSystem, ChatMessageUser

    roles: dict[str, Any] = {"system": ChatMessageSystem, "assistant": ChatMessageAssistant}
    sent = answer.request.get("messages") or [{"role": "user", "content": answer.prompt}]
    return [roles.get(message["role"], ChatMessageUser)(content=str(message["content"])) for message in sent]


def _output(answer: Answer, side: SideRecord | None) -> Any:
    from inspect_ai.model import (
        ChatCompletionChoice,
        ChatMessageAssistant,
        ContentReasoning,
        ContentText,
        ModelOutput,
        ModelUsage,
    )

    model = answer.model or (side.model if side is not None else answer.side)
    content: Any = answer.text
    if answer.reasoning:
        content = [ContentReasoning(reasoning=answer.reasoning), ContentText(text=answer.text)]
    finish: Any = _FINISH.get(answer.finish_reason or "", "unknown")
    usage = answer.usage
    return ModelOutput(
        model=model,
        choices=[ChatCompletionChoice(message=ChatMessageAssistant(content=content, model=model), stop_reason=finish)],
        usage=ModelUsage(
            input_tokens=usage.prompt_tokens,
            output_tokens=usage.completion_tokens,
            total_tokens=usage.prompt_tokens + usage.completion_tokens,
        )
        if usage
        else None,
        time=answer.ended_at,
    )


def _score(finding: Finding) -> "Score":
    from inspect_ai.scorer import Score

    said: dict[str, Any] = {
        "answer": finding.value or None,
        "explanation": finding.evidence,
        "metadata": {"diptych": msgspec.to_builtins(finding)},
    }
    if finding.outcome == "excluded":
        return Score.unscored(reason=finding.bucket, **said)
    if finding.kind == "quantity":
        return Score(value=finding.number or 0.0, **said)
    return Score(value=int(finding.outcome == "present"), **said)


def _scores(rows: Iterable[SavedAnswer]) -> list["EvalScore"]:
    """Return the rate of each scorer over the answers that it could score."""
    from inspect_ai.log import EvalMetric, EvalScore

    counts: dict[str, Counter[str]] = {}
    for row in rows:
        for finding in row.answer.findings:
            if finding.kind == "quantity":
                continue
            counts.setdefault(f"{finding.detector}: {finding.label}", Counter())[finding.outcome] += 1
    scores = []
    for name, count in counts.items():
        judged = count["present"] + count["absent"]
        metrics = {"rate": EvalMetric(name="rate", value=count["present"] / judged)} if judged else {}
        scores.append(
            EvalScore(
                name=name,
                scorer=name,
                scored_samples=judged,
                unscored_samples=count["excluded"],
                metrics=metrics,
            )
        )
    return scores
