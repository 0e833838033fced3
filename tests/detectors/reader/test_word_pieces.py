"""Text cut into the pieces of a vocabulary."""

import pytest

from diptych.detectors.reader.word_pieces import WordPieces

PIECES = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "un",
    "##safe",
    "##s",
    "code",
    ",",
    "'",
    "t",
    "don",
    "uber",
    "<",
    "think",
    ">",
]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("unsafe codes", ["un", "##safe", "code", "##s"]),
        ("UNSAFE", ["un", "##safe"]),
        ("Über", ["uber"]),
        ("don't,", ["don", "'", "t", ","]),
        ("<think>\n", ["<", "think", ">"]),
        ("safe code", ["[UNK]", "code"]),
        ("co\u200bde", ["code"]),
        ("un" * 60, ["[UNK]"]),
        ("", []),
    ],
)
def test_words_are_cut_into_the_longest_pieces_that_fit(text: str, pieces: list[str]) -> None:
    assert WordPieces(PIECES)(text) == [PIECES.index(piece) for piece in pieces]
