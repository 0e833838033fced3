"""All differences between the sides that no detector looks for, each with its counts and an example of each side."""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from diptych.compare import Discovery, Found, excerpt
from diptych.number_words import p_words, three_digits
from diptych.sessions import SIDE_NAMES
from diptych.tui.formatting import counted
from diptych.tui.sanitized_text import visible
from diptych.tui.side_colors import sides_of_pair
from diptych.tui.widgets.chrome.row_list import HeadedRowList
from diptych.tui.widgets.samples.samples_foot import trait_shown


class Quoted(NamedTuple):
    """An answer, and the number by which it is named, e.g. "#4" or "w2#4"."""

    text: str
    number: str


class Example(NamedTuple):
    """A side's examples of a difference."""

    discovery: Discovery
    side: str


class _Line(NamedTuple):
    """A row: words, each with its style; and the example that is opened from it, if there is one."""

    parts: tuple[tuple[str, str], ...]
    example: Example | None = None


class DifferencesList(HeadedRowList):
    """The cursor stands on examples only."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"differences--{side}" for side in SIDE_NAMES),
        "differences--dim",
        "differences--ink",
        "differences--heading",
        "differences--trait",
        "differences--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "read", "read it", key_display="enter")]

    class Read(Message):
        """The user wants to read an example in full."""

        def __init__(self, example: Example) -> None:
            super().__init__()
            self.example = example

    def __init__(self, found: Sequence[Found], quoted: Mapping[int, Quoted], sides: Sequence[str]) -> None:
        """`quoted`: the answers that the examples are quoted from, by their number in the store; `sides`: those of the
        screen."""
        super().__init__()
        self._likes = sides_of_pair(sides)
        self._found, self._quoted = found, quoted
        self._lines: list[_Line] = []

    def on_resize(self) -> None:
        """Quote as much as there is room for; the cursor stays on its example."""
        marked = self._stops.index(self.place) if self.place in self._stops else 0
        width = self.scrollable_content_region.width
        self._lines = [line for each in self._found for line in _lines(each, self._quoted, width)]
        self._stops = [place for place, line in enumerate(self._lines) if line.example is not None]
        self.place = self._stops[marked] if self._stops else 0
        self.virtual_size = Size(0, len(self._lines))
        self.refresh()

    def move_to(self, place: int) -> None:
        """Put the cursor on a row, and bring it and its heading into sight."""
        super().move_to(place)
        first = place
        while first > 0 and self._lines[first - 1].parts:
            first -= 1
        if first < self.scroll_offset.y and place - first < self.size.height:
            self.scroll_to(y=first, animate=False)

    def action_read(self) -> None:
        """The example in full."""
        example = self._lines[self.place].example if self._lines else None
        if example is not None:
            self.post_message(self.Read(example))

    def render_line(self, y: int) -> Strip:
        """The strip of one row of the widget."""
        index = self.scroll_offset.y + y
        ground = self.rich_style
        if index >= len(self._lines):
            return Strip.blank(self.size.width, ground)
        line = self._lines[index]
        here = index == self.place and line.example is not None
        if here:
            ground += Style(bgcolor=self.get_component_rich_style("differences--cursor").bgcolor)
        segments = [Segment("›" if here else " ", ground + Style(bold=True))]
        for text, name in line.parts:
            style = self.get_component_rich_style(f"differences--{self._likes.get(name, name)}")
            marked = Style(underline=True) if name == "trait" else Style()
            segments.append(Segment(text, ground + Style(color=style.color, bold=style.bold or here) + marked))
        return Strip(segments).adjust_cell_length(self.size.width, ground)


def _lines(found: Found, quoted: Mapping[int, Quoted], width: int) -> Iterator[_Line]:
    """What was compared, then each difference, the surest first, then single words."""
    base, tuned, verdict, null = found.base, found.tuned, found.verdict, found.null
    of_base, of_tuned = found.answers
    each = f"{of_base:,} answers each" if of_base == of_tuned else f"{of_tuned:,} and {of_base:,} answers"
    differ = "they differ" if verdict.differ else "they cannot be told apart"
    compared = f"   {each}: ", "dim"
    yield _Line(((f"{tuned} against {base}", "heading"), compared, (f"{differ}, {p_words(verdict.p_value)}", "ink")))
    # How far the list can be trusted is as important as what is in it.
    tested = f"{counted(found.tested, 'trait')} tested; q: the share of false ones down to a row, at most 5 %"
    itself = f"{base} against itself: a difference in {null.with_any} of {null.splits} random splits"
    together = f"{tested}; {itself}"
    for words in [together] if len(together) < width else [tested, itself]:
        yield _Line(((words, "dim"),))
    for discovery in found.discoveries:
        yield from _difference(discovery, found, quoted, width)
    if found.words:
        yield from (_Line(()), _Line((("Words", "heading"),)))
    for discovery in found.words:
        yield from _difference(discovery, found, quoted, width)
    if not found.discoveries and not found.words:
        yield from (_Line(()), _Line((("no difference that these answers can show", "dim"),)))
    yield _Line(())


def _difference(discovery: Discovery, found: Found, quoted: Mapping[int, Quoted], width: int) -> Iterator[_Line]:
    side = found.tuned if discovery.more else found.base
    title = [(f"{side} ", side), (trait_shown(discovery), "heading"), (f"  {p_words(discovery.q_value, 'q')}", "ink")]
    one, other = (f"{rate.k}/{rate.n}" for rate in discovery.null)
    halves = f"   two random halves of {found.base}'s answers: {one} and {other}"
    if sum(len(text) for text, _ in title) + len(halves) < width:
        title.append((halves, "dim"))
    yield _Line(())
    yield _fitted(title, width)
    rates = {found.base: discovery.base, found.tuned: discovery.tuned, **discovery.beside}
    means = dict(zip((found.base, found.tuned), discovery.means or (), strict=False))
    names, numbers = max(map(len, rates)), max(len(f"{rate.k}/{rate.n}") for rate in rates.values())
    for name, rate in rates.items():
        before = [(f"  {name:{names}} ", name), (f"{f'{rate.k}/{rate.n}':>{numbers}}  ", "ink")]
        if name in means:
            before.append((f"mean {three_digits(means[name]):<5} ({discovery.feature})  ", "dim"))
        examples = discovery.examples.get(name, ())
        if examples:
            text, number = quoted[examples[0].answer]
            before.append((f"{number} ", "dim"))
            spans = [(span.start, span.end) for span in examples[0].spans]
            shown = excerpt(text, spans, width - 1 - sum(len(words) for words, _ in before))
            pieces = [(visible(piece), "trait" if there else "ink") for piece, there in shown]
            yield _fitted([*before, *pieces], width, Example(discovery, name))
        else:
            yield _fitted([*before, ("" if rate.k else "no answer has it", "dim")], width)
    if discovery.also:
        yield _Line(((f"  also {_also([trait_shown(trait) for trait in discovery.also], width - 8)}", "dim"),))


def _fitted(parts: Sequence[tuple[str, str]], width: int, example: Example | None = None) -> _Line:
    """A row of these parts; where they are too long, it ends with "…"."""
    room, shown = width - 1, []
    for text, name in parts:
        if cell_len(text) > room:
            shown += [(set_cell_size(text, max(0, room - 1)), name), ("…", "dim")]
            break
        shown.append((text, name))
        room -= cell_len(text)
    return _Line(tuple(shown), example)


def _also(traits: Sequence[str], room: int) -> str:
    """As many as there is room for, each whole, and how many more there are; the first is cut if it has to be."""
    for shown in range(len(traits), 0, -1):
        left = f" and {len(traits) - shown} more" if shown < len(traits) else ""
        words = f"{', '.join(traits[:shown])}{left}"
        if len(words) <= room:
            return words
    return f"{traits[0][: max(1, room - len(left) - 1)]}…{left}"
