"""Whether what a side says of itself survives its mirrors.

With d the rate of the side minus that of the base in one condition, a true report of a trait moves d above 0 in the
plain form and wherever only the form is reversed (negated sentence, swapped or relettered options, flipped scale), and
more than about another assistant or about something unrelated. Each of these is a contrast of its own, and the report
survives if the lower 95 % ends of all of them are above 0. That is an intersection-union test: the claim is that all
hold, so its level is that of one test and nothing is corrected (Berger and Hsu 1996, Bioequivalence trials,
intersection-union tests and equivalence confidence sets, Statistical Science 11, after Berger 1982, Multiparameter
hypothesis testing and acceptance sampling, Technometrics 24).

Intervals of sums and differences come from those of their parts by MOVER, which takes the answers to different
conditions as independent. They share their wordings and, in a family, their training runs: what these do to two
conditions alike cancels in a contrast, so its interval is rather too wide. It does not cancel in `agreement`, whose
interval may be too narrow; nothing is decided by it. Confidence sequences are added instead, each at a level that lets
all parts hold together.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from diptych.compare.counts.condition_counts import counts_in
from diptych.compare.counts.family_arms import Arm, arm_difference, pooled_count
from diptych.compare.counts.measures import Count
from diptych.compare.counts.mirror_results import Estimate, MirroredReport, MirrorResult, SideMirrors
from diptych.compare.counts.summaries import rate_difference
from diptych.compare.counts.tally import Tally
from diptych.compare.stats import Part, added, mover
from diptych.probes import REVERSED, Form, Mirror, MirrorSpec, Probe, report_label

_REVERSAL: Mapping[Form, Mirror] = {
    "yes-no": "negated",
    "choice": "swapped",
    "scale": "flipped",
    "scratchpad": "flipped",
}
_EFFECTS: Mapping[Form, str] = {
    "yes-no": "acquiescence",
    "choice": "position",
    "scale": "magnitude",
    "scratchpad": "magnitude",
}
"""What moves with the form alone: saying yes to everything, taking the first option, saying high numbers."""

_Difference = Callable[[str, Mapping[str, Count], int], Estimate | None]
"""How a side, or an arm, differs from the first in one condition, for as many differences as are looked at together."""


def mirrored_reports(tally: Tally, probe: Probe | None, names: Sequence[str]) -> tuple[MirroredReport, ...]:
    """Every form of the report that a probe of mirrors asks for; () for any other probe. `names`: of all sides, the
    base first. A condition that was asked with several settings counts as not asked."""
    base, *others = names or [""]

    def difference(side: str, counts: Mapping[str, Count], together: int) -> Estimate | None:
        found = rate_difference(counts.get(base, Count()), counts.get(side, Count()), together=together)
        return Estimate(found.estimate, found.interval, found.kind) if found.estimate is not None else None

    return _reports(tally, probe, others, difference)


def family_mirrored_reports(tally: Tally, probe: Probe | None, arms: Sequence[Arm]) -> tuple[MirroredReport, ...]:
    """The same for the arms of a family, against the first."""
    by_name = {arm.name: arm for arm in arms}
    first, *others = by_name or [""]

    def difference(name: str, counts: Mapping[str, Count], together: int) -> Estimate | None:
        arm, base = by_name[name], by_name[first]
        found = arm_difference(base, arm, counts, of_means=False)
        if found.estimate is None or found.interval is None:
            return None
        if found.interval_kind != "sequence":
            return Estimate(found.estimate, found.interval, found.interval_kind)
        own, of_base = (pooled_count(counts, [member.name for member in each.members]) for each in (arm, base))
        sequence = rate_difference(of_base, own, together=together)
        return Estimate(found.estimate, sequence.interval, sequence.kind)

    return _reports(tally, probe, others, difference)


def _reports(
    tally: Tally, probe: Probe | None, others: Sequence[str], difference: _Difference
) -> tuple[MirroredReport, ...]:
    if probe is None or not others:
        return ()
    forms: dict[Form, list[MirrorSpec]] = {}
    for spec in probe.mirrors:
        forms.setdefault(spec.form, []).append(spec)
    return tuple(
        MirroredReport(
            form,
            report_label(form),
            next(spec.condition for spec in specs if spec.mirror is None),
            _EFFECTS[form],
            {name: _side(name, form, specs, _counts(tally, probe, specs), difference) for name in others},
        )
        for form, specs in forms.items()
    )


def _counts(tally: Tally, probe: Probe, specs: Sequence[MirrorSpec]) -> Mapping[Mirror | None, Mapping[str, Count]]:
    """The counts of the report by side, in the plain form (None) and its mirrors."""
    found: dict[Mirror | None, Mapping[str, Count]] = {}
    for spec in specs:
        condition = probe.condition(spec.condition)
        assert condition is not None
        found[spec.mirror], _ = counts_in(tally, report_label(spec.form), condition)
    return found


def _side(
    name: str,
    form: Form,
    specs: Sequence[MirrorSpec],
    counts: Mapping[Mirror | None, Mapping[str, Count]],
    difference: _Difference,
) -> SideMirrors:
    def differs(mirror: Mirror | None, together: int = 1) -> Estimate | None:
        return difference(name, counts[mirror], together)

    def weighed(weights: Mapping[Mirror | None, float]) -> Estimate | None:
        return _weighed([(weight, differs(mirror, len(weights))) for mirror, weight in weights.items()])

    plain = differs(None)
    mirrors = []
    for spec in specs:
        if spec.mirror is not None:
            own = differs(spec.mirror)
            contrast = own if spec.mirror in REVERSED else weighed({None: 1.0, spec.mirror: -1.0})
            mirrors.append(MirrorResult(spec.mirror, spec.condition, own, contrast, _above(contrast)))
    alike = [None, *(spec.mirror for spec in specs if spec.mirror in REVERSED)]
    return SideMirrors(
        plain,
        _above(plain),
        tuple(mirrors),
        weighed({mirror: 1 / len(alike) for mirror in alike}),
        weighed({None: 0.5, _REVERSAL[form]: -0.5}),
        _all_hold([_above(plain), *(mirror.holds for mirror in mirrors)]),
    )


def _all_hold(held: Sequence[bool | None]) -> bool | None:
    """Whether all do; None where that depends on what is not known."""
    return False if False in held else None if None in held else True


def _above(estimate: Estimate | None) -> bool | None:
    """Whether an interval lies above 0."""
    return estimate.interval.low > 0 if estimate is not None else None


def _weighed(terms: Iterable[tuple[float, Estimate | None]]) -> Estimate | None:
    """The weighted sum; None where a term is unknown."""
    parts, kinds = [], []
    for weight, term in terms:
        if term is None:
            return None
        parts.append(Part(weight, term.value, term.interval))
        kinds.append(term.interval_kind)
    value = sum(part.weight * part.estimate for part in parts)
    if "sequence" in kinds:
        return Estimate(value, added(parts), "sequence")
    return Estimate(value, mover(parts), "mover")
