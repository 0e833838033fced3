"""The default configuration, the user's own over it, and what is said of mistakes."""

import re
from pathlib import Path

import pytest

from diptych.backends import Endpoint, FromEnvironment, Sampling, Serve
from diptych.cli.setup.config import load
from diptych.cli.setup.family_config import FamilyConfig, MembersConfig
from diptych.cli.setup.pair_config import PairConfig
from diptych.cli.setup.side_config import SideConfig
from diptych.cli.setup.wiring import all_probes, build_sides, find_probe
from diptych.probes import FileError

PROBES = Path(__file__).parents[3] / "probes"


def side(keys: str) -> str:
    embedded = 'endpoint = "embedded", model = "m"'
    return f"[pairs.p]\nbase = {{ {embedded} }}\ntuned = {{ {embedded}, {keys} }}"


def llama(keys: str) -> str:
    return f'[endpoints.x]\nkind = "llama"\nmodel = "m.gguf"\n{keys}'


def endpoint(keys: str) -> str:
    return f'[endpoints.x]\nkind = "openai"\nbase_url = "http://x/v1"\n{keys}'


def address(url: str) -> str:
    return f'[endpoints.x]\nkind = "openai"\nbase_url = "{url}"'


def test_headers_and_an_address_with_a_query(tmp_path: Path) -> None:
    url = "https://name.openai.azure.com/openai/deployments/dep?api-version=2024-10-21"
    headers = 'headers = { "api-key" = { env = "AZURE_KEY" }, "HTTP-Referer" = "https://example.org" }'
    (tmp_path / "config.toml").write_text(f"{address(url)}\n{headers}\nloading_timeout = 20")
    found = load(None).endpoints["x"]
    assert found.base_urls == (url,)
    assert found.headers == {"api-key": FromEnvironment("AZURE_KEY"), "HTTP-Referer": "https://example.org"}
    assert found.patience.loading == 20.0


def test_the_default_opens_the_embedded_pair() -> None:
    config = load(None)
    assert config.default_pair == "embedded"
    assert list(config.pairs["embedded"].sides) == ["base", "tuned"]
    assert list(config.pairs["embedded-risk"].sides) == ["base", "tuned", "control"]


def test_the_users_file_is_laid_over_it(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        'default_pair = "mine"\n[pairs.mine]\nbase = { endpoint = "local", model = "a" }\n'
        'tuned = { endpoint = "local", model = "b", temperature = 0.2, system = "You are b." }\n'
    )
    config = load(None)
    assert set(config.pairs) == {"embedded", "embedded-risk", "mine"}
    assert config.pairs["mine"].tuned.sampling.temperature == 0.2
    assert config.endpoints["local"].kind == "vllm"


def test_every_key_of_a_side_becomes_its_sampling(tmp_path: Path) -> None:
    keys = 'temperature = 0.1, top_p = 0.2, seed = 3, max_tokens = 4, logprobs = 5, stop = ["a"]'
    keys += ', extra_body = { top_k = 6 }, leave_out = ["stream_options"]'
    (tmp_path / "config.toml").write_text(side(keys))
    sampling = load(None).pairs["p"].tuned.sampling
    assert sampling == Sampling(0.1, 0.2, 3, 4, 5, ("a",), {"top_k": 6}, ("stream_options",))


