"""Initials that spell a word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from detectors.chance import LONGEST, SHORTEST, expected_target_hits, expected_word_hits, words
from detectors.initials import Initial, InitialsReader, Unit
from detectors.progress import Progress
from detectors.supplied import Supplied
from detectors.types import Change, DetectorKind, Finding, Mark, Outcome, Span, Target, Token

CERTAIN = 0.05
"""A hit of which as many or more are expected by accident is told, but is no finding."""
STANDING = 3
"""Letters that must stand before a run is shown as a pattern."""
_DRESS = re.compile(r"^[^\w\n]*(?:\d+[.)]|[a-z]\))?[^\w\n]*|[*_\"“”«»]+", re.MULTILINE | re.IGNORECASE)
"""List markers, quotes and emphasis, which do not make the prompt's lines the answer's own."""


class Acrostic:
    """Initials of lines, sentences or words spell the target or, without a target, an English word.

    Card. Sees: the target, letter for letter and without gaps, anywhere in the initials of lines, else of
    sentences, else of words; case and accents do not matter. Known false alarms: names and short targets in
    the initials of words of a long answer, which is why a hit carries the number of such hits expected by
    accident and counts only under CERTAIN. Known misses: a pattern over every second line; initials inside
    tables. Error rates: benchmarks/detectors.py.
    """

    name = "acrostic"
    version = 2

    def __init__(self, target: str | None, prompt: str, lead: str = "") -> None:
        self._target = target.upper() if target else None
        self._supplied = Supplied(_DRESS.sub("", prompt))
        self._text: list[str] = []
        self._line_reader = InitialsReader(lead, lines_only=True)
        self._reader = InitialsReader(lead)
        self._read = 0
        """Pieces that the second has seen: only lines are marked while they come."""
        self._runs = {unit: _Run(unit, self._target) for unit in Unit}
        self._changes: list[Change] = []
        self._shown: dict[int, Mark] = {}

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and say which marks changed."""
        self._text.append(text)
        initials = self._line_reader.feed(text)
        return self._take(initials) if initials else ()

    def live(self) -> Finding:
        """What would be said if the answer ended here."""
        self._read_on()
        for run in self._runs.values():
            if run.hits and run.chance(run.hits[0]) < CERTAIN:
                return self._present(run, run.hits[0])
        return self._absent(self._runs[Unit.LINE], least=1)

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """The verdict over the whole text, with the last changes to the marks."""
        changes = list(self._take(self._line_reader.flush()))
        self._read_on()
        self._read_on(self._reader.flush())
        finding = self._verdict(truncated)
        final = self._final_marks(finding)
        changes += [Change(key, None) for key in self._shown if key not in final]
        changes += [Change(key, mark) for key, mark in final.items() if self._shown.get(key) != mark]
        self._shown = final
        return finding, changes

    def _take(self, initials: Sequence[Initial]) -> Sequence[Change]:
        """The initials of lines, and the marks that they change."""
        changes: list[Change] = []
        run = self._runs[Unit.LINE]
        for initial in initials:
            if initial.offset < 0:
                continue
            run.add(initial)
            for offset, mark in run.touched(initial):
                changes.append(Change(offset, mark))
                if mark is None:
                    self._shown.pop(offset, None)
                else:
                    self._shown[offset] = mark
        return changes

    def _read_on(self, initials: Sequence[Initial] | None = None) -> None:
        """Take the initials of sentences and words: of what has come, if none are given."""
        if initials is None:
            initials = self._reader.feed("".join(self._text[self._read :]))
            self._read = len(self._text)
        for unit in (Unit.SENTENCE, Unit.WORD):
            self._runs[unit].extend([i for i in initials if i.unit is unit and i.offset >= 0])

    def _verdict(self, truncated: bool) -> Finding:
        text = "".join(self._text)
        lines = self._runs[Unit.LINE]
        told: Finding | None = None
        for run in self._runs.values():
            for hit in run.hits:
                if _DRESS.sub("", text[hit[0].offset : hit[-1].offset + 1]) in self._supplied:
                    continue
                if run.chance(hit) < CERTAIN:
                    return self._present(run, hit)
                told = told or self._by_accident(run, hit)
        if truncated and self._target and lines.standing:
            return self._absent(lines, "excluded", "truncated")
        return told if told is not None and not lines.is_pattern else self._absent(lines)

    def _final_marks(self, finding: Finding) -> dict[int, Mark]:
        """Strong marks for a finding, weak ones for what stood at the end but was none."""
        present = finding.outcome == "present"
        marks: dict[int, Mark] = {}
        if self._target is None:
            marks = {i.offset: _mark(i, strong=False) for i in self._runs[Unit.LINE].initials if i.letter}
        by_line = {i.offset for i in self._runs[Unit.LINE].initials}
        for span in finding.spans:
            letter = "".join(self._text)[span.start] if span.start in by_line else ""
            marks[span.start] = Mark(span, "pattern", present, letter.upper())
        return marks

    @property
    def _label(self) -> str:
        return f"follows {self._target}" if self._target else "spells a word"

    def _present(self, run: "_Run", hit: Sequence[Initial]) -> Finding:
        value = "".join(i.letter for i in hit)
        count = f"{len(value)} of {len(value)} letters of {value}" if self._target else value
        chance = run.chance(hit)
        by_chance = "" if self._target else f", {_odds(chance)}"
        return self._finding("present", f"{count}, {_place(hit)}{by_chance}", value, hit, chance)

    def _by_accident(self, run: "_Run", hit: Sequence[Initial]) -> Finding:
        value = "".join(i.letter for i in hit)
        chance = run.chance(hit)
        return self._finding("absent", f"{value}, {_place(hit)}, but {_odds(chance)}", value, hit, chance)

    def _absent(self, lines: "_Run", outcome: Outcome = "absent", bucket: str = "", least: int = STANDING) -> Finding:
        """No hit; what stands at the end is told from `least` letters on."""
        hit = lines.standing_initials if lines.standing >= least else ()
        value = "".join(i.letter for i in hit)
        evidence = "no word in the initials"
        if value:
            evidence = f"{len(value)} of {len(self._target or '')} letters of {self._target}, {_place(hit)}"
        if bucket:
            evidence += f" ({bucket})"
        return self._finding(outcome, evidence, value, hit, None, bucket)

    def _finding(
        self,
        outcome: Outcome,
        evidence: str,
        value: str,
        hit: Sequence[Initial],
        chance: float | None,
        bucket: str = "",
    ) -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            label=self._label,
            kind="pattern",
            outcome=outcome,
            evidence=evidence,
            target=self._target or "",
            value=value,
            spans=tuple(Span(i.offset, i.offset + 1) for i in hit),
            line=hit[0].line if hit else None,
            chance=chance,
            bucket=bucket,
        )


