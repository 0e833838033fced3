"""A short look at every target, always the same: python -m benchmarks.fuzz looks for as long as it is told."""

from importlib.util import find_spec

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.fuzz.targets import TARGETS, tried

EXAMPLES = {
    "chunks": 150,
    "config": 12,
    "probe": 12,
    "questions": 20,
    "prompts": 20,
    "table": 20,
    "rows": 20,
    "organism": 20,
    "jsonl": 8,
    "llmcomp": 8,
}


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_a_file_holds_the_law_is_kept(name: str) -> None:
    if name == "inspect" and find_spec("inspect_ai") is None:
        pytest.skip("inspect-ai is not installed")
    target = TARGETS[name]

    @settings(
        max_examples=EXAMPLES.get(name, 5), derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(target.inputs())
    def law(data: bytes) -> None:
        tried(target, data)

    law()
