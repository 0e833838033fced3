"""Explains the log of a vLLM server to the person who waits for the server."""

import re
from collections.abc import Iterable, Sequence

from diptych.backends.backend_errors import NotReady
from diptych.errors import AGAIN, LOG

_STAGES = (
    (re.compile(r"(?:Downloading|Fetching)\b.*?(\d+)%\|"), "downloading, {} %"),
    (re.compile(r"^([\w.()…/-]+\.\w+):\s+(\d+)%\|"), "downloading {}, {} %"),
    (re.compile(r"Loading \w+ checkpoint shards:\s+(\d+)%"), "loading the weights, {} %"),
    (re.compile(r"Starting to load model|Initializing model"), "loading the weights"),
    (re.compile(r"torch\.compile takes|Dynamo bytecode transform|Compiling a graph"), "compiling"),
    (re.compile(r"Capturing CUDA graph|Graph capturing"), "capturing graphs"),
    (re.compile(r"init engine|KV cache size"), "preparing the cache"),
    (re.compile(r"Initializing a V\d LLM engine"), "starting the engine"),
    (re.compile(r"Loaded new LoRA adapter"), "loading adapters"),
    (re.compile(r"Resolved architecture"), "reading the configuration"),
)

_Fault = tuple[re.Pattern[str], str, str]
"""The pattern in the log, the message, and the hint."""

