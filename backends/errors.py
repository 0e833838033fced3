"""What can go wrong between diptych and a model.

BackendError
├── NotReady        a server that diptych starts did not start, or has ended
├── Unreachable    nobody answers at the address
│   └── HungUp      somebody is there, who ends the connection at once
├── BadKey         401, 403, or no key at all
├── UnknownModel   404, or a name that the endpoint does not know
├── BadRequest     400, 422: the endpoint refuses the request
│   ├── TooLong    the prompt does not fit into the model's context
│   ├── Refused     the endpoint's policy forbids the prompt or the answer
│   └── Unsupported the endpoint cannot do what is asked of it
├── NoQuota        429 that no waiting mends
├── RateLimited    429 that was still there after the retries
├── ServerError    5xx
├── Loading        the model was still being loaded when the wait for it was over
├── TimedOut       no answer, or no next piece of it, in time
└── Dropped        the answer broke off before its end
"""

from diptych.errors import DiptychError


class BackendError(DiptychError):
    """What an endpoint did wrong, or what is wrong with the way to it."""

    passes = False
    """Whether the same request may be answered in a moment."""

    @property
    def kind(self) -> str:
        """The error's name as it is stored, e.g. "bad key"."""
        words = "".join(f" {c.lower()}" if c.isupper() else c for c in type(self).__name__)
        return words.strip()


class NotReady(BackendError):
    """A server that diptych starts could not be started, or has ended."""


class Unreachable(BackendError):
    """Nobody answers at the address."""


class HungUp(Unreachable):
    """Somebody is there, who ended the connection before the first byte of an answer."""

    @property
    def kind(self) -> str:
        """Kept as what it is to a reader: nobody who answers."""
        return "unreachable"


class BadKey(BackendError):
    """The key is missing or not accepted."""


class UnknownModel(BackendError):
    """The endpoint has no model of this name."""


class BadRequest(BackendError):
    """The endpoint refuses the request as it stands."""


class TooLong(BadRequest):
    """The prompt does not fit into the model's context."""


class Refused(BadRequest):
    """The endpoint's policy forbids the prompt or the answer."""


class Unsupported(BadRequest):
    """The endpoint cannot do what is asked of it."""


class NoQuota(BackendError):
    """The account has nothing left to spend."""


class RateLimited(BackendError):
    """Too many requests, also after the retries."""

    passes = True


class ServerError(BackendError):
    """The server failed."""


class Loading(BackendError):
    """The server is there, and still loads the model."""

    passes = True


class TimedOut(BackendError):
    """No answer, or no next piece of it, in time."""


class Dropped(BackendError):
    """The answer broke off before its end."""
