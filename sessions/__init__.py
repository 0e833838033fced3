"""The lasting record: every session, its answers as they came, and what was found in them."""

from sessions.blind import masked, still_hidden
from sessions.errors import StoreError
from sessions.reader import Store
from sessions.recorder import Recorder
from sessions.types import Answer, Failure, Label, RunRecord, SavedAnswer, Session, SideRecord, Tick

__all__ = [
    "Answer",
    "Failure",
    "Label",
    "Recorder",
    "RunRecord",
    "SavedAnswer",
    "Session",
    "SideRecord",
    "Store",
    "StoreError",
    "Tick",
    "masked",
    "still_hidden",
]
