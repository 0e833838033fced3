"""Excerpts show where a trait is, in the room that there is."""

import pytest

from diptych.compare import excerpt

TEXT = "Hearing a question, I answer.\nEvery line has a reason.\nLook down the page and see."
SPANS = [(0, 1), (30, 31), (55, 56)]


@pytest.mark.parametrize("width", range(40, 100, 7))
def test_the_room_is_used_and_not_exceeded(width: int) -> None:
    pieces = excerpt(TEXT, SPANS, width)
    assert [piece for piece, there in pieces if there] == ["H", "E", "L"]
    length = len("".join(piece for piece, _ in pieces))
    # Each part keeps some characters, however narrow it gets.
    assert min(width, len(TEXT)) - 6 <= length <= max(width, 51)
    assert "\n" not in "".join(piece for piece, _ in pieces)


def test_a_trait_of_the_whole_answer_is_shown_by_its_beginning() -> None:
    assert excerpt(TEXT, [], 20) == (("Hearing a question,…", False),)
    assert excerpt("As you like.", [], 20) == (("As you like.", False),)
