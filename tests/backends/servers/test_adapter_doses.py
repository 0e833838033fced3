"""Names of models with adapters and doses: what is written is read, and equal things are written alike."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from diptych.backends.servers.adapter_doses import AdapterDose, DosedModel, is_adapter_name, read_name

ADAPTERS = st.text(min_size=1).filter(is_adapter_name)
DOSES = st.decimals(0, 1000, places=6).map(float)
MODELS = st.builds(
    DosedModel,
    # A base may have any name, also one that looks like a base with an adapter.
    st.text(min_size=1),
    st.lists(st.builds(AdapterDose, ADAPTERS, DOSES), max_size=3, unique_by=lambda each: each.adapter).map(tuple),
)


@given(MODELS)
def test_what_is_written_is_read(model: DosedModel) -> None:
    assert read_name(model.name, (model.base,)) == model


@given(MODELS, st.text(min_size=1))
def test_the_longest_base_counts(model: DosedModel, other: str) -> None:
    assume(not model.name.startswith(other) or len(other) <= len(model.base))
    assert read_name(model.name, (other, model.base)) == model


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("m", "m"),
        ("m+a@1", "m+a"),
        ("m+a@1.0", "m+a"),
        ("m+a@.50", "m+a@0.5"),
        ("m+a@0.5", "m+a@0.5"),
        ("m+a@2.+b@0", "m+a@2+b@0"),
        ("m+a@0.00000001", "m+a@0"),
        ("m+a@10", "m+a@10"),
    ],
)
def test_equal_doses_are_written_alike(name: str, written: str) -> None:
    read = read_name(name, ("m",))
    assert read is not None
    assert read.name == written


@pytest.mark.parametrize(
    "name", ["", "n", "mm", "m+", "m+@1", "m+a@", "m+a@x", "m+a@-1", "m+a@1e3", "m+a@1@2", "m+a+a"]
)
def test_what_is_no_name(name: str) -> None:
    assert read_name(name, ("m",)) is None


def test_an_adapter_at_dose_0_changes_nothing() -> None:
    read = read_name("m+a@0+b@0.5", ("m",))
    assert read is not None
    assert read.active == (AdapterDose("b", 0.5),)
