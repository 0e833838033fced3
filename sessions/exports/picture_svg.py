"""The pictures of a family as SVG: for reports, notebooks and pages. They load nothing and have no script."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from diptych.number_words import axis_words
from diptych.sessions.exports.svg_shapes import LETTER, LINE, mark, picture, words, wrapped
from diptych.sessions.family_pictures import CurvePicture, PictureBand, PictureLine, ScatterPicture
from diptych.sessions.picture_axes import AxisLabel, XAxis, without_overlap

_WIDTH, _LEAST_HEIGHT = 960, 430
_LEFT, _RIGHT, _TOP, _BELOW = 56, 600, 48, 56
"""Where a plot ends at its left and right, begins at the top, and what lies below it."""
_PAD, _BASE_PAD = 24, 60
"""From the ends of a plot to its points; at the right with room for the name of the base."""
_BREAK = 60
_BESIDE = 8
"""How far beside each other the points of two lines are drawn that share an x."""
_WORDS, _LETTERS = 636, 40
"""Where the words begin, and how many letters they have in a line."""
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)

Told = Sequence[tuple[str, str, str]]
"""Lines of words: a sign or "", the words, and their classes; an empty line is a gap."""


def curve_svg(of: CurvePicture, *, alone: bool = True) -> str:
    """Return the curve with its words. `alone`: with its own style, for a page or a file that has none."""
    told = [*_told_of_lines(of.lines), *_told(of.conclusions, "ink bold"), *_told(of.notes[:1])]
    told += [*_told_of_bands(of.bands), *_told(of.notes[1:])]
    height = _height(told)
    parts = [*_axes(height), *_bands(of.bands, height), *_lines(of, height), *_beside(told)]
    numbers = sorted({point.x for line in of.lines for point in line.points})
    parts += [*_numbers(of, numbers, height), words(of.title, _LEFT, 24, "ink bold")]
    return picture(parts, _WIDTH, height, of.title, _plain(told), alone=alone)


def scatter_svg(of: ScatterPicture, *, alone: bool = True) -> str:
    """Return the scatter with its words. `alone`: with its own style, for a page or a file that has none."""
    arms = [(sign, arm, f"own arm{place}") for place, (arm, sign) in enumerate(of.arms)]
    told = [*arms, ("", "", ""), *_told(of.conclusions, "ink bold"), *_told(of.notes)]
    height = _height(told)
    parts = [*_axes(height), *_points(of, height), *_beside(told)]
    x = XAxis(_LEFT + _PAD, _RIGHT - _PAD, 0.0, 1.0, log=False, gap=0)
    for rate in _TICKS:
        parts.append(words(axis_words(rate), x.place(rate), height - _BELOW + 20, "", "middle"))
    parts += [
        words(of.title, _LEFT, 24, "ink bold"),
        words(of.y[:_LETTERS], _LEFT, _TOP - 4, "own says"),
        words(of.x[:_LETTERS], _RIGHT, height - _BELOW + 42, "own does", "end"),
    ]
    return picture(parts, _WIDTH, height, of.title, _plain(told), alone=alone)


def _height(told: Told) -> float:
    return max(_LEAST_HEIGHT, _TOP + LINE * (len(told) + 1))


def _row(rate: float, height: float) -> float:
    top, bottom = _TOP + 12, height - _BELOW - 12
    return bottom - min(1.0, max(0.0, rate)) * (bottom - top)


def _axes(height: float) -> Iterator[str]:
    bottom = height - _BELOW
    for rate in _TICKS:
        y = _row(rate, height)
        yield f'<path class="axis" d="M{_LEFT - 4} {y:.1f}H{_LEFT}"/>'
        yield words(axis_words(rate), _LEFT - 10, y + 4, "", "end")
    yield f'<path class="axis" d="M{_LEFT} {_TOP}V{bottom:.1f}H{_RIGHT}"/>'


# The curve


def _axis(of: CurvePicture) -> XAxis:
    numbers = sorted({point.x for line in of.lines for point in line.points})
    return XAxis.of(numbers, _LEFT + _PAD, _RIGHT - (_BASE_PAD if of.bands else _PAD), of.log, _BREAK)


def _bands(bands: Sequence[PictureBand], height: float) -> Iterator[str]:
    named: list[float] = []
    for band in bands:
        top, bottom = _row(band.high, height), _row(band.low, height)
        yield (
            f'<rect class="band" x="{_LEFT}" y="{top:.1f}" width="{_RIGHT - _LEFT}" '
            f'height="{max(1.0, bottom - top):.1f}"/>'
        )
        y = _row(band.rate, height)
        yield f'<path class="rule" d="M{_LEFT} {y:.1f}H{_RIGHT}"/>'
        if all(abs(y - other) > LINE - 4 for other in named):
            yield words(band.arm[: int(_BASE_PAD / LETTER) - 1], _RIGHT - 4, y - 5, "own arm0", "end")
            named.append(y)


def _lines(of: CurvePicture, height: float) -> Iterator[str]:
    axis = _axis(of)
    places = sorted({axis.place(point.x) for line in of.lines for point in line.points})
    closest = min((right - left for left, right in pairwise(places)), default=float(_RIGHT))
    apart = min(float(_BESIDE), closest / (len(of.lines) + 1))
    first = of.lines[0].arm if of.lines else ""
    for number, line in reversed(list(enumerate(of.lines))):
        yield from _line(
            line, axis, apart * (number - (len(of.lines) - 1) / 2), height, "" if line.arm == first else " other"
        )


def _line(line: PictureLine, axis: XAxis, shift: float, height: float, other: str) -> Iterator[str]:
    fit = [(axis.place(x) + shift, _row(rate, height)) for x, rate in line.fit if x > 0 or not axis.log]
    if len(fit) > 1:
        yield f'<polyline class="fit {line.role}{other}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in fit)}"/>'
    for point in line.points:
        x = axis.place(point.x) + shift
        low, high = _row(point.low, height), _row(point.high, height)
        yield f'<path class="interval {line.role}" d="M{x:.1f} {high:.1f}V{low:.1f}"/>'
        yield mark(line.glyph, x, _row(point.rate, height), line.role)


def _numbers(of: CurvePicture, numbers: Sequence[float], height: float) -> Iterator[str]:
    """The numbers below the curve, and what they are."""
    axis, bottom = _axis(of), height - _BELOW
    labels = []
    for number in numbers:
        x, said = axis.place(number), axis_words(number)
        half = len(said) * LETTER / 2
        labels.append(AxisLabel(x - half, x + half, said, number))
        yield f'<path class="axis" d="M{x:.1f} {bottom:.1f}V{bottom + 4:.1f}"/>'
    for label in without_overlap(labels, LETTER):
        yield words(label.text, axis.place(label.of), bottom + 20, "", "middle")
    if axis.gap:
        x = axis.first + axis.gap / 2
        yield f'<path class="axis" d="M{x - 3:.1f} {bottom + 5:.1f}L{x + 3:.1f} {bottom - 5:.1f}"/>'
    yield words(of.x[:_LETTERS], _RIGHT, bottom + 42, "", "end")


# The scatter


def _points(of: ScatterPicture, height: float) -> Iterator[str]:
    axis = XAxis(_LEFT + _PAD, _RIGHT - _PAD, 0.0, 1.0, log=False, gap=0)
    places = {arm: place for place, (arm, _) in enumerate(of.arms)}
    yield (
        f'<path class="axis" stroke-dasharray="2 6" d="M{axis.place(0):.1f} {_row(0, height):.1f}'
        f'L{axis.place(1):.1f} {_row(1, height):.1f}"/>'
    )
    drawn = [
        (point, axis.place(point.x), _row(point.y, height), f"arm{places.get(point.arm, 0)}") for point in of.points
    ]
    for point, x, y, kind in drawn:
        across = f"M{axis.place(point.x_low):.1f} {y:.1f}H{axis.place(point.x_high):.1f}"
        up = f"M{x:.1f} {_row(point.y_high, height):.1f}V{_row(point.y_low, height):.1f}"
        yield f'<path class="interval {kind}" opacity=".4" d="{across}{up}"/>'
    for point, x, y, kind in drawn:
        yield mark(point.glyph, x, y, kind)


# The words


def _told_of_lines(lines: Sequence[PictureLine]) -> Iterator[tuple[str, str, str]]:
    several = len({line.arm for line in lines}) > 1
    for line in lines:
        name = f"{line.role} · {line.label}" + (f" · {line.arm}" if several else "")
        for number, row in enumerate(wrapped(name, _LETTERS - 2)):
            yield line.glyph if number == 0 else "", row, f"own {line.role}"
        for sentence in line.words:
            yield from (("", row, "") for row in wrapped(sentence, _LETTERS - 2))
        yield "", "", ""


def _told_of_bands(bands: Sequence[PictureBand]) -> Iterator[tuple[str, str, str]]:
    for band in bands:
        for row in wrapped(f"{band.arm} · {band.label} · {band.words}", _LETTERS - 2):
            yield "", row, "own arm0"
    if bands:
        yield "", "", ""


def _told(sentences: Sequence[str], classes: str = "") -> Iterator[tuple[str, str, str]]:
    for sentence in sentences:
        yield from (("", row, classes) for row in wrapped(sentence, _LETTERS))
        yield "", "", ""


def _beside(told: Told) -> Iterator[str]:
    """The words at the right; those of a measure are right of its sign."""
    for number, (sign, said, classes) in enumerate(told):
        y = _TOP + 16 + number * LINE
        if sign:
            yield mark(sign, _WORDS + 6, y - 4, classes.split()[-1])
        if said:
            yield words(said, _WORDS + (20 if sign else 0), y, classes)


def _plain(told: Told) -> str:
    return " ".join(said for _, said, _ in told if said)
