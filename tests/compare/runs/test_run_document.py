"""The document of a run: its keys, its types, and the schema and the page in docs that describe it."""

import json
import runpy
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from diptych.compare import RunDocument
from diptych.detectors import Finding
from diptych.probes import Condition, Contrast
from tests.compare.counts.test_document import asked, finding, plan
from tests.documents import report

DOCS = Path(__file__).parents[3] / "docs"
WORDS = ("calm", "wary", "bold", "keen")
SIDES = ("base", "tuned", "control")


@pytest.fixture(scope="module")
def document() -> Any:
    """Three sides, a contrast, numbers, values, and answers that could not be judged."""

    def said(side: str, _: str, n: int) -> tuple[Finding, ...]:
        shown = side == "tuned" and n > 4
        refused = Finding("pattern", 1, "y", "pattern", "excluded", "", bucket="refusal")
        return (
            finding(shown, number=float(n + 5 * shown)),
            finding(shown, WORDS[n % 4], label="words", kind="word-list"),
            refused if n == 0 else finding(shown, label="y"),
        )

    gap = Contrast("gap", "x", of="c", minus="d")
    given = plan([Condition("c", ("p",)), Condition("d", ("q",))], 20, SIDES, contrasts=(gap,))
    return report(given, 1, asked(given, said))


def test_it_has_these_keys_and_no_others(document: Any) -> None:
    assert list(document) == [
        "session", "probe", "pair", "planned", "sides", "measures", "contrasts", "draws", "tests", "differ",
        "discoveries", "excluded", "warnings",
    ]  # fmt: skip
    assert document["sides"]["base"] == {"model": "base", "answers": 40, "errors": 0}
    numbers, words, y = document["measures"][:3]
    head = ["detector", "label", "condition", "sides", "difference", "differences"]
    assert list(numbers) == list(words) == list(y) == head
    rate = ["k", "n", "rate", "interval", "interval_kind"]
    mean = ["mean", "mean_of", "mean_interval", "mean_interval_kind"]
    assert list(numbers["sides"]["tuned"]) == [*rate, *mean]
    assert list(words["sides"]["tuned"]) == [*rate, "values"]
    assert list(y["sides"]["tuned"]) == [*rate, "excluded"]
    test = ["p_value", "p_holm", "test"]
    difference = ["estimate", "interval", "interval_kind", *test, "samples_needed"]
    assert list(numbers["difference"]) == [*difference, "mean"]
    assert list(numbers["difference"]["mean"]) == ["estimate", "interval", "interval_kind", *test]
    assert list(words["difference"]) == [*difference, "values"]
    assert list(words["difference"]["values"]) == ["distance", "distance_by_chance", *test]
    assert numbers["differences"]["tuned"] == numbers["difference"]
    assert list(numbers["differences"]) == ["tuned", "control"]
    (contrast,) = document["contrasts"]
    assert list(contrast) == ["name", "measure", "of", "minus", "sides"]
    assert list(contrast["sides"]) == list(SIDES)
    assert document["excluded"] == {"refusal": 6}
    assert set(document["differ"]["tuned"]) == {"differ", "p_value", "tested"}


def test_what_is_read_again_is_the_same(document: Any) -> None:
    again = msgspec.convert(document, RunDocument)
    assert json.loads(msgspec.json.encode(again)) == document
    assert again.measures[0].sides["tuned"].interval.low <= again.measures[0].sides["tuned"].interval.high


def test_the_schema_in_docs_is_that_of_the_document(document: Any) -> None:
    """`python docs/schema.py` writes it."""
    written = (DOCS / "run-document.schema.json").read_text()
    assert written == runpy.run_path(str(DOCS / "schema.py"))["schema"](RunDocument)
    jsonschema.validate(document, json.loads(written))


@pytest.mark.parametrize("file", ["run-document.schema.json", "family-document.schema.json"])
def test_the_page_in_docs_names_every_key(file: str) -> None:
    page = (DOCS / "run-document.md").read_text()
    schema = json.loads((DOCS / file).read_text())
    keys = {key for struct in schema["$defs"].values() for key in struct.get("properties", {})}
    assert [key for key in sorted(keys) if f"`{key}`" not in page] == []
