"""Whether a report survives its mirrors, in every place where a session is shown."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from diptych.cli.main import main
from diptych.sessions import FamilyRecord, RunRecord
from tests.compare.counts import mirrored_answers as models
from tests.sessions.stored import keep_session

SURVIVES = "survives: it holds in 3 of 3 mirrors"
FAILS = "does not survive: it holds in 0 of 3 mirrors"
ROWS = ("plain", "negated", "more than of another", "more than unrelated", "agreement", "acquiescence")


def said(*arguments: str | Path) -> str:
    result = CliRunner().invoke(main, [*map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def keep(folder: Path, tuned: models.Character, family: FamilyRecord | None = None) -> str:
    """A session of a probe of mirrors; returns its number."""
    answers = models.answers_of({"base": models.undecided, "tuned": tuned}, 20)
    return str(
        keep_session(
            folder / "data" / "sessions.db", answers, run=RunRecord(1, 20), probe=models.MIRRORS.id, family=family
        )
    )


@pytest.mark.parametrize("family", [None, FamilyRecord("mine", "dose")], ids=["pair", "family"])
@pytest.mark.parametrize(("tuned", "verdict"), [(models.knows_itself, SURVIVES), (models.likes_the_form, FAILS)])
def test_a_report_is_shown_with_its_verdict(
    tuned: models.Character, verdict: str, family: FamilyRecord | None, tmp_path: Path
) -> None:
    number = keep(tmp_path, tuned, family)
    (form, *_) = json.loads(said("sessions", "show", number, "--json"))["mirrors"]
    assert (form["form"], form["label"], form["effect"]) == ("yes-no", "reports it (yes or no)", "acquiescence")
    assert [mirror["mirror"] for mirror in form["sides"]["tuned"]["mirrors"]] == ["negated", "of another", "unrelated"]
    table = said("sessions", "show", number)
    assert f"reports it (yes or no)  tuned {verdict}" in table
    for name in ROWS:
        assert f"\n  {name}" in table
    for kind in ("html", "markdown"):
        path = tmp_path / f"x.{kind}"
        said("sessions", "export", number, "--format", kind, "-o", path)
        assert verdict in path.read_text("utf-8")
        assert "more than of another" in path.read_text("utf-8")


def test_the_documents_of_other_probes_have_no_mirrors(tmp_path: Path) -> None:
    answers = models.answers_of({"base": models.undecided, "tuned": models.undecided}, 4)
    number = str(keep_session(tmp_path / "data" / "sessions.db", answers, probe="risk-awareness"))
    assert "mirrors" not in said("sessions", "show", number)
    said("sessions", "export", number, "--format", "html", "-o", tmp_path / "x")
    assert "mirrors" not in (tmp_path / "x").read_text("utf-8")


def test_probes_of_mirrors_are_listed_in_few_words_and_can_be_shown() -> None:
    lines = said("probes", "list").splitlines()
    place = next(at for at, line in enumerate(lines) if line.startswith("risk-awareness "))
    assert lines[place + 1].split() == ["risk-awareness.mirrors", "made", "from", "it,", "13", "conditions"]
    assert "yes or no, negated" in said("probes", "show", "risk-awareness.mirrors")
    parts = {each["id"]: each["part_of"] for each in json.loads(said("probes", "list", "--json"))}
    assert parts["risk-awareness.mirrors"] == "risk-awareness"
    assert parts["risk-awareness"] == ""
