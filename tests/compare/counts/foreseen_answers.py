"""Answers to a probe of predictions, said by functions instead of models."""

from collections.abc import Callable, Mapping

from diptych.detectors import Finding, find_kind
from diptych.probes import ASKED, FORESEEN, RELABELLED, Condition, DetectorSpec, Prediction, Probe
from diptych.sessions import Answer

ITEMS = tuple(f"Item {number}" for number in range(20))
Said = Callable[[str, int, int], str]
"""What a side says in a condition to the question at a place, in a sample. "" cannot be read."""


def probe_of(items: tuple[str, ...] = ITEMS, relabelled: bool = False) -> Probe:
    """One prompt an item, whose property may have any value."""
    names = (ASKED, FORESEEN, RELABELLED) if relabelled else (ASKED, FORESEEN)
    conditions = tuple(Condition(name, tuple(f"{name}: {item}" for item in items)) for name in names)
    kind = find_kind("pattern")
    assert kind is not None
    specs = tuple(DetectorSpec("pattern", kind.settings(label=name, pattern="x"), (name,)) for name in names)
    return Probe("p", "P", "x", conditions, specs, prediction=Prediction("second character", "{question}", items))


def answers_of(probe: Probe, sides: Mapping[str, Said], samples: int = 20) -> list[Answer]:
    """As many answers of each side to each condition, which take the prompts in turn."""
    return [
        answer(side, condition.name, condition.prompts[sample % len(condition.prompts)], sample, value)
        for condition in probe.conditions
        for side, said in sides.items()
        for sample in range(samples)
        for value in (said(condition.name, sample % len(condition.prompts), sample),)
    ]


def answer(side: str, condition: str, prompt: str, sample: int, value: str) -> Answer:
    """One that was sampled, with the finding of its condition."""
    finding = Finding("pattern", 1, condition, "pattern", "present", "", value=value)
    if not value:
        finding = Finding("pattern", 1, condition, "pattern", "excluded", "", bucket="no character named")
    request = {"model": side, "messages": [{"role": "user", "content": prompt}], "temperature": 1.0, "seed": sample}
    return Answer(
        1, side, prompt, condition, sample, request, "done", value or "?", findings=(finding,), endpoint="http://e"
    )
