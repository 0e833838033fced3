"""The doses that a key turns through: which one comes next, and where there is none."""

import pytest

from diptych.backends import Backend, Endpoint, Sampling, Unsupported, connect
from diptych.compare import Side
from diptych.compare.console.dose_steps import at_next_dose

LLAMA = connect(Endpoint("llama", name="m", model="nowhere.gguf", adapters={"hello": "h.gguf", "risk": "r.gguf"}))


def side(model: str, backend: Backend = LLAMA) -> Side:
    return Side("tuned", "x", None, model, None, Sampling(), backend)


def test_up_and_down_meet_the_same_doses() -> None:
    up = [model := "m+hello@0"] + [model := at_next_dose(side(model), up=True) for _ in range(6)]
    doses = ["@0", "@0.25", "@0.5", "@0.75", "", "@1.25", "@1.5"]
    assert up == [f"m+hello{dose}" for dose in doses]
    down = [model] + [model := at_next_dose(side(model), up=False) for _ in range(6)]
    assert down == up[::-1]


@pytest.mark.parametrize(
    ("model", "down", "up"),
    [
        ("m+hello@0.6", "m+hello@0.5", "m+hello@0.75"),
        ("m+hello@3", "m+hello@1.5", None),
        ("m+risk+hello", "m+risk+hello@0.75", "m+risk+hello@1.25"),
        ("m+risk@0.5+hello@0", None, "m+risk@0.5+hello@0.25"),
    ],
)
def test_from_any_dose_the_next_one_of_the_last_adapter(model: str, down: str | None, up: str | None) -> None:
    for wanted, upwards in ((down, False), (up, True)):
        if wanted is None:
            with pytest.raises(Unsupported, match=r"is the (greatest|smallest) dose"):
                at_next_dose(side(model), upwards)
        else:
            assert at_next_dose(side(model), upwards) == wanted


def test_where_there_is_no_dose_the_reason_is_said() -> None:
    with pytest.raises(Unsupported, match="m has no adapter, so it has no dose"):
        at_next_dose(side("m"), up=True)
    hosted = connect(Endpoint("openai", "http://127.0.0.1:9/v1"))
    with pytest.raises(Unsupported, match="applies an adapter as it is") as caught:
        at_next_dose(side("m+hello", hosted), up=True)
    assert caught.value.hint == "use a llama endpoint"
