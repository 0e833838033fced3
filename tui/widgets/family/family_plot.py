"""The curve of a family, or its scatter."""

from textual.content import Content
from textual.widget import Widget

from diptych.sessions import SIDE_NAMES, CurvePicture, ScatterPicture
from diptych.tui.curve_plot import curve_plot
from diptych.tui.plot_canvas import Run
from diptych.tui.scatter_plot import scatter_plot

STYLES = {
    "does": "$pattern",
    "says": "$description",
    "base": "$side-base",
    "axis": "$dim 60%",
    "number": "$dim",
    "marked": "bold $ink",
    **{f"arm{place}": f"$side-{side}" for place, side in enumerate(SIDE_NAMES)},
}
"""What each part of a plot looks like."""
_SHADE = "on $side-base 16%"


class FamilyPlot(Widget):
    """Paints a picture over all of its cells."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: CurvePicture | ScatterPicture | None = None
        self._log = False
        self._marked: str | float | None = None

    def show(self, picture: CurvePicture | ScatterPicture | None, log: bool, marked: str | float | None) -> None:
        """Show a picture. `log`: the axis of x of a curve is logarithmic; `marked`: the x, or the member, whose answers
        are under the cursor."""
        self._picture, self._log, self._marked = picture, log, marked
        self.refresh()

    def render(self) -> Content:
        """A row of cells after the other."""
        width, height = self.size
        if isinstance(self._picture, CurvePicture):
            marked = self._marked if isinstance(self._marked, float | int) else None
            rows = curve_plot(self._picture, self._log, width, height, marked)
        elif self._picture is not None:
            label = self._marked if isinstance(self._marked, str) else None
            rows = scatter_plot(self._picture, width, height, label)
        else:
            return Content("")
        return Content("\n").join(Content.assemble(*map(_styled, row)) for row in rows[:height])


def _styled(run: Run) -> tuple[str, str]:
    part, _, marked = run.part.partition(" ")
    style = f"{'bold reverse ' if marked else ''}{STYLES.get(part, STYLES['number'] if part else '')}"
    return run.text, f"{style} {_SHADE}" if run.shaded else style
