"""Several files in one command: one that cannot be read is named and skipped."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from diptych.cli.main import main
from diptych.probes import FileError
from tests.cli.commands.test_pairs_import import BASE_MODEL, ORGANISM


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)


def written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_question_files(tmp_path: Path) -> None:
    good = written(tmp_path / "good.jsonl", '"One?"\n')
    bad = written(tmp_path / "bad\x1b[31m.yaml", "# nothing\n")
    result = run("probes", "import", bad, good, tmp_path / "none.csv")
    assert result.exit_code == 1
    assert "added  good  1 condition, 1 wording\n" in result.stdout
    assert "skipped" in result.stderr
    assert "contains no question that can be asked" in result.stderr
    assert "none.csv: cannot be read" in result.stderr
    assert "\x1b" not in result.output


def test_question_files_of_which_none_can_be_read(tmp_path: Path) -> None:
    files = [written(tmp_path / f"{n}.yaml", "# nothing\n") for n in (1, 2)]
    with pytest.raises(FileError, match="none of the 2 files can be read"):
        CliRunner().invoke(main, ["probes", "import", *map(str, files)], standalone_mode=False, catch_exceptions=False)


def test_all_question_files_come_in(tmp_path: Path) -> None:
    files = [written(tmp_path / f"{n}.jsonl", '"One?"\n') for n in ("a", "b")]
    result = run("probes", "import", *files)
    assert (result.exit_code, result.stderr) == (0, "")
    again = run("probes", "import", *files)
    assert again.exit_code == 0
    assert "already exists" in again.stdout


def test_organism_files_with_a_placeholder_among_them(tmp_path: Path) -> None:
    written(tmp_path / "configs/model/tiny_1B.yaml", BASE_MODEL)
    placeholder = written(tmp_path / "configs/organism/_none.yaml", "# @package organism\n# filled in by the command\n")
    good = written(tmp_path / "configs/organism/owl.yaml", ORGANISM)
    result = run("pairs", "import", placeholder, good)
    assert result.exit_code == 1
    assert "skipped" in result.stderr
    assert "_none.yaml: the top level: expected a mapping" in result.stderr
    assert "added  owl_lover-tiny_1B" in result.stdout


def test_what_came_in_is_told_with_its_judges(tmp_path: Path) -> None:
    rubric = "Is {answer} good, from 0 to 100?"
    file = written(tmp_path / "q.yaml", f"- {{id: a, paraphrases: [One?, Two?], judge_prompt: '{rubric}'}}\n")
    assert "added  q  1 condition, 2 wordings, 1 judge\n" in run("probes", "import", file).stdout
    assert "judge: judge (score)\n" in run("probes", "show", "q").stdout
