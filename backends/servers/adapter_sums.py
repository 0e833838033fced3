"""Models of vLLM with an adapter at some dose, or with several: vLLM applies one adapter to a request, as it is.

Where more is asked for, the sum is written as one LoRA on this machine, once, and the server loads it under a name that
says what it is.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from diptych.backends.backend_errors import NotReady, UnknownModel
from diptych.backends.servers.adapter_doses import AdapterDose, DosedModel, is_adapter_name, read_name
from diptych.backends.servers.found_models import hub_snapshot
from diptych.backends.servers.kept_loras import summed_lora


class Listing(NamedTuple):
    """What a server has."""

    bases: tuple[str, ...] = ()
    """The names of its base."""
    adapters: Mapping[str, str] = {}
    """By name the folder or hub id of each; "" where it is not known."""

    def read(self, name: str) -> DosedModel | None:
        """The base and the adapters that a name stands for; None where it is none of the server's. `base:adapter` means
        the adapter, and an adapter may stand for the base with it: `adapter+another`. Raises UnknownModel."""
        heads = {adapter: adapter for adapter in self.adapters if is_adapter_name(adapter)}
        heads |= {f"{base}:{adapter}": adapter for base in self.bases for adapter in heads}
        model = read_name(name, (*self.bases, *heads)) if "+" in name else None
        if model is not None:
            own = (AdapterDose(heads[model.base]),) if model.base in heads else ()
            base = self.bases[0] if own else model.base
            return self._with_known_adapters(DosedModel(base, (*own, *model.adapters)))
        if name in self.bases:
            return DosedModel(name)
        adapter = name if name in self.adapters else name.rpartition(":")[2]
        return DosedModel(self.bases[0], (AdapterDose(adapter),)) if self.bases and adapter in self.adapters else None

    def served_name(self, model: DosedModel) -> str:
        """The name under which the server answers as a model: the base, an adapter, or a sum."""
        if is_sum(model):
            return DosedModel(self.bases[0], model.active).name
        return model.active[0].adapter if model.active else model.base

    def _with_known_adapters(self, model: DosedModel) -> DosedModel:
        for adapter, _ in model.adapters:
            if adapter not in self.adapters:
                known = ", ".join(filter(is_adapter_name, self.adapters)) or "none"
                raise UnknownModel(f"the endpoint has no adapter {adapter!r}", f"it has: {known}")
        return model


def is_sum(model: DosedModel) -> bool:
    """Whether an adapter has to be written for it."""
    return len(model.active) > 1 or any(dose != 1 for _, dose in model.active)


def written_sum(model: DosedModel, adapters: Mapping[str, str]) -> Path:
    """The folder of the sum of a model's adapters, which is written if it is not there. Raises NotReady."""
    return summed_lora([(folder_of(adapter, adapters[adapter]), dose) for adapter, dose in model.active])


def folder_of(adapter: str, path: str) -> Path:
    """The folder of an adapter on this machine, whose path or hub id is given. Raises NotReady."""
    folder = Path(path).expanduser()
    if path and folder.is_dir():
        return folder
    snapshot = hub_snapshot(path) if path.count("/") == 1 else None
    if snapshot is None:
        raise NotReady(
            f"the files of the adapter {adapter} are not on this machine ({path or 'the server does not say where'})",
            "run diptych where they are, or write the sum there (diptych.backends.write_lora_sum) and load it",
        )
    return snapshot
