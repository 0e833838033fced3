"""Families of models as config.toml describes them, and the checks that need no endpoint."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import msgspec

from diptych.backends import Endpoint
from diptych.cli.setup.side_config import AskedModelConfig, SideConfig, check_side
from diptych.probes import FileError
from diptych.sessions import MOST_MEMBERS, Scale

_LONGEST_LABEL = 80


class MembersConfig(AskedModelConfig, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry of a family: one member, or several that differ in x, in the seed of their training, or in what a
    pattern matches.

    {x} and {seed} in `model` stand for each value of x and seed. With * (any text), ? (one character), or {x} and
    {seed} without values it is a pattern over the models of the endpoint.
    """

    arm: str
    """Which members belong together, e.g. base, tuned, control. The first arm of a family is the one that the others
    are compared with."""
    label: str | None = None
    """The name of the member, in which {x} and {seed} stand for the values; by default made of arm, x and seed."""
    x: float | tuple[float, ...] | None = None
    seed: int | tuple[int, ...] | None = None
    """Of the training runs, not of sampling."""

    @property
    def xs(self) -> tuple[float | None, ...]:
        """The values of x; None alone where there is none."""
        return self.x if isinstance(self.x, tuple) else (self.x,)

    @property
    def seeds(self) -> tuple[int | None, ...]:
        """The seeds; None alone where there is none."""
        return self.seed if isinstance(self.seed, tuple) else (self.seed,)

    @property
    def models(self) -> "list[NamedModel]":
        """A model for each x and seed, in their order. Those that are patterns still are."""
        return [NamedModel(_filled(self.model, x, seed), x, seed) for x, seed in product(self.xs, self.seeds)]

    def member(self, found: "NamedModel") -> "Member":
        """The member with one of its models, which is no pattern."""
        own = {key: getattr(self, key) for key in AskedModelConfig.__struct_fields__}
        own["endpoint"] = found.endpoint or self.endpoint
        label = _filled(self.label, found.x, found.training_seed) if self.label is not None else ""
        return Member(label, self.arm, SideConfig(**own | {"model": found.name}), found.x, found.training_seed)


class FamilyConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Models to be asked alike."""

    members: tuple[MembersConfig, ...]
    about: str = ""
    """One line that describes the family."""
    probe: str | None = None
    """The probe that is asked where none is named."""
    x: str = "x"
    """What the x of its members is, e.g. "dose", for axes and columns."""
    scale: Scale = "linear"
    """How the axis of x is drawn."""

    def with_paths(self, folder: Path, endpoints: Mapping[str, Endpoint]) -> "FamilyConfig":
        """The same with paths of adapters that do not depend on the working directory: they are relative to
        `folder`."""
        members = (_with_path(entry, folder, endpoints[entry.endpoint]) for entry in self.members)
        return msgspec.structs.replace(self, members=tuple(members))


class NamedModel(NamedTuple):
    """The name of a model, or a pattern, with the numbers that belong to it."""

    name: str
    x: float | None
    training_seed: int | None
    endpoint: str = ""
    """The endpoint that was made for its file; "" for the one that the entry names."""

    @property
    def is_pattern(self) -> bool:
        """Whether it stands for the models that it matches."""
        return any(sign in self.name for sign in ("*", "?", "{x}", "{seed}"))


class Member(NamedTuple):
    """One model of a family."""

    label: str
    """Unique in the family: the name of its side."""
    arm: str
    side: SideConfig
    x: float | None = None
    training_seed: int | None = None


def check_family(family: FamilyConfig, endpoints: Mapping[str, object], where: str) -> None:
    """Check a family as far as that is possible without its endpoints. `where`: its file and key path. Raises
    FileError."""
    if not family.members:
        raise FileError(f"{where}.members: expected at least one member, found none")
    if not family.x.strip() or not family.x.isprintable():
        raise FileError(f"{where}.x: expected what x is, in a word or two, found {family.x!r}")
    for number, entry in enumerate(family.members):
        _check_entry(entry, family.scale, f"{where}.members[{number}]")
        side = entry.member(NamedModel(entry.model, None, None)).side
        check_side(side, endpoints, f"{where}.members[{number}]")
    members = [entry.member(found) for entry in family.members for found in entry.models if not found.is_pattern]
    labelled(members, where)


def labelled(members: Sequence[Member], where: str) -> list[Member]:
    """The members with the labels that they have by default, checked together. `where`: the file and key path of the
    family. Raises FileError."""
    check_number(len(members), where)
    found = _with_labels(members)
    for label, times in Counter(member.label for member in found).items():
        if times > 1:
            raise FileError(f"{where}: expected members with different labels, found {label!r} {times} times")
    by_arm: dict[str, list[Member]] = defaultdict(list)
    for member in found:
        by_arm[member.arm].append(member)
    for arm, own in by_arm.items():
        without = [member.label for member in own if member.x is None]
        if without and len(without) < len(own):
            raise FileError(f"{where}: expected x in every member of the arm {arm!r}, found none in {without[0]!r}")
    return found


def check_number(members: int, where: str) -> None:
    """Raises FileError for more members than a family may have."""
    if members > MOST_MEMBERS:
        raise FileError(f"{where}: expected at most {MOST_MEMBERS} members, found {members:,}")


def number_text(x: float) -> str:
    """A number as it stands in names and labels: "0.5", "40"."""
    return str(int(x)) if x.is_integer() else repr(x)


def _with_labels(members: Sequence[Member]) -> list[Member]:
    """Labels made of arm, x and seed, or the model where several would be called the same."""
    made = [member.label or _made_label(member) for member in members]
    taken = Counter(made)
    return [
        member._replace(label=member.side.model if not member.label and taken[label] > 1 else label)
        for member, label in zip(members, made, strict=True)
    ]


def _made_label(member: Member) -> str:
    parts = [member.arm]
    if member.x is not None:
        parts.append(number_text(member.x))
    if member.training_seed is not None:
        parts.append(f"seed {member.training_seed}")
    return " ".join(parts)


def _check_entry(entry: MembersConfig, scale: Scale, where: str) -> None:
    """Check one entry. Raises FileError."""
    for key in ("arm", "label"):
        text = getattr(entry, key)
        if text is not None and (not text.strip() or not text.isprintable() or len(text) > _LONGEST_LABEL):
            raise FileError(f"{where}.{key}: expected one line of 1 to {_LONGEST_LABEL} characters, found {text!r}")
    check_number(len(entry.xs) * len(entry.seeds), where)
    for key, values in (("x", entry.xs), ("seed", entry.seeds)):
        if not values:
            raise FileError(f"{where}.{key}: expected at least one number, found none")
        if len(values) > 1 and f"{{{key}}}" not in entry.model:
            raise FileError(f"{where}.model: expected {{{key}}} in it, because {key} has {len(values)} values")
    for x in entry.xs:
        if x is not None and not math.isfinite(x):
            raise FileError(f"{where}.x: expected numbers, found {x}")
        if x is not None and scale == "log" and x <= 0:
            raise FileError(f'{where}.x: expected numbers above 0 with scale = "log", found {number_text(x)}')


def _filled(text: str, x: float | None, seed: int | None) -> str:
    """A text with the values that are known in the place of {x} and {seed}."""
    if x is not None:
        text = text.replace("{x}", number_text(x))
    return text if seed is None else text.replace("{seed}", str(seed))


def adapter_path(model: str, endpoint: Endpoint) -> str:
    """The path of an adapter behind the + of a model, where there is one: only llama.cpp that diptych starts takes a
    file that the endpoint does not name. "" otherwise."""
    path = model.partition("+")[2]
    return path if "/" in path and endpoint.kind == "llama" and endpoint.model is not None else ""


def is_model_file(model: str, endpoint: Endpoint) -> bool:
    """Whether a model is named by its file: only llama.cpp that diptych starts can take one in the place of its own."""
    starts_it = endpoint.kind == "llama" and endpoint.model is not None
    return starts_it and model.endswith(".gguf") and "+" not in model


def _with_path(entry: MembersConfig, folder: Path, endpoint: Endpoint) -> MembersConfig:
    if is_model_file(entry.model, endpoint):
        return msgspec.structs.replace(entry, model=str(folder / Path(entry.model).expanduser()))
    path = adapter_path(entry.model, endpoint)
    if not path:
        return entry
    base = entry.model.partition("+")[0]
    return msgspec.structs.replace(entry, model=f"{base}+{folder / Path(path).expanduser()}")
