"""From an endpoint of config.toml to a backend."""

from collections.abc import Sequence
from functools import partial

from diptych.backends.credentials import read_credentials
from diptych.backends.endpoint import Endpoint
from diptych.backends.hosted import HostedAPI
from diptych.backends.interface import Backend
from diptych.backends.openai_client import OpenAIClient
from diptych.backends.replicas import Replicas
from diptych.backends.servers.embedded import EmbeddedServer
from diptych.backends.servers.vllm import VLLM


def connect(endpoint: Endpoint, models: Sequence[str] = ()) -> Backend:
    """The backend that reaches `endpoint`; nothing is started, read or sent yet.

    `models` will be asked for: a server that loads each when it is wanted makes them ready when it starts.
    """
    if endpoint.kind == "embedded":
        return EmbeddedServer(endpoint.patience.timeout, models, endpoint.thinking_tags)
    if endpoint.serve is not None:
        from diptych.backends.servers.vllm_process import VLLMProcess

        return VLLMProcess(endpoint.serve, endpoint)
    assert endpoint.base_urls, "checked when the configuration is read"
    access = partial(read_credentials, endpoint)
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
