"""Links in the documentation lead somewhere, and files and modules that it names are there."""

import importlib.util
import re
from pathlib import Path

import pytest

from tests.docs.pages import GUIDES, PAGES, ROOT, anchors, links, name_of, prose

LONGEST_README = 160
OUTSIDE = ("http://", "https://", "mailto:")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_within_the_repository_leads_to_a_file_and_a_heading(page: Path) -> None:
    for link in links(page):
        if link.startswith(OUTSIDE):
            continue
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        assert target.exists(), f"{link}: there is no such file"
        if anchor:
            assert anchor in anchors(target), f"{link}: there is no such heading"


def test_the_index_names_every_page() -> None:
    index = ROOT / "docs" / "index.md"
    named = {(index.parent / link.partition("#")[0]).resolve() for link in links(index)}
    pages = {path for ending in ("md", "ipynb") for path in (ROOT / "docs").glob(f"*.{ending}")}
    assert pages - named == {index}


@pytest.mark.parametrize("page", GUIDES, ids=name_of)
def test_every_file_and_module_that_is_named_is_there(page: Path) -> None:
    rooms = "tui|cli|compare|sessions|probes|detectors|backends|diptych|tests|benchmarks|docs|training"
    text = page.read_text("utf-8")
    for path in re.findall(rf"`((?:{rooms})/[\w./-]*)`", prose(page)):
        examples = re.findall(r"^# (\S+)$", text, re.MULTILINE)  # Files that the page itself shows how to write.
        assert (ROOT / path).exists() or path in examples, f"{path} is not there"
    for module in re.findall(r"python -m ([a-z_.]+)", text):
        assert importlib.util.find_spec(module) is not None, f"{module} is not there"


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= LONGEST_README
