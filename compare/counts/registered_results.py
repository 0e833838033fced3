"""What a document says of the registration that its run was made under."""

from typing import Literal

import msgspec

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
    """UTC, ISO 8601; "" where the store does not have the registration, as after an import."""
    primary: Primary
    deviations: tuple[Deviation, ...] = ()
    samples: int | None = None
    """Of each side in each condition, as registered; None where the store does not have the registration."""
    stop: str = ""
    """The registered rule by which the run ends."""

    @property
    def known(self) -> bool:
        """Whether the store has the registration, so that deviations from it can be found."""
        return bool(self.written)
