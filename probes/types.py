"""A probe: one introspection experiment as data."""

import msgspec

from backends import Sampling


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named variation of the probe that is asked of every side."""

    name: str
    prompts: tuple[str, ...]
    """The question and its paraphrases; samples take them in turn."""
    about: str = ""
    """One line for the picker."""


class DetectorSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A detector and what it looks for."""

    kind: str
    target: str | None = None


class Probe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A TOML file of the probes room."""

    id: str
    title: str
    about: str
    conditions: tuple[Condition, ...]
    detectors: tuple[DetectorSpec, ...]
    source: str = ""
    cautions: tuple[str, ...] = ()
    system: str | None = None
    """System prompt for every side that has none of its own."""
    sampling: Sampling = Sampling()

    @property
    def targets(self) -> tuple[str, ...]:
        """The words that its detectors look for, each once."""
        return tuple(dict.fromkeys(d.target for d in self.detectors if d.target))

    def condition_asking(self, prompt: str) -> str | None:
        """The name of the condition that asks just this."""
        return next((c.name for c in self.conditions if prompt in c.prompts), None)
