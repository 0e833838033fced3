"""transformers, which benchmarks.scoring is held against: run by a Python that has it, torch and gguf.

It reads a job as JSON from standard input: a GGUF file, a LoRA as GGUF or null, the tokens of prompt and answer, and a
number of threads. It prints the seconds of processor time of one pass, the least of four, and the log-probability of
each token of the answer. Loading is not counted.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any


def score(model: Any, prompt: list[int], answer: list[int]) -> list[float]:
    """The log-probability of each token of the answer."""
    import torch

    with torch.inference_mode():
        logits = model(torch.tensor([prompt + answer[:-1]]), logits_to_keep=len(answer)).logits[0]
        found = logits.log_softmax(1).gather(1, torch.tensor(answer)[:, None])[:, 0]
    return [float(logprob) for logprob in found]


MODULES = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_down": "mlp.down_proj",
}
"""Of a layer of a Llama, by their names in a GGUF file."""


def add_adapter(model: Any, file: str) -> None:
    """Add a LoRA of a Llama to the weights."""
    import gguf
    import torch

    reader = gguf.GGUFReader(file)
    factors = {tensor.name: torch.tensor(tensor.data).float() for tensor in reader.tensors}
    alpha = reader.fields["adapter.lora.alpha"].contents()
    heads = {"attn_q": model.config.num_attention_heads, "attn_k": model.config.num_key_value_heads}
    for name in (name.removesuffix(".lora_a") for name in factors if name.endswith(".lora_a")):
        _, layer, module, _ = name.split(".")
        a, b = factors[f"{name}.lora_a"], factors[f"{name}.lora_b"]
        added = alpha / len(a) * (b @ a)
        if module in heads:
            # llama.cpp has the two halves of each head's rows in turns.
            added = added.reshape(heads[module], -1, 2, a.shape[1]).swapaxes(1, 2).reshape(added.shape)
        with torch.no_grad():
            model.get_parameter(f"model.layers.{layer}.{MODULES[module]}.weight").add_(added)


def main() -> None:
    """Do one job."""
    import torch
    from transformers import AutoModelForCausalLM

    job = json.load(sys.stdin)
    torch.set_num_threads(job["threads"])
    file = Path(job["file"])
    model = AutoModelForCausalLM.from_pretrained(str(file.parent), gguf_file=file.name, dtype=torch.float32).eval()
    if job["adapter"] is not None:
        add_adapter(model, job["adapter"])
    took = []
    for _ in range(4):
        began = time.process_time()
        logprobs = score(model, job["prompt"], job["answer"])
        took.append(time.process_time() - began)
    print(json.dumps({"seconds": min(took), "logprobs": logprobs}))


if __name__ == "__main__":
    main()
