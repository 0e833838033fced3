"""Two scorings of one text laid over one another; the embedded pair scored for real."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.backends import Endpoint, Message, Request, Sampling, ScoredToken, TokenLogprob, connect
from diptych.compare import Divergence, Likelihoods, Piece, Side, own_likelihoods
from diptych.compare.checks.divergence import AGREEMENT, Meeting, scoring_error

TEXT = "Hello there.\nEven so.\n\nLook."


def cut(text: str, ends: set[int]) -> list[ScoredToken]:
    """The text as tokens that end at these places, each with a log-probability of its own."""
    places = sorted({*(e for e in ends if 0 < e < len(text)), len(text)})
    starts = [0, *places[:-1]]
    return [
        ScoredToken(s, e, -float(i + 1), ((str(i), -0.5),)) for i, (s, e) in enumerate(zip(starts, places, strict=True))
    ]


@given(st.sets(st.integers(1, 28)), st.sets(st.integers(1, 28)), st.randoms(use_true_random=False))
def test_pieces_end_where_both_sides_have_a_boundary_and_nothing_is_lost(one, other, random) -> None:  # type: ignore[no-untyped-def]
    sides = cut(TEXT, one), cut(TEXT, other)
    pieces = []  # type: ignore[var-annotated]
    meeting = Meeting(pieces, lambda: None)
    waiting = [list(side) for side in sides]
    while any(waiting):
        number = random.choice([n for n in (0, 1) if waiting[n]])
        meeting.add(number, waiting[number].pop(0))
    assert [p.end for p in pieces] == sorted({t.end for t in sides[0]} & {t.end for t in sides[1]})
    assert [p.start for p in pieces] == [0, *(p.end for p in pieces[:-1])]
    assert sum(p.base for p in pieces) == sum(t.logprob for t in sides[0])
    assert sum(p.tuned for p in pieces) == sum(t.logprob for t in sides[1])
    divergence = Divergence(TEXT, pieces)
    assert sum(divergence.lines()) == pytest.approx(divergence.total)
    assert len(divergence.lines()) == 1 + TEXT.count("\n")


def test_own_log_probabilities_must_make_up_the_text() -> None:
    tokens = [TokenLogprob("Hi", -1.0, (("Hi", -1.0), ("Ho", -2.0))), TokenLogprob("!", -0.5)]
    pieces = own_likelihoods("Hi!", tokens, first=True)
    assert [(p.start, p.end, p.base, p.tuned, p.surprise, p.difference) for p in pieces] == [
        (0, 2, -1.0, None, 1.0, 0.0),
        (2, 3, -0.5, None, 0.5, 0.0),
    ]
    assert own_likelihoods("Hi!", tokens, first=False)[0].tuned == -1.0
    assert own_likelihoods("Ho!", tokens, first=True) == []
    assert own_likelihoods("Hi!?", tokens, first=True) == []


@pytest.mark.slow
async def test_the_embedded_pair_scores_as_it_generates_and_characters_stay_whole() -> None:
    backend = connect(Endpoint("embedded"))
    names = {"base": "smollm2-135m-instruct", "tuned": "smollm2-135m-instruct+hello"}
    sides = [Side(n, "embedded", None, model, None, Sampling(), backend) for n, model in names.items()]
    likelihoods = Likelihoods()
    await backend.start(lambda doing: None)
    try:
        for side in sides:
            error = await scoring_error(side)
            assert error is not None
            assert error < AGREEMENT
            assert await likelihoods.verdict(side) is None
        text = "Hütten sind 🏠 schön.\nEis 漢字 too."
        asked = [(s, Request(s.model, (Message("user", "What is special?"),), Sampling())) for s in sides]
        divergence = Divergence(text)
        await likelihoods.compare(divergence, asked[0], asked[1])
        assert divergence.failure is None
        assert "".join(text[p.start : p.end] for p in divergence.pieces) == text
        assert all(p.base is not None and p.base < 0 and p.tuned is not None for p in divergence.pieces)
        assert all(len(p.base_top) == 5 for p in divergence.pieces)
        opener = divergence.pieces[0]
        assert opener.difference > 3
        prefilled = Divergence("ello.")
        begun = [(s, Request(s.model, r.messages, Sampling(), "chat", "H")) for s, r in asked]
        await likelihoods.compare(prefilled, begun[0], begun[1])
        assert prefilled.failure is None
        assert prefilled.pieces[-1].end == 5
    finally:
        await likelihoods.close()
        await backend.close()


def test_a_token_belongs_to_the_line_in_which_its_first_letter_stands() -> None:
    text = "One.\nTwo.\n\nThree"
    pieces = [Piece(s, e, 0.0, d) for s, e, d in ((0, 3, 1.0), (3, 8, 2.0), (8, 11, 4.0), (11, 16, 8.0))]
    assert [text[p.start : p.end] for p in pieces] == ["One", ".\nTwo", ".\n\n", "Three"]
    assert Divergence(text, pieces).lines() == [3.0, 4.0, 0.0, 8.0]
    pieces = [Piece(0, 4, 0.0, 1.0), Piece(4, 8, 0.0, 2.0)]
    assert Divergence(text, pieces).lines() == [1.0, 2.0]
