"""Every detector against answers that were labelled by hand, hard ones among them."""

import pytest

from diptych.compare.counts.measures import OF_MEANING
from diptych.detectors import KINDS
from tests.detectors.labelled import Item, agreement, kinds, labelled
from tests.docs.pages import table

LEAST_ITEMS = 100
LEAST, LEAST_READ = 0.95, 0.9
"""Precision and recall, at least: of detectors that count what stands there, and of those that read what it means."""
DOCUMENTED = {
    kind: tuple(cell.split("; ")[place] for cell in row[1:4])
    for row in table("detectors.md", "kind | items")
    for place, kind in enumerate(row[0].split("; "))
}
"""Items, precision and recall of each kind."""


def places(items: tuple[Item, ...]) -> list[str]:
    """Where to look."""
    return [f"{item.kind}.jsonl:{item.line}: {item.text[:80]!r}" for item in items]


def test_every_detector_has_a_labelled_set() -> None:
    """But the user's own expression."""
    assert set(KINDS) - set(kinds()) == {"pattern"}


@pytest.mark.parametrize("kind", kinds())
def test_the_set_is_large_and_has_both_kinds(kind: str) -> None:
    items = labelled(kind)
    present = sum(item.expected == "present" for item in items)
    assert len(items) >= LEAST_ITEMS
    assert 0.3 <= present / len(items) <= 0.7
    assert len({(item.text, item.prompt, repr(item.settings)) for item in items}) == len(items)
    assert {item.expected for item in items} <= {"present", "absent", "excluded"}


@pytest.mark.parametrize("kind", kinds())
def test_it_agrees_with_the_labels_as_often_as_the_documentation_says(kind: str) -> None:
    found = agreement(kind)
    least = LEAST_READ if kind in OF_MEANING else LEAST
    assert min(k / n for k, n in (found.precision, found.recall)) >= least, places(found.false_alarms + found.misses)
    wrong = (*found.wrong_buckets, *found.wrong_values)
    assert len(wrong) <= (1 - LEAST) * len(labelled(kind)), places(wrong)
    told = ("{}/{}".format(*found.precision), "{}/{}".format(*found.recall))
    assert DOCUMENTED[kind] == (str(len(labelled(kind))), *told)
