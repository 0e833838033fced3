"""What lets a client in: a key, and headers of its own."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from diptych.backends.endpoint import Endpoint, FromEnvironment
from diptych.backends.errors import BadKey

NO_KEY = "none"
"""What stands for a key where an endpoint wants none: the official client, and some servers, want a header."""
_SCHEMES = frozenset({"bearer", "basic", "token", "apikey", "key"})
"""Words before a key in a header, which are no secret."""


@dataclass(frozen=True)
class Credentials:
    """What is sent so that a server answers."""

    key: str = NO_KEY
    headers: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    """What no message may repeat; the key is one of them."""
    hint: str = ""
    """What to do where the server does not accept it."""

    @property
    def has_key(self) -> bool:
        """Whether a key is sent in the usual header."""
        return self.key != NO_KEY


def of_key(key: str) -> Credentials:
    """Credentials to a server that diptych has started with that key."""
    return Credentials(key, secrets=(key,))


def read_credentials(endpoint: Endpoint) -> Credentials:
    """What config.toml and the environment say of an endpoint. Raises BadKey."""
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
        raise BadKey(f"what the environment variable {variable} holds is no key", "see that it holds the key alone")
    return key


def _header(name: str, value: str | FromEnvironment) -> str:
    if isinstance(value, str):
        return value
    held = _value(value.env)
    if not (held.isascii() and held.isprintable()):
        raise BadKey(
            f"what the environment variable {value.env} holds cannot be sent as the header {name}",
            "see that it holds one line of plain characters",
        )
    return held


def _value(variable: str) -> str:
    if not (value := os.environ.get(variable, "").strip()):
        raise BadKey(
            f"the environment variable {variable} is not set", f"export {variable}=... and start diptych again"
        )
    return value


def _parts(value: str) -> Iterator[str]:
    """A secret, and each word of it: a server may repeat the key of "Bearer KEY" alone."""
    yield value
    yield from (word for word in re.split(r"[\s;,=]+", value) if word != value and word.lower() not in _SCHEMES)
