"""The LLM Comparator export: the JSON file that its page opens.

Format: https://github.com/PAIR-code/llm-comparator, "JSON Data Format". It compares two models: A is the first side of
the session, B the second. Control characters are shown as symbols, because its page would interpret some.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.exports.question_groups import questions
from diptych.sessions.records import Answer
from diptych.sessions.sanitize import visible
from diptych.sessions.store_errors import TransferError

_NAMED = 4
"""Of the sides that are left out, a remark names so many."""


def write(data: ExportData, path: Path) -> list[str]:
    """Write the pairs of answers. Answers without a partner are left out and reported. Raises TransferError if there
    is only one side."""
    names = data.sides()
    if len(names) < 2:
        raise TransferError(f"session {data.session.id} has one side only", "LLM Comparator needs two sides")
    first, second, *others = names
    examples, failed = [], 0
    for group in questions(data):
        for sample, a, b in group.pairs(first, second):
            if a.answer.failure is not None or b.answer.failure is not None:
                failed += 1
            else:
                examples.append(_example(sample, a.answer, b.answer))
    schema = _schema(examples)
    for example in examples:
        example["custom_fields"] = {f["name"]: example["custom_fields"].get(f["name"], _nothing(f)) for f in schema}
    session = data.session
    document = {
        "metadata": {
            "source_path": visible(f"diptych session {session.id}: {session.title}"),
            "custom_fields_schema": schema,
        },
        "models": [{"name": _model(data, name)} for name in (first, second)],
        "examples": examples,
    }
    path.write_bytes(msgspec.json.encode(document))
    remarks = [f"left out, because LLM Comparator shows two sides: {_some(others)}"] if others else []
    if failed:
        remarks.append(f"pairs left out, because one of the answers failed: {failed}")
    return remarks


def _some(names: Sequence[str]) -> str:
    named = ", ".join(names[:_NAMED])
    return f"{named} and {len(names) - _NAMED} more" if len(names) > _NAMED else named


def _example(sample: int, a: Answer, b: Answer) -> dict[str, Any]:
    return {
        "input_text": visible(a.prompt),
        "tags": [visible(a.condition)] if a.condition is not None else [],
        "output_text_a": visible(a.text),
        "output_text_b": visible(b.text),
        # Nobody has said which answer is better.
        "score": 0.0,
        "individual_rater_scores": [],
        "rationale_list": [],
        "custom_fields": {"sample": sample + 1} | _found((a, b)),
    }


def _found(pair: Sequence[Answer]) -> dict[str, list[Any]]:
    """Return the detectors' outcomes for both answers, and their numbers if there are any."""
    fields: dict[str, list[Any]] = {}
    for column, answer in enumerate(pair):
        for finding in answer.findings:
            name = visible(f"{finding.detector}: {finding.label}")
            excluded = finding.outcome == "excluded"
            outcome = visible(f"excluded: {finding.bucket}") if excluded else finding.outcome
            fields.setdefault(name, ["not judged", "not judged"])[column] = outcome
            if finding.number is not None:
                fields.setdefault(f"{name} (number)", [None, None])[column] = finding.number
    return fields


def _schema(examples: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    names = dict.fromkeys(name for example in examples for name in example["custom_fields"])
    return [{"name": name, "type": _type(name)} for name in names]


def _type(name: str) -> str:
    if name == "sample":
        return "number"
    return "per_model_number" if name.endswith(" (number)") else "per_model_category"


def _nothing(field: dict[str, str]) -> list[Any]:
    return [None, None] if field["type"] == "per_model_number" else ["not judged", "not judged"]


def _model(data: ExportData, name: str) -> str:
    model = next((data.models_of(side) for side in data.session.sides if side.name == name), None)
    return visible(f"{name}: {model}" if model else name)
