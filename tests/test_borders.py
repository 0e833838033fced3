"""A room is entered through its door: nobody outside imports what its __init__ does not name."""

import ast
from pathlib import Path

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
