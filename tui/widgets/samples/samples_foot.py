"""The rows below the answers: differences, agreement between the sides, and progress."""

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from diptych.compare import Agreement, BackgroundSamples, Discovery, Found, Trait, trait_words
from diptych.tui.formatting import duration, first_fitting
from diptych.tui.sanitized_text import visible
from diptych.tui.side_colors import side_style

_LEAST_QUOTED = 12
"""Fewer characters of an answer are not worth quoting."""
_HEADING = Content.styled(" unexpected differences", "bold $ink")
_MOST_DIFFERENCES = 4
"""Of each side: more are not sure enough to stand in one row."""
_MORE = "  +{}"


class SamplesFoot(Widget):
    """Differences that no detector looks for; the most frequent answer of each side and how often the others give it;
    what is under way."""

    def __init__(self, sides: Sequence[str]) -> None:
        super().__init__()
        self._sides = tuple(sides)
        self.more_key = "o"
        """The key that shows all differences; "" where it does nothing."""
        self._different: tuple[Content, ...] = ()
        self._more = 0
        self._agreement: Agreement | None = None
        self._below = Content("")

    def show(
        self,
        found: Agreement,
        differences: Sequence[Found] | str,
        more: BackgroundSamples | None,
        notes: Sequence[str],
        options: Sequence[str],
    ) -> None:
        """Show what the sides agree in, the `differences` or why there are none, and how far `more` has come; when
        nothing is under way, those of the `notes` that there is room for, else also the `options`: how the table is
        sorted and filtered."""
        under_way = more is not None and more.under_way
        below = progress_row(more, options) if more is not None and under_way else self._notes(notes)
        different = _different(differences)
        shown = different, _number(differences) - len(different), found, below
        if shown != (self._different, self._more, self._agreement, self._below):
            self._different, self._more, self._agreement, self._below = shown
            self.refresh()

    def render(self) -> Content:
        """One row for each, cut at the edge."""
        width = max(1, self.size.width)
        frequent = self._frequent(self._agreement, width - 1) if self._agreement is not None else Content("")
        different = fitted(_HEADING, self._different, width - 1, max(0, self._more), self.more_key)
        rows = (different, frequent, self._below)
        return Content("\n").join([row.truncate(max(1, width - 1), ellipsis=True) for row in rows])

    def _notes(self, notes: Sequence[str]) -> Content:
        """As many as there is room for, each whole."""
        shown = [" · ".join(map(visible, notes[:number])) for number in range(len(notes), 0, -1)]
        words = first_fitting(self.size.width - 2, *shown) or (shown[-1] if shown else "")
        return Content.styled(f" {words}", "$dim")

    def _frequent(self, found: Agreement, width: int) -> Content:
        """Quotes are shortened, then the counts of the other sides are left out, then those of identical answers."""
        if max(found.finished, default=0) < 2:
            return Content.assemble((" most frequent answer", "bold $ink"), (": none yet", "$dim"))
        for quoted, others, identical in ((1, 1, 1), (1, 0, 1), (0, 0, 1), (1, 0, 0), (0, 0, 0)):
            for length in range(width, _LEAST_QUOTED - 1, -1) if quoted else (0,):
                row = self._frequent_row(found, length, bool(others), bool(identical))
                if row.cell_length <= width:
                    return row
        return self._frequent_row(found, 0, False, False)

    def _frequent_row(self, found: Agreement, quoted: int, others: bool, identical: bool) -> Content:
        parts: list[tuple[str, str]] = [(" most frequent answer", "bold $ink")]
        for place, (side, frequent) in enumerate(zip(self._sides, found.frequent, strict=True)):
            parts.append((f"   {side} ", side_style(side)))
            finished = found.finished[place]
            if frequent is None:
                parts.append(("all different" if finished > 1 else "none yet", "$dim"))
                continue
            said = visible(" ".join(frequent.text.split())) or "(empty)"
            said = said if len(said) <= quoted else f"{said[:quoted].rstrip()}…"
            parts.append(
                (f"“{said}” {frequent.times}/{finished}" if quoted else f"{frequent.times}/{finished}", "$ink")
            )
            if others:
                parts += [
                    (f", {name} {frequent.of_others[other]}/{found.finished[other]}", "$dim")
                    for other, name in enumerate(self._sides)
                    if other != place
                ]
            if identical:
                same = found.identical[place]
                parts.append((", all identical" if same == finished else f", {same} of {finished} identical", "$dim"))
        return Content.assemble(*parts)


