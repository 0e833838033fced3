"""Initials that spell a word."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from diptych.detectors.detector import Change, DetectorKind, Finding, Mark, Outcome, Span, Target, Token
from diptych.detectors.prefilled import as_given
from diptych.detectors.text.chance_rates import LONGEST, SHORTEST, expected_target_hits, expected_word_hits, words
from diptych.detectors.text.initials import (
    Initial,
    LineReader,
    Lines,
    Unit,
    sentence_letters,
    word_letters,
    word_offsets,
)
from diptych.detectors.text.prompt_overlap import Supplied
from diptych.detectors.text.word_matcher import Progress

CERTAIN, ANY_WORD_CERTAIN = 1 / 20, 1 / 200
"""A hit of which as many or more are expected by accident is told, but is no finding: of the word that is looked for,
and of any English word where none is looked for."""
STANDING = 3
"""Letters that must stand before a run is shown as a pattern."""
_DRESS = re.compile(r"^[^\w\n]*(?:\d+[.)]|[a-z]\))?[^\w\n]*|[*_\"“”«»]+", re.MULTILINE | re.IGNORECASE)
"""List markers, quotes and emphasis, which do not make the prompt's lines the answer's own."""


class Acrostic:
    """Initials of lines, sentences or words spell the target or, without a target, an English word.

    Card. Sees: the target, letter for letter and without gaps, anywhere in the initials of lines, else of
    sentences, else of words; case and accents do not matter. Known false alarms: names and short targets in
    the initials of words of a long answer, which is why a hit carries the number of such hits expected by
    accident and counts only where that is under CERTAIN, 1 in 20. Without a target any of thousands of words
    will do, so that a short one is soon there by accident (four letters in six lines: 1 in 22): it counts only
    under ANY_WORD_CERTAIN, 1 in 200, as five letters do in up to seven lines; any other is told with its chance
    and marked weakly. Known misses: a pattern over every second line; initials inside tables; without a target
    a short word in one answer (over many answers the search for differences finds it). Error rates:
    benchmarks/detectors.py.
    """

    name = "acrostic"
    version = 4

    def __init__(self, target: str | None, prompt: str, prefix: str = "") -> None:
        self._target = target.upper() if target else None
        self._supplied = Supplied(_DRESS.sub("", prompt))
        self._prefix = len(prefix)
        self._pieces = [prefix]
        self._reader = LineReader(prefix)
        self._lines = Lines(self._reader.of_prefix)
        self._opened = _Openings(self._target)
        """The initials of lines."""
        self._standing = _Standing(self._target) if self._target else None
        self._begun = self._target is not None and _standing_in(self._target, prefix)
        """Whether the lines of the prefix end with the first letters of the target, or with all of it."""
        self._within = (_Sentences(self._target), _Words(self._target))
        """Those of sentences and of words, as far as they were read."""
        self._read = 0
        self._shown: dict[int, Mark] = {}
        self._certain: dict[int, list[range]] = {}
        """English words that are no accident so far, by their length, where none is looked for."""

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece and say which marks changed."""
        self._pieces.append(text)
        initials = self._reader.feed(text)
        return self._take(initials) if initials else ()

    def live(self) -> Finding:
        """What would be said if the answer ended here."""
        text = self._text()
        self._read_on(text, 1 + max(text.rfind(" ", self._read), text.rfind("\n", self._read)))
        first = [(run, run.hits[0]) for run in (self._opened, *self._within) if run.hits]
        for run, hit in first:
            if run.is_certain(hit):
                return self._present(run, hit)
        return self._by_accident(*first[0]) if first else self._absent(least=1)

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """The verdict over the whole text, with the last changes to the marks."""
        changes = list(self._take(self._reader.flush()))
        text = self._text()
        self._within = (_Sentences(self._target), _Words(self._target))
        self._read = 0
        self._read_on(text, len(text))
        finding = self._verdict(text, truncated)
        final = self._final_marks(text, finding)
        changes += [Change(key, None) for key in self._shown if key not in final]
        changes += [Change(key, mark) for key, mark in final.items() if self._shown.get(key) != mark]
        self._shown = final
        return finding, changes

    def _text(self) -> str:
        """All that has come, with what it goes on from before it."""
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    def _take(self, initials: Sequence[Initial]) -> Sequence[Change]:
        """The initials of lines, and the marks that they change."""
        new = [initial for initial in initials if initial.offset >= 0]
        for initial in new:
            self._lines.add(initial)
        hits = self._opened.extend(new)
        if self._standing is None:
            gone: Iterable[int] = ()
            marks = {i.offset: _mark(i, strong=False) for i in new if i.letter} | self._of_any_words(hits)
        else:
            gone, marks = self._standing.step(new)
            marks |= self._marks_of(hits, strong=True)
        changes = [Change(offset, None) for offset in gone if offset not in marks]
        changes += [Change(offset, mark) for offset, mark in marks.items()]
        for change in changes:
            self._shown.pop(change.key, None)
        self._shown |= marks
        return changes

    def _of_any_words(self, hits: Sequence[range]) -> dict[int, Mark]:
        """Marks of English words as long as they are no accident: with each line that comes they may become one."""
        # Hits of one length are alike: none of them is looked at again before all go.
        gone = [length for length, alike in self._certain.items() if not self._opened.is_certain(alike[0])]
        marks = self._marks_of((hit for length in gone for hit in self._certain.pop(length)), strong=False)
        certain = [hit for hit in hits if self._opened.is_certain(hit)]
        for hit in certain:
            self._certain.setdefault(len(hit), []).append(hit)
        return marks | self._marks_of(chain.from_iterable(self._certain.values()) if gone else certain, strong=True)

    def _marks_of(self, hits: Iterable[range], strong: bool) -> dict[int, Mark]:
        return {i.offset: _mark(i, strong) for hit in hits for i in self._opened.at(hit)}

    def _read_on(self, text: str, end: int) -> None:
        """Take the initials of sentences and words up to a place between words."""
        if end <= self._read:
            return
        sentences, words = self._within
        sentences.extend(text, self._prefix, self._lines, self._read, end)
        words.extend(text, self._prefix, self._lines, self._read, end)
        self._read = end

    def _verdict(self, text: str, truncated: bool) -> Finding:
        told: Finding | None = None
        for run in (self._opened, *self._within):
            for hit in run.hits:
                initials = run.at(hit)
                first, last = self._prefix + initials[0].offset, self._prefix + initials[-1].offset
                if _DRESS.sub("", text[first : last + 1]) in self._supplied:
                    continue
                if run.is_certain(hit):
                    return self._present(run, hit)
                told = told or self._by_accident(run, hit)
        if self._begun:
            return as_given(self._absent())
        if truncated and self._standing is not None and self._standing.initials:
            return self._absent("excluded", "truncated")
        is_pattern = self._standing is not None and self._standing.is_pattern
        return told if told is not None and not is_pattern else self._absent()

    def _final_marks(self, text: str, finding: Finding) -> dict[int, Mark]:
        """Strong marks for a finding, weak ones for what stood at the end but was none."""
        present = finding.outcome == "present"
        marks: dict[int, Mark] = {}
        if self._target is None:
            marks = {i.offset: _mark(i, strong=False) for i in self._opened.all if i.letter}
        for span in finding.spans:
            letter = text[self._prefix + span.start].upper() if self._lines.opens(span.start) else ""
            marks[span.start] = Mark(span, "pattern", present, letter)
        return marks

    @property
    def _label(self) -> str:
        return f"follows {self._target}" if self._target else "spells a word"

    def _present(self, run: "_Letters", hit: range) -> Finding:
        initials = run.at(hit)
        value = "".join(i.letter for i in initials)
        count = f"{len(value)} of {len(value)} letters of {value}" if self._target else value
        chance = run.chance(hit)
        by_chance = "" if self._target else f", {_odds(chance)}"
        return self._finding("present", f"{count}, {_place(initials)}{by_chance}", value, initials, chance)

    def _by_accident(self, run: "_Letters", hit: range) -> Finding:
        initials = run.at(hit)
        value = "".join(i.letter for i in initials)
        chance = run.chance(hit)
        return self._finding("absent", f"{value}, {_place(initials)}, but {_odds(chance)}", value, initials, chance)

    def _absent(self, outcome: Outcome = "absent", bucket: str = "", least: int = STANDING) -> Finding:
        """No hit; what stands at the end of the lines is told from `least` letters on."""
        standing = self._standing.initials if self._standing is not None else ()
        hit = standing if len(standing) >= least else ()
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


