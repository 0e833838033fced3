"""The document of a family as pictures: what is drawn of it, with which sign, and what stands beside it."""

from collections.abc import Iterator, Sequence

from diptych.compare.counts.curve_words import UNIT_WORDS, correlation_words, curve_words, lag_words, rate_words
from diptych.compare.counts.family_results import (
    CurveResult,
    FamilyDocument,
    FamilyMeasure,
    MeasureName,
    ReportScatter,
)
from diptych.compare.counts.family_warnings import is_about_few_runs
from diptych.compare.stats import Crossed
from diptych.number_words import axis_words
from diptych.sessions import (
    ARM_GLYPHS,
    ROLE_GLYPHS,
    CurvePicture,
    PictureBand,
    PictureColumn,
    PictureLine,
    PicturePoint,
    PictureRow,
    ScatterPicture,
    ScatterPoint,
    interval_names,
)

MOST_OF_A_ROLE = 2
"""Measures of what is done, and measures of what is said, that are drawn together at most."""
_MOST_ARMS = 2
"""Arms whose curves are drawn together at most."""


def can_be_drawn(document: FamilyDocument) -> list[FamilyMeasure]:
    """Return the measures that are about what the models do or say, and have rates."""
    return [each for each in document.measures if each.role is not None and not each.of_means]


def usually_drawn(document: FamilyDocument) -> tuple[MeasureName, ...]:
    """Return the measures that are drawn if nobody chose others: the first that is done and the first that is said,
    of those whose order is known if there are any."""
    for order in document.orders:
        return (order.does, order.says)
    drawn = can_be_drawn(document)
    by_role = {role: [each.name for each in drawn if each.role == role] for role in ("does", "says")}
    return tuple(names[0] for names in by_role.values() if names)


def curve_picture(document: FamilyDocument, drawn: Sequence[MeasureName] = ()) -> CurvePicture:
    """Return the rates over x of some measures; of those that are usually drawn, if none are named.

    At most two measures of what is done and two of what is said are drawn, of at most two arms.
    """
    signed = _signed(document, drawn or usually_drawn(document))
    with_x = list(dict.fromkeys(member.arm for member in document.members if member.x is not None))
    lines = tuple(
        _line(document, measure, arm, measure.curves[arm], _glyph(glyph, measure, place))
        for place, arm in enumerate(with_x[:_MOST_ARMS])
        for measure, glyph in signed
        if arm in measure.curves
    )
    return CurvePicture(
        title=f"what it does and what it says, over {document.x}",
        x=document.x,
        log=document.scale == "log",
        lines=lines,
        bands=tuple(_bands(document, signed, with_x)),
        columns=_columns(signed),
        rows=tuple(_rows(document, signed)),
        conclusions=tuple(_conclusions(document, signed, with_x[:_MOST_ARMS])),
        notes=tuple(_notes(document, signed, with_x)),
    )


def scatter_picture(document: FamilyDocument, drawn: Sequence[MeasureName] = ()) -> ScatterPicture | None:
    """Return what the members say against what they do; None if no two such measures were counted."""
    names = drawn or usually_drawn(document)
    found = next((each for each in document.scatter if each.does in names and each.says in names), None)
    if found is None:
        return None
    signed = _signed(document, (found.does, found.says))
    return ScatterPicture(
        title="what they say against what they do, a point a model",
        x=f"{signed[0][1]} {found.does.label}",
        y=f"{signed[1][1]} {found.says.label}",
        arms=tuple((arm, ARM_GLYPHS[place % len(ARM_GLYPHS)]) for place, arm in enumerate(document.arms)),
        points=tuple(_scatter_points(document, found)),
        columns=_columns(signed),
        rows=tuple(_member_row(document, member.label, signed) for member in document.members),
        conclusions=(correlation_words(found),),
        notes=(*(("95 %, over models",) if found.rho is not None else ()), *_of_few_runs(document)),
    )


def pictures_of(document: FamilyDocument) -> list[CurvePicture | ScatterPicture]:
    """Return the pictures of a family that show something, the curve first."""
    curve, scatter = curve_picture(document), scatter_picture(document)
    return [*([curve] if curve.lines else []), *([scatter] if scatter is not None and scatter.points else [])]


# Measures and their signs

Signed = Sequence[tuple[FamilyMeasure, str]]


def _signed(document: FamilyDocument, names: Sequence[MeasureName]) -> list[tuple[FamilyMeasure, str]]:
    """The measures of these names that can be drawn, each with its sign."""
    known = {each.name: each for each in can_be_drawn(document)}
    found: list[tuple[FamilyMeasure, str]] = []
    for role in ("does", "says"):
        own = [known[name] for name in names if name in known and known[name].role == role]
        found += zip(own[:MOST_OF_A_ROLE], ROLE_GLYPHS[role], strict=False)
    return found


def _glyph(glyph: str, measure: FamilyMeasure, arm: int) -> str:
    """The sign of a measure in an arm: that of the first arm with x is filled."""
    assert measure.role is not None
    glyphs = ROLE_GLYPHS[measure.role]
    return glyph if arm == 0 else glyphs[glyphs.index(glyph) + MOST_OF_A_ROLE]


