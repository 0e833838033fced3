"""Convert a peft LoRA of the embedded model to a GGUF adapter: python -m training.convert FOLDER FILE."""

import argparse
from pathlib import Path

from diptych.backends.servers import weights
from diptych.backends.servers.gguf_header import read_header
from diptych.backends.servers.gguf_lora import write_gguf_lora
from diptych.backends.servers.peft_folder import read_lora


def main() -> None:
    """Run the conversion."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("file", type=Path)
    args = parser.parse_args()
    write_gguf_lora(read_lora(args.folder), read_header(weights.base_file()), args.file)


if __name__ == "__main__":
    main()
