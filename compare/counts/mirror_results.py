"""Results of mirrors: whether a report survives. Everything is the difference of a side from the base, as the rate of
answers that say the trait. Every interval holds 95 % and names its kind: sessions.INTERVAL_KINDS says what each is."""

import msgspec

from diptych.compare.stats import Interval
from diptych.probes import Form, Mirror


class Estimate(msgspec.Struct, frozen=True):
    """A difference of rates, or of two such differences, with its interval."""

    value: float
    interval: Interval
    interval_kind: str


class MirrorResult(msgspec.Struct, frozen=True):
    """A report with one thing changed, for one side."""

    mirror: Mirror
    condition: str
    difference: Estimate | None
    """How the side differs from the base under the changed question; None where one of them has no answers."""
    contrast: Estimate | None
    """What must lie above 0: `difference` itself where a true report moves as in the plain form, else the plain form's
    difference less this one."""
    holds: bool | None
    """Whether the lower end of the contrast is above 0; None where there are no answers."""


class SideMirrors(msgspec.Struct, frozen=True):
    """A form and its mirrors, for one side."""

    plain: Estimate | None
    """How the side differs from the base in the plain form."""
    plain_holds: bool | None
    """Whether its lower end is above 0."""
    mirrors: tuple[MirrorResult, ...]
    agreement: Estimate | None
    """The mean difference over the plain form and the mirrors in which a true report moves the same way."""
    form_effect: Estimate | None
    """Half of the difference between the plain form and its reversal: what moves with the form and not with the
    trait."""
    survives: bool | None
    """Whether the plain form and all mirrors hold; None where that is not known yet."""

    @property
    def holding(self) -> int:
        """How many mirrors hold."""
        return sum(mirror.holds is True for mirror in self.mirrors)


class MirroredReport(msgspec.Struct, frozen=True):
    """One form in which a report is asked for, with its mirrors."""

    form: Form
    label: str
    """The label of its measure."""
    condition: str
    """Of the plain form."""
    effect: str
    """What `form_effect` is called: acquiescence, position or magnitude."""
    sides: dict[str, SideMirrors]
    """By side, or by arm of a family, without the base."""
