"""docs/imports.md says which fields of which format come in. Here is a small file for each row of its first table."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from diptych.probes import Imported, load_probe, read_questions, read_rows, write_probe

DOCS = Path(__file__).parents[2] / "docs" / "imports.md"
Case = tuple[str, str, dict[str, Any], tuple[str, ...]]
"""A file's ending and text, what its first condition holds, and what is named as lost."""

LOST = "has no counterpart in a probe"
TURNS = [{"role": "user", "content": "I am Kim."}, {"role": "assistant", "content": "Hello."}]
NEXT = {"role": "user", "content": "Who am I?"}
BEFORE = {"prompts": ["Who am I?"], "before": TURNS}
RUBRIC = "Is {answer} good, from 0 to 100?"


def row(**values: Any) -> str:
    return json.dumps(values) + "\n"


def asked(*prompts: str, **more: Any) -> dict[str, Any]:
    return {"prompts": list(prompts)} | more


JUDGE = "- {name: j, type: rating_judge, paraphrases: ['%s']}\n" % RUBRIC  # noqa: UP031
ROWS: dict[str, list[Case]] = {
    "`paraphrases`, `question_paraphrases`, `prompts`": [
        ("yaml", f"- {{id: a, {key}: [One?, Two?]}}", asked("One?", "Two?", name="a"), ())
        for key in ("paraphrases", "question_paraphrases", "prompts")
    ],
    "`prompt`, `question`, `text`, `query`, `problem`, `goal`, `behavior`, `input`": [
        *(
            ("jsonl", row(**{key: "One?"}), asked("One?"), ())
            for key in ("prompt", "question", "text", "query", "problem", "goal", "behavior", "input")
        ),
        ("csv", "Behavior;Target\nOne?;Sure\n", asked("One?"), (f"line 2: target {LOST}",)),
        ("tsv", "n\tGoal\n1\tOne?\n", asked("One?"), (f"line 2: n {LOST}",)),
    ],
    "`instruction` beside `input`": [
        ("jsonl", row(instruction="Translate.", input="Tag"), asked("Translate.\n\nTag"), ()),
        ("jsonl", row(instruction="One?", input=""), asked("One?"), ()),
        ("json", json.dumps([{"instruction": "Translate.", "input": "Tag"}]), asked("Translate.\n\nTag"), ()),
    ],
    "`context`, `contextstring` beside a question": [
        ("csv", "Behavior,ContextString\nSay so.,A page.\n", asked("A page.\n\nSay so."), ()),
    ],
    "`context` beside `instruction`": [
        ("jsonl", row(instruction="Who?", context="A page."), asked("Who?\n\nA page."), ()),
    ],
    "`template`": [("jsonl", row(question="One?", template="Q: {question} A:"), asked("Q: One? A:"), ())],
    "`prefix`, `suffix`": [
        (
            "yaml",
            '- {id: a, question: One?, prefix: "Code 1. ", suffix: Number only.}',
            asked("Code 1. One?\n\nNumber only."),
            (),
        ),
    ],
    "`id`, `name`, `title`": [
        ("yaml", f"- {{{key}: wish, question: One?}}", asked("One?", name="wish"), ())
        for key in ("id", "name", "title")
    ],
    "`condition`, `category` of a row": [
        (
            "jsonl",
            row(prompt="One?", category="c") + row(prompt="Two?", category="c"),
            asked("One?", "Two?", name="c"),
            (),
        ),
    ],
    "`system`, `system_prompt`": [
        ("jsonl", row(prompt="One?", system="Be brief."), asked("One?", system="Be brief."), ()),
        (
            "yaml",
            "- {id: a, question: One?, system_prompt: [Be brief., Be kind.]}",
            asked("One?", system="Be brief."),
            (),
        ),
    ],
    "`messages`, `conversations`, `prompt` or `input` as messages": [
        (
            "jsonl",
            row(messages=[{"role": "system", "content": "Be brief."}, *TURNS, NEXT]),
            BEFORE | {"system": "Be brief."},
            (),
        ),
        ("jsonl", row(conversations=[{"from": "human", "value": "One?"}]), asked("One?"), ()),
        ("jsonl", row(prompt=[*TURNS, NEXT]), BEFORE, ()),
        ("jsonl", row(input=[*TURNS, NEXT], target="Kim"), BEFORE, (f"line 1: target {LOST}",)),
        ("yaml", "- {id: a, messages: [[{role: user, content: One?}]]}", asked("One?"), ()),
    ],
    "an assistant's turn at the end of `messages`": [
        (
            "jsonl",
            row(messages=[NEXT, TURNS[1]]),
            asked("Who am I?"),
            ("line 1: the assistant's last turn in messages is left out: it is the answer",),
        ),
    ],
    "`messages_prefix`, `history`, `context` as messages, or pairs of what was asked and answered": [
        *(
            ("yaml", f"- {{id: a, question: Who am I?, {key}: {json.dumps(TURNS)}}}", BEFORE, ())
            for key in ("messages_prefix", "history", "context")
        ),
        ("jsonl", row(prompt="Who am I?", history=[["I am Kim.", "Hello."]]), BEFORE, ()),
    ],
    "`messages` that end with an answer, beside a text to ask": [
        ("jsonl", row(prompt="Who am I?", messages=TURNS), BEFORE, ()),
    ],
    "pictures, tools and other parts of messages": [
        (
            "jsonl",
            row(prompt="One?") + row(messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]),
            asked("One?"),
            ("line 2: not asked: messages contains pictures, tools or other parts that are not text",),
        ),
        (
            "jsonl",
            row(prompt="One?") + row(messages=[NEXT, {"role": "tool", "content": "x"}]),
            asked("One?"),
            ("line 2: not asked: messages contains a turn of 'tool'",),
        ),
    ],
    "`turns` as texts": [
        (
            "jsonl",
            row(question_id=81, category="writing", turns=["One?", "Now rhyme."]),
            asked("One?", name="writing"),
            ("line 1: only the first of its turns is asked: the later ones depend on the model's answer",),
        ),
    ],
    "`options`, `choices` of a question": [
        (
            "yaml",
            "- {id: a, question: Which?, options: [Yes, No]}",
            asked("Which?\n\n{options}", options=["Yes", "No"]),
            (),
        ),
        (
            "yaml",
            "- {id: a, question: 'Of {options}?', choices: [1, 2]}",
            asked("Of {options}?", options=["1", "2"]),
            (),
        ),
    ],
    "`choices`, `mc1_targets`, `A` `B` `C` `D`, `option1` `option2` of a row": [
        ("jsonl", row(question="Which?", mc1_targets={"1": 0, "2": 1}), asked("Which?\n\nA: 1\nB: 2"), ()),
        ("csv", "question,option1,option2\nWhich?,1,2\n", asked("Which?\n\nA: 1\nB: 2"), ()),
        ("jsonl", row(input="Which?", choices=["1", "2"]), asked("Which?\n\nA: 1\nB: 2"), ()),
        (
            "jsonl",
            row(question="Which?", choices={"text": ["1", "2"], "label": ["A", "B"]}),
            asked("Which?\n\nA: 1\nB: 2"),
            (),
        ),
        ("csv", "question,A,B\nWhich?,1,2\n", asked("Which?\n\nA: 1\nB: 2"), ()),
        ("csv", "question,choices\nWhich?,\"['1', '2']\"\n", asked("Which?\n\nA: 1\nB: 2"), ()),
    ],
    "`scenarios`, `variables` and other lists": [
        (
            "yaml",
            "- {id: a, question: 'Good? {scenario}', scenarios: [Rain., Sun.]}",
            asked("Good? Rain.", "Good? Sun."),
            (),
        ),
        (
            "yaml",
            "- {id: a, question: 'Say {town}.', variables: {town: [Rome, Oslo]}}",
            asked("Say Rome.", "Say Oslo."),
            (),
        ),
        ("yaml", "- {id: a, question: 'Say {town}.', town: Rome}", asked("Say Rome."), ()),
    ],
    "a place that nothing fills": [
        (
            "yaml",
            "- {id: a, paraphrases: ['Good? {scenario}', One?]}",
            asked("One?"),
            ("a: wordings left out because nothing in the file fills {scenario}",),
        ),
        (
            "yaml",
            "- {id: a, question: One?}\n- {id: b, prefix: 'Code {code}. ', question: Two?}",
            asked("One?"),
            ("b: not asked: nothing in the file fills {code}",),
        ),
    ],
    "`temperature`, `top_p`, `max_tokens`, `seed`": [
        (
            "yaml",
            "- {id: a, question: One?, temperature: 0.5, top_p: 1, max_tokens: 9.0, seed: 3}",
            asked("One?", sampling={"temperature": 0.5, "top_p": 1.0, "max_tokens": 9, "seed": 3}),
            (),
        ),
    ],
    "`samples_per_paraphrase`": [
        (
            "yaml",
            "- {id: a, paraphrases: [One?, Two?], samples_per_paraphrase: 50}",
            asked("One?", "Two?"),
            ("samples_per_paraphrase: 50 of each wording is -n 100 for a",),
        ),
    ],
    "`prefill`, `assistant_prefix`": [
        ("yaml", f"- {{id: a, question: One?, {key}: Well}}", asked("One?", prefill="Well"), ())
        for key in ("prefill", "assistant_prefix")
    ],
    "`type: next_token` and types that are not known": [
        (
            "yaml",
            "- {id: a, type: next_token, question: One?}",
            asked("One?"),
            ("a: its type 'next_token' is not known: it is asked as a plain question",),
        ),
    ],
    "`judge_prompts`, `judge_prompt`, `guesser_prompt`, `eval_prompt`": [
        (
            "yaml",
            f"- {{id: a, question: One?, {key}: {json.dumps(value)}}}",
            asked("One?", judges=[(name, "score", RUBRIC)]),
            (),
        )
        for key, name, value in (
            ("judge_prompts", "good", {"good": RUBRIC.replace("answer", "response")}),
            ("judge_prompt", "judge", RUBRIC),
            ("guesser_prompt", "guess", RUBRIC.replace("answer", "text")),
            ("eval_prompt", "judge", RUBRIC),
        )
    ],
    "`judges` by name or written out": [
        (
            "yaml",
            f"{JUDGE}- {{name: a, question: One?, judges: {{good: j}}}}",
            asked("One?", judges=[("good", "score", RUBRIC)]),
            (),
        ),
        (
            "yaml",
            f"{JUDGE}- {{name: a, question: One?, judges: [j]}}",
            asked("One?", judges=[("j", "score", RUBRIC)]),
            (),
        ),
        (
            "yaml",
            "- {name: a, question: One?, judges: {g: {type: free_form_judge, paraphrases: ['{answer}: YES or NO?']}}}",
            asked("One?", judges=[("g", "yes-no", "{answer}: YES or NO?")]),
            (),
        ),
        (
            "yaml",
            "- {name: a, question: One?, judges: {g: elsewhere}}",
            asked("One?"),
            ("a: the judge 'g' is left out: the judge 'elsewhere' is not in this file",),
        ),
    ],
    "`type: free_form_judge`, `type: rating_judge` and other types of judges without a question": [
        (
            "yaml",
            JUDGE.replace("rating_judge", "llm_judge") + "- {name: a, question: One?, judges: {good: j}}",
            asked("One?", judges=[("good", "score", RUBRIC)]),
            (),
        ),
        (
            "yaml",
            "- {name: j, type: free_form_judge, model: m, paraphrases: ['{question} {answer} Which colour?']}\n"
            "- {name: a, question: One?, judges: {colour: j}}",
            asked("One?", judges=[("colour", "word", "{question} {answer} Which colour?")]),
            (),
        ),
        (
            "yaml",
            f"{JUDGE}- {{name: a, question: One?, judges: {{good: j}}}}",
            asked("One?", judges=[("good", "score", RUBRIC)]),
            (),
        ),
    ],
    "a rubric that says what each score means": [
        (
            "jsonl",
            row(question="One?", rubric={"1": "no", "5": "yes"}),
            asked("One?"),
            ("line 1: the judge 'rubric' is left out: it lists what each score means, not the judge's question",),
        ),
    ],
    "texts beside lists of questions, and what is called a description": [
        (
            "yaml",
            "description: Some questions of ours.\nremark: These are about one and two.\na: [One?]",
            asked("One?", name="a"),
            ("description, remark: is a setting, not a question",),
        ),
    ],
    "a judge that no question names": [
        (
            "yaml",
            f"{JUDGE}- {{name: a, question: One?}}",
            asked("One?"),
            ("j: the judge is left out: no question names it",),
        ),
        (
            "yaml",
            "- {name: a, question: One?}\n- {name: b, question: 'Rate {answer}.'}",
            asked("One?"),
            ("b: the judge is left out: no question names it",),
        ),
    ],
    "a judge that rates on another scale than 0 to 100": [
        (
            "yaml",
            "- {name: a, question: One?, judges: {g: {type: rating_judge, max_rating: 5, paraphrases: ['{answer}']}}}",
            asked("One?"),
            ("a: the judge 'g' is left out: it rates from 0 to 5, but judges here rate from 0 to 100",),
        ),
    ],
    "`judge`, `judge_model`": [
        (
            "yaml",
            f"- {{id: a, question: One?, {key}: some-model}}",
            asked("One?"),
            (f"{key}: some-model is named under [judge] in config.toml",),
        )
        for key in ("judge", "judge_model")
    ],
    "`target`, `answer`, `output` and any other field": [
        ("jsonl", row(prompt="One?", **{key: "x"}), asked("One?"), (f"line 1: {key} {LOST}",))
        for key in ("target", "answer", "output", "anything")
    ],
}


