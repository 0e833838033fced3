"""Every saved session: found by a word in it, named, tagged, copied, exported, deleted, opened."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Resize
from textual.widgets import Input

from diptych.compare import Headline, LabelAgreement, headline, label_agreement
from diptych.sessions import (
    Hit,
    Session,
    Store,
    StoreError,
    delete,
    duplicate,
    rename,
    set_note,
    set_tags,
    still_hidden,
)
from diptych.tui.commands import SESSIONS_COMMANDS, screen_bindings
from diptych.tui.formatting import LOW_BELOW, counted
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.command_screen import CommandScreen
from diptych.tui.screens.line_screen import LineScreen
from diptych.tui.widgets.chrome.keys import Keys
from diptych.tui.widgets.chrome.title import Title
from diptych.tui.widgets.prompt.line_input import LineInput
from diptych.tui.widgets.sessions.session_details import SessionDetails
from diptych.tui.widgets.sessions.sessions_list import SessionsHead, SessionsList, rows_of

_LOOK_SECONDS = 0.1
"""How often we check which rows have come into view."""
_TYPING_SECONDS = 0.15
"""The pause in typing after which the search starts."""


class Chosen(NamedTuple):
    """The session to open, and what to do with it."""

    session: int
    replay: bool
    """Whether to replay the session instead of continuing it."""


class SessionsScreen(CommandScreen[Chosen | None]):
    """Returns the session to open. Deleted sessions stay in the store until the user leaves the screen."""

    AUTO_FOCUS = "SessionsList"
    CSS_PATH = "sessions_screen.tcss"
    OFFERED = SESSIONS_COMMANDS
    LEGEND = "sessions"
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(SESSIONS_COMMANDS)]

    def __init__(self, store: Path, here: int | None, hidden: bool = False) -> None:
        """`here`: the session that the console has open; `hidden`: which side is which may not be told in it, nor what
        was counted. Raises StoreError."""
        super().__init__()
        self._path, self._here = store, here
        self._counts_nothing_of = here if hidden else None
        self._store = Store(store)
        self._sessions: list[Session] = []
        self._answers: dict[int, int] = {}
        self._deleted: list[int] = []
        self._hits: dict[int, Hit] = {}
        self._text = ""
        """What is looked for."""
        self._agreement: dict[int, list[LabelAgreement]] = {}
        self._title, self._list, self._details = Title(), SessionsList(), SessionDetails()
        self._head = SessionsHead(self._list)

    def compose(self) -> ComposeResult:
        """Title, search, the sessions in columns, details of the session under the cursor, keys."""
        yield self._title
        yield LineInput(placeholder="/ find a text in all prompts and answers", id="find", compact=True)
        yield self._head
        yield self._list
        yield self._details
        yield Keys(self.OFFERED)

    def on_mount(self) -> None:
        """Begin at the newest."""
        self._read()
        self._count()

    def on_unmount(self) -> None:
        """Close what was opened."""
        self._store.close()

    def on_resize(self, event: Resize) -> None:
        """Do without blank rows where there are few."""
        self.set_class(event.size.height < LOW_BELOW, "-low")

    # What is shown

    def _read(self, at: int | None = None) -> None:
        """Read the sessions again, and put the cursor on the session `at`."""
        try:
            self._sessions, self._answers = self._store.sessions(), self._store.answer_counts()
        except StoreError as error:
            self._tell(error)
        self._show(at)

    def _show(self, at: int | None = None) -> None:
        shown = [s for s in self._sessions if s.id not in self._deleted]
        if self._text:
            wanted = self._text.casefold()
            shown = [s for s in shown if s.id in self._hits or wanted in _described(s)]
        self._list.show(rows_of(shown, self._answers, self._hits, self._here), visible(self._why_none()), at)
        self._head.refresh()
        self.refresh_bindings()
        waiting = f"{counted(len(self._deleted), 'session')} deleted when you leave · u undoes" if self._deleted else ""
        self._title.show(["sessions", f"{len(shown):,} of {len(self._sessions):,}"], [], waiting, False)

    def _why_none(self) -> str:
        if self._text:
            return f"No session has “{self._text}”; esc shows all."
        if self._deleted:
            return "All are deleted once you leave; u brings the last one back."
        return "Nothing has been saved yet. Press esc and ask a question: it is saved as it is answered."

    @on(SessionsList.Moved)
    def _show_marked(self) -> None:
        session = self._list.marked.session if self._list.marked is not None else None
        number = session.id if session is not None else 0
        self._details.show(session, self._list.headlines.get(number), self._agreement.get(number, []))

    @work(exclusive=True, group="count")
    async def _count(self) -> None:
        """Measures of the sessions in view, and how labels agree with detectors in the one under the cursor."""
        while True:
            known = self._list.headlines
            sessions = {session.id: session for session in self._sessions}
            try:
                for number in self._uncounted():
                    known[number] = await asyncio.to_thread(self._headline_of, sessions[number])
                    self._list.refresh()
                    self._show_marked()
                marked = self._list.marked
                if marked is not None and marked.session.id not in self._agreement:
                    number = marked.session.id
                    self._agreement[number] = await asyncio.to_thread(self._agreement_in, number)
                    self._show_marked()
            except StoreError as error:
                self._tell(error)
                return
            await asyncio.sleep(_LOOK_SECONDS)

    def _uncounted(self) -> list[int]:
        """The sessions in view whose measures are not known yet; the smallest first, because large ones take long."""
        numbers = [n for n in self._list.in_sight() if n not in self._list.headlines and n != self._counts_nothing_of]
        return sorted(numbers, key=lambda number: self._answers.get(number, 0))

    def _headline_of(self, session: Session) -> Headline | None:
        """Counted as everywhere; nothing of a session in which a side is hidden."""
        if self._store.has_hidden_sides(session.id):
            return None
        return headline(session, (row.answer for row in self._store.each_answer(session.id)))

    def _agreement_in(self, number: int) -> list[LabelAgreement]:
        labels = self._store.labels(number)
        if not labels or number == self._counts_nothing_of:
            return []
        saved = self._store.answers(number)
        return [] if still_hidden(saved, labels) else label_agreement(saved, labels)

    # Finding

    @on(Input.Changed, "#find")
    def _typed(self, event: Input.Changed) -> None:
        self._search(event.value)

    @work(exclusive=True, group="search")
    async def _search(self, text: str) -> None:
        await asyncio.sleep(_TYPING_SECONDS)
        try:
            hits = await asyncio.to_thread(self._store.search, text)
        except StoreError as error:
            self._tell(error)
            return
        self._text, self._hits = text.strip(), {hit.session: hit for hit in hits}
        self._show()

    @on(Input.Submitted, "#find")
    def _found(self) -> None:
        self._list.focus()

    def action_find(self) -> None:
        """Type what is looked for."""
        self.set_focus(self.query_one("#find", Input))

    # Changing

    def action_rename(self) -> None:
        """Another title."""
        self._ask("Title of session {}", lambda s: s.title, rename)

    def action_tag(self) -> None:
        """Other tags."""
        what = "Tags for session {}, separated by spaces"
        self._ask(what, lambda s: " ".join(s.tags), lambda path, number, line: set_tags(path, number, [line]))

    def action_note(self) -> None:
        """Another note."""
        self._ask("Note on session {}", lambda s: s.note, set_note)

    def _ask(self, what: str, now: Callable[[Session], str], change: Callable[[Path, int, str], object]) -> None:
        row = self._list.marked
        if row is None:
            return
        number = row.session.id

        def answered(line: str | None) -> None:
            if line is not None:
                self._change(change, number, line)

        self.app.push_screen(LineScreen(what.format(number), now(row.session)), answered)

    @work(group="change")
    async def action_duplicate(self) -> None:
        """Copy the session, to continue the copy or to label it again."""
        if self._list.marked is None:
            return
        try:
            copy = await asyncio.to_thread(duplicate, self._path, self._list.marked.session.id)
        except StoreError as error:
            self._tell(error)
        else:
            self._read(at=copy)

    @work(group="change")
    async def _change(self, change: Callable[..., object], *values: Any) -> None:
        try:
            await asyncio.to_thread(change, self._path, *values)
        except StoreError as error:
            self._tell(error)
        self._read()

    def action_delete(self) -> None:
        """Remove the session from the list; it is deleted when the user leaves the screen."""
        row = self._list.marked
        if row is None:
            return
        if row.here:
            self.notify("This session is open here", timeout=3)
            return
        self._deleted.append(row.session.id)
        self._show()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Undo is offered where something was deleted."""
        return bool(self._deleted) if action == "undo" else super().check_action(action, parameters)

    def action_undo(self) -> None:
        """Bring the last deleted one back."""
        if self._deleted:
            self._deleted.pop()
            self._show()

    def action_export(self) -> None:
        """Write the session to a file."""
        if self._list.marked is not None:
            self.post_message(self.ExportWanted(self._list.marked.session.id))

    # Leaving

    @on(SessionsList.Opened)
    def _opened(self) -> None:
        row = self._list.marked
        self._leave(Chosen(row.session.id, False) if row is not None and not row.here else None)

    def action_replay(self) -> None:
        """Replay the session, even if it is the open one."""
        row = self._list.marked
        if row is None:
            return
        if not row.answers:
            self.notify("Nothing was asked in this session", timeout=3)
            return
        self._leave(Chosen(row.session.id, True))

    def action_back(self) -> None:
        """From the search to the list, from what was found to all, from all to the console."""
        find = self.query_one("#find", Input)
        if find.has_focus:
            self._list.focus()
        elif self._text or find.value:
            find.clear()
        else:
            self._leave(None)

    @work(exclusive=True, group="leave")
    async def _leave(self, chosen: Chosen | None) -> None:
        for number in self._deleted:
            try:
                await asyncio.to_thread(delete, self._path, number)
            except StoreError as error:
                self._tell(error)
        self.dismiss(chosen)

    def _tell(self, error: StoreError) -> None:
        self.app.notify(visible(error.text()), severity="error", timeout=10, markup=False)


def _described(session: Session) -> str:
    return " ".join((session.title, session.note, *session.tags)).casefold()
