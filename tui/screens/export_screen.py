"""A form that writes a session to a file, in one of the formats of `diptych sessions export`."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from diptych.compare import export_session
from diptych.errors import DiptychError, HintWords
from diptych.probes import Probe
from diptych.sessions import FORMATS, Session, Store
from diptych.tui.commands import screen_bindings
from diptych.tui.dialog_commands import EXPORT_COMMANDS
from diptych.tui.file_names import free_path
from diptych.tui.formatting import counted, duration
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.dialog_screen import DialogScreen
from diptych.tui.widgets.chrome.dialog_title import DialogTitle
from diptych.tui.widgets.chrome.options import Options
from diptych.tui.widgets.prompt.line_input import LineInput

_LOOK_SECONDS = 0.2
"""How often the progress is told."""
_HERE = HintWords(other_file="type another name", overwrite="press enter again to replace it")
_NAMES = tuple(FORMATS)
_NAME_CELLS = 15


class _Stopped(Exception):
    """The user does not want the file any more."""


class ExportScreen(DialogScreen[None]):
    """Format and file name; what is there already is only replaced when the user says so twice."""

    OFFERED = EXPORT_COMMANDS
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(EXPORT_COMMANDS)]

    def __init__(self, store: Path, session: int, probes: Callable[[], Sequence[Probe]]) -> None:
        """`probes` reads those that are known, and may raise FileError."""
        super().__init__()
        self._store = store
        self._session = session
        self._probes = probes
        self._format = _NAMES[0]
        self._suggested = ""
        self._agreed_to_replace: Path | None = None
        self._begun: float | None = None
        """When the export that is under way began."""
        self._total = self._read = 0
        self._stop = False
        self._written: Path | None = None

    @property
    def unfinished(self) -> list[str]:
        """What would be stopped if the user left now."""
        return [f"session {self._session} is being exported: no file is written"] if self._begun is not None else []

    def compose(self) -> ComposeResult:
        """The formats have the focus; the file name is one key down from the last."""
        with Vertical(classes="dialog"):
            yield DialogTitle(f"Export session {self._session}", self.OFFERED)
            yield Options(*(Option(_described(name)) for name in FORMATS))
            self._suggested = _unused(self._session, self._format)
            yield LineInput(self._suggested, compact=True, id="path", select_on_focus=False)
            yield Static(id="said", classes="dialog-note")

    def on_mount(self) -> None:
        """Tell the progress as it goes."""
        self._say("A file that is there already is not replaced unless you say so.")
        self.call_after_refresh(self._show_end)
        self.set_interval(_LOOK_SECONDS, self._tell_progress)

    def on_unmount(self) -> None:
        """Nobody waits for the file any more."""
        self._stop = True

    def _say(self, words: str, color: str = "$dim") -> None:
        self.query_one("#said", Static).update(Content.styled(visible(words), color))

    # The form

    @on(OptionList.OptionHighlighted)
    def _format_marked(self, event: OptionList.OptionHighlighted) -> None:
        """Another format: its own name for the file, or its ending if the user has typed a name."""
        before, self._format = FORMATS[self._format].ending, _NAMES[event.option_index]
        line = self.query_one("#path", Input)
        if line.value == self._suggested:
            self._suggested = line.value = _unused(self._session, self._format)
        elif line.value.endswith(before):
            line.value = line.value.removesuffix(before) + FORMATS[self._format].ending
        self._show_end()

    def _show_end(self) -> None:
        """Of a long path the name of the file is to be seen."""
        line = self.query_one("#path", Input)
        line.cursor_position = 0
        line.cursor_position = len(line.value)

    @on(Input.Changed)
    def _typed(self) -> None:
        self._agreed_to_replace = None

    def action_export(self) -> None:
        """Write the file."""
        typed = self.query_one("#path", Input).value.strip()
        if self._begun is not None:
            return
        if not typed:
            self._say("Type a file name.", "$fault")
            return
        path = Path(os.path.expanduser(typed)).absolute()  # Path.expanduser raises for unknown users
        there = os.path.lexists(path)
        if there and self._agreed_to_replace != path:
            self._agreed_to_replace = path
            what, does = ("folder", "write into it") if path.is_dir() else ("file", "replace it")
            self._say(f"This {what} is there already. Press enter again to {does}, or type another name.", "$pattern")
            return
        self._export(path, there)

    def action_back(self) -> None:
        """Stop the export, else close."""
        if self._begun is None:
            self.dismiss(None)
        else:
            self._stop = True

    def action_copy(self) -> None:
        """Copy the path of what was written."""
        if self._written is not None:
            self.app.copy_to_clipboard(str(self._written))
            self.notify("Copied the path", timeout=2)

    # The work

    @work
    async def _export(self, path: Path, replace: bool) -> None:
        self._begun, self._read, self._stop, self._written = time.monotonic(), 0, False, None
        try:
            remarks = await asyncio.to_thread(self._write, self._format, path, replace)
        except _Stopped:
            self._say("Stopped: no file was written.")
        except DiptychError as error:
            self._say(f"✕ {error.text(_HERE)}", "$fault")
        else:
            self._written = path
            said = "\n".join((f"✓ {path}", *remarks, "y copies the path, esc goes back."))
            self.query_one(Options).focus()
            self._say(said, "$ink")
        finally:
            self._begun, self._agreed_to_replace = None, None

    def _write(self, name: str, path: Path, replace: bool) -> list[str]:
        store = Store(self._store)
        try:
            self._total = store.answer_counts().get(self._session, 0)
            return export_session(store, self._session, name, path, self._probe_of, replace, self._answer_read)
        finally:
            store.close()

    def _probe_of(self, session: Session) -> Probe | None:
        try:
            return next((probe for probe in self._probes() if probe.id == session.probe), None)
        except DiptychError:
            return None

    def _answer_read(self) -> None:
        if self._stop:
            raise _Stopped
        self._read += 1

    def _tell_progress(self) -> None:
        if self._begun is None:
            return
        seconds = time.monotonic() - self._begun
        if self._stop:
            doing = "stopping"
        elif self._read == 0:
            doing = f"counting {counted(self._total, 'answer')}"
        elif self._read < self._total:
            doing = f"{self._read:,} of {counted(self._total, 'answer')} read"
        else:
            doing = "writing"
        self._say(f"{doing} · {duration(seconds)} · esc stops", "$ink")


def _described(name: str) -> Content:
    return Content.assemble((name.ljust(_NAME_CELLS), "bold $ink"), (FORMATS[name].about, "$dim"))


def _unused(session: int, name: str) -> str:
    """A name in the working folder that nothing has yet, with ~ for the home folder."""
    path = free_path(Path.cwd(), f"session-{session}", FORMATS[name].ending)
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
