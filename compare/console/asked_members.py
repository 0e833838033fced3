"""The family that a session asks: its members are the sides of the session, and a few of them are on the screen."""

from dataclasses import dataclass

from diptych.compare.answers import Side
from diptych.sessions import FamilyRecord


@dataclass(frozen=True)
class AskedMembers:
    """A family with its members, in their order."""

    record: FamilyRecord
    members: tuple[Side, ...]

    def member(self, label: str) -> Side:
        """The member with this label. Raises KeyError."""
        return {member.name: member for member in self.members}[label]

    @property
    def at_first(self) -> tuple[str, ...]:
        """The labels of the members that are on the screen at first: the first one, and the first of another arm."""
        return self.beside_first_arm(self.members[0].name)

    def beside_first_arm(self, label: str) -> tuple[str, ...]:
        """The label of a member behind that of the member of the first arm that is most like it: one with the same x
        and the same seed, if there is one. A member of the first arm stands before one of another arm."""
        own, first = self.member(label), self.members[0].arm_name
        others = [each for each in self.members if (each.arm_name == first) != (own.arm_name == first)]
        others = others or [each for each in self.members if each is not own]
        if not others:
            return (label,)
        alike = max(others, key=lambda each: (each.training_seed == own.training_seed, each.x == own.x))
        return (label, alike.name) if own.arm_name == first else (alike.name, label)

    def line(self, label: str) -> tuple[Side, ...]:
        """The members that differ from this one in x alone, and itself: those of its arm and its seed, the smallest x
        first. Empty if it has no x."""
        own = self.member(label)
        if own.x is None:
            return ()
        key = own.arm_name, own.training_seed
        line = [each for each in self.members if each.x is not None and (each.arm_name, each.training_seed) == key]
        return tuple(sorted(line, key=lambda each: each.x or 0.0))

    def neighbour(self, label: str, up: bool, besides: tuple[str, ...] = ()) -> str | None:
        """The label of the member with the next greater x in the same line, or the next smaller one. Those in `besides`
        are passed over. None at the end of the line."""
        names = [each.name for each in self.line(label)]
        if label not in names:
            return None
        place = names.index(label)
        further = names[place + 1 :] if up else names[:place][::-1]
        return next((name for name in further if name not in besides), None)
