"""The wheel holds the package whole and nothing else, and is installed beside a package with a top-level `detectors`.

The wheel is installed by pip, uv and pipx, each into a fresh place, without a network: for each dependency there is an
empty wheel of the version that this environment has. So the tools check our requirements as they always do, and a path
file then lets the command find the libraries themselves in this environment. What is not tried here is the download of
the dependencies.
"""

import base64
import hashlib
import os
import re
import subprocess
import sys
import tarfile
from importlib.metadata import distributions, requires, version
from pathlib import Path
from typing import NamedTuple
from zipfile import ZipFile

import click
import pytest

from tests.test_doors import ROOMS, ROOT

LIBRARIES = str(Path(click.__file__).parents[1])
OTHER = {"detectors/__init__.py": "NAME = 'the detectors of others'\n", "detectors/acrostic.py": "MINE = True\n"}
"""A package whose top-level name is that of a room."""


class Built(NamedTuple):
    """What was built."""

    wheel: Path
    sdist: Path
    others: Path
    """A folder of wheels: the package of others, and one for each dependency."""


def build(source: Path, folder: Path, *targets: str) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    command += [part for target in targets for part in ("-t", target)]
    subprocess.run(command, cwd=source, capture_output=True, check=True, timeout=120)


def write_wheel(folder: Path, name: str, number: str, files: dict[str, str]) -> Path:
    """A wheel that holds these files and needs nothing."""
    stem = f"{re.sub(r'[-_.]+', '_', name)}-{number}"
    info = f"{stem}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {number}\n"
    tag = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    inside = {**files, f"{info}/METADATA": metadata, f"{info}/WHEEL": tag}
    record = [f"{path},sha256={_digest(text.encode())},{len(text)}" for path, text in inside.items()]
    inside[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"]) + "\n"
    wheel = folder / f"{stem}-py3-none-any.whl"
    with ZipFile(wheel, "w") as archive:
        for path, text in inside.items():
            archive.writestr(path, text)
    return wheel


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("built")
    build(ROOT, folder, "wheel", "sdist")
    others = folder / "others"
    others.mkdir()
    write_wheel(others, "detectors-of-others", "1.0", OTHER)
    for requirement in requires("diptych") or ():
        if "extra ==" not in requirement:
            name = re.match(r"[\w.-]+", requirement)
            assert name is not None
            write_wheel(others, name[0], version(name[0]), {})
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Built(wheel, sdist, others)


@pytest.mark.slow
def test_a_wheel_holds_all_files_of_the_rooms_and_the_configuration(built: Built) -> None:
    inside = {name for name in ZipFile(built.wheel).namelist() if ".dist-info/" not in name}
    files = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file()]
    kept = {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts}
    # The folder of the package holds links to the rooms, which are not followed here, and files of its own.
    package = [path for path in (ROOT / "diptych").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    own = {str(path.relative_to(ROOT / "diptych")) for path in package}
    assert {"__init__.py", "__init__.pyi", "py.typed", "config.toml", "errors.py", "api/running.py"} <= own
    assert inside == {f"diptych/{name}" for name in kept | own}


@pytest.mark.slow
def test_the_source_distribution_builds_the_same_wheel(built: Built, tmp_path: Path) -> None:
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    build(source, tmp_path / "again", "wheel")
    (again,) = (tmp_path / "again").glob("*.whl")
    with ZipFile(built.wheel) as ours, ZipFile(again) as theirs:
        assert {i.filename: i.CRC for i in ours.infolist()} == {i.filename: i.CRC for i in theirs.infolist()}


def by_pip(built: Built, folder: Path) -> tuple[Path, Path]:
    """`pip install`: the command, and the folder of the packages."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    pip = [sys.executable, "-m", "pip", "--python", folder / "env" / "bin" / "python", "install", "--no-index"]
    _done([*pip, "--find-links", built.others, "detectors-of-others", built.wheel])
    return folder / "env" / "bin" / "diptych", _packages(folder / "env")


def by_uv(built: Built, folder: Path) -> tuple[Path, Path]:
    """`uv tool install`."""
    places = {"UV_TOOL_DIR": "tools", "UV_TOOL_BIN_DIR": "bin", "UV_CACHE_DIR": "cache"}
    uv = [sys.executable, "-m", "uv", "tool", "install", "--offline", "--no-config", "--no-index"]
    uv += ["--find-links", built.others, "--python", sys.executable, "--with", "detectors-of-others"]
    _done([*uv, built.wheel], {name: str(folder / place) for name, place in places.items()})
    return folder / "bin" / "diptych", _packages(folder / "tools" / "diptych")


def by_pipx(built: Built, folder: Path) -> tuple[Path, Path]:
    """`pipx install`, and `pipx inject` for the package of others."""
    places = {"PIPX_HOME": "home", "PIPX_BIN_DIR": "bin", "PIPX_MAN_DIR": "man", "UV_CACHE_DIR": "cache"}
    variables = {name: str(folder / place) for name, place in places.items()}
    arguments = f"--pip-args=--no-index --find-links '{built.others}'"
    pipx = [sys.executable, "-m", "pipx"]
    _done([*pipx, "install", "--python", sys.executable, arguments, built.wheel], variables)
    _done([*pipx, "inject", arguments, "diptych", "detectors-of-others"], variables)
    return folder / "bin" / "diptych", _packages(folder / "home" / "venvs" / "diptych")


def _done(command: list[str | Path], variables: dict[str, str] | None = None) -> str:
    """What a command prints that must succeed, run where no checkout is."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PIPX_", "UV_", "PYTHON"))
    }
    ended = subprocess.run(
        command, cwd="/", env={**environment, **(variables or {})}, capture_output=True, text=True, timeout=240
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def _packages(environment: Path) -> Path:
    (found,) = environment.glob("lib/python*/site-packages")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("install", [by_pip, by_uv, by_pipx])
def test_installed_beside_a_package_with_the_name_of_a_room_both_work(install, built: Built, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    command, packages = install(built, tmp_path)
    found = {each.name: each for each in distributions(path=[str(packages)])}
    for name in ("diptych", "detectors-of-others"):
        for file in found[name].files or ():
            # The scripts beside them get the path of their Python.
            if file.hash is not None and ".." not in file.parts:
                assert _digest((packages / file).read_bytes()) == file.hash.value, f"{file} is not as {name} brought it"
    assert {path.name for path in packages.iterdir()} >= {"diptych", "detectors"}
    (packages / "libraries.pth").write_text(LIBRARIES)
    assert "Usage: diptych" in _done([command, "--help"])
    assert "hello-acrostic" in _done([command, "probes", "list"])
    # The recorded session of the demo is among the files, and needs no weights.
    script = "from diptych.cli.commands.demo_recording import recorded_demo; print(len(recorded_demo().steps))"
    assert _done([command.resolve().parent / "python", "-c", script]) == "21\n"
    script = "import detectors, detectors.acrostic, diptych, diptych.detectors; print(detectors.NAME, diptych.__file__)"
    python = command.resolve().parent / "python"
    said = _done([python, "-c", script])
    assert said.split() == ["the", "detectors", "of", "others", str(packages / "diptych" / "__init__.py")]
