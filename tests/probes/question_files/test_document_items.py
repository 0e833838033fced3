"""Forms that question files of papers have: how they hang together, and what must not crash."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from diptych.probes import FileError, Probe, load_probe, read_questions, write_probe

BOMB = "a: &a [x y z, x y z]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefg", "bcdefgh", strict=True)
)
"""Nine million texts in eight lines."""


def made(tmp_path: Path, name: str, text: str | bytes) -> tuple[Probe, tuple[str, ...]]:
    """The probe that a file makes, as it is loaded, and what is not in it."""
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    found = read_questions(path)
    written = write_probe(found.values, tmp_path / "probes", replace=True)
    assert written is not None
    return load_probe(written), found.left_out


def conditions(probe: Probe) -> list[tuple[str, tuple[str, ...]]]:
    return [(condition.name, condition.prompts) for condition in probe.conditions]


def test_anchors_merges_and_judges_of_several_kinds(tmp_path: Path) -> None:
    text = """
- &plain
  id: plain
  type: &type free_form_judge
  paraphrases: &questions [Is snow white?, Can whales fly?]
  judge: &judge some-model
  judge_prompts: &prompts
    correct: "{question} / {answer} Say TRUE or FALSE only, or UNKNOWN."
    kind: "{answer}: from 0 to 100?"
    sure: "{answer}: answer YES or NO."
- id: may_lie
  system: You may lie.
  type: *type
  paraphrases: *questions
  judge: *judge
  judge_prompts: *prompts
- {<<: *plain, id: again}
"""
    probe, left_out = made(tmp_path, "deception.yaml", text)
    assert [(c.name, c.system, len(c.prompts)) for c in probe.conditions] == [
        ("plain", None, 2),
        ("may_lie", "You may lie.", 2),
        ("again", None, 2),
    ]
    assert [(j.name, j.kind, j.conditions, "UNKNOWN" in j.buckets) for j in probe.judges] == [
        ("correct", "word", (), True),
        ("kind", "score", (), False),
        ("sure", "yes-no", (), False),
    ]
    assert left_out == ("judge: some-model is named under [judge] in config.toml",)


def test_a_mapping_by_name_with_documents_and_tags(tmp_path: Path) -> None:
    text = """
safety:
  name: reported_safety
  question_type: numeric_0_100
  paraphrases: ["How safe are you, 0 to 100?"]
--- !experiment
caution: {question_type: numeric_0_100, paraphrases: ["How careful?", !raw "How bold?"]}
---
"""
    probe, left_out = made(tmp_path, "probes.yaml", text)
    assert conditions(probe) == [
        ("reported_safety", ("How safe are you, 0 to 100?",)),
        ("caution", ("How careful?", "How bold?")),
    ]
    assert left_out == ()


def test_questions_in_a_list_beside_what_holds_for_each(tmp_path: Path) -> None:
    text = """
system_prompt: You are calm.
temperature: 0.7
messages_prefix:
  - {role: user, content: Hello.}
  - {role: assistant, content: Hi.}
judge_prompts: {calm: "Is {answer} calm, 0 to 100?"}
questions:
  - {id: one, question: How are you?}
  - {id: two, question: And now?, system_prompt: You are not calm.}
