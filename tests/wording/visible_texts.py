"""Every text that a user may read: in the code of the rooms, and in the probes."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
ROOMS = ("api", "backends", "cli", "compare", "detectors", "probes", "sessions", "tui")
_TWO_WORDS = re.compile(r"[A-Za-z]{2,}[,;:]? [A-Za-z]{2,}")
_NO_TEXT = re.compile(
    r"\\|\(\?|\[\^|\[a-z|\w\|\w|"  # a pattern
    r"^[\w\[\], ]+ \| |^(Mapping|Iterator|tuple|import) ?\[?|"  # code
    r"\b(SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER|PRAGMA|SAVEPOINT|BEGIN|VALUES|WHERE)\b|"  # SQL
    r"^<|default-src|HTTP/1"
)
_NOT_READ = ("detectors/text/", "detectors/insecure_code/", "detectors/language.py", "detectors/inflection.py")
"""Modules whose strings are mostly words to look for in answers."""


class Text(NamedTuple):
    """A text and where it stands. What is put in at run time is written {}."""

    where: str
    words: str


def texts_of_code() -> Iterator[Text]:
    """Every string of two words or more in the rooms, except docstrings, patterns and SQL."""
    files = [ROOT / "diptych/errors.py", ROOT / "diptych/number_words.py"]
    files += [path for room in ROOMS for path in sorted((ROOT / "diptych" / room).rglob("*.py"))]
    for path in files:
        name = str(path.relative_to(ROOT / "diptych"))
        if not name.startswith(_NOT_READ):
            for line, words in _strings(ast.parse(path.read_text(encoding="utf-8"))):
                if _TWO_WORDS.search(words) and not _NO_TEXT.search(words):
                    yield Text(f"{name}:{line}", words)


def texts_of_probes() -> Iterator[Text]:
    """Titles, explanations and cautions of the probes. Not their questions, some of which are quoted."""
    for path in sorted((ROOT / "probes").glob("*.toml")):
        probe = tomllib.loads(path.read_text(encoding="utf-8"))
        own = [probe["title"], probe["about"], probe["source"], *probe.get("cautions", ())]
        own += [words for each in probe.get("conditions", ()) for words in (each["name"], each.get("about", ""))]
        for words in own:
            yield Text(f"probes/{path.name}", words)


def _strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    unread = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            unread.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            unread.update(id(part) for part in node.values if isinstance(part, ast.Constant))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in unread:
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            yield (
                node.lineno,
                "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values),
            )
