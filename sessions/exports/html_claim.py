"""The page of a claim card: one file with the legs, and the answers behind each of them with the detectors' marks.

Like the report of a session it loads nothing, has no script and shows all texts as they are.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from diptych.sessions.exports.claim_page import ClaimAnswer, ClaimLine, ClaimPage
from diptych.sessions.exports.html_answer import article
from diptych.sessions.exports.html_frame import frame
from diptych.sessions.exports.html_text import text
from diptych.sessions.records import SIDE_NAMES

_COLUMNS = len(SIDE_NAMES)
_STATES = ("held", "failed", "not done", "does not apply")


def write(page: ClaimPage, path: Path) -> None:
    """Write the page."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{part}\n" for part in frame(page.claim, _body(page)))


def _body(page: ClaimPage) -> Iterator[str]:
    yield f'<header><h1 class="said">{text(page.claim)}</h1><p class="dim">{text(page.about)}</p></header>'
    yield f'<p class="conclusion">{text(page.sentence)}</p>'
    for heading, lines in page.parts.items():
        yield f"<h2>{text(heading)}</h2>"
        for line in lines:
            yield from _leg(line, page)
    signs = {line.state: line.sign for lines in page.parts.values() for line in lines}
    yield f'<p class="key">{", ".join(f"{signs[state]} {state}" for state in _STATES if state in signs)}</p>'


def _leg(line: ClaimLine, page: ClaimPage) -> Iterator[str]:
    name = line.state.replace(" ", "-")
    yield f'<div class="leg {name}"><b aria-label="{line.state}">{line.sign}</b><h3>{text(line.title)}</h3>'
    yield f'<span>{text(line.figure)}</span><span class="dim">{text(line.reason)}</span></div>'
    if line.command:
        yield f'<pre class="behind">{text(line.command)}</pre>'
    if line.answers:
        yield f'<details class="behind"><summary>answers behind it: {len(line.answers)}</summary>'
        yield from _answers(line.answers, page)
        yield "</details>"


def _answers(answers: Sequence[ClaimAnswer], page: ClaimPage) -> Iterator[str]:
    """The answers of all sides to one question and sample beside each other."""
    asked = ""
    for (condition, prompt, sample), group in groupby(answers, key=_question):
        if prompt != asked:
            yield f'<p class="label">{text(condition)}</p><h4 class="said asked">{text(prompt) or "(no words)"}</h4>'
            asked = prompt
        own = list(group)
        yield f'<p class="label">sample {sample + 1}</p>'
        yield f'<div class="columns" style="--columns: {min(len(own), _COLUMNS)}">'
        for saved, data in own:
            arm = page.arms.get(saved.answer.side, saved.answer.side)
            yield article(arm, saved, data, with_context=False)
        yield "</div>"


def _question(each: ClaimAnswer) -> tuple[str, str, int]:
    answer = each.saved.answer
    return answer.condition or "", answer.prompt, answer.sample
