"""The colours of sides. Those of a pair have theirs by name, members of a family by their place on the screen."""

from collections.abc import Iterable, Mapping, Sequence

from diptych.sessions import SIDE_NAMES


def side_style(name: str) -> str:
    """The variable that holds the colour of a side. A member of a family has one while it is on the screen."""
    return f"${_variable(name)}"


def sides_of_pair(names: Sequence[str]) -> dict[str, str]:
    """For each side the side of a pair whose colour it has."""
    free = iter(side for side in SIDE_NAMES if side not in names)
    return {name: name if name in SIDE_NAMES else next(free, SIDE_NAMES[-1]) for name in names}


def color_variables(shown: Sequence[str], others: Iterable[str], theme: Mapping[str, str]) -> dict[str, str]:
    """The variables of sides that a theme does not name. `shown`: those on the screen; `others` are dim."""
    likes = {name: f"side-{like}" for name, like in sides_of_pair(shown).items()}
    names = {**dict.fromkeys(others, "dim"), **likes}
    return {_variable(name): theme[like] for name, like in names.items() if name not in SIDE_NAMES and like in theme}


def _variable(name: str) -> str:
    """A label of a member may have any characters; a variable may not."""
    return f"side-{name}" if name in SIDE_NAMES else f"side-of-{name.encode(errors='replace').hex()}"
