"""What the curves of a family say, in sentences: the console, the command and every report take them from here."""

from collections.abc import Callable

from diptych.compare.counts.family_results import CurveResult, FamilyDocument, ReportScatter
from diptych.compare.stats import (
    FEWEST_MEMBERS,
    Crossed,
    CrossingLag,
    Flat,
    Lag,
    LagAtLeast,
    LeadAtLeast,
    NeverReached,
    TooFewPoints,
    Unit,
    XInterval,
)
from diptych.number_words import axis_words, interval_words, on_axis_words, short, three_digits

UNIT_WORDS: dict[Unit, str] = {
    "models": "over fine-tunes and questions",
    "questions": "over questions",
    "answers": "over answers to one question",
}
"""What an interval speaks of."""
_OPEN = "open"
"""The end of an interval that lies somewhere beyond the x that were measured."""


def curve_words(curve: CurveResult, document: FamilyDocument) -> tuple[str, ...]:
    """Return where a curve crosses half of its range, and from which x on it is above the first arm."""
    half, amount = curve.half, _amount_of(document)
    if isinstance(half, Crossed):
        words = [f"half at {amount(half.x)} {_ends(half.interval, amount)}"]
    elif isinstance(half, Flat):
        words = ["no change that can be told from none"]
    elif isinstance(half, NeverReached):
        words = ["never reaches half"]
    elif isinstance(half, TooFewPoints):
        words = ["too few values were asked"]
    else:
        words = [f"past half from {axis_words(half.lowest)} on"]
    if curve.first_above is not None:
        words.append(f"above {document.arms[0]} from {axis_words(curve.first_above)} on")
    return tuple(words)


def lag_words(lag: CrossingLag, document: FamilyDocument) -> str:
    """Return which rises first, what is done or what is said of it, and by how much."""
    if isinstance(lag, Lag):
        low, high = lag.interval.low, lag.interval.high
        if lag.estimate < 0:
            return _led(
                f"leads the behaviour by {_distance(-lag.estimate, _flipped(lag.interval), document)}", low, high
            )
        return _led(f"follows the behaviour by {_distance(lag.estimate, lag.interval, document)}", low, high)
    if isinstance(lag, LagAtLeast):
        by = f"by at least {_distance(lag.least, None, document)}, " if lag.least > 0 else ""
        return f"the report follows the behaviour {by}or never comes"
    if isinstance(lag, LeadAtLeast):
        by = f"by at least {_distance(lag.least, None, document)}, " if lag.least > 0 else ""
        return f"the report leads the behaviour {by}or comes alone"
    return f"which comes first cannot be told from the values of {document.x} that were asked"


def _led(told: str, low: float | None, high: float | None) -> str:
    decided = (low is not None and low > 0) or (high is not None and high < 0)
    return f"the report {told}" if decided else f"the report {told}; which comes first is open"


def _distance(size: float, interval: XInterval | None, document: FamilyDocument) -> str:
    """How far apart two crossings are, on the axis of x: ".21 [.10, .33] of dose", "a factor of 2.1 [1.4, 3] in
    step"."""
    if document.scale == "log":
        ends = f" {_ends(interval, _factor)}" if interval is not None else ""
        return f"a factor of {_factor(size)}{ends} in {document.x}"
    amount = _amount_of(document)
    ends = f" {_ends(interval, amount)}" if interval is not None else ""
    return f"{amount(size)}{ends} of {document.x}"


def _flipped(interval: XInterval) -> XInterval:
    return XInterval(
        -interval.high if interval.high is not None else None, -interval.low if interval.low is not None else None
    )


def correlation_words(scatter: ReportScatter) -> str:
    """Return the rank correlation of report and behaviour over the members."""
    members = len(scatter.points)
    if scatter.rho is None:
        return f"no rank correlation over {members} model{'s' * (members != 1)}: {_why_none(scatter)}"
    low, high = scatter.interval or (-1.0, 1.0)
    return f"rank correlation {_minus(scatter.rho)} [{_minus(low)}, {_minus(high)}] over {members} models"


def _why_none(scatter: ReportScatter) -> str:
    if len(scatter.points) < FEWEST_MEMBERS:
        return "too few"
    done, said = ({rates[place] for rates in scatter.points.values()} for place in (0, 1))
    alike = " and ".join(role for role, rates in (("does", done), ("says", said)) if len(rates) == 1)
    return f"each {alike} it equally often" if alike else "none is known"


def rate_words(k: int, n: int, low: float, high: float) -> str:
    """Return k of n with its interval: "19/60 [.21, .44]"; "–" where nothing could be judged."""
    return f"{k}/{n} {interval_words(low, high)}" if n else "–"


def _amount_of(document: FamilyDocument) -> Callable[[float], str]:
    """How an estimate in units of x is written."""
    numbers = [member.x for member in document.members if member.x is not None]
    length = max(numbers, default=0.0) - min(numbers, default=0.0)
    return three_digits if document.scale == "log" else lambda value: on_axis_words(value, length)


def _factor(logarithm: float) -> str:
    return three_digits(10**logarithm)


def _ends(interval: XInterval, amount: Callable[[float], str]) -> str:
    low, high = (amount(end) if end is not None else _OPEN for end in (interval.low, interval.high))
    return f"[{low}, {high}]"


def _minus(value: float) -> str:
    """A correlation; what is written as zero has no sign."""
    size = short(abs(value))
    return f"−{size}" if value < 0 and size.strip("0.") else size
