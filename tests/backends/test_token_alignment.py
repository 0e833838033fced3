"""Tokens laid over a text, however it was split."""

from collections.abc import AsyncIterator, Sequence

from hypothesis import example, given
from hypothesis import strategies as st

from diptych.backends.interface import ScoredToken
from diptych.backends.token_alignment import Piece, aligned

TEXTS = st.text(st.sampled_from("ab \n.éß—🦜字\u0301\u200d\ufffd"), min_size=1, max_size=24)


@st.composite
def splits(draw: st.DrawFn) -> tuple[str, list[bytes]]:
    """A text, and its bytes cut anywhere, as byte-level tokenizers do."""
    text = draw(TEXTS)
    data = text.encode()
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(data) - 1)), max_size=12)))
    return text, [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True) if a < b]


async def laid(text: str, tokens: Sequence[str]) -> list[ScoredToken]:
    async def pieces() -> AsyncIterator[Piece]:
        for number, token in enumerate(tokens):
            yield Piece(token, -(2.0**number), ((token, 0.0),))

    return [scored async for scored in aligned(text, pieces())]


@given(splits())
@example(("ab🦜b", [b"ab" + b"\xf0", b"\x9f\xa6\x9c", b"b"]))
@example(("a🦜", [b"a", b"\xf0\x9f", b"\xa6\x9c"]))
@example(
    (
        "aaß\u200d\u200d\u200d🦜\u200d",
        [
            b"a",
            b"a",
            b"\xc3",
            b"\x9f",
            b"\xe2",
            b"\x80",
            b"\x8d\xe2",
            b"\x80\x8d\xe2\x80\x8d\xf0",
            b"\x9f\xa6\x9c",
            b"\xe2\x80\x8d",
        ],
    )
)
async def test_spans_cover_the_text_and_probabilities_add_up(case: tuple[str, list[bytes]]) -> None:
    text, tokens = case
    spans = await laid(text, [token.decode(errors="replace") for token in tokens])
    assert spans[0].start == 0
    assert spans[-1].end == len(text)
    assert all(one.end == other.start for one, other in zip(spans, spans[1:], strict=False))
    assert all(span.start < span.end for span in spans)
    assert sum(span.logprob for span in spans) == -(2.0 ** len(tokens) - 1)


@given(TEXTS.filter(lambda text: "\ufffd" not in text), st.data())
async def test_whole_characters_keep_their_tokens(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(text)), max_size=8)) | {len(text)})
    tokens = [text[a:b] for a, b in zip([0, *cuts], cuts, strict=False)]
    assert [text[span.start : span.end] for span in await laid(text, tokens)] == tokens


async def test_a_character_in_parts_is_one_piece() -> None:
    spans = await laid("a🦜b", ["a", "\ufffd", "\ufffd", "b"])
    assert [(span.start, span.end, span.logprob) for span in spans] == [(0, 1, -1.0), (1, 2, -6.0), (2, 3, -8.0)]
    assert spans[1].top == (("\ufffd", 0.0),)


async def test_a_server_that_tells_a_character_with_its_last_part() -> None:
    spans = await laid("a🦜b", ["a", "", "", "🦜", "b", ""])
    assert [(span.start, span.end, span.logprob) for span in spans] == [(0, 1, -1.0), (1, 2, -14.0), (2, 3, -48.0)]


async def test_a_blank_that_a_server_leaves_out() -> None:
    spans = await laid("one two", ["one", "two"])
    assert [(span.start, span.end) for span in spans] == [(0, 3), (3, 7)]


async def test_no_tokens_are_no_spans() -> None:
    assert await laid("", []) == []


async def test_entropies_are_added_like_log_probabilities() -> None:
    async def pieces() -> AsyncIterator[Piece]:
        for token, entropy in (("a", 1.0), ("\ufffd", 2.0), ("\ufffd", 3.0), ("b", None)):
            yield Piece(token, -1.0, entropy=entropy)

    found = [scored async for scored in aligned("aéb", pieces())]
    assert [(token.end, token.logprob, token.entropy) for token in found] == [(1, -1, 1.0), (2, -2, 5.0), (3, -1, None)]
