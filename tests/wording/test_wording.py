"""The texts that a user reads are spelled right and written in one style."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.wording.visible_texts import ROOMS, ROOT, Text, texts_of_code, texts_of_probes

HERE = Path(__file__).parent


@cache
def texts() -> list[Text]:
    return [*texts_of_code(), *texts_of_probes()]


def test_every_word_is_in_the_dictionary() -> None:
    known = set((ROOT / "detectors" / "words.txt").read_text(encoding="utf-8").split())
    known |= set((HERE / "further_words.txt").read_text(encoding="utf-8").split())
    unknown: dict[str, str] = {}
    for text in texts():
        plain = re.sub(r"https?://\S+|\S*[_/\\@=]\S*|\{[^}]*\}|--?\w[\w-]*|«[^»]*»|\b\w+\.\w+\b", " ", text.words)
        for word in re.findall(r"[A-Za-z]+(?:['’][a-z]+)?", plain):
            stem = re.sub(r"['’](s|t|re|ve|ll|d)$", "", word.lower())
            if len(stem) > 3 and not word.isupper() and stem not in known:
                unknown.setdefault(word, f"{text.where}: {text.words[:100]}")
    assert not unknown


RULES = {
    "keys are written ctrl+c": r"\^[a-z]\b|(?i:ctrl)-[a-zA-Z]\b|Ctrl\+|CTRL\+",
    "a rate is written .43": r"(?<![\w.\d=])0\.\d",
    "a blank stands before the per cent sign": r"\d%",
    "three dots are one sign": r"(?<![.=])\.\.\.(?![\w/])",
    "no exclamation marks": r"!(?=\s|$)",
    "no blank before a comma": r" (?=[,;])",
    "no coaxing: say what to do": r"\b(please|simply|easily)\b",
    "no native speaker says this": r"\b(can not|allows to|enables to|an other|depends of|different than)\b",
    "words that readers stumbled over": (
        r"\b(nobody answers|Mind:|mend|hung up|cannot show a rate|not asked for, but|looked for when|thought aloud|"
        r"a side and|base language|be believed|asked plainly|is begun for)\b|"
        r"is like that:|says \w+: not said|^right: "
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_style(rule: str) -> None:
    found = [f"{text.where}: {text.words}" for text in texts() if re.search(RULES[rule], text.words)]
    assert not found, rule


def test_rates_are_written_by_one_function() -> None:
    """Two decimals by hand would write 0.43 beside .43."""
    found = []
    for room in ROOMS:
        for path in sorted((ROOT / "diptych" / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                spec = node.format_spec if isinstance(node, ast.FormattedValue) else None
                if spec is not None and re.search(r"\.[23]f", ast.unparse(spec)):
                    found.append(f"{path.relative_to(ROOT / 'diptych')}:{node.lineno}: {ast.unparse(node)}")
    assert not found
