"""What the models of a server have refused so far, and how they are asked since."""

from typing import Any

from diptych.backends.errors import BackendError, BadRequest, ServerError, Unsupported

_MEANS = {
    "max_tokens": "its answers are as long as it likes",
    "temperature": "its answers are drawn at a temperature of its own",
    "top_p": "its answers are drawn as it does by itself",
    "seed": "its answers cannot be drawn again",
    "stop": "its answers do not end at the texts that were set",
    "stream_options": "tokens are counted as they come",
    "logprobs": "there are no log-probabilities of its answers",
    "top_logprobs": "there are no alternatives of its tokens",
    "n": "answers are asked for one by one",
}
_TOGETHER = {"logprobs": ("logprobs", "top_logprobs"), "max_tokens": ("max_tokens", "max_completion_tokens")}
"""Fields that go out together."""


class LearnedFields:
    """Fields that models have refused are left out from then on, each refusal being met once."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        """What a reader has to know of it."""
        self._counts_completion: set[str] = set()
        """Models that want `max_completion_tokens`, as they have said."""
        self._left_out: dict[str, set[str]] = {}

    def applied(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body as its model wants it."""
        model = body["model"]
        if model in self._counts_completion:
            body = {("max_completion_tokens" if key == "max_tokens" else key): value for key, value in body.items()}
        if unwanted := self._left_out.get(model):
            body = {key: value for key, value in body.items() if key not in unwanted}
        return body

    def learn(self, error: Exception, ours: BackendError, sent: dict[str, Any]) -> bool:
        """Take note of a refusal; returns whether the question can be asked in another way now.

        `error` as it was raised, `ours` what it means, `sent` the body that was refused.
        """
        from diptych.backends.error_mapping import body_of
        from diptych.backends.refused_fields import refused_field

        if type(ours) not in (BadRequest, ServerError, Unsupported):
            return False
        said = body_of(error) or ours.message
        if (field := refused_field(said, sent)) is None:
            return False
        model = sent["model"]
        if field == "max_tokens" and "max_tokens" in sent and "max_completion_tokens" in str(said):
            self._counts_completion.add(model)
            return True
        self._left_out.setdefault(model, set()).update(_TOGETHER.get(field, (field,)))
        self.notices.append(_notice(model, field))
        return True


def _notice(model: str, field: str) -> str:
    hint = (
        "set samples_per_request = 1 for the endpoint" if field == "n" else f'set leave_out = ["{field}"] for the side'
    )
    return f"{model} refuses the field {field}, which is left out now: {_MEANS[field]}; {hint} in config.toml"
