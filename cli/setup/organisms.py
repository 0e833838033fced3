"""Reads model organism files of the diffing-toolkit, which list fine-tuned models.

science-of-finetuning/diffing-toolkit has one YAML file for each fine-tune in configs/organism. Its `finetuned_models`
maps each base model and variant to the hub id of an adapter or of a full model. The base models are defined by files in
configs/model, each with a `model_id`. A file with `base` and `adapters` is read as well.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from diptych.probes import FileError

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}")
_ID = re.compile(r"[~/]?[A-Za-z0-9_.][A-Za-z0-9_.+-]*(?:/[A-Za-z0-9_.+-]+)*")
_CARRIED = {"name", "description", "finetuned_models", "base", "adapters"}
_ABOUT_CHARS = 200


class FineTune(NamedTuple):
    """A fine-tuned model and its base."""

    pair: str
    """The name of the pair that it becomes."""
    base: str
    """Hub id or folder; the same for `tuned`."""
    tuned: str
    is_adapter: bool


class Organism(NamedTuple):
    """The content of one organism file."""

    path: Path
    name: str
    about: str
    fine_tunes: tuple[FineTune, ...]
    left_out: tuple[str, ...]
    """What could not be imported and why, a clause each."""


def read_organism(path: Path, bases: Mapping[str, str]) -> Organism:
    """Read one file. `bases`: hub ids of base models by the names in the files. Raises FileError."""
    values = _mapping(_read_yaml(path), f"{path}: the top level")
    name = _name(values.get("name"), f"{path}: name")
    description = values.get("description") or ""
    if not isinstance(description, str):
        raise FileError(f"{path}: description: expected text, found {_kind(description)}")
    found: list[FineTune] = []
    left_out: list[str] = []
    for key, model, variant, base, entry in _entries(path, values, bases):
        tuned, is_adapter = _target(entry, f"{path}: {key}")
        fine_tune = FineTune("-".join(part for part in (name, model, variant) if part), base or "", tuned, is_adapter)
        reason = _why_not_served(fine_tune, key, path)
        if reason:
            left_out.append(reason)
        else:
            found.append(fine_tune)
    if unknown := sorted(values.keys() - _CARRIED):
        left_out.append(", ".join(unknown))
    return Organism(path, name, " ".join(description.split())[:_ABOUT_CHARS], tuple(found), tuple(left_out))


_Entry = tuple[str, str, str, str | None, Any]
"""Key path, base and variant for the name of the pair, hub id of the base or None, and the value."""


def _entries(path: Path, values: Mapping[str, Any], bases: Mapping[str, str]) -> Iterator[_Entry]:
    if "base" in values or "adapters" in values:
        base = _id(values.get("base"), f"{path}: base")
        adapters = values.get("adapters")
        if isinstance(adapters, list):
            adapters = {str(each).rpartition("/")[2]: each for each in adapters}
        adapters = _mapping(adapters, f"{path}: adapters")
        for variant, entry in adapters.items():
            named = _variant(variant, f"{path}: adapters", alone=len(adapters) == 1)
            yield f"adapters.{variant}", "", named, base, entry
        return
    if "finetuned_models" not in values and "finetuned_model" in values:
        raise FileError(
            f"{path}: finetuned_model: refers to a registry outside this file; expected finetuned_models with a"
            " base model, a variant and its adapter_id or model_id"
        )
    models = _mapping(values.get("finetuned_models"), f"{path}: finetuned_models")
    for model, variants in models.items():
        _name(model, f"{path}: finetuned_models")
        base_id = bases.get(model) or _base_id(path, model)
        for variant, entry in _mapping(variants, f"{path}: finetuned_models.{model}").items():
            key = f"finetuned_models.{model}"
            named = _variant(variant, f"{path}: {key}", alone=False)
            yield f"{key}.{variant}", model if len(models) > 1 else "", named, base_id, entry


def _why_not_served(found: FineTune, key: str, path: Path) -> str:
    """Return why a fine-tune cannot be served; "" if it can."""
    if not found.base:
        model = key.split(".")[1]
        beside = path.resolve().parent.parent / "model" / f"{model}.yaml"
        return f"{key} (there is no {beside} with the base's model_id; give it with --base {model}=ID)"
    for hub_id in (found.base, found.tuned):
        if not hub_id.startswith(("/", "~")) and hub_id.count("/") > 1:
            owner, repository, folder = hub_id.split("/", 2)
            return (
                f"{key} (vLLM cannot read a folder of a repository: hf download {owner}/{repository}"
                f" --include '{folder}/*', then give the local folder)"
            )
    return ""


def _target(entry: Any, where: str) -> tuple[str, bool]:
    """Return the id of a fine-tune, and whether it is an adapter."""
    if isinstance(entry, str):
        return _id(entry, where), True
    fields = _mapping(entry, where)
    for key, is_adapter in (("adapter_id", True), ("model_id", False)):
        if key in fields:
            return _id(fields[key], f"{where}.{key}"), is_adapter
    raise FileError(f"{where}: expected adapter_id or model_id, found neither")


def _base_id(path: Path, model: str) -> str | None:
    """Return the hub id of a base model from its file in configs/model."""
    listed = path.resolve().parent.parent / "model" / f"{model}.yaml"
    if not listed.is_file():
        return None
    return _id(_mapping(_read_yaml(listed), f"{listed}: the top level").get("model_id"), f"{listed}: model_id")


def _read_yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        line = f" (line {error.problem_mark.line + 1})" if error.problem_mark else ""
        raise FileError(f"{path}: is not valid YAML: {error.problem}{line}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = getattr(error, "reason", "") or type(error).__name__
        raise FileError(f"{path}: is not valid YAML: {reason}") from error


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        raise FileError(f"{where}: expected a mapping that is not empty, found {_kind(value)}")
    return {str(key): each for key, each in value.items()}


def _name(value: Any, where: str) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise FileError(f"{where}: expected a name of letters, digits and . _ + -, found {_short(value)}")
    return value


def _variant(value: str, where: str, alone: bool) -> str:
    _name(value, where)
    return "" if alone or value == "default" else value


def _id(value: Any, where: str) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise FileError(f"{where}: expected a hub id such as owner/name, or a folder, found {_short(value)}")
    return value


def _short(value: Any) -> str:
    if value is None:
        return "nothing"
    text = repr(value) if isinstance(value, str) else _kind(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _kind(value: Any) -> str:
    names = {dict: "an empty mapping", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), type(value).__name__)
