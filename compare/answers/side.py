"""One column of a comparison."""

from collections.abc import Iterable
from dataclasses import dataclass

from diptych.backends import Backend, Message, Model, Request, Sampling
from diptych.compare.answers.question import Question
from diptych.sessions import SideRecord


@dataclass(frozen=True)
class Side:
    """A model, its endpoint, and how it is asked."""

    name: str
    endpoint: str
    base_url: str | None
    model: str
    system: str | None
    sampling: Sampling
    backend: Backend
    arm: str | None = None
    """Of a member of a family: its arm, e.g. "base", "tuned", "control"."""
    x: float | None = None
    """Of a member of a family: the number over which it is drawn."""
    training_seed: int | None = None
    """Of a member of a family: the seed of its training run."""

    @property
    def arm_name(self) -> str:
        """Its arm; its own name where it has none."""
        return self.arm or self.name

    def request(
        self,
        question: Question,
        system: str | None,
        sampling: Sampling,
        history: tuple[Message, ...] = (),
    ) -> Request:
        """The request for a question after the turns of `history`; `system` is the system prompt.

        In the modes "text" and "user" the model continues the prompt. In the mode "quoted" the beginning of the answer
        is part of the user's turn.
        """
        if question.mode == "text":
            return Request(self.model, (), sampling, "text", question.prompt)
        opening = (Message("system", system),) if system is not None else ()
        if question.mode == "user":
            return Request(self.model, (*opening, *history), sampling, "user", question.prompt)
        asked = Message("user", question.user_turn)
        given = "" if question.mode == "quoted" else question.prefill
        return Request(self.model, (*opening, *history, asked), sampling, prefill=given)

    def listed(self, models: Iterable[Model]) -> Model | None:
        """Its model among those that the endpoint lists, or None. `base:adapter` means the adapter."""
        by_name = {model.name: model for model in models}
        adapter = by_name.get(self.model.rpartition(":")[2])
        return by_name.get(self.model) or (adapter if adapter is not None and adapter.parent is not None else None)

    @property
    def address(self) -> str:
        """The address of the endpoint, or its name if diptych starts the server."""
        return self.base_url or self.endpoint

    def record(self) -> SideRecord:
        """The side as it is stored with a session."""
        return SideRecord(
            self.name, self.endpoint, self.base_url, self.model, self.system, self.arm, self.x, self.training_seed
        )


def backends_of(sides: Iterable[Side]) -> list[Backend]:
    """The backends of these sides, each once: several sides may share one."""
    return list({id(side.backend): side.backend for side in sides}.values())
