"""The bar in which a question is typed, and its mode and side are chosen."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Label

from diptych.backends import Mode
from diptych.tui.formatting import MODE_NAMES
from diptych.tui.widgets.prompt.next_words import NextWords
from diptych.tui.widgets.prompt.prompt_box import PromptBox

MODES: tuple[Mode, ...] = ("chat", "text", "user")
SIGNS = {"chat": "›", "text": "¶", "user": "»", "quoted": "›"}


class AskBar(Vertical):
    """The prompt box, and above it, when wanted, a box for the beginning of the answer."""

    class Asked(Message):
        """The user wants to ask a question."""

        def __init__(self, prompt: str, mode: Mode, prefill: str, to: str | None) -> None:
            super().__init__()
            self.prompt = prompt
            self.mode = mode
            self.prefill = prefill
            self.to = to
            """The only side that it goes to; None for all."""

    def __init__(self, sides: Sequence[str], history: list[str], typed: str) -> None:
        super().__init__(id="ask", classes="-typing")
        self._sides = tuple(sides)
        self.mode: Mode = "chat"
        self.to: str | None = None
        self.box = PromptBox("prompt", history, typed)
        self._beginning = PromptBox("beginning", [], placeholder="the answer begins with…", stays=True)
        self._sign = Label(SIGNS["chat"], id="ask-sign")
        # Where there are few rows it stands beside the question, else below it.
        self._next = (NextWords(id="next-beside"), NextWords(id="next-below"))

    def compose(self) -> ComposeResult:
        """The beginning above, the question below."""
        with Horizontal(id="ask-beginning"):
            yield Label("▏", id="beginning-sign")
            yield self._beginning
        with Horizontal(id="ask-question"):
            yield self._sign
            yield self.box
            yield self._next[0]
        yield self._next[1]

    def on_mount(self) -> None:
        """Hide the box for the beginning of the answer."""
        self.query_one("#ask-beginning").display = False
        self._explain()

    @property
    def begins(self) -> bool:
        """Whether the box for the beginning of the answer is open."""
        return bool(self.query_one("#ask-beginning").display)

    @property
    def way(self) -> list[str]:
        """The words for what is unusual about how the next question is asked."""
        return [words for words in (MODE_NAMES[self.mode], f"to {self.to}" if self.to else "") if words]

    @property
    def typed(self) -> str:
        """What is typed and not asked yet."""
        return self.box.text.strip() or (self._beginning.text.strip() if self.begins else "")

    def show_next(self, words: Sequence[str], waiting: Sequence[str]) -> None:
        """Show how the next question will be asked, or the questions that wait."""
        for place in self._next:
            place.show(words, waiting)

    def next_mode(self) -> None:
        """Chat, plain text, the user's turn, and again."""
        self.mode = MODES[(MODES.index(self.mode) + 1) % len(MODES)]
        if self.mode != "chat" and self.begins:
            self.toggle_beginning()
        self._explain()

    def next_side(self) -> None:
        """All sides, then each alone."""
        choices = (None, *self._sides)
        self.to = choices[(choices.index(self.to) + 1) % len(choices)]
        self._explain()

    def to_all(self) -> None:
        """Ask all sides."""
        self.to = None
        self._explain()

    def toggle_beginning(self) -> None:
        """Show or hide the box for the beginning of the answer; what is typed there stays."""
        row = self.query_one("#ask-beginning")
        row.display = not row.display
        (self._beginning if row.display else self.box).focus()

    def on_descendant_focus(self) -> None:
        """Show the bar on screens that hide it while nothing is typed."""
        self.add_class("-typing")

    def on_descendant_blur(self) -> None:
        """Hide the bar again on such screens."""
        self.set_class(self.focused, "-typing")

    @property
    def focused(self) -> bool:
        """Whether something is being typed here."""
        return self.box.has_focus or self._beginning.has_focus

    def focus_box(self) -> None:
        """Type here."""
        self.box.focus()

    @on(PromptBox.Submitted)
    def _submit(self, event: PromptBox.Submitted) -> None:
        text = event.text if event.box is self.box else self.box.take()
        prompt = text.strip() if self.mode == "chat" else text
        # The user's turn may be left to the model from its first word.
        if not prompt.strip() and self.mode != "user":
            self.box.focus()
            return
        prefill = self._beginning.text if self.begins else ""
        self.post_message(self.Asked(prompt, self.mode, prefill, self.to))

    def _explain(self) -> None:
        whom = self.to or ("both sides" if len(self._sides) == 2 else f"all {len(self._sides)} sides")
        self._sign.update(SIGNS[self.mode])
        self.box.placeholder = {
            "chat": f"ask {whom}…",
            "text": f"a text that goes on, without a chat template, for {whom}…",
            "user": f"the beginning of the user's turn, or nothing, for {whom}…",
        }[self.mode]
