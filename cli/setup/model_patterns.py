"""Patterns over the names of models and over paths, as `model` of a family's entry may have them."""

import re
from collections.abc import Iterable, Sequence
from glob import glob
from pathlib import Path

from diptych.cli.setup.family_config import NamedModel
from diptych.probes import FileError

_NAMED = 8
"""Of the models that a pattern does not match, an error lists so many."""
_SIGNS = {"*": ".*", "?": ".", "{x}": r"(?P<x>[0-9]+(?:\.[0-9]+)?)", "{seed}": "(?P<seed>[0-9]+)"}
"""What the signs of a pattern match."""
_SIGN = re.compile(r"(\*|\?|\{x\}|\{seed\})")
_DOSE = re.compile(r"@[0-9.]+$")


def expression(pattern: str, within: str = ".") -> re.Pattern[str]:
    """The regular expression of a pattern. `within`: what * and ? may stand for. The second {x} of a pattern must match
    the same as the first."""
    parts, seen = [], set()
    for part in _SIGN.split(pattern):
        if part in seen:
            parts.append(f"(?P={part[1:-1]})")
        elif part in ("{x}", "{seed}"):
            seen.add(part)
            parts.append(_SIGNS[part])
        else:
            parts.append(_SIGNS[part].replace(".", within) if part in _SIGNS else re.escape(part))
    return re.compile("".join(parts))


def with_numbers(match: re.Match[str], pattern: NamedModel, name: str) -> NamedModel:
    """A model with the numbers that its name holds, or else those of the pattern."""
    read = match.groupdict()
    x = float(read["x"]) if "x" in read else pattern.x
    return NamedModel(name, x, int(read["seed"]) if "seed" in read else pattern.training_seed)


def sorted_models(models: Iterable[NamedModel]) -> list[NamedModel]:
    """By x, seed and name; 10 stands behind 9."""

    def place(model: NamedModel) -> tuple[float, int, list[tuple[int, str]]]:
        parts = [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", model.name)]
        return model.x or 0.0, model.training_seed or 0, parts

    return sorted(models, key=place)


def without_dose(name: str) -> tuple[str, str]:
    """A name without the dose of its adapter, and that dose with its @."""
    found = _DOSE.search(name) if "+" in name or "/" in name else None
    return (name[: found.start()], found.group()) if found is not None else (name, "")


def matched_paths(path: str, where: str, wanted: str) -> list[re.Match[str]]:
    """What lies on this machine at a path, which may be a pattern. `wanted`: what is expected there. Raises FileError
    where there is nothing."""
    expected = expression(path, within="[^/]")
    found = (expected.fullmatch(each) for each in sorted(glob(_SIGN.sub("*", path))))
    matched = [match for match in found if match is not None]
    if not matched:
        raise FileError(f"{where}.model: expected a path that matches {wanted}, found {path!r}; {_beside(path)}")
    return matched


def name_at(path: Path, pattern: str) -> str:
    """A name for what lies at a path: the part that differs between those that match the pattern."""
    differs = _SIGN.search(pattern)
    fixed = len(Path(_SIGN.split(pattern)[0] if differs else pattern).parts) - 1
    parts = path.with_suffix("").parts if path.suffix == ".gguf" else path.parts
    return "/".join(parts[max(1, min(fixed, len(parts) - 1)) :])


def _beside(path: str) -> str:
    """What there is instead of a path, for a message."""
    folder = Path(_SIGN.split(path)[0] + "x").parent
    if not folder.is_dir():
        return f"there is no folder {folder}"
    return f"{folder} has: {some_of(sorted(each.name for each in folder.iterdir()))}"


def some_of(names: Sequence[str]) -> str:
    """The first of these names, for a message."""
    shown = ", ".join(names[:_NAMED]) or "none"
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown
