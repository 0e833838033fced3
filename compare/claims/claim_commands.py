"""The commands that do what is not done yet."""

from shlex import join
from typing import NamedTuple

from diptych.compare.claims.asked_sessions import AskedGroup
from diptych.compare.claims.probe_parts import primary_measure
from diptych.probes import Probe

_SAMPLES = 20
"""Samples a condition where no run of the claim says how many."""


class ClaimCommands(NamedTuple):
    """Commands about one pair or family."""

    group: AskedGroup
    samples: int = _SAMPLES

    def run(self, probe: str) -> str:
        """Asks a probe."""
        return join(["diptych", "run", probe, *self._options])

    def check(self) -> str:
        """Finds out whether the fine-tune is live."""
        return join(["diptych", "families" if self.group.is_family else "pairs", "check", self.group.name])

    def register(self, probe: Probe) -> str:
        """Writes down what the next run will test; "" where no detector counts a measure of the trait."""
        if (primary := primary_measure(probe)) is None:
            return ""
        asked = [*self._options, "--primary", primary.measure, "--condition", primary.condition]
        return join(["diptych", "register", probe.id, *asked, "--stop", f"at {self.samples} samples"])

    def label(self, session: int, measure: str, condition: str) -> str:
        """Labels answers that are picked at random."""
        return join(["diptych", "sessions", "label", str(session), measure, "--draw", "20", "--condition", condition])

    def families(self) -> str:
        """Shows which families there are."""
        return "diptych families list"

    @property
    def _options(self) -> list[str]:
        """Who is asked, and how often."""
        return ["--family" if self.group.is_family else "--pair", self.group.name, "-n", str(self.samples)]


def resume_command(session: int) -> str:
    """Asks what is missing in a run."""
    return join(["diptych", "run", "--resume", str(session)])