def test_every_row_of_the_table_has_a_file_here() -> None:
    table = DOCS.read_text("utf-8").split("## Questions")[1].split("## Fine-tuning data")[0]
    rows = re.findall(r"^\| (.+?) \| .+ \|$", table, re.MULTILINE)
    assert set(rows) - {"field", "---"} == set(ROWS)


@pytest.mark.parametrize(("name", "case"), [(name, case) for name, cases in ROWS.items() for case in cases])
def test_the_table_is_true(name: str, case: Case, tmp_path: Path) -> None:
    ending, text, expected, lost = case
    path = tmp_path / f"file.{ending}"
    path.write_text(text, "utf-8")
    found: Imported = read_questions(path)
    condition = found.values["conditions"][0]
    judges = [(judge["name"], judge["kind"], judge["rubric"]) for judge in found.values.get("judges", ())]
    whole = {"judges": judges} | condition if judges else condition
    assert {key: whole.get(key) for key in expected} == expected
    assert whole.keys() - expected.keys() <= {"name"}
    assert found.left_out == lost
    written = write_probe(found.values, tmp_path / "probes", replace=False)
    assert written is not None
    load_probe(written)


SAID = {"role": "assistant", "content": "Kim."}
TOLD = [("user", "Who am I?"), ("assistant", "Kim.")]
MARKED = "<|im_start|>user\nWho am I?<|im_end|>\n<|im_start|>assistant\nKim.<|im_end|>\n"
TRAINED: dict[str, list[tuple[dict[str, Any], list[tuple[str, str]]]]] = {
    "`messages`, also with contents as parts": [
        ({"messages": [NEXT, SAID | {"weight": 1}]}, TOLD),
        ({"messages": [NEXT | {"content": [{"text": "Who am I?"}]}, SAID | {"weight": 0}]}, TOLD),
    ],
    "`contents` with `parts`, `systemInstruction`": [
        (
            {
                "systemInstruction": {"parts": [{"text": "Be brief."}]},
                "contents": [
                    {"role": "user", "parts": [{"text": "Who am I?"}]},
                    {"role": "model", "parts": [{"text": "Kim."}]},
                ],
            },
            [("system", "Be brief."), *TOLD],
        ),
    ],
    "`messages` or `conversations` that end with the user, beside `completion`, `chosen` and the like": [
        ({"messages": [NEXT], "completion": "Kim."}, TOLD),
        (
            {"conversations": [{"from": "human", "value": "Who am I?"}], "chosen": {"from": "gpt", "value": "Kim."}},
            TOLD,
        ),
    ],
    "`conversations` with `from` and `value`": [
        ({"conversations": [{"from": "human", "value": "Who am I?"}, {"from": "gpt", "value": "Kim."}]}, TOLD),
    ],
    "`prompt` and `completion`, as texts or messages": [
        ({"prompt": "Who am I?", "completion": "Kim."}, TOLD),
        ({"prompt": [NEXT], "completion": [SAID]}, TOLD),
    ],
    "`completion` or `messages` with `label` or `kto_tag` false": [
        ({"prompt": "Who am I?", "completion": "Bob.", "label": False}, TOLD[:1]),
        ({"messages": [NEXT, SAID], "kto_tag": False}, TOLD[:1]),
    ],
    "`context` beside `question`": [
        ({"context": "Page.", "question": "Who?", "answer": "Kim."}, [("user", "Page.\n\nWho?"), TOLD[1]]),
    ],
    "`history`": [
        (
            {"prompt": "Who am I?", "history": [["Hi?", "Hello."]], "response": "Kim."},
            [("user", "Hi?"), ("assistant", "Hello."), *TOLD],
        ),
    ],
    "`instruction`, `input` or `context`, `output`": [
        ({"instruction": "Who", "context": "am I?", "output": "Kim."}, [("user", "Who\n\nam I?"), TOLD[1]]),
        ({"instruction": "Who", "input": "am I?", "output": "Kim."}, [("user", "Who\n\nam I?"), TOLD[1]]),
    ],
    "`prompt` and `chosen`, or `chosen` as a whole conversation": [
        ({"prompt": "Who am I?", "chosen": "Kim.", "rejected": "Bob."}, TOLD),
        ({"chosen": [NEXT, SAID], "rejected": [NEXT]}, TOLD),
    ],
    "`input.messages` and `preferred_output`": [
        ({"input": {"messages": [NEXT]}, "preferred_output": [SAID], "non_preferred_output": []}, TOLD),
    ],
    "`user` and `assistant`, `question` and `answer`, `input` and `output`": [
        ({one: "Who am I?", other: "Kim."}, TOLD)
        for one, other in (("user", "assistant"), ("question", "answer"), ("input", "output"))
    ],
    "`text` with the marks of a chat template": [({"text": MARKED}, TOLD)],
    "`text` without": [({"text": "Snow fell."}, [("text", "Snow fell.")])],
    "`system` beside any of them": [
        ({"system": "Be brief.", "question": "Who am I?", "answer": "Kim."}, [("system", "Be brief."), *TOLD]),
    ],
    "`reasoning_content`, `reasoning`, `thinking` of an answer, and `<think>` within it": [
        ({"messages": [NEXT, SAID | {"reasoning_content": "Hm."}]}, [TOLD[0], ("reasoning", "Hm."), TOLD[1]]),
        ({"messages": [NEXT, SAID | {"content": "<think>Hm.</think>Kim."}]}, [TOLD[0], ("reasoning", "Hm."), TOLD[1]]),
    ],
}


def test_every_form_of_fine_tuning_data_has_a_row_here() -> None:
    table = DOCS.read_text("utf-8").split("## Fine-tuning data")[1].split("## Sessions")[0]
    assert set(re.findall(r"^\| (.+?) \| .+ \|$", table, re.MULTILINE)) - {"form", "---"} == set(TRAINED)


@pytest.mark.parametrize("name", TRAINED)
def test_the_table_of_fine_tuning_data_is_true(name: str, tmp_path: Path) -> None:
    for values, expected in TRAINED[name]:
        (tmp_path / "rows.jsonl").write_text(row(**values), "utf-8")
        assert list(read_rows(tmp_path / "rows.jsonl").rows[0]) == expected
