"""`diptych open`: what it opens, what it saves, and what it says of that which it cannot open."""

import json
from pathlib import Path

import pytest
import tomli
from click.testing import CliRunner, Result

from diptych.cli.commands import open_command, open_console
from diptych.cli.main import main
from diptych.cli.setup.config import Config, load
from diptych.cli.setup.console_options import ConsoleOptions
from diptych.probes import FileError
from tests.gguf_file import gguf
from tests.model_folders import at_home, write, write_lora

OWN = '# mine\ndefault_pair = "embedded-risk" # kept\n'
Opened = tuple[Config, ConsoleOptions, Path | None, str]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Opened]:
    """The consoles that were opened, from a folder with a model and a LoRA."""
    consoles: list[Opened] = []

    def console(config: Config, options: ConsoleOptions, record: Path | None, news: str) -> int:
        consoles.append((config, options, record, news))
        return 0

    home = at_home(tmp_path / "home", monkeypatch)
    write(home / "base.gguf", gguf())
    write_lora(home / "hello.gguf")
    write(tmp_path / "config.toml", OWN)
    monkeypatch.chdir(home)
    monkeypatch.setattr(open_console, "open_console", console)
    monkeypatch.setattr(open_command, "check_terminal", lambda: None)
    return consoles


def run(*arguments: str) -> Result:
    """The result of the command."""
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def test_two_files_are_a_pair_for_this_session(opened: list[Opened], tmp_path: Path) -> None:
    result = run(
        "--present", "open", "base.gguf", "hello.gguf", "--probe", "hello-acrostic", "--prompt", "Who are you?"
    )
    assert (result.exit_code, result.output) == (0, "")
    ((config, options, record, news),) = opened
    pair = config.pairs["base+hello"]
    assert options == ConsoleOptions("base+hello", "hello-acrostic", prompt="Who are you?", present=True)
    assert (pair.base.model, pair.tuned.model, pair.control) == ("base", "base+hello", None)
    assert config.endpoints[pair.base.endpoint].model == str(tmp_path / "home" / "base.gguf")
    assert (record, news) == (None, "")
    assert (tmp_path / "config.toml").read_text() == OWN


def test_a_pair_is_saved_and_what_stood_there_is_kept(opened: list[Opened], tmp_path: Path) -> None:
    own = tmp_path / "config.toml"
    result = run(
        "open", "base.gguf", "hello.gguf", "--control", "hello.gguf@0.5", "--save", "mine", "--record", "c.cast"
    )
    assert result.output == f"the pair mine is saved in {own}; diptych --pair mine opens it\n"
    ((_, options, record, news),) = opened
    assert (options.pair, record) == ("mine", Path("c.cast"))
    assert news == result.output.strip()
    assert own.read_text().startswith(OWN)
    assert tomli.loads(own.read_text())["endpoints"]["mine"]["adapters"] == {
        "hello": str(tmp_path / "home" / "hello.gguf")
    }
    control = load(own).pairs["mine"].control
    assert control is not None
    assert control.model == "base+hello@0.5"
    with pytest.raises(FileError, match="there is a pair or an endpoint 'mine' already"):
        run("open", "base.gguf", "hello.gguf", "--save", "mine")


def test_an_introspection_adapter_is_one_line_of_the_pair(opened: list[Opened], tmp_path: Path) -> None:
    write_lora(tmp_path / "home" / "tell.gguf")
    run("open", "base.gguf", "hello.gguf", "--introspect", "tell.gguf@0.5", "--save", "mine")
    ((config, *_),) = opened
    models = {"base": "base+tell@0.5", "tuned": "base+hello+tell@0.5", "control": "base+hello"}
    assert {name: side.model for name, side in config.pairs["mine"].sides.items()} == models
    own = tmp_path / "config.toml"
    pair = tomli.loads(own.read_text())["pairs"]["mine"]
    assert (pair.keys(), pair["introspect"]) == ({"base", "tuned", "introspect"}, "tell@0.5")
    assert {name: side.model for name, side in load(own).pairs["mine"].sides.items()} == models
    listed = run("pairs", "list", "--json")
    assert {"name": "mine", "default": False, "about": "", "introspect": "tell@0.5", "sides": models} in json.loads(
        listed.output
    )
    served = ("embedded:smollm2-135m-instruct", "embedded:smollm2-135m-instruct+hello", "--introspect")
    run("open", *served, "risk-averse")
    pair = opened[-1][0].pairs["smollm2-135m-instruct+hello"].sides
    assert pair["tuned"].model == "smollm2-135m-instruct+hello+risk-averse"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("base.gguf", "hello.gguf", "base.gguf"), "is a model; --introspect puts a LoRA on models"),
        (("base.gguf", "hello.gguf", "gone.gguf"), "there is no 'gone.gguf'"),
        (("base.gguf", "hello.gguf", "hello.gguf"), "expected an adapter that tuned has not yet, found 'hello'"),
        (
            ("base.gguf", "embedded:smollm2-135m-instruct", "hello.gguf"),
            "all from files or all from servers, found both",
        ),
        (("embedded:a", "embedded:b", "hello.gguf"), "hello.gguf is a file; these sides are on an endpoint"),
        (("openai:a", "openai:b", "tell"), "expected an endpoint that puts adapters on a model"),
    ],
)
def test_an_introspection_adapter_that_cannot_be_put_on_them(
    opened: list[Opened], arguments: tuple[str, str, str], said: str
) -> None:
    base, tuned, introspect = arguments
    with pytest.raises(FileError) as error:
        run("open", base, tuned, "--introspect", introspect)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert not opened


def test_a_pair_is_saved_in_the_file_that_is_named(opened: list[Opened], tmp_path: Path) -> None:
    named = write(tmp_path / "elsewhere.toml", "")
    run("--config", str(named), "open", "base.gguf", "embedded:smollm2-135m-instruct", "--save", "mine")
    assert load(named).pairs["mine"].tuned.endpoint == "embedded"
    assert (tmp_path / "config.toml").read_text() == OWN


def test_without_a_terminal_nothing_is_saved(
    opened: list[Opened], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("DIPTYCH_CONFIG", str(tmp_path / "config.toml"))
    home = tmp_path / "home"
    result = run("open", str(home / "base.gguf"), str(home / "hello.gguf"), "--save", "mine")
    assert result.exit_code == 2
    assert "the console needs a terminal" in result.stderr
    assert (tmp_path / "config.toml").read_text() == OWN
    assert not opened


@pytest.mark.parametrize("wrong", [("missing.gguf", "hello.gguf"), ("hello.gguf", "base.gguf")])
def test_what_cannot_be_opened_is_said_before_the_console(opened: list[Opened], wrong: tuple[str, str]) -> None:
    with pytest.raises(FileError):
        run("open", *wrong)
    assert not opened
