"""Delays full passes of the garbage collector until nothing streams: each would hold up keys and painting for a tenth
of a second or more."""

import gc

LOOK_SECONDS = 1.0
"""How often we check for a quiet moment."""
_DUE, _OVERDUE = 10, 1_000
"""Passes over what is younger, after which a full one is due, as Python has it by itself; and after which it does not
wait for a quiet moment any more: about five minutes of two fast streams."""
_NEVER = 1_000_000_000


class FullPasses:
    """The full passes of this process. Between `defer` and `restore` they happen only in `look`."""

    def defer(self) -> None:
        """Stop Python from making full passes by itself."""
        self._usual = gc.get_threshold()
        gc.set_threshold(self._usual[0], self._usual[1], _NEVER)

    def look(self, quiet: bool) -> None:
        """Make a full pass if one is due and the moment is right."""
        if gc.get_count()[2] >= (_DUE if quiet else _OVERDUE):
            gc.collect()

    def restore(self) -> None:
        """Let Python make full passes by itself again."""
        gc.set_threshold(*self._usual)
