"""What the picture of a family says, in words beside it."""

from collections.abc import Iterator, Sequence

from textual.content import Content
from textual.widget import Widget

from diptych.sessions import SIDE_NAMES, CurvePicture, ScatterPicture
from diptych.tui.formatting import in_cells
from diptych.tui.sanitized_text import visible
from diptych.tui.widgets.family.family_plot import STYLES

_WIDE = 34
"""Cells from which on the roles have a column of their own."""

_REST = "… w shows the rest"

Paragraph = list[Content]
"""Rows that belong together."""


class PictureWords(Widget):
    """Paragraphs with blank rows between them as far as there is room; those that do not fit are left out whole, the
    last ones first."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: CurvePicture | ScatterPicture | None = None

    def show(self, picture: CurvePicture | ScatterPicture | None) -> None:
        """Show what a picture says."""
        self._picture = picture
        self.refresh()

    def render(self) -> Content:
        """All of it, or as much as there is room for."""
        width, height = self.size
        if self._picture is None or width < 8:
            return Content("")
        return Content("\n").join(_fitted(list(paragraphs(self._picture, width)), height))


def paragraphs(picture: CurvePicture | ScatterPicture, width: int) -> Iterator[Paragraph]:
    """Yield what is said: of each measure or arm, of both together, of the base, and what the numbers speak of."""
    if isinstance(picture, CurvePicture):
        yield from _of_lines(picture, width)
        yield from _sentences(picture.conclusions, "bold $ink", width)
        # What the numbers speak of is more important than the base, which is in the picture and in the rows.
        yield from _sentences(picture.notes[:1], "$dim", width)
        yield from _of_bands(picture, width)
        yield from _sentences(picture.notes[1:], "$dim", width)
    else:
        arms = [
            Content.assemble((f"{sign} ", style), (visible(arm), style))
            for place, (arm, sign) in enumerate(picture.arms)
            for style in [f"$side-{SIDE_NAMES[place]}" if place < len(SIDE_NAMES) else "$dim"]
        ]
        yield [*arms, Content.styled("2 … 9 +: so many, or more", "$dim")]
        yield from _sentences(picture.conclusions, "bold $ink", width)
        yield from _sentences(picture.notes, "$dim", width)
        yield _wrapped("dotted: says as much as it does", "$dim", width)


def _of_lines(picture: CurvePicture, width: int) -> Iterator[Paragraph]:
    several = len({line.arm for line in picture.lines}) > 1
    before = ""
    for line in picture.lines:
        style = STYLES[line.role]
        name = f"{line.glyph} {visible(line.label)}" + (f" · {visible(line.arm)}" if several else "")
        yield _below_name(line.role if line.role != before else "", name, style, line.words, width)
        before = line.role


def _of_bands(picture: CurvePicture, width: int) -> Iterator[Paragraph]:
    if picture.bands:
        arm = visible(picture.bands[0].arm)
        cells = _role_cells(width)
        yield [
            Content.assemble(
                (in_cells(arm if number == 0 else "", cells - 1) + " ", STYLES["base"]),
                (f"{band.glyph} ", STYLES[band.role]),
                (band.words, "$dim"),
            ).truncate(width, ellipsis=True)
            for number, band in enumerate(picture.bands)
        ]


def _role_cells(width: int) -> int:
    return 9 if width >= _WIDE else 5


def _below_name(role: str, name: str, style: str, sentences: Sequence[str], width: int) -> Paragraph:
    """A role, the name of a measure, and sentences about it; where there is room, all of them right of the role."""
    cells = _role_cells(width)
    named = Content.styled(name, style).wrap(max(1, width - cells))
    rows = [Content.styled(f"{role if number == 0 else '':{cells}}", style) + row for number, row in enumerate(named)]
    indent = cells + 2 if width >= _WIDE else 2
    for sentence in sentences:
        rows += [
            Content(" " * indent) + row
            for row in Content.styled(visible(sentence), "$dim").wrap(max(1, width - indent))
        ]
    return rows


def _sentences(sentences: Sequence[str], style: str, width: int) -> Iterator[Paragraph]:
    for sentence in sentences:
        yield _wrapped(visible(sentence), style, width)


def _wrapped(words: str, style: str, width: int) -> Paragraph:
    return list(Content.styled(words, style).wrap(max(1, width)))


def _fitted(paragraphs: list[Paragraph], height: int) -> list[Content]:
    """As many whole paragraphs as there is room for, with blank rows between them if there is room for these too."""
    if sum(map(len, paragraphs)) > height:
        while len(paragraphs) > 1 and sum(map(len, paragraphs)) >= height:
            paragraphs = paragraphs[:-1]
        paragraphs = [*paragraphs, [Content.styled(_REST, "$dim")]]
    blank = height - sum(map(len, paragraphs))
    rows: list[Content] = []
    for number, paragraph in enumerate(paragraphs):
        if number and blank > 0:
            rows.append(Content(""))
            blank -= 1
        rows += paragraph
    return rows[:height]
