"""Values as TOML, YAML and JSON lines, also those that no such file should hold."""

import json
from typing import Any

import yaml


def as_toml(value: Any) -> str:
    """Top-level keys with inline values: what is no table stands under a key of its own."""
    table = value if isinstance(value, dict) else {"value": value}
    return "".join(f"{_quoted(str(key))} = {_inline(each)}\n" for key, each in table.items() if each is not None)


def _inline(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(str(k))} = {_inline(v)}" for k, v in value.items() if v is not None) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_inline(each) for each in value if each is not None) + "]"
    return _quoted(value) if isinstance(value, str) else str(value)


def _quoted(text: str) -> str:
    # JSON's escapes are TOML's, but for halves of surrogate pairs, which are left as they are.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def as_yaml(value: Any) -> str:
    """A YAML document; anchors where one object stands in several places."""
    return yaml.safe_dump(value, allow_unicode=True, sort_keys=False)


def as_json_lines(rows: Any) -> str:
    """A line a row."""
    return "".join(f"{json.dumps(row)}\n" for row in (rows if isinstance(rows, list) else [rows]))
