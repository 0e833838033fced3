"""A room is entered through its door: nobody outside imports what its __init__ does not name, and what is seldom needed
is loaded late."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("cli", "tui", "compare", "sessions", "probes", "detectors", "backends")


def test_rooms_import_each_other_only_by_their_public_names() -> None:
    wrong = []
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                    other, _, inside = node.module.partition(".")
                    if other in ROOMS and other != room and inside:
                        wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} imports {node.module}")
    assert wrong == []


LATE = (
    "backends.foreign", "backends.refused_fields", "backends.replies", "backends.sending", "backends.servers.boot",
    "compare.check", "compare.pair_check", "compare.preflight", "compare.run", "httpx2", "numpy", "openai",
    "probes.chat_markup", "probes.importing", "probes.question_files", "probes.rows", "scipy", "tomlkit", "yaml",
)  # fmt: skip
"""What is needed for an answer, a check, a run or an import, and not for a first screen."""


def test_the_console_starts_without_what_is_needed_later() -> None:
    starting = "import sys, cli.main, cli.console, tui; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", starting], capture_output=True, text=True, check=True).stdout.split()
    assert "tui.app" in loaded
    assert sorted(set(LATE) & set(loaded)) == []


@pytest.mark.parametrize("room", ROOMS)
def test_a_door_has_all_that_it_names(room: str) -> None:
    door = import_module(room)
    assert [name for name in getattr(door, "__all__", ()) if not hasattr(door, name)] == []
    with pytest.raises(AttributeError):
        door.no_such_name  # noqa: B018
