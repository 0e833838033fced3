"""transformers, which benchmarks.scoring is held against: run by a Python that has it, torch and gguf.

It reads a job as JSON from standard input: a GGUF file, the tokens of prompt and answer, and a number of threads. It
prints the seconds of processor time of one pass, the least of four, and the log-probability of each token of the
answer. Loading is not counted.
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


def main() -> None:
    """Do one job."""
    import torch
    from transformers import AutoModelForCausalLM

    job = json.load(sys.stdin)
    torch.set_num_threads(job["threads"])
    file = Path(job["file"])
    model = AutoModelForCausalLM.from_pretrained(str(file.parent), gguf_file=file.name, dtype=torch.float32).eval()
    took = []
    for _ in range(4):
        began = time.process_time()
        logprobs = score(model, job["prompt"], job["answer"])
        took.append(time.process_time() - began)
    print(json.dumps({"seconds": min(took), "logprobs": logprobs}))


if __name__ == "__main__":
    main()
