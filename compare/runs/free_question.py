"""A question without a probe file, as a probe in memory: a run asks it like any other."""

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from diptych.backends import Mode, Sampling
from diptych.compare.answers import DEFAULT_DETECTORS, Side
from diptych.probes import Condition, DetectorSpec, JudgeSpec, Probe

TITLE_CHARACTERS = 80
FORMS: tuple[Mode, ...] = ("chat", "text", "user")
"""The ways in which a person may ask."""


class FreeQuestion(msgspec.Struct, frozen=True):
    """A question and how it is asked."""

    prompt: str
    mode: Mode = "chat"
    prefill: str = ""
    """The given beginning of each answer."""
    system: str | None = None
    """The system prompt in place of that of each side; "" asks without one, None leaves each side its own."""
    sampling: Sampling = Sampling()
    """Takes precedence over the parameters of each side."""

    def check(self) -> None:
        """Raises ValueError if options do not go together."""
        if not self.prompt.strip():
            raise ValueError("the question is empty")
        if self.mode not in FORMS:
            raise ValueError(f"there is no form {self.mode!r}; there are: {', '.join(FORMS)}")
        if self.prefill and self.mode != "chat":
            raise ValueError(f"a prefill begins the answer of the form chat; the form {self.mode} has none")
        if self.system and self.mode == "text":
            raise ValueError("the form text has no system prompt: plain text goes on, without a chat template")

    def probe(self, own_detectors: Sequence[DetectorSpec], own_judges: Sequence[JudgeSpec] = ()) -> Probe:
        """The question as a probe without an id, with the detectors and judges of free questions in the console."""
        condition = Condition("question", (self.prompt,), mode=self.mode, prefill=self.prefill)
        title = self.prompt[:TITLE_CHARACTERS]
        return Probe("", title, "", (condition,), (*DEFAULT_DETECTORS, *own_detectors), judges=tuple(own_judges))

    def sides(self, sides: Sequence[Side]) -> tuple[Side, ...]:
        """The sides with the system prompt and the parameters of this question."""
        return tuple(self._side(side) for side in sides)

    def _side(self, side: Side) -> Side:
        system = side.system if self.system is None else self.system or None
        return replace(side, system=system, sampling=self.sampling.over(side.sampling))
