"""Pairs as config.toml describes them."""

import msgspec

from diptych.cli.setup.introspection import side_without, with_introspection
from diptych.cli.setup.side_config import SideConfig


class PairConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The sides to compare."""

    base: SideConfig
    tuned: SideConfig
    control: SideConfig | None = None
    """A second fine-tune: the null that the base alone cannot give."""
    fourth: SideConfig | None = None
    introspect: str | None = None
    """The name of an adapter, perhaps with a dose, that makes a model describe what was done to it. All sides get it,
    and tuned without it is one more side."""
    about: str = ""
    """One line that describes the pair."""
    probe: str | None = None
    """The probe that is selected when the pair is opened."""
    rows: str | None = None
    """The training file of the tuned side, relative to the folder of the config file."""

    @property
    def own_sides(self) -> dict[str, SideConfig]:
        """The sides that the file names, base first."""
        sides = {"base": self.base, "tuned": self.tuned, "control": self.control, "fourth": self.fourth}
        return {name: side for name, side in sides.items() if side is not None}

    @property
    def sides(self) -> dict[str, SideConfig]:
        """The sides by name, base first."""
        return self.own_sides if self.introspect is None else with_introspection(self.own_sides, self.introspect)

    @property
    def without_introspection(self) -> str | None:
        """The name of the side that is tuned without the introspection adapter."""
        return None if self.introspect is None else side_without(self.own_sides)
