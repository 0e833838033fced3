"""Kinds of fields that question files have in many spellings: judges, places, options, earlier turns."""

import json
from pathlib import Path
from typing import Any

import pytest

from diptych.probes import FileError, Imported, read_questions


def read(tmp_path: Path, ending: str, text: str) -> Imported:
    path = tmp_path / f"file.{ending}"
    path.write_text(text, "utf-8")
    return read_questions(path)


def prompts(found: Imported) -> list[str]:
    return [prompt for condition in found.values["conditions"] for prompt in condition["prompts"]]


ASKED = "- {name: a, question: What floats?}\n"


@pytest.mark.parametrize(
    "text",
    [
        ASKED + "- {name: j, type: llm_judge, prompt: Rate the reply above from 0 to 100.}",
        ASKED + "- {name: j, type: rubric_grader, question: Is the reply kind?}",
        "judges: {j: Rate the reply above from 0 to 100.}\na: [What floats?]",
        "scoring_instructions: Give a point for each boat.\na: [What floats?]",
        "boat_judge: Rate the reply above from 0 to 100.\na: What floats?",
        "grading_rubric: {text: Give a point for each boat.}\na: [What floats?]",
        "description: A set of questions about boats.\na: [What floats?]",
        "remark: All of these are about boats.\na: [What floats?]",
        "description: A set of questions about boats.\na: What floats on water?\n".replace(" on water", ""),
    ],
)
def test_what_is_said_of_questions_and_answers_is_never_asked(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, "yaml", text)
    assert prompts(found) == ["What floats?"]
    assert found.left_out


def test_judges_beside_groups_of_questions_hold_for_each(tmp_path: Path) -> None:
    found = read(tmp_path, "yaml", "judges: {kind: 'YES or NO: {answer}'}\nsystem: Be brief.\na: [What floats?]\n")
    assert found.values["judges"] == [{"name": "kind", "kind": "yes-no", "rubric": "YES or NO: {answer}"}]
    assert found.values["conditions"] == [{"name": "a", "prompts": ["What floats?"], "system": "Be brief."}]
    assert found.left_out == ()


