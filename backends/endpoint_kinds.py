"""The kinds of endpoint: one entry in `ENDPOINT_KINDS` for each. A new kind needs nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from diptych.backends.endpoint import Endpoint
from diptych.backends.interface import Backend

if TYPE_CHECKING:
    from diptych.backends.replicas import Replicas


@dataclass(frozen=True)
class EndpointKind:
    """One kind of endpoint, as `kind` in config.toml names it."""

    build: Callable[[Endpoint, Sequence[str]], Backend]
    """Makes the backend. Nothing is started, read or sent yet. It gets the endpoint and the models that will be asked.
    It does its own imports, so that only the kinds in use are loaded."""
    needs_address: bool = True
    """Whether the setting base_url is required; `serve` may stand in its place."""
    takes_serve: bool = False
    """Whether the setting `serve` is allowed."""
    takes_model: bool = False
    """Whether the setting `model`, and those about it, are allowed. It stands in the place of base_url."""
    takes_adapters: bool = False
    """Whether an adapter can be put on a model by its name: `model+adapter`."""
    takes_headers: bool = True
    """Whether the setting `headers` is allowed."""


def _build_embedded(endpoint: Endpoint, models: Sequence[str]) -> Backend:
    from diptych.backends.servers.llama_server import LlamaServer
    from diptych.backends.servers.weights import embedded_model

    return LlamaServer(embedded_model(), endpoint.patience, models, endpoint.thinking_tags)


def _build_llama(endpoint: Endpoint, models: Sequence[str]) -> Backend:
    if endpoint.model is None:
        from diptych.backends.servers.llama_attached import AttachedLlama

        return AttachedLlama(_replicas(endpoint))
    from diptych.backends.servers.llama_files import configured_model
    from diptych.backends.servers.llama_server import LlamaServer

    return LlamaServer(configured_model(endpoint), endpoint.patience, models, endpoint.thinking_tags)


def _build_hosted(endpoint: Endpoint, models: Sequence[str]) -> Backend:
    from diptych.backends.hosted import HostedAPI

    return HostedAPI(_replicas(endpoint), endpoint.samples_per_request)


def _build_vllm(endpoint: Endpoint, models: Sequence[str]) -> Backend:
    if endpoint.serve is not None:
        from diptych.backends.servers.vllm_process import VLLMProcess

        return VLLMProcess(endpoint.serve, endpoint, models)
    from diptych.backends.servers.vllm import VLLM

    return VLLM(_replicas(endpoint), endpoint.samples_per_request, apart=not endpoint.together)


ENDPOINT_KINDS: dict[str, EndpointKind] = {
    # llama.cpp, started by diptych, with the model and the adapters that come with it.
    "embedded": EndpointKind(_build_embedded, needs_address=False, takes_adapters=True, takes_headers=False),
    # llama.cpp: started by diptych with a model from disk, or running already.
    "llama": EndpointKind(_build_llama, takes_model=True, takes_adapters=True),
    # Any OpenAI-compatible API.
    "openai": EndpointKind(_build_hosted),
    # A vLLM server: one that runs, or one that diptych starts.
    "vllm": EndpointKind(_build_vllm, takes_serve=True, takes_adapters=True),
}


def connect(endpoint: Endpoint, models: Sequence[str] = ()) -> Backend:
    """The backend that reaches `endpoint`. Nothing is started, read or sent yet.

    `models` are those that will be asked: a server that loads models on demand loads these when it starts.
    """
    return ENDPOINT_KINDS[endpoint.kind].build(endpoint, models)


def _replicas(endpoint: Endpoint) -> "Replicas":
    """A client for each address of the endpoint."""
    from diptych.backends.credentials import read_credentials
    from diptych.backends.openai_client import OpenAIClient
    from diptych.backends.replicas import Replicas

    credentials = partial(read_credentials, endpoint)
    return Replicas(
        [
            OpenAIClient(
                url, credentials, endpoint.patience, endpoint.organization, endpoint.project, endpoint.thinking_tags
            )
            for url in endpoint.base_urls
        ]
    )
