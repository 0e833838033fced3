"""What the palette offers: each command of the screen below it, with its keys."""

from collections.abc import Coroutine
from functools import partial
from typing import Any

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from diptych.tui.commands import Command, shown_key
from diptych.tui.screens.command_screen import CommandScreen

_SENTENCE_WORTH = 0.5
"""How much a match in the sentence of a command counts, against one in its name."""


class CommandProvider(Provider):
    """Finds a command by its name, by its word in the footer, or by its sentence."""

    async def discover(self) -> Hits:
        """All, in the order of the table."""
        for command in self._commands:
            row = self._row(command, Content(command.name))
            yield DiscoveryHit(row, self._run(command), command.name, command.sentence)

    async def search(self, query: str) -> Hits:
        """Those that match what was typed."""
        matcher = self.matcher(query)
        for command in self._commands:
            name = matcher.match(command.name)
            # Letters that stand apart in a name may be an abbreviation of it; in a sentence they are chance.
            others = f"{command.word} {command.sentence}".casefold()
            score = max(name, _SENTENCE_WORTH * (query.casefold() in others))
            if score > 0:
                shown = matcher.highlight(command.name) if name > 0 else Content(command.name)
                yield Hit(score, self._row(command, shown), self._run(command), command.name, command.sentence)

    @property
    def _commands(self) -> list[Command]:
        offered = self.screen.offered if isinstance(self.screen, CommandScreen) else ()
        return [c for c in offered if c.word and not c.of_widget and c.action != "app.command_palette"]

    def _row(self, command: Command, name: Content) -> Content:
        """The names have one width, so that the keys stand below each other."""
        width = max(len(each.name) for each in self._commands) + 3
        keys = "  ".join(map(shown_key, command.keys))
        return Content.assemble(name.pad_right(width - name.cell_length), (keys, "bold"))

    def _run(self, command: Command) -> partial[Coroutine[Any, Any, None]]:
        return partial(self.screen.run_action, command.action)