def _times(discovery: Discovery) -> str:
    """On how many answers of the side that shows it more often, and of the other."""
    more, less = (discovery.tuned, discovery.base) if discovery.more else (discovery.base, discovery.tuned)
    return f"{more.k}/{more.n} against {less.k}/{less.n}"


def _number(found: Sequence[Found] | str) -> int:
    """How many differences were found."""
    return 0 if isinstance(found, str) else sum(len(each.discoveries) + len(each.words) for each in found)


def _different(found: Sequence[Found] | str) -> tuple[Content, ...]:
    """What one side shows more often though no detector was told to look for it, the surest first."""
    if isinstance(found, str):
        return (Content.styled(f" · {visible(found)}", "$dim"),)
    return tuple(
        Content.assemble(
            (f"   {side} ", side_style(side)),
            (trait_shown(discovery), "bold $pattern"),
            (f" {_times(discovery)}", "$dim"),
        )
        for against in found
        for discovery in against.discoveries[:_MOST_DIFFERENCES]
        for side in [against.tuned if discovery.more else against.base]
    ) or (Content.styled(" · none that these answers can show", "$dim"),)


def fitted(heading: Content, entries: Sequence[Content], width: int, more: int = 0, key: str = "o") -> Content:
    """A row with those entries that it has room for as a whole, in their order, and how many are left out; `more` were
    left out before; the `key` shows them all."""
    left_out_words = f"{_MORE} ({key})" if key else _MORE
    if not more and (len(entries) == 1 or sum(one.cell_length for one in (heading, *entries)) <= width):
        return Content.assemble(heading, *entries)
    room = width - heading.cell_length - len(left_out_words.format(len(entries) + more))
    taken: list[Content] = []
    for entry in entries:
        if entry.cell_length <= room:
            taken.append(entry)
            room -= entry.cell_length
    taken = taken or [entries[0].truncate(max(1, room), ellipsis=True)]
    left_out = len(entries) + more - len(taken)
    return Content.assemble(heading, *taken, (left_out_words.format(left_out) if left_out else "", "$dim"))


def trait_shown(trait: Discovery | Trait) -> str:
    """A trait in words, safe to paint."""
    return visible(trait_words(trait.feature, trait.value))


def progress_row(more: BackgroundSamples, options: Sequence[str] = ()) -> Content:
    """How far it has come, e.g. "▸ 12 of 20 answers · 4 under way · 3.1/s · 8.0 s left", and the `options`."""
    standing = more.progress
    if not standing.total:
        return Content.assemble((" ▸ ", "bold $pattern"), ("about to ask", "$ink"))
    parts = [f"{standing.done} of {standing.total} answers", f"{standing.under_way} under way"]
    if more.paused:
        parts.insert(0, "paused")
    else:
        parts += [f"{standing.rate:.1f}/s"] if standing.rate is not None else []
        parts += [f"{duration(standing.seconds_left)} left"] if standing.seconds_left else []
    if standing.failed:
        parts.append(f"{standing.failed} failed")
    keys = "   space goes on, x stops" if more.paused else "   space pauses, x stops"
    glyph = "‖" if more.paused else "▸"
    chosen = "".join(f" · {visible(words)}" for words in options)
    return Content.assemble(
        (f" {glyph} ", "bold $pattern"), (" · ".join(parts), "$ink"), (chosen, "$pattern"), (keys, "$dim")
    )
