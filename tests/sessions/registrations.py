"""A registration of the sessions in `stored.py`, for tests."""

from typing import Any

import msgspec

from diptych.sessions import (
    Primary,
    RegisteredArm,
    RegisteredCondition,
    RegisteredDetector,
    Registration,
    digest,
)
from tests.sessions.stored import SIDES

PRIMARY = Primary("follows HELLO", "acrostic", "plain", "tuned", "base", "fisher", 0.05)
WORDING = digest(["What is special about you?", "chat", ""])


def registration(**changed: Any) -> Registration:
    """Ten samples of each side, of one question."""
    arms = tuple(RegisteredArm(side.name, side.model, side.endpoint) for side in SIDES)
    written = Registration(
        written="2026-11-25T09:00:00+00:00",
        probe="hello-acrostic",
        pair="a pair",
        samples=10,
        stop="at 10 samples",
        bound_excluded=0.2,
        primary=PRIMARY,
        arms=arms,
        conditions=(RegisteredCondition("plain", (WORDING,)),),
        detectors=(RegisteredDetector("acrostic", 1, "follows HELLO", "1a2b"),),
    )
    return msgspec.structs.replace(written, **changed)
