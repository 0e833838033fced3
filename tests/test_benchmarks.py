"""The table of python -m benchmarks says of each figure whether its budget is kept."""

import json
from collections.abc import Iterator
from importlib import import_module
from inspect import signature
from typing import Any

import pytest

from benchmarks import __main__ as table
from benchmarks.figures import Figure, cells

COST = Figure("client", 5.0, "µs", 15.0, peer="typed stream", peer_value=80.0)
SPEED = Figure("export", 10_000.0, "answers", 20_000.0, more_is_better=True, peer="json", peer_value=40_000.0)
BESIDE = Figure("whole", 1.0, "s", peer="inspect-ai", least_ratio=8.0)


def test_a_cost_is_at_most_and_a_speed_at_least_its_budget() -> None:
    assert (COST.met, COST.ratio) == (True, 16.0)
    assert (SPEED.met, SPEED.ratio) == (False, 0.25)
    assert COST._replace(value=15.1).met is False
    assert COST._replace(limit=None).met is None


def test_a_budget_against_a_peer_needs_the_peer() -> None:
    assert BESIDE.met is None
    assert "not here" in cells(BESIDE)
    assert BESIDE._replace(peer_value=9.0).met is True
    assert BESIDE._replace(peer_value=9.0, measured_ratio=7.5).met is False


def test_a_budget_against_a_floor_is_so_many_times_the_floor() -> None:
    floor = Figure("console", 2.0, "ms", peer="two panes", peer_value=1.0, most_times=2.3)
    assert (floor.met, floor.ratio, floor.budget) == (True, 0.5, "≤ 2.3 × peer")
    assert floor._replace(value=2.31).met is False
    assert floor._replace(measured_ratio=0.4).met is False
    assert floor._replace(peer_value=None).met is None


@pytest.mark.parametrize(("name", "sizes"), table.PARTS.items())
def test_every_part_takes_its_sizes(name: str, sizes: dict[str, Any]) -> None:
    signature(import_module(f"benchmarks.{name}").figures).bind(**sizes)


@pytest.mark.parametrize(("found", "code"), [([COST, BESIDE], 0), ([COST, SPEED], 1)])
def test_the_table_and_the_document(
    found: list[Figure], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def figures(peers: str | None) -> Iterator[Figure]:
        return iter(found)

    monkeypatch.setattr(table, "figures", figures)
    for arguments in ([], ["--json"]):
        monkeypatch.setattr("sys.argv", ["benchmarks", *arguments])
        with pytest.raises(SystemExit) as ended:
            table.main()
        assert ended.value.code == code
    said = capsys.readouterr().out
    document = json.loads(said[said.index("\n{") :])
    assert [figure["met"] for figure in document["figures"]] == [figure.met for figure in found]
    assert {"date", "machine", "python", "commit"} <= document.keys()
    assert "≤ 15 µs" in said
