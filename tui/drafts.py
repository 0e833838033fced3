"""What is typed and not asked yet: it is kept for the next start."""

from typing import Final

import msgspec

DRAFT_NOTE: Final = "draft"
"""Under this name the store keeps it."""


class Draft(msgspec.Struct, frozen=True):
    """What stands in the boxes."""

    prompt: str = ""
    beginning: str = ""
    """The beginning of the answer."""

    @property
    def note(self) -> str:
        """The draft as the store keeps it."""
        return msgspec.json.encode(self).decode()


def read_draft(note: str | None) -> Draft:
    """Return the draft that was kept; an empty one if there is none, or none that this version can read."""
    try:
        return msgspec.json.decode(note or "{}", type=Draft)
    except msgspec.DecodeError:
        return Draft()