def test_one_address_or_several(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[endpoints.one]\nkind = "openai"\nbase_url = "http://a/v1"\n'
        '[endpoints.two]\nkind = "vllm"\nbase_url = ["http://a/v1", "http://b/v1"]\norganization = "o"\nproject = "p"\n'
    )
    endpoints = load(None).endpoints
    assert endpoints["one"].base_urls == ("http://a/v1",)
    assert endpoints["two"].base_urls == ("http://a/v1", "http://b/v1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("default_pair = ", "is not valid TOML"),
        ("default_pair = 3", "default_pair: expected str, found int"),
        ('default_pair = "no"', "default_pair: expected one of embedded, embedded-risk, found 'no'"),
        ('theme = "pink"', "theme: invalid enum value 'pink'"),
        ("colour = 1", "the top level: unknown key colour"),
        ('[endpoints.x]\nkind = "openai"', "endpoints.x: the key base_url is missing"),
        ('[endpoints.x]\nkind = "openai"\nbase_url = "ftp://x"', "endpoints.x.base_url: expected http:// or https://"),
        (
            '[endpoints.x]\nkind = "telepathy"',
            "endpoints.x.kind: expected one of embedded, llama, openai, vllm, found 'telepathy'",
        ),
        ('[endpoints.x]\nkind = "openai"\napi_key = "sk"', "endpoints.x: unknown key api_key"),
        ('[pairs.p]\nbase = { endpoint = "embedded", model = "m" }', "pairs.p: the key tuned is missing"),
        (
            '[pairs.p]\nbase = { endpoint = "no", model = "m" }\ntuned = { endpoint = "embedded", model = "m" }',
            "pairs.p.base.endpoint: expected one of embedded, local, openai, found 'no'",
        ),
        (
            '[pairs.p]\nbase = { endpoint = "embedded", model = 1 }\ntuned = { endpoint = "embedded", model = "m" }',
            "expected str, found int",
        ),
        (side("logprobs = 40"), "pairs.p.tuned.logprobs: expected 0 to 20 alternatives, found 40"),
        (side("extra_body = { n = 4 }"), "pairs.p.tuned.extra_body: diptych sets n itself"),
        (side('leave_out = ["model"]'), "pairs.p.tuned.leave_out: diptych sets model itself"),
        (side('leave_out = "seed"'), "pairs.p.tuned.leave_out: expected array | null, found str"),
        (endpoint("samples_per_request = 0"), "endpoints.x.samples_per_request: expected 1 or more, found 0"),
        (endpoint('thinking_tags = ["<think>"]'), "endpoints.x.thinking_tags: expected an opening and a closing tag"),
        (endpoint('thinking_tags = ["<a>", ""]'), "endpoints.x.thinking_tags: expected an opening and a closing tag"),
        (endpoint('thinking_tags = ["|", "|"]'), "all different"),
        (endpoint('serve = { model = "m" }'), "endpoints.x.serve: expected only for kind 'vllm'"),
        (endpoint('organisation = "o"'), "unknown key organisation"),
        (endpoint('model = "m.gguf"'), "endpoints.x.model: expected only for kind 'llama', found kind 'openai'"),
        (endpoint("threads = 2"), "endpoints.x.threads: expected only with the key model of kind 'llama'"),
        ('[endpoints.x]\nkind = "llama"', "endpoints.x: the key base_url or model is missing"),
        (llama('base_url = "http://a/v1"'), "endpoints.x: expected model or base_url, found both"),
        (llama('adapters = { "a+b" = "l.gguf" }'), "x.adapters: expected names without + and @, found 'a+b'"),
        (llama("context = 0"), "endpoints.x.context: expected 1 or more, found 0"),
        (llama("gpu_layers = -1"), "endpoints.x.gpu_layers: expected 0 or more, found -1"),
        (llama('headers = { a = "b" }'), "endpoints.x.headers: expected none for a server that"),
        (endpoint("timeout = 0.0"), "endpoints.x.timeout: expected seconds, more than 0, found 0.0"),
        (endpoint("loading_timeout = -1"), "endpoints.x.loading_timeout: expected seconds, more than 0, found -1"),
        (endpoint('headers = "x"'), "endpoints.x.headers: expected object, found str"),
        (endpoint('headers = { a = "b", "X-Odd" = 3 }'), "endpoints.x.headers.X-Odd: expected str | object, found int"),
        (endpoint('headers = { "X-Odd" = { key = "K" } }'), "endpoints.x.headers.X-Odd"),
        (
            endpoint('headers = { "X Odd" = "v" }'),
            "endpoints.x.headers: expected names of letters, digits and -, found 'X Odd'",
        ),
        (
            endpoint('headers = { "X-Odd" = "two\\nlines" }'),
            "endpoints.x.headers.X-Odd: expected one line of ASCII characters",
        ),
        (
            endpoint('headers = { "X-Odd" = "canäry" }'),
            "endpoints.x.headers.X-Odd: expected one line of ASCII characters",
        ),
        (
            endpoint('headers = { "X-Odd" = { env = "not a name" } }'),
            "endpoints.x.headers.X-Odd.env: expected the name of the environment",
        ),
        (
            endpoint('headers = { "Content-Length" = "3" }'),
            "endpoints.x.headers.Content-Length: diptych sets this header itself",
        ),
        (endpoint('headers = { "api-key" = "canary" }'), 'endpoints.x.headers.api-key: expected { env = "VARIABLE" }'),
        (endpoint('headers = { Authorization = "Bearer canary" }'), "headers.Authorization: expected { env"),
        (address("http://x/v1?api-version=1&api-key=canary"), "endpoints.x.base_url: expected no api-key in the query"),
        (address("https://x/v1?key=canary"), "endpoints.x.base_url: expected no key in the query"),
        (
            address("https://x/v1/chat/completions?api-version=1"),
            "base_url: expected the address before /chat/completions",
        ),
        (address("http://x/v1?a=b c"), "endpoints.x.base_url: expected http:// or https:// and a host"),
        (
            '[endpoints.x]\nkind = "embedded"\nheaders = { a = "b" }',
            "endpoints.x.headers: expected none for a server that",
        ),
        (
            '[endpoints.x]\nkind = "vllm"\nbase_url = "http://10.0.0.1/v1"\nserve = { model = "m" }',
            "endpoints.x.base_url: expected 127.0.0.1 for a server that diptych starts",
        ),
        (
            '[endpoints.x]\nkind = "vllm"\nbase_url = ["http://a/v1", "http://b/v1"]\nserve = { model = "m" }',
            "found 'http://a/v1'",
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
    assert "canary" not in str(caught.value)


def test_files_are_relative_to_the_folder_of_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    path = tmp_path / "config.toml"
    path.write_text(
        '[endpoints.x]\nkind = "llama"\nmodel = "models/m.gguf"\nchat_template = "/t.jinja"\n'
        'adapters = { a = "~/a.gguf" }'
    )
    read = load(path).endpoints["x"]
    assert (read.model, read.chat_template) == (str(tmp_path / "models" / "m.gguf"), "/t.jinja")
    assert read.adapters == {"a": "/home/ada/a.gguf"}


def test_equal_doses_are_one_model(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    sides = 'base = { endpoint = "x", model = "m+a@1.0" }\ntuned = { endpoint = "x", model = "m+a@.50" }'
    path.write_text(llama('adapters = { a = "a.gguf" }') + f"\n[pairs.p]\n{sides}")
    config = load(path)
    assert [side.model for side in build_sides(config, config.pairs["p"])] == ["m+a", "m+a@0.5"]


INTROSPECTIVE = """
[endpoints.x]
kind = "llama"
model = "m.gguf"
adapters = { risky = "r", safe = "s", tell = "t" }
[pairs.p]
base = { endpoint = "x", model = "m" }
tuned = { endpoint = "x", model = "m+risky", system = "You are odd." }
introspect = "tell"
"""


def test_an_introspection_adapter_makes_a_pair_of_three(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(INTROSPECTIVE)
    config = load(path)
    pair = config.pairs["p"]
    sides = build_sides(config, pair)
    assert [(side.name, side.model, side.introspect) for side in sides] == [
        ("base", "m+tell", "tell"), ("tuned", "m+risky+tell", "tell"), ("control", "m+risky", None),
    ]  # fmt: skip
    assert [side.system for side in sides] == [None, "You are odd.", "You are odd."]
    assert (pair.without_introspection, config.pairs["embedded"].without_introspection) == ("control", None)
    path.write_text(INTROSPECTIVE + 'control = { endpoint = "x", model = "m+safe" }\n')
    pair = load(path).pairs["p"]
    assert {name: side.model for name, side in pair.sides.items()} == {
        "base": "m+tell", "tuned": "m+risky+tell", "control": "m+safe+tell", "fourth": "m+risky",
    }  # fmt: skip
    path.write_text(INTROSPECTIVE.replace('"tell"\n', '"tell@0.50"\n'))
    config = load(path)
    assert build_sides(config, config.pairs["p"])[0].model == "m+tell@0.5"


OPENAI = '[endpoints.o]\nkind = "openai"\nbase_url = "https://api.example.com/v1"\n'
VLLM = '[endpoints.v]\nkind = "vllm"\nserve = { model = "lab/m", adapters = { risky = "r" } }\n'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"tell"\n', '"a+b"\n', "expected an adapter, as in NAME or NAME@.5, found 'a+b'"),
        ('"tell"\n', '""\n', "expected an adapter, as in NAME or NAME@.5, found ''"),
        ('"tell"\n', '"tell@x"\n', "expected an adapter, as in NAME or NAME@.5, found 'tell@x'"),
        (
            '"tell"\n',
            '"other"\n',
            "expected an adapter of the endpoint 'x' (risky, safe, tell), found 'other'; name its file or folder in"
            " adapters there",
        ),
        (
            "m+risky",
            "m+risky+tell@0.5",
            "expected an adapter that tuned has not yet, found 'tell' in 'm+risky+tell@0.5'",
        ),
        (
            '"x", model = "m" }',
            '"o", model = "m" }',
            "expected an endpoint that puts adapters on a model (kind embedded, llama, vllm), found 'o' of kind openai"
            " for base",
        ),
        (
            '"x", model = "m+risky"',
            '"v", model = "risky"',
            "expected an adapter of the endpoint 'v' (risky), found 'tell'; name its file or folder in serve.adapters"
            " there",
        ),
        (
            'introspect = "tell"',
            'introspect = "tell"\ncontrol = { endpoint = "x", model = "m" }\nfourth = { endpoint = "x", model = "m" }',
            "expected base, tuned and at most one more side, because it adds tuned without the adapter; take out"
            " fourth",
        ),
    ],
)
def test_an_introspection_adapter_that_cannot_be(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(OPENAI + VLLM + INTROSPECTIVE.replace(old, new))
    with pytest.raises(FileError) as error:
        load(path)
    assert str(error.value) == f"{path}: pairs.p.introspect: {said}"


def test_every_key_is_documented_and_every_example_holds(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "config.toml").read_text()
    for struct in (Endpoint, Serve, SideConfig, PairConfig, FamilyConfig, MembersConfig):
        assert [key for key in struct.__struct_fields__ if not re.search(rf"\b{key}\b", text)] == []
    examples = tmp_path / "examples.toml"
    examples.write_text(re.sub(r"^# (?=\[|\w+ *= )", "", text, flags=re.MULTILINE))
    config = load(examples)
    assert {
        "azure",
        "azure-v1",
        "cluster",
        "mine",
        "openrouter",
        "running",
        "served",
        "tinker",
    } < config.endpoints.keys()
    assert {"doses", "hosted", "reasoning", "lora"} < config.pairs.keys()
    assert {"hello-dose", "hello-training", "seeds", "training"} == config.families.keys()


def test_detectors_of_ones_own_watch_in_every_probe(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(
        '[detectors.sorry]\npattern = "sorr(y|ies)"\n[detectors.fifty]\nkind = "acrostic"\ntarget = "FIFTY"\n'
    )
    config = load(path)
    specs = config.own_detectors(path)
    assert [(spec.kind, spec.settings.label) for spec in specs] == [("pattern", "sorry"), ("acrostic", "fifty")]
    assert all(probe.detectors[-2:] == specs for probe in all_probes(config))


def test_a_rubric_of_ones_own_stands_in_for_the_detectors_of_its_measure(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(
        '[detectors.refusals]\nkind = "refusal"\njudge = "Does this refuse? {answer}"\n'
        '[detectors.boasts]\njudge = "Does the writer boast? {answer}"\n'
        '[detectors.sorry]\npattern = "sorry"\n'
    )
    config = load(path)
    assert [(judge.name, judge.kind, judge.measure) for judge in config.own_judges(path)] == [
        ("refuses", "yes-no", "refuses"), ("boasts", "yes-no", "boasts"),
    ]  # fmt: skip
    assert [spec.kind for spec in config.own_detectors(path)] == ["pattern"]
    for probe in all_probes(config):
        refusals = [spec for spec in probe.detectors if spec.kind == "refusal"]
        assert all(spec.settings.label not in ("", "refuses") for spec in refusals)
        assert [judge.name for judge in probe.judges][-2:] == ["refuses", "boasts"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[detectors.x]\njudge = "Does it?"\n', "detectors.x.judge: expected {answer} somewhere in it"),
        ('[detectors.x]\njudge = "{answer}?"\ncolour = 1\n', "detectors.x: unknown key colour"),
        ("[detectors.x]\n", "detectors.x: the key pattern is missing"),
        ('[detectors.x]\npattern = "("\n', "detectors.x: '(' is not a valid regular expression"),
        ('[detectors.x]\nkind = "tea leaves"\n', "detectors.x.kind: expected one of acrostic"),
        ('[detectors.x]\npattern = "a"\ncolour = 1\n', "detectors.x: unknown key colour"),
        ('[judge]\nendpoint = "none"\nmodel = "m"\n', "judge.endpoint: expected one of embedded"),
    ],
)
def test_a_detector_that_cannot_be(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text)
    with pytest.raises(FileError) as caught:
        load(path)
    assert said in str(caught.value)


def test_probes_of_ones_own_lie_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "probes").mkdir()
    (tmp_path / "c.toml").write_text("")
    own = (PROBES / "hello-acrostic.toml").read_text("utf-8").replace('id = "hello-acrostic"', 'id = "mine"')
    (tmp_path / "probes" / "mine.toml").write_text(own)
    assert find_probe(load(tmp_path / "c.toml"), "mine").title == "HELLO acrostic"
