"""A probe: one introspection experiment as data."""

from typing import Literal

import msgspec

from diptych.backends import Message, Mode, Sampling
from diptych.detectors import Settings
from diptych.probes.judge_spec import JudgeSpec

_OF_WORDS = frozenset(("acrostic", "self-explanation", "early-explanation", "codeword", "inflection"))
"""Detectors whose target is a word that the answer is to come to by itself."""


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named variation of the probe that is asked of every side."""

    name: str
    prompts: tuple[str, ...] = ()
    """The question and its paraphrases, as they are sent; samples take them in turn."""
    about: str = ""
    """One line for the picker."""
    questions: str = ""
    """The name of a list of the probe that is asked in place of `prompts`."""
    template: str = ""
    """What each question is put into, at {question}."""
    options: tuple[str, ...] = ()
    """Answers to choose from. They are put, lettered, at {options} of every prompt, in every order up to three of
    them, in every rotation above."""
    system: str | None = None
    """System prompt of this condition, in place of that of the probe and of the side."""
    system_file: str | None = None
    """The file that holds it, beside the probe file."""
    before: tuple[Message, ...] = ()
    """Turns of user and assistant that come before each question."""
    mode: Mode = msgspec.field(default="chat", name="form")
    prefill: str = ""
    """What each answer is given as its beginning."""
    sampling: Sampling = Sampling()
    """Over that of the probe."""


class DetectorSpec(msgspec.Struct, frozen=True):
    """A detector, what it is told, and where it looks."""

    kind: str
    settings: Settings
    conditions: tuple[str, ...] = ()
    """Names of the conditions whose answers it reads; all where none is named."""

    def reads(self, condition: str | None) -> bool:
        """Whether it reads answers of a condition; a free question is read by all."""
        return not self.conditions or condition is None or condition in self.conditions


class Contrast(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A difference between two conditions of the same side, e.g. the compliance gap."""

    name: str
    measure: str
    """The label of what is counted."""
    of: str
    minus: str


class Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A figure that the source has published of the same measure, to be seen beside one's own."""

    measure: str
    """The label of what is counted."""
    side: Literal["base", "tuned", "control", "fourth"]
    """The side whose model is like the one that it was found in."""
    value: float
    condition: str = ""
    """Of which it is; of all where none is named."""
    of: Literal["rate", "mean"] = "rate"
    """rate: of the answers, from 0 to 1. mean: of the numbers that they gave."""
    about: str = ""
    """A few words: which model it was."""


class Probe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A TOML file of the probes room, or of a user's own folder."""

    id: str
    title: str
    about: str
    conditions: tuple[Condition, ...]
    detectors: tuple[DetectorSpec, ...] = ()
    source: str = ""
    cautions: tuple[str, ...] = ()
    system: str | None = None
    """System prompt for every side that has none of its own."""
    sampling: Sampling = Sampling()
    questions: dict[str, tuple[str, ...]] = {}
    """Lists of questions that several conditions ask."""
    judges: tuple[JudgeSpec, ...] = ()
    """Models that are asked about finished answers; who judges is said in config.toml."""
    contrasts: tuple[Contrast, ...] = ()
    references: tuple[Reference, ...] = ()
    """Published figures."""
    subjects: tuple[str, ...] = ()
    """Words for what the fine-tune shall not have been told of: the training rows are searched for them."""
    order: tuple[str, ...] = ()
    """Two conditions, that ask for the first rows and for the last."""
    guessability: bool = False
    """Whether a run lets the base go on from each answer of another side that describes a pattern."""

    def targets(self, condition: str | None = None) -> tuple[str, ...]:
        """The words that the detectors of a condition look for, each once; a prompt that holds one gives it away."""
        found = [
            getattr(d.settings, "target", "") for d in self.detectors if d.kind in _OF_WORDS and d.reads(condition)
        ]
        return tuple(dict.fromkeys(target for target in found if target))

    def condition(self, name: str | None) -> Condition | None:
        """The condition of that name."""
        return next((c for c in self.conditions if c.name == name), None)

    def references_of(self, measure: str, condition: str | None) -> tuple[Reference, ...]:
        """What is published of a measure in a condition."""
        return tuple(r for r in self.references if r.measure == measure and r.condition in ("", condition))

    def condition_asking(self, prompt: str) -> str | None:
        """The name of the first condition that asks just this."""
        return next((c.name for c in self.conditions if prompt in c.prompts), None)

    def system_of(self, condition: str | None) -> str | None:
        """The system prompt that a condition brings, in place of a side's own; None where it brings none."""
        chosen = self.condition(condition)
        return chosen.system if chosen is not None else None

    def before(self, condition: str | None) -> tuple[Message, ...]:
        """The turns that come before the questions of a condition."""
        chosen = self.condition(condition)
        return chosen.before if chosen is not None else ()

    def sampling_of(self, condition: str | None) -> Sampling:
        """The sampling parameters of a condition over those of the probe."""
        chosen = self.condition(condition)
        return chosen.sampling.over(self.sampling) if chosen is not None else self.sampling
