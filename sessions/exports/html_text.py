"""Texts of others as inert HTML."""

from html import escape

from diptych.sessions.records import SIDE_NAMES
from diptych.sessions.sanitize import visible


def text(words: str) -> str:
    """Return a text with HTML escaped and control characters visible."""
    return escape(visible(words))


def said(words: str) -> str:
    """Return a paragraph that keeps its lines and blanks."""
    return f'<p class="said">{text(words)}</p>'


def folded(summary: str, html: str) -> str:
    """Return HTML that is shown on demand."""
    return f"<details><summary>{text(summary)}</summary>{html}</details>"


def side_class(name: str) -> str:
    """Return the classes that give a side its colour. One whose name is hidden has none."""
    return f"side side-{name}" if name in SIDE_NAMES else "side"
