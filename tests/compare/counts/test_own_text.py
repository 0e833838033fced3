"""The own-text test: which answers are matched, over how many tokens, what is excluded, and what it says of chance."""

import random
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from diptych.compare.counts import own_text_findings
from diptych.compare.stats import mean_interval
from diptych.sessions import Answer, SavedAnswer, SideScores, TokenScore

Entropies = Sequence[float | None]

RATE = "lower entropy on its own text"
EFFECT = "own-text effect"


def scores(side: str, entropies: Entropies, ends: Sequence[int] | None = None) -> SideScores:
    places = ends or range(1, len(entropies) + 1)
    tokens = [TokenScore(end, 1, 2.0, entropy) for end, entropy in zip(places, entropies, strict=True)]
    return SideScores(side, "m", "here", tuple(tokens))


def answer(
    id: int, side: str, by: dict[str, Entropies], prompt: str = "Why?", exchange: int = 1, **request: object
) -> SavedAnswer:
    """An answer with the entropies that sides have on it."""
    found = tuple(scores(name, entropies) for name, entropies in by.items())
    return SavedAnswer(id, Answer(exchange, side, prompt, None, id, request, "done", "text", scores=found))


def outcomes(rows: Sequence[SavedAnswer], *others: str) -> dict[int, str]:
    """What is said of each answer beside another side, without the effect of the match."""
    found = own_text_findings(rows, "base", others or ("tuned",))
    return {
        id: finding.bucket or finding.outcome for id, own in found.items() for finding in own if finding.label == RATE
    }


def effects(rows: Sequence[SavedAnswer], *others: str) -> dict[int, float | str | None]:
    found = own_text_findings(rows, "base", others or ("tuned",))
    return {
        id: finding.bucket or finding.number for id, own in found.items() for finding in own if finding.label == EFFECT
    }


def test_the_lower_entropy_on_its_own_text_is_present() -> None:
    rows = [
        answer(1, "base", {"base": [1.0, 1.0], "tuned": [2.0, 0.5]}),
        answer(2, "tuned", {"base": [1.0, 1.0], "tuned": [1.5, 1.0]}),
    ]
    assert outcomes(rows) == {1: "present", 2: "absent"}
    found = own_text_findings(rows, "base", ["tuned"])
    assert [finding.words for own in found.values() for finding in own] == [
        "lower entropy on its own text: 1 nats a token, tuned has 1.25, over 2 tokens; matched with answer 2",
        "lower entropy on its own text: 1.25 nats a token, base has 1, over 2 tokens; matched with answer 1",
        "own-text effect: 0 nats a token, with answer 1",
    ]


def test_the_effect_of_a_match_is_free_of_how_sure_a_side_is_and_how_hard_a_text() -> None:
    """tuned is surer of both texts, and of its own by .5 more than of base's."""
    rows = [
        answer(1, "base", {"base": [3.0], "tuned": [2.0]}),
        answer(2, "tuned", {"base": [9.0], "tuned": [7.5]}),
    ]
    assert outcomes(rows) == {1: "absent", 2: "present"}
    assert effects(rows) == {2: pytest.approx(0.25)}
    # It is the same whichever side comes first.
    other = own_text_findings(rows, "tuned", ["base"])
    assert [finding.number for finding in other[1] if finding.label == EFFECT] == [pytest.approx(0.25)]


def test_both_are_cut_to_the_shorter_one() -> None:
    # Over both tokens tuned would have the lower entropy, over the first one base has.
    rows = [
        answer(1, "base", {"base": [1.0, 3.0], "tuned": [2.0, 0.0]}),
        answer(2, "tuned", {"base": [2.0], "tuned": [1.0]}),
    ]
    assert outcomes(rows) == {1: "present", 2: "present"}
    assert effects(rows) == {2: 1.0}


def test_answers_at_different_doses_are_not_matched() -> None:
    rows = [answer(id, side, {"base": [1.0], "tuned": [2.0]}) for id, side in ((1, "base"), (2, "tuned"))]
    base, tuned = (row.answer for row in rows)
    dosed = replace(tuned, scores=(tuned.scores[0], replace(tuned.scores[1], model="m@0.5")))
    rows = [SavedAnswer(1, base), SavedAnswer(2, dosed)]
    assert outcomes(rows) == dict.fromkeys((1, 2), "no answer to match")
    assert effects(rows) == {2: "no answer to match"}


