"""Which of a probe's questions the console offers next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diptych.compare import SessionView
    from diptych.probes import Condition, Probe


_FIRST = 3


def first_questions(probe: Probe | None) -> list[tuple[str, str]]:
    """Condition and prompt of those to begin with."""
    return [(c.name, c.prompts[0]) for c in probe.conditions[:_FIRST]] if probe is not None else []


def first_question_lines(probe: Probe | None) -> list[tuple[str, str]]:
    """The same as lines of the empty screen: the key that asks the question, and its prompt."""
    questions = first_questions(probe)
    lines = [(str(number), prompt) for number, (_, prompt) in enumerate(questions, 1)]
    return [("", "Press a number, or type your own question."), *lines] if questions else []


def condition_asking(prompt: str, probe: Probe | None, picked: Condition | None) -> str | None:
    """The condition of a probe that a prompt is asked in: the one that was picked, if it has the prompt, else the first
    that has it; None for a free question."""
    if picked is not None and prompt in picked.prompts:
        return picked.name
    return probe.condition_asking(prompt) if probe is not None else None


def next_question(view: SessionView) -> tuple[str, str] | None:
    """Condition and prompt of the probe's question after the one that was asked last, None after the last."""
    probe = view.probe
    questions = [(c.name, prompt) for c in probe.conditions for prompt in c.prompts] if probe is not None else []
    asked = [(exchange.condition, exchange.prompt) for exchange in view.exchanges]
    last = next((questions.index(one) for one in reversed(asked) if one in questions), -1)
    return questions[last + 1] if last + 1 < len(questions) else None
