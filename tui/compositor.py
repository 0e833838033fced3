"""What is rendered again when a part of the screen changes."""

from textual._compositor import Compositor
from textual.geometry import Region
from textual.widget import Widget


class TightCompositor(Compositor):
    """Renders the widgets that lie where something changed.

    Textual's own renders all whose container does, which on a screen of containers is nearly everything, in each frame.
    """

    @property
    def visible_widgets(self) -> dict[Widget, tuple[Region, Region]]:
        """Each with its region and the part of it that can be seen."""
        if self._visible_widgets is None:
            visible = super().visible_widgets
            self._visible_widgets = {
                widget: (region, region.intersection(clip)) for widget, (region, clip) in visible.items()
            }
        return self._visible_widgets
