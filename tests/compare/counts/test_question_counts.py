"""The ways in which one question was asked: which settings of several sides belong together."""

from diptych.compare.counts.tally import Tally
from tests.compare.counts.test_draws import answers


def ways(asked: dict[str, list[float]]) -> list[dict[str, float]]:
    """The temperature of each side in each way in which the measures count a question that all sides were asked in one
    exchange, at these temperatures one after the other."""
    rows = [
        row
        for side, temperatures in asked.items()
        for temperature in temperatures
        for row in answers(side, [f"{side} at {temperature}"], request={"temperature": temperature})
    ]
    tally = Tally(answers=rows)
    found = []
    for measure, sides in tally.measures():
        drawn = tally.drawn(measure.group, measure.settings)
        assert drawn.keys() == sides.keys()
        by_side = {}
        for side, temperatures in asked.items():
            of_side = [row for row in rows if row.side == side]
            (own,) = (
                temperature
                for temperature, row in zip(temperatures, of_side, strict=True)
                if measure.asked in tally.counted_as(row)
            )
            by_side[side] = own
        found.append(by_side)
    return found


def test_of_a_pair_every_setting_of_one_side_is_beside_every_one_of_the_other() -> None:
    found = ways({"base": [0.1, 0.2], "tuned": [0.3, 0.4]})
    assert sorted((each["base"], each["tuned"]) for each in found) == [(0.1, 0.3), (0.1, 0.4), (0.2, 0.3), (0.2, 0.4)]


def test_of_more_than_four_sides_the_first_settings_belong_together_and_so_on() -> None:
    """All combinations of twenty members with two settings each would be a million."""
    members = [f"member {number}" for number in range(20)]
    found = ways({member: [0.1, 0.2] for member in members})
    assert found == [dict.fromkeys(members, 0.1), dict.fromkeys(members, 0.2)]


def test_a_side_of_many_that_has_fewer_settings_keeps_its_last_one() -> None:
    asked = {f"member {number}": [0.1, 0.2, 0.3] for number in range(4)} | {"once": [0.5], "twice": [0.6, 0.7]}
    found = ways(asked)
    assert [(each["member 0"], each["once"], each["twice"]) for each in found] == [
        (0.1, 0.5, 0.6), (0.2, 0.5, 0.7), (0.3, 0.5, 0.7),
    ]  # fmt: skip
