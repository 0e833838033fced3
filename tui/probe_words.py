"""What the picker says of a probe, and which of its questions it finds."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from diptych.detectors import find_kind
from diptych.probes import Condition, Probe, measure_of
from diptych.tui.formatting import counted


class Picked(NamedTuple):
    """A question of a probe. Without a probe any question is asked."""

    probe: Probe | None
    condition: Condition | None
    prompt: str


def found_questions(probe: Probe, words: Sequence[str]) -> Iterator[Picked]:
    """One question of each condition in which every word is found: in the title, the id, what is counted, the condition
    or the question. It is the first one that holds the most of the words."""
    about = f"{probe.title} {probe.id} {counts_words(probe)}"
    for condition in probe.conditions:
        named = f"{about} {condition.name}".casefold()
        for prompt in sorted(condition.prompts, key=lambda prompt: -sum(word in prompt.casefold() for word in words)):
            if all(word in named or word in prompt.casefold() for word in words):
                yield Picked(probe, condition, prompt)
                break


def size_words(probe: Probe) -> str:
    """How many questions it asks: "28 questions"."""
    return counted(sum(len(condition.prompts) for condition in probe.conditions), "question")


def counts_words(probe: Probe) -> str:
    """The measures that it counts."""
    labels = [measure_of(spec) for spec in probe.detectors]
    return ", ".join(dict.fromkeys([*labels, *(judge.measure for judge in probe.judges)])) or "nothing by itself"


def needs_words(probe: Probe) -> str:
    """What it needs besides the models."""
    needs = ["a judge: name a model under [judge] in config.toml"] if probe.judges else []
    if any(kind.reads_rows for spec in probe.detectors if (kind := find_kind(spec.kind)) is not None):
        needs.append("the training rows: --rows FILE, or rows of the pair in config.toml")
    if any(condition.mode != "chat" or condition.prefill for condition in probe.conditions):
        needs.append("an endpoint that continues a given text, for some of its questions")
    if probe.sampling.logprobs:
        needs.append("token probabilities, where the endpoint gives them")
    return "; ".join(needs) or "nothing else"
