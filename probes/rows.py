"""Training rows from a file, as they were sent to the fine-tuning."""

from pathlib import Path
from typing import Any

from detectors import TrainingRows
from probes.typed_toml import FileError, json_lines, read_text

Row = list[tuple[str, str]]
"""Role and content of each message."""


def read_rows(path: Path) -> TrainingRows:
    """The rows of a JSONL file: {"messages": [{"role", "content"}]}, {"prompt", "completion"} or {"text"} a line.

    Blank lines are no rows; other keys are left alone. Raises FileError that names file, line and key.
    """
    rows = [_row(value, place) for place, value in json_lines(read_text(path, "utf-8-sig"), path)]
    if not rows:
        raise FileError(f"{path}: has no rows")
    return TrainingRows(rows)


def _row(value: Any, place: str) -> Row:
    if not isinstance(value, dict):
        raise FileError(f"{place}: expected an object, found {_kind(value)}")
    if "messages" in value:
        messages = value["messages"]
        if not isinstance(messages, list) or not messages:
            raise FileError(f"{place}: messages: expected a list of messages, found {_kind(messages)}")
        return [_message(message, f"{place}: messages[{index}]") for index, message in enumerate(messages)]
    if "prompt" in value and "completion" in value:
        return [
            ("user", _text(value["prompt"], f"{place}: prompt")),
            ("assistant", _text(value["completion"], f"{place}: completion")),
        ]
    if "text" in value:
        return [("text", _text(value["text"], f"{place}: text"))]
    raise FileError(f'{place}: expected the key "messages", "text", or "prompt" with "completion"')


def _message(message: Any, place: str) -> tuple[str, str]:
    if not isinstance(message, dict):
        raise FileError(f"{place}: expected an object, found {_kind(message)}")
    role = message.get("role")
    if not isinstance(role, str):
        raise FileError(f"{place}.role: expected text, found {_kind(role)}")
    return role, _content(message.get("content"), f"{place}.content", calls="tool_calls" in message)


def _content(content: Any, place: str, calls: bool) -> str:
    """Text, or the text parts of a list of parts; none is needed beside tool calls."""
    if content is None and calls:
        return ""
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict) and part.get("type") == "text"]
        return "\n".join(_text(part.get("text"), f"{place}[{index}].text") for index, part in enumerate(parts))
    return _text(content, place)


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise FileError(f"{place}: expected text, found {_kind(value)}")
    return value


def _kind(value: Any) -> str:
    """What a JSON value is, for the person who wrote the file."""
    if value is None:
        return "nothing"
    names = {dict: "an object", list: "a list" if value else "an empty list", str: "text", bool: "true or false"}
    return names.get(type(value), "a number")
