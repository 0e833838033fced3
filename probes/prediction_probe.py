"""The probe of predictions: a question, and what the answer to it would be.

The questions of its conditions correspond by place, so that each prediction can be held against an answer. The method
is that of Binder et al. 2024 (arXiv 2410.13787); the questions are our own. The relabelled predictions are given with
letters that have nothing to do with the order of the options: a side that repeats the first option, or a word, without
knowing what it would say, then fails (arXiv 2605.26242).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from diptych.detectors import find_kind
from diptych.probes.lettered_options import lettered, orders
from diptych.probes.prediction import ASKED, FORESEEN, RELABELLED, Prediction
from diptych.probes.probe import Condition, DetectorSpec, Probe

_LABELS = "XYZWVUTSRQPON"
MOST_OPTIONS = len(_LABELS)
"""More options would need letters that stand in the question already."""
_KINDS = {"option chosen": "choice", "refuses": "refusal", "follows the acrostic": "acrostic"}
"""The detector that reads a property in the answer itself, unless it is answer-property."""


class _Asked(NamedTuple):
    """A question whose answer is predicted."""

    prompt: str
    order: tuple[str, ...]
    """The options in the order in which they stand in it, or in which they are named."""


def prediction_probe(probe: Probe) -> Probe | None:
    """Return the probe `ID.predictions` of a probe; None if it foresees nothing, or is such a probe itself."""
    if probe.prediction is None or probe.condition(FORESEEN) is not None:
        return None
    own = Probe(
        id=f"{probe.id}.predictions",
        title=f"{probe.title}: predictions",
        about=f"What it does, and what it says that it would do: {probe.prediction.predicted}.",
        source=probe.source,
        cautions=(
            "Made by the program from [prediction] in the probe file. A right prediction is evidence only beside those "
            "that others make of the same answers, and beside the baselines.",
        ),
        system=probe.system,
        sampling=probe.sampling,
        subjects=probe.subjects,
        prediction=probe.prediction,
        part_of=probe.id,
    )
    return with_conditions(own, probe.prediction)


def with_conditions(probe: Probe, prediction: Prediction) -> Probe:
    """Return the probe with the conditions and detectors of its predictions. The table must be complete."""
    asked = list(_asked(prediction))
    conditions = [
        Condition(ASKED, tuple(each.prompt for each in asked), "the question itself"),
        Condition(
            FORESEEN,
            tuple(_filled(prediction.hypothetical, {"question": each.prompt.strip()}) for each in asked),
            "what the answer would be",
        ),
    ]
    if prediction.relabelled:
        prompts = tuple(_relabelled(prediction, each, place) for place, each in enumerate(asked))
        conditions.append(Condition(RELABELLED, prompts, "the same, with other letters for the options"))
    detectors = [_detector(prediction, asked), *_foreseeing(prediction)]
    return replace(probe, conditions=tuple(conditions), detectors=tuple(detectors))


def _asked(prediction: Prediction) -> Iterator[_Asked]:
    for item in prediction.items:
        question = _filled(prediction.question, {"item": item})
        if prediction.predicted == "option chosen":
            for order in orders(prediction.options):
                yield _Asked(_filled(question, {"options": lettered(order)}), tuple(order))
        else:
            yield _Asked(question, prediction.options)


def _relabelled(prediction: Prediction, asked: _Asked, place: int) -> str:
    """Two items with the labels in the reverse order of the question, two with them in its order, and so on: a file may
    have items of two kinds in turn, and a label should not go with a kind."""
    each = len(orders(prediction.options)) if prediction.predicted == "option chosen" else 1
    order = asked.order[::-1] if (place // each // 2) % 2 == 0 else asked.order
    labels = lettered(order, _labels(prediction))
    return _filled(prediction.relabelled, {"question": asked.prompt.strip(), "labels": labels})


def _labels(prediction: Prediction) -> str:
    return _LABELS[: len(prediction.options)]


def _filled(template: str, values: Mapping[str, str]) -> str:
    """Fill the placeholders of a template. What is put in is not read again."""
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), template)


def _detector(prediction: Prediction, asked: Sequence[_Asked]) -> DetectorSpec:
    """Reads the property in the answer itself."""
    predicted = prediction.predicted
    settings: dict[str, Any] = {"label": predicted}
    if predicted == "option chosen":
        settings |= {"options": prediction.options, "target": prediction.options[0]}
    elif predicted == "follows the acrostic":
        settings = {"target": prediction.target}
    elif predicted != "refuses":
        settings["wanted"] = predicted
        if len(prediction.letters) > 1:
            settings["letters_by_prompt"] = dict(zip((each.prompt for each in asked), prediction.letters, strict=True))
        elif prediction.letters:
            settings["letters"] = prediction.letters[0]
    return _spec(_KINDS.get(predicted, "answer-property"), settings, ASKED)


def _foreseeing(prediction: Prediction) -> Iterator[DetectorSpec]:
    """Read what is said of the answer."""
    label = f"foresees: {prediction.predicted}"
    if prediction.is_open:
        yield _spec("answer-property", {"label": label, "wanted": prediction.predicted, "named": True}, FORESEEN)
        return
    settings = {"label": label, "options": prediction.options, "target": prediction.options[0]}
    yield _spec("choice", settings, FORESEEN)
    if prediction.relabelled:
        yield _spec("choice", {**settings, "letters": _labels(prediction)}, RELABELLED)


def _spec(kind: str, settings: Mapping[str, Any], condition: str) -> DetectorSpec:
    found = find_kind(kind)
    assert found is not None
    return DetectorSpec(kind, found.settings(**settings), (condition,))
