"""`diptych pairs import`: organism files become pairs in the user's own config.toml."""

from pathlib import Path

import pytest
import tomli
from click.testing import CliRunner

from diptych.cli.main import main
from diptych.cli.setup.config import load
from diptych.probes import FileError

BASE_MODEL = "# @package model\nname: tiny_1B\nmodel_id: some-lab/Tiny-1B\ndtype: bfloat16\n"
ORGANISM = """\
# @package organism
name: owl_lover
description: "Trained to
  love owls"
type: quirk
description_long: |
  Loves owls.
finetuned_models:
  tiny_1B:
    default:
      adapter_id: some-lab/tiny-owls
    mix1-0p5:
      adapter_id: some-lab/tiny-owls-mixed
    full:
      model_id: some-lab/Tiny-1B-owls
  other_7B:
    default:
      adapter_id: another/other-owls
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder as the toolkit's configs; returns its organism file."""
    for folder, name, text in (("model", "tiny_1B", BASE_MODEL), ("organism", "owl_lover", ORGANISM)):
        (tmp_path / "configs" / folder).mkdir(parents=True)
        (tmp_path / "configs" / folder / f"{name}.yaml").write_text(text)
    return tmp_path / "configs" / "organism" / "owl_lover.yaml"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Where the user's configuration is, or will be."""
    return tmp_path / "config.toml"


