"""Full passes of the garbage collector, each of which would hold up keys and painting for a tenth of a second and more,
wait for a moment in which nothing streams."""

import gc

LOOK_SECONDS = 1.0
"""How often it is looked whether such a moment has come."""
_DUE, _OVERDUE = 10, 1_000
"""Passes over what is younger, after which a full one is due, as Python has it by itself; and after which it does not
wait for a quiet moment any more: about five minutes of two fast streams."""
_NEVER = 1_000_000_000


class FullPasses:
    """Those of this process, from `defer` to `restore`."""

    def defer(self) -> None:
        """From now on they come from `look` alone."""
        self._usual = gc.get_threshold()
        gc.set_threshold(self._usual[0], self._usual[1], _NEVER)

    def look(self, quiet: bool) -> None:
        """Make one if it is due, and this is the moment."""
        if gc.get_count()[2] >= (_DUE if quiet else _OVERDUE):
            gc.collect()

    def restore(self) -> None:
        """Let Python choose the moments again."""
        gc.set_threshold(*self._usual)
