"""The lasting record: every session, its answers as they came, and what was found in them."""

from sessions.blind import masked, still_hidden
from sessions.errors import StoreError, TransferError
from sessions.exports import FORMATS, Material, export
from sessions.imports import Imported, import_files
from sessions.inert import visible
from sessions.reader import Store
from sessions.recorder import Recorder
from sessions.types import Answer, Failure, Label, RunRecord, SavedAnswer, Session, SideRecord, Tick

__all__ = [
    "FORMATS",
    "Answer",
    "Failure",
    "Imported",
    "Label",
    "Material",
    "Recorder",
    "RunRecord",
    "SavedAnswer",
    "Session",
    "SideRecord",
    "Store",
    "StoreError",
    "Tick",
    "TransferError",
    "export",
    "import_files",
    "masked",
    "still_hidden",
    "visible",
]
