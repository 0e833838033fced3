"""Which of a probe's questions the console offers next."""

from diptych.compare import SessionView
from diptych.probes import Probe

_FIRST = 3


def first_questions(probe: Probe | None) -> list[tuple[str, str]]:
    """Condition and prompt of those to begin with."""
    return [(c.name, c.prompts[0]) for c in probe.conditions[:_FIRST]] if probe is not None else []


def next_question(view: SessionView) -> tuple[str, str] | None:
    """Condition and prompt of the probe's question after the one that was asked last, None after the last."""
    probe = view.probe
    questions = [(c.name, prompt) for c in probe.conditions for prompt in c.prompts] if probe is not None else []
    asked = [(exchange.condition, exchange.prompt) for exchange in view.exchanges]
    last = next((questions.index(one) for one in reversed(asked) if one in questions), -1)
    return questions[last + 1] if last + 1 < len(questions) else None
