"""The word-acrostic detector: the initials of the words of an answer spell a word."""

from collections.abc import Sequence

from diptych.detectors.acrostic import DECORATION, lines_of, odds
from diptych.detectors.detector import Change, DetectorKind, Finding, Mark, Outcome, Span, Target, Token
from diptych.detectors.text.initial_hits import WordInitials
from diptych.detectors.text.initials import Initial, LineReader, Lines
from diptych.detectors.text.prompt_text import PromptText


class WordAcrostic:
    """The initials of words in a row spell the target or, without a target, an English word.

    Card. Sees: the target, letter for letter and without gaps, in the initials of the words of running text. Case and
    accents are ignored. It is apart from the acrostic detector, which reads lines and sentences, because such a run is
    rarer and more often an accident. Lists, names and spelling alphabets are none: text/enumerations.py says how they
    are told. A hit counts only where fewer such hits are expected by chance than CERTAIN, 1 in 20, or without a target
    ANY_WORD_CERTAIN, 1 in 200. Any other hit is reported with its chance. Known false alarms: lists without commas or
    numbers; names whose parts are English words; the expansion of an abbreviation. Known misses: a pattern over every
    second word; one with a comma or full stop after most words; names of animals or things that are all written with
    capitals and not in the list of words. Marks appear when the answer ends. Error rates: benchmarks/detectors.py.
    """

    name = "word-acrostic"
    version = 1

    def __init__(self, settings: Target, prompt: str, prefix: str = "") -> None:
        self._target = settings.target.upper() if settings.target else None
        spelled = self._target or "a word"
        self._label = settings.label or f"words spell {spelled}"
        self._prompt_text = PromptText(DECORATION.sub("", prompt))
        self._prefix = len(prefix)
        self._pieces = [prefix]
        self._reader = LineReader(prefix)
        self._lines = Lines(self._reader.of_prefix)
        self._words = WordInitials(self._target)
        self._read = 0
        """Up to where the initials of words have been read."""

    def feed(self, text: str) -> Sequence[Change]:
        """Take the next piece. There are no marks before the end."""
        self._pieces.append(text)
        self._add_lines(self._reader.feed(text))
        return ()

    def live(self) -> Finding:
        """Return the finding as it would be if the answer ended with its last complete word."""
        text = self._text()
        self._read_on(text, 1 + max(text.rfind(" ", self._read), text.rfind("\n", self._read)))
        return self._hit(self._words.hits[0]) if self._words.hits else self._absent()

    def finish(self, truncated: bool = False, tokens: Sequence[Token] = ()) -> tuple[Finding, Sequence[Change]]:
        """Return the final finding and its marks."""
        self._add_lines(self._reader.flush())
        text = self._text()
        self._words = WordInitials(self._target)
        self._read = 0
        self._read_on(text, len(text))
        finding = self._verdict(text)
        present = finding.outcome == "present"
        return finding, [Change(span.start, Mark(span, "pattern", present)) for span in finding.spans]

    def _text(self) -> str:
        """Return the prefix and the whole text so far."""
        self._pieces = ["".join(self._pieces)]
        return self._pieces[0]

    def _add_lines(self, initials: Sequence[Initial]) -> None:
        for initial in initials:
            if initial.offset >= 0:
                self._lines.add(initial)

    def _read_on(self, text: str, end: int) -> None:
        """Read the initials of words up to `end`, which lies between two words."""
        if end > self._read:
            self._words.extend(text, self._prefix, self._lines, self._read, end)
            self._read = end

    def _verdict(self, text: str) -> Finding:
        """Return the first hit that is not an accident, or else the first one that the prompt did not supply."""
        own = [hit for hit in self._words.hits if not self._is_supplied(text, hit)]
        certain = [hit for hit in own if self._words.is_certain(hit)]
        return self._hit((certain or own)[0]) if own else self._absent()

    def _is_supplied(self, text: str, hit: range) -> bool:
        """Return whether the prompt contains the words of a hit."""
        initials = self._words.at(hit)
        first, last = self._prefix + initials[0].offset, self._prefix + initials[-1].offset
        return DECORATION.sub("", text[first : last + 1]) in self._prompt_text

    def _hit(self, hit: range) -> Finding:
        initials, chance = self._words.at(hit), self._words.chance(hit)
        value, where = "".join(i.letter for i in initials), lines_of(initials)
        if not self._words.is_certain(hit):
            return self._finding("absent", f"{value}, {where}, but {odds(chance)}", initials, chance)
        if self._target is None:
            return self._finding("present", f"{value}, {where}, {odds(chance)}", initials, chance)
        count = f"{len(value)} of {len(value)} letters of {value}"
        return self._finding("present", f"{count}, {where}", initials, chance)

    def _absent(self) -> Finding:
        spells = f"do not spell {self._target}" if self._target else "spell no word"
        return self._finding("absent", f"initials of words {spells}")

    def _finding(
        self, outcome: Outcome, evidence: str, hit: Sequence[Initial] = (), chance: float | None = None
    ) -> Finding:
        return Finding(
            detector=self.name,
            version=self.version,
            label=self._label,
            kind="pattern",
            outcome=outcome,
            evidence=evidence,
            target=self._target or "",
            value="".join(i.letter for i in hit),
            spans=tuple(Span(i.offset, i.offset + 1) for i in hit),
            line=hit[0].line if hit else None,
            chance=chance,
        )


KIND = DetectorKind(Target, WordAcrostic)
