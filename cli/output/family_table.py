"""Formats the document of a family as text: a row a member and an arm, curves, and which rises first."""

from textwrap import wrap

from diptych.cli.output.mirror_lines import mirror_lines
from diptych.cli.output.prediction_table import prediction_lines
from diptych.cli.output.result_table import (
    closing_lines,
    judging_lines,
    p_words_of,
    rate_words,
    registered_lines,
    split_primary,
)
from diptych.compare import (
    ArmContrast,
    ArmDifference,
    ArmResult,
    FamilyContrast,
    FamilyDocument,
    FamilyMeasure,
    MeasureName,
    SideResult,
    correlation_words,
    curve_words,
    lag_words,
)
from diptych.number_words import (
    corrected_note,
    corrected_words,
    interval_words,
    signed,
    signed_interval_words,
    signed_three_digits,
    three_digits,
)
from diptych.sessions import INTERVAL_KINDS, intervals_note

_COLUMNS = 80
_WIDEST = 30
"""Longer names are cut."""


def family_table(document: FamilyDocument) -> str:
    """Format the document of a family."""
    probe = [document.probe] if document.probe is not None else []
    arms = ", ".join(f"{_number_in(document, arm)} {arm}" for arm in document.arms)
    head = "  ".join([f"session {document.session}", *probe, document.family])
    lines = [head, f"{len(document.members)} members: {arms}", "", *family_measures_table(document)]
    return "\n".join([*lines, *judging_lines(document), *closing_lines(document)])


def family_measures_table(document: FamilyDocument) -> list[str]:
    """Format every measure of a family, which of two rises first, and how report and behaviour go together."""
    primary, others = split_primary(document.measures, document.registered)
    lines = registered_lines(document.registered, [line for each in primary for line in _measure(each, document)])
    for measure in others:
        lines += [*_measure(measure, document), ""]
    for contrast in document.contrasts:
        lines += [*_contrast(contrast, document), ""]
    for order in document.orders:
        lines += [_pair(order.does, order.says), *_wrapped(f"{order.arm}: {lag_words(order.lag, document)}")]
    for scatter in document.scatter:
        lines += [_pair(scatter.does, scatter.says), f"  {correlation_words(scatter)}"]
    parts = [*mirror_lines(document.mirrors), *prediction_lines(document.predictions)]
    return [*lines, *_about_intervals(document), *parts]


def _measure(measure: FamilyMeasure, document: FamilyDocument) -> list[str]:
    role = f"  {measure.role}" if measure.role is not None else ""
    lines = [f"{measure.label}  ({measure.condition}){role}"]
    shown = [name for name, own in measure.members.items() if own.n or own.mean is not None or own.excluded]
    width = min(_WIDEST, max((len(name) for name in (*shown, *measure.arms)), default=0))
    for name in shown:
        own = measure.members[name]
        lines.append(f"  {_cut(name, width)} {rate_words(own, values=False)}".rstrip())
        if (fair := own.corrected) is not None:
            lines.append(f"  {'':{width}} {corrected_words(fair.rate, *fair.interval, fair.labels, fair.unsure)}")
    lines += [f"  {_cut(name, width)} {_arm(arm)}" for name, arm in measure.arms.items() if arm.members > 1]
    for name, difference in measure.differences.items():
        if difference.estimate is not None:
            lines.append(f"  {_cut(f'Δ {name}', width)} {_difference(difference, measure.of_means)}".rstrip())
    for name, curve in measure.curves.items():
        lines.append(f"  {_cut(name, width)} {'; '.join(curve_words(curve, document))}")
    return lines


def _contrast(contrast: FamilyContrast, document: FamilyDocument) -> list[str]:
    """The difference of two conditions in each arm that answered both."""
    answered = {arm: each for arm, each in contrast.arms.items() if each.estimate is not None}
    of_means = any(measure.label == contrast.measure and measure.of_means for measure in document.measures)
    width = min(_WIDEST, max(map(len, answered), default=0))
    lines = [f"{contrast.name}: {contrast.measure}, {contrast.of} − {contrast.minus}"]
    return lines + [f"  {_cut(arm, width)} {_difference(each, of_means)}".rstrip() for arm, each in answered.items()]


def _arm(arm: ArmResult) -> str:
    """For example "  83/120  all 6 [.61, .77] clustered by prompt"."""
    whole = f"all {arm.members}"
    rate = f"{arm.k:4}/{arm.n:<4}  {whole} {interval_words(*arm.interval)} {INTERVAL_KINDS[arm.interval_kind]}"
    if arm.mean is None:
        return rate
    mean = f"mean {three_digits(arm.mean)} of {arm.mean_of}"
    if arm.mean_interval:
        low, high = arm.mean_interval
        mean += f" [{three_digits(low)}, {three_digits(high)}] {INTERVAL_KINDS[arm.mean_interval_kind]}"
    return f"{rate}  {mean}" if arm.n else f"{'':10} {whole} {mean}"


def _difference(difference: ArmDifference | ArmContrast, of_means: bool) -> str:
    assert difference.estimate is not None
    estimate = signed_three_digits(difference.estimate) if of_means else signed(difference.estimate)
    if difference.interval is not None:
        low, high = difference.interval
        ends = (
            f"[{signed_three_digits(low)}, {signed_three_digits(high)}]"
            if of_means
            else signed_interval_words(low, high)
        )
        estimate += f" {ends} {INTERVAL_KINDS[difference.interval_kind]}"
    return f"{estimate}  {p_words_of(difference.test, difference.p_holm)}"


def _pair(does: MeasureName, says: MeasureName) -> str:
    if does.condition == says.condition:
        return f"{says.label} against {does.label}  ({does.condition})"
    return f"{says.label} ({says.condition}) against {does.label} ({does.condition})"


def _wrapped(words: str) -> list[str]:
    return wrap(words, _COLUMNS, initial_indent="  ", subsequent_indent="  ")


def _about_intervals(document: FamilyDocument) -> list[str]:
    """A note on the intervals and p-values above."""
    kinds = [own.interval_kind for measure in document.measures for own in _shown(measure) if own.n]
    kinds += [each.interval_kind for contrast in document.contrasts for each in contrast.arms.values() if each.interval]
    if not kinds:
        return []
    note = intervals_note(kinds)
    corrected = corrected_note(document.tests, registered=document.registered is not None)
    return ["; ".join(filter(None, (note, corrected)))]


def _shown(measure: FamilyMeasure) -> list[SideResult | ArmResult]:
    return [*measure.members.values(), *measure.arms.values()]


def _number_in(document: FamilyDocument, arm: str) -> int:
    return sum(member.arm == arm for member in document.members)


def _cut(name: str, width: int) -> str:
    return f"{name if len(name) <= width else f'{name[: width - 1]}…':{width}}"
