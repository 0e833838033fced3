"""What the judging of a run cost."""

import msgspec


class JudgingSummary(msgspec.Struct, frozen=True):
    """The judge, and what it cost."""

    model: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    untold: int
    """Requests for which the endpoint did not report the tokens."""
