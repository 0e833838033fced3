"""The pages that a reader sees: README, CONTRIBUTING, CHANGELOG and those of docs/."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
"""Those that tell how it is today."""
PAGES = [*GUIDES, *(ROOT / name for name in ("CHANGELOG.md", "tests/README.md", "training/README.md"))]
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def name_of(page: Path) -> str:
    """The page from the root of the repository, for the names of tests."""
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return [text for found, text in _FENCE.findall(page.read_text("utf-8")) if found == language]


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def links(page: Path) -> list[str]:
    """The targets of all links and pictures."""
    return _LINK.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """The anchors of its headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").lower()
        anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.add(anchor if anchor not in found else f"{anchor}-1")
    return found


def table(page: str, first: str) -> list[list[str]]:
    """The rows of the table of a page whose heading begins with these words."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    found = re.search(rf"^\| {re.escape(first)} .*\n\| --- .*\n((?:\|.*\n)+)", text, re.MULTILINE)
    assert found is not None
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in found[1].splitlines()]
