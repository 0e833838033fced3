"""Shapes and words of a picture as SVG. What is drawn has classes; what these look like is said in one place."""

from collections.abc import Iterable, Sequence
from textwrap import wrap

from diptych.sessions.colors import (
    DESCRIPTION_COLOR,
    DESCRIPTION_INK_LIGHT,
    PATTERN_COLOR,
    PATTERN_INK_LIGHT,
    SIDE_COLORS_DARK,
    SIDE_COLORS_LIGHT,
)
from diptych.sessions.exports.html_text import text

LETTER = 7.8
"""Width of a letter, in pixels: all letters of the font are as wide."""
LINE = 20
"""From one line of words to the next."""
_FONT = "13px ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
_SIZE = 5.5
_SHAPES = {
    "●": "circle", "○": "circle", "■": "square", "□": "square", "◆": "diamond", "◇": "diamond", "▲": "triangle",
    "△": "triangle",
}  # fmt: skip
_HOLLOW = frozenset("○□◇△")


def style(scope: str) -> str:
    """Return the rules for pictures inside of a selector; light or dark as the reader has it."""
    light = _variables(
        (PATTERN_INK_LIGHT, DESCRIPTION_INK_LIGHT, *SIDE_COLORS_LIGHT), ("#fcfcfa", "#c9ced2", "#1c2226", "#5f6a72")
    )
    dark = _variables(
        (PATTERN_COLOR, DESCRIPTION_COLOR, *SIDE_COLORS_DARK), ("#0f1418", "#333d46", "#d8dee3", "#8f9aa3")
    )
    arms = "".join(f"{scope} .arm{place} {{ --own: var(--p-arm{place}); }}\n" for place in range(len(SIDE_COLORS_DARK)))
    return (
        f"{scope} {{ {light} font: {_FONT}; }}\n"
        f"@media (prefers-color-scheme: dark) {{ {scope} {{ {dark} }} }}\n"
        f"{scope} .does {{ --own: var(--p-does); }}\n{scope} .says {{ --own: var(--p-says); }}\n{arms}"
        f"{scope} .ground {{ fill: var(--p-ground); }}\n"
        f"{scope} .axis {{ stroke: var(--p-line); fill: none; }}\n"
        f"{scope} .interval {{ stroke: var(--own, var(--p-dim)); stroke-width: 1.5; fill: none; }}\n"
        f"{scope} .fit {{ stroke: var(--own); stroke-width: 2.5; stroke-dasharray: 0 6; stroke-linecap: round; "
        f"fill: none; }}\n"
        f"{scope} .other {{ stroke-width: 2; stroke-dasharray: 0 10; }}\n"
        f"{scope} .mark {{ fill: var(--own, var(--p-dim)); stroke: var(--own, var(--p-dim)); stroke-width: 1.5; }}\n"
        f"{scope} .hollow {{ fill: var(--p-ground); }}\n"
        f"{scope} .band {{ fill: var(--p-arm0); opacity: .16; }}\n"
        f"{scope} .rule {{ stroke: var(--p-arm0); stroke-width: 1.5; fill: none; }}\n"
        f"{scope} text {{ fill: var(--p-dim); }}\n{scope} text.own {{ fill: var(--own); }}\n"
        f"{scope} text.ink {{ fill: var(--p-ink); }}\n{scope} text.bold {{ font-weight: bold; }}\n"
    )


def _variables(kinds: Sequence[str], grounds: Sequence[str]) -> str:
    names = ("does", "says", *(f"arm{place}" for place in range(len(kinds) - 2)), "ground", "line", "ink", "dim")
    return " ".join(f"--p-{name}: {color};" for name, color in zip(names, (*kinds, *grounds), strict=True))


def mark(sign: str, x: float, y: float, kind: str) -> str:
    """Return the sign of a point; of a kind such as "does" or "arm1"."""
    classes = f"mark {kind}{' hollow' if sign in _HOLLOW else ''}"
    shape = _SHAPES.get(sign, "circle")
    if shape == "circle":
        return f'<circle class="{classes}" cx="{x:.1f}" cy="{y:.1f}" r="{_SIZE - 0.5}"/>'
    corners = {
        "square": "M{l} {t}H{r}V{b}H{l}Z",
        "diamond": "M{x} {up}L{right} {y}L{x} {down}L{left} {y}Z",
        "triangle": "M{x} {up}L{r} {b}H{l}Z",
    }[shape]
    near, far = _SIZE - 1, _SIZE + 1
    places = {
        "x": x, "y": y, "l": x - near, "r": x + near, "t": y - near, "b": y + near, "left": x - far, "right": x + far,
        "up": y - far, "down": y + far,
    }  # fmt: skip
    return f'<path class="{classes}" d="{corners.format(**{k: f"{v:.1f}" for k, v in places.items()})}"/>'


def words(said: str, x: float, y: float, classes: str = "", anchor: str = "start") -> str:
    """Return a line of words, inert."""
    return f'<text class="{classes}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text(said)}</text>'


def wrapped(said: str, letters: int) -> list[str]:
    """Return the words in lines of so many letters; a longer word is broken."""
    return wrap(" ".join(said.split()), max(1, letters)) or [""]


def picture(parts: Iterable[str], width: float, height: float, title: str, told: str, *, alone: bool) -> str:
    """Return the SVG of these parts. `told`: what the picture shows, for readers who cannot see it. `alone`: with its
    own style, for a place that has none."""
    own = f"<style>\n{style('.picture')}</style>" if alone else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="picture" role="img" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}"><title>{text(title)}</title><desc>{text(told)}</desc>{own}'
        f'<rect class="ground" width="{width:g}" height="{height:g}"/>\n' + "\n".join(parts) + "\n</svg>"
    )
