"""The tidy table of the CSV and Parquet exports: one row for each answer, findings in columns."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from diptych.sessions.exports.export_data import Counted, ExportData
from diptych.sessions.records import Answer, Label, SavedAnswer

FIXED: dict[str, type] = {
    "session": int, "answer_id": int, "exchange": int, "prompt": str, "condition": str, "sample": int, "side": str,
    "model": str, "served_model": str, "messages": str, "prefill": str, "form": str, "answer": str, "reasoning": str,
    "state": str, "finish_reason": str, "error": str, "prompt_tokens": int, "completion_tokens": int,
    "seconds": float, "labels": str, "question": str, "draw": str,
}  # fmt: skip
"""The columns of every session with their types."""
_OF_FAMILY: dict[str, type] = {"member": str, "arm": str, "seed": int, "x": float}
"""Further columns of a session of a family: `member` is the side, `seed` that of its training."""


@dataclass(frozen=True)
class Table:
    """The columns with their types, and the rows."""

    columns: dict[str, type]
    data: ExportData

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield one row for each answer. Missing values are left out."""
        for row in self.data.answers():
            labels, counted = self.data.labels.get(row.id, ()), self.data.counted.get(row.id)
            yield _row(self.data.session.id, row, labels, counted) | self._member(row.answer.side)

    def _member(self, name: str) -> dict[str, Any]:
        """What is known of a member of a family."""
        side = self.data.member(name)
        return {"member": name, "arm": side.arm_name, "seed": side.training_seed, "x": side.x} if side else {}


def table(data: ExportData) -> Table:
    """Return the table of a session. Each label of a detector has a column for its outcome, and columns for its
    numbers and values if there are any. Each measure that people were asked about has a column for what they said."""
    labelled: dict[str, type] = {
        f"label: {one.question}": str for own in data.labels.values() for one in own if one.question
    }
    found: dict[str, type] = {}
    for _, answer in data.answers():
        for finding in answer.findings:
            name = f"{finding.detector}: {finding.label}"
            if finding.kind == "quantity":
                found[name] = float
                continue
            found[name] = str
            if finding.number is not None:
                found[f"{name} (number)"] = float
            if finding.value:
                found[f"{name} (value)"] = str
    family = _OF_FAMILY if data.session.family is not None else {}
    return Table(FIXED | family | dict(sorted(labelled.items())) | dict(sorted(found.items())), data)


def _row(session: int, row: SavedAnswer, labels: Any, counted: Counted | None) -> dict[str, Any]:
    answer = row.answer
    said: dict[str, Any] = {
        "session": session,
        "answer_id": row.id or None,
        "exchange": answer.exchange,
        "prompt": answer.prompt,
        "condition": answer.condition,
        "sample": answer.sample + 1,
        "side": answer.side,
        "model": answer.request.get("model"),
        "served_model": answer.model,
        "messages": _messages(answer),
        "prefill": answer.prefill,
        "form": answer.mode,
        "answer": answer.text,
        "reasoning": answer.reasoning,
        "state": answer.state,
        "finish_reason": answer.finish_reason,
        "error": answer.failure and answer.failure.message,
        "prompt_tokens": answer.usage and answer.usage.prompt_tokens,
        "completion_tokens": answer.usage and answer.usage.completion_tokens,
        "seconds": answer.ended_at,
        "labels": _labels(labels),
        **{f"label: {label.question}": label.value for label in labels if label.question},
    }
    if counted is not None:
        said |= {"question": counted.question, "draw": "yes" if counted.draw else "no"}
    for finding in answer.findings:
        name = f"{finding.detector}: {finding.label}"
        if finding.kind == "quantity":
            said[name] = finding.number
            continue
        said[name] = f"excluded: {finding.bucket}" if finding.outcome == "excluded" else finding.outcome
        if finding.number is not None:
            said[f"{name} (number)"] = finding.number
        if finding.value:
            said[f"{name} (value)"] = finding.value
    return said


def _messages(answer: Answer) -> str | None:
    """Return what was sent as JSON: the messages, or the text to continue; None for a masked answer."""
    sent = answer.request.get("messages", answer.request.get("prompt"))
    return msgspec.json.encode(sent).decode() if sent is not None else None


def _labels(labels: list[Label]) -> str | None:
    return "; ".join(label.words for label in labels if not label.question) or None
