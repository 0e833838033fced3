"""How the next questions are asked: a form over the settings of the pair and the probe."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from diptych import compare
from diptych.backends import Mode, Sampling
from diptych.compare import USUAL_SAMPLES, Given, Overrides, SessionView
from diptych.tui.commands import screen_bindings
from diptych.tui.dialog_commands import SETTINGS_COMMANDS
from diptych.tui.sanitized_text import visible
from diptych.tui.screens.dialog_screen import DialogScreen
from diptych.tui.widgets.chrome.dialog_title import DialogTitle
from diptych.tui.widgets.prompt.line_input import LineInput
from diptych.tui.widgets.prompt.prompt_box import PromptBox

NO_SYSTEM_PROMPT = "-"
"""Typed alone, it asks without a system prompt."""


class _Field(NamedTuple):
    """A number that may be chosen."""

    name: str
    label: str
    whole: bool
    least: float
    most: float
    range: str
    """Which numbers are possible."""

    def read(self, text: str) -> float | int | None:
        """The number that is typed; None for an empty field. Raises ValueError where it is not possible."""
        if not text.strip():
            return None
        value: float | int = int(text) if self.whole else float(text)
        if not self.least <= value <= self.most:
            raise ValueError
        return value


_FIELDS = (
    _Field("temperature", "Temperature", False, 0, 2, "0 to 2"),
    _Field("top_p", "Top p", False, 0, 1, "0 to 1"),
    _Field("max_tokens", "Max tokens", True, 1, 1_000_000, "1 or more"),
    _Field("seed", "Seed", True, 0, 2**31 - 1, "a whole number"),
    _Field("samples", "More samples (f3)", True, 1, 10_000, "1 to 10,000"),
)


class _Row(Horizontal):
    """A label, the box for a number, and which numbers are possible."""

    def __init__(self, field: _Field, value: float | int | None, placeholder: str) -> None:
        super().__init__(classes="setting")
        self.field = field
        kind = "integer" if field.whole else "number"
        text = "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
        self.box = LineInput(
            text, type=kind, valid_empty=True, compact=True, placeholder=placeholder, id=f"setting-{field.name}"
        )
        self._range = Static(field.range, classes="setting-range")

    def compose(self) -> ComposeResult:
        """One row."""
        yield Static(self.field.label, classes="setting-label")
        yield self.box
        yield self._range

    @property
    def value(self) -> float | int | None:
        """The number; None for an empty box. Raises ValueError."""
        return self.field.read(self.box.value)

    @property
    def wrong(self) -> bool:
        """Whether what is typed is not possible."""
        try:
            self.field.read(self.box.value)
        except ValueError:
            return True
        return False

    @on(Input.Changed)
    def _check(self) -> None:
        """Say beside the box what is wrong."""
        self.set_class(self.wrong, "-wrong")
        self._range.update(f"✕ {self.field.range}" if self.wrong else self.field.range)


class SettingsScreen(DialogScreen[tuple[Overrides, int] | None]):
    """Returns what was chosen, and the number of samples; None when nothing is to change."""

    CSS_PATH: ClassVar[list[str]] = ["modal.tcss", "settings_screen.tcss"]  # type: ignore[assignment]
    OFFERED = SETTINGS_COMMANDS
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings(SETTINGS_COMMANDS)]

    def __init__(self, view: SessionView, condition: str | None, mode: Mode) -> None:
        """`condition` and `mode` are those of the question that is typed."""
        super().__init__()
        self._view = view
        self._condition = condition
        chosen = view.overrides
        own = {name: getattr(chosen.sampling, name, None) for name in (field.name for field in _FIELDS)}
        own["samples"] = view.samples_wanted if view.samples_wanted != USUAL_SAMPLES else None
        self._rows = [_Row(field, own[field.name], self._placeholder(field.name)) for field in _FIELDS]
        system = NO_SYSTEM_PROMPT if chosen.system == "" else chosen.system or ""
        usual = self._placeholder("system") if mode != "text" else "plain text is asked without one"
        self._system = PromptBox("setting-system", [], system, usual, stays=True)

    def compose(self) -> ComposeResult:
        """The numbers, then the system prompt."""
        with Vertical(classes="dialog"):
            yield DialogTitle("Question settings", self.OFFERED)
            yield from self._rows
            with Horizontal(classes="setting", id="setting-text"):
                yield Static("System prompt", classes="setting-label")
                yield self._system
            sides = "both sides" if len(self._view.sides) == 2 else "all sides"
            yield Static(
                f"What you type goes to {sides}; an empty field changes nothing. A system prompt of"
                f" “{NO_SYSTEM_PROMPT}” asks without one. Answers with other settings are counted apart.",
                classes="dialog-note",
            )

    def on_mount(self) -> None:
        """Begin at the first field."""
        self._rows[0].box.focus()

    def action_reset(self) -> None:
        """Empty every field."""
        for row in self._rows:
            row.box.value = ""
        self._system.put("")

    def action_step(self, by: int) -> None:
        """To the next field, or the one before."""
        if by > 0:
            self.focus_next()
        else:
            self.focus_previous()

    @on(Input.Submitted)
    @on(PromptBox.Submitted)
    def _use(self) -> None:
        if (wrong := next((row for row in self._rows if row.wrong), None)) is not None:
            wrong.box.focus()
            self.app.bell()
            return
        numbers: dict[str, Any] = {row.field.name: row.value for row in self._rows}
        samples = numbers.pop("samples")
        typed = self._system.text
        system = None if not typed.strip() else "" if typed.strip() == NO_SYSTEM_PROMPT else typed
        self.dismiss((Overrides(system, Sampling(**numbers)), int(samples or USUAL_SAMPLES)))

    def _placeholder(self, setting: str) -> str:
        """What a setting is unless something is typed, and where that comes from."""
        if setting == "samples":
            return str(USUAL_SAMPLES)
        view = self._view
        each = [compare.given(side, view.probe, self._condition, setting) for side in view.sides]
        values, sources = [_value(own, setting) for own in each], [_source(own) for own in each]
        if len(set(each)) == 1:
            return values[0] + sources[0]
        if len(set(sources)) == 1:
            named = " · ".join(f"{side.name} {value}" for side, value in zip(view.sides, values, strict=True))
            return named + sources[0]
        parts = zip(view.sides, values, sources, strict=True)
        return " · ".join(f"{side.name} {value}{source}" for side, value, source in parts)


def _value(given: Given, setting: str) -> str:
    if given.value is None:
        return {"system": "none", "seed": "a new one for each answer"}.get(setting, "left to the endpoint")
    if isinstance(given.value, str):
        return visible(f"“{' '.join(given.value.split())}”")
    return f"{given.value:g}" if isinstance(given.value, float) else f"{given.value:,}"


def _source(given: Given) -> str:
    return f", from the {given.source}" if given.value is not None else ""
