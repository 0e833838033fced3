"""What the log of a vLLM server means. The lines are those of real servers (vLLM 0.32.0 on a CPU), unless said."""

import pytest

from diptych.backends.servers import vllm_log
from diptych.errors import AGAIN, LOG

ENGINE = (
    "(EngineCore pid=22393) INFO 11-24 18:59:36 [core.py:133] Initializing a V1 LLM engine (v0.32.0) with config: "
    "model='/models/base', speculative_config=None, tokenizer='/models/base', download_dir=None, load_format=auto"
)
BOOT = (
    "(APIServer pid=22366) INFO 11-24 18:59:21 [model.py:733] Resolved architecture: LlamaForCausalLM",
    "(APIServer pid=22366) INFO 11-24 18:59:21 [model.py:2152] Using max model len 2048",
    ENGINE,
    "(Worker pid=22490) INFO 11-24 18:59:50 [cpu_model_runner.py:68] Starting to load model /models/base...",
    "Loading safetensors checkpoint shards:   0% Completed | 0/1 [00:00<?, ?it/s]",
    "(Worker pid=22490) WARNING 11-24 18:59:51 [utils.py:333] Attempted to load weight norm.weight with dtype"
    " torch.float32 into parameter with dtype torch.bfloat16",
    "Loading safetensors checkpoint shards: 100% Completed | 1/1 [00:00<00:00,  2.13it/s]",
    "(EngineCore pid=22393) INFO 11-24 18:59:52 [kv_cache_utils.py:2327] CPU KV cache size: 46,592 tokens, Maximum"
    " concurrency for 2,048 tokens per request: 22.75x",
    "(EngineCore pid=22393) INFO 11-24 18:59:54 [core.py:402] init engine (profile, create kv cache, warmup model)"
    " took 2.30 s",
    "(APIServer pid=22366) INFO 11-24 18:59:56 [serving.py:226] Loaded new LoRA adapter: name 'hello', path '/hello'",
    "INFO:     Application startup complete.",
)
DOWNLOAD = "model-00001-of-00002.safetensors:  17%|█▋        | 10.5M/60.0M [00:00<00:02, 23.4MB/s]\x1b[A"


def test_stages_of_a_start() -> None:
    assert [vllm_log.stage(line) for line in BOOT] == [
        "reading the configuration",
        None,
        "starting the engine",
        "loading the weights",
        "loading the weights, 0 %",
        None,
        "loading the weights, 100 %",
        "preparing the cache",
        "preparing the cache",
        "loading adapters",
        None,
    ]


def test_a_server_on_a_cpu_is_known() -> None:
    assert any(vllm_log.runs_on_cpu(line) for line in BOOT)
    assert not vllm_log.runs_on_cpu(BOOT[7].replace("CPU KV", "GPU KV"))


def test_downloads() -> None:
    assert vllm_log.stage(DOWNLOAD) == "downloading model-00001-of-00002.safetensors, 17 %"
    assert vllm_log.stage("Fetching 4 files:  25%|██▌       | 1/4 [00:00<00:00,  9.4it/s]") == "downloading, 25 %"


def test_what_the_console_asks_for_itself_is_not_kept() -> None:
    assert not vllm_log.worth_keeping('INFO:     127.0.0.1:52870 - "GET /health HTTP/1.1" 200 OK')
    assert not vllm_log.worth_keeping('INFO:     127.0.0.1:34210 - "GET /metrics HTTP/1.1" 200 OK')
    assert vllm_log.worth_keeping('INFO:     127.0.0.1:34210 - "GET /metrics HTTP/1.1" 500 Internal Server Error')
    assert all(vllm_log.worth_keeping(line) for line in BOOT)