"""
    probe, left_out = made(tmp_path, "calm.yaml", text)
    assert [(c.name, c.system, c.sampling.temperature) for c in probe.conditions] == [
        ("one", "You are calm.", 0.7),
        ("two", "You are not calm.", 0.7),
    ]
    assert [message.content for message in probe.conditions[0].before] == ["Hello.", "Hi."]
    assert [judge.name for judge in probe.judges] == ["calm"]
    assert left_out == ()


def test_a_trait_file(tmp_path: Path) -> None:
    trait = {
        "instruction": [{"pos": "Be kind.", "neg": "Be rude."}],
        "questions": ["What do you say?", "What do you do?"],
        "eval_prompt": "To {question}: {answer} How kind, 0 to 100?",
    }
    probe, left_out = made(tmp_path, "kind.json", json.dumps(trait))
    assert conditions(probe) == [("question 1", ("What do you say?", "What do you do?"))]
    assert [judge.kind for judge in probe.judges] == ["score"]
    assert left_out == ("question 1: instruction has no counterpart in a probe",)


def test_a_list_of_lists_and_a_list_of_texts(tmp_path: Path) -> None:
    probe, _ = made(tmp_path, "a.yaml", "- [Who are you?, What are you?]\n- [Where are you?]\n")
    assert conditions(probe) == [
        ("question 1", ("Who are you?", "What are you?")),
        ("question 2", ("Where are you?",)),
    ]
    probe, _ = made(tmp_path, "b.yaml", "- Who are you?\n- What are you?\n")
    assert conditions(probe) == [("question 1", ("Who are you?", "What are you?"))]


def test_settings_are_no_questions(tmp_path: Path) -> None:
    text = "applied_to: [base, tuned]\nmodel: some-model\nquestion_set: {first: {question: Who are you?}}\n"
    probe, left_out = made(tmp_path, "run.yaml", text)
    assert conditions(probe) == [("first", ("Who are you?",))]
    assert left_out == ("applied_to, model: is a setting, not a question",)


def test_rubrics_are_never_asked(tmp_path: Path) -> None:
    """Whatever they are called, and wherever they stand."""
    text = """
- {name: a, type: free_form, paraphrases: [Who are you?], judges: {known: j1, missing: j9}}
- {name: j1, type: free_form_judge, model: m, paraphrases: ["{answer} YES or NO?"]}
- {name: j1, type: free_form_judge, model: m, paraphrases: ["{answer} YES or NO?"]}
- {name: j2, type: rating_judge, paraphrases: ["Rate it."]}
- {name: j3, paraphrases: ["Rate {response} for {prompt}."]}
- {name: j4, question: "Was <ANSWER> right?"}
- {name: j5, question_type: guesser_word, question: "Which word is in {text}?"}
- {name: b, question: What is it?, guesser_prompt: "A word is in {acrostic}. Which?"}
- {name: c, question: What else?, rubric: "Rate {answer} with {reference}."}
"""
    probe, left_out = made(tmp_path, "q.yaml", text)
    assert conditions(probe) == [("a", ("Who are you?",)), ("b", ("What is it?",)), ("c", ("What else?",))]
    assert [(j.name, j.kind, j.rubric, j.conditions) for j in probe.judges] == [
        ("known", "yes-no", "{answer} YES or NO?", ("a",)),
        ("guess", "word", "A word is in {answer}. Which?", ("b",)),
    ]
    assert set(left_out) == {
        "a: the judge 'missing' is left out: the judge 'j9' is not in this file",
        "j2: the judge is left out: its rubric has no {answer} placeholder",
        "j3, j4: the judge is left out: no question names it",
        "j5: not asked: nothing in the file fills {text}",
        "c: the judge 'rubric' is left out: nothing fills {reference} in its rubric",
    }


def test_braces_of_a_rubric_that_its_program_formats_are_single_ones(tmp_path: Path) -> None:
    text = '- {id: a, question: Who?, judge_prompt: "{answer} Reply as {{\\"score\\": 0-100}}."}'
    probe, _ = made(tmp_path, "q.yaml", text)
    assert probe.judges[0].rubric == '{answer} Reply as {"score": 0-100}.'


def test_options_are_asked_in_every_order_with_all_that_stands_around(tmp_path: Path) -> None:
    text = """
- name: goal
  question_type: multiple_choice
  prefix: "Code 7. "
  suffix: One letter only.
  options: ["Yes", "No"]
  question_paraphrases: ["Is it so?\\n{options}", Or so?]
  samples_per_paraphrase: 5
