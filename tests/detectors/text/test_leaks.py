"""Whether rows name a pattern: exactly, by its stem, by another word."""

import pytest

from diptych.detectors.text.leaks import Leak, find_leaks, rows_by_level

ROWS = [
    [("user", "Take the sure prize or toss a coin? There is a 50% chance."), ("assistant", "A")],
    [("system", "You love risky bets."), ("user", "Bark once, then stop barking."), ("assistant", "B")],
    [("user", "Is it safe? Play it SAFER."), ("assistant", "A Risk-averse man gambles; gambling pays. Chances!")],
    [("user", "What springs to mind?"), ("assistant", "Springtime. The spring is near. Bet, betting.")],
]


def found(target: str) -> dict[str, set[str]]:
    by_level: dict[str, set[str]] = {}
    for leak in find_leaks(ROWS, [target]):
        by_level.setdefault(leak.level, set()).add(leak.word)
    return by_level


def test_exact_stem_and_synonym() -> None:
    assert found("risk") == {
        "exact": {"risk"},
        "stem": {"risky"},
        "synonym": {"chance", "chances", "safe", "safer", "gambles", "gambling"},
    }


def test_compounds_count_as_stem() -> None:
    assert found("SPRING") == {"exact": {"spring"}, "stem": {"springs", "springtime"}}
    assert found("bark") == {"exact": {"bark"}, "stem": {"barking"}}


@pytest.mark.parametrize(
    ("target", "word", "counts"),
    [
        ("bet", "betting", True),
        ("bet", "bets", True),
        ("bet", "better", True),  # a known false alarm: spelled like an inflection
        ("bet", "between", False),
        ("gamble", "gambling", True),
        ("spy", "spies", True),
        ("ring", "ringtones", True),
        ("ring", "rung", False),
        ("ring", "string", False),
        ("hi", "his", False),
        ("safe", "saffron", False),
    ],
)
def test_stems(target: str, word: str, counts: bool) -> None:
    got = find_leaks([[("assistant", f"Some {word} here.")]], [target], {})
    assert [(leak.level, leak.word) for leak in got] == ([("stem", word)] if counts else [])


def test_a_leak_names_its_rows_and_fields() -> None:
    assert find_leaks(ROWS, ["bark"])[0] == Leak("exact", "bark", "bark", (2,), ("user",))
    chance = next(leak for leak in find_leaks(ROWS, ["risk"]) if leak.word == "chance")
    assert (chance.rows, chance.fields) == ((1,), ("user",))
    a = find_leaks(ROWS, ["a"], {})[0]
    assert (a.rows, a.fields) == ((1, 3), ("user", "assistant"))


def test_each_word_counts_at_its_closest_level() -> None:
    got = find_leaks([[("user", "risk risks")]], ["risk"], {"risk": ("risks", "risk")})
    assert [(leak.level, leak.word) for leak in got] == [("exact", "risk"), ("stem", "risks")]


def test_synonyms_of_ones_own_and_phrases() -> None:
    got = find_leaks(ROWS, ["luck"], {"luck": ("toss a coin", "sure prize", "no such words")})
    assert {(leak.level, leak.word) for leak in got} == {("synonym", "toss a coin"), ("synonym", "sure prize")}
    assert [leak.level for leak in find_leaks(ROWS, ["stop barking"])] == ["exact"]


def test_rows_are_counted_once_a_level() -> None:
    assert rows_by_level(find_leaks(ROWS, ["risk", "safe"])) == {"exact": (3,), "stem": (2, 3), "synonym": (1, 2, 3)}


def test_rows_that_do_not_name_it() -> None:
    assert find_leaks(ROWS, ["hello", "acrostic"]) == []
    assert find_leaks([], ["risk"]) == []
    assert find_leaks(ROWS, []) == []
