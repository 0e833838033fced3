"""The dialog in which a person labels an answer."""

from pathlib import Path

from diptych.sessions import Store
from diptych.tui.screens.line_screen import LineScreen


def label_dialog(store: Path, answer_of: str) -> LineScreen:
    """Ask for a label of the answer of a side; labels that were given before are offered. Raises StoreError."""
    note = "A word is counted beside the detectors; a sentence is a note."
    return LineScreen(f"Label of the answer of {answer_of}", "", Store(store).labels_used(), note)
