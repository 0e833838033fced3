"""`diptych register`, and runs under a registration: of a pair and of a family, resumed, and with deviations."""

import json
import re
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest
import tomli

from diptych.sessions.schema import writing
from tests.commands import Result, diptych
from tests.families.served_family import served

PRIMARY = ("--primary", "follows HELLO", "--stop", "at the planned number")
PAIR = """
[pairs.toy]
base = { endpoint = "v", model = "base" }
tuned = { endpoint = "v", model = "tuned" }
"""
SEEDS = """
[families.seeds]
about = "four trainings"
x = "dose"
[[families.seeds.members]]
arm = "base"
endpoint = "v"
model = "base"
[[families.seeds.members]]
arm = "tuned"
endpoint = "v"
model = "tuned-{seed}"
seed = [1, 2, 3, 4]
"""
MODELS = ("base", "tuned", *(f"tuned-{seed}" for seed in (1, 2, 3, 4)))


def shows(model: str, condition: str) -> float:
    return 1.0 if model.startswith("tuned") else 0.0


@pytest.fixture(autouse=True)
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    monkeypatch.chdir(tmp_path)
    async with served(tmp_path, MODELS, shows, PAIR + SEEDS):
        config = tmp_path / "config.toml"
        config.write_text('default_pair = "toy"\n' + config.read_text())
        yield


async def registered(*arguments: str) -> str:
    """The name of a new registration."""
    result = await diptych("register", "mine", *PRIMARY, *arguments)
    assert result.code == 0, result.err
    return result.out.split()[2].rstrip(",")


async def run(*arguments: str) -> dict[str, object]:
    result = await diptych("run", *arguments, "--json")
    assert result.code == 0, result.err
    found: dict[str, object] = json.loads(result.out)["registered"]
    return found


def told(result: Result, *words: str) -> None:
    """One line on standard error and nothing else."""
    assert (result.code, result.out, result.err.count("\n")) == (2, "", 1), result.err
    assert all(word in result.err for word in words), result.err


async def test_the_file_is_written_and_a_run_under_it_confirms(tmp_path: Path) -> None:
    result = await diptych("register", "mine", "--pair", "toy", "-n", "8", *PRIMARY, "--assume", ".05", ".9")
    name = result.out.split()[2].rstrip(",")
    file = tmp_path / f"registration-{name}.toml"
    assert sha256(file.read_bytes()).hexdigest().startswith(name)
    read = tomli.loads(file.read_text())
    assert (read["probe"], read["pair"], read["primary"]["condition"]) == ("mine", "toy", "ordinary")
    assert read["primary"]["test"] == "exact, by prompt"
    assert "to tell .05 from .90 (assumed) with 80 % power takes 7 samples of each side; 8 are planned" in result.out
    assert f"diptych run mine --pair toy -n 8 --registered {name}" in result.out

    done = await diptych("run", "--registered", name)
    assert done.code == 0, done.err
    assert f"registered as {name}: follows HELLO, 'ordinary', tuned against base confirms" in done.err
    confirms, _, explores = done.out.partition("Exploratory: all else")
    assert f"Confirmatory: registered as {name}" in confirms
    assert re.search(r"registered test, tuned against base: p [=<] \.00\d, below \.05", confirms)
    assert "no deviation from the registration" in confirms
    assert "(ordinary)" in confirms
    assert "(ordinary)" not in explores
    assert "(asked)" in explores

    shown = await diptych("sessions", "show", "1")
    assert "Confirmatory: registered as" in shown.out
    for form, path in (("html", "r.html"), ("markdown", "r.md")):
        assert (await diptych("sessions", "export", "1", "--format", form, "-o", path)).code == 0
        page = (tmp_path / path).read_text()
        assert page.index("Confirmatory") < page.index("no deviation from the registration")
    page = (tmp_path / "r.html").read_text()
    assert page.index("Confirmatory") < page.index("follows HELLO") < page.index("Exploratory")


