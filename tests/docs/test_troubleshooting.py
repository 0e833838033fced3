"""docs/troubleshooting.md quotes messages that the program has."""

import ast
import re
from functools import cache

import pytest

from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
ROOMS = ("cli", "tui", "compare", "sessions", "probes", "detectors", "backends")
SHORTEST = 5
"""Characters of a part of a message that can be looked for."""


def messages() -> list[str]:
    """The messages of the page: the first column of every table that is headed "message"."""
    tables = re.findall(r"^\| message \|.*\n\| --- .*\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    return [row.split(" | ")[0].removeprefix("| ") for table in tables for row in table.splitlines()]


@cache
def texts() -> str:
    """Every text in the code of the rooms; what is put into a message while it runs is "…"."""
    found = []
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                found.append("".join(str(v.value) if isinstance(v, ast.Constant) else "…" for v in node.values))
    return "\n".join(found)


@pytest.mark.parametrize("message", messages())
def test_each_message_is_one_of_the_program(message: str) -> None:
    quoted = re.sub(r" \(in `.*?`\)|[\"✕]", "", message)
    parts = [part.strip() for part in re.split(r"[…;:]|, (?=the |write )", quoted)]
    assert [part for part in parts if len(part) >= SHORTEST and part not in texts()] == []
