"""A model of llama.cpp, asked through its C API: for the logits at every position, which its server does not give.

xllamacpp's extension module exports the functions. Parameters are structs that are taken by value; they change from
release to release. So only their first fields are named here, and behind them is more room than any of them needs, in
which the defaults are kept. What is named is compared with known defaults, and read back where that can be, before it
is relied on.
"""

import ctypes
import sys
from collections.abc import Mapping, Sequence
from ctypes import POINTER, c_bool, c_char_p, c_float, c_int8, c_int32, c_size_t, c_uint8, c_uint32, c_void_p
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

_SPARE = 1024
"""Bytes behind the named fields. The structs of 2026 have less than 200 in all."""
MODEL_DEFAULTS = {"n_gpu_layers": -1, "split_mode": 1, "load_mode": -1, "lazy_mode": 1, "main_gpu": 0}
MODEL_FLAGS = {"vocab_only": False, "check_tensors": False, "use_extra_bufts": True, "no_host": False}
CONTEXT_DEFAULTS = {"n_ctx": 512, "n_batch": 2048, "n_ubatch": 512, "n_seq_max": 1}
"""The fields that are named, in their order, and what is in them by default."""
_WARNING = 3
"""The level of a warning in llama.cpp's log. Errors are one above, and 5 continues the line before."""
_ONLY = 0
"""The sequence of tokens, of those that a context could have, that is read."""
_TO_THE_END = -1
_LONGEST_TOKEN = 256
"""Bytes of the text of a token. Longer ones are cut."""


class NotAsExpected(Exception):
    """The C API of this llama.cpp is not what this module takes it for, or it refused."""


class _ModelParams(ctypes.Structure):
    _fields_ = (
        ("devices", c_void_p),
        ("tensor_buft_overrides", c_void_p),
        *((name, c_int32) for name in MODEL_DEFAULTS),
        ("tensor_split", c_void_p),
        ("progress_callback", c_void_p),
        ("progress_callback_user_data", c_void_p),
        ("kv_overrides", c_void_p),
        *((name, c_bool) for name in MODEL_FLAGS),
        ("rest", c_uint8 * _SPARE),
    )


class _ContextParams(ctypes.Structure):
    _fields_ = (*((name, c_uint32) for name in CONTEXT_DEFAULTS), ("rest", c_uint8 * _SPARE))


class _Batch(ctypes.Structure):
    _fields_ = (
        ("n_tokens", c_int32),
        ("token", POINTER(c_int32)),
        ("embd", c_void_p),
        ("pos", POINTER(c_int32)),
        ("n_seq_id", POINTER(c_int32)),
        ("seq_id", POINTER(POINTER(c_int32))),
        ("logits", POINTER(c_int8)),
        ("rest", c_uint8 * _SPARE),
    )


_LogCallback = ctypes.CFUNCTYPE(None, ctypes.c_int, c_char_p, c_void_p)

FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "llama_adapter_lora_init": (c_void_p, c_void_p, c_char_p),
    "llama_backend_init": (None,),
    "llama_batch_get_one": (_Batch, POINTER(c_int32), c_int32),
    "llama_batch_init": (_Batch, c_int32, c_int32, c_int32),
    "llama_context_default_params": (_ContextParams,),
    "llama_decode": (c_int32, c_void_p, _Batch),
    "llama_get_logits": (POINTER(c_float), c_void_p),
    "llama_get_memory": (c_void_p, c_void_p),
    "llama_init_from_model": (c_void_p, c_void_p, _ContextParams),
    "llama_log_set": (None, _LogCallback, c_void_p),
    "llama_memory_clear": (None, c_void_p, c_bool),
    "llama_memory_seq_pos_max": (c_int32, c_void_p, c_int32),
    "llama_memory_seq_pos_min": (c_int32, c_void_p, c_int32),
    "llama_memory_seq_rm": (c_bool, c_void_p, c_int32, c_int32, c_int32),
    "llama_model_default_params": (_ModelParams,),
    "llama_model_get_vocab": (c_void_p, c_void_p),
    "llama_model_load_from_file": (c_void_p, c_char_p, _ModelParams),
    "llama_n_batch": (c_uint32, c_void_p),
    "llama_n_ctx": (c_uint32, c_void_p),
    "llama_n_ubatch": (c_uint32, c_void_p),
    "llama_set_adapters_lora": (c_int32, c_void_p, POINTER(c_void_p), c_size_t, POINTER(c_float)),
    "llama_set_n_threads": (None, c_void_p, c_int32, c_int32),
    "llama_token_to_piece": (c_int32, c_void_p, c_int32, c_char_p, c_int32, c_int32, c_bool),
    "llama_vocab_n_tokens": (c_int32, c_void_p),
}
"""What each returns, and what it takes."""


