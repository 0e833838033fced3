"""The errors of backends: what can go wrong between diptych and a model.

BackendError
├── NotReady        a server that diptych starts did not start, or has ended
├── Unreachable     no server listens at the address
│   └── HungUp      a server closed the connection before it answered
├── BadKey          401, 403, or no key at all
├── UnknownModel    404, or a name that the endpoint does not know
├── BadRequest      400, 422: the endpoint refuses the request
│   ├── TooLong     the prompt does not fit into the model's context
│   ├── Refused     the endpoint's policy forbids the prompt or the answer
│   └── Unsupported the endpoint cannot do what it was asked to do
├── NoQuota         429 or 402: the account is used up, and waiting does not help
├── RateLimited     429, still after all retries
├── ServerError     5xx
├── Loading         the model was still loading at the end of the longest wait
├── TimedOut        no answer, or no next piece of it, in time
└── Dropped         the answer broke off before its end
"""

from diptych.errors import DiptychError


class BackendError(DiptychError):
    """An endpoint failed, refused a request, or could not be reached."""

    passes = False
    """Whether the same request may succeed in a moment."""

    @property
    def kind(self) -> str:
        """The error's name as it is stored, e.g. "bad key"."""
        words = "".join(f" {c.lower()}" if c.isupper() else c for c in type(self).__name__)
        return words.strip()


class NotReady(BackendError):
    """A server that diptych starts did not start, or has ended."""


class Unreachable(BackendError):
    """No server listens at the address."""


class HungUp(Unreachable):
    """A server closed the connection before the first byte of its response."""

    @property
    def kind(self) -> str:
        """Stored as unreachable: to a reader it is the same."""
        return "unreachable"


class BadKey(BackendError):
    """The key is missing, or the endpoint does not accept it."""


class UnknownModel(BackendError):
    """The endpoint has no model of this name."""


class BadRequest(BackendError):
    """The endpoint refuses the request."""


class TooLong(BadRequest):
    """The prompt does not fit into the model's context."""


class Refused(BadRequest):
    """The endpoint's policy forbids the prompt or the answer."""


class Unsupported(BadRequest):
    """The endpoint cannot do what it was asked to do."""


class NoQuota(BackendError):
    """The account is used up."""


class RateLimited(BackendError):
    """Too many requests, still after all retries."""

    passes = True


class ServerError(BackendError):
    """The server failed."""


class Loading(BackendError):
    """The server is still loading the model."""

    passes = True


class TimedOut(BackendError):
    """No answer, or no next piece of it, in time."""


class Dropped(BackendError):
    """The answer broke off before its end."""
