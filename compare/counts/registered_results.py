"""What a document says of the registration that its run was made under."""

from typing import Literal

import msgspec

from diptych.number_words import p_words, short
from diptych.sessions import Primary

DeviationKind = Literal[
    "samples",
    "question",
    "settings",
    "model",
    "detector",
    "judge",
    "excluded",
    "asked before",
    "run again",
    "primary",
]


class Deviation(msgspec.Struct, frozen=True):
    """Something that was done in another way than it was registered."""

    kind: DeviationKind
    words: str
    """What was registered and what was done, e.g. "60 samples were registered, 80 were planned"."""


class RegisteredResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """A registration, and what became of it. Its primary test confirms; all else in the document explores."""

    id: str
    written: str
    """UTC, ISO 8601; "" where the store does not have the registration, as after an import, or where it was changed."""
    primary: Primary
    p_value: float | None = None
    """Of the primary test, uncorrected: it is the only one that confirms. None where no valid one is known."""
    test: str | None = None
    """The test that was made; None where there was nothing to test."""
    passed: bool | None = None
    """Whether the p-value is below the registered threshold; None where there is none."""
    deviations: tuple[Deviation, ...] = ()
    samples: int | None = None
    """Of each side in each condition, as registered; None where the store does not have the registration."""
    stop: str = ""
    """The registered rule by which the run ends."""

    @property
    def heading(self) -> str:
        """For example "registered as 7f3a12cd, 2026-12-03"."""
        return ", ".join(filter(None, (f"registered as {self.id}", self.written[:10])))

    @property
    def outcome(self) -> str:
        """What the primary test says, in words."""
        of = f"registered test, {self.primary.side} against {self.primary.base}"
        if self.passed is None or self.p_value is None:
            return f"{of}: no p-value"
        verdict = "below" if self.passed else "not below"
        return f"{of}: {p_words(self.p_value)}, {verdict} {short(self.primary.threshold)}"

    @property
    def notes(self) -> tuple[str, ...]:
        """Each deviation, or that there is none, in words."""
        if not self.known:
            return ("this store does not have the registration as it was written: deviations from it are not known",)
        return tuple(f"deviation: {each.words}" for each in self.deviations) or ("no deviation from the registration",)

    @property
    def known(self) -> bool:
        """Whether the store has the registration as it was written, so that deviations from it can be found."""
        return bool(self.written)
