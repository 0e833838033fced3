"""The HTML export: one file with the sides, the measures, and all answers side by side with the detectors' marks.

It loads nothing, has no script, follows the reader's light or dark mode, and fits a phone. All texts are escaped, and
control characters in them are shown as symbols.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from diptych.sessions.colors import DESCRIPTION_COLOR, PATTERN_COLOR, SIDE_COLORS_DARK, SIDE_COLORS_LIGHT
from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.exports.html_answer import article, not_asked
from diptych.sessions.exports.html_family import family_measures
from diptych.sessions.exports.html_measures import measures
from diptych.sessions.exports.html_predictions import predictions
from diptych.sessions.exports.html_text import folded, said, side_class, text
from diptych.sessions.exports.picture_svg import curve_svg, scatter_svg
from diptych.sessions.exports.question_groups import QuestionGroup, questions
from diptych.sessions.exports.svg_shapes import style as picture_style
from diptych.sessions.family_pictures import CurvePicture, ScatterPicture
from diptych.sessions.records import SIDE_NAMES, SavedAnswer

_STYLE = Path(__file__).parent / "report.css"
_VISIBLE_SAMPLES = 3
"""Samples of a question that are visible at once; the others are folded."""
_COLUMNS = len(SIDE_NAMES)
"""Answers beside each other; those of further members of a family stand below."""
_LONG = 400
"""Characters from which a system prompt is folded."""
_MODES = {
    "text": "as plain text, which the model continues",
    "user": "as the user's turn, which the model writes",
    "quoted": "with the beginning of the answer quoted in the question",
}
"""How a question was asked, unless in chat."""


def write(data: ExportData, path: Path) -> list[str]:
    """Write the report."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{part}\n" for part in _parts(data))
    return []


def _parts(data: ExportData) -> Iterator[str]:
    groups = questions(data)
    names = data.sides()
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{text(data.session.title)}</title>"
    own = f"{_colors()}{_STYLE.read_text(encoding='utf-8')}{picture_style() if data.pictures else ''}"
    yield f"<style>\n{own}</style>\n</head>\n<body>"
    yield from _header(data)
    if data.session.sides:
        yield from _sides(data, groups)
    if data.hidden:
        yield f'<p class="warning">The sides of {len(data.hidden)} answers are hidden until they are labelled.</p>'
    if data.pictures:
        yield from _pictures(data.pictures)
    if data.measures.get("measures"):
        yield from (measures if data.session.family is None or data.hidden else family_measures)(data.measures)
        yield from predictions(data.measures.get("predictions"))
    yield "<h2>Questions and answers</h2>"
    yield from _key(groups)
    for number, group in enumerate(groups, 1):
        yield from _question(number, group, names, data)
    yield "</body>\n</html>"


def _pictures(drawn: Sequence[CurvePicture | ScatterPicture]) -> Iterator[str]:
    yield "<h2>The family</h2>"
    for each in drawn:
        svg = curve_svg(each, alone=False) if isinstance(each, CurvePicture) else scatter_svg(each, alone=False)
        yield f'<div class="pictured">{svg}</div>'


def _colors() -> str:
    """The colours of the console."""
    findings = f"--pattern: {PATTERN_COLOR}; --description: {DESCRIPTION_COLOR};"
    light = " ".join(f"--{name}: {color};" for name, color in zip(SIDE_NAMES, SIDE_COLORS_LIGHT, strict=True))
    dark = " ".join(f"--{name}: {color};" for name, color in zip(SIDE_NAMES, SIDE_COLORS_DARK, strict=True))
    sides = "".join(f".side-{name} {{ --side: var(--{name}); }}\n" for name in SIDE_NAMES)
    return (
        f":root {{ {findings} {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"
        f".side {{ --side: var(--ink); }}\n{sides}"
    )


def _header(data: ExportData) -> Iterator[str]:
    session = data.session
    probe = f" · probe {text(session.probe)}" if session.probe is not None else ""
    yield f'<header><h1 class="said">{text(session.title)}</h1>'
    yield (
        f'<p class="dim">Diptych session {session.id} · {text(session.created[:16].replace("T", " "))} UTC '
        f"· {'pair' if session.family is None else 'family'} {text(session.pair)}{probe}</p>"
    )
    if session.tags:
        yield f'<p class="dim">{text(" ".join(f"#{tag}" for tag in session.tags))}</p>'
    if session.note:
        yield said(session.note)
    yield "</header>"


