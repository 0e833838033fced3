"""Makes legs of what was asked: with the answers behind them, or the command that would ask."""

from collections.abc import Sequence
from typing import NamedTuple

from diptych.compare.claims.arm_contrasts import ClaimArms
from diptych.compare.claims.asked_sessions import ClaimSession
from diptych.compare.claims.claim_commands import resume_command
from diptych.compare.claims.claim_results import Leg, LegName
from diptych.compare.claims.leg_words import behind


class Asked(NamedTuple):
    """The sessions in which something was asked of the arms, and the command that asks it."""

    sessions: tuple[ClaimSession, ...]
    arms: ClaimArms
    command: str

    @property
    def session(self) -> ClaimSession | None:
        """The first of the sessions."""
        return next(iter(self.sessions), None)

    def leg(
        self,
        name: LegName,
        held: bool,
        figure: str,
        reason: str,
        conditions: Sequence[str],
        waits: ClaimSession | None = None,
    ) -> Leg:
        """The leg with its answers, first those to the first condition. `waits`: a session in which fewer answers
        finished than were planned; then what is not held has not failed yet."""
        members = [side.name for arm in self.arms if arm is not None for side in arm.members]
        answers = behind((row for each in self.sessions for row in each.shown), conditions, members)
        if not held and waits is not None:
            command = self.command if waits.session.run is None else resume_command(waits.session.id)
            return Leg(name, "not done", figure, f"so far: {reason}", command, answers)
        return Leg(name, "held" if held else "failed", figure, reason, answers=answers)

    def missing(self, name: LegName, reason: str = "no answers of both sides") -> Leg:
        """The leg where nothing was asked, or not enough."""
        return Leg(name, "not done", reason=reason, command=self.command)
