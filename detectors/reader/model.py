"""The reader's weights, and one reading with them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from diptych.detectors.reader.card import WEIGHTS
from diptych.detectors.reader.pairs import OPENING, REFUSALS, SENTENCE, Meaning, pair
from diptych.detectors.reader.word_pieces import WordPieces

_BLOCK = 32
"""Numbers of a word's vector that share a scale."""
_ZERO = 8
"""The 4-bit code of 0."""


class Model:
    """Six layers of an encoder in 8 bits, with one linear head. training/reader makes it."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        """Load the weights: about 60 MB of memory and a third of a second, most of it for the runtime."""
        options = onnxruntime.SessionOptions()
        # One thread: it runs beside the models whose answers it reads.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(folder / "reader.onnx", options, ["CPUExecutionProvider"])
        self._tokens = WordPieces((folder / "pieces.txt").read_text("utf-8").split("\n"))
        with np.load(folder / "words.npz") as words:
            self._codes: NDArray[np.uint8] = words["codes"]
            self._scales: NDArray[np.float32] = words["scales"].astype(np.float32)
            self._positions: NDArray[np.float32] = words["positions"].astype(np.float32)

    def sentence(self, question: str, before: str, sentence: str) -> Mapping[str, float]:
        """Return the probability of each meaning of a sentence, which may have several."""
        logits = self._logits(question, before, sentence, SENTENCE)[: len(Meaning)]
        return dict(zip(Meaning, (1 / (1 + np.exp(-logits))).tolist(), strict=True))

    def opening(self, question: str, opening: str) -> Mapping[str, float]:
        """Return the probability of each way in which the beginning of an answer treats the request."""
        logits = self._logits(question, "", opening, OPENING)[len(Meaning) :]
        powers = np.exp(logits - logits.max())
        return dict(zip(REFUSALS, (powers / powers.sum()).tolist(), strict=True))

    def _logits(self, question: str, before: str, words: str, longest: int) -> NDArray[np.float32]:
        tokens, start, end = pair(self._tokens, question, before, words, longest)
        attended = np.ones((1, len(tokens)), np.float32)
        read = np.zeros((1, len(tokens)), np.float32)
        read[0, start:end] = 1
        given = {"embedded": self._embedded(tokens)[None], "attended": attended, "read": read}
        logits: NDArray[np.float32] = self._session.run(["logits"], given)[0][0]
        return logits

    def _embedded(self, tokens: Sequence[int]) -> NDArray[np.float32]:
        """The vectors of words and positions together: tokens × 384."""
        codes = self._codes[list(tokens)].reshape(len(tokens), -1, _BLOCK // 2)
        numbers = np.concatenate([codes & 15, codes >> 4], -1).astype(np.float32) - _ZERO
        vectors = (numbers * self._scales[list(tokens)][..., None]).reshape(len(tokens), -1)
        return vectors + self._positions[: len(tokens)]
