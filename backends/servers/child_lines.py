"""The other end of a ChildProcess: lines come in, lines go out, and the process ends with its parent."""

import os
import sys
import threading
import traceback
from collections.abc import Callable
from queue import SimpleQueue

import msgspec

NextLine = Callable[[], bytes]
Answer = Callable[[msgspec.Struct], None]


def answer_lines(serve: Callable[[NextLine, Answer], None]) -> None:
    """Call `serve`, which takes lines and answers each, until standard input closes. Then end at once: llama.cpp may
    hang when nobody reads what it writes."""
    lines: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_read_until_parent_ends, args=(lines,), daemon=True).start()
    # Answers get a file of their own: llama.cpp writes its log to standard output.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    try:
        serve(lines.get, lambda answer: _write(answers.write, msgspec.json.encode(answer) + b"\n"))
    except Exception:
        traceback.print_exc()
    finally:
        # Not by returning: that would wait for the threads of llama.cpp.
        os._exit(1)


def _write(write: Callable[[bytes], int], data: bytes) -> None:
    """A pipe takes what it has room for, which may be less than all."""
    while data:
        data = data[write(data) :]


def _read_until_parent_ends(lines: SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        lines.put(line)
    os._exit(0)
