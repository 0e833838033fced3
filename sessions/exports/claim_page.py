"""What the page of a claim card shows, and the function that writes it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from diptych.sessions.exports.atomic_write import written_atomically
from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.records import SavedAnswer


class ClaimAnswer(NamedTuple):
    """An answer behind a leg, with the session that it is in."""

    saved: SavedAnswer
    data: ExportData


class ClaimLine(NamedTuple):
    """A leg."""

    sign: str
    """Of the state."""
    state: str
    """held, failed, not done or does not apply."""
    title: str
    figure: str
    reason: str
    command: str
    answers: Sequence[ClaimAnswer]


class ClaimPage(NamedTuple):
    """A claim and its legs."""

    claim: str
    about: str
    """Who is compared, and from which sessions."""
    parts: Mapping[str, Sequence[ClaimLine]]
    """The legs under their headings."""
    sentence: str
    arms: Mapping[str, str]
    """The arm of each side, which gives it its colour."""


def export_claim_page(page: ClaimPage, path: Path, force: bool = False) -> None:
    """Write a claim card with the answers behind each leg as one HTML file. An existing file is kept unless `force` is
    given; an error leaves no partial file. Raises TransferError."""
    from diptych.sessions.exports.html_claim import write

    with written_atomically(path, False, force) as temporary:
        write(page, temporary)