FAULTS = {
    "port": (
        ["OSError: [Errno 98] Address already in use"],
        "the port is taken: OSError: [Errno 98] Address already in use",
        "stop the server that has it",
    ),
    "no vLLM": (
        [
            "/venv/bin/python: Error while finding module specification for 'vllm.entrypoints.openai.api_server'"
            " (ModuleNotFoundError: No module named 'vllm')"
        ],
        "the interpreter has no vLLM: /venv/bin/python: Error while finding",
        "pip install vllm",
    ),
    "no interpreter": (
        ["cannot start /nowhere/python: No such file or directory"],
        "there is no interpreter /nowhere/python: cannot start",
        "serve.python",
    ),
    "argument": (
        [
            "                     [--enable-log-requests | --no-enable-log-requests]",
            "                     [model_tag]",
            "api_server.py: error: unrecognized arguments: --no-such-argument",
        ],
        "vLLM does not know an argument: api_server.py: error: unrecognized arguments: --no-such-argument",
        "serve.args",
    ),
    "value": (
        ["api_server.py: error: argument --dtype: invalid choice: 'float99' (choose from 'auto', 'bfloat16')"],
        "vLLM does not know an argument: api_server.py: error: argument --dtype: invalid choice: 'float99'",
        "serve.args",
    ),
    "rank": (
        [
            "(Worker pid=27991) ERROR 11-24 19:10:04 [multiproc_executor.py:1063] ValueError: LoRA rank 64 is greater"
            " than max_lora_rank 16.",
            "ValueError: Call to add_lora method failed: Worker failed with error 'LoRA rank 64 is greater than"
            " max_lora_rank 16.', please check the stack trace above for the root cause",
        ],
        "the adapter's rank 64 is above the server's highest, 16: ValueError: Call to add_lora",
        'put "--max-lora-rank", "64" into serve.args',
    ),
    "seeds": (
        [
            "(Worker pid=19506) ERROR 11-24 22:13:42 [multiproc_executor.py:1063]     gen.set_offset(gen.get_offset())",
            "(Worker pid=19506) ERROR 11-24 22:13:42 [multiproc_executor.py:1063] RuntimeError: CPU Generator does not"
            " use offset",
        ],
        "vLLM on a CPU cannot read a prompt in parts for a request with a seed: RuntimeError: CPU Generator does not",
        'put "--no-enable-chunked-prefill" into serve.args',
    ),
    "adapter": (
        ["ValueError: Loading lora hello failed: No adapter found for /nowhere/adapter"],
        "the adapter is not found: ValueError: Loading lora hello failed: No adapter found for /nowhere/adapter",
        "check its path or id",
    ),
    "too long": (
        [
            "pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig",
            "  Value error, User-specified max_model_len (999999) is greater than the derived max_model_len"
            " (max_position_embeddings=8192.0 or model_max_length=None in model's config.json).",
            "    For further information visit https://errors.pydantic.dev/2.14/v/value_error",
        ],
        "the model has no context of 999999 tokens: Value error, User-specified max_model_len (999999)",
        'put "--max-model-len", "8192" into serve.args',
    ),
    "not on the hub": (
        [
            "    raise LocalEntryNotFoundError(",
            "huggingface_hub.errors.LocalEntryNotFoundError: Cannot find an appropriate cached snapshot folder for the"
            " specified revision on the local disk and outgoing traffic has been disabled.",
        ],
        "the model or an adapter is not found: LocalEntryNotFoundError: Cannot find an appropriate cached snapshot",
        "check the paths and ids in serve",
    ),
    # Not from a run: this needs a GPU.
    "memory": (
        ["torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity of"],
        "there is not enough memory: OutOfMemoryError: CUDA out of memory.",
        '"--gpu-memory-utilization"',
    ),
    "unknown": (
        ["(APIServer pid=1) ERROR 11-24 18:59:21 [x.py:1] RuntimeError: something new", "  warnings.warn("],
        "vLLM did not start: RuntimeError: something new",
        f"{LOG}, then {AGAIN}",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults(name: str) -> None:
    lines, said, hint = FAULTS[name]
    error = vllm_log.not_started([*BOOT, *lines], 1)
    assert error.message.startswith("vLLM did not start")
    assert said in error.message
    assert hint in error.hint
    assert "\n" not in error.message


def test_the_line_that_only_says_that_something_failed_is_not_the_useful_one() -> None:
    said = [
        "(EngineCore pid=1) ERROR 11-24 19:10:04 [core.py:1] KeyError: 'lm_head.weight'",
        "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}",
    ]
    assert vllm_log.not_started(said, 1).message == "vLLM did not start: KeyError: 'lm_head.weight'"


@pytest.mark.parametrize("status", [-9, 137])
def test_killed(status: int) -> None:
    assert vllm_log.not_started(BOOT, status).message == "vLLM did not start, it was killed"
    assert "memory" in vllm_log.not_started(BOOT, status).hint


def test_what_failed_long_ago_is_not_why_a_server_ended() -> None:
    """A load of an adapter that was refused leaves its words in the log."""
    log = [*BOOT, *FAULTS["rank"][0]]
    assert vllm_log.ended(log, 137).message == "vLLM has ended, it was killed"
    assert "not enough memory" in vllm_log.ended([*log, *FAULTS["memory"][0]], 1).message


def test_a_killed_engine() -> None:
    log = [
        *BOOT,
        "(APIServer pid=1) WARNING 11-24 18:59:21 [system_utils.py:255] Found ulimit of 20000 and failed to"
        " increase it. This can cause fd limit errors like `OSError: [Errno 24] Too many open files`.",
        "(APIServer pid=1) WARNING 11-24 19:48:22 [core_client.py:818] [shutdown] MPClient: engine core exited"
        " unexpectedly; starting cleanup",
        "(APIServer pid=1) ERROR 11-24 19:48:23 [serving.py:929] vllm.v1.engine.exceptions.EngineDeadError:"
        " EngineCore encountered an issue. See stack trace (above) for the root cause.",
        "nanobind: leaked 64 types!",
    ]
    assert vllm_log.ended(log, 0).message == "vLLM has ended, its engine was killed"
    assert vllm_log.ended(log[:-3], 0).message == "vLLM has ended"


def test_an_engine_that_failed() -> None:
    said = (
        "(EngineCore pid=1) ERROR 11-24 19:34:01 [core.py:1] RuntimeError: einsum(): subscript b has size 8",
        "(APIServer pid=1) ERROR 11-24 19:34:02 [async_llm.py:906] vllm.v1.engine.exceptions.EngineDeadError:"
        " EngineCore encountered an issue. See stack trace (above) for the root cause.",
    )
    assert vllm_log.ended([*BOOT, *said], 0).message == (
        "vLLM has ended: RuntimeError: einsum(): subscript b has size 8"
    )


def test_an_empty_log() -> None:
    assert vllm_log.not_started([], 1).message == "vLLM did not start"
    assert vllm_log.ended([], 0).message == "vLLM has ended"