def _sides(data: ExportData, groups: Sequence[QuestionGroup]) -> Iterator[str]:
    """Each side with its model, its system prompt, and how many of its answers failed."""
    sides = data.session.sides
    answers = [row.answer for group in groups for row in group.rows()]
    yield f'<h2>Sides</h2>\n<div class="columns" style="--columns: {min(len(sides), _COLUMNS)}">'
    for side in sides:
        own = [answer for answer in answers if answer.side == side.name]
        failed = sum(answer.state == "failed" for answer in own)
        counts = f"{len(own)} answer{'s' * (len(own) != 1)}" + (f", {failed} failed" if failed else "")
        yield f'<div class="about {side_class(side.arm_name)}"><h3>{text(side.name)}</h3>'
        yield f'<p class="said">{text(data.models_of(side))}</p>'
        yield f'<p class="dim">endpoint {text(side.endpoint)} · {counts}</p>'
        if side.system:
            long = len(side.system) > _LONG
            yield folded("system prompt", said(side.system)) if long else _labelled("system prompt", side.system)
        else:
            yield '<p class="dim">no system prompt</p>'
        yield "</div>"
    yield "</div>"


def _labelled(label: str, what: str) -> str:
    return f'<p class="label">{text(label)}</p>{said(what)}'


def _key(groups: Sequence[QuestionGroup]) -> Iterator[str]:
    """What the marks in the answers mean."""
    marks = ['<mark class="pattern">pattern</mark>', '<mark class="description">description of a pattern</mark>']
    if any(row.answer.prefill for group in groups for row in group.rows()):
        marks.append('<span class="prefill">beginning that was given</span>')
    yield f'<p class="key">Marked: {" ".join(marks)}</p>'
    yield '<p class="key">● found · ○ not found · – excluded from the counts, with the reason</p>'


def _question(number: int, group: QuestionGroup, names: Sequence[str], data: ExportData) -> Iterator[str]:
    rows = list(group.samples.items())
    # In a blind question the sides are named by position, and the real names have no answers.
    here = [name for name in names if any(name in sides for _, sides in rows)]
    about = [f"question {number}", group.condition or "", f"{len(rows)} samples" if len(rows) > 1 else ""]
    about.append(_MODES.get(next(group.rows()).answer.mode, ""))
    yield f'<section><p class="label">{text(" · ".join(filter(None, about)))}</p>'
    yield f'<h3 class="said asked">{text(group.prompt) or "(no words)"}</h3>'
    for index, ((sample, again), sides) in enumerate(rows):
        if index == _VISIBLE_SAMPLES:
            yield f"<details><summary>more samples: {len(rows) - _VISIBLE_SAMPLES}</summary>"
        tried = f", try {again + 1}" if again else ""
        if len(rows) > 1:
            yield f'<p class="label">sample {sample + 1}{tried}</p>'
        yield f'<div class="columns" style="--columns: {min(len(here), _COLUMNS)}">'
        for name in here:
            row = sides.get(name)
            yield not_asked(name) if row is None else article(name, row, data, with_context=index == 0)
        yield "</div>"
    if len(rows) > _VISIBLE_SAMPLES:
        yield "</details>"
    yield from _requests(rows[0][1], "what was sent" + (", for the first of these samples" if len(rows) > 1 else ""))
    yield "</section>"


def _requests(sides: Mapping[str, SavedAnswer], summary: str) -> Iterator[str]:
    """What each side was sent for the first sample. A masked answer shows nothing."""
    sent = {name: row.answer.request for name, row in sides.items() if row.answer.request}
    if sent:
        shown = (
            f'<h4 class="{side_class(name)}">{text(name)}</h4>'
            f'<pre class="said">{text(msgspec.json.format(msgspec.json.encode(request)).decode())}</pre>'
            for name, request in sent.items()
        )
        yield folded(summary, "".join(shown))