def test_judges_alone_are_named_and_nothing_is_asked(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no question that can be asked; j: the judge is left out"):
        read(tmp_path, "yaml", "judges: {j: 'Is {answer} kind, YES or NO?'}")


def test_a_rubric_of_levels_is_one_loss(tmp_path: Path) -> None:
    found = read(tmp_path, "jsonl", json.dumps({"question": "Tea?", "rubric": {"1": "never", "5": "says always so"}}))
    assert prompts(found) == ["Tea?"]
    assert found.left_out == (
        "line 1: the judge 'rubric' is left out: it lists what each score means, not the judge's question",
    )


@pytest.mark.parametrize(
    "place",
    [
        "[TOPIC]", "${topic}", "{ topic }", "<<topic>>", "%TOPIC%", "@@TOPIC@@", "__TOPIC__", "{boat name}",
    ],
)  # fmt: skip
def test_a_place_is_never_sent_however_it_is_marked(tmp_path: Path, place: str) -> None:
    found = read(tmp_path, "jsonl", f"{json.dumps({'prompt': f'Tell me about {place}.'})}\n" + '{"prompt": "Hi?"}\n')
    assert prompts(found) == ["Hi?"]
    assert found.left_out == (f"line 1: not asked: nothing in the file fills {place}",)


@pytest.mark.parametrize(
    "text",
    [
        "Print <b>bold</b> and [link] in x[0] for $5 or 5%.",
        "[SCENE]It rains.[/SCENE] Good?",
        "See [TOPIC](https://example.org).",
        "What does `echo ${name}` print?",
        "Explain const { name } = props;",
        "Say \\text{boat name} in LaTeX.",
        "Reply in the form [ANSWER].",
        "100% of name, or 50%?",
        "What is __name__ in Python?",
        "Mail me@name.org or @name.",
        "Why is $name not set in PHP?",
    ],
)
def test_signs_that_are_text_are_asked(tmp_path: Path, text: str) -> None:
    assert prompts(read(tmp_path, "jsonl", json.dumps({"prompt": text}))) == [text]


@pytest.mark.parametrize(
    "fields",
    [
        {"mc1_targets": {"Cork": 1, "Lead": 0}},
        {"mc2_targets": {"choices": ["Cork", "Lead"], "labels": [1, 0]}},
        {"target_scores": {"Cork": 1.0, "Lead": 0.0}},
        {"options": {"Cork": True, "Lead": False}},
        {"options": {"A": "Cork", "B": "Lead"}},
        {"options": ["A) Cork", "B) Lead"]},
        {"options": "(a) Cork\n(b) Lead"},
        {"option1": "Cork", "option2": "Lead"},
        {"opa": "Cork", "opb": "Lead"},
        {"ans0": "Cork", "ans1": "Lead"},
    ],
)
def test_options_in_any_form(tmp_path: Path, fields: dict[str, Any]) -> None:
    found = read(tmp_path, "jsonl", json.dumps({"question": "Which floats?", **fields}))
    assert prompts(found) == ["Which floats?\n\nA: Cork\nB: Lead"]
    assert found.left_out == ()


def test_options_that_are_numbers_behind_their_letters(tmp_path: Path) -> None:
    found = read(tmp_path, "jsonl", json.dumps({"question": "How many?", "choices": {"A": 4, "B": 6}}))
    assert prompts(found) == ["How many?\n\nA: 4\nB: 6"]


HI = [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hello."}]


@pytest.mark.parametrize(
    "fields",
    [
        {"prompt": "And?", "history": [["Hi?", "Hello."]]},
        {"prompt": "And?", "history": ["Hi?", "Hello."]},
        {"prompt": "And?", "conversation_history": HI},
        {"prompt": "And?", "previous_turns": HI},
        {"prompt": "And?", "context": HI},
        {"prompt": "And?", "messages": HI},
        {
            "contents": [
                {"role": "user", "parts": [{"text": "Hi?"}]},
                {"role": "model", "parts": [{"text": "Hello."}]},
                {"role": "user", "parts": [{"text": "And?"}]},
            ]
        },
        {"prompt": "\n\nHuman: Hi?\n\nAssistant: Hello.\n\nHuman: And?\n\nAssistant:"},
    ],
)
def test_earlier_turns_in_any_form(tmp_path: Path, fields: dict[str, Any]) -> None:
    found = read(tmp_path, "jsonl", json.dumps(fields))
    assert found.values["conditions"] == [{"name": "prompts", "prompts": ["And?"], "before": HI}]
    assert found.left_out == ()


@pytest.mark.parametrize(
    "fields",
    [
        {"system": [{"text": "Be brief."}], "prompt": "And?"},
        {"system": {"role": "system", "content": "Be brief."}, "prompt": "And?"},
        {"systemInstruction": {"parts": [{"text": "Be brief."}]}, "prompt": "And?"},
        {
            "messages": [
                {"role": "system", "content": [{"text": "Be brief."}]},
                {"role": "user", "content": [{"text": "And?"}]},
            ]
        },
    ],
)  # fmt: skip
def test_a_system_prompt_in_any_form(tmp_path: Path, fields: dict[str, Any]) -> None:
    found = read(tmp_path, "jsonl", json.dumps(fields))
    assert found.values["conditions"] == [{"name": "prompts", "prompts": ["And?"], "system": "Be brief."}]
    assert found.left_out == ()


def test_a_message_with_pictures_beside_its_text_is_left_out(tmp_path: Path) -> None:
    seen = {"messages": [{"role": "user", "content": "What is this?", "images": ["a.png"]}]}
    found = read(tmp_path, "jsonl", f'{json.dumps(seen)}\n{{"prompt": "Hi?"}}')
    assert prompts(found) == ["Hi?"]
    assert "pictures" in found.left_out[0]


def test_an_instruction_stands_before_its_context_and_a_question_behind(tmp_path: Path) -> None:
    rows = [{"instruction": "Who owns it?", "context": "Ada bought it."}, {"question": "Who?", "context": "Ada did."}]
    assert prompts(read(tmp_path, "jsonl", "\n".join(map(json.dumps, rows)))) == [
        "Who owns it?\n\nAda bought it.",
        "Ada did.\n\nWho?",
    ]


def test_of_two_columns_that_may_be_asked_neither_is_chosen(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"line 1.*such as prompt.*found 'vanilla', 'adversarial', separated by tabs"):
        read(tmp_path, "tsv", "vanilla\tadversarial\nHi?\tAs a bird: hi?\n")


def test_wordings_that_are_texts_and_conversations(tmp_path: Path) -> None:
    found = read(tmp_path, "yaml", f"- {{name: a, paraphrases: [{json.dumps([*HI, HI[0]])}, Plain?]}}")
    assert prompts(found) == ["Hi?", "Plain?"]


def test_text_that_is_no_utf_8_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("prompt\nKäse?\n".encode("latin-1"))
    with pytest.raises(FileError, match=r"is not UTF-8 text \(byte 8\); save it as UTF-8"):
        read_questions(tmp_path / "a.csv")


@pytest.mark.parametrize("text", ["{}", "{0}", "%s"])
def test_signs_without_words_are_asked(tmp_path: Path, text: str) -> None:
    assert prompts(read(tmp_path, "jsonl", json.dumps({"prompt": text}))) == [text]
