"""docs/notebook.ipynb is what docs/notebook.py makes, and its cells run."""

import runpy
from pathlib import Path

import nbformat
import pytest

DOCS = Path(__file__).parents[2] / "docs"
MADE = runpy.run_path(str(DOCS / "notebook.py"))


def sources(notebook: nbformat.NotebookNode) -> list[tuple[str, str]]:
    return [(cell.cell_type, cell.source) for cell in notebook.cells]


def kinds(cell: nbformat.NotebookNode) -> set[str]:
    """What a cell shows."""
    return {kind for output in cell.get("outputs", ()) for kind in output.get("data", {})}


def test_the_committed_notebook_has_these_cells_with_their_outputs() -> None:
    notebook = nbformat.read(DOCS / "notebook.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert sources(notebook) == sources(MADE["notebook"]())
    assert len(notebook.cells) == 10
    shown = [kinds(cell) for cell in notebook.cells if cell.cell_type == "code"]
    assert all(shown)
    assert sum("image/png" in kinds for kinds in shown) == 2
    text = (DOCS / "notebook.ipynb").read_text()
    assert not [part for part in ("/home/", "/root/", "/tmp/", "/Users/", '"stderr"', '"error"') if part in text]


@pytest.mark.slow
def test_every_cell_runs_on_the_embedded_pair() -> None:
    """A cell that raises fails it."""
    notebook = MADE["executed"](MADE["notebook"]())
    assert all(kinds(cell) for cell in notebook.cells if cell.cell_type == "code")
    assert not [o for cell in notebook.cells for o in cell.get("outputs", ()) if o.get("name") == "stderr"]