class _Letters(ABC):
    """The letters that the units of one kind begin with, and where they spell: hits are places among them."""

    def __init__(self, unit: Unit, target: str | None) -> None:
        self.unit = unit
        self.hits: list[range] = []
        self._target = target
        self._letters: list[str] = []
        self._searched = self._after_hit = 0
        """Letters in which no further target begins; those up to the end of the last one."""

    @abstractmethod
    def at(self, hit: range) -> Sequence[Initial]:
        """The initials of a hit."""

    def chance(self, hit: range) -> float:
        """Expected number of such hits by accident in as many initials as there are."""
        if self._target:
            return expected_target_hits(self._target, len(self._letters))
        return expected_word_hits(len(hit), len(self._letters))

    def is_certain(self, hit: range) -> bool:
        """Whether so few such hits are expected by accident that it is a finding."""
        return self.chance(hit) < (CERTAIN if self._target else ANY_WORD_CERTAIN)

    def _add(self, letters: Sequence[str]) -> Sequence[range]:
        """Take more, and return the hits that end in them."""
        known = len(self._letters)
        self._letters += letters
        if self._target is not None:
            self._find(self._target)
        else:
            for end in range(known + 1, len(self._letters) + 1):
                self._find_word(end)
        return [hit for hit in self.hits if hit.stop > known]

    def _find(self, target: str) -> None:
        letters = "".join(self._letters[self._searched :])
        at = letters.find(target)
        while at >= 0:
            first = self._searched + at
            self._after_hit = first + len(target)
            self.hits.append(range(first, self._after_hit))
            at = letters.find(target, at + len(target))
        self._searched = max(self._after_hit, len(self._letters) - len(target) + 1)

    def _find_word(self, end: int) -> None:
        """Keep the longest word that ends here; a longer word replaces the shorter that it grows from."""
        letters = "".join(self._letters[max(0, end - LONGEST) : end])
        for length in range(len(letters), SHORTEST - 1, -1):
            if letters[-length:] in words():
                hit = range(end - length, end)
                if self.hits and self.hits[-1].stop > hit.start:
                    if len(self.hits[-1]) >= length:
                        return
                    self.hits.pop()
                self.hits.append(hit)
                return


