"""From an endpoint of config.toml to a backend."""

import os
from collections.abc import Sequence
from functools import partial

from backends.client import OpenAIClient
from backends.endpoint import Endpoint
from backends.errors import BadKey
from backends.hosted import HostedAPI
from backends.replicas import Replicas
from backends.servers.embedded import EmbeddedServer
from backends.servers.served import ServedVLLM
from backends.servers.vllm import VLLM
from backends.types import Backend


def connect(endpoint: Endpoint, models: Sequence[str] = ()) -> Backend:
    """The backend that reaches `endpoint`; nothing is started, read or sent yet.

    `models` will be asked for: a server that loads each when it is wanted makes them ready when it starts.
    """
    if endpoint.kind == "embedded":
        return EmbeddedServer(endpoint.timeout, models, endpoint.thinking_tags)
    if endpoint.serve is not None:
        return ServedVLLM(endpoint.serve, endpoint)
    assert endpoint.base_urls, "checked when the configuration is read"
    read_key = partial(_read_key, endpoint.api_key_env)
    api = Replicas(
        [
            OpenAIClient(
                url, read_key, endpoint.timeout, endpoint.organization, endpoint.project, endpoint.thinking_tags
            )
            for url in endpoint.base_urls
        ]
    )
    if endpoint.kind == "vllm":
        return VLLM(api, endpoint.samples_per_request, apart=not endpoint.together)
    return HostedAPI(api, endpoint.samples_per_request)


def _read_key(variable: str | None) -> str:
    if variable is None:
        return "none"  # servers without keys still want a header
    if not (key := os.environ.get(variable, "").strip()):
        raise BadKey(
            f"the environment variable {variable} is not set", f"export {variable}=... and start diptych again"
        )
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise BadKey(f"what the environment variable {variable} holds is no key", "see that it holds the key alone")
    return key
