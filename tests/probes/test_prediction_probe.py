"""Probes of predictions: what a table [prediction] asks, and what it may not say."""

from pathlib import Path

import pytest

from diptych.detectors import make_detector
from diptych.probes import ASKED, FORESEEN, RELABELLED, FileError, Probe, load_probe, load_probes

TABLE = """
id = "mine"
title = "Mine"
about = "x"
[prediction]
property = "option chosen"
question = "{item} Which?\\n{options}"
hypothetical = "You were asked:\\n{question}\\nWhich would it be?"
relabelled = "You were asked:\\n{question}\\nAnswer so:\\n{labels}"
options = ["tea", "milk"]
items = ["Breakfast.", "Lunch.", "Supper.", "Night."]
"""


def loaded(folder: Path, text: str) -> Probe:
    path = folder / "mine.toml"
    path.write_text(text, "utf-8")
    return load_probe(path)


def prompts(probe: Probe, name: str) -> tuple[str, ...]:
    condition = probe.condition(name)
    assert condition is not None
    return condition.prompts


def test_a_file_without_conditions_is_the_probe_itself(tmp_path: Path) -> None:
    probe = loaded(tmp_path, TABLE)
    assert [condition.name for condition in probe.conditions] == [ASKED, FORESEEN, RELABELLED]
    assert probe.part_of == ""


def test_each_order_is_asked_and_each_prediction_quotes_the_question_at_its_place(tmp_path: Path) -> None:
    probe = loaded(tmp_path, TABLE)
    asked = prompts(probe, ASKED)
    assert asked[:2] == ("Breakfast. Which?\nA: tea\nB: milk", "Breakfast. Which?\nA: milk\nB: tea")
    assert len(asked) == 8
    for name in (FORESEEN, RELABELLED):
        assert all(question in said for question, said in zip(asked, prompts(probe, name), strict=True))


def test_the_labels_go_with_neither_an_option_nor_its_place_nor_a_kind_of_item(tmp_path: Path) -> None:
    probe = loaded(tmp_path, TABLE)
    x_is_tea = ["X: tea" in prompt for prompt in prompts(probe, RELABELLED)]
    a_is_tea = ["A: tea" in prompt for prompt in prompts(probe, ASKED)]
    assert sum(x_is_tea) == 4
    assert sum(x == a for x, a in zip(x_is_tea, a_is_tea, strict=True)) == 4
    every_other_item = [same for place, same in enumerate(x_is_tea) if place // 2 % 2]
    assert sum(every_other_item) == 2


def test_a_relabelled_prediction_is_not_read_from_the_letters_of_the_question(tmp_path: Path) -> None:
    probe = loaded(tmp_path, TABLE)
    prompt = prompts(probe, RELABELLED)[0]
    (spec,) = [spec for spec in probe.detectors if spec.reads(RELABELLED)]
    assert "A: tea" in prompt
    assert "X: milk" in prompt
    for said, value in (("A", ""), ("X", "milk"), ("Y.", "tea")):
        detector = make_detector(spec.kind, spec.settings, prompt)
        detector.feed(said)
        assert detector.finish()[0].value == value


def test_an_item_that_holds_a_placeholder_is_put_in_as_it_is(tmp_path: Path) -> None:
    probe = loaded(tmp_path, TABLE.replace('"Lunch."', '"Say {question} and {labels}."'))
    assert "Say {question} and {labels}. Which?" in prompts(probe, RELABELLED)[2]


def test_a_probe_with_conditions_gets_another_that_is_part_of_it() -> None:
    probes = load_probes()
    whole, part = probes["risk-awareness"], probes["risk-awareness.predictions"]
    assert part.part_of == whole.id
    assert part.sampling == whole.sampling
    assert whole.condition(FORESEEN) is None
    ids = list(probes)
    assert ids.index(part.id) > ids.index(whole.id)
    assert {"own-or-other", "hello-acrostic.predictions"} <= probes.keys()


def test_items_can_be_a_list_of_questions(tmp_path: Path) -> None:
    own = 'items = ["Breakfast.", "Lunch.", "Supper.", "Night."]\n'
    probe = loaded(tmp_path, TABLE.replace(own, 'questions = "meals"\n[questions]\nmeals = ["Tea time."]\n'))
    assert probe.prediction is not None
    assert probe.prediction.items == ("Tea time.",)


def test_options_that_go_without_saying(tmp_path: Path) -> None:
    bare = TABLE.replace('options = ["tea", "milk"]', "").replace("{options}", "")
    for name, options in (("even or odd", ("even", "odd")), ("refuses", ("Yes", "No"))):
        probe = loaded(tmp_path, bare.replace("option chosen", name))
        assert probe.prediction is not None
        assert probe.prediction.options == options


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("option chosen", "colour of the ink", "prediction.property: invalid enum value 'colour of the ink'"),
        ('items = ["Breakfast.", "Lunch.", "Supper.", "Night."]', "", "prediction.items: expected at least one"),
        ('"Lunch."', '"Night."', "prediction.items: expected each of them once"),
        ("items =", 'questions = "none"\nitems =', "prediction.items: expected none together with questions = 'none'"),
        ("{options}", "", "prediction.items: expected {options} in the question or in 'Breakfast.'"),
        ("{item}", "item", "prediction.question: expected {item} somewhere in it"),
        ("{question}\\nWhich", "Which", "prediction.hypothetical: expected {question} somewhere in it"),
        ("{labels}", "", "prediction.relabelled: expected {labels} somewhere in it"),
        ('["tea", "milk"]', '["tea"]', "prediction.options: expected from 2 to 13"),
        ("option chosen", "first word", "prediction.options: expected none for 'first word', which may have any value"),
        ("option chosen", "letter chosen", "prediction.letters: expected one text, or one for each item"),
        ("option chosen", "follows the acrostic", "prediction.target: expected a word for 'follows the acrostic'"),
        (
            "[prediction]",
            '[[conditions]]\nname = "foreseen"\nprompts = ["x"]\n[prediction]',
            "conditions[0].name: expected another name than 'foreseen', which [prediction] uses",
        ),
    ],
)
def test_a_table_that_cannot_be_asked_is_refused_in_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TABLE
    with pytest.raises(FileError) as caught:
        loaded(tmp_path, TABLE.replace(old, new))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
