"""Words and glyphs for states, numbers and findings."""

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from diptych import compare, number_words
from diptych.number_words import signed
from diptych.sessions import tokens_plausible
from diptych.tui.sanitized_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from diptych.compare import Exchange, Interval, LiveAnswer, RateDifference
    from diptych.detectors import Finding

GLYPHS = {
    "waiting": "·",
    "streaming": "▸",
    "done": "✓",
    "stopped": "■",
    "cut": "✂",
    "failed": "✕",
    "interrupted": "■",
}
MODE_NAMES = {"chat": "", "text": "plain text", "user": "user's turn", "quoted": "beginning quoted"}
"""The names of the modes of asking; the usual one has none."""
_SHOWN_LETTERS = 20
STATE_CELLS = tuple(map(len, ("▸ 9999 tok · 999/s · first 990 ms", "▸ 9999 tok · 999/s", "· waiting 999 s")))
"""Cells that are kept for the state of an answer: with all its numbers, with fewer, and with the fewest."""
LOW_BELOW = 30
"""Screens with fewer rows than this have no blank rows."""


def duration(seconds: float) -> str:
    """Milliseconds or seconds with two digits: "14 ms", "1.6 s"."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 0.995:
        return f"{round(seconds * 1000, -1):.0f} ms"
    return seconds_so_far(seconds)


def counted(n: int, what: str) -> str:
    """A number of things: "1 answer", "1,200 answers"."""
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def first_fitting(room: int, *ways: str) -> str:
    """The first of several wordings that fits into `room` cells, "" if none fits. So no number is ever cut."""
    return next((words for words in ways if cell_len(words) <= room), "")


def in_cells(words: str, cells: int) -> str:
    """The words in so many cells; they end with "…" if they are cut."""
    return set_cell_size(words, cells) if cell_len(words) <= cells else f"{set_cell_size(words, cells - 1)}…"


def state_ways(live: "LiveAnswer", room: int) -> tuple[str, ...]:
    """Glyph and numbers of an answer, e.g. "▸ 41 tok · 131/s · first 14 ms"; the longest wording first. With how little
    `room` a number is left out does not depend on the numbers, so that none comes and goes."""
    glyph = GLYPHS[live.state]
    if live.state == "failed" and live.failure is not None:
        return f"{glyph} {live.failure.kind}", glyph
    if live.state == "waiting":
        waited = seconds_so_far(live.waited)
        return f"{glyph} waiting {waited}", f"{glyph} {waited}", glyph
    told = live.end is not None and live.end.usage is not None
    known = told or tokens_plausible(live.text, live.tokens) or (bool(live.tokens) and not live.ended)
    parts = [f"{glyph} {live.tokens} tok" if known else f"{glyph} tokens not counted"]
    if live.rate is not None and room >= STATE_CELLS[1]:
        parts.append(f"{live.rate:.0f}/s")
    at_once = live.ended and live.tokens > 1 and live.first_at == live.last_at
    if live.first_at is not None and not at_once and room >= STATE_CELLS[0]:
        parts.append(f"first {duration(live.first_at)}")
    return (*(" · ".join(parts[:count]) for count in range(len(parts), 0, -1)), glyph)


def seconds_so_far(seconds: float) -> str:
    """Seconds that are being counted, e.g. "3.2 s"."""
    return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"


def finding_line(finding: "Finding") -> Content:
    """What a detector says, on one row."""
    evidence = visible(finding.evidence).replace("\n", " ")
    if finding.detector == "acrostic" and finding.value:
        return _spelled(finding, evidence)
    if finding.outcome == "present":
        label = visible(finding.label)
        said = evidence.removeprefix(label).strip()
        glyph, color = ("“", "$description") if finding.kind == "description" else ("●", "$pattern")
        return Content.assemble((f"{glyph} {label}", color), (f"  {said}", "$ink"))
    return Content.styled(f"○ {visible(finding.words)}".replace("\n", " "), "$dim")


def uncounted_line(findings: "Sequence[Finding]", elsewhere: bool) -> Content:
    """What the detectors for what the probe does not look for have found, on one row; empty where they found nothing,
    unless they did in the answer of another side: `elsewhere`."""
    said = [_uncounted(finding) for finding in findings if finding.outcome == "present"]
    if not said and not elsewhere:
        return Content("")
    return Content.styled(f"also: {visible(' · '.join(said) or 'nothing').replace(chr(10), ' ')}", "$dim")


def finds_uncounted(answers: "Iterable[LiveAnswer]") -> bool:
    """Whether something that the probe does not look for was found in one of these answers that has ended."""
    return any(finding.outcome == "present" for live in answers if live.ended for finding in live.uncounted)


def keeps_uncounted_row(findings: "Sequence[Finding]") -> bool:
    """Whether a row is kept for what the probe does not look for. Initials of words spell something so rarely that no
    row is kept for them alone."""
    return any(finding.detector != "word-acrostic" for finding in findings)


def _uncounted(finding: "Finding") -> str:
    if finding.detector == "acrostic":
        return f"initials spell {finding.value}"
    if finding.detector == "word-acrostic":
        return f"words spell {finding.value}"
    return f"line {finding.line} describes a pattern"


def _spelled(finding: "Finding", evidence: str) -> Content:
    """The word so far, with a dot for each letter to come."""
    letters = visible(finding.value)[:_SHOWN_LETTERS]
    missing = " ·" * min(_SHOWN_LETTERS, max(0, len(finding.target) - len(finding.value)))
    strong = finding.outcome == "present" or len(letters) >= 3
    marked = (strong and finding.outcome != "absent") or missing
    style, ink = ("bold $letter-ink on $letter", "$ink") if marked else ("$dim", "$dim")
    return Content.assemble((f" {' '.join(letters)} ", style), (missing, "$dim"), (f"  {evidence}", ink))


def verdict_words(exchange: "Exchange") -> str:
    """What judges found in the answers of an exchange and how they said it; "" before they were asked."""
    parts = []
    for side, live in exchange.answers.items():
        for finding in live.findings:
            if compare.is_verdict(finding):
                replies = "\n\n".join(f"› {reply.strip()}" for reply in finding.replies)
                parts.append(f"{side} · {finding.detector} · {finding.outcome} · {finding.evidence}\n\n{replies}")
    return "\n\n\n".join(parts)


def interval_words(interval: "Interval") -> str:
    """The ends of an interval of a rate, as "[.48, .85]"."""
    return number_words.interval_words(interval.low, interval.high)


def difference_words(found: "RateDifference") -> str:
    """How two rates differ, as "Δ +.95 [+.48, +1.00]"."""
    if found.estimate is None:
        return "Δ"
    return f"Δ {signed(found.estimate)} {number_words.signed_interval_words(*found.interval)}"


def signed_nats(value: float) -> str:
    """A difference of log-probabilities as "+7.4" or "−.3"."""
    return signed(value, 1)
