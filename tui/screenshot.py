"""Saves the screen as an SVG file."""

import re
from datetime import datetime
from pathlib import Path

_FONT = r"(?s)@font-face\s*\{.*?\}"
_NO_XML = "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def inert_picture(svg: str) -> str:
    """The picture as Textual draws it, without fonts from the internet and without characters that XML forbids."""
    style, end, drawing = svg.partition("</style>")
    return re.sub(_NO_XML, "\ufffd", re.sub(_FONT, "", style) + end + drawing)


def save_picture(svg: str, folder: Path, session: int | None) -> Path:
    """Write it into a new file, named by session and time, and return its path. Raises OSError."""
    of = f"-session-{session}" if session is not None else ""
    stem = f"diptych{of}-{datetime.now():%Y-%m-%d-%H%M%S}"
    path, number = folder / f"{stem}.svg", 1
    while True:
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(svg)
        except FileExistsError:
            number += 1
            path = folder / f"{stem}-{number}.svg"
        else:
            return path
