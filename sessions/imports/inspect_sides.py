"""Decides which logs of Inspect belong to one side.

Logs that differ in anything that affects the answers are different sides. The difference becomes part of the side's
model name.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from diptych.sessions.encoding import storable_json
from diptych.sessions.imports.inspect_samples import request_parameters
from diptych.sessions.records import SIDE_NAMES
from diptych.sessions.store_errors import TransferError

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog

_SECRET = re.compile(r"key|token(?!s)|secret|password|auth|header", re.IGNORECASE)
_LONGEST = 60
MOST_SIDES = len(SIDE_NAMES)

Key = tuple[str | None, str, str]
"""Identifies a side: its name if diptych wrote the log, its model, and all other settings."""


def side_key(log: "EvalLog", own_name: str | None) -> Key:
    """Return the key of the side that a log belongs to."""
    return own_name, log.eval.model, msgspec.json.encode(storable_json(_settings(log)), order="deterministic").decode()


def check_logs(logs: Sequence["EvalLog"], keys: Sequence[Key]) -> None:
    """Raises TransferError for logs that cannot be one session."""
    seen: dict[str, str] = {}
    for log in logs:
        if log.eval.eval_id and log.eval.eval_id in seen:
            raise TransferError(f"{log.location} is the same log as {seen[log.eval.eval_id]}", "name each log once")
        seen[log.eval.eval_id] = log.location
    different = list(dict.fromkeys(keys))
    if len(different) > MOST_SIDES:
        models = len({model for _, model, _ in different})
        apart = "" if models == len(different) else ": each run and each setting of a model is a side"
        raise TransferError(
            f"these logs are of {len(different)} sides and {models} models{apart}",
            "a session has up to four sides; import only logs that belong together",
        )
    named = [name for name, *_ in different if name is not None]
    if len(set(named)) < len(named):
        raise TransferError(
            "these logs come from several sessions of diptych", "import the logs of each session separately"
        )


def side_labels(logs: Sequence["EvalLog"], keys: Sequence[Key]) -> dict[Key, str]:
    """Return the model of each side, with what distinguishes it from other sides of the same model."""
    first = {key: log for log, key in zip(logs, keys, strict=True) if log is not None}
    found: dict[Key, str] = {}
    for key, log in first.items():
        others = [_flat(_settings(other)) for k, other in first.items() if k != key and k[1] == key[1]]
        own = _flat(_settings(log))
        differing = [name for name in own if any(own[name] != other.get(name) for other in others)]
        differing += [name for other in others for name in other if name not in own]
        shown = [name for name in dict.fromkeys(differing) if name != "run" and not _SECRET.search(name)]
        text = ", ".join(f"{name.rpartition('.')[2]}={_short(own.get(name))}" for name in shown[:3])
        if differing and not text:
            text = f"run of {log.eval.created}, {_short(log.eval.run_id)}"
        found[key] = f"{key[1]} ({text})" if text else key[1]
    return found


def _settings(log: "EvalLog") -> dict[str, Any]:
    """Return all settings of a log that affect its answers."""
    spec = log.eval
    return {
        "model_args": spec.model_args,
        "base_url": spec.model_base_url,
        "config": request_parameters(log),
        "system_message": log.plan.config.system_message or spec.model_generate_config.system_message,
        "run": spec.run_id or spec.eval_id or log.location,
    }


def _flat(value: Mapping[str, Any], within: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, each in value.items():
        name = f"{within}{key}"
        flat |= _flat(each, f"{name}.") if isinstance(each, Mapping) else {name: each}
    return flat


def _short(value: Any) -> str:
    text = " ".join(str(value).split()) if value is not None else "none"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
