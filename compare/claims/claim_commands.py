"""The commands that do what is not done yet."""

from shlex import join
from typing import NamedTuple

from diptych.compare.claims.asked_sessions import AskedGroup

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

    def register(self, probe: str, primary: str) -> str:
        """Writes down what the next run will test."""
        option = "--family" if self.group.is_family else "--pair"
        samples = str(self.samples)
        return join(["diptych", "register", probe, option, self.group.name, "-n", samples, "--primary", primary])

    def label(self, session: int, measure: str, condition: str) -> str:
        """Labels answers that are picked at random."""
        return join(["diptych", "sessions", "label", str(session), measure, "--draw", "20", "--condition", condition])

    def families(self) -> str:
        """Shows which families there are."""
        return "diptych families list"
