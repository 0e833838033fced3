"""What a run asks: the questions of a probe with their requests and detectors, and the guesses that follow."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from diptych.backends import Request
from diptych.compare.answers import (
    GUESSING,
    PlannedAnswer,
    Question,
    Side,
    chosen_sampling,
    new_detectors,
    system_for,
)
from diptych.compare.counts import beginning_of, description_in, guess_mode
from diptych.compare.judges import Judge
from diptych.detectors import Detector, Finding, TrainingRows
from diptych.probes import Probe
from diptych.sessions import Answer, FamilyRecord, RunRecord, RunRegistration, SavedAnswer


@dataclass(frozen=True)
class RunPlan:
    """Everything that decides what a run asks."""

    pair: str
    """The name of the pair, or of the family."""
    sides: tuple[Side, ...]
    probe: Probe
    samples: int
    """Samples of each side in each condition."""
    concurrency: int
    """Answers at once from each endpoint."""
    judges: tuple[Judge, ...] = ()
    """Asked about every answer after all were received."""
    rows: TrainingRows | None = None
    """The rows that a side was fine-tuned on, if they are known."""
    rows_file: str | None = None
    """The file that they were read from, if one was named."""
    seed: int = 0
    """All seeds that neither a side nor the probe sets are derived from this one."""
    skipped: tuple[str, ...] = ()
    """Sentences on the conditions of the probe that are left out."""
    family: FamilyRecord | None = None
    """Set if a family is asked; its members are the sides."""
    registered: RunRegistration | None = None
    """Set if it is made under a registration."""

    @property
    def typical_sides(self) -> tuple[Side, ...]:
        """Sides that stand for all in what depends on the endpoint and the system prompt alone. Members of a family may
        be many, and a model that is only looked at would have to be loaded."""
        if self.family is None:
            return self.sides
        found: dict[tuple[int, str | None], Side] = {}
        for side in self.sides:
            found.setdefault((id(side.backend), side.system), side)
        return tuple(found.values())

    @property
    def answers(self) -> int:
        """How many answers of each side are planned."""
        return self.samples * len(self.probe.conditions)

    @property
    def free(self) -> bool:
        """Whether it asks a free question, without a probe file. Its answers have no condition, as in the console."""
        return not self.probe.id

    def record(self) -> RunRecord | None:
        """What is stored so that the run can be resumed. A free question is continued in the console instead."""
        return None if self.free else RunRecord(self.seed, self.samples, self.rows_file, self.registered)


class Questions:
    """The questions of a plan. Each keeps its number in the session when the run is resumed."""

    def __init__(self, plan: RunPlan, saved: Sequence[SavedAnswer] = ()) -> None:
        """`saved`: the answers that the session has already."""
        self._plan = plan
        numbers: dict[Question, int] = {}
        for _, answer in saved:
            numbers.setdefault(Question.of(answer), answer.exchange)
        # Several guesses may ask the same question: each has a number of its own.
        self._new_numbers = count(1 + max((answer.exchange for _, answer in saved), default=0))
        self._wordings: list[list[tuple[Question, int]]] = []
        """The wordings of each condition, with their numbers."""
        for condition in plan.probe.conditions:
            name = None if plan.free else condition.name
            questions = [Question(prompt, name, condition.mode, condition.prefill) for prompt in condition.prompts]
            for question in questions:
                if question not in numbers:
                    numbers[question] = next(self._new_numbers)
            self._wordings.append([(question, numbers[question]) for question in questions])

    def planned(self, sample: int) -> list[PlannedAnswer]:
        """One answer for every condition. Samples take its wordings in turn."""
        of_all = self._plan.samples if self._plan.free else None
        asked = (wordings[sample % len(wordings)] for wordings in self._wordings)
        return [PlannedAnswer(question, number, sample, planned=of_all) for question, number in asked]

    def request(self, side: Side, planned: PlannedAnswer) -> Request:
        """The request to a side."""
        probe, asked = self._plan.probe, planned.as_asked
        sampling = chosen_sampling(side, probe, asked.condition)
        return side.request(asked, system_for(side, probe, asked.condition), sampling, probe.before(asked.condition))

    def detectors(self, side: Side, planned: PlannedAnswer) -> list[Detector]:
        """New detectors for an answer."""
        return new_detectors(self._plan.probe.detectors, planned.as_asked, self._plan.rows)

    def follow_ups(self, side: Side, planned: PlannedAnswer, said: Answer) -> Iterable[tuple[Side, PlannedAnswer]]:
        """The guess of the base that an answer calls for, if any."""
        described = guessable(self._plan, said)
        if described is None:
            return
        base = self._plan.sides[0]
        question = Question(planned.question.prompt, GUESSING, guess_mode(base), beginning_of(said, described))
        yield (
            base,
            PlannedAnswer(
                question,
                next(self._new_numbers),
                planned.sample,
                guessed_side=side.name,
                guessed_condition=planned.question.condition,
            ),
        )


def guessable(plan: RunPlan, answer: Answer) -> Finding | None:
    """The description in an answer that the base is to guess, if the probe asks for that."""
    if not plan.probe.guessability or answer.side == plan.sides[0].name or answer.mode != "chat":
        return None
    return description_in(answer.findings) if answer.finished else None


def in_order(plan: RunPlan, answers: Iterable[Answer]) -> list[Answer]:
    """The answers in an order that does not depend on when each was received: guesses first, then by condition, sample,
    side and question."""
    conditions: Mapping[str | None, int] = {c.name: row for row, c in enumerate(plan.probe.conditions)}
    sides = {side.name: row for row, side in enumerate(plan.sides)}

    prompts = [prompt for condition in plan.probe.conditions for prompt in condition.prompts]

    def sort_key(answer: Answer) -> tuple[int, int, int, int, str]:
        # Guesses of several questions share a condition.
        asked = prompts.index(answer.prompt) if answer.prompt in prompts else len(prompts)
        return conditions.get(answer.condition, -1), answer.sample, sides[answer.side], asked, answer.prefill

    return sorted(answers, key=sort_key)
