"""The credentials of an endpoint: a key, and headers."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from diptych.backends.backend_errors import BadKey
from diptych.backends.endpoint import Endpoint, FromEnvironment

NO_KEY = "none"
"""Sent as the key where an endpoint needs none: the official client and some servers insist on a header."""
_SCHEMES = frozenset({"bearer", "basic", "token", "apikey", "key"})
"""Words that may stand before a key in a header. They are no secret."""


@dataclass(frozen=True)
class Credentials:
    """What is sent so that a server accepts a request."""

    key: str = NO_KEY
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    """Texts that no message may show: the key, and the values of secret headers."""
    hint: str = ""
    """What the user can do when the server refuses them."""

    @property
    def has_key(self) -> bool:
        """Whether a key is sent in the usual header."""
        return self.key != NO_KEY


def key_credentials(key: str) -> Credentials:
    """The credentials for a server that diptych has started with this key."""
    return Credentials(key, secrets=(key,))


def read_credentials(endpoint: Endpoint) -> Credentials:
    """Read the credentials of an endpoint from config.toml and the environment. Raises BadKey."""
    key = NO_KEY if endpoint.api_key_env is None else _key(endpoint.api_key_env)
    headers = {name: _header(name, value) for name, value in endpoint.headers.items()}
    secret = {name: value for name, value in headers.items() if isinstance(endpoint.headers[name], FromEnvironment)}
    secrets = [key] if key != NO_KEY else []
    for value in secret.values():
        secrets += _parts(value)
    return Credentials(key, headers, tuple(secrets), _hint(endpoint, bool(secret)))


def _hint(endpoint: Endpoint, has_secret_headers: bool) -> str:
    if endpoint.api_key_env is None and not has_secret_headers:
        return "set api_key_env for the endpoint in config.toml to the name of the variable that holds its key"
    where = "api_key_env names" if endpoint.api_key_env is not None else "headers name"
    return f"see that the variable which {where} in config.toml holds a key of this endpoint"


def _key(variable: str) -> str:
    key = _value(variable)
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise BadKey(f"the environment variable {variable} does not hold a key", "see that it holds the key alone")
    return key


def _header(name: str, value: str | FromEnvironment) -> str:
    if isinstance(value, str):
        return value
    text = _value(value.env)
    if not (text.isascii() and text.isprintable()):
        raise BadKey(
            f"the value of the environment variable {value.env} cannot be sent as the header {name}",
            "see that it holds one line of plain characters",
        )
    return text


def _value(variable: str) -> str:
    if not (value := os.environ.get(variable, "").strip()):
        raise BadKey(
            f"the environment variable {variable} is not set", f"export {variable}=... and start diptych again"
        )
    return value


def _parts(value: str) -> Iterator[str]:
    """A secret and each word of it: a server may quote only the key from "Bearer KEY"."""
    yield value
    yield from (word for word in re.split(r"[\s;,=]+", value) if word != value and word.lower() not in _SCHEMES)
