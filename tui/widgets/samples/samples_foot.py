"""The rows below the answers: differences, agreement between the sides, and progress."""

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from diptych.compare import Agreement, BackgroundSamples, Discovery, Found
from diptych.tui.formatting import duration, first_fitting
from diptych.tui.sanitized_text import visible

_LONGEST_ANSWER = 24
_MOST_DIFFERENCES = 4
_HEADING = Content.styled(" not asked for, but different", "bold $ink")
_MORE = "  +{}"


class SamplesFoot(Widget):
    """Differences that nobody asked for; the most frequent answer of each side and how often the others give it; what
    is under way."""

    def __init__(self, sides: Sequence[str]) -> None:
        super().__init__()
        self._sides = tuple(sides)
        self._different: tuple[Content, ...] = ()
        self._rows: tuple[Content, ...] = ()

    def show(
        self,
        found: Agreement,
        differences: Sequence[Found] | None,
        more: BackgroundSamples | None,
        notes: Sequence[str],
    ) -> None:
        """Show what the sides agree in, the `differences` once they were looked for, and how far `more` has come; when
        nothing is under way, those of the `notes` that there is room for."""
        under_way = more is not None and more.under_way
        below = progress_row(more) if more is not None and under_way else self._notes(notes)
        different, rows = _different(differences), (self._frequent(found), below)
        if (different, rows) != (self._different, self._rows):
            self._different, self._rows = different, rows
            self.refresh()

    def render(self) -> Content:
        """One row for each, cut at the edge."""
        width = max(1, self.size.width)
        rows = (fitted(_HEADING, self._different, width), *self._rows)
        return Content("\n").join([row.truncate(max(1, width - 1), ellipsis=True) for row in rows])

    def _notes(self, notes: Sequence[str]) -> Content:
        """As many as there is room for, each whole."""
        shown = [" · ".join(map(visible, notes[:number])) for number in range(len(notes), 0, -1)]
        words = first_fitting(self.size.width - 2, *shown) or (shown[-1] if shown else "")
        return Content.styled(f" {words}", "$dim")

    def _frequent(self, found: Agreement) -> Content:
        parts: list[tuple[str, str]] = [(" most frequent", "bold $ink")]
        for place, (side, frequent) in enumerate(zip(self._sides, found.frequent, strict=True)):
            parts.append((f"   {side} ", f"$side-{side}"))
            if frequent is None:
                parts.append(("all different" if found.finished[place] > 1 else "·", "$dim"))
                continue
            said = visible(" ".join(frequent.text.split())) or "(empty)"
            said = said if len(said) <= _LONGEST_ANSWER else f"{said[:_LONGEST_ANSWER]}…"
            parts.append((f"“{said}” {frequent.times}/{found.finished[place]}", "$ink"))
            for other, name in enumerate(self._sides):
                if other != place:
                    parts.append((f", {name} {frequent.of_others[other]}/{found.finished[other]}", "$dim"))
        return Content.assemble(*parts)


def _different(found: Sequence[Found] | None) -> tuple[Content, ...]:
    """What one side shows more often though no detector was told to look for it, the surest first."""
    if found is None:
        return (Content.styled("   looked for when the answers are there", "$dim"),)
    return tuple(
        Content.assemble(
            (f"   {side} ", f"$side-{side}"),
            (visible(_trait(discovery)), "bold $pattern"),
            (f" {_sureness(discovery.q_value)}", "$dim"),
        )
        for against in found
        for discovery in against.discoveries[:_MOST_DIFFERENCES]
        for side in [against.tuned if discovery.more else against.base]
    ) or (Content.styled("   nothing that these answers can show", "$dim"),)


def fitted(heading: Content, entries: Sequence[Content], width: int) -> Content:
    """A row with those entries that it has room for as a whole, in their order, and how many more there are."""
    if len(entries) == 1 or sum(one.cell_length for one in (heading, *entries)) <= width:
        return Content.assemble(heading, *entries)
    room = width - heading.cell_length - len(_MORE.format(len(entries)))
    taken: list[Content] = []
    for entry in entries:
        if entry.cell_length <= room:
            taken.append(entry)
            room -= entry.cell_length
    taken = taken or [entries[0].truncate(max(1, room), ellipsis=True)]
    return Content.assemble(heading, *taken, (_MORE.format(len(entries) - len(taken)), "$dim"))


def _trait(discovery: Discovery) -> str:
    """As "line initials H·E·L·L·O", or "words a sentence above the median"."""
    value = " ".join(discovery.value.split())
    return f"{discovery.feature} {'·'.join(value) if 'initials' in discovery.feature else value}"


def _sureness(q_value: float) -> str:
    return "q < .001" if q_value < 0.001 else f"q = {q_value:.3f}".replace("0.", ".")


def progress_row(more: BackgroundSamples) -> Content:
    """How far it has come, e.g. "▸ 12 of 20 answers · 4 under way · 3.1/s · 8.0 s left"."""
    standing = more.progress
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
    return Content.assemble((f" {glyph} ", "bold $pattern"), (" · ".join(parts), "$ink"), (keys, "$dim"))
