"""What is known of the reader: its version, and from which probability each meaning counts."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

WEIGHTS = Path(__file__).parent / "weights"
LANGUAGES = ("en", "de", "fr", "es")
"""ISO codes of the languages in which it was measured."""


def threshold(meaning: str) -> float:
    """Return the probability from which a meaning counts. It was chosen on answers that no rows were trained on."""
    found: float = _card()["thresholds"][meaning]
    return found


@cache
def _card() -> Mapping[str, Any]:
    card: Mapping[str, Any] = json.loads((WEIGHTS / "card.json").read_text("utf-8"))
    return card
