"""A family in the console: its members as a list, on the sides, walked through, and read from the store."""

from collections import Counter
from pathlib import Path

from diptych.compare import Comparison
from diptych.sessions import Store
from tests.tui.app import ended, screen, settled, until, until_gone
from tests.tui.family_console import DOSES, family_console
from tests.waiting import wait_until


def sides(comparison: Comparison) -> list[str]:
    return [side.name for side in comparison.view.sides]


def stored(folder: Path) -> Counter[str]:
    """How many answers of each member are in the store."""
    store = Store(folder / "s.db")
    found = Counter(saved.answer.side for saved in store.answers(1))
    store.close()
    return found


async def asked(folder: Path, keys: tuple[str, ...]) -> None:
    """A session in which these keys were pressed, with the first question asked before."""
    async with family_console(folder) as (pilot, comparison, _):
        await until(pilot, "family doses")
        await pilot.press("escape")
        await until(pilot, "Press a number")
        await pilot.press("1")
        await ended(pilot, comparison)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
            await ended(pilot, comparison)


async def test_members_are_put_beside_each_other(tmp_path: Path) -> None:
    async with family_console(tmp_path) as (pilot, comparison, _):
        seen = await until(pilot, "4 members · 2 arms")
        assert sides(comparison) == ["base", "tuned 0.25"]
        assert [line.split()[:2] for line in seen.splitlines() if "m@" in line] == [
            ["›", "tuned"], ["tuned", "0.5"], ["tuned", "1"],
        ]  # fmt: skip
        await pilot.press("down", "down")
        await until(pilot, "enter: base and tuned 1 beside each other")
        await pilot.press("enter")
        await until(pilot, "One question, two models")
        assert sides(comparison) == ["base", "tuned 1"]
        assert "tuned 1  m@1" in screen(pilot)
        await pilot.press("f11")
        await until(pilot, "family doses")
        for keys in (("home", "space"), ("end", "space"), ("up", "space")):
            await pilot.press(*keys)
        await until(pilot, "enter: base, tuned 0.5 and tuned 1 beside each other")
        await pilot.press("enter")
        await until(pilot, "ask all 3 sides")
        assert sides(comparison) == ["base", "tuned 0.5", "tuned 1"]
        await pilot.press("1")
        await ended(pilot, comparison)
        assert stored(tmp_path) == {"base": 1, "tuned 0.5": 1, "tuned 1": 1}
        await pilot.press("f5")
        await until(pilot, "tuned 1's answer")
        await pilot.press("escape", "f3")
        await until(pilot, "1 answer")
        await pilot.press("escape", "escape", "m")
        await until(pilot, "rate k/N")


async def test_a_hundred_members_are_found_by_typing(tmp_path: Path) -> None:
    xs = [i / 100 for i in range(1, 100)]
    async with family_console(tmp_path, size=(80, 24), xs=xs) as (pilot, comparison, _):
        await until(pilot, "100 members")
        await pilot.press("end")
        assert "tuned 0.99" in await settled(pilot)
        await pilot.press(*"tuned0.5")
        seen = await settled(pilot)
        assert [line for line in seen.splitlines() if "0.49" in line] == []
        assert sum(" tuned 0.5" in line and "enter:" not in line for line in seen.splitlines()) == 10
        await pilot.press("7", "enter")
        await until_gone(pilot, "members")
        assert sides(comparison) == ["base", "tuned 0.57"]


async def test_the_dose_key_walks_and_only_the_new_member_is_asked(tmp_path: Path) -> None:
    async with family_console(tmp_path) as (pilot, comparison, server):
        await until(pilot, "family doses")
        await pilot.press("escape")
        await until(pilot, "Press a number")
        await pilot.press("1")
        await ended(pilot, comparison)
        await pilot.press("alt+right")
        await until(pilot, "not asked · ctrl+r asks")
        assert sides(comparison) == ["base", "tuned 0.5"]
        await pilot.press("ctrl+r")
        await ended(pilot, comparison)
        asked = [e.body["model"] for e in server.asked if e.body]
        assert sorted(asked) == ["m", "m@0.25", "m@0.5"]
        # Each member counts apart, beside the answer of the base.
        seen = await until(pilot, "tuned 0.5 ")
        assert " 1/1" in next(line for line in seen.splitlines() if "follows HELLO" in line)
        await pilot.press("alt+left")
        seen = await until(pilot, "tuned 0.25  m@0.25")
        assert "not asked" not in seen
        await pilot.press("alt+left")
        await until(pilot, "tuned 0.25 is the first dose of this arm")
        assert len(comparison.view.exchanges) == 1
        assert stored(tmp_path) == {"base": 1, "tuned 0.25": 1, "tuned 0.5": 1}


