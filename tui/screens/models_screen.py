"""What a side's endpoint has: choose another model, load an adapter, unload one; for llama.cpp also other files."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from diptych.backends import BackendError, FoundModel, Model, Unsupported
from diptych.compare import Side
from diptych.errors import HintWords, advice
from diptych.number_words import size_words
from diptych.tui.commands import screen_bindings
from diptych.tui.dialog_commands import MODELS_COMMANDS
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.dialog_screen import DialogScreen
from diptych.tui.side_colors import side_style
from diptych.tui.widgets.chrome.dialog_title import DialogTitle
from diptych.tui.widgets.chrome.options import Options
from diptych.tui.widgets.prompt.line_input import LineInput

_HINT = "enter: put this model on the side, in a new session   delete: unload an adapter"
_FIXED_HINT = "enter: put this model on the side, in a new session"
_FILES, _FAMILIES = "on this machine", "families of models, in a console of their own"
_LOAD_HINT = "enter: load this adapter   tab: back to the models"

_HERE = HintWords(again="close this list and open it again")


class ChosenFamily(NamedTuple):
    """The family to open in place of the pair."""

    family: str


class ModelsScreen(DialogScreen[str | FoundModel | ChosenFamily | None]):
    """Returns the model that the side is to have: a name at its endpoint, or a file; or a family to open; None to leave
    it as it is."""

    OFFERED = MODELS_COMMANDS
    LEGEND = "models"
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(MODELS_COMMANDS)]

    def __init__(
        self, side: Side, find_models: Callable[[], Sequence[FoundModel]], families: Mapping[str, str]
    ) -> None:
        """`find_models`: finds those on this machine; `families`: what each family of config.toml is about."""
        super().__init__()
        self._families = families
        self._side = side
        self._find_models = find_models
        self._models: list[Model] = []
        self._files: list[FoundModel] = []
        """Further models and LoRAs on this machine, where the endpoint can take them."""
        self._adapters_fixed: Unsupported | None = None
        """Why adapters cannot be loaded and unloaded here."""

    def compose(self) -> ComposeResult:
        """The models, a row to load an adapter or why there is none, and what happened last."""
        with Vertical(classes="dialog"):
            yield DialogTitle(f"Models of {self._side.name}'s endpoint", self.OFFERED)
            yield Options()
            yield LineInput(
                placeholder="load an adapter: name and path or hub id, then enter",
                id="adapter",
                compact=True,
            )
            yield Static(id="fixed", classes="dialog-note")
            yield Static(_FIXED_HINT, id="said", classes="dialog-note")

    def on_mount(self) -> None:
        """Ask the endpoint: what it has, and whether it loads adapters while it runs."""
        self.query_one(OptionList).focus()
        self.query_one("#adapter").display = self.query_one("#fixed").display = False
        self._list()

    @work(exclusive=True)
    async def _list(self, said: str = "") -> None:
        backend = self._side.backend
        try:
            await backend.start(self._say)
            self._models = await backend.models()
            self._show_adapters(await backend.adapters_fixed())
        except BackendError as error:
            self._say(f"✕ {error.message}; {advice(error.hint, _HERE)}")
            return
        self._files = await self._found_files()
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(Option(self._label(model)) for model in self._models)
        options.add_options([Option(_FILES, disabled=True)] if self._files else [])
        options.add_options(Option(_file_label(file)) for file in self._files)
        options.add_options([Option(_FAMILIES, disabled=True)] if self._families else [])
        options.add_options(Option(_family_label(*family)) for family in self._families.items())
        names = [model.name for model in self._models]
        if self._models:
            options.highlighted = names.index(self._side.model) if self._side.model in names else 0
        self._say(said or self._hint)

    async def _found_files(self) -> list[FoundModel]:
        served = self._side.backend.model_file
        if served is None:
            return []
        found = await asyncio.to_thread(self._find_models)
        return [each for each in found if not each.fault and each.path != str(served)]

    def _show_adapters(self, fixed: Unsupported | None) -> None:
        """The row to load one, or why there is none."""
        self._adapters_fixed = fixed
        self.query_one("#adapter").display = fixed is None
        self.query_one("#fixed").display = fixed is not None
        if fixed is not None:
            self.query_one("#fixed", Static).update(Content(visible(f"{fixed.message}; {fixed.hint}")))

    @property
    def _hint(self) -> str:
        """What the keys do here."""
        if self.query_one("#adapter", Input).has_focus:
            return _LOAD_HINT
        unloads = self._adapters_fixed is None and self._side.backend.model_file is None
        return _HINT if unloads and self._models else _FIXED_HINT

    def on_descendant_focus(self) -> None:
        """Say what enter does here."""
        self._say(self._hint)

    @on(Input.Submitted, "#adapter")
    def _load(self, event: Input.Submitted) -> None:
        name, _, path = event.value.strip().partition(" ")
        if not path.strip():
            self._say("expected a name, a blank, and the folder or hub id of the adapter")
            return
        self._change(name, path.strip())

    def action_unload(self) -> None:
        """Take the marked adapter off the server."""
        index = self.query_one(OptionList).highlighted
        if index is None or not self.query_one(OptionList).has_focus:
            return
        if self._adapters_fixed is not None:
            self._say(f"✕ {self._adapters_fixed.message}; {self._adapters_fixed.hint}")
            return
        if index >= len(self._models) or self._models[index].parent is None:
            name = self._models[index].name if index < len(self._models) else "what is marked"
            self._say(f"{name} is no adapter: it stays")
            return
        self._change(self._models[index].name, None)

    @work(exclusive=True)
    async def _change(self, name: str, path: str | None) -> None:
        backend = self._side.backend
        try:
            if path is None:
                await backend.unload_adapter(name)
            else:
                await backend.load_adapter(name, path)
        except BackendError as error:
            self._say(f"✕ {error.message}; {advice(error.hint, _HERE)}")
            return
        if path is not None:
            self.query_one("#adapter", Input).clear()
            self.query_one(OptionList).focus()
        self._list(f"✓ {name} is {'loaded' if path is not None else 'gone'}")

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        if event.option_index < len(self._models):
            name = self._models[event.option_index].name
            self.dismiss(name if name != self._side.model else None)
            return
        place = event.option_index - len(self._models) - 1
        if self._files and place >= len(self._files):
            place -= len(self._files) + 1
        elif self._files:
            self._choose_file(self._files[place])
            return
        self.dismiss(ChosenFamily(list(self._families)[place]))

    def _choose_file(self, file: FoundModel) -> None:
        if file.is_adapter:
            self._put_on_base(file)
        else:
            self.dismiss(file)

    @work(exclusive=True)
    async def _put_on_base(self, lora: FoundModel) -> None:
        """Load a LoRA from a file and choose the base with it, and with the introspection adapter that the side has."""
        base, name = self._models[0].name, lora.side_name()
        try:
            await self._side.backend.load_adapter(name, lora.path)
        except BackendError as error:
            self._say(f"✕ {error.message}; {advice(error.hint, _HERE)}")
        else:
            introspect = self._side.introspect
            self.dismiss(f"{base}+{name}" + (f"+{introspect}" if introspect is not None else ""))

    def action_cancel(self) -> None:
        """Leave the side as it is."""
        self.dismiss(None)

    def _say(self, words: str) -> None:
        style = "bold $fault" if words.startswith("✕") else ""
        self.query_one("#said", Static).update(Content.styled(visible(words), style))

    def _label(self, model: Model) -> Content:
        chosen = "● " if model.name == self._side.model else "  "
        about = [
            f"adapter of {model.parent}" if model.parent else "",
            f"{model.context:,} tokens" if model.context else "",
        ]
        return Content.assemble(
            (chosen, side_style(self._side.name)),
            (visible(model.name), "bold $ink"),
            ("".join(f" · {visible(words)}" for words in about if words), "$dim"),
        )


def _family_label(name: str, about: str) -> Content:
    said = f" · {visible(about)}" if about else ""
    return Content.assemble((f"  {visible(name)}", "bold $ink"), (said, "$dim"))


def _file_label(file: FoundModel) -> Content:
    about = f" · {file.kind} · {size_words(file.size)} · {file.source}"
    return Content.assemble((f"  {visible(file.name)}", "bold $ink"), (visible(about), "$dim"))
