"""What `diptych run` and `pairs check` say of an endpoint that makes them wait, or refuses a field."""

import asyncio
import json
import os
import subprocess
from pathlib import Path

from tests.crashes.scene import served
from tests.end_to_end.terminal import DIPTYCH
from tests.openai_server import Exchange, OpenAI, Reply, error_body

KEY = "canary-in-a-header-0123456789"
CONFIG = """
[endpoints.slow]
kind = "openai"
base_url = "URL?api-version=1"
headers = { "api-key" = { env = "HEADER_KEY" }, "X-Title" = "a test" }

[pairs.slow]
base = { endpoint = "slow", model = "gpt-base", max_tokens = 20 }
tuned = { endpoint = "slow", model = "gpt-base", max_tokens = 20 }
"""


def demanding() -> Reply:
    """Loads its model, refuses the seed, and turns one request away; each once."""
    said: list[str] = []

    async def reply(exchange: Exchange) -> None:
        path, _, query = exchange.path.partition("?")
        assert query == "api-version=1"
        assert (exchange.headers["api-key"], exchange.headers["x-title"]) == (KEY, "a test")
        exchange.path = path
        if path.endswith("/chat/completions") and len(said) < 2:
            said.append("loading")
            await exchange.error(503, error_body("Loading model", "unavailable_error", code=503))
        elif "seed" in exchange.body:
            await exchange.error(400, error_body(f'Unknown name "seed": Cannot find field. (asked with {KEY})'))
        elif path.endswith("/chat/completions") and len(said) < 3:
            said.append("limit")
            await exchange.head(429, "application/json", "llm_provider-retry-after: 4\r\n")
            await exchange.send(json.dumps(error_body("slow down")).encode())
        else:
            await asyncio.sleep(0.01)
            await OpenAI()(exchange)

    return reply


def diptych(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    Path(os.environ["DIPTYCH_CONFIG"]).write_text(CONFIG.replace("URL", url))
    environment = {**os.environ, "HEADER_KEY": KEY, "OPENAI_LOG": "debug"}
    return subprocess.run([DIPTYCH, *arguments], env=environment, capture_output=True, text=True, timeout=120)


def test_a_run_waits_and_says_what_it_waited_for(tmp_path: Path) -> None:
    with served(demanding()) as server:
        ran = diptych(server.base_url, "run", "hello-acrostic", "--pair", "slow", "-n", "1", "--json")
    assert ran.returncode == 0, ran.stderr
    assert "the model is loading · " in ran.stderr
    assert "waiting for the endpoint's rate limit · " in ran.stderr
    notice = 'gpt-base refuses the field seed, which is now left out: its answers cannot be repeated; set leave_out = ["seed"] for the side in config.toml'  # noqa: E501
    assert ran.stderr.count(notice) == 1
    assert json.loads(ran.stdout)["warnings"].count(notice) == 1
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert KEY not in ran.stdout + ran.stderr
    assert KEY.encode() not in kept


def test_a_check_waits_and_says_what_was_refused() -> None:
    with served(demanding()) as server:
        ran = diptych(server.base_url, "pairs", "check", "slow")
    assert "the model is loading · " in ran.stderr
    assert ran.stdout.count("⚠ gpt-base refuses the field seed") == 1, ran.stdout + ran.stderr
    assert KEY not in ran.stdout + ran.stderr
