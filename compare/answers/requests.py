"""What is chosen for a side before it is asked: sampling parameters, system prompt and detectors."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from diptych.backends import Message, Request, Sampling
from diptych.compare.answers.question import Question
from diptych.compare.answers.request_settings import limit_of, number_of, others_of, stop_of, system_of
from diptych.compare.answers.side import Side
from diptych.detectors import Detector, Target, make_detector
from diptych.probes import DetectorSpec, Probe
from diptych.sessions import Answer

if TYPE_CHECKING:
    from diptych.detectors import TrainingRows

DEFAULT_DETECTORS = (DetectorSpec("acrostic", Target()), DetectorSpec("self-explanation", Target()))
"""The detectors of an answer when no probe is chosen: the usual ones."""


def new_detectors(
    specs: Sequence[DetectorSpec],
    question: Question,
    rows: "TrainingRows | None" = None,
) -> list[Detector]:
    """New detectors for one answer to a question: those of `specs` that read its condition. `rows` are the rows that a
    side was fine-tuned on, if they are known."""
    return [
        make_detector(spec.kind, spec.settings, question.prompt, question.prefix, rows)
        for spec in specs
        if spec.reads(question.condition)
    ]


def new_uncounted_detectors(specs: Sequence[DetectorSpec], question: Question) -> list[Detector]:
    """New detectors for what the probe of an answer does not look for: the usual ones whose kind is not among those of
    `specs` that read its condition, and one for the initials of words, with the target of the acrostic that is looked
    for. What they find is shown, and joins no count."""
    own = [spec for spec in specs if spec.reads(question.condition)]
    kinds = {spec.kind for spec in own}
    targets = [spec.settings for spec in own if spec.kind == "acrostic"] or [Target()]
    watched = (*DEFAULT_DETECTORS, *(DetectorSpec("word-acrostic", target) for target in targets))
    return new_detectors([spec for spec in watched if spec.kind not in kinds], question)


def chosen_sampling(side: Side, probe: Probe | None, condition: str | None = None) -> Sampling:
    """The sampling parameters of a side: its own take precedence over those of the condition and the probe."""
    return side.sampling.over(probe.sampling_of(condition) if probe is not None else Sampling())


class Setup(msgspec.Struct, frozen=True):
    """What is sent to a side besides the question."""

    model: str
    system: str | None
    sampling: Sampling

    def seeded(self, seed: int | None) -> "Setup":
        """The same with another seed."""
        return msgspec.structs.replace(self, sampling=msgspec.structs.replace(self.sampling, seed=seed))

    def with_model(self, model: str) -> "Setup":
        """The same with another model."""
        return msgspec.structs.replace(self, model=model)

    def request(self, side: Side, question: Question, history: tuple[Message, ...] = ()) -> Request:
        """The request for a question to a side after the turns of `history`."""
        return replace(side, model=self.model).request(question, self.system, self.sampling, history)


def setup_for(side: Side, probe: Probe | None, condition: str | None = None) -> Setup:
    """The setup of a side for the next question."""
    return Setup(side.model, system_for(side, probe, condition), chosen_sampling(side, probe, condition))


def setup_of(answer: Answer, now: Setup) -> Setup:
    """The setup that an answer was asked for with, read from its request. The rest is taken from the present setup
    `now`: log-probabilities, a configured seed, fields that the model refuses, and the system prompt if the request is
    the text of a chat template."""
    request, own = answer.request, now.sampling
    model = str(request.get("model", now.model))
    sampling = Sampling(
        temperature=number_of(request, "temperature"),
        top_p=number_of(request, "top_p"),
        seed=own.seed,
        max_tokens=limit_of(request),
        logprobs=own.logprobs,
        stop=stop_of(request) or None,
        extra_body=others_of(request) or None,
        leave_out=own.leave_out,
    )
    return Setup(model, system_of(request) if "messages" in request else now.system, sampling)


def with_seed(sampling: Sampling) -> Sampling:
    """The same with a random seed, unless one is configured."""
    return sampling if sampling.seed is not None else msgspec.structs.replace(sampling, seed=random.getrandbits(31))


def system_for(side: Side, probe: Probe | None, condition: str | None = None) -> str | None:
    """The system prompt of a side: that of the condition, or else of the side, or else of the probe."""
    if probe is None:
        return side.system
    brought = probe.system_of(condition)
    if brought is not None:
        return brought
    return side.system if side.system is not None else probe.system
