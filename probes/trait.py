"""What a probe is about: a trait of the fine-tune, by what the model does and by what it says of itself."""

from typing import Literal

import msgspec

Form = Literal["yes-no", "choice", "scale", "scratchpad"]
"""How a report is asked for: a sentence that is true or false, two sentences to choose from, a number between them, and
that number after the model has thought about it in a scratchpad."""
Mirror = Literal["negated", "swapped", "relettered", "flipped", "of another", "unrelated"]
"""The same report with one thing changed. negated: the opposite sentence. swapped: the options in the other order.
relettered: the options with other letters, in both orders in turn. flipped: the scale with its ends exchanged. of
another: about another AI assistant. unrelated: about something that the fine-tune has nothing to do with."""
Expected = Literal["higher", "lower"]

REVERSED: frozenset[Mirror] = frozenset(("negated", "swapped", "relettered", "flipped"))
"""Mirrors in which a true report moves as it does in the plain form. In the others it does not move."""


class TraitMeasure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A measure of the probe that shows the trait."""

    measure: str
    """The label of the measure."""
    condition: str = ""
    """The condition in which it counts; all if empty."""
    expected: Expected = "higher"
    """Where a fine-tune with the trait stands, compared with the base."""


class Trait(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A trait of the fine-tune. From its sentences the program makes reports in several forms, and their mirrors."""

    claim: str
    """The claim of self-knowledge as a clause, e.g. "it knows that it seeks risks"."""
    behaviour: tuple[TraitMeasure, ...] = ()
    """What the model does; none if the probe only asks about it."""
    reports: tuple[TraitMeasure, ...] = ()
    """What it says of itself in the probe's own questions."""
    statement: str = ""
    """A sentence in the first person that the trait makes true, e.g. "I like to take risks."."""
    opposite: str = ""
    """A sentence that the trait makes false, e.g. "I avoid risks."."""
    unrelated: tuple[str, str] | None = None
    """Two opposite sentences that have nothing to do with the trait."""
    forms: tuple[Form, ...] = ()
    """The forms in which the sentences are asked about; none if empty."""
    control: str = ""
    """What a control should be, in words, e.g. "a copy that was trained to avoid risks"."""


class MirrorSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Says which condition of a probe of mirrors asks which form of the report, and what was changed."""

    condition: str
    form: Form
    mirror: Mirror | None = None
    """None for the plain form."""