_NO_MEMORY: _Fault = (
    re.compile(r"OutOfMemoryError|out of memory|No available memory for the cache|Cannot allocate memory", re.I),
    "there is not enough memory",
    'lower "--max-model-len" or "--gpu-memory-utilization" in serve.args',
)
_FAULTS: tuple[_Fault, ...] = (
    (
        re.compile(r"Address already in use"),
        "the port is taken",
        "stop the server that has it, or take the port out of base_url",
    ),
    (
        re.compile(r"^cannot start (\S+): "),
        "there is no interpreter {}",
        "name the one that has vLLM in serve.python",
    ),
    (
        re.compile(r"No module named '?vllm\b"),
        "the interpreter has no vLLM",
        "pip install vllm there, or name another interpreter in serve.python",
    ),
    (
        re.compile(r"error: (?:unrecognized arguments|argument -|ambiguous option)"),
        "vLLM does not know an argument",
        "fix serve.args",
    ),
    (
        re.compile(r"LoRA rank (\d+) is greater than max_lora_rank (\d+)"),
        "the adapter's rank {0} is above the server's highest, {1}",
        'put "--max-lora-rank", "{0}" into serve.args and start the server again',
    ),
    (
        # Seen with vLLM 0.32.0, when the prompt of a request with a seed is read in parts.
        re.compile(r"CPU Generator does not use offset"),
        "vLLM on a CPU cannot read a prompt in parts for a request with a seed",
        'put "--no-enable-chunked-prefill" into serve.args',
    ),
    (
        re.compile(r"LoRA is not enabled"),
        "the server was started without adapters",
        'put "--enable-lora" into serve.args and start the server again',
    ),
    (
        re.compile(r"LoRAAdapterNotFoundError|Loading lora \S+ failed: No adapter found|No adapter found for"),
        "the adapter is not found",
        "check its path or id",
    ),
    _NO_MEMORY,
    (
        re.compile(r"larger than the maximum number of tokens that can be stored in KV cache|is larger than the avail"),
        "the model's context does not fit into memory",
        'lower "--max-model-len" in serve.args',
    ),
    (
        re.compile(r"max_model_len \((\d+)\) is greater than the derived max_model_len \(\w+=(\d+)"),
        "the model has no context of {0} tokens",
        'put "--max-model-len", "{1}" into serve.args',
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
_USEFUL = re.compile(r"^\w*(?:Error|Exception): ?\S|^Value error, \S|: error: \S|^cannot start ")
_VAGUE = re.compile(
    r"Engine core initialization failed|EngineDeadError|Worker failed|See (?:root cause|stack trace) above", re.I
)
"""Lines which only say that something else has failed."""
_ENGINE_KILLED = re.compile(r"(?:exited|died) unexpectedly")
_PREFIX = re.compile(
    r"^\([\w.-]+ pid=\d+\) *|^(?:ERROR|WARNING|INFO) [\d-]+ [\d:]+ \[[^]]*\] *|^(?:[a-z_]\w*\.)+(?=[A-Z]\w*: )"
)
_OWN_REQUEST = re.compile(r'"GET /(?:health|metrics) HTTP/[\d.]+" 200')
_TERMINAL = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")
_KILLED = (-9, 137)
_IF_KILLED = f"see whether memory ran out, then {AGAIN}"
_LOOK = f"{LOG}, then {AGAIN}"
_LONGEST = 240
"""Characters of the log that an error quotes."""


def stage(line: str) -> str | None:
    """What the server is doing, by one line of its log; None where the line does not tell."""
    plain = _plain(line)
    for pattern, words in _STAGES:
        if match := pattern.search(plain):
            return words.format(*match.groups())
    return None


def worth_keeping(line: str) -> bool:
    """Whether to keep a line. Lines about the console's own requests, every two seconds, would soon fill the log."""
    return not _OWN_REQUEST.search(line)


def runs_on_cpu(line: str) -> bool:
    """Whether a line says that the server runs on a CPU."""
    return "device_config=cpu" in line or "CPU KV cache size" in line


def fault_in(text: str) -> tuple[str, str] | None:
    """The message and the hint for a fault that is known by its words; None for others."""
    return _known(text, _FAULTS)


def not_started(log: Iterable[str], exit_status: int | None) -> NotReady:
    """The error for a server that did not start, with the last useful line of its log."""
    lines = [_plain(line) for line in log]
    named = _named(lines, _FAULTS)
    if named is not None:
        line, (what, hint) = named
        return NotReady(f"vLLM did not start, {what}{_quoted(line)}", hint)
    last = _last(_useful(lines))
    if exit_status in _KILLED:
        return NotReady(f"vLLM did not start, it was killed{_quoted(last)}", _IF_KILLED)
    return NotReady(f"vLLM did not start{_quoted(last or _last(lines))}", _LOOK)


def ended(log: Iterable[str], exit_status: int | None) -> NotReady:
    """The error for a server that has ended. Of the known faults, only running out of memory ends a running server."""
    lines = [_plain(line) for line in log]
    named = _named(lines, (_NO_MEMORY,))
    if named is not None:
        line, (what, hint) = named
        return NotReady(f"vLLM has ended, {what}{_quoted(line)}", hint)
    if exit_status in _KILLED:
        return NotReady("vLLM has ended, it was killed", _IF_KILLED)
    if any(_ENGINE_KILLED.search(line) for line in lines):
        return NotReady("vLLM has ended, its engine was killed", _IF_KILLED)
    return NotReady(f"vLLM has ended{_quoted(_last(_useful(lines)))}", _LOOK)


def _known(text: str, faults: Sequence[_Fault]) -> tuple[str, str] | None:
    for pattern, what, hint in faults:
        if match := pattern.search(text):
            return what.format(*match.groups()), hint.format(*match.groups())
    return None


def _named(lines: Sequence[str], faults: Sequence[_Fault]) -> tuple[str, tuple[str, str]] | None:
    """The last line with a known fault, and the fault."""
    return next(((line, found) for line in reversed(lines) if (found := _known(line, faults)) is not None), None)


def _useful(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if _USEFUL.search(line) and not _VAGUE.search(line)]


def _last(lines: Sequence[str]) -> str:
    return lines[-1] if lines else ""


def _quoted(line: str) -> str:
    return f": {line[:_LONGEST]}" if line else ""


def _plain(line: str) -> str:
    """The line without process names, the logger's prefix, and terminal codes."""
    line = _TERMINAL.sub("", line).strip()
    while (shorter := _PREFIX.sub("", line).lstrip()) != line:
        line = shorter
    return line