SYSTEM = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Why?"}]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"temperature": 1.0}, {"temperature": 0.0}),
        ({"messages": SYSTEM[1:]}, {"messages": SYSTEM}),
        ({"model": "m@0.5"}, {"model": "m"}),
        ({"max_tokens": 5}, {"max_tokens": 500}),
    ],
)
def test_answers_asked_for_with_other_settings_are_not_matched(
    first: dict[str, object], second: dict[str, object]
) -> None:
    def alike(length: int) -> dict[str, Entropies]:
        return {"base": [1.0] * length, "tuned": [2.0] * length}

    # By their lengths 1 would go with 4, and 3 with 2.
    rows = [
        answer(1, "base", alike(3), exchange=1, **first),
        answer(2, "tuned", alike(9), exchange=1, **first),
        answer(3, "base", alike(9), exchange=2, **second),
        answer(4, "tuned", alike(3), exchange=2, **second),
        answer(5, "tuned", alike(50), exchange=2, **second),
    ]
    assert outcomes(rows) == {1: "present", 2: "absent", 3: "present", 4: "absent", 5: "no answer to match"}
    found = own_text_findings(rows, "base", ["tuned"])
    assert found[1][0].evidence.endswith("matched with answer 2")
    assert found[3][0].evidence.endswith("matched with answer 4")


def test_sides_that_were_asked_apart_with_other_settings_are_not_matched() -> None:
    by: dict[str, Entropies] = {"base": [1.0], "tuned": [2.0]}
    base, tuned = answer(1, "base", by, temperature=1.0), answer(2, "tuned", by, exchange=2, temperature=0.0)
    assert outcomes([base, tuned]) == {1: "no answer to match", 2: "no answer to match"}


def test_sides_with_system_prompts_of_their_own_are_matched() -> None:
    by: dict[str, Entropies] = {"base": [1.0], "tuned": [2.0]}
    rows = [answer(1, "base", by, messages=SYSTEM[1:]), answer(2, "tuned", by, messages=SYSTEM)]
    assert outcomes(rows) == {1: "present", 2: "absent"}


def test_conditions_prefills_and_forms_are_not_mixed() -> None:
    by: dict[str, Entropies] = {"base": [1.0], "tuned": [2.0]}
    (base, tuned) = (answer(n, side, by) for n, side in enumerate(("base", "tuned"), 1))
    for changed in ({"condition": "free"}, {"prefill": "I am"}, {"mode": "text"}):
        other = SavedAnswer(2, replace(tuned.answer, **changed))
        assert outcomes([base, other]) == {1: "no answer to match", 2: "no answer to match"}


def test_lengths_are_matched_one_to_one_and_the_rest_is_excluded() -> None:
    def alike(length: int) -> dict[str, Entropies]:
        return {"base": [1.0] * length, "tuned": [2.0] * length}

    rows = [answer(n, "base", alike(length)) for n, length in enumerate((3, 9, 20), 1)]
    rows += [answer(n, "tuned", alike(length)) for n, length in enumerate((10, 4), 4)]
    found = own_text_findings(rows, "base", ["tuned"])
    assert {n: own[0].evidence.partition("matched with answer ")[2] for n, own in found.items()} == {
        1: "5", 2: "4", 3: "", 4: "2", 5: "1",
    }  # fmt: skip
    assert found[3][0].bucket == "no answer to match"
    assert outcomes(list(reversed(rows))) == outcomes(rows)


def test_answers_to_other_prompts_are_not_matched() -> None:
    rows = [
        answer(1, "base", {"base": [1.0], "tuned": [2.0]}),
        answer(2, "tuned", {"base": [1.0], "tuned": [2.0]}, "How?"),
    ]
    assert outcomes(rows) == {1: "no answer to match", 2: "no answer to match"}


def test_without_every_entropy_nothing_is_said() -> None:
    rows = [
        answer(1, "base", {"base": [1.0], "tuned": [None]}),
        answer(2, "tuned", {"tuned": [1.0]}),
        answer(3, "tuned", {"base": [1.0], "tuned": []}),
    ]
    assert own_text_findings(rows, "base", ["tuned"]) == {}


