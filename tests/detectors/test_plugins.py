"""Detectors of other packages, the worked example of docs/detectors.md first."""

import re
import sys
from pathlib import Path

import pytest

from diptych.detectors import DetectorKind, PluginError, find_kind, make_detector
from diptych.detectors.plugins import plugin
from diptych.probes import FileError, load_probe

PAGE = (Path(__file__).parents[2] / "docs" / "detectors.md").read_text("utf-8")
EXAMPLE = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)[0]
PROBE = """
id = "loud"
title = "Loud"
about = "x"
conditions = [{ name = "plain", prompts = ["Speak up, OKAY?"] }]
[[detectors]]
kind = "shouting"
least = 2
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Puts a package with one module and one entry point where Python looks."""

    def installed(name: str, code: str) -> None:
        (tmp_path / f"{name}.py").write_text(code)
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[diptych.detectors]\n{name} = {name}:KIND\n")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, name, raising=False)
        plugin.cache_clear()

    yield installed
    plugin.cache_clear()


def kind_of(name: str) -> DetectorKind:
    found = find_kind(name)
    assert found is not None
    return found


def test_the_worked_example_works_as_it_is_written(install, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    install("shouting", EXAMPLE)
    path = tmp_path / "loud.toml"
    path.write_text(PROBE)
    (spec,) = load_probe(path).detectors
    detector = make_detector(spec.kind, spec.settings, "Speak up, OKAY?")
    for piece in ("OKAY, I S", "PEAK LOUD", " now"):
        detector.feed(piece)
    finding, changes = detector.finish()
    assert (finding.outcome, finding.evidence) == ("present", "2 words in capitals")
    assert [(change.key, change.mark.span.end) for change in changes if change.mark] == [(8, 13), (14, 18)]


def test_its_keys_are_checked(install, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    install("shouting", EXAMPLE)
    path = tmp_path / "loud.toml"
    path.write_text(PROBE.replace("least = 2", 'least = "two"'))
    with pytest.raises(FileError, match=r"detectors\[0\]\.least: expected int, found str"):
        load_probe(path)


@pytest.mark.parametrize("place", ["feed", "live", "finish", "__init__"])
def test_one_that_fails_is_counted_as_such(place: str, install) -> None:  # type: ignore[no-untyped-def]
    broken = re.sub(rf"(def {place}\(.*\n)", r"\1        raise RuntimeError('no luck')\n", EXAMPLE)
    install("shouting", broken)
    detector = make_detector("shouting", kind_of("shouting").settings(), "")
    assert detector.feed("SOME LOUD WORDS") == ()
    detector.live()
    finding, changes = detector.finish()
    assert (finding.outcome, finding.bucket, changes) == ("excluded", "detector failed", ())
    assert "RuntimeError: no luck" in finding.evidence


@pytest.mark.parametrize(
    ("code", "said"), [("import nothing_of_this_name", "ModuleNotFoundError"), ("KIND = 3", "found int")]
)
def test_one_that_cannot_be_had_is_named(code: str, said: str, install, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    install("shouting", code)
    with pytest.raises(PluginError, match=said):
        find_kind("shouting")
    path = tmp_path / "loud.toml"
    path.write_text(PROBE)
    with pytest.raises(FileError, match=said):
        load_probe(path)


def test_a_name_that_nobody_offers() -> None:
    assert find_kind("none-such") is None
    with pytest.raises(KeyError):
        make_detector("none-such", kind_of("acrostic").settings(), "")
