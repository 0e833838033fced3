"""Log-probabilities of small models by transformers: python small_reference.py FOLDER….

Reads a JSON list of tokens from standard input. Prints for each checkpoint the log-probabilities of the whole
vocabulary after each token.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM


@torch.inference_mode()
def main() -> None:
    """Answer."""
    tokens = torch.tensor([json.load(sys.stdin)])
    found = []
    for folder in sys.argv[1:]:
        model, loading = AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
        )
        assert not loading["missing_keys"], loading
        assert not loading["unexpected_keys"], loading
        found.append(torch.log_softmax(model.eval()(tokens).logits[0], -1).tolist())
    print(json.dumps(found))


if __name__ == "__main__":
    main()
