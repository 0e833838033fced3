"""The request fields that the models of a server have refused, and that are left out since."""

from typing import Any

from diptych.backends.backend_errors import BackendError, BadRequest, ServerError, Unsupported

_CONSEQUENCES = {
    "max_tokens": "the length of its answers is not limited",
    "temperature": "it samples its answers at a temperature of its own",
    "top_p": "it samples its answers with a top_p of its own",
    "seed": "its answers cannot be repeated",
    "stop": "its answers do not end at the stop texts",
    "stream_options": "tokens are counted as they arrive",
    "logprobs": "its answers have no log-probabilities",
    "top_logprobs": "its tokens have no alternatives",
    "n": "answers are asked for one by one",
}
_TOGETHER = {"logprobs": ("logprobs", "top_logprobs"), "max_tokens": ("max_tokens", "max_completion_tokens")}
"""Fields that are left out together."""


class LearnedFields:
    """Remembers each refusal of a field, so that it happens once, and leaves the field out of later requests."""

    def __init__(self) -> None:
        self.notices: list[str] = []
        """What the reader should know about the refused fields."""
        self._counts_completion: set[str] = set()
        """Models that want `max_completion_tokens` in place of `max_tokens`."""
        self._left_out: dict[str, set[str]] = {}

    def applied(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body without the fields that its model refuses."""
        model = body["model"]
        if model in self._counts_completion:
            body = {("max_completion_tokens" if key == "max_tokens" else key): value for key, value in body.items()}
        if unwanted := self._left_out.get(model):
            body = {key: value for key, value in body.items() if key not in unwanted}
        return body

    def learn(self, error: Exception, ours: BackendError, sent: dict[str, Any]) -> bool:
        """Note a refusal; returns whether the request can be sent again in another form.

        `error` is the error as it was raised, `ours` what it means, `sent` the body that was refused.
        """
        from diptych.backends.error_mapping import body_of
        from diptych.backends.refused_fields import refused_field

        if type(ours) not in (BadRequest, ServerError, Unsupported):
            return False
        report = body_of(error) or ours.message
        if (field := refused_field(report, sent)) is None:
            return False
        model = sent["model"]
        if field == "max_tokens" and "max_tokens" in sent and "max_completion_tokens" in str(report):
            self._counts_completion.add(model)
            return True
        self._left_out.setdefault(model, set()).update(_TOGETHER.get(field, (field,)))
        self.notices.append(_notice(model, field))
        return True


def _notice(model: str, field: str) -> str:
    hint = (
        "set samples_per_request = 1 for the endpoint" if field == "n" else f'set leave_out = ["{field}"] for the side'
    )
    return f"{model} refuses the field {field}, which is now left out: {_CONSEQUENCES[field]}; {hint} in config.toml"
