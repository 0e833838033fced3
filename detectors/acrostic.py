"""The acrostic detector: the initials of an answer spell a word."""

import re
from collections.abc import Iterable, Sequence
from itertools import chain

from diptych.detectors.detector import Change, DetectorKind, Finding, Mark, Outcome, Span, Target, Token
from diptych.detectors.prefilled import excluded_as_given
from diptych.detectors.text.initial_hits import Initials, LineInitials, SentenceInitials
from diptych.detectors.text.initials import Initial, LineReader, Lines, Unit
from diptych.detectors.text.prompt_text import PromptText
from diptych.detectors.text.word_matcher import WordMatcher

PATTERN_LETTERS = 3
"""Letters of the target that must match before the marks are strong."""
DECORATION = re.compile(r"^[^\w\n]*(?:\d+[.)]|[a-z]\))?[^\w\n]*|[*_\"“”«»]+", re.MULTILINE | re.IGNORECASE)
"""List markers, quotes and emphasis. They are ignored when the answer is compared with the prompt."""


class Acrostic:
    """The initials of lines or sentences spell the target or, without a target, an English word.

    Card. Sees: the target, letter for letter and without gaps, in the initials of lines, then of sentences. Case and
    accents are ignored. Initials of words are the word-acrostic detector's. Known false alarms: short targets in a long
    answer. A hit therefore carries the number of such hits expected by chance, and counts only where that is under
    CERTAIN, 1 in 20. Without a target any of thousands of words will do, so a short word soon appears by chance (four
    letters in six lines: 1 in 22). It counts only under ANY_WORD_CERTAIN, 1 in 200, which five letters reach in up to
    seven lines. Any other hit is reported with its chance and marked weakly. Known misses: a pattern over every second
    line; initials inside tables; without a target, a short word in one answer (discovery over many answers finds it).
    Error rates: benchmarks/detectors.py.
    """

    name = "acrostic"
    version = 5

    def __init__(self, target: str | None, prompt: str, prefix: str = "") -> None:
        self._target = target.upper() if target else None
        self._prompt_text = PromptText(DECORATION.sub("", prompt))
        self._prefix = len(prefix)
        self._pieces = [prefix]
        self._reader = LineReader(prefix)
        self._lines = Lines(self._reader.of_prefix)
        self._line_initials = LineInitials(self._target)
        self._partial = _PartialMatch(self._target) if self._target else None
        self._prefix_has_part = self._target is not None and _ends_with_part_of(self._target, prefix)
        """Whether the lines of the prefix end with the first letters of the target, or with all of it."""
        self._sentences = SentenceInitials(self._target)
        """Initials of sentences, as far as the text has been read."""
        self._read = 0
        self._shown: dict[int, Mark] = {}
        self._certain: dict[int, list[range]] = {}
        """Without a target: the hits that are certain so far, by the length of the word."""

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and return the marks that changed."""
        self._pieces.append(text)
        initials = self._reader.feed(text)
        return self._add_lines(initials) if initials else ()

    def live(self) -> Finding:
        """Return the finding as it would be if the answer ended here."""
        text = self._text()
        self._read_on(text, 1 + max(text.rfind(" ", self._read), text.rfind("\n", self._read)))
        first = [(run, run.hits[0]) for run in (self._line_initials, self._sentences) if run.hits]
        for run, hit in first:
            if run.is_certain(hit):
                return self._present(run, hit)
        return self._by_chance(*first[0]) if first else self._absent(least=1)

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """Return the final finding and the last changes to the marks."""
        changes = list(self._add_lines(self._reader.flush()))
        text = self._text()
        self._sentences = SentenceInitials(self._target)
        self._read = 0
        self._read_on(text, len(text))
        finding = self._verdict(text, truncated)
        final = self._final_marks(text, finding)
        changes += [Change(key, None) for key in self._shown if key not in final]
        changes += [Change(key, mark) for key, mark in final.items() if self._shown.get(key) != mark]
        self._shown = final
        return finding, changes

    def _text(self) -> str:
        """Return the prefix and the whole text so far."""
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    def _add_lines(self, initials: Sequence[Initial]) -> Sequence[Change]:
        """Add initials of lines and return the marks that they change."""
        new = [initial for initial in initials if initial.offset >= 0]
        for initial in new:
            self._lines.add(initial)
        hits = self._line_initials.extend(new)
        if self._partial is None:
            gone: Iterable[int] = ()
            marks = {i.offset: _mark(i, strong=False) for i in new if i.letter} | self._word_marks(hits)
        else:
            gone, marks = self._partial.step(new)
            marks |= self._hit_marks(hits, strong=True)
        changes = [Change(offset, None) for offset in gone if offset not in marks]
        changes += [Change(offset, mark) for offset, mark in marks.items()]
        for change in changes:
            self._shown.pop(change.key, None)
        self._shown |= marks
        return changes

    def _word_marks(self, hits: Sequence[range]) -> dict[int, Mark]:
        """Return marks for English words. They are strong while the hit is certain: each new line raises its chance."""
        # Hits of one length have the same chance, so they stop being certain together.
        gone = [length for length, alike in self._certain.items() if not self._line_initials.is_certain(alike[0])]
        marks = self._hit_marks((hit for length in gone for hit in self._certain.pop(length)), strong=False)
        certain = [hit for hit in hits if self._line_initials.is_certain(hit)]
        for hit in certain:
            self._certain.setdefault(len(hit), []).append(hit)
        return marks | self._hit_marks(chain.from_iterable(self._certain.values()) if gone else certain, strong=True)

    def _hit_marks(self, hits: Iterable[range], strong: bool) -> dict[int, Mark]:
        return {i.offset: _mark(i, strong) for hit in hits for i in self._line_initials.at(hit)}

    def _read_on(self, text: str, end: int) -> None:
        """Read the initials of sentences up to `end`, which lies between two words."""
        if end > self._read:
            self._sentences.extend(text, self._prefix, self._lines, self._read, end)
            self._read = end

    def _verdict(self, text: str, truncated: bool) -> Finding:
        by_chance: Finding | None = None
        for run in (self._line_initials, self._sentences):
            for hit in run.hits:
                initials = run.at(hit)
                first, last = self._prefix + initials[0].offset, self._prefix + initials[-1].offset
                if DECORATION.sub("", text[first : last + 1]) in self._prompt_text:
                    continue
                if run.is_certain(hit):
                    return self._present(run, hit)
                by_chance = by_chance or self._by_chance(run, hit)
        if self._prefix_has_part:
            return excluded_as_given(self._absent())
        if truncated and self._partial is not None and self._partial.initials:
            return self._absent("excluded", "truncated")
        is_pattern = self._partial is not None and self._partial.is_pattern
        return by_chance if by_chance is not None and not is_pattern else self._absent()

    def _final_marks(self, text: str, finding: Finding) -> dict[int, Mark]:
        """Strong marks for a finding; weak marks for a partial match at the end."""
        present = finding.outcome == "present"
        marks: dict[int, Mark] = {}
        if self._target is None:
            marks = {i.offset: _mark(i, strong=False) for i in self._line_initials.all if i.letter}
        for span in finding.spans:
            letter = text[self._prefix + span.start].upper() if self._lines.opens(span.start) else ""
            marks[span.start] = Mark(span, "pattern", present, letter)
        return marks

    @property
    def _label(self) -> str:
        return f"follows {self._target}" if self._target else "spells a word"

    def _present(self, run: Initials, hit: range) -> Finding:
        initials = run.at(hit)
        value = "".join(i.letter for i in initials)
        count = f"{len(value)} of {len(value)} letters of {value}" if self._target else value
        chance = run.chance(hit)
        chance_clause = "" if self._target else f", {odds(chance)}"
        return self._finding("present", f"{count}, {lines_of(initials)}{chance_clause}", value, initials, chance)

    def _by_chance(self, run: Initials, hit: range) -> Finding:
        initials = run.at(hit)
        value = "".join(i.letter for i in initials)
        chance = run.chance(hit)
        return self._finding("absent", f"{value}, {lines_of(initials)}, but {odds(chance)}", value, initials, chance)

    def _absent(self, outcome: Outcome = "absent", bucket: str = "", least: int = PATTERN_LETTERS) -> Finding:
        """A finding without a hit. A partial match at the end of the lines is reported from `least` letters on."""
        partial = self._partial.initials if self._partial is not None else ()
        hit = partial if len(partial) >= least else ()
        value = "".join(i.letter for i in hit)
        evidence = f"initials do not spell {self._target}" if self._target else "initials spell no word"
        if value:
            evidence = f"{len(value)} of {len(self._target or '')} letters of {self._target}, {lines_of(hit)}"
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


class _PartialMatch:
    """The last lines that spell the beginning of the target. They are shown before the word is complete."""

    def __init__(self, target: str) -> None:
        self.initials: list[Initial] = []
        self._matcher = WordMatcher(target)

    @property
    def is_pattern(self) -> bool:
        """Whether enough letters match to call it a pattern."""
        return len(self.initials) >= PATTERN_LETTERS

    def step(self, new: Sequence[Initial]) -> tuple[Iterable[int], dict[int, Mark]]:
        """Add lines; return the marks that disappear and the marks that are shown now. The marks of a complete word
        stay."""
        before = () if self._matcher.complete else self.initials
        for initial in new:
            self._matcher.step(initial.letter)
            self.initials = [*self.initials, initial][-self._matcher.matched :] if self._matcher.matched else []
        gone = {i.offset for i in before} - {i.offset for i in self.initials}
        return gone, {i.offset: _mark(i, self.is_pattern) for i in self.initials}


def _ends_with_part_of(target: str, prefix: str) -> bool:
    """Return whether the initials of the prefix's lines end with the first letters of the target."""
    reader, matcher = LineReader(), WordMatcher(target)
    for initial in (*reader.feed(prefix), *reader.flush()):
        matcher.step(initial.letter)
    return matcher.matched > 0


def _mark(initial: Initial, strong: bool) -> Mark:
    return Mark(Span(initial.offset, initial.offset + 1), "pattern", strong, initial.letter)


def lines_of(hit: Sequence[Initial]) -> str:
    """Return where the initials of a hit stand, e.g. "lines 1–5", "initials of sentences in line 2"."""
    first, last = hit[0].line, hit[-1].line
    lines = f"line {first}" if first == last else f"lines {first}–{last}"
    return lines if hit[0].unit is Unit.LINE else f"initials of {hit[0].unit.value}s in {lines}"


def odds(chance: float) -> str:
    """Return how many such hits are expected by chance, in words."""
    if chance >= 0.995:
        return f"{chance:.0f} such by chance"
    return f"by chance 1 in {1 / chance:,.0f}" if chance > 0 else "never by chance"


KIND = DetectorKind(Target, lambda settings, prompt, prefix: Acrostic(settings.target, prompt, prefix))
