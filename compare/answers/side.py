"""One column of a comparison."""

from collections.abc import Iterable
from dataclasses import dataclass

from diptych.backends import Backend, Message, Mode, Model, Request, Sampling
from diptych.sessions import SideRecord


@dataclass(frozen=True)
class Side:
    """A model, where it is reached, and how it is asked."""

    name: str
    endpoint: str
    base_url: str | None
    model: str
    system: str | None
    sampling: Sampling
    backend: Backend

    def request(
        self,
        history: tuple[Message, ...],
        prompt: str,
        system: str | None,
        sampling: Sampling,
        mode: Mode = "chat",
        prefill: str = "",
    ) -> Request:
        """The request for `prompt` after `history`; `system` is the system prompt.

        As plain text, and as the user's turn, the prompt is what the model goes on from. A quoted beginning stands in
        the user's turn.
        """
        if mode == "text":
            return Request(self.model, (), sampling, mode, prompt)
        opening = (Message("system", system),) if system is not None else ()
        if mode == "user":
            return Request(self.model, (*opening, *history), sampling, mode, prompt)
        asked = Message("user", user_turn(prompt, mode, prefill))
        given = "" if mode == "quoted" else prefill
        return Request(self.model, (*opening, *history, asked), sampling, prefill=given)

    def listed(self, models: Iterable[Model]) -> Model | None:
        """Its model as its endpoint lists it, if it does; `base:adapter` is understood as the adapter."""
        by_name = {model.name: model for model in models}
        adapter = by_name.get(self.model.rpartition(":")[2])
        return by_name.get(self.model) or (adapter if adapter is not None and adapter.parent is not None else None)

    @property
    def address(self) -> str:
        """Where it is reached: the address, or the endpoint's name where diptych starts the server."""
        return self.base_url or self.endpoint

    def record(self) -> SideRecord:
        """The side as it is kept with a session."""
        return SideRecord(self.name, self.endpoint, self.base_url, self.model, self.system)


def user_turn(prompt: str, mode: Mode, prefill: str) -> str:
    """What the user says where a prompt is asked: the prompt, and with a quoted beginning of the answer more."""
    if mode != "quoted" or not prefill:
        return prompt
    return (
        f"{prompt}\n\nThe answer to this begins as follows:\n\n{prefill}\n\nGo on with that answer from where it stops,"
        " as if it were yours. Write only what comes next, and do not repeat what is there."
    )


def backends_of(sides: Iterable[Side]) -> list[Backend]:
    """The backends of sides, each once: several sides may be models of one."""
    return list({id(side.backend): side.backend for side in sides}.values())
