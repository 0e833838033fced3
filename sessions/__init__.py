"""The lasting record: every session, its answers as they came, and what was found in them."""

from sessions.blind import masked, still_hidden
from sessions.errors import StoreError, TransferError
from sessions.exports import FORMATS, Counted, Material, export
from sessions.imports import Imported, import_files
from sessions.inert import visible
from sessions.intervals import INTERVAL_KINDS, interval_names, intervals_note
from sessions.keeping import backup, delete, duplicate, label, remember, rename, set_note, set_tags, supersede
from sessions.reader import Store
from sessions.recorder import ReadOnly, Recorder
from sessions.replay import Step, pieces_of, steps_of
from sessions.search import Hit
from sessions.types import (
    Answer,
    BrokenOff,
    Failure,
    Label,
    RunRecord,
    SavedAnswer,
    Session,
    SideRecord,
    Tick,
    tokens_seen,
)

__all__ = [
    "FORMATS",
    "INTERVAL_KINDS",
    "Answer",
    "BrokenOff",
    "Counted",
    "Failure",
    "Hit",
    "Imported",
    "Label",
    "Material",
    "ReadOnly",
    "Recorder",
    "RunRecord",
    "SavedAnswer",
    "Session",
    "SideRecord",
    "Step",
    "Store",
    "StoreError",
    "Tick",
    "TransferError",
    "backup",
    "delete",
    "duplicate",
    "export",
    "import_files",
    "interval_names",
    "intervals_note",
    "label",
    "masked",
    "pieces_of",
    "remember",
    "rename",
    "set_note",
    "set_tags",
    "steps_of",
    "still_hidden",
    "supersede",
    "tokens_seen",
    "visible",
]