def _columns(signed: Signed) -> tuple[PictureColumn, ...]:
    several = len({measure.condition for measure, _ in signed}) > 1
    return tuple(
        PictureColumn(measure.role, glyph, f"{measure.label}, {measure.condition}" if several else measure.label)
        for measure, glyph in signed
        if measure.role is not None
    )


# The curve


def _line(document: FamilyDocument, measure: FamilyMeasure, arm: str, curve: CurveResult, glyph: str) -> PictureLine:
    assert measure.role is not None
    points = tuple(
        PicturePoint(point.x, point.rate, *point.interval, rate_words(point.k, point.n, *point.interval), point.members)
        for point in curve.points
        if point.rate is not None and point.interval is not None
    )
    fit = tuple((point.x, point.fit) for point in curve.points if point.fit is not None)
    return PictureLine(measure.role, measure.label, arm, glyph, points, fit, curve_words(curve, document))


def _bands(document: FamilyDocument, signed: Signed, with_x: Sequence[str]) -> Iterator[PictureBand]:
    """The rates of the arms without x, the first arm first."""
    for place, arm in enumerate(document.arms):
        for measure, glyph in signed if arm not in with_x else ():
            found = measure.arms.get(arm)
            if found is not None and found.rate is not None and measure.role is not None:
                low, high = found.interval
                words = rate_words(found.k, found.n, low, high)
                yield PictureBand(measure.role, measure.label, arm, place, glyph, found.rate, low, high, words)


def _conclusions(document: FamilyDocument, signed: Signed, arms: Sequence[str]) -> Iterator[str]:
    names = {measure.name for measure, _ in signed}
    shown = [order for order in document.orders if {order.does, order.says} <= names and order.arm in arms]
    several = len({order.arm for order in shown}) > 1
    for order in shown:
        words = lag_words(order.lag, document)
        yield f"{order.arm}: {words}" if several else words


def _notes(document: FamilyDocument, signed: Signed, with_x: Sequence[str]) -> Iterator[str]:
    """What the numbers speak of; the most important first."""
    curves = [curve for measure, _ in signed for curve in measure.curves.values()]
    seeds = {arm: {member.seed for member in document.members if member.arm == arm} for arm in with_x}
    if with_x and all(len(own) < 2 for own in seeds.values()):
        yield (
            "one fine-tune: this speaks of it alone"
            if len(with_x) == 1
            else "one fine-tune an arm: this speaks of these alone"
        )
    yield from _of_few_runs(document)
    units = dict.fromkeys(curve.half.unit for curve in curves if isinstance(curve.half, Crossed))
    if units:
        yield f"crossings: 95 %, {'; '.join(UNIT_WORDS[unit] for unit in units)}"
    kinds = [point.interval_kind for curve in curves for point in curve.points if point.n]
    if kinds:
        yield f"points: {interval_names(kinds)}"
    if len(with_x) > _MOST_ARMS:
        yield f"the curves of {', '.join(with_x[_MOST_ARMS:])} are not drawn"


def _of_few_runs(document: FamilyDocument) -> list[str]:
    return [warning for warning in document.warnings if is_about_few_runs(warning)]


# The scatter


def _scatter_points(document: FamilyDocument, scatter: ReportScatter) -> Iterator[ScatterPoint]:
    does, says = document.measure(scatter.does), document.measure(scatter.says)
    places = {arm: place for place, arm in enumerate(document.arms)}
    for member in document.members:
        if member.label in scatter.points:
            x, y = scatter.points[member.label]
            yield ScatterPoint(
                member.label,
                member.arm,
                ARM_GLYPHS[places[member.arm] % len(ARM_GLYPHS)],
                x,
                *does.members[member.label].interval,
                y,
                *says.members[member.label].interval,
            )


# The rows below


def _rows(document: FamilyDocument, signed: Signed) -> Iterator[PictureRow]:
    """An arm without x, then each x of an arm; a member alone where its arm has no curve."""
    for arm in document.arms:
        members = [member for member in document.members if member.arm == arm]
        curves = [measure.curves.get(arm) for measure, _ in signed]
        if all(member.x is None for member in members) and members:
            words = tuple(_arm_words(measure, arm) for measure, _ in signed)
            yield PictureRow(arm, arm, None, tuple(member.label for member in members), words)
        elif any(curves):
            for x in sorted({member.x for member in members if member.x is not None}):
                here = tuple(member.label for member in members if member.x == x)
                yield PictureRow(axis_words(x), arm, x, here, tuple(_point_words(curve, x) for curve in curves))
        else:
            yield from (_member_row(document, member.label, signed) for member in members)


def _member_row(document: FamilyDocument, label: str, signed: Signed) -> PictureRow:
    member = next(each for each in document.members if each.label == label)
    results = [measure.members.get(label) for measure, _ in signed]
    words = tuple(rate_words(found.k, found.n, *found.interval) if found else "–" for found in results)
    return PictureRow(label, member.arm, member.x, (label,), words)


def _arm_words(measure: FamilyMeasure, arm: str) -> str:
    found = measure.arms.get(arm)
    return rate_words(found.k, found.n, *found.interval) if found is not None else "–"


def _point_words(curve: CurveResult | None, x: float) -> str:
    found = next((point for point in curve.points if point.x == x), None) if curve is not None else None
    return rate_words(found.k, found.n, *found.interval) if found is not None and found.interval is not None else "–"
