"""The HTML export: one file with the sides, the measures, and all answers side by side with the detectors' marks.

It loads nothing, has no script, and follows the reader's light or dark mode. All texts are escaped, and control
characters in them are shown as symbols.
"""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import msgspec

from diptych.detectors import Finding
from diptych.sessions.exports import rate_words
from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.exports.question_groups import QuestionGroup, questions, state_text
from diptych.sessions.records import Answer, Label, SavedAnswer
from diptych.sessions.sanitize import visible

_STYLE = Path(__file__).parent / "report.css"
_VISIBLE_SAMPLES = 3
"""Samples of a question that are visible at once; the others are folded."""


def write(data: ExportData, path: Path) -> list[str]:
    """Write the report."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{part}\n" for part in _parts(data))
    return []


def _parts(data: ExportData) -> Iterator[str]:
    session = data.session
    title = text(session.title)
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title>\n<style>\n{_STYLE.read_text(encoding='utf-8')}</style>\n</head>\n<body>"
    probe = f" · probe {text(session.probe)}" if session.probe is not None else ""
    yield f"<header><h1>{title}</h1>"
    yield f"<p>Diptych session {session.id} · {text(session.created[:16])} UTC · pair {text(session.pair)}{probe}</p>"
    if session.tags:
        yield f"<p>{text(' · '.join(session.tags))}</p>"
    if session.note:
        yield f'<p class="said">{text(session.note)}</p>'
    yield "</header>"
    if session.sides:
        yield from _sides(data)
    if data.hidden:
        yield f'<p class="warning">The sides of {len(data.hidden)} answers are hidden until they are labelled.</p>'
    if data.measures.get("measures"):
        yield from _measures(data.measures)
    yield '<p class="key"><mark class="pattern">pattern</mark> <mark class="description">description</mark></p>'
    names = data.sides()
    for group in questions(data):
        yield from _question(group, names, data)
    yield "</body>\n</html>"


def text(said: str) -> str:
    """Return a text with HTML escaped and control characters visible."""
    return escape(visible(said))


def _sides(data: ExportData) -> Iterator[str]:
    rows = [(side.name, side.model, side.endpoint, side.system or "—") for side in data.session.sides]
    yield "<h2>Sides</h2>"
    yield from _table(("side", "model", "endpoint", "system prompt"), rows)


def _measures(measures: Any) -> Iterator[str]:
    names = list(dict.fromkeys(name for measure in measures["measures"] for name in measure["sides"]))
    yield "<h2>Measures</h2>"
    yield '<div class="wide"><table>'
    head = ("measure", "condition", *names, "difference")
    yield f"<tr>{''.join(f'<th>{text(name)}</th>' for name in head)}</tr>"
    for measure in measures["measures"]:
        cells = [text(measure["label"]), text(measure["condition"])]
        cells += [_rate(measure["sides"].get(name)) for name in names]
        cells.append(text(rate_words.difference(measure)))
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
    yield "</table></div>"
    if contrasts := rate_words.contrasts(measures):
        yield from _table(("contrast", "side", "difference"), contrasts)
    yield f'<p class="note">{text(rate_words.about(measures))}</p>'
    yield from (f'<p class="warning">{text(warning)}</p>' for warning in measures.get("warnings", ()))


def _rate(side: dict[str, Any] | None) -> str:
    """Return the rate in words, and its interval as a bar from 0 to 1."""
    if side is None:
        return ""
    low, high = side["interval"]
    point = f'<circle cx="{side["rate"] * 100:.1f}" cy="4" r="3"/>' if side["rate"] is not None else ""
    bar = f'<rect x="{low * 100:.1f}" y="3" width="{max(high - low, 0.01) * 100:.1f}" height="2"/>'
    return f'{text(rate_words.rate(side))}<svg viewBox="-4 0 108 8" aria-hidden="true">{bar}{point}</svg>'


def _question(group: QuestionGroup, names: Sequence[str], data: ExportData) -> Iterator[str]:
    yield "<section>"
    condition = f'<span class="condition">{text(group.condition)}</span> ' if group.condition is not None else ""
    yield f'<h2>{condition}<span class="said">{text(group.prompt)}</span></h2>'
    rows = list(group.samples.items())
    # In a blind question the sides are named by position, and the real names have no answers.
    here = [name for name in names if any(name in sides for _, sides in rows)]
    for index, ((sample, again), sides) in enumerate(rows):
        if index == _VISIBLE_SAMPLES:
            yield f"<details><summary>more samples: {len(rows) - _VISIBLE_SAMPLES}</summary>"
        tried = f", try {again + 1}" if again else ""
        yield f'<p class="sample">sample {sample + 1}{tried}</p>'
        yield f'<div class="sides" style="--sides: {len(here)}">'
        yield from (_answer(name, sides.get(name), data) for name in here)
        yield "</div>"
    if len(rows) > _VISIBLE_SAMPLES:
        yield "</details>"
    yield from _requests(rows[0][1])
    yield "</section>"


def _requests(sides: Mapping[str, SavedAnswer]) -> Iterator[str]:
    """What each side was sent for the first sample. A masked answer shows nothing."""
    sent = {name: row.answer.request for name, row in sides.items() if row.answer.request}
    if sent:
        yield "<details><summary>what was sent, for the first of these samples</summary>"
        for name, request in sent.items():
            shown = msgspec.json.format(msgspec.json.encode(request)).decode()
            yield f'<h3>{text(name)}</h3><pre class="said">{text(shown)}</pre>'
        yield "</details>"


def _answer(name: str, row: SavedAnswer | None, data: ExportData) -> str:
    if row is None:
        return f'<article><h3>{text(name)}</h3><p class="note">not asked</p></article>'
    answer = row.answer
    ended = f' <span class="warning">{text(state_text(answer))}</span>' if state_text(answer) else ""
    prefill = f'<span class="prefill">{text(answer.prefill)}</span>' if answer.prefill else ""
    reasoning = ""
    if answer.reasoning:
        reasoning = f'<details><summary>reasoning</summary><p class="said">{text(answer.reasoning)}</p></details>'
    findings = "".join(f"<li>{_finding(finding)}</li>" for finding in answer.findings)
    labels: Sequence[Label] = data.labels.get(row.id, ())
    labels_html = "".join(f"<li>label: {text(label.words)}</li>" for label in labels)
    return (
        f"<article><h3>{text(name)}{ended}</h3>{reasoning}"
        f'<p class="said">{prefill}{marked(answer)}</p><ul>{findings}{labels_html}</ul></article>'
    )


def _finding(finding: Finding) -> str:
    outcome = f"excluded: {finding.bucket}" if finding.outcome == "excluded" else finding.outcome
    return f"<b>{text(outcome)}</b> {text(finding.label)} <span>{text(finding.evidence)}</span>"


def marked(answer: Answer) -> str:
    """Return the text of an answer as HTML with the spans of its findings marked."""
    kinds: list[str | None] = [None] * len(answer.text)
    for finding in answer.findings:
        for span in finding.spans:
            start, end = max(span.start, 0), min(span.end, len(answer.text))
            kinds[start:end] = [finding.kind] * max(end - start, 0)
    shown = visible(answer.text)
    parts, start = [], 0
    for end in range(1, len(shown) + 1):
        if end == len(shown) or kinds[end] != kinds[start]:
            piece = escape(shown[start:end])
            kind = kinds[start]
            parts.append(f'<mark class="{kind}">{piece}</mark>' if kind is not None else piece)
            start = end
    return "".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield '<div class="wide"><table>'
    yield f"<tr>{''.join(f'<th>{text(name)}</th>' for name in head)}</tr>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{text(cell)}</td>' for cell in row)}</tr>"
    yield "</table></div>"
