"""Lists and figures in the documentation are those of the program."""

import re
from typing import get_args

import msgspec

from diptych.cli.setup.side_config import SideConfig
from diptych.detectors import KINDS, Settings, find_kind
from diptych.probes import JudgeSpec, load_probes
from diptych.sessions import FORMATS
from tests.docs.pages import ROOT, table


def test_every_probe_is_named() -> None:
    probes = {probe.id for probe in load_probes().values() if not probe.part_of}
    assert {row[0] for row in table("probes.md", "probe")} == probes
    shell = (ROOT / "docs" / "recording.md").read_text("utf-8")
    assert set(re.split(r"[\s\\]+", shell.partition("for probe in ")[2].partition(";")[0])) == probes


def test_every_kind_of_detector_is_in_the_table_with_its_keys() -> None:
    rows = {kind: row[2].split(", ") for row in table("detectors.md", "kind | what") for kind in row[0].split(", ")}
    assert rows.keys() == KINDS.keys()
    for kind in KINDS:
        found = find_kind(kind)
        assert found is not None
        own = set(found.settings.__struct_fields__) - set(Settings.__struct_fields__)
        assert own <= set(rows[kind]), f"a key of {kind} is missing"


def test_every_kind_but_the_pattern_has_figures() -> None:
    kinds = [kind for row in table("detectors.md", "kind | items") for kind in row[0].split("; ")]
    assert sorted(kinds) == sorted(KINDS.keys() - {"pattern"})


def test_every_format_is_in_the_table() -> None:
    assert [row[0].strip("`") for row in table("exports.md", "format")] == list(FORMATS)


def test_every_kind_of_judge_is_in_the_table() -> None:
    kinds = next(field.type for field in msgspec.structs.fields(JudgeSpec) if field.name == "kind")
    assert {row[0].strip("`") for row in table("judges.md", "kind")} == set(get_args(kinds))


def test_every_key_of_a_side_is_named() -> None:
    section = (ROOT / "docs" / "endpoints.md").read_text("utf-8").partition("## The keys of a side")[2]
    assert set(SideConfig.__struct_fields__) <= set(re.findall(r"`(\w+)`", section.partition("## ")[0]))
