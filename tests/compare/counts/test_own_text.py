"""The own-text test: which answers are matched, over how many tokens, and what is excluded."""

from collections.abc import Sequence

from diptych.compare.counts import own_text_findings
from diptych.sessions import Answer, SavedAnswer, SideScores, TokenScore

Entropies = Sequence[float | None]


def scores(side: str, entropies: Entropies, ends: Sequence[int] | None = None) -> SideScores:
    places = ends or range(1, len(entropies) + 1)
    tokens = [TokenScore(end, 1, 2.0, entropy) for end, entropy in zip(places, entropies, strict=True)]
    return SideScores(side, "m", "here", tuple(tokens))


def answer(id: int, side: str, by: dict[str, Entropies], prompt: str = "Why?") -> SavedAnswer:
    """An answer with the entropies that sides have on it."""
    found = tuple(scores(name, entropies) for name, entropies in by.items())
    return SavedAnswer(id, Answer(1, side, prompt, None, id, {}, "done", "text", scores=found))


def outcomes(rows: Sequence[SavedAnswer], *others: str) -> dict[int, list[str]]:
    found = own_text_findings(rows, "base", others or ("tuned",))
    return {id: [finding.bucket or finding.outcome for finding in own] for id, own in found.items()}


def test_the_lower_entropy_on_its_own_text_is_present() -> None:
    rows = [
        answer(1, "base", {"base": [1.0, 1.0], "tuned": [2.0, 0.5]}),
        answer(2, "tuned", {"base": [1.0, 1.0], "tuned": [1.5, 1.0]}),
    ]
    assert outcomes(rows) == {1: ["present"], 2: ["absent"]}
    (finding,) = own_text_findings(rows, "base", ["tuned"])[1]
    assert finding.words == (
        "lower entropy on its own text: 1 nats a token, tuned has 1.25, over 2 tokens; matched with answer 2"
    )


def test_both_are_cut_to_the_shorter_one() -> None:
    # Over both tokens tuned would have the lower entropy, over the first one base has.
    rows = [
        answer(1, "base", {"base": [1.0, 3.0], "tuned": [2.0, 0.0]}),
        answer(2, "tuned", {"base": [2.0], "tuned": [1.0]}),
    ]
    assert outcomes(rows) == {1: ["present"], 2: ["present"]}


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
    assert outcomes(rows) == {1: ["no answer to match"], 2: ["no answer to match"]}


def test_without_every_entropy_nothing_is_said() -> None:
    rows = [
        answer(1, "base", {"base": [1.0], "tuned": [None]}),
        answer(2, "tuned", {"tuned": [1.0]}),
        answer(3, "tuned", {"base": [1.0], "tuned": []}),
    ]
    assert outcomes(rows) == {}


def test_other_tokens_are_not_compared() -> None:
    split = scores("base", [1.0, 1.0], [2, 4]), scores("tuned", [1.0, 1.0], [3, 4])
    rows = [
        SavedAnswer(n, Answer(1, side, "Why?", None, n, {}, "done", "text", scores=split))
        for n, side in enumerate(("base", "tuned"), 1)
    ]
    assert outcomes(rows) == {1: ["other tokens"], 2: ["other tokens"]}


def test_each_other_side_is_compared_with_the_first() -> None:
    by: dict[str, Entropies] = {"base": [1.0], "tuned": [2.0], "control": [0.5]}
    rows = [answer(n, side, by) for n, side in enumerate(by, 1)]
    found = own_text_findings(rows, "base", ["tuned", "control"])
    first = "lower entropy on its own text"
    assert {n: [(f.label, f.outcome) for f in own] for n, own in found.items()} == {
        1: [(first, "present"), (f"{first} (base, control)", "absent")],
        2: [(first, "absent")],
        3: [(f"{first} (base, control)", "present")],
    }
