"""What llama.cpp finds likely after given tokens, in a process of its own: python -m tests.llama_logprobs.

Reads a JSON list of {"model", "adapters": [[file, scale], …], "tokens"} from standard input, and prints for each the
log-probabilities of the whole vocabulary after each token, as a list of lists.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

_WORD = 259
"""A token that is a whole word. llama.cpp reports nothing where it samples a part of a character."""


def llama_logprobs(asked: list[tuple[Path, list[tuple[Path, float]], list[int]]]) -> list[np.ndarray]:
    """Ask for each model with adapters and their doses. A result has a row for each token and a column for each of the
    vocabulary."""
    items = [
        {"model": str(model), "adapters": [(str(file), dose) for file, dose in adapters], "tokens": tokens}
        for model, adapters, tokens in asked
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.llama_logprobs"],
        cwd=Path(__file__).parent.parent,
        input=json.dumps(items),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [np.array(rows) for rows in json.loads(done.stdout)]


def main() -> None:
    """Answer, then end at once: not by returning, which would wait for the threads of llama.cpp."""
    # llama.cpp writes its log to standard output.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    answers.write(json.dumps([_rows(**item) for item in json.load(sys.stdin)]))
    answers.flush()
    os._exit(0)


def _rows(model: str, adapters: list[tuple[str, float]], tokens: list[int]) -> list[list[float]]:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(file, dose) for file, dose in adapters]
    params.n_ctx = 64
    params.n_parallel = 1
    params.cache_ram_mib = 0
    params.warmup = False
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    return [_next(server, tokens[: count + 1]) for count in range(len(tokens))]


def _next(server: Any, tokens: list[int]) -> list[float]:
    body = {
        "prompt": tokens, "max_tokens": 1, "logprobs": 1000, "temperature": 0.0, "cache_prompt": False,
        "logit_bias": [[_WORD, 1000.0]],
    }  # fmt: skip
    reply = server.handle_completions(body)
    likely = reply["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    return [found["logprob"] for found in sorted(likely, key=lambda found: found["id"])]


if __name__ == "__main__":
    main()
