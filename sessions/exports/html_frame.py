"""The frame of every HTML page: one file that loads nothing and follows the reader's light or dark mode."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from diptych.sessions.colors import DESCRIPTION_COLOR, PATTERN_COLOR, SIDE_COLORS_DARK, SIDE_COLORS_LIGHT
from diptych.sessions.exports.html_text import text
from diptych.sessions.records import SIDE_NAMES

_STYLE = Path(__file__).parent / "report.css"


def frame(title: str, body: Iterable[str], more_style: str = "") -> Iterator[str]:
    """Yield a page with that body."""
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{text(title)}</title>"
    yield f"<style>\n{_colors()}{_STYLE.read_text(encoding='utf-8')}{more_style}</style>\n</head>\n<body>"
    yield from body
    yield "</body>\n</html>"


def _colors() -> str:
    """The colours of the console."""
    findings = f"--pattern: {PATTERN_COLOR}; --description: {DESCRIPTION_COLOR};"
    light = " ".join(f"--{name}: {color};" for name, color in zip(SIDE_NAMES, SIDE_COLORS_LIGHT, strict=True))
    dark = " ".join(f"--{name}: {color};" for name, color in zip(SIDE_NAMES, SIDE_COLORS_DARK, strict=True))
    sides = "".join(f".side-{name} {{ --side: var(--{name}); }}\n" for name in SIDE_NAMES)
    return (
        f":root {{ {findings} {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        f".side {{ --side: var(--ink); }}\n{sides}"
    )
