"""An answer in the HTML export: what came before it, its text with the detectors' marks, its findings and labels."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from diptych.detectors import Finding
from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.exports.html_text import folded, said, side_class, text
from diptych.sessions.exports.question_groups import state_text
from diptych.sessions.records import Answer, SavedAnswer
from diptych.sessions.sanitize import visible

_GLYPHS = {"present": "●", "absent": "○", "excluded": "–"}


def article(name: str, row: SavedAnswer, data: ExportData, with_context: bool) -> str:
    """Return the answer of a side. `with_context`: with the conversation before it."""
    answer = row.answer
    parts = [f"<h4>{text(data.side_of(answer))}</h4>"]
    if state_text(answer):
        parts.append(f'<p class="warning">{text(state_text(answer))}</p>')
    if answer.failure is not None and answer.failure.hint:
        parts.append(f'<p class="dim">{text(answer.failure.hint)}</p>')
    if with_context:
        parts.append(_context(answer, data))
    if answer.reasoning:
        parts.append(folded("reasoning", said(answer.reasoning)))
    prefill = f'<span class="prefill">{text(answer.prefill)}</span>' if answer.prefill else ""
    if prefill or answer.text:
        parts.append(f'<p class="said">{prefill}{marked(answer)}</p>')
    elif answer.failure is None:
        parts.append('<p class="dim">(empty)</p>')
    findings = "".join(f"<li>{_finding(finding)}</li>" for finding in answer.findings)
    labels = "".join(f"<li>✎ label: {text(label.words)}</li>" for label in data.labels.get(row.id, ()))
    if findings or labels:
        parts.append(f"<ul>{findings}{labels}</ul>")
    return f'<article class="{side_class(name)}">{"".join(parts)}</article>'


def not_asked(name: str) -> str:
    """Return the place of a side that was not asked."""
    return f'<article class="{side_class(name)}"><h4>{text(name)}</h4><p class="dim">not asked</p></article>'


def _context(answer: Answer, data: ExportData) -> str:
    """Return the turns before the question, unless there is only the system prompt of the side."""
    turns = list(_turns(answer.request))
    own = next((side.system for side in data.session.sides if side.name == answer.side), None)
    if not turns or turns == [("system", own)]:
        return ""
    earlier = sum(role != "system" for role, _ in turns)
    named = [f"{earlier} earlier turn{'s' * (earlier != 1)}"] if earlier else []
    if len(turns) > earlier:
        named.insert(0, "system prompt")
    html = "".join(f'<p class="label">{text(role)}</p>{said(words)}' for role, words in turns)
    return folded(f"before the question: {', '.join(named)}", f'<div class="turns">{html}</div>')


def _turns(request: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield role and text of each message before the last one of the user."""
    messages = request.get("messages") or []
    last = max((place for place, message in enumerate(messages) if message.get("role") == "user"), default=0)
    for message in messages[:last]:
        yield str(message.get("role")), str(message.get("content"))


def _finding(finding: Finding) -> str:
    excluded = f"excluded: {finding.bucket}" if finding.outcome == "excluded" else ""
    words = " · ".join(filter(None, (excluded, finding.evidence)))
    return f"{_GLYPHS[finding.outcome]} <b>{text(finding.label)}</b> <span>{text(words)}</span>"


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
