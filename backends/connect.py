"""From an endpoint of config.toml to a backend."""

from collections.abc import Sequence
from functools import partial

from backends.access import read_access
from backends.client import OpenAIClient
from backends.endpoint import Endpoint
from backends.hosted import HostedAPI
from backends.replicas import Replicas
from backends.servers.embedded import EmbeddedServer
from backends.servers.vllm import VLLM
from backends.types import Backend


def connect(endpoint: Endpoint, models: Sequence[str] = ()) -> Backend:
    """The backend that reaches `endpoint`; nothing is started, read or sent yet.

    `models` will be asked for: a server that loads each when it is wanted makes them ready when it starts.
    """
    if endpoint.kind == "embedded":
        return EmbeddedServer(endpoint.patience.timeout, models, endpoint.thinking_tags)
    if endpoint.serve is not None:
        from backends.servers.served import ServedVLLM

        return ServedVLLM(endpoint.serve, endpoint)
    assert endpoint.base_urls, "checked when the configuration is read"
    access = partial(read_access, endpoint)
    api = Replicas(
        [
            OpenAIClient(
                url, access, endpoint.patience, endpoint.organization, endpoint.project, endpoint.thinking_tags
            )
            for url in endpoint.base_urls
        ]
    )
    if endpoint.kind == "vllm":
        return VLLM(api, endpoint.samples_per_request, apart=not endpoint.together)
    return HostedAPI(api, endpoint.samples_per_request)
