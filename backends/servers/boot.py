"""What the log of a vLLM server means for the person who waits for it."""

import re
from collections.abc import Iterable

from backends.errors import NotReady

_STAGES = (
    (re.compile(r"(?:Downloading|Fetching)\b.*?(\d+)%"), "downloading, {} %"),
    (re.compile(r"Loading \w+ checkpoint shards:\s+(\d+)%"), "loading the weights, {} %"),
    (re.compile(r"Starting to load model|Initializing model"), "loading the weights"),
    (re.compile(r"torch\.compile takes|Dynamo bytecode transform|Compiling a graph"), "compiling"),
    (re.compile(r"Capturing CUDA graph|Graph capturing"), "capturing graphs"),
    (re.compile(r"init engine|KV cache size"), "preparing the cache"),
    (re.compile(r"Initializing a V\d LLM engine"), "starting the engine"),
    (re.compile(r"Loaded new LoRA adapter"), "loading adapters"),
)

_FAULTS = (
    (
        re.compile(r"Address already in use"),
        "the port is taken",
        "stop the server that has it, or take the port out of base_url",
    ),
    (
        re.compile(r"No module named '?vllm\b|vllm.entrypoints.*(?:No module named|ModuleNotFoundError)"),
        "the interpreter has no vLLM",
        "pip install vllm there, or name another interpreter in serve.python",
    ),
    (
        re.compile(r"LoRA rank (\d+) is greater than max_lora_rank (\d+)"),
        "the adapter's rank {} is above the server's highest, {}",
        'put "--max-lora-rank", "{}" into serve.args and start the server again',
    ),
    (
        re.compile(r"OutOfMemoryError|out of memory|No available memory for the cache|Cannot allocate memory", re.I),
        "there is not enough memory",
        'lower "--max-model-len" or "--gpu-memory-utilization" in serve.args',
    ),
    (
        re.compile(r"larger than the maximum number of tokens that can be stored in KV cache|is larger than the avail"),
        "the model's context does not fit into memory",
        'put "--max-model-len", "4096" into serve.args',
    ),
    (
        re.compile(
            r"Repo id must be|is not a local folder|is not a valid model identifier|Can't load the configuration"
            r"|does not appear to have a file named config\.json|Invalid repository ID|OfflineModeIsEnabled"
            r"|LocalEntryNotFoundError|RepositoryNotFoundError|couldn't connect to 'https://"
        ),
        "the model or an adapter is not found",
        "check the paths and ids in serve",
    ),
)
_USEFUL = re.compile(r"\b(?:\w*Error|\w*Exception)\b: ?\S")
_PREFIX = re.compile(r"^\(\w+ pid=\d+\) +|^(?:ERROR|WARNING|INFO) [\d-]+ [\d:]+ \[[^]]*\] *")
_KILLED = (-9, 137)


def stage(line: str) -> str | None:
    """What the server does, as one line of its log tells; None for a line that does not."""
    for pattern, words in _STAGES:
        if match := pattern.search(line):
            return words.format(*match.groups())
    return None


def fault_in(text: str) -> tuple[str, str] | None:
    """What went wrong and the mend, for the faults that are known by their words."""
    for pattern, what, mend in _FAULTS:
        if match := pattern.search(text):
            return what.format(*match.groups()), mend.format(*match.groups())
    return None


def fault(log: Iterable[str], exit_status: int | None, how: str) -> NotReady:
    """Why the server "did not start" or "ended", with the last useful line of its log."""
    lines = [_plain(line) for line in log]
    said = next((line for line in reversed(lines) if _USEFUL.search(line)), lines[-1] if lines else "")
    quoted = f": {said[:200]}" if said else ""
    known = next((found for line in reversed(lines) if (found := fault_in(line)) is not None), None)
    if known is not None:
        return NotReady(f"vLLM {how}, {known[0]}{quoted}", known[1])
    if exit_status in _KILLED:
        return NotReady(f"vLLM {how}, it was killed{quoted}", "see whether memory ran out; press r to start it again")
    return NotReady(f"vLLM {how}{quoted}", "press l for its log, r to start it again")


def _plain(line: str) -> str:
    """The line without the marks of process and logger."""
    while (shorter := _PREFIX.sub("", line)) != line:
        line = shorter
    return line.strip()
