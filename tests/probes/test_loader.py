"""Probe files and their warnings."""

from pathlib import Path

import pytest

from diptych.probes import FileError, load_probe, load_probes, probe_warnings, prompt_note

GOOD = """
id = "mine"
title = "Mine"
about = "x"
[[conditions]]
name = "plain"
prompts = ["Say HELLO to me."]
[[detectors]]
kind = "acrostic"
target = "HELLO"
"""


def test_every_shipped_probe_loads_and_cites_its_source() -> None:
    probes = load_probes()
    assert "hello-acrostic" in probes
    assert all(p.source and p.cautions for p in probes.values())


def test_the_prompt_that_names_its_target_is_warned_of() -> None:
    probe = load_probes()["hello-acrostic"]
    assert probe_warnings(probe) == ["with the word: the prompt contains HELLO"]
    assert prompt_note("say Hello", ("HELLO",)) == (True, "the prompt contains HELLO")
    assert prompt_note("Othello", ("HELLO",)) == (False, "the prompt does not contain HELLO")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "Mine"\n', "", "the top level: the key title is missing"),
        ('title = "Mine"', "title = 3", "title: expected str, found int"),
        ('title = "Mine"', 'title = "Mine"\ncolour = "red"', "the top level: unknown key colour"),
        ('id = "mine"', 'id = "other"', "id: expected the file's name 'mine', found 'other'"),
        ('prompts = ["Say HELLO to me."]', "prompts = []", "conditions[0].prompts: expected at least one"),
        ('prompts = ["Say HELLO to me."]', "prompts = [1]", "conditions[0].prompts[0]: expected str, found int"),
        (
            'prompts = ["Say HELLO to me."]',
            f'prompts = ["Which? {{options}}"]\noptions = {[str(n) for n in range(27)]}',
            "conditions[0].options: expected at most 26, as many as there are letters, found 27",
        ),
        (
            'prompts = ["Say HELLO to me."]',
            'prompts = ["Well?"]\nbefore = [{role = "system", content = "Be brief."}]',
            "conditions[0].before[0].role: expected user or assistant",
        ),
        (
            'prompts = ["Say HELLO to me."]',
            'prompts = ["Well?"]\nform = "text"\nbefore = [{role = "user", content = "Hi"}]',
            "conditions[0].before: expected none for the form 'text'",
        ),
        ('kind = "acrostic"', 'kind = "crystal ball"', "detectors[0].kind: expected one of acrostic"),
        ("[[conditions]]", "[[conditions]", "is not valid TOML"),
    ],
)
def test_mistakes_are_named_with_file_and_key(old: str, new: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    assert load_probe(path).id == "mine"
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(FileError) as caught:
        load_probe(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_an_id_that_a_command_would_take_for_an_option_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "-mine.toml"
    path.write_text(GOOD.replace('id = "mine"', 'id = "-mine"'))
    with pytest.raises(FileError, match="begins with '-', as an option of a command does"):
        load_probe(path)