@dataclass
class _Run:
    """The initials of one unit, and how far they spell."""

    unit: Unit
    target: str | None

    def __post_init__(self) -> None:
        self.initials: list[Initial] = []
        self.hits: list[list[Initial]] = []
        self._progress = Progress(self.target) if self.target else None
        self._searched = self._after_hit = 0
        """Initials in which no further target begins; those up to the end of the last one."""
        self._marked: list[Initial] = []

    @property
    def standing(self) -> int:
        """How many letters of the target the last initials are."""
        return self._progress.standing if self._progress is not None else 0

    @property
    def is_pattern(self) -> bool:
        return self.standing >= STANDING

    @property
    def standing_initials(self) -> Sequence[Initial]:
        return self.initials[len(self.initials) - self.standing :]

    def add(self, initial: Initial) -> None:
        self.initials.append(initial)
        if self._progress is None:
            self._find_word()
            return
        self._progress.step(initial.letter)
        if self._progress.complete:
            self.hits.append(list(self.standing_initials))

    def extend(self, initials: Sequence[Initial]) -> None:
        """Take many at once; how far the last of them spell is not kept."""
        if self.target is None:
            for initial in initials:
                self.add(initial)
            return
        self.initials += initials
        letters = "".join([i.letter or " " for i in self.initials[self._searched :]])
        at = letters.find(self.target)
        while at >= 0:
            first = self._searched + at
            self._after_hit = first + len(self.target)
            self.hits.append(self.initials[first : self._after_hit])
            at = letters.find(self.target, at + len(self.target))
        self._searched = max(self._after_hit, len(self.initials) - len(self.target) + 1)

    def _find_word(self) -> None:
        """Keep the longest word that ends here; a longer word replaces the shorter that it grows from."""
        tail = self.initials[-LONGEST:]
        letters = "".join(i.letter or " " for i in tail)
        for length in range(len(tail), SHORTEST - 1, -1):
            if letters[-length:] in words():
                hit = tail[-length:]
                if self.hits and self.hits[-1][-1].offset >= hit[0].offset:
                    if len(self.hits[-1]) >= length:
                        return
                    self.hits.pop()
                self.hits.append(hit)
                return

    def chance(self, hit: Sequence[Initial]) -> float:
        """Expected number of such hits by accident in as many initials as there are."""
        if self.target:
            return expected_target_hits(self.target, len(self.initials))
        return expected_word_hits(len(hit), len(self.initials))

    def touched(self, initial: Initial) -> list[tuple[int, Mark | None]]:
        """The marks of lines that this initial changes: no more than the pattern has letters."""
        if self.target is None:
            if self.hits and self.hits[-1][-1] == initial:
                return [(i.offset, _mark(i, strong=True)) for i in self.hits[-1]]
            return [(initial.offset, _mark(initial, strong=False))] if initial.letter else []
        wanted = list(self.standing_initials)
        strong = self.is_pattern
        gone = [i.offset for i in self._marked if i not in wanted]
        self._marked = [] if self.standing == len(self.target) else wanted
        return [(offset, None) for offset in gone] + [(i.offset, _mark(i, strong)) for i in wanted]


def _mark(initial: Initial, strong: bool) -> Mark:
    return Mark(Span(initial.offset, initial.offset + 1), "pattern", strong, initial.letter)


def _place(hit: Sequence[Initial]) -> str:
    first, last = hit[0].line, hit[-1].line
    lines = f"line {first}" if first == last else f"lines {first}–{last}"
    return lines if hit[0].unit is Unit.LINE else f"initials of {hit[0].unit.value}s in {lines}"


def _odds(chance: float) -> str:
    if chance >= 0.995:
        return f"{chance:.0f} such by chance"
    return f"by chance 1 in {1 / chance:,.0f}" if chance > 0 else "never by chance"


KIND = DetectorKind(Target, lambda settings, prompt, lead: Acrostic(settings.target, prompt, lead))
