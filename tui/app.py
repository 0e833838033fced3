"""The Textual app: themes, the palette, and one main screen."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import msgspec
from textual import on, work
from textual.binding import BindingType
from textual.driver import Driver
from textual.events import Paste, Resize
from textual.notifications import SeverityLevel
from textual.theme import Theme

from diptych import sessions
from diptych.compare import Comparison
from diptych.sessions import StoreError
from diptych.tui import screens
from diptych.tui.commands import PALETTE_COMMANDS, app_bindings
from diptych.tui.comparison_status import broken_off_words
from diptych.tui.drafts import read_draft
from diptych.tui.gc_pauses import LOOK_SECONDS as COLLECTING_SECONDS
from diptych.tui.gc_pauses import FullPasses
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.command_screen import CommandScreen
from diptych.tui.screens.comparing_screen import ComparingScreen
from diptych.tui.screens.main_screen import MainScreen
from diptych.tui.side_colors import color_variables
from diptych.tui.terminal import outliving
from diptych.tui.textual_internals import WithoutVariables, begin_with_theme, keep_newest_message
from diptych.tui.theme import THEME_NOTE, THEMES, chosen_theme, note_of

if TYPE_CHECKING:
    from diptych.backends import FoundModel
    from diptych.compare import Replay
    from diptych.probes import Probe
    from diptych.sessions import InterruptedSession, Label, SavedAnswer, Session
    from diptych.tui.asciicast import Cast


class DiptychApp(WithoutVariables):
    """Holds the screens and passes messages on; the work is done in the rooms below."""

    TITLE = "diptych"
    # Those of the first screen are read at once: for those of a later one all that was read is read again.
    CSS_PATH: ClassVar[list[str]] = [  # type: ignore[assignment]
        "widgets/answer/column.tcss", "screens/comparing_screen.tcss",
    ]  # fmt: skip
    COMMANDS = {lambda: import_module("diptych.tui.command_provider").CommandProvider}  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*app_bindings()]

    def __init__(
        self,
        shown: "Comparison | Replay",
        probes: "Callable[[], Sequence[Probe]]",
        theme: str,
        typed: str = "",
        history: Sequence[str] = (),
        last_start: float | None = None,
        restored: "tuple[Session, Sequence[SavedAnswer], Sequence[Label]] | None" = None,
        news: str = "",
        interrupted_session: "InterruptedSession | None" = None,
        presenting: bool = False,
        cast: "Cast | None" = None,
        theme_note: str | None = None,
        draft_note: str | None = None,
        tips_note: str | None = None,
        find_models: "Callable[[], Sequence[FoundModel]]" = list,
        families: "Mapping[str, str] | None" = None,
    ) -> None:
        """`probes` reads those that can be chosen, and may raise FileError; `typed` stands in the prompt box at the
        start, else the draft that was kept; `last_start` in seconds; `news` is told once; `interrupted_session` can be
        opened while nothing was asked; `presenting`: to a room; `cast` records what is written to the terminal;
        `theme_note`: what is kept of the theme that was chosen last, which goes before `theme`; `draft_note` and
        `tips_note`: what is kept of what was typed, and of the tips that were told; `find_models` finds those on this
        machine; `families`: what each family that can be opened is about, by name."""
        self._cast = cast
        # The colours of its sides are needed for the first style sheet.
        self._view = shown.view
        super().__init__()
        # A scroll that takes its time would be overtaken by the text that comes in meanwhile.
        self.animation_level = "none"
        self._main: MainScreen | None = None
        self.shown = shown
        """The comparison or the replay that is on the screen."""
        self._probes = probes
        self._find_models = find_models
        self._families = families or {}
        draft = read_draft(draft_note)
        self._draft = msgspec.structs.replace(draft, prompt=typed or draft.prompt)
        # A draft that has to give way is one key up.
        self._history = [*history, *([draft.prompt] if typed and draft.prompt else [])]
        self._tips_note = tips_note
        self._last_start = last_start
        self._restored = restored
        self.news = news
        """Told once, at the start."""
        self._broken_off = interrupted_session
        self._full_passes = FullPasses()
        self.presenting = presenting
        """Whether an audience watches: only questions, answers and measures are shown."""
        self.wanted: screens.Chosen | screens.ChosenFamily | None = None
        """The session or the family to open next; None when the user leaves."""
        for theme_ in THEMES:
            self.register_theme(theme_)
        for other in set(self.available_themes) - {own.name for own in THEMES}:
            # It has no colours for the sides.
            self.unregister_theme(other)
        self._configured_theme = theme
        self._kept_theme = chosen_theme(theme, theme_note)
        begin_with_theme(self, self._kept_theme)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """The colours of the members of a family."""
        shown = [side.name for side in self._view.sides]
        members = self._view.family.members if self._view.family is not None else ()
        return color_variables(shown, [member.name for member in members], self.current_theme.variables)

    def get_driver_class(self) -> type[Driver]:
        """The usual driver, which survives the end of its terminal. It is recorded if a recording was asked for."""
        driver = outliving(super().get_driver_class())
        if self._cast is None:
            return driver
        from diptych.tui.asciicast import recorded

        return recorded(driver, self._cast)

    def on_resize(self, event: Resize) -> None:
        """Record the new size."""
        if self._cast is not None:
            self._cast.resize(*event.size)

    def get_default_screen(self) -> ComparingScreen:
        """The screen below all others: the main one, or the replay's."""
        if isinstance(self.shown, Comparison):
            history, last_start = self._history, self._last_start
            self._main = MainScreen(
                self.shown,
                self._probes,
                self._find_models,
                self._families,
                self._draft,
                history,
                last_start,
                self._broken_off,
                self._tips_note,
            )
            return self._main
        return screens.ReplayScreen(self.shown)

    async def on_mount(self) -> None:
        """Show the session that is opened, and say what is new, before anything is painted and any key is heard."""
        self._full_passes.defer()
        self.set_interval(COLLECTING_SECONDS, self._collect)
        self.theme_changed_signal.subscribe(self, self._theme_chosen)
        if self._cast is not None:
            self._cast.failed = self._recording_failed
        screen = self.screen
        assert isinstance(screen, ComparingScreen)
        mounted = asyncio.Event()
        screen.call_later(mounted.set)
        await mounted.wait()
        if self._restored is not None and isinstance(screen, MainScreen):
            await screen.restore(*self._restored)
        if self.presenting:
            screen.present(True)
        elif isinstance(screen, MainScreen):
            screen.show_family()
        # The empty console says it itself.
        broken_off = broken_off_words(self._broken_off) if self._restored is not None or self.presenting else ""
        for news in (self.news, broken_off):
            if news:
                self.notify(news, timeout=10, markup=False)

    def _theme_chosen(self, theme: Theme) -> None:
        """Remember the theme for the next start."""
        if theme.name != self._kept_theme:
            self._kept_theme = theme.name
            self._keep_theme(theme.name)

    @work
    async def _keep_theme(self, name: str) -> None:
        try:
            value = note_of(self._configured_theme, name)
            await asyncio.to_thread(sessions.remember, self._view.store, THEME_NOTE, value)
        except StoreError as error:
            words = f"The theme is not remembered: {visible(error.text())}"
            self.notify(words, severity="error", markup=False)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a message for some seconds. What kind it is shows without colours too."""
        glyph = {"error": "✕ ", "warning": "⚠ "}.get(severity, "")
        super().notify(f"{glyph}{message}", title=title, severity=severity, timeout=timeout, markup=markup)

    def on_notify(self) -> None:
        """Show at most one older message beside a new one: more of them would cover what matters."""
        keep_newest_message(self)

    def on_paste(self, event: Paste) -> None:
        """Nobody took what was pasted: a key just before it has moved the focus since. Whoever has it now takes it."""
        from textual.widgets import Input, TextArea

        if isinstance(self.focused, Input | TextArea):
            self.focused.post_message(Paste(event.text))

    @property
    def session(self) -> int | None:
        """The number of the session that is shown, once something was asked."""
        return self._view.session

    @on(ComparingScreen.SessionWanted)
    def _session_wanted(self, event: ComparingScreen.SessionWanted) -> None:
        """End the app, so that the caller opens the session or the family: it has other sides."""
        self._leave(event.chosen)

    @on(CommandScreen.ExportWanted)
    def _export_wanted(self, event: CommandScreen.ExportWanted) -> None:
        self.push_screen(screens.ExportScreen(self._view.store, event.session, self._probes))

    @on(ComparingScreen.LeaveWanted)
    def _leave_wanted(self) -> None:
        self._leave()

    async def action_quit(self) -> None:
        """Leave. Pressed again while the dialog asks whether to leave, it means yes."""
        if isinstance(self.screen, screens.LeaveScreen):
            self.screen.dismiss(True)
        else:
            self._leave()

    def _leave(self, wanted: "screens.Chosen | screens.ChosenFamily | None" = None) -> None:
        """Leave diptych, or open another session or a family. Asks first when something would be lost or stopped."""

        def answered(leave: bool | None) -> None:
            if leave:
                self.wanted = wanted
                self.exit()

        unfinished = [sentence for screen in self.screen_stack for sentence in getattr(screen, "unfinished", ())]
        if unfinished:
            what = "Leave diptych?"
            if wanted is not None:
                other = f"session {wanted.session}" if isinstance(wanted, screens.Chosen) else wanted.family
                what = f"Leave this session for {other}?"
            self.push_screen(screens.LeaveScreen(what, unfinished), answered)
        else:
            answered(True)

    async def on_curve_screen_read_wanted(self, event: "screens.CurveScreen.ReadWanted") -> None:
        """Go back to the main screen and show the answers behind a point of the curve."""
        if self._main is not None:
            while self.screen is not self._main:
                await self.pop_screen()
            await self._main.read_members(event.members)

    def on_curve_screen_more_wanted(self) -> None:
        """Ask all members of the family the question of the main screen."""
        if self._main is not None:
            self._main.ask_members(self.screen)

    @on(CommandScreen.ClaimWanted)
    def _claim_wanted(self) -> None:
        if self._main is not None:
            self._main.claims.open(self.screen)

    def on_claim_screen_read_wanted(self, event: "screens.ClaimScreen.ReadWanted") -> None:
        """Show the answers behind a leg of a claim card."""
        if self._main is not None:
            self._main.claims.read(self.screen, event.leg)

    def on_claim_screen_page_wanted(self) -> None:
        """Write the claim card as a page."""
        if self._main is not None:
            self._main.claims.save_page(self.screen)

    def _collect(self) -> None:
        samples = self._view.background
        self._full_passes.look(quiet=not self._view.streaming and (samples is None or not samples.under_way))

    def _recording_failed(self, reason: str) -> None:
        self.notify(f"The recording has ended: {reason}", severity="error", timeout=10, markup=False)

    def picture(self) -> str:
        """The screen as an SVG picture that loads nothing and runs nothing."""
        from diptych.tui.screenshot import inert_picture

        return inert_picture(self.export_screenshot(title="diptych"))

    def action_picture(self) -> None:
        """Save a picture of the screen."""
        from diptych.tui.screenshot import save_picture

        try:
            path = save_picture(self.picture(), Path.cwd(), self._view.session)
        except OSError as error:
            words = f"No picture was saved in this folder: {error.strerror}; start diptych in another one"
            self.notify(words, severity="error", markup=False)
        else:
            self.notify(f"The picture is in {visible(str(path))}", timeout=5, markup=False)

    async def on_unmount(self) -> None:
        """Save the answers under way and end the servers that were started."""
        self._full_passes.restore()
        if self._main is not None:
            await self._main.keep_draft()
        await self.shown.close()

    def action_help(self) -> None:
        """The help of the screen; of the palette itself in Textual's dialogs."""
        if isinstance(self.screen, CommandScreen):
            self.screen.action_help()
        else:
            self.push_screen(screens.HelpScreen(PALETTE_COMMANDS, ""))

    def action_help_quit(self) -> None:
        """Textual calls this for ctrl+c where there is nothing to stop or copy."""
        self.notify("ctrl+q leaves diptych", timeout=3)
