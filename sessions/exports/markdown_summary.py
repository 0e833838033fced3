"""The Markdown export: a summary to paste, with the sides, the measures, and the first answers to every question.

Texts of others cannot act as markup: in prose every sign that Markdown or HTML could interpret is escaped, and answers
are in code fences longer than any run of backticks in them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from diptych.sessions.exports import family_words, rate_words
from diptych.sessions.exports.export_data import ExportData
from diptych.sessions.exports.prediction_words import (
    prediction_comparisons,
    prediction_heading,
    prediction_target,
    predictors,
)
from diptych.sessions.exports.question_groups import QuestionGroup, questions, state_text
from diptych.sessions.sanitize import visible

_SIGNS = re.compile(r"[\\`*_{}\[\]<>#|~$&@]|:(?=//)|/(?=/)|(?<=www)\.", re.IGNORECASE)
"""Signs with a meaning within a line, including those of addresses that become links."""
_START = re.compile(r"^(\d*)([-+=.)])")
"""Signs that make a line a list, a rule or a heading."""
_LONGEST = 2000
"""Characters of an answer that are shown."""


def write(data: ExportData, path: Path) -> list[str]:
    """Write the summary."""
    path.write_text("\n".join(_lines(data)) + "\n", encoding="utf-8")
    return []


def prose(text: str) -> str:
    """Return a text in one line that Markdown shows as it is."""
    return _START.sub(r"\1\\\2", _SIGNS.sub(r"\\\g<0>", visible(" ".join(text.split()))))


def fenced(text: str) -> str:
    """Return a text in a code fence that Markdown shows as it is."""
    text = visible(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def _lines(data: ExportData) -> Iterator[str]:
    session = data.session
    yield f"# {prose(session.title)}"
    yield ""
    probe = f", probe {prose(session.probe)}" if session.probe is not None else ""
    kind = "pair" if session.family is None else "family"
    yield f"Diptych session {session.id}, {session.created[:16]} UTC, {kind} {prose(session.pair)}{probe}"
    if session.tags:
        yield from ("", f"Tags: {prose(', '.join(session.tags))}")
    if session.note:
        yield from ("", prose(session.note))
    if session.sides:
        yield ""
        yield from _table(("side", "model", "endpoint", "system prompt"), _sides(data))
    if data.hidden:
        yield ""
        yield f"The sides of {len(data.hidden)} answers are hidden until they are labelled."
    if data.measures.get("measures"):
        yield from ("", "## Measures", "")
        yield from _registered(data)
        yield from _measures(data) if session.family is None or data.hidden else _family_measures(data)
        yield from _predictions(data.measures.get("predictions"))
    yield from ("", "## Answers")
    names = data.sides()
    for group in questions(data):
        yield ""
        yield from _question(group, names, data)


def _sides(data: ExportData) -> Iterator[tuple[str, ...]]:
    for side in data.session.sides:
        yield side.name, data.models_of(side), side.endpoint, side.system or ""


def _registered(data: ExportData) -> Iterator[str]:
    if registered := data.measures.get("registered"):
        yield f"Confirmatory: {prose(registered['heading'])}. All other measures explore."
        yield ""
        primary = registered["primary"]
        yield f"- {prose(primary['measure'])}, {prose(primary['condition'])}: {prose(registered['outcome'])}"
        yield from (f"- {prose(note)}" for note in registered["notes"])
        yield ""


def _measures(data: ExportData) -> Iterator[str]:
    measures = data.measures["measures"]
    names = list(dict.fromkeys(name for measure in measures for name in measure["sides"]))
    rows = []
    for measure in measures:
        rates = [rate_words.rate(measure["sides"][name]) if name in measure["sides"] else "" for name in names]
        rows.append((measure["label"], measure["condition"], *rates, rate_words.difference(measure)))
    yield from _table(("measure", "condition", *names, "difference"), rows)
    if contrasts := rate_words.contrasts(data.measures):
        yield ""
        yield from _table(("contrast", "side", "difference"), contrasts)
    yield ""
    yield prose(rate_words.about(data.measures))
    yield from _mirrors(data.measures)
    for warning in data.measures.get("warnings", ()):
        yield from ("", prose(warning))


def _family_measures(data: ExportData) -> Iterator[str]:
    """A table for each measure: a row a member, an arm, a difference, and what a curve says."""
    found = data.measures
    for measure in found["measures"]:
        rows = {**family_words.members(measure), **family_words.arms(measure)}
        rated = [(name, rate_words.rate(own)) for name, own in rows.items()]
        yield from _table(
            (f"{measure['label']} ({measure['condition']})", "rate"), [*rated, *family_words.notes(measure)]
        )
        yield ""
    if pairs := list(family_words.together(found)):
        yield from _table(("report and behaviour", ""), pairs)
        yield ""
    yield prose(family_words.about(found))
    yield from _mirrors(found)
    for warning in found["warnings"]:
        yield from ("", prose(warning))


def _predictions(found: Mapping[str, Any] | None) -> Iterator[str]:
    """A table for each side whose answers are predicted."""
    if found is None:
        return
    yield from ("", f"### {prose(prediction_heading(found))}")
    for name, target in found["targets"].items():
        rates = [(predictor, rate_words.rate(rate)) for predictor, rate in predictors(target)]
        yield ""
        yield from _table((prediction_target(name, target), "came true"), [*rates, *prediction_comparisons(target)])


def _mirrors(found: Mapping[str, Any]) -> Iterator[str]:
    """A table for each form of a report and side: the plain form, its mirrors, and the effects."""
    for each in found.get("mirror_words", ()):
        yield ""
        yield from _table((f"{each['report']}, {each['side']}", each["verdict"]), each["rows"])
    if found.get("mirror_words"):
        yield from ("", prose(found["mirrors_note"]))


def _question(group: QuestionGroup, names: list[str], data: ExportData) -> Iterator[str]:
    condition = f"{prose(group.condition)}: " if group.condition is not None else ""
    yield f"### {condition}{prose(group.prompt)}"
    sample, sides = next(iter(group.samples.items()))
    if len(group.samples) > 1:
        yield ""
        yield f"Sample {sample[0] + 1} of {len(group.samples)}"
    for name in names:
        if name not in sides:
            continue
        number, answer = sides[name]
        ended = f" \\({prose(state_text(answer))}\\)" if state_text(answer) else ""
        yield from ("", f"**{prose(data.side_of(answer))}**{ended}", "", fenced(answer.text))
        yield from (f"- {f.outcome}: {prose(f.label)}, {prose(f.evidence)}" for f in answer.findings)
        yield from (f"- label: {prose(label.words)}" for label in data.labels.get(number, ()))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    cells = [prose(name) for name in head]
    yield f"| {' | '.join(cells)} |"
    yield "|" + " --- |" * len(cells)
    for row in rows:
        yield f"| {' | '.join(prose(cell) for cell in row)} |"
