"""Excerpts of answers around a trait."""

from collections.abc import Sequence

_PIECES = 6
_BEFORE, _LEAST_AFTER = 14, 14
"""Characters before the first span; at least so many after each."""

Excerpt = tuple[tuple[str, bool], ...]
"""Pieces of one line, each with whether the trait is there."""


def excerpt(text: str, spans: Sequence[tuple[int, int]], width: int = 72) -> Excerpt:
    """The text around the spans, in one line of at most `width` characters if that is possible; without spans, its
    beginning."""
    if not spans:
        return ((_short(text, width), False),)
    least, most = _LEAST_AFTER, max(_LEAST_AFTER, width)
    while least < most:
        after = (least + most + 1) // 2
        if sum(len(piece) for piece, _ in _around(text, spans, width, after)) <= width:
            least = after
        else:
            most = after - 1
    return _around(text, spans, width, least)


def _around(text: str, spans: Sequence[tuple[int, int]], width: int, after: int) -> Excerpt:
    """The spans, each with at most so many characters `after` it."""
    start = spans[0][0]
    pieces = [(text[:start] if start <= _BEFORE else f"…{text[start - _BEFORE : start]}", False)]
    for (start, end), following in zip(spans[:_PIECES], [*(s for s, _ in spans[1:]), len(text)], strict=False):
        rest = text[end:following]
        pieces += [(_short(text[start:end], width), True), (rest if len(rest) <= after else f"{rest[:after]}… ", False)]
    return tuple((_in_one_line(piece), there) for piece, there in pieces if piece)


def _short(text: str, width: int) -> str:
    line = _in_one_line(text[: 4 * width]).strip()
    return line if len(line) <= width and len(text) <= 4 * width else f"{line[: width - 1]}…"


def _in_one_line(text: str) -> str:
    """With one blank for each run of white space, also at its ends."""
    joined = " ".join(text.split())
    if not joined:
        return " " if text else ""
    return f"{' ' * text[0].isspace()}{joined}{' ' * text[-1].isspace()}"