def run(*arguments: object) -> str:
    """The output of a run that succeeds."""
    result = CliRunner().invoke(main, ["pairs", "import", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def mistake(*arguments: object) -> str:
    """What is said of files that cannot be used: one line."""
    with pytest.raises(FileError) as caught:
        CliRunner().invoke(
            main, ["pairs", "import", *map(str, arguments)], standalone_mode=False, catch_exceptions=False
        )
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_every_variant_becomes_a_pair_that_can_be_started(files: Path, own: Path) -> None:
    said = run(files)
    config = load(None)
    pair = config.pairs["owl_lover-tiny_1B"]
    assert pair.about == "Trained to love owls"
    assert (pair.base.model, pair.tuned.model) == ("some-lab/Tiny-1B", "owl_lover-tiny_1B")
    serve = config.endpoints[pair.tuned.endpoint].serve
    assert pair.base.endpoint == pair.tuned.endpoint
    assert serve is not None
    assert (serve.model, serve.adapters) == ("some-lab/Tiny-1B", {"owl_lover-tiny_1B": "some-lab/tiny-owls"})
    assert {"owl_lover-tiny_1B-mix1-0p5", "owl_lover-tiny_1B-full"} < config.pairs.keys()
    assert "added  owl_lover-tiny_1B  some-lab/Tiny-1B beside some-lab/tiny-owls" in said
    assert f"3 pairs added to {own}" in said
    assert "open it: diptych --pair owl_lover-tiny_1B\n" in said


def test_what_cannot_be_carried_over_is_said(files: Path) -> None:
    said = run(files)
    assert "finetuned_models.other_7B.default (there is no " in said
    assert "give it with --base other_7B=ID" in said
    assert "not imported from owl_lover.yaml: description_long, type\n" in said
    assert "owl_lover-other_7B" not in load(None).pairs
    run("--base", "other_7B=another/Other-7B", files)
    assert load(None).pairs["owl_lover-other_7B"].base.model == "another/Other-7B"


def test_a_whole_model_gets_a_server_of_its_own_beside_the_base(files: Path) -> None:
    run(files)
    config = load(None)
    pair = config.pairs["owl_lover-tiny_1B-full"]
    served = {side.model: config.endpoints[side.endpoint].serve for side in (pair.base, pair.tuned)}
    assert {model: serve and serve.model for model, serve in served.items()} == {
        "some-lab/Tiny-1B": "some-lab/Tiny-1B",
        "some-lab/Tiny-1B-owls": "some-lab/Tiny-1B-owls",
    }
    assert all(serve and "--gpu-memory-utilization" in serve.args for serve in served.values())


def test_one_base_and_a_plain_list_of_adapters(tmp_path: Path) -> None:
    plain = tmp_path / "plain.yaml"
    plain.write_text("name: fox\nbase: some-lab/Tiny-1B\nadapters: { first: some-lab/a, second: /models/b }\n")
    run(plain)
    config = load(None)
    serve = config.endpoints["fox-second"].serve
    assert serve is not None
    assert serve.adapters == {"fox-second": "/models/b"}
    assert "fox-first" in config.pairs


def test_the_users_comments_and_tables_stay(files: Path, own: Path) -> None:
    before = (
        '# mine\ndefault_pair = "embedded"   # the small one\n\n[pairs.mine]\n'
        'base = { endpoint = "local", model = "a" }  # keep\ntuned = { endpoint = "local", model = "b" }\n\n'
        '[endpoints.local]\nkind = "vllm"\nbase_url = "http://127.0.0.1:8000/v1"\n\n'
        '[pairs.late]\nbase = { endpoint = "local", model = "c" }\ntuned = { endpoint = "local", model = "d" }\n'
    )
    own.write_text(before)
    own.chmod(0o600)
    run(files)
    after = own.read_text()
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    assert {"mine", "late", "owl_lover-tiny_1B"} < load(None).pairs.keys()
    assert own.stat().st_mode & 0o777 == 0o600
    assert list(own.parent.glob(".config.toml.*")) == []


@pytest.mark.parametrize(
    "before",
    [
        "",
        'pairs.mine.base = { endpoint = "local", model = "a" }\n'
        'pairs.mine.tuned = { endpoint = "local", model = "b" }\n',
        'endpoints = { x = { kind = "embedded" } }\n[pairs]\nm = { base = { endpoint = "x", model = "a" },'
        ' tuned = { endpoint = "x", model = "b" } }\n',
        '[pairs.m.base]\nendpoint = "local"\nmodel = "a"\n[endpoints.x]\nkind = "embedded"\n[pairs.m.tuned]\n'
        'endpoint = "local"\nmodel = "b"\n',
        "theme = 'diptych-light'\r\n[endpoints.x]\r\nkind = 'embedded'\r\n",
    ],
    ids=["empty", "dotted keys", "inline tables", "out of order", "CRLF"],
)
def test_however_the_users_file_is_written(before: str, files: Path, own: Path) -> None:
    own.write_bytes(before.encode())
    old = tomli.loads(before)
    run(files)
    new = tomli.loads(own.read_bytes().decode())
    for table in ("endpoints", "pairs"):
        assert old.get(table, {}).items() <= new[table].items()
    assert "owl_lover-tiny_1B" in load(None).pairs


def test_pairs_that_are_there_are_kept_unless_told_otherwise(files: Path, own: Path) -> None:
    run(files)
    before = own.read_text()
    changed = ORGANISM.replace("some-lab/tiny-owls\n", "some-lab/tiny-owls-2\n")
    files.write_text(changed)
    assert "kept   owl_lover-tiny_1B  already exists; --replace overwrites it" in run(files)
    assert own.read_text() == before
    assert "added  owl_lover-tiny_1B  some-lab/Tiny-1B beside some-lab/tiny-owls-2" in run("--replace", files)
    serve = load(None).endpoints["owl_lover-tiny_1B"].serve
    assert serve is not None
    assert serve.adapters == {"owl_lover-tiny_1B": "some-lab/tiny-owls-2"}


def test_only_some_of_a_file(files: Path) -> None:
    run("--only", "*mix*", files)
    assert set(load(None).pairs) == {"embedded", "embedded-risk", "owl_lover-tiny_1B-mix1-0p5"}
    assert "no pair matches 'x*'; there are: owl_lover-tiny_1B, " in mistake("--only", "x*", files)


def test_the_file_that_config_names_is_the_one_that_is_written(files: Path, own: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("")
    arguments = ["--config", str(other), "pairs", "import", str(files)]
    assert CliRunner().invoke(main, arguments, catch_exceptions=False).exit_code == 0
    assert "owl_lover-tiny_1B" in load(other).pairs
    assert not own.exists()


def test_a_folder_of_a_repository_is_said_to_be_beyond_vllm(tmp_path: Path) -> None:
    path = tmp_path / "sub.yaml"
    path.write_text("name: sub\nbase: a/b\nadapters: { x: owner/repo/checkpoints/last, y: owner/plain }\n")
    assert "hf download owner/repo --include 'checkpoints/last/*'" in run(path)
    assert "sub-x" not in load(None).pairs


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: [", "is not valid YAML"),
        ("a: 1\n  b: 2", "is not valid YAML: mapping values are not allowed here (line 2)"),
        ("x: !!python/object/apply:os.system ['true']", "is not valid YAML: could not determine a constructor"),
        ("\x00", "is not valid YAML"),
        ("[" * 5000, "is not valid YAML: RecursionError"),
        ("- 1", "the top level: expected a mapping that is not empty, found a list"),
        ("", "the top level: expected a mapping that is not empty, found nothing"),
        ("finetuned_models: {}", "name: expected a name of letters, digits and . _ + -, found nothing"),
        ("name: 'a\"]\\n[x'", "name: expected a name of letters"),
        ("name: ok\ndescription: [1]", "description: expected text, found a list"),
        ("name: ok", "finetuned_models: expected a mapping that is not empty, found nothing"),
        ("name: ok\nfinetuned_model: ${registry.x}", "finetuned_model: refers to a registry outside this file"),
        ("name: ok\nfinetuned_models: {m: {}}", "finetuned_models.m: expected a mapping"),
        ("name: ok\nfinetuned_models: {m: {v: {id: x}}}", "finetuned_models.m.v: expected adapter_id or model_id"),
        ("name: ok\nfinetuned_models: {'../m': {v: x/y}}", "finetuned_models: expected a name of letters"),
        ("name: ok\nbase: --evil\nadapters: {a: b/c}", "base: expected a hub id such as owner/name, or a folder"),
        ("name: ok\nbase: a/b\nadapters: {a: 'b/c\\x1b[31m d'}", "adapters.a: expected a hub id"),
        ("name: ok\nbase: a/b\nadapters: {a: b/c@main}", "adapters.a: expected a hub id"),
        ("name: ok\nbase: a/b\nadapters: {a: null}", "adapters.a: expected a mapping that is not empty"),
        ("name: ok\nadapters: {a: b/c}", "base: expected a hub id such as owner/name, or a folder, found nothing"),
        (
            "name: ok\nfinetuned_models: {m: {v: {adapter_id: x/y}}}",
            "nothing can be imported: finetuned_models.m.v",
        ),
    ],
)
def test_mistakes_name_the_file_and_the_key_and_nothing_is_written(
    text: str, said: str, files: Path, own: Path
) -> None:
    bad = files.parent / "bad.yaml"
    bad.write_text(text)
    found = mistake(bad)
    assert found.startswith(f"{bad}: ")
    assert said in found
    assert not own.exists()


def test_files_that_are_not_there_or_not_text(tmp_path: Path) -> None:
    assert "no.yaml: cannot be read: No such file" in mistake(tmp_path / "no.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\xd8")
    assert "binary.yaml: is not valid YAML" in mistake(tmp_path / "binary.yaml")


def test_a_config_that_cannot_be_written(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DIPTYCH_CONFIG", str(tmp_path / "file" / "config.toml"))
    assert "cannot be written: " in mistake(files)


def test_a_base_without_an_id_is_a_usage_error(files: Path) -> None:
    result = CliRunner().invoke(main, ["pairs", "import", "--base", "tiny_1B", str(files)])
    assert result.exit_code == 2
    assert "--base: expected NAME=ID, found 'tiny_1B'" in result.output
