"""The names of models as they are shown: where they do not fit, all are cut alike, at the part that they share."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from diptych.backends import DosedModel, read_name
from diptych.number_words import three_digits
from diptych.tui.sanitized_text import visible

_LEAST_SHARED = 4
"""Characters that models have to share, and that have to be left of them, so that the shared part is worth showing."""


class ShownName(NamedTuple):
    """A name in three parts; most names have no first part."""

    before: str = ""
    shared: str = ""
    """What all models that are shown have in common."""
    after: str = ""

    @property
    def text(self) -> str:
        """The whole name as it is shown."""
        return "".join(self)


def with_doses(model: str) -> str:
    """The name of a model with the doses of its adapters set apart: "model+hello @ .5"."""
    dosed = _dosed(model)
    return model if dosed is None else "+".join((dosed.base, *_adapters(dosed)))


def doses_of(model: str) -> str:
    """The adapters of a model with their doses: "hello @ .5"; "" where all are applied as they were trained."""
    dosed = _dosed(model)
    return "+".join(_adapters(dosed)) if dosed is not None and any(dose != 1 for _, dose in dosed.adapters) else ""


def _dosed(model: str) -> DosedModel | None:
    return read_name(model, (model.partition("+")[0],))


def _adapters(model: DosedModel) -> list[str]:
    return [f"{adapter} @ {three_digits(dose)}" if dose != 1 else adapter for adapter, dose in model.adapters]


def shown_names(models: Sequence[str], cells: int) -> list[ShownName]:
    """Each name in at most `cells` cells.

    Copies of one model often differ in a few letters only. So that these are seen, the cut is in the middle of what all
    names share, and the same in each.
    """
    return list(_shown_names(tuple(map(visible, models)), max(1, cells)))


@lru_cache(maxsize=64)
def _shown_names(names: tuple[str, ...], cells: int) -> tuple[ShownName, ...]:
    shared = _longest_shared(names)
    parts = [ShownName(name[:at], shared, name[at + len(shared) :]) for name in names for at in (name.find(shared),)]
    over = max(map(len, names), default=0) - cells
    if over <= 0:
        return tuple(parts)
    left = len(shared) - over - 1
    if left >= _LEAST_SHARED:
        cut = in_the_middle(shared, left + 1)
        return tuple(part._replace(shared=cut) for part in parts)
    # Of several adapters on one model the first would be cut out, as if only the last were there.
    if any("+" in part.after.removeprefix("+") and len(part.after) + 2 >= cells for part in parts):
        return tuple(_own_parts(part, cells) for part in parts)
    return tuple(_cut_alone(part, cells) for part in parts)


def _own_parts(name: ShownName, cells: int) -> ShownName:
    """What comes behind the shared part, each adapter cut as far as there is no room: "…hello+intro…"."""
    adapters = name.after.removeprefix("+").split("+")
    while 1 + len("+".join(adapters)) > cells:
        longest = max(range(len(adapters)), key=lambda number: len(adapters[number]))
        if len(adapters[longest]) <= 2:
            return _cut_alone(name, cells)
        adapters[longest] = adapters[longest].removesuffix("…")[:-1] + "…"
    return ShownName(shared="…", after="+".join(adapters)) if name.after else _cut_alone(name, cells)


def _cut_alone(name: ShownName, cells: int) -> ShownName:
    """The name in its room, whatever the others look like; what only this model has is kept as long as possible."""
    left = cells - len(name.before) - len(name.after) - 1
    if name.shared not in ("", name.text) and left > 1:
        return name._replace(shared=name.shared[:left] + "…")
    return ShownName(shared=in_the_middle(name.text, cells))


def in_the_middle(words: str, cells: int) -> str:
    """The beginning and the end of the words, with "…" between them if they do not fit into `cells` cells."""
    if len(words) <= cells:
        return words
    end = cells // 2
    return words[: cells - 1 - end] + "…" + (words[-end:] if end else "")


def _longest_shared(names: tuple[str, ...]) -> str:
    """The longest part that is in every name; "" if it is too short to be a name's."""
    shortest = min(names, key=len, default="")
    for length in range(len(shortest), _LEAST_SHARED - 1, -1):
        for start in range(len(shortest) - length + 1):
            part = shortest[start : start + length]
            if all(part in name for name in names):
                return part
    return ""