async def test_every_deviation_is_told_and_nothing_is_refused() -> None:
    name = await registered("-n", "8")
    found = await run("mine", "--registered", name, "-n", "4")
    assert found["id"] == name
    assert [each["kind"] for each in found["deviations"]] == ["samples"]  # type: ignore[attr-defined]
    again = await run("--registered", name)
    assert [each["kind"] for each in again["deviations"]] == ["run again"]  # type: ignore[attr-defined]


async def test_a_resumed_run_stays_under_its_registration() -> None:
    name = await registered("-n", "4")
    await run("--registered", name)
    more = await run("--resume", "1", "-n", "6")
    assert (more["id"], [each["kind"] for each in more["deviations"]]) == (name, ["samples"])  # type: ignore[attr-defined]
    assert (await run("--resume", "1", "--registered", name))["id"] == name
    other = await registered("-n", "5")
    told(await diptych("run", "--resume", "1", "--registered", other), "was made under registration", name)


async def test_registered_when_answers_are_there_already(tmp_path: Path) -> None:
    assert (await diptych("run", "mine", "-n", "4")).code == 0
    with writing(tmp_path / "data" / "sessions.db") as db:
        db.execute("UPDATE sessions SET created = '2020-01-01T00:00:00+00:00'")
    name = await registered("-n", "4")
    found = await run("--resume", "1", "--registered", name)
    assert [each["words"] for each in found["deviations"]] == [  # type: ignore[attr-defined]
        "16 answers were there before it was registered (session 1)"
    ]


async def test_a_pilot_gives_the_rates_and_is_no_answer_that_was_looked_at() -> None:
    assert (await diptych("run", "mine", "-n", "8")).code == 0
    result = await diptych("register", "mine", *PRIMARY, "-n", "12", "--pilot", "1")
    assert "(session 1)" in result.out
    assert "for such questions in general" in result.out
    found = await run("--registered", result.out.split()[2].rstrip(","))
    assert found.get("deviations", []) == []


async def test_a_family() -> None:
    result = await diptych("register", "mine", "--family", "seeds", "-n", "8", *PRIMARY, "--assume", ".05", ".9")
    assert result.code == 0, result.err
    assert "training runs" in result.out
    name = result.out.split()[2].rstrip(",")
    found = await run("--registered", name)
    assert (found["test"], found["passed"], found.get("deviations", [])) == ("crossed", True, [])
    table = await diptych("sessions", "show", "1")
    assert table.out.index("Confirmatory") < table.out.index("Exploratory")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--primary", "nope", "--stop", "x"), "expected a measure of mine ('follows HELLO', 'describes it')"),
        (("--primary", "follows HELLO", "--condition", "no", "--stop", "x"), "confirms ('ordinary'), found 'no'"),
        (("--primary", "follows HELLO", "--stop", "x", "--pilot", "9"), "there is no session 9"),
        (("--primary", "follows HELLO", "--stop", "x", "--pilot", "1", "--assume", "0", "1"), "name one of them"),
        (("--primary", "follows HELLO", "--stop", "x", "--family", "seeds", "--pair", "toy"), "name one of them"),
        (("--primary", "follows HELLO", "--stop", " "), "--stop: expected the rule"),
        (("--primary", "follows HELLO", "--stop", "x", "--out", "."), "exists already"),
    ],
)
async def test_what_cannot_be_registered_is_told_in_a_line(arguments: tuple[str, ...], words: str) -> None:
    told(await diptych("register", "mine", *arguments), words)


async def test_a_run_under_another_registration_is_told_in_a_line() -> None:
    told(await diptych("run", "--registered", "beef"), "there is no registration 'beef'; there are: none")
    name = await registered("-n", "4")
    told(
        await diptych("run", "mine", "--family", "seeds", "--registered", name),
        f"{name} is for pair toy, not family seeds;",
    )
    told(await diptych("run", "hello-acrostic", "--registered", name), "is for probe mine, not probe hello-acrostic;")
