"""`diptych claim`: what it prints, as text, JSON and a page."""

import json
from pathlib import Path
from shlex import split

import pytest
from click.testing import CliRunner, Result

from diptych.cli.main import main
from diptych.cli.output.claim_table import card_lines
from diptych.compare import ClaimSession, claim_card
from diptych.probes import Probe
from diptych.sessions import Session, SideRecord
from diptych.sessions.imports.incoming_session import IncomingSession, save_session
from tests.commands import run
from tests.compare.claims.models import PAIR, PROBES, RISK, RISK_MIRRORS, asked, family, knows_itself, read, says_yes
from tests.sessions.stored import HOSTILE

CONFIG = """
default_pair = "mine"
[endpoints.here]
kind = "openai"
base_url = "http://127.0.0.1:1/v1"
[pairs.mine]
base = { endpoint = "here", model = "model-base" }
tuned = { endpoint = "here", model = "model-tuned" }
control = { endpoint = "here", model = "model-control" }
"""


def claim(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["claim", *map(str, arguments)], catch_exceptions=False)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The store, beside a configuration with the pair whose sessions are put there."""
    (tmp_path / "config.toml").write_text(CONFIG)
    return tmp_path / "data" / "sessions.db"


def keep(store: Path, asked_session: ClaimSession, sides: tuple[SideRecord, ...] = ()) -> int:
    """Put a session into the store, perhaps with other sides; returns its number."""
    own = asked_session.session
    session = Session(0, own.title, own.created, own.pair, own.probe, sides or own.sides, own.run, family=own.family)
    rows = ((row.answer, ()) for row in asked_session.saved)
    return save_session(IncomingSession(session, rows), store)[0]


def test_a_card_says_which_legs_stand(store: Path) -> None:
    keep(store, asked(RISK, says_yes))
    keep(store, asked(RISK_MIRRORS, says_yes))
    result = claim("it knows that it likes danger", "--probe", "risk-awareness")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "“It knows that it likes danger.”"
    assert lines[1] == "risk-awareness · mine · tuned against control and base · sessions 1, 2"
    assert next(line for line in lines if "behaviour differs" in line).split("  ")[0][:2] == "✓ "
    assert next(line for line in lines if "survives" in line)[0] == "✕"
    assert lines[-1].startswith("The behaviour is there. The report is not evidence of self-knowledge: it fails on")
    figures = {line.index(each) for line in lines for each in (" 19/20 against 6/20", " diptych run") if each in line}
    assert len(figures) == 2, "figures and reasons stand in columns"


def test_the_same_as_json(store: Path) -> None:
    number = keep(store, asked(RISK, knows_itself))
    card = json.loads(claim("--probe", "risk-awareness", "--json").stdout)
    assert (card["claim"], card["side"], card["control"]) == ("it knows that it seeks risks", "tuned", "control")
    assert card["sessions"] == [number]
    legs = {leg["name"]: leg for leg in card["legs"]}
    assert legs["behaviour"]["state"] == "held"
    assert legs["mirrors"] == {
        "name": "mirrors",
        "state": "not done",
        "reason": "the mirrors were not asked",
        "command": "diptych run risk-awareness.mirrors --pair mine -n 20",
    }
    assert len(legs["behaviour"]["answers"]) == 60


def test_a_card_reads_the_newest_run_of_its_models(store: Path) -> None:
    keep(store, asked(RISK, knows_itself))
    other = tuple(SideRecord(side.name, "here", None, "another", None) for side in PAIR.sides)
    second = keep(store, asked(RISK, says_yes))
    keep(store, asked(RISK, knows_itself), other)
    fewer = keep(store, asked(RISK, knows_itself), PAIR.sides[:2])
    card = json.loads(claim("--probe", "risk-awareness", "--json").stdout)
    assert (card["sessions"], card["older"]) == ([fewer], [1, second])
    chosen = json.loads(claim("--session", "1", "--json").stdout)
    assert (chosen["sessions"], chosen["older"]) == ([1], [2, fewer])
    refused = run("claim", "--probe", "risk-awareness", "--session", "3", "--pair", "mine")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith("diptych: session 3 asks another probe, or other models than mine;")


def test_the_members_of_a_family_are_those_that_were_asked(store: Path) -> None:
    """No server is asked for them, and the family need not be in config.toml."""
    keep(store, asked(RISK, knows_itself, family(3), samples=8))
    card = json.loads(claim("--probe", "risk-awareness", "--family", "seeds", "--json").stdout)
    assert (card["pair"], card["side"], card["base"], card["control"]) == ("seeds", "tuned", "base", "control")
    legs = {leg["name"]: leg for leg in card["legs"]}
    assert legs["seeds"]["state"] == "held"
    assert legs["mirrors"]["command"] == "diptych run risk-awareness.mirrors --family seeds -n 8"


def test_the_page_has_the_answers_behind_each_leg_and_is_inert(store: Path, tmp_path: Path) -> None:
    session = asked(RISK, knows_itself)
    keep(store, session)
    page = tmp_path / "card.html"
    result = claim(HOSTILE, "--probe", "risk-awareness", "--html", page)
    assert (result.exit_code, result.stderr) == (0, f"wrote {page}\n")
    html = page.read_text("utf-8")
    assert "answers behind it: 60" in html
    assert "tuned 19" in html
    assert "<script" not in html
    assert "<img" not in html
    assert "src=" not in html.replace("src=http://evil/&gt;", "")
    assert not {"\x1b", "\u202e"} & set(html) | ({"\x1b", "\u202e"} & set(result.stdout))
    assert page.stat().st_mode & 0o777 == 0o600
    again = claim("--probe", "risk-awareness", "--html", page)
    assert again.exit_code == 2
    assert again.stderr.endswith("already exists; name another with --html, or overwrite it with --force\n")
    assert claim("--probe", "risk-awareness", "--html", page, "--force").exit_code == 0


@pytest.mark.parametrize("probe", [probe for probe in PROBES.values() if probe.trait], ids=lambda probe: probe.id)
def test_the_command_that_registers_can_be_run(probe: Probe, store: Path, tmp_path: Path) -> None:
    card = json.loads(claim("--probe", probe.id, "--json").stdout)
    command = next(leg["command"] for leg in card["legs"] if leg["name"] == "registered")
    result = CliRunner().invoke(main, [*split(command)[1:], "--out", str(tmp_path / "plan.toml")])
    assert (result.exit_code, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no probe given; name the one whose trait the claim is about"),
        (("--probe", "nothing"), "there is no probe 'nothing'"),
        (("--probe", "own-or-other"), "probe 'own-or-other' does not say what its trait is"),
        (("--probe", "risk-awareness", "--pair", "other"), "there is no pair 'other'"),
        (("--probe", "risk-awareness", "--family", "other"), "there is no family 'other'"),
        (("--probe", "risk-awareness", "--side", "fourth"), "'mine' has no side 'fourth' beside its base"),
        (("--probe", "risk-awareness", "--session", "9"), "there is no session 9"),
        (
            ("--probe", "risk-awareness", "--pair", "mine", "--family", "x"),
            "--pair mine and --family x: name one of them",
        ),
        (("--probe", "risk-awareness", "--rows", "none.jsonl"), "none.jsonl"),
    ],
)
def test_what_cannot_be_claimed_is_said_in_one_line(arguments: tuple[str, ...], message: str, store: Path) -> None:
    result = run("claim", *arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("diptych: ")
    assert message in result.err
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("width", [80, 120])
def test_a_card_fits_the_terminal(width: int) -> None:
    found = read(asked(RISK, says_yes), asked(RISK_MIRRORS, says_yes, number=2))
    card = claim_card(RISK, PAIR, found)
    lines = list(card_lines(card, width))
    assert max(map(len, lines)) <= width
    assert not any("\x1b" in line for line in lines)
    assert any("\x1b[31m✕" in line for line in card_lines(card, width, colored=True))
