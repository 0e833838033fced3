"""The default configuration, the user's own over it, and what is said of mistakes."""

from pathlib import Path

import pytest

from cli.config import load
from probes import FileError


def test_the_default_opens_the_embedded_pair() -> None:
    config = load(None)
    assert config.default_pair == "embedded"
    assert list(config.pairs["embedded"].sides) == ["base", "tuned"]


def test_the_users_file_is_laid_over_it(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        'default_pair = "mine"\n[pairs.mine]\nbase = { endpoint = "local", model = "a" }\n'
        'tuned = { endpoint = "local", model = "b", temperature = 0.2, system = "You are b." }\n'
    )
    config = load(None)
    assert set(config.pairs) == {"embedded", "mine"}
    assert config.pairs["mine"].tuned.sampling.temperature == 0.2
    assert config.endpoints["local"].kind == "vllm"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("default_pair = ", "is not valid TOML"),
        ("default_pair = 3", "default_pair: expected str, found int"),
        ('default_pair = "no"', "default_pair: expected one of embedded, found 'no'"),
        ('theme = "pink"', "theme: invalid enum value 'pink'"),
        ("colour = 1", "the top level: unknown key colour"),
        ('[endpoints.x]\nkind = "openai"', "endpoints.x: the key base_url is missing"),
        ('[endpoints.x]\nkind = "openai"\nbase_url = "ftp://x"', "endpoints.x.base_url: expected http:// or https://"),
        ('[endpoints.x]\nkind = "telepathy"', "invalid enum value 'telepathy'"),
        ('[endpoints.x]\nkind = "openai"\napi_key = "sk"', "unknown key api_key"),
        ('[pairs.p]\nbase = { endpoint = "embedded", model = "m" }', "the key tuned is missing"),
        (
            '[pairs.p]\nbase = { endpoint = "no", model = "m" }\ntuned = { endpoint = "embedded", model = "m" }',
            "pairs.p.base.endpoint: expected one of embedded, local, openai, found 'no'",
        ),
        (
            '[pairs.p]\nbase = { endpoint = "embedded", model = 1 }\ntuned = { endpoint = "embedded", model = "m" }',
            "expected str, found int",
        ),
    ],
)
def test_mistakes(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(FileError) as caught:
        load(None)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
