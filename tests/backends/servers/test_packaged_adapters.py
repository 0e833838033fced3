"""The adapters that come with the program."""

from diptych.backends.servers.llama_files import checked_adapter, checked_model
from diptych.backends.servers.weights import base_file, embedded_model


def test_every_packaged_adapter_is_for_the_packaged_model() -> None:
    model = checked_model(base_file())
    for name, file in embedded_model().adapters.items():
        assert checked_adapter(name, file, model) == file
