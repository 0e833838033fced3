"""Rows hold text that SQLite takes, whatever an answer or a finding was given."""

import msgspec

from diptych.detectors import Finding
from diptych.sessions.encoding import as_json, finding_rows, read_finding, to_row
from tests.sessions.stored import SIDES, answer

HALF = "so \ud800 it is"


def test_half_of_a_surrogate_pair_in_a_finding_or_a_request() -> None:
    finding = Finding("acrostic", 1, HALF, "pattern", "present", HALF, value=HALF)
    ((_, _, _, label, _, column),) = finding_rows(1, (finding,))
    assert label == "so \ufffd it is"
    assert read_finding(column) == msgspec.structs.replace(finding, label=label, evidence=label, value=label)
    row = to_row(answer(SIDES[0], request={"model": HALF, "messages": [{"role": "user", "content": HALF}]}))
    assert all("\ud800" not in value for value in row if isinstance(value, str))


def test_what_can_be_stored_as_it_is_stays_so() -> None:
    assert as_json({"é": ["😀", 1, None]}) == '{"é":["😀",1,null]}'
