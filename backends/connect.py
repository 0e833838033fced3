"""From an endpoint of config.toml to a backend."""

import os
from functools import partial

from backends.client import OpenAIClient
from backends.endpoint import Endpoint
from backends.errors import BadKey
from backends.servers.embedded import EmbeddedServer
from backends.types import Backend


def connect(endpoint: Endpoint) -> Backend:
    """The backend that reaches `endpoint`; nothing is started, read or sent yet."""
    if endpoint.kind == "embedded":
        return EmbeddedServer(endpoint.timeout)
    assert endpoint.base_url is not None, "checked when the configuration is read"
    return OpenAIClient(endpoint.base_url, partial(_read_key, endpoint.api_key_env), endpoint.timeout)


def _read_key(variable: str | None) -> str:
    if variable is None:
        return "none"  # servers without keys still want a header
    if not (key := os.environ.get(variable)):
        raise BadKey(
            f"the environment variable {variable} is not set", f"export {variable}=... and start diptych again"
        )
    return key
