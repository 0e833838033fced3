"""The names of the interval kinds, used wherever an interval is shown."""

from collections.abc import Iterable

INTERVAL_KINDS = {
    "wilson": "Wilson",
    "newcombe": "Newcombe",
    "clustered": "clustered by prompt",
    "sequence": "confidence sequence",
    "bootstrap": "bootstrap",
    "crossed": "over training runs and prompts",
    "corrected": "prediction-powered",
    "mover": "MOVER",
}
"""Short names to show next to an interval."""
_MEANING = {
    "wilson": "for a number of answers fixed in advance",
    "newcombe": "for a number of answers fixed in advance",
    "clustered": "for similar wordings too, with a number of answers fixed in advance",
    "sequence": "valid however often you look, so wider",
    "bootstrap": "for a number of answers fixed in advance",
    "crossed": "for fine-tunes like these and questions like these, with a number of answers fixed in advance",
    "corrected": "corrected by labels of answers picked at random",
    "mover": "put together from those of the differences that are added or subtracted",
}


def interval_names(kinds: Iterable[str]) -> str:
    """Return the names in short form, as "95 % Wilson, Newcombe"."""
    names = ", ".join(INTERVAL_KINDS[kind] for kind in dict.fromkeys(kinds))
    return f"95 % {names}" if names else ""


def intervals_note(kinds: Iterable[str]) -> str:
    """Return a note on these intervals, as "95 % intervals: Wilson, for a number of answers fixed in advance"."""
    by_meaning: dict[str, list[str]] = {}
    for kind in dict.fromkeys(kinds):
        by_meaning.setdefault(_MEANING[kind], []).append(INTERVAL_KINDS[kind])
    text = "; ".join(f"{' and '.join(names)}, {meaning}" for meaning, names in by_meaning.items())
    return f"95 % intervals: {text}" if text else ""