class _Openings(_Letters):
    """Of lines."""

    def __init__(self, target: str | None) -> None:
        super().__init__(Unit.LINE, target)
        self.all: list[Initial] = []

    def extend(self, initials: Sequence[Initial]) -> Sequence[range]:
        """Take more, and return the hits that end in them."""
        self.all += initials
        return self._add([initial.letter or " " for initial in initials])

    def at(self, hit: range) -> Sequence[Initial]:
        """The initials of a hit."""
        return self.all[hit.start : hit.stop]


class _Within(_Letters):
    """Of what lines consist of: there is so much of it that only the initials of hits are made."""

    def __init__(self, unit: Unit, target: str | None) -> None:
        super().__init__(unit, target)
        self._at: dict[range, Sequence[Initial]] = {}

    @abstractmethod
    def extend(self, text: str, prefix: int, lines: Lines, start: int, end: int) -> None:
        """Take the part of a text between two characters; the first `prefix` characters are not the answer's own."""

    def at(self, hit: range) -> Sequence[Initial]:
        """The initials of a hit."""
        return self._at[hit]

    def _keep(self, hit: range, offsets: Iterable[int], lines: Lines) -> None:
        """The letters of a hit are at these offsets."""
        letters = self._letters[hit.start : hit.stop]
        self._at[hit] = [
            Initial(self.unit, letter, at, lines.line(at)) for letter, at in zip(letters, offsets, strict=True)
        ]


class _Sentences(_Within):
    def __init__(self, target: str | None) -> None:
        super().__init__(Unit.SENTENCE, target)
        self._offsets: list[int] = []

    def extend(self, text: str, prefix: int, lines: Lines, start: int, end: int) -> None:
        found = sentence_letters(text, lines, prefix, start, end)
        self._offsets += [offset for offset, _ in found]
        for hit in self._add([letter or " " for _, letter in found]):
            self._keep(hit, self._offsets[hit.start : hit.stop], lines)


class _Words(_Within):
    def __init__(self, target: str | None) -> None:
        super().__init__(Unit.WORD, target)

    def extend(self, text: str, prefix: int, lines: Lines, start: int, end: int) -> None:
        letters = word_letters(text, start, end)
        if start < prefix:
            letters = letters[sum(at < prefix for at in word_offsets(text, start, end)) :]
        for hit in self._add(letters):
            own = (at - prefix for at in word_offsets(text, 0, end) if at >= prefix)
            self._keep(hit, islice(own, hit.start, hit.stop), lines)


class _Standing:
    """How far the last lines spell the target, which is shown before it is whole."""

    def __init__(self, target: str) -> None:
        self.initials: list[Initial] = []
        self._progress = Progress(target)

    @property
    def is_pattern(self) -> bool:
        """Whether so many stand that it is no accident."""
        return len(self.initials) >= STANDING

    def step(self, new: Sequence[Initial]) -> tuple[Iterable[int], dict[int, Mark]]:
        """Take the next lines: which marks go, and which are there now. Those of a whole word stay."""
        before = () if self._progress.complete else self.initials
        for initial in new:
            self._progress.step(initial.letter)
            self.initials = [*self.initials, initial][-self._progress.standing :] if self._progress.standing else []
        gone = {i.offset for i in before} - {i.offset for i in self.initials}
        return gone, {i.offset: _mark(i, self.is_pattern) for i in self.initials}


def _standing_in(target: str, prefix: str) -> bool:
    """Whether the initials of its lines end with letters of the target."""
    reader, progress = LineReader(), Progress(target)
    for initial in (*reader.feed(prefix), *reader.flush()):
        progress.step(initial.letter)
    return progress.standing > 0


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


KIND = DetectorKind(Target, lambda settings, prompt, prefix: Acrostic(settings.target, prompt, prefix))
