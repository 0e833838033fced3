from diptych.backends import Endpoint, Sampling, connect
from diptych.compare import AskedMembers, Side
from diptych.sessions import FamilyRecord

BACKEND = connect(Endpoint("openai", "http://127.0.0.1:9/v1"))


def member(name: str, arm: str, x: float | None = None, seed: int | None = None) -> Side:
    return Side(name, "x", None, name, None, Sampling(), BACKEND, arm, x, seed)


FAMILY = AskedMembers(
    FamilyRecord("f", "step"),
    (
        member("base 1", "base", seed=1),
        member("base 2", "base", seed=2),
        member("late 1", "tuned", 80, 1),
        member("early 1", "tuned", 40, 1),
        member("early 2", "tuned", 40, 2),
        member("other", "control", 40, 1),
    ),
)


def test_a_line_has_one_arm_and_one_seed_by_x() -> None:
    assert [each.name for each in FAMILY.line("late 1")] == ["early 1", "late 1"]
    assert [each.name for each in FAMILY.line("early 2")] == ["early 2"]
    assert FAMILY.line("base 1") == ()


def test_a_neighbour_has_the_next_x_and_is_not_on_the_screen() -> None:
    assert FAMILY.neighbour("early 1", up=True) == "late 1"
    assert FAMILY.neighbour("late 1", up=False) == "early 1"
    assert FAMILY.neighbour("late 1", up=True) is None
    assert FAMILY.neighbour("early 1", up=True, besides=("late 1",)) is None
    assert FAMILY.neighbour("base 1", up=True) is None


def test_a_member_stands_beside_that_of_the_first_arm_with_its_seed() -> None:
    assert FAMILY.beside_first_arm("early 2") == ("base 2", "early 2")
    assert FAMILY.beside_first_arm("late 1") == ("base 1", "late 1")
    assert FAMILY.beside_first_arm("base 2") == ("base 2", "early 2")
    assert FAMILY.at_first == ("base 1", "late 1")


def test_a_family_of_one_arm_or_of_one_member() -> None:
    one = AskedMembers(FamilyRecord("f", "x"), FAMILY.members[:2])
    assert one.beside_first_arm("base 2") == ("base 2", "base 1")
    assert AskedMembers(FamilyRecord("f", "x"), FAMILY.members[:1]).at_first == ("base 1",)