def test_other_tokens_are_not_compared() -> None:
    split = scores("base", [1.0, 1.0], [2, 4]), scores("tuned", [1.0, 1.0], [3, 4])
    rows = [
        SavedAnswer(n, Answer(1, side, "Why?", None, n, {}, "done", "text", scores=split))
        for n, side in enumerate(("base", "tuned"), 1)
    ]
    assert outcomes(rows) == {1: "other tokens", 2: "other tokens"}
    assert effects(rows) == {2: "other tokens"}


def test_each_other_side_is_compared_with_the_first() -> None:
    by: dict[str, Entropies] = {"base": [1.0], "tuned": [2.0], "control": [0.5]}
    rows = [answer(n, side, by) for n, side in enumerate(by, 1)]
    found = own_text_findings(rows, "base", ["tuned", "control"])
    assert {n: [(f.label, f.outcome) for f in own if f.label != EFFECT] for n, own in found.items()} == {
        1: [(RATE, "present"), (f"{RATE} (base, control)", "absent")],
        2: [(RATE, "absent")],
        3: [(f"{RATE} (base, control)", "present")],
    }
    assert effects(rows, "tuned", "control") == {2: 0.0, 3: 0.0}


def test_one_model_on_two_sides_prefers_no_text() -> None:
    """Both find the same entropies, but for what the arithmetic leaves."""
    rng = random.Random(0)
    rows = []
    for n in range(1, 21):
        read = [rng.uniform(0.0, 5.0) for _ in range(rng.randint(20, 80))]
        again = [entropy + rng.uniform(-0.001, 0.001) for entropy in read]
        rows.append(answer(n, "base" if n % 2 else "tuned", {"base": read, "tuned": again}))
    assert set(outcomes(rows).values()) == {"equal entropy"}
    assert all(abs(float(effect or 0.0)) < 0.001 for effect in effects(rows).values())


def drawn(rng: random.Random, prompts: int, own: float) -> list[SavedAnswer]:
    """Six answers of each of two sides to each prompt. tuned is surer of everything, and its texts are shorter and
    easier. `own`: how much surer a side is of its own text, in nats a token."""
    rows: list[SavedAnswer] = []
    for prompt in range(prompts):
        of_prompt = rng.gauss(0.0, 0.3)
        for sample in range(12):
            side = ("base", "tuned")[sample % 2]
            length = rng.randint(20, 60) if side == "tuned" else rng.randint(40, 120)
            hard = (2.0 if side == "tuned" else 3.0) + of_prompt + rng.gauss(0.0, 0.5)
            by: dict[str, Entropies] = {}
            for reader, sure in (("base", 0.0), ("tuned", 0.8)):
                mean = hard - sure - own * (reader == side) + rng.gauss(0.0, 0.2)
                # Entropy falls along the answer, and for tuned it falls faster.
                falls = 0.01 if reader == "base" else 0.02
                by[reader] = [mean - falls * min(place, 60) for place in range(length)]
            rows.append(answer(len(rows) + 1, side, by, f"{prompt}?", exchange=prompt + 1))
    return rows


def intervals(own: float) -> list[tuple[float, float]]:
    """Those of the effect in 100 sessions with eight prompts."""
    rng, found = random.Random(7), []
    for _ in range(100):
        rows = drawn(rng, 8, own)
        prompts = {row.id: row.answer.prompt for row in rows}
        numbers: dict[str, list[float]] = {}
        for id, effect in effects(rows).items():
            if isinstance(effect, float):
                numbers.setdefault(prompts[id], []).append(effect)
        found.append(mean_interval(numbers))
    return [(interval.low, interval.high) for interval in found if interval is not None]


@pytest.mark.parametrize("own", [0.0, 0.4])
def test_the_interval_of_the_effect_holds_the_truth_19_times_in_20(own: float) -> None:
    """Although tuned is surer of all texts, so that its rate is far above and that of base far below one half."""
    held = sum(low <= own <= high for low, high in intervals(own))
    assert 88 <= held <= 99


def test_the_rates_alone_would_not_tell_a_sure_side_from_one_that_prefers_its_texts() -> None:
    rows = drawn(random.Random(7), 8, 0.0)
    sides = {row.id: row.answer.side for row in rows}
    said = outcomes(rows)
    of_tuned = [said[n] for n in said if sides[n] == "tuned"]
    of_base = [said[n] for n in said if sides[n] == "base"]
    assert of_tuned.count("present") == len(of_tuned) == 48
    assert of_base.count("present") == 0
