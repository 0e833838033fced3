"""A probe: one introspection experiment as data."""

from typing import Literal

import msgspec

from diptych.backends import Message, Mode, Sampling
from diptych.detectors import Settings
from diptych.probes.judge_spec import JudgeSpec
from diptych.probes.prediction import Prediction
from diptych.probes.trait import MirrorSpec, Trait

_WORD_DETECTORS = frozenset(
    ("acrostic", "word-acrostic", "self-explanation", "early-explanation", "codeword", "inflection")
)
"""Detectors whose target is a word that the answer must produce by itself."""


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named variation of the probe. Every side is asked all conditions."""

    name: str
    prompts: tuple[str, ...] = ()
    """The question and its paraphrases, as they are sent. Samples use them in turn."""
    about: str = ""
    """One line for the picker."""
    questions: str = ""
    """The name of a list in the probe's `questions`, to ask instead of `prompts`."""
    template: str = ""
    """A text around each question, with the placeholder {question}."""
    options: tuple[str, ...] = ()
    """Answers to choose from. They replace {options} in every prompt, lettered: in every order for up to three
    options, in every rotation for more."""
    system: str | None = None
    """System prompt of this condition. It replaces those of the probe and of the side."""
    system_file: str | None = None
    """The file with that system prompt, beside the probe file."""
    before: tuple[Message, ...] = ()
    """Turns of user and assistant before each question."""
    mode: Mode = msgspec.field(default="chat", name="form")
    prefill: str = ""
    """The beginning that each answer continues."""
    sampling: Sampling = Sampling()
    """Overrides the probe's sampling."""


class DetectorSpec(msgspec.Struct, frozen=True):
    """A detector with its settings and conditions."""

    kind: str
    settings: Settings
    conditions: tuple[str, ...] = ()
    """The conditions whose answers it reads; all if empty."""

    def reads(self, condition: str | None) -> bool:
        """Return whether it reads answers of a condition. Every detector reads a free question."""
        return not self.conditions or condition is None or condition in self.conditions


class Contrast(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A difference between two conditions of the same side, e.g. the compliance gap."""

    name: str
    measure: str
    """The label of the measure."""
    of: str
    minus: str


class Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A published figure for the same measure, to compare one's own with."""

    measure: str
    """The label of the measure."""
    side: Literal["base", "tuned", "control", "fourth"]
    """The side whose model corresponds to the published one."""
    value: float
    condition: str = ""
    """The condition of the figure; all if empty."""
    of: Literal["rate", "mean"] = "rate"
    """rate: of the answers, from 0 to 1. mean: of the numbers in the answers."""
    about: str = ""
    """A few words, such as the model it was measured on."""


class Probe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A probe file, from this folder or from the user's own."""

    id: str
    title: str
    about: str
    conditions: tuple[Condition, ...] = ()
    """Never empty once the file was read."""
    detectors: tuple[DetectorSpec, ...] = ()
    source: str = ""
    cautions: tuple[str, ...] = ()
    system: str | None = None
    """System prompt for every side that has none of its own."""
    sampling: Sampling = Sampling()
    questions: dict[str, tuple[str, ...]] = {}
    """Lists of questions that several conditions share."""
    judges: tuple[JudgeSpec, ...] = ()
    """Judges of finished answers. config.toml names the model that judges."""
    contrasts: tuple[Contrast, ...] = ()
    references: tuple[Reference, ...] = ()
    """Published figures."""
    subjects: tuple[str, ...] = ()
    """Words for what the fine-tune should not have been told about. The training rows are searched for them."""
    order: tuple[str, ...] = ()
    """Two conditions: one asks for the first training rows, the other for the last."""
    guessability: bool = False
    """Whether a run lets the base continue each answer of another side that describes a pattern."""
    trait: Trait | None = None
    """What the claim card of this probe is about."""
    prediction: Prediction | None = None
    """What the sides are to foresee of their own answers."""
    mirrors: tuple[MirrorSpec, ...] = ()
    """Of a probe that was made from the trait of another one: what each condition asks."""
    part_of: str = ""
    """The id of the probe from whose trait this one was made; "" if it has a file of its own."""

    def targets(self, condition: str | None = None) -> tuple[str, ...]:
        """Return the words that the detectors of a condition look for. A prompt that contains one gives it away."""
        found = [
            getattr(d.settings, "target", "")
            for d in self.detectors
            if d.kind in _WORD_DETECTORS and d.reads(condition)
        ]
        return tuple(dict.fromkeys(target for target in found if target))

    def condition(self, name: str | None) -> Condition | None:
        """Return the condition of that name."""
        return next((c for c in self.conditions if c.name == name), None)

    def references_of(self, measure: str, condition: str | None) -> tuple[Reference, ...]:
        """Return the published figures for a measure in a condition."""
        return tuple(r for r in self.references if r.measure == measure and r.condition in ("", condition))

    def condition_asking(self, prompt: str) -> str | None:
        """Return the name of the first condition with exactly this prompt."""
        return next((c.name for c in self.conditions if prompt in c.prompts), None)

    def system_of(self, condition: str | None) -> str | None:
        """Return the system prompt of a condition; None if it has none, so that the side's own is used."""
        chosen = self.condition(condition)
        return chosen.system if chosen is not None else None

    def before(self, condition: str | None) -> tuple[Message, ...]:
        """Return the turns before the questions of a condition."""
        chosen = self.condition(condition)
        return chosen.before if chosen is not None else ()

    def sampling_of(self, condition: str | None) -> Sampling:
        """Return the sampling parameters of a condition, with those of the probe as defaults."""
        chosen = self.condition(condition)
        return chosen.sampling.over(self.sampling) if chosen is not None else self.sampling
