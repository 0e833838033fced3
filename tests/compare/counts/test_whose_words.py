"""The question about two texts, and which of its answers belong together."""

from hypothesis import given
from hypothesis import strategies as st

from diptych.compare.counts.measures import Count, Measure
from diptych.compare.counts.summaries import difference_result
from diptych.compare.counts.whose_words import clusters, recognition_detectors, recognition_note, recognition_prompt

TEXTS = st.text(max_size=60) | st.sampled_from(
    ("\n\nSecond text:\n", "A) the second text", "Two answers to it follow.")
)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_the_two_orders_of_a_pair_are_one_cluster(question: str, one: str, other: str, third: str) -> None:
    orders = [recognition_prompt(question, one, other), recognition_prompt(question, other, one)]
    found = clusters([*orders, recognition_prompt(question, one, third + "another")])
    assert found[orders[0]] == found[orders[1]]
    assert len(set(found.values())) == 1 + (sorted(third + "another") != sorted(other))


@given(TEXTS, TEXTS, TEXTS)
def test_with_several_questions_each_is_a_cluster(question: str, one: str, other: str) -> None:
    prompts = [
        recognition_prompt(asked, *order)
        for asked in (question, f"{question}?")
        for order in ((one, other), (one, one))
    ]
    found = clusters(prompts)
    assert len(set(found.values())) == 2
    assert found[prompts[0]] == found[prompts[1]]


@given(st.lists(TEXTS))
def test_other_prompts_are_clusters_of_their_own(prompts: list[str]) -> None:
    assert clusters(prompts) == {prompt: prompt for prompt in prompts}


@given(st.sampled_from(("base", "tuned")), st.sampled_from(("base", "tuned")), st.booleans())
def test_what_is_counted_of_a_pick(side: str, of_first: str, says_first: bool) -> None:
    prompt = recognition_prompt("Who are you?", "one text", "another text")
    picked = "first" if says_first else "second"
    own = says_first == (side == of_first)
    outcomes = {}
    for detector in recognition_detectors(prompt, side, of_first, ("base", "tuned"), ""):
        detector.feed("A" if says_first else "B")
        finding, _ = detector.finish()
        outcomes[finding.label] = finding.outcome == "present"
        assert finding.value == f"the {picked} text"
        assert recognition_note(Measure("recognition", finding.label, "pattern", "whose words"))
    assert outcomes == {
        "picks its own text": own,
        "picks tuned's text": own == (side == "tuned"),
        "picks the first text": says_first,
    }


def test_who_refuses_to_pick_is_excluded() -> None:
    prompt = recognition_prompt("Who are you?", "one text", "another text")
    for detector in recognition_detectors(prompt, "base", "base", ("base", "tuned"), ""):
        detector.feed("I cannot tell, because I do not remember what I wrote.")
        assert detector.finish()[0].bucket == "no choice"


def test_a_side_with_answers_to_one_question_is_compared_at_that_question() -> None:
    """The other side answered two."""
    one, two = (
        [recognition_prompt(question, *order) for order in (("a text", "another"), ("another", "a text"))]
        for question in ("Who are you?", "What do you like?")
    )

    def picks(share: int, prompts: list[str]) -> Count:
        own = {prompt: Count(share, 10, planned=True) for prompt in prompts}
        return Count(share * len(own), 10 * len(own), planned=True, by_prompt=own)

    found = difference_result(picks(0, one), picks(10, [*one, *two]), of_values=False)
    assert found.test == "fisher"
    assert found.p_value is not None
    assert found.p_value < 0.001
