"""The bar in which a question is typed, and its mode and side are chosen."""

from collections.abc import Container, Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Label

from diptych.backends import Mode
from diptych.tui.drafts import DRAFT_NOTE, Draft
from diptych.tui.formatting import MODE_NAMES
from diptych.tui.tips import TIPS_NOTE, Tips
from diptych.tui.widgets.prompt.next_words import NextWords
from diptych.tui.widgets.prompt.prompt_box import PromptBox

MODES: tuple[Mode, ...] = ("chat", "text", "user")
DRAFT_SECONDS = 1.0
"""What is typed is kept at most this much later."""
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

    class Keep(Message):
        """A note is to be kept for the next start."""

        def __init__(self, key: str, value: str) -> None:
            super().__init__()
            self.key = key
            self.value = value

    def __init__(self, sides: Sequence[str], history: list[str], draft: Draft, tips: Tips) -> None:
        super().__init__(id="ask", classes="-typing")
        self._sides = tuple(sides)
        self._kept_draft = draft
        self._keep_soon: Timer | None = None
        self.tips = tips
        self.mode: Mode = "chat"
        self.to: str | None = None
        self.box = PromptBox("prompt", history, draft.prompt)
        self._beginning = PromptBox("beginning", [], draft.beginning, placeholder="the answer begins with…", stays=True)
        self.begins = bool(draft.beginning)
        """Whether the box for the beginning of the answer is open."""
        self._beginning_row = Horizontal(id="ask-beginning")
        self._sign = Label(SIGNS["chat"], id="ask-sign")
        # Where there are few rows it stands beside the question, else below it.
        self._next = (NextWords(id="next-beside"), NextWords(id="next-below"))

    def compose(self) -> ComposeResult:
        """The beginning above, the question below."""
        with self._beginning_row:
            yield Label("▏", id="beginning-sign")
            yield self._beginning
            yield Label("ctrl+g closes this", id="beginning-key")
        with Horizontal(id="ask-question"):
            yield self._sign
            yield self.box
            yield self._next[0]
        yield self._next[1]

    def on_mount(self) -> None:
        """Hide the box for the beginning of the answer, unless something is typed there."""
        self._beginning_row.display = self.begins
        self._explain()

    def use(self, sides: Sequence[str]) -> None:
        """Ask other sides."""
        self._sides = tuple(sides)
        if self.to not in self._sides:
            self.to_all()
        self._explain()

    @property
    def way(self) -> list[str]:
        """The words for what is unusual about how the next question is asked."""
        return [words for words in (MODE_NAMES[self.mode], f"to {self.to}" if self.to else "") if words]

    @property
    def typed(self) -> str:
        """What is typed and not asked yet."""
        return self.box.text.strip() or (self._beginning.text.strip() if self.begins else "")

    def changed_draft(self) -> Draft | None:
        """What stands in the boxes, if it has changed since the last call."""
        draft = Draft(self.box.text, self._beginning.text if self.begins else "")
        if draft == self._kept_draft:
            return None
        self._kept_draft = draft
        return draft

    @on(PromptBox.Changed)
    def _keep_draft_soon(self) -> None:
        if self._keep_soon is None:
            self._keep_soon = self.set_timer(DRAFT_SECONDS, self._keep_draft)

    def _keep_draft(self) -> None:
        self._keep_soon = None
        if (draft := self.changed_draft()) is not None:
            self.post_message(self.Keep(DRAFT_NOTE, draft.note))

    def tell(self, possible: Container[str]) -> None:
        """After an answer: say what is worth trying next, of the commands that are possible."""
        if self.tips.answered(possible):
            self.post_message(self.Keep(TIPS_NOTE, self.tips.note))

    def tried(self, action: str) -> None:
        """A command was used: no tip need name it any more."""
        if self.tips.tried(action):
            self.post_message(self.Keep(TIPS_NOTE, self.tips.note))
        self._show_tip()

    def show_next(self, words: Sequence[str], waiting: Sequence[str]) -> None:
        """Show how the next question will be asked, or the questions that wait."""
        for place in self._next:
            place.words, place.waiting = tuple(words), tuple(waiting)
        self._show_tip()

    def _show_tip(self) -> None:
        """While nothing is typed."""
        for place in self._next:
            place.tip = self.tips.words if not self.box.text else Content("")

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
        typing = self.focused
        self.begins = self._beginning_row.display = not self.begins
        if self.begins:
            self._beginning.focus()
        elif typing:
            self.box.focus()

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
        self._keep_draft()

    def _explain(self) -> None:
        whom = self.to or ("both sides" if len(self._sides) == 2 else f"all {len(self._sides)} sides")
        self._sign.update(SIGNS[self.mode])
        self.box.placeholder = {
            "chat": f"ask {whom}…" if self.to is None else f"ask {whom} alone (ctrl+o)…",
            "text": "a text to continue…",
            "user": "a user's turn to continue…",
        }[self.mode]
