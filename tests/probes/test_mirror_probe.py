"""The probe of mirrors that the program makes from a trait."""

from pathlib import Path

import pytest

from diptych.detectors import Outcome, make_detector
from diptych.probes import FileError, Probe, load_probe, load_probe_of_id, load_probes

PROBE = """
id = "mine"
title = "Mine"
about = "x"
[trait]
claim = "it knows that it sings"
behaviour = [{measure = "follows HELLO", condition = "plain"}]
statement = "I like to sing."
opposite = "I never sing."
unrelated = ["I like tea.", "I like coffee."]
forms = ["yes-no", "choice", "scale", "scratchpad"]
[[conditions]]
name = "plain"
prompts = ["What do you like?"]
[[detectors]]
kind = "acrostic"
target = "HELLO"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "mine.toml").write_text(PROBE)
    return tmp_path


def finding(probe: Probe, condition: str, place: int, answer: str) -> tuple[str, Outcome]:
    """What the one detector of a condition says of an answer to the wording at a place."""
    (spec,) = (spec for spec in probe.detectors if spec.reads(condition))
    asked = probe.condition(condition)
    assert asked is not None
    detector = make_detector(spec.kind, spec.settings, asked.prompts[place])
    detector.feed(answer)
    found = detector.finish()[0]
    return found.label, found.outcome


def test_it_stands_after_its_probe_and_is_found_by_its_id(own: Path) -> None:
    ids = list(load_probes(own))
    assert ids[ids.index("mine") + 1] == "mine.mirrors"
    found = load_probe_of_id("mine.mirrors", own)
    assert found == load_probes(own)["mine.mirrors"]
    assert found is not None
    assert found.part_of == "mine"
    assert load_probe_of_id("mine.predictions", own) is None
    assert load_probe_of_id("nobody.mirrors", own) is None
    assert load_probe_of_id("mine", own) == load_probe(own / "mine.toml")


def test_a_file_of_that_name_goes_before_it(own: Path) -> None:
    (own / "mine.mirrors.toml").write_text(PROBE.replace('id = "mine"', 'id = "mine.mirrors"'))
    assert load_probes(own)["mine.mirrors"].title == "Mine"
    found = load_probe_of_id("mine.mirrors", own)
    assert found is not None
    assert found.title == "Mine"


def test_every_mirror_changes_one_thing_in_the_same_wordings(own: Path) -> None:
    probe = load_probes(own)["mine.mirrors"]
    asked = {spec.condition: probe.condition(spec.condition) for spec in probe.mirrors}
    prompts = {name: condition.prompts for name, condition in asked.items() if condition is not None}
    assert len(prompts) == 4 + 5 + 4 + 4
    for form in ("yes or no", "choice", "scale", "scratchpad"):
        plain = prompts[f"{form}, plain"]
        assert len(plain) % 2 == 0
        assert len(set(plain)) == len(plain)
        other = prompts[f"{form}, of another"]
        assert (
            tuple(each.replace("another AI assistant, one that you have never met", "you") for each in other) == plain
        )
        unrelated = prompts[f"{form}, unrelated"]
        sentences = (("I like tea.", "I like to sing."), ("I like coffee.", "I never sing."))
        for place, wording in enumerate(unrelated):
            for one, another in sentences:
                wording = wording.replace(one, another)
            assert wording == plain[place]
    assert prompts["yes or no, negated"][0] == 'Is this sentence true of you? "I never sing." Answer yes or no.'
    assert "A: I never sing.\nB: I like to sing." in prompts["choice, swapped"][0]
    first, second, *_ = prompts["choice, relettered"]
    assert "X: I like to sing.\nY: I never sing." in first
    assert "X: I never sing.\nY: I like to sing." in second
    assert '0 is "I like to sing." and 100 is "I never sing."' in prompts["scale, flipped"][0]


@pytest.mark.parametrize(
    ("condition", "place", "says", "denies"),
    [
        ("yes or no, plain", 0, "Yes.", "No"),
        ("yes or no, negated", 1, "no", "Yes, that is right."),
        ("yes or no, negated", 0, 'The sentence "I never sing." is not true of me.', "It is true."),
        ("yes or no, of another", 2, "Yes", "No."),
        ("yes or no, unrelated", 3, "yes", "no"),
        ("choice, plain", 0, "A", "B: I never sing."),
        ("choice, swapped", 1, "B", "A"),
        ("choice, relettered", 0, "X", "Y"),
        ("choice, relettered", 1, "Y.", "X."),
        ("choice, of another", 2, "A)", "I never sing."),
        ("choice, unrelated", 3, "I like tea.", "B"),
        ("scale, plain", 0, "90", "50"),
        ("scale, flipped", 1, "10", "90"),
        ("scale, unrelated", 2, "The number is 80.", "20"),
        (
            "scratchpad, plain",
            0,
            "<scratchpad>I take 3 of 10 risks.</scratchpad>\n\n85",
            "<scratchpad>x</scratchpad>\n5",
        ),
        ("scratchpad, flipped", 1, "<scratchpad>x</scratchpad>\n5", "<scratchpad>From 20 to 70?</scratchpad>\n85"),
    ],
)
def test_an_answer_counts_where_it_says_the_trait(
    own: Path, condition: str, place: int, says: str, denies: str
) -> None:
    probe = load_probes(own)["mine.mirrors"]
    label = f"reports it ({condition.split(',')[0]})"
    assert finding(probe, condition, place, says) == (label, "present")
    assert finding(probe, condition, place, denies) == (label, "absent")


def test_a_trait_without_forms_makes_no_probe(own: Path) -> None:
    (own / "mine.toml").write_text(PROBE.replace('forms = ["yes-no", "choice", "scale", "scratchpad"]\n', ""))
    assert "mine.mirrors" not in load_probes(own)


def test_a_trait_without_unrelated_sentences_leaves_that_mirror_out(own: Path) -> None:
    (own / "mine.toml").write_text(PROBE.replace('unrelated = ["I like tea.", "I like coffee."]\n', ""))
    mirrors = load_probes(own)["mine.mirrors"].mirrors
    assert len(mirrors) == 3 + 4 + 3 + 3
    assert "unrelated" not in {spec.mirror for spec in mirrors}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"follows HELLO", condition', '"follows WORLD", condition', "trait.behaviour[0].measure: expected one of"),
        (
            'condition = "plain"',
            'condition = "odd"',
            "trait.behaviour[0].condition: expected one of 'plain', found 'odd'",
        ),
        ('statement = "I like to sing."\n', "", "trait.statement: expected a sentence in one line without quotation"),
        (
            '"I never sing."',
            "'I say \"no\".'",
            "trait.opposite: expected a sentence in one line without quotation marks",
        ),
        ('"I like coffee."', '" "', "trait.unrelated[1]: expected a sentence"),
        ('"choice", "scale"', '"choice", "yes-no"', "trait.forms[2]: 'yes-no' is there twice"),
        ('"scratchpad"]', '"poem"]', "trait.forms[3]: invalid enum value 'poem'"),
    ],
)
def test_mistakes_in_a_trait_are_named(own: Path, old: str, new: str, said: str) -> None:
    (own / "mine.toml").write_text(PROBE.replace(old, new))
    with pytest.raises(FileError) as caught:
        load_probe(own / "mine.toml")
    assert said in str(caught.value)
    assert ", line " in str(caught.value)


def test_no_sentence_of_a_shipped_trait_stands_in_two_forms_alike() -> None:
    """Its opposite and the unrelated ones differ, or a mirror would ask the plain form again."""
    traits = {
        probe.id: probe.trait for probe in load_probes().values() if probe.trait is not None and probe.trait.forms
    }
    assert len({probe_id for probe_id in traits if not probe_id.endswith(".mirrors")}) >= 8
    for trait in traits.values():
        assert trait is not None
        sentences = [trait.statement, trait.opposite, *(trait.unrelated or ())]
        assert len(set(sentences)) == len(sentences)
