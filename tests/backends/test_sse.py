"""Server-sent events come apart the same way however the bytes are cut."""

from hypothesis import given
from hypothesis import strategies as st

from diptych.backends.sse import EventDecoder


def decode(data: bytes, cuts: list[int]) -> list[bytes]:
    decoder, events, start = EventDecoder(), [], 0
    for cut in [*sorted(c % (len(data) + 1) for c in cuts), len(data)]:
        events += decoder.decode(data[start:cut])
        start = cut
    return events + decoder.flush()


lines = st.sampled_from(
    [
        b"data: {}",
        b"data:x",
        b": comment",
        b"",
        b"event: e",
        b"data: a b",
        b"id: 1",
        b"data",
        b"event: error",
        b"error: no",
    ]
)
ends = st.sampled_from([b"\n", b"\r\n", b"\r"])


@given(st.lists(lines, max_size=12), ends, st.lists(st.integers(0, 400), max_size=12))
def test_any_cutting_gives_the_same_events(parts: list[bytes], end: bytes, cuts: list[int]) -> None:
    data = b"".join(part + end for part in parts)
    assert decode(data, cuts) == decode(data, [])


def test_fields_comments_and_joined_lines() -> None:
    stream = b": hi\r\ndata: one\r\ndata: two\r\n\r\nevent: x\ndata:three\n\n\ndata: last"
    assert decode(stream, []) == [b"one\ntwo", b"three", b"last"]


def test_errors_that_are_no_data() -> None:
    stream = b'event: error\ndata: {"message": "a"}\n\nevent: ping\ndata: {}\n\nerror: b\n\n'
    stream += b'{"error": "c"}\nevent: error\n\ndata: d\n\n'
    assert decode(stream, []) == [b'{"error": {"message": "a"}}', b"{}", b'{"error": "b"}', b'{"error": "c"}', b"d"]
    assert decode(b'event: error\ndata: {"error": "a"}\n\n', []) == [b'{"error": "a"}']
