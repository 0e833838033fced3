"""What is worth trying next, told after an answer: one thing at a time, and each only once."""

from collections.abc import Container

from textual.content import Content

from diptych.tui.commands import COMMANDS

TIPS_NOTE = "tips"
"""Under this name the store keeps what need not be told again."""

TIPS = {
    "samples": "ask this many times and count",
    "divergence": "see where the sides differ",
    "sessions": "find this session again, any time",
    "probes": "other questions, other probes",
    "blind": "hide the names, then guess",
}
"""What can be tried, by its command."""


class Tips:
    """Chooses the next thing to try."""

    def __init__(self, note: str | None) -> None:
        """`note`: as an earlier console kept it."""
        self._told = (note or "").split()
        self._now = ""
        self._due = False

    @property
    def note(self) -> str:
        """What was told or tried, to be kept."""
        return " ".join(self._told)

    @property
    def words(self) -> Content:
        """What to try now; empty for nothing."""
        if not self._now:
            return Content("")
        key = next(command.key for command in COMMANDS if command.action == self._now)
        return Content.assemble(("try ", "$dim"), (key, "bold $ink"), (f": {TIPS[self._now]}", "$dim"))

    def asked(self) -> None:
        """Answers are under way. Something else may be told when they have come."""
        self._now, self._due = "", True

    def answered(self, possible: Container[str]) -> bool:
        """Choose a command that is `possible` now; returns whether there is something new to tell."""
        new = next((action for action in TIPS if action in possible and action not in self._told), "")
        if not self._due or not new:
            return False
        self._now, self._due = new, False
        self._told.append(new)
        return True

    def tried(self, action: str) -> bool:
        """A command was used: it need not be told; returns whether that is new."""
        self._now = "" if self._now == action else self._now
        if action in self._told:
            return False
        self._told.append(action)
        return True
