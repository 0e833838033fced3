"""What mirrored reports say, in words: for the command, the reports and the console."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from diptych.compare.counts.mirror_results import Estimate, MirroredReport, MirrorResult, SideMirrors
from diptych.number_words import signed, signed_interval_words
from diptych.probes import REVERSED
from diptych.sessions import INTERVAL_KINDS

MIRRORS_NOTE = (
    "differences from the base in answers that say the trait; a row holds where its interval lies above 0, and a"
    " report survives where its plain form and all of its mirrors hold"
)
"""How to read them."""


class ReportWords(NamedTuple):
    """A form of the report for one side."""

    report: str
    """The label of its measure."""
    side: str
    verdict: str
    """For example "does not survive: 1 of 3 mirrors holds"."""
    rows: tuple[tuple[str, str], ...]
    """The plain form, its mirrors, and the effects: a name, and the number with its interval."""


def report_words(reports: Iterable[MirroredReport]) -> Iterator[ReportWords]:
    """Every form for every side, in words."""
    for report in reports:
        for name, side in report.sides.items():
            yield ReportWords(report.label, name, verdict_words(side), tuple(_rows(report, side)))


def verdict_words(side: SideMirrors) -> str:
    """Whether a report survives, and why."""
    number = len(side.mirrors)
    if side.survives is None:
        return "not known: some of its mirrors have no answers yet"
    if side.survives:
        return f"survives: it holds in {number} of {number} mirrors"
    if side.plain_holds is False:
        return f"does not survive: not even its plain form holds; {side.holding} of {number} mirrors do"
    return f"does not survive: it holds in {side.holding} of {number} mirrors"


def condition_note(reports: Iterable[MirroredReport], condition: str) -> str:
    """What one condition of a probe of mirrors says of every side, e.g. "negated: tuned −.25 [−.47, +.01] Newcombe,
    fails"; "" for a condition that is none of theirs."""
    said = []
    for report in reports:
        for name, side in report.sides.items():
            mirror = next((each for each in side.mirrors if each.condition == condition), None)
            if mirror is not None:
                said.append(f"{_mirror_name(mirror)}: {name} {_with_state(mirror.contrast, mirror.holds)}")
            elif report.condition == condition:
                said.append(f"report: {name} {verdict_words(side)}")
    return "; ".join(said)


def _rows(report: MirroredReport, side: SideMirrors) -> Iterator[tuple[str, str]]:
    yield "plain", _with_state(side.plain, side.plain_holds)
    for mirror in side.mirrors:
        yield _mirror_name(mirror), _with_state(mirror.contrast, mirror.holds)
    yield "agreement", _estimate_words(side.agreement)
    yield report.effect, _estimate_words(side.form_effect)


def _mirror_name(mirror: MirrorResult) -> str:
    return mirror.mirror if mirror.mirror in REVERSED else f"more than {mirror.mirror}"


def _with_state(estimate: Estimate | None, holds: bool | None) -> str:
    words = _estimate_words(estimate)
    return words if holds is None else f"{words}, {'holds' if holds else 'fails'}"


def _estimate_words(estimate: Estimate | None) -> str:
    if estimate is None:
        return "no answers"
    low, high = estimate.interval
    return f"{signed(estimate.value)} {signed_interval_words(low, high)} {INTERVAL_KINDS[estimate.interval_kind]}"
