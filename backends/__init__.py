"""Where models are reached: request and delta types, the OpenAI-compatible client, supervised servers."""

from backends.connect import connect
from backends.endpoint import Endpoint
from backends.errors import (
    BackendError,
    BadKey,
    BadRequest,
    Dropped,
    NoQuota,
    NotReady,
    RateLimited,
    ServerError,
    TimedOut,
    TooLong,
    UnknownModel,
    Unreachable,
)
from backends.types import (
    Backend,
    Delta,
    End,
    Message,
    Progress,
    Request,
    Sampling,
    TokenLogprob,
    Usage,
)

__all__ = [
    "Backend",
    "BackendError",
    "BadKey",
    "BadRequest",
    "Delta",
    "Dropped",
    "End",
    "Endpoint",
    "Message",
    "NoQuota",
    "NotReady",
    "Progress",
    "RateLimited",
    "Request",
    "Sampling",
    "ServerError",
    "TimedOut",
    "TokenLogprob",
    "TooLong",
    "UnknownModel",
    "Unreachable",
    "Usage",
    "connect",
]
