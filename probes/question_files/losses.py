"""What a file holds that could not be carried over."""

from collections.abc import Iterator

_SHOWN = 20
"""Names that are told of each reason."""


class Losses:
    """Clauses for the person who imports, each once."""

    def __init__(self) -> None:
        self._by_reason: dict[str, dict[str, None]] = {}

    def note(self, reason: str, name: str) -> None:
        """Something of what has this name is left out, and why."""
        self._by_reason.setdefault(reason, {})[name] = None

    def say(self, clause: str) -> None:
        """Something that is left out of the whole."""
        self._by_reason.setdefault(clause, {})

    def clauses(self) -> Iterator[str]:
        """All of it, a reason a clause."""
        for reason, names in self._by_reason.items():
            listed = list(names)
            more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
            yield f"{', '.join(listed[:_SHOWN])}{more}: {reason}" if listed else reason
