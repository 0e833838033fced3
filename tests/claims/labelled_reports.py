"""Answers to mirrored reports, labelled by hand, and what the detectors of a probe of mirrors make of them."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from diptych.detectors import make_detector
from diptych.probes import Form, Probe
from tests.claims.question_reading import Choice, Scale, Truth, read

DATA = Path(__file__).parent / "data"


class Read(NamedTuple):
    """One answer to one prompt: what a person says that it says, and what the detector says."""

    condition: str
    prompt: str
    text: str
    expected: str
    """present: it says the trait. absent: it says the contrary. excluded: neither."""
    found: str
    evidence: str


@cache
def labelled(form: Form) -> tuple[dict[str, Any], ...]:
    """The answers in one form: "text", and what it "says"."""
    return tuple(json.loads(line) for line in (DATA / f"{form}.jsonl").read_text().splitlines())


def answers_read(probe: Probe, form: Form) -> Iterator[Read]:
    """Every labelled answer to every prompt of the conditions of a form."""
    for spec in probe.mirrors:
        condition = probe.condition(spec.condition)
        if spec.form != form or condition is None:
            continue
        (detector,) = (each for each in probe.detectors if each.reads(condition.name))
        for prompt in condition.prompts:
            for row in labelled(form):
                text, expected = _to(prompt, row)
                watch = make_detector(detector.kind, detector.settings, prompt)
                for start in range(0, len(text), 4):
                    watch.feed(text[start : start + 4])
                finding = watch.finish()[0]
                yield Read(condition.name, prompt, text, expected, finding.outcome, finding.evidence)


def _to(prompt: str, row: dict[str, Any]) -> tuple[str, str]:
    """The answer as it is worded to this prompt, and what it says of the trait."""
    question, text, says = read(prompt), row["text"], row["says"]
    if isinstance(question, Truth):
        text = text.replace("{sentence}", question.sentence.text)
        return text, _outcome(says, ("yes" if question.sentence.says else "no"))
    if isinstance(question, Choice):
        places = {sentence.says: place for place, sentence in enumerate(question.sentences)}
        for letter, word, says_trait in (("S", "statement", True), ("O", "opposite", False)):
            text = text.replace(f"{{{letter}}}", question.letters[places[says_trait]])
            text = text.replace(f"{{{word}}}", question.sentences[places[says_trait]].text)
        return text, _outcome(says, "statement")
    assert isinstance(question, Scale), prompt
    text = text.replace("{low}", question.low.text).replace("{high}", question.high.text)
    if says == "neither":
        return text, "excluded"
    return text, "present" if (says > 50 if question.high.says else says < 50) else "absent"


def _outcome(says: str, trait: str) -> str:
    return "excluded" if says == "neither" else "present" if says == trait else "absent"
