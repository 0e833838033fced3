"""What stands below the rows of answers: what the sides agree in, and how far it has come."""

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from compare import Agreement, MoreSamples
from tui.inert import visible
from tui.words import duration

_LONGEST_ANSWER = 24


class SamplesFoot(Widget):
    """The most frequent answer of each side and how often the others give it; below it what is under way."""

    def __init__(self, sides: Sequence[str]) -> None:
        super().__init__()
        self._sides = tuple(sides)
        self._rows: tuple[Content, ...] = ()

    def show(self, found: Agreement, more: MoreSamples | None, note: str) -> None:
        """Show what the sides agree in, and how far `more` has come; when nothing is under way, the note."""
        under_way = more is not None and more.under_way
        below = progress_row(more) if more is not None and under_way else Content.styled(f" {note}", "$dim")
        rows = (self._frequent(found), below)
        if rows != self._rows:
            self._rows = rows
            self.refresh()

    def render(self) -> Content:
        """A row each, cut at the edge."""
        width = max(1, self.size.width)
        return Content("\n").join([row.truncate(width, ellipsis=True) for row in self._rows])

    def _frequent(self, found: Agreement) -> Content:
        parts: list[tuple[str, str]] = [(" most frequent", "bold $ink")]
        for place, (side, frequent) in enumerate(zip(self._sides, found.frequent, strict=True)):
            parts.append((f"   {side} ", f"$side-{side}"))
            if frequent is None:
                parts.append(("every answer is different" if found.finished[place] > 1 else "·", "$dim"))
                continue
            said = visible(" ".join(frequent.text.split())) or "(empty)"
            said = said if len(said) <= _LONGEST_ANSWER else f"{said[:_LONGEST_ANSWER]}…"
            parts.append((f"“{said}” {frequent.times}/{found.finished[place]}", "$ink"))
            for other, name in enumerate(self._sides):
                if other != place:
                    parts.append((f", {name} {frequent.of_others[other]}/{found.finished[other]}", "$dim"))
        return Content.assemble(*parts)


def progress_row(more: MoreSamples) -> Content:
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
