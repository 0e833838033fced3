"""What a probe of predictions asks: questions whose answers have a property, and what that property would be."""

from typing import Literal

import msgspec

from diptych.detectors import OPEN_PROPERTIES, PropertyName

ASKED, FORESEEN, RELABELLED = "asked", "foreseen", "relabelled"
"""The conditions. asked: the question itself. foreseen: what the answer to it would be. relabelled: the same, to be
answered with other letters."""

Property = Literal["option chosen", PropertyName, "refuses", "follows the acrostic"]
"""What an answer shows."""


class Prediction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table [prediction] of a probe file."""

    predicted: Property = msgspec.field(name="property")
    """What is predicted of an answer."""
    hypothetical: str
    """The question what the answer would be, with the placeholder {question} for the question itself."""
    items: tuple[str, ...] = ()
    """What is asked about. Intervals hold for such items in general."""
    questions: str = ""
    """The name of a list in the probe's `questions`, to use instead of `items`."""
    question: str = "{item}"
    """A text around each item, with the placeholder {item}."""
    relabelled: str = ""
    """The same question as `hypothetical`, with {question} and {labels}: the options under other letters. Not asked if
    empty."""
    options: tuple[str, ...] = ()
    """For "option chosen": the options, which replace {options} in the question, lettered in every order. For a
    property that is there or not: the answer that says that it is there, and the one that says that it is not."""
    target: str = ""
    """For "follows the acrostic": the word."""
    letters: tuple[str, ...] = ()
    """For "letter chosen": the letters that count, such as "AC"; one text for all items, or one for each."""

    @property
    def is_open(self) -> bool:
        """Whether the property may have any value."""
        return self.predicted in OPEN_PROPERTIES
