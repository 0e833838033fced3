"""Checks the table [prediction] of a probe file and fills in what it leaves out."""

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from diptych.probes.prediction import ASKED, FORESEEN, RELABELLED, Prediction
from diptych.probes.prediction_probe import MOST_OPTIONS, with_conditions
from diptych.probes.probe import Probe
from diptych.probes.typed_toml import FileError, check_known, line_suffix

_YES_NO, _PARITY = ("Yes", "No"), ("even", "odd")


def with_prediction(probe: Probe, path: Path) -> Probe:
    """Return the probe with its items and options in place; with conditions, if its file has none.

    Raises FileError for a table that cannot be asked.
    """
    if probe.prediction is None:
        return probe
    complete = _Table(probe, probe.prediction, path).complete()
    probe = replace(probe, prediction=complete)
    return probe if probe.conditions else with_conditions(probe, complete)


class _Table:
    """The table as the file has it."""

    def __init__(self, probe: Probe, table: Prediction, path: Path) -> None:
        self._probe, self._table, self._path = probe, table, path

    def complete(self) -> Prediction:
        """Return the table with items and options. Raises FileError."""
        for index, condition in enumerate(self._probe.conditions):
            if condition.name in (ASKED, FORESEEN, RELABELLED):
                at = f"{self._path}: conditions[{index}].name"
                raise FileError(f"{at}: expected another name than {condition.name!r}, which [prediction] uses")
        complete = replace(self._table, items=self._items(), questions="", options=self._options())
        self._check_templates()
        self._check_letters(complete.items)
        self._check(
            (self._table.predicted == "follows the acrostic") == bool(self._table.target),
            "target",
            "a word for 'follows the acrostic', and none otherwise",
        )
        if complete.predicted == "option chosen":
            for item in complete.items:
                asked = "{options}" in self._table.question + item
                self._check(asked, "items", f"{{options}} in the question or in {item!r}")
        return complete

    def _items(self) -> tuple[str, ...]:
        named, items = self._table.questions, self._table.items
        if named:
            self._check(not items, "items", f"none together with questions = {named!r}")
            check_known(named, self._probe.questions, self._path, "prediction.questions")
            items = self._probe.questions[named]
        self._check(bool(items), "items", "at least one")
        self._check(len(set(items)) == len(items), "items", "each of them once")
        return items

    def _options(self) -> tuple[str, ...]:
        options, predicted = self._table.options, self._table.predicted
        if self._table.is_open:
            self._check(not options, "options", f"none for {predicted!r}, which may have any value")
            return ()
        if predicted == "option chosen":
            self._check(1 < len(options) <= MOST_OPTIONS, "options", f"from 2 to {MOST_OPTIONS}")
            return options
        self._check(len(options) in (0, 2), "options", "two: that it is there, and that it is not")
        return options or (_PARITY if predicted == "even or odd" else _YES_NO)

    def _check_templates(self) -> None:
        table = self._table
        self._check_placeholders("question", table.question, ("{item}",))
        self._check_placeholders("hypothetical", table.hypothetical, ("{question}",))
        if table.relabelled:
            self._check(not table.is_open, "relabelled", f"none for {table.predicted!r}, which has no options")
            self._check_placeholders("relabelled", table.relabelled, ("{question}", "{labels}"))

    def _check_placeholders(self, key: str, template: str, expected: Sequence[str]) -> None:
        for placeholder in expected:
            self._check(placeholder in template, key, f"{placeholder} somewhere in it")

    def _check_letters(self, items: Sequence[str]) -> None:
        letters, chosen = self._table.letters, self._table.predicted == "letter chosen"
        fits = len(letters) in (1, len(items)) and all(letters) if chosen else not letters
        self._check(fits, "letters", "one text, or one for each item, for 'letter chosen', and none otherwise")

    def _check(self, holds: bool, key: str, expected: str) -> None:
        if not holds:
            where = f"prediction.{key}"
            raise FileError(f"{self._path}{line_suffix(self._path, where)}: {where}: expected {expected}")