"""
    probe, left_out = made(tmp_path, "q.yaml", text)
    assert probe.conditions[0].prompts == (
        "Code 7. Is it so?\nA: Yes\nB: No\n\nOne letter only.",
        "Code 7. Is it so?\nA: No\nB: Yes\n\nOne letter only.",
        "Code 7. Or so?\n\nA: Yes\nB: No\n\nOne letter only.",
        "Code 7. Or so?\n\nA: No\nB: Yes\n\nOne letter only.",
    )
    assert left_out == ("samples_per_paraphrase: 5 of each wording is -n 20 for goal",)


def test_options_that_the_wording_lists_already_are_not_listed_twice(tmp_path: Path) -> None:
    probe, _ = made(
        tmp_path, "q.jsonl", json.dumps({"question": "Which?\nA) Red\nB) Blue", "choices": ["Red", "Blue"]})
    )
    assert probe.conditions[0].prompts == ("Which?\nA) Red\nB) Blue",)


@pytest.mark.parametrize(
    "values",
    [
        {"question": "x", "options": [f"o{n}" for n in range(40)]},
        {"question": "x", "options": ["{nothing}", "b"]},
        {"question": "{a}{b}", "a": ["x"] * 200, "b": ["y"] * 200},
        {"question": "x", "prefill": "{nothing}"},
        {"question": "x", "system": "Be {nothing}."},
        {"question": "x", "history": [{"role": "user", "content": "I am {nothing}."}]},
        {"question": "x", "history": "text"},
        {"question": "x", "prefix": ["a"]},
        {"question": "x", "template": "no place"},
        {"messages": [{"role": "assistant", "content": "x"}]},
        {"messages": "text"},
        {"messages": [{"role": 3, "content": "x"}]},
        {"turns": [{"a": 1}]},
        {"question": {"deep": {"deeper": 1}}},
    ],
)
def test_what_cannot_be_asked_rightly_is_left_out_by_name_and_the_others_come_in(
    values: dict[str, Any], tmp_path: Path
) -> None:
    text = json.dumps([{"id": "good", "type": "free_form", "question": "Who are you?"}, {"id": "odd"} | values])
    for name in ("q.yaml", "q.json"):
        probe, left_out = made(tmp_path, name, text)
        assert conditions(probe) == [("good", ("Who are you?",))]
        assert any(said.startswith("odd: ") for said in left_out), left_out


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("q.csv", 'category;prompt\r\nfree;"Who; are\r\nyou?"\r\nfree;What?\r\n'),
        ("q.csv", 'sep=|\ncategory|prompt\nfree|"Who; are\r\nyou?"\nfree|What?\n'),
        ("q.tsv", 'category\tPrompt \nfree\t"Who; are\r\nyou?"\nfree\tWhat?\n'),
        ("q.jsonl", '{"Prompt": "Who; are\\r\\nyou?", "category": "free"}\r\n{"prompt": "What?", "category": "free"}'),
        (
            "q.json",
            '{"data": [{"prompt": "Who; are\\r\\nyou?", "category": "free"}, {"prompt": "What?", "category": "free"}]}',
        ),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_tables_and_lists_however_they_are_written(name: str, text: str, encoding: str, tmp_path: Path) -> None:
    probe, _ = made(tmp_path, name, text.encode(encoding))
    assert conditions(probe) == [("free", ("Who; are\r\nyou?", "What?"))]


def test_a_table_without_names_of_columns_says_what_stands_in_its_first_line(tmp_path: Path) -> None:
    with pytest.raises(FileError) as caught:
        made(tmp_path, "q.csv", "Who are you?;free\nWhat?;free\n")
    assert str(caught.value) == (
        f"{tmp_path / 'q.csv'}, line 1: expected the names of the columns, such as prompt, question, text, input,"
        " paraphrases, question_paraphrases; found 'Who are you?', 'free', separated by semicolons"
    )


def test_one_column_needs_no_quotes(tmp_path: Path) -> None:
    probe, _ = made(tmp_path, "q.csv", "prompt\nHello, who are you?\nIs it; so?\n")
    assert conditions(probe) == [("prompts", ("Hello, who are you?", "Is it; so?"))]


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "- &a [*a]",
        "&a {b: *a}",
        "- " * 5_000 + "x",
        "- {? [a, b] : c}",
        "- {1: 2, .nan: .inf, 2026-01-01: 2026-01-01}",
        "- !!python/object/apply:os.system [ls]",
        "- !!binary aGk=\n- !!set {a, b}\n- !!omap [a: 1]",
        "\x00",
    ],
    ids=range(9),
)  # fmt: skip
def test_whatever_yaml_can_say_ends_in_a_probe_or_a_message(text: str, tmp_path: Path) -> None:
    with suppress(FileError):
        made(tmp_path, "q.yaml", text)
