"""Every detector against answers that were labelled by hand, hard ones among them."""

import pytest

from diptych.compare.counts.measures import OF_MEANING
from diptych.detectors import KINDS
from tests.detectors.labelled import Item, agreement, kinds, labelled

LEAST_ITEMS = 100
LEAST, LEAST_READ = 0.95, 0.85
"""Precision and recall, at least: of detectors that count what stands there, and of those that read what it means."""


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
def test_precision(kind: str) -> None:
    k, n = agreement(kind).precision
    assert k / n >= (LEAST_READ if kind in OF_MEANING else LEAST), places(agreement(kind).false_alarms)


@pytest.mark.parametrize("kind", kinds())
def test_recall(kind: str) -> None:
    k, n = agreement(kind).recall
    assert k / n >= (LEAST_READ if kind in OF_MEANING else LEAST), places(agreement(kind).misses)


@pytest.mark.parametrize("kind", kinds())
def test_exclusions_are_in_the_right_bucket_and_values_are_read_right(kind: str) -> None:
    found = agreement(kind)
    wrong = (*found.wrong_buckets, *found.wrong_values)
    assert len(wrong) <= (1 - LEAST) * len(labelled(kind)), places(wrong)
