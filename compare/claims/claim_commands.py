"""The commands that do what is not done yet."""

from collections.abc import Iterator
from shlex import join
from typing import NamedTuple

from diptych.compare.claims.asked_sessions import AskedGroup
from diptych.probes import Probe, measure_of

_SAMPLES = 20
"""Samples a condition where no run of the claim says how many."""


class ClaimCommands(NamedTuple):
    """Commands about one pair or family."""

    group: AskedGroup
    samples: int = _SAMPLES

    def run(self, probe: str) -> str:
        """Asks a probe."""
        option = "--family" if self.group.is_family else "--pair"
        return join(["diptych", "run", probe, option, self.group.name, "-n", str(self.samples)])

    def check(self) -> str:
        """Finds out whether the fine-tune is live."""
        return join(["diptych", "families" if self.group.is_family else "pairs", "check", self.group.name])

    def register(self, probe: Probe) -> str:
        """Writes down that the next run will test the first report, or without one the first behaviour; "" where the
        probe's own detectors count neither."""
        for measure, conditions in _counted(probe):
            option = "--family" if self.group.is_family else "--pair"
            words = ["diptych", "register", probe.id, option, self.group.name, "-n", str(self.samples)]
            words += ["--primary", measure, *(["--condition", conditions[0]] if len(conditions) > 1 else [])]
            return join([*words, "--stop", f"at {self.samples} samples"])
        return ""

    def label(self, session: int, measure: str, condition: str) -> str:
        """Labels answers that are picked at random."""
        return join(["diptych", "sessions", "label", str(session), measure, "--draw", "20", "--condition", condition])

    def families(self) -> str:
        """Shows which families there are."""
        return "diptych families list"


def resume_command(session: int) -> str:
    """Asks what is missing in a run."""
    return join(["diptych", "run", "--resume", str(session)])


def _counted(probe: Probe) -> Iterator[tuple[str, list[str]]]:
    """The measures of the trait that detectors count, reports first, each with the conditions in which it counts: that
    which the trait names first."""
    trait = probe.trait
    for each in (*trait.reports, *trait.behaviour) if trait is not None else ():
        specs = [spec for spec in probe.detectors if measure_of(spec) == each.measure]
        names = [condition.name for condition in probe.conditions if any(spec.reads(condition.name) for spec in specs)]
        if names:
            yield each.measure, sorted(names, key=lambda name: name != each.condition)
