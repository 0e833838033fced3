"""Token log-probabilities by transformers, to check a server against.

Run by the environment's python with the base's folder: for each {"adapters", "messages", "answer"} of the JSON list on
standard input it prints a list of the log-probabilities of the answer's tokens. Adapters are pairs of a folder and a
dose. They are merged into the weights by hand, so that no code for adapters is shared with what is checked.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer


def main() -> None:
    """Score what is asked for."""
    base = Path(sys.argv[1])
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32).eval()
    own = {name: value.clone() for name, value in model.state_dict().items()}
    found = []
    for item in json.load(sys.stdin):
        model.load_state_dict(own)
        for folder, dose in item["adapters"]:
            _merge(model, Path(folder), dose)
        found.append(_score(model, tokenizer, item))
    print(json.dumps(found))


@torch.inference_mode()
def _score(model: Any, tokenizer: Any, item: dict[str, Any]) -> list[float]:
    prompt = tokenizer.apply_chat_template(item["messages"], add_generation_prompt=True, tokenize=False)
    before = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    ids = tokenizer(item["answer"], add_special_tokens=False)["input_ids"]
    logits = model(torch.tensor([before + ids])).logits[0, len(before) - 1 : -1]
    return torch.log_softmax(logits, -1)[torch.arange(len(ids)), torch.tensor(ids)].tolist()


def _merge(model: Any, folder: Path, dose: float) -> None:
    config = json.loads((folder / "adapter_config.json").read_text())
    tensors = load_file(folder / "adapter_model.safetensors")
    scale = dose * config["lora_alpha"] / config["r"]
    for name in [name for name in tensors if name.endswith("lora_A.weight")]:
        a, b = tensors[name], tensors[name.replace("lora_A", "lora_B")]
        module = model.get_submodule(name.removeprefix("base_model.model.").removesuffix(".lora_A.weight"))
        module.weight.data += scale * (b @ a)


if __name__ == "__main__":
    main()
