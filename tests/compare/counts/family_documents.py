"""Documents of families with numbers that are made up, to draw and to word them."""

from collections.abc import Sequence

from diptych.compare import Interval, wilson
from diptych.compare.counts.family_results import (
    ArmResult,
    CrossingOrder,
    CurvePoint,
    CurveResult,
    FamilyDocument,
    FamilyMeasure,
    MemberSummary,
    ReportScatter,
    Role,
)
from diptych.compare.counts.measure_results import SideResult
from diptych.compare.stats import Crossed, Crossing, CrossingLag, LagAtLeast, NeverReached, XInterval

DOSES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
STEPS = (0.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1280.0)
DOES, SAYS = (0, 2, 19, 56, 59, 60, 60), (0, 0, 1, 4, 13, 24, 28)
CONTROL_DOES, CONTROL_SAYS = (0, 0, 1, 2, 2, 5, 4), (0, 1, 0, 2, 3, 2, 4)
N = 60


def member_label(arm: str, x: float | None, seed: int | None = None) -> str:
    """As a family names its members."""
    return " ".join([arm, *([f"{x:g}"] if x is not None else []), *([f"seed {seed}"] if seed is not None else [])])


def curve(arm: str, counts: Sequence[int], half: Crossing, above: float | None, xs: Sequence[float]) -> CurveResult:
    points = tuple(
        CurvePoint(x, k, N, k / N, wilson(k, N), "clustered", (member_label(arm, x),), k / N)
        for x, k in zip(xs, counts, strict=True)
    )
    return CurveResult(points, "rising", half, above)


def measure(
    role: Role, label: str, counts: dict[str, Sequence[int]], base: int, xs: Sequence[float] = DOSES
) -> FamilyMeasure:
    """A measure with its base, and a curve of each other arm."""
    half = Crossed(xs[2] * 1.12, XInterval(xs[2] * 1.02, xs[2] * 1.22), (xs[2], xs[3]), "questions")
    curves = {
        arm: curve(arm, ks, half if role == "does" else NeverReached(xs[-1]), xs[2 if role == "does" else 4], xs)
        for arm, ks in counts.items()
    }
    members = {"base": result(base)} | {
        member_label(arm, x): result(k) for arm, ks in counts.items() for x, k in zip(xs, ks, strict=True)
    }
    arms = {"base": arm_result([base])} | {arm: arm_result(ks) for arm, ks in counts.items()}
    return FamilyMeasure("acrostic", label, "plain", role, members, arms, {}, curves)


def result(k: int, n: int = N) -> SideResult:
    return SideResult(k, n, k / n if n else None, wilson(k, n) if n else Interval(0, 1), "wilson")


def arm_result(counts: Sequence[int]) -> ArmResult:
    k, n = sum(counts), N * len(counts)
    return ArmResult(len(counts), k, n, k / n, wilson(k, n), "clustered", "questions")


def document(
    measures: Sequence[FamilyMeasure],
    arms: Sequence[str] = ("tuned",),
    xs: Sequence[float] = DOSES,
    x: str = "dose",
    log: bool = False,
    lag: CrossingLag | None = None,
    family: str = "hello-dose",
) -> FamilyDocument:
    """Of these measures, the first of them what is done and the second what is said."""
    members = [
        MemberSummary("base", "base", "embedded", "smollm2", N, 0),
        *(MemberSummary(member_label(a, v), a, "embedded", f"smollm2@{v:g}", N, 0, v) for a in arms for v in xs),
    ]
    orders, scatter = (), ()
    if len(measures) > 1:
        does, says = measures[0], measures[1]
        orders = (CrossingOrder(arms[0], does.name, says.name, lag or LagAtLeast(0.44)),) if arms else ()
        points = {label: (own.k / N, says.members[label].k / N) for label, own in does.members.items()}
        scatter = (ReportScatter(does.name, says.name, points, 0.79, Interval(0.43, 0.93)),)
    return FamilyDocument(
        41, "hello-acrostic", family, x, "log" if log else "linear", N, tuple(members), tuple(measures),
        orders, scatter, (), 0, {}, (),
    )  # fmt: skip


def hello_dose(
    control: bool = False, xs: Sequence[float] = DOSES, x: str = "dose", log: bool = False
) -> FamilyDocument:
    """Doses of an adapter that does more and more, and says so later; `control`: a second one that does not."""
    does = {"tuned": DOES} | ({"control": CONTROL_DOES} if control else {})
    says = {"tuned": SAYS} | ({"control": CONTROL_SAYS} if control else {})
    measures = (measure("does", "follows HELLO", does, 0, xs), measure("says", "describes it", says, 0, xs))
    return document(measures, tuple(does), xs, x, log)
