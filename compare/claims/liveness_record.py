"""What the last check of a pair found out about a side: kept in the store, so that a claim card can say it."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from diptych.sessions import SideRecord, Store, remember


class LivenessRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether a side can be told from its base, as `diptych pairs check` found."""

    checked: str
    """UTC, ISO 8601."""
    routes: dict[str, bool | None]
    """By the name of the route, such as "chat"; None where it could not be found out."""
    detail: str = ""
    """What was measured in chat."""


def remember_liveness(
    path: Path, base: SideRecord, side: SideRecord, routes: dict[str, bool | None], detail: str
) -> None:
    """Keep what a check found in the store at `path`. Raises StoreError."""
    record = LivenessRecord(datetime.now(UTC).isoformat(timespec="seconds"), routes, detail)
    remember(path, _key(base, side), msgspec.json.encode(record).decode())


def remembered_liveness(store: Store, base: SideRecord, side: SideRecord) -> LivenessRecord | None:
    """What the last check of these models found; None if there was none. Raises StoreError."""
    kept = store.remembered(_key(base, side))
    try:
        return msgspec.json.decode(kept, type=LivenessRecord) if kept is not None else None
    except msgspec.DecodeError:
        return None


def _key(base: SideRecord, side: SideRecord) -> str:
    """What names two models in the store, wherever they stand in a pair."""
    models = [[each.base_url or each.endpoint, each.model] for each in (base, side)]
    return f"liveness {msgspec.json.encode(models).decode()}"
