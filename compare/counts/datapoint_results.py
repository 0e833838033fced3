"""Results on whether answers recall the rows that a side was fine-tuned on. Positions of rows are from 0, the first,
to 1."""

import msgspec


class MembershipResult(msgspec.Struct, frozen=True):
    """Whether the second side's answers are more similar to the rows than the first side's."""

    difference: float
    """Best score of the second side's answers minus that of the first's, mean over prompts."""
    prompts: int
    p_value: float
    """One-sided."""


class PositionResult(msgspec.Struct, frozen=True):
    """Where in the file the rows are that the answers of a side name."""

    mean: float
    answers: int
    distinct: int
    """How many different rows."""
    p_value: float
    """Two-sided, against a file in random order."""


class OrderResult(msgspec.Struct, frozen=True):
    """Whether prompts that ask for the first rows name earlier ones than those that ask for the last."""

    first: float
    last: float
    """Mean positions of the rows."""
    p_prompt: float
    """Whether the prompt changes the row that is named."""
    p_order: float
    """Whether that depends on the position of the row."""


class DatapointsResult(msgspec.Struct, frozen=True):
    """The training rows, and what the answers show about them."""

    rows: int
    membership: MembershipResult | None
    position: dict[str, PositionResult | None]
    """By side."""
    order: dict[str, OrderResult | None]
    """By side; empty where the probe does not ask for first and last rows."""