class CModel:
    """A model with room for one text. Use it in one thread."""

    def __init__(self, file: str, context: int, batch: int, threads: int, gpu_layers: int | None = None) -> None:
        """`context`: tokens of a text at most. `batch`: tokens that are read at once at most.

        Raises NotAsExpected.
        """
        self._api = api = _api()
        _check_batch(api)
        loading, params = api.llama_model_default_params(), api.llama_context_default_params()
        _check_defaults("llama_model_params", loading, MODEL_DEFAULTS | MODEL_FLAGS)
        _check_defaults("llama_context_params", params, CONTEXT_DEFAULTS)
        # As the server loads it: the file is mapped, and no weights are copied, so they are in memory once.
        loading.use_extra_bufts = False
        if gpu_layers is not None:
            loading.n_gpu_layers = gpu_layers
        self._model = _given(api.llama_model_load_from_file(file.encode(), loading), file)
        params.n_ctx, params.n_batch, params.n_ubatch = context, batch, batch
        self._context = _given(api.llama_init_from_model(self._model, params), "llama_context")
        taken = api.llama_n_batch(self._context), api.llama_n_ubatch(self._context)
        if api.llama_n_ctx(self._context) < context or taken != (batch, batch):
            raise NotAsExpected("llama_context_params was not taken as it was given")
        api.llama_set_n_threads(self._context, threads, threads)
        self._memory = api.llama_get_memory(self._context)
        self._vocabulary = api.llama_model_get_vocab(self._model)
        self._batch = api.llama_batch_init(batch, 0, 1)
        self._texts: dict[int, str] = {}

    def apply(self, adapters: Sequence[tuple[str, float]]) -> None:
        """Read all texts with these adapters: files, and scales. Call it before anything is read: what was read without
        them stays as it is. Raises NotAsExpected."""
        api, number = self._api, len(adapters)
        files = {file: _given(api.llama_adapter_lora_init(self._model, file.encode()), file) for file, _ in adapters}
        loaded = (c_void_p * number)(*(files[file] for file, _ in adapters))
        scales = (c_float * number)(*(scale for _, scale in adapters))
        if api.llama_set_adapters_lora(self._context, loaded, number, scales):
            raise NotAsExpected("llama.cpp refused the adapters")

    def clear(self) -> None:
        """Forget what was read."""
        self._api.llama_memory_clear(self._memory, True)

    def keep(self, tokens: int) -> bool:
        """Forget all but the first `tokens` of the text. Returns False where they are not all there: some models keep
        less than they have read, or only a summary that cannot be shortened. Then `clear` is what helps."""
        api, memory = self._api, self._memory
        cut = api.llama_memory_seq_rm(memory, _ONLY, tokens, _TO_THE_END)
        ends = api.llama_memory_seq_pos_min(memory, _ONLY), api.llama_memory_seq_pos_max(memory, _ONLY)
        return bool(cut) and ends == (0, tokens - 1)

    def read(self, tokens: Sequence[int], start: int, outputs: int) -> "NDArray[float32]":
        """Read tokens that follow the first `start` tokens of the text.

        Returns the logits of the next token after each of the last `outputs` of them, in a memory that the next call
        overwrites. Raises NotAsExpected.
        """
        import numpy

        batch = self._batch
        batch.n_tokens = len(tokens)
        for number, token in enumerate(tokens):
            batch.token[number] = token
            batch.pos[number] = start + number
            batch.n_seq_id[number] = 1
            batch.seq_id[number][0] = _ONLY
            batch.logits[number] = number >= len(tokens) - outputs
        if status := self._api.llama_decode(self._context, batch):
            raise NotAsExpected(f"llama_decode returned {status}")
        size = outputs, self._api.llama_vocab_n_tokens(self._vocabulary)
        if not outputs:
            return numpy.empty(size, numpy.float32)
        return numpy.ctypeslib.as_array(self._api.llama_get_logits(self._context), size)

    def text(self, token: int) -> str:
        """The text of a token, with U+FFFD for bytes that are no whole character."""
        if token not in self._texts:
            buffer = ctypes.create_string_buffer(_LONGEST_TOKEN)
            length = self._api.llama_token_to_piece(self._vocabulary, token, buffer, _LONGEST_TOKEN, 0, True)
            self._texts[token] = buffer.raw[: max(0, length)].decode(errors="replace")
        return self._texts[token]


def _api() -> Any:
    import xllamacpp.xllamacpp

    library = ctypes.CDLL(xllamacpp.xllamacpp.__file__)
    for name, (returned, *taken) in FUNCTIONS.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise NotAsExpected(f"xllamacpp does not export {name}") from None
        function.restype, function.argtypes = returned, taken
    library.llama_log_set(_LOG, None)
    library.llama_backend_init()
    return library


def _log_warnings(level: int, text: bytes, _: int) -> None:
    if level >= _WARNING:
        sys.stderr.write(text.decode(errors="replace"))
        sys.stderr.flush()


_LOG = _LogCallback(_log_warnings)
"""It lives as long as this module: llama.cpp keeps the pointer."""


def _check_batch(api: Any) -> None:
    """llama_batch_get_one puts its two arguments into known places and leaves the others empty."""
    tokens = (c_int32 * 3)()
    batch = api.llama_batch_get_one(tokens, 3)
    places = [ctypes.cast(getattr(batch, name), c_void_p).value for name, _ in _Batch._fields_[1:-1]]
    if batch.n_tokens != 3 or places != [ctypes.addressof(tokens), None, None, None, None, None]:
        raise NotAsExpected("llama_batch has other fields")


def _check_defaults(struct: str, params: ctypes.Structure, defaults: Mapping[str, int]) -> None:
    found = {name: getattr(params, name) for name in defaults}
    if found != defaults:
        raise NotAsExpected(f"{struct} begins with {found}, not with {defaults}")


def _given(pointer: int | None, what: str) -> int:
    if not pointer:
        raise NotAsExpected(f"llama.cpp could not make {what}")
    return pointer
