"""The names of models with adapters: `model`, `model+adapter`, `model+adapter@0.5`, `model+adapter+another@1.5`.

The number behind @ is the dose: the scale at which the adapter is applied. Without a number it is 1. An adapter at dose
0 changes nothing: that model is the base under another name.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

_DOSE = re.compile(r"[0-9]*\.?[0-9]+|[0-9]+\.")
_DIGITS = 6
"""Digits of a dose behind the point. Further ones are left out."""


class AdapterDose(NamedTuple):
    """An adapter and the scale at which it is applied."""

    adapter: str
    dose: float = 1.0


class DosedModel(NamedTuple):
    """A base model with the adapters that are applied to it."""

    base: str
    adapters: tuple[AdapterDose, ...] = ()

    @property
    def name(self) -> str:
        """Its name. Equal doses are written alike, and a dose of 1 is left out."""
        return self.base + "".join(f"+{adapter}{_written(dose)}" for adapter, dose in self.adapters)

    @property
    def active(self) -> tuple[AdapterDose, ...]:
        """The adapters that change something."""
        return tuple(each for each in self.adapters if each.dose)

    def at(self, dose: float) -> "DosedModel":
        """The same model with its last adapter at another dose."""
        return self._replace(adapters=(*self.adapters[:-1], self.adapters[-1]._replace(dose=dose)))


def is_adapter_name(name: str) -> bool:
    """Whether an adapter may have this name: it can be told from what stands around it."""
    return bool(name) and "+" not in name and "@" not in name


def read_name(name: str, bases: Iterable[str]) -> DosedModel | None:
    """The model that a name means; None where it begins with none of the `bases`, or is not written as above. Whether
    there are such adapters is not checked."""
    for base in sorted(bases, key=len, reverse=True):
        rest = name.removeprefix(base)
        if name.startswith(base) and (not rest or rest.startswith("+")):
            adapters = [_read(part) for part in rest.split("+")[1:]]
            read = tuple(each for each in adapters if each is not None)
            if len(read) < len(adapters) or len({each.adapter for each in read}) < len(read):
                return None
            return DosedModel(base, read)
    return None


def _read(part: str) -> AdapterDose | None:
    adapter, at, dose = part.partition("@")
    if not adapter or (at and not _DOSE.fullmatch(dose)):
        return None
    return AdapterDose(adapter, round(float(dose), _DIGITS) if at else 1.0)


def _written(dose: float) -> str:
    return "" if dose == 1 else "@" + (f"{dose:.{_DIGITS}f}".rstrip("0").rstrip("."))
