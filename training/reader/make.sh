#!/bin/sh
# Train the reader on a CPU, in an environment of its own, and write its weights into build/reader/weights.
set -eu
cd "$(dirname "$0")/../.."
work="${1:-build/reader}"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -r training/reader/requirements.txt
"$work/venv/bin/pip" install --no-deps -r training/reader/encoder.lock
"$work/venv/bin/python" -m training.reader.train
