"""Collects what an import could not carry over."""

from collections.abc import Iterator

_SHOWN = 20
"""Names that are listed for each reason."""


class LeftOut:
    """Clauses for the person who imports, each once."""

    def __init__(self) -> None:
        self._by_reason: dict[str, dict[str, None]] = {}

    def add(self, reason: str, name: str) -> None:
        """Report that something of the item of this name is left out, and why."""
        self._by_reason.setdefault(reason, {})[name] = None

    def add_remark(self, clause: str) -> None:
        """Report something that is left out of the whole file."""
        self._by_reason.setdefault(clause, {})

    def clauses(self) -> Iterator[str]:
        """Yield one clause for each reason."""
        for reason, names in self._by_reason.items():
            listed = list(names)
            more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
            yield f"{', '.join(listed[:_SHOWN])}{more}: {reason}" if listed else reason
