"""What the kinds of intervals are called, wherever one is shown."""

from collections.abc import Iterable

INTERVAL_KINDS = {
    "wilson": "Wilson",
    "newcombe": "Newcombe",
    "clustered": "clustered by prompt",
    "sequence": "confidence sequence",
    "bootstrap": "bootstrap",
}
"""A short name, to stand beside the ends of an interval."""
_MEANING = {
    "wilson": "for the planned number of answers",
    "newcombe": "for the planned number of answers",
    "clustered": "over such wordings in general, for the planned number of answers",
    "sequence": "valid at every number of answers",
    "bootstrap": "for the planned number of answers",
}


def interval_names(kinds: Iterable[str]) -> str:
    """The kinds where there is little room, as "95 % Wilson, Newcombe"."""
    names = ", ".join(INTERVAL_KINDS[kind] for kind in dict.fromkeys(kinds))
    return f"95 % {names}" if names else ""


def intervals_note(kinds: Iterable[str]) -> str:
    """How intervals of these kinds are to be read, as "95 % intervals: Wilson, for the planned number of answers"."""
    by_meaning: dict[str, list[str]] = {}
    for kind in dict.fromkeys(kinds):
        by_meaning.setdefault(_MEANING[kind], []).append(INTERVAL_KINDS[kind])
    said = "; ".join(f"{' and '.join(names)}, {meaning}" for meaning, names in by_meaning.items())
    return f"95 % intervals: {said}" if said else ""