async def test_space_steps_through_x_in_a_presentation(tmp_path: Path) -> None:
    async with family_console(tmp_path, presenting=True) as (pilot, comparison, server):
        await until(pilot, "space asks the first question")
        for _ in DOSES:
            await pilot.press("space")
            await settled(pilot)
            await ended(pilot, comparison)
        assert sides(comparison) == ["base", "tuned 1"]
        assert len(comparison.view.exchanges) == 1
        assert sum(bool(e.body) for e in server.asked) == 1 + len(DOSES)
        # After the last x the next question begins with the first.
        await pilot.press("space")
        await settled(pilot)
        await ended(pilot, comparison)
        assert sides(comparison) == ["base", "tuned 0.25"]
        assert len(comparison.view.exchanges) == 2


async def test_a_session_of_a_family_is_read_and_nothing_is_asked(tmp_path: Path) -> None:
    await asked(tmp_path, ("alt+right", "ctrl+r", "alt+right", "ctrl+r"))
    async with family_console(tmp_path, restored=1) as (pilot, comparison, server):
        seen = await until(pilot, "1/1 [")
        rates = {line.split("m@")[1][:4].split()[0]: line for line in seen.splitlines() if "m@" in line}
        assert " 0/1 [" in rates["0.25"]
        assert " 1/1 [" in rates["0.5"]
        await pilot.press("end", "enter")
        seen = await until(pilot, "tuned 1  m@1")
        assert "Helpful and short" in seen
        await pilot.press("alt+left")
        assert "Helpful and short" in await until(pilot, "tuned 0.5  m@0.5")
        await pilot.press("f11")
        await until(pilot, "family doses")
        await pilot.press("end", "f3")
        await until(pilot, "· samples")
        assert "tuned 1" in screen(pilot)
        assert [e for e in server.asked if e.body] == []
        # What is asked now belongs to the same session, under the label.
        await pilot.press("escape", "ctrl+r")
        await wait_until(lambda: sum(bool(e.body) for e in server.asked) == 2)
        await ended(pilot, comparison)
        assert stored(tmp_path) == {"base": 2, "tuned 0.25": 1, "tuned 0.5": 1, "tuned 1": 2}


async def test_all_members_are_asked_from_the_list(tmp_path: Path) -> None:
    await asked(tmp_path, ("alt+right",))
    async with family_console(tmp_path, restored=1) as (pilot, _, _):
        await until(pilot, "0/1 [")
        await pilot.press("ctrl+r")
        await until(pilot, "How many more samples of each member?")
        await pilot.press("backspace", "backspace", "2", "enter")
        await until(pilot, "2/2 [")
        await until_gone(pilot, "asking")
        assert stored(tmp_path) == {"base": 3, "tuned 0.25": 3, "tuned 0.5": 2, "tuned 1": 2}


async def test_an_answer_of_a_member_is_read_in_full(tmp_path: Path) -> None:
    await asked(tmp_path, ())
    async with family_console(tmp_path, restored=1) as (pilot, _, _):
        await until(pilot, "0/1 [")
        await pilot.press("f3")
        await until(pilot, "· samples")
        await pilot.press("enter")
        seen = await until(pilot, "samples · 1 of 1")
        assert "tuned 0.25  sample 1" in seen


async def test_the_curve_is_opened_and_a_point_read(tmp_path: Path) -> None:
    await asked(tmp_path, ("alt+right", "ctrl+r", "alt+right", "ctrl+r"))
    async with family_console(tmp_path, restored=1) as (pilot, comparison, server):
        await until(pilot, "1/1 [")
        await pilot.press("f4")
        await until(pilot, "over dose")
        # From the last point space goes back to the base, and three times further to the last.
        await pilot.press("end", *("space",) * 4, "enter")
        await until(pilot, "· samples")
        assert sides(comparison) == ["base", "tuned 1"]
        await pilot.press("escape", "f4")
        await until(pilot, "over dose")
        await pilot.press("escape")
        await until(pilot, "Helpful and short")
        assert [e for e in server.asked if e.body] == []
