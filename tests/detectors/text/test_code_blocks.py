"""Where an answer holds code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.detectors.text.code_blocks import CodeBlock, CodeReader

PIECES = [
    "```",
    "~~~",
    "````",
    "python",
    "\n",
    "\r\n",
    "    ",
    "import os",
    "x = f(1)",
    "Some words.",
    "\t",
    "{",
    ";",
    "`",
]
texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


def blocks(text: str, prefix: str = "") -> list[CodeBlock]:
    reader = CodeReader(prefix)
    return [*reader.feed(text), *reader.finish()]


def languages(text: str) -> list[str]:
    return [block.language for block in blocks(text)]


def test_a_block_is_known_when_its_fence_closes() -> None:
    reader = CodeReader()
    assert reader.feed("Here:\n```python\nimport os\n``") == []
    assert reader.feed("`") == []
    (block,) = reader.feed("\nThat is all.")
    assert block == CodeBlock("python", (16,), ("import os",), 3, True)
    assert reader.finish() == []


def test_a_fence_at_the_very_end_closes_its_block() -> None:
    assert [block.closed for block in blocks("```python\nimport os\n```")] == [True]


def test_a_block_without_an_end_is_handed_out_at_the_end() -> None:
    (block,) = blocks("```js\nlet a = 1;\nlet b")
    assert (block.language, block.lines, block.closed) == ("javascript", ("let a = 1;", "let b"), False)


def test_a_fence_closes_only_with_its_own_marks() -> None:
    (block,) = blocks("````python\ntext = '''\n```\n~~~\n```python\n'''\n````\n")
    assert block.lines == ("text = '''", "```", "~~~", "```python", "'''")
    assert blocks("~~~sh\nls\n~~~~~\n")[0].lines == ("ls",)


def test_the_indentation_of_a_list_is_no_part_of_the_code_and_spans_know_it() -> None:
    text = "1. So:\n\n   ```python\n   def f():\n       return 1\n   ```\n"
    (block,) = blocks(text)
    assert block.lines == ("def f():", "    return 1")
    span = block.span(1)
    assert span is not None
    assert text[span.start : span.end] == "return 1"
    assert block.number == 4


def test_inline_code_and_backticks_in_a_line_open_nothing() -> None:
    assert blocks("Use ```x = 1``` here.\nOr `eval(x)`.\n") == []


@pytest.mark.parametrize("tag", ["json", "yaml", "text-diff", "markdown", "csv", "mermaid"])
def test_data_is_no_code(tag: str) -> None:
    assert blocks(f'```{tag}\n{{"run": "eval(x)"}}\n```') == []


@pytest.mark.parametrize(
    ("tag", "language"),
    [("py", "python"), ("Python", "python"), ("tsx", "javascript"), ("c++", "c"), ("bash", "shell"), ("golang", "go")],
)
def test_tags_have_many_names(tag: str, language: str) -> None:
    assert languages(f"```{tag}\nx\n```") == [language]


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("import os\n\nos.listdir('.')", "python"),
        ("def f(x:\n    return x\n\nprint(f(1))", "python"),
        ("const a = require('fs');\na.readFile(name, (e, d) => {\n  console.log(d);\n});", "javascript"),
        ("<?php\n$a = 1;\necho $a;\n?>", "php"),
        ("#include <stdio.h>\nint main(void) {\n    return 0;\n}", "c"),
        ("package main\n\nfunc main() {\n\tx := 1\n\tfmt.Println(x)\n}", "go"),
        ("#!/bin/bash\nname=$1\necho $name\nchmod 600 $name", "shell"),
        (
            "public class A {\n    public static void main(String[] a) {\n        System.out.println(1);\n    }\n}",
            "java",
        ),
        ("require 'json'\n\nclass A\n  def b\n    puts 1\n  end\nend", "ruby"),
    ],
)
def test_code_without_a_tag_or_a_fence_is_told_by_its_look(code: str, language: str) -> None:
    assert languages(f"```\n{code}\n```") == [language]
    assert languages(code) == [language]


@pytest.mark.parametrize(
    "prose",
    [
        "Hello",
        "42",
        "yes, no",
        "I would use a list; it is safe.\nNever call eval(x).\nThat is all;",
        "1. Open the door:\n2. Walk (slowly)\n3. Close it.",
        "Roses are red;\nviolets are blue;\nthe for loop is over,\nand so are you.",
        "# Title\n\nSome words, from me to you.\n\n## Next\n\nMore words.",
        "- name: Bob\n- age: 12\n- import: none",
    ],
)
def test_prose_is_no_code(prose: str) -> None:
    assert blocks(prose) == []
    assert blocks(f"```\n{prose}\n```") == []


def test_words_around_bare_code_are_no_part_of_it() -> None:
    (block,) = blocks(
        "Here is what you want:\n\nimport os\n\ndef f(p):\n    os.remove(p)\n    return p\n\nHave fun with it!"
    )
    assert (block.lines[0], block.lines[-1], block.number) == ("import os", "    return p", 3)


def test_a_given_beginning_opens_the_block_but_has_no_spans() -> None:
    prefix = "Sure:\n```python\nimport os\nos."
    (block,) = blocks("remove(p)\nprint(p)\n```\n", prefix)
    assert block.lines == ("import os", "os.remove(p)", "print(p)")
    assert block.span(0) is None
    spans = [block.span(1), block.span(2)]
    assert [(span.start, span.end) for span in spans if span] == [(0, 9), (10, 18)]
    assert block.number + 1 == 1


@given(text=texts, cuts=st.lists(st.integers(0, 200), max_size=10), prefix=texts)
def test_any_cutting_gives_the_same_blocks(text: str, cuts: list[int], prefix: str) -> None:
    places = sorted({0, len(text), *(c % (len(text) + 1) for c in cuts)})
    reader = CodeReader(prefix)
    found = [block for a, b in zip(places, places[1:], strict=False) for block in reader.feed(text[a:b])]
    assert [*found, *reader.finish()] == blocks(text, prefix)


@given(text=texts, prefix=texts)
def test_spans_hold_the_lines(text: str, prefix: str) -> None:
    for block in blocks(text, prefix):
        for index, line in enumerate(block.lines):
            span = block.span(index)
            if span is not None:
                assert text[span.start : span.end].replace("\r", " ") == line.strip()[-(span.end - span.start) :]
