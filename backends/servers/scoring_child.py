"""The child process that says how likely a model finds given tokens: it reads many in one pass of llama.cpp.

It is not the child that serves answers. A mistake about the C API would end the process that makes it, and here it ends
nobody's answer. A long pass also holds up nobody else. The weights are mapped, so both have them in the same memory.

It reads its settings as one line of JSON from standard input, then texts in parts, and answers each line with one.
"""

from typing import TYPE_CHECKING

import msgspec

from diptych.backends.servers.child_lines import Answer, NextLine, answer_lines
from diptych.backends.token_alignment import TOP

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy import float32
    from numpy.typing import NDArray

PART = 32
"""Tokens of a part at most. More are not read faster on processors. From 64 on, llama.cpp computes attention in another
way than for single tokens; below it, scores are those with which a model without adapters generates (seen: 1e-4)."""
_FAINTEST = -80.0
"""Differences of logits below this are counted as this: their probability is nothing, and their product is a number."""


Adapters = tuple[tuple[str, float], ...]
"""The file of each adapter, and its scale."""


class ScoringSettings(msgspec.Struct, frozen=True):
    """The first line."""

    model: str
    """The file of its weights."""
    context: int
    """Tokens of a text at most."""
    threads: int
    gpu_layers: int | None = None
    """Layers that are computed on the GPU; None leaves it to llama.cpp."""


class Part(msgspec.Struct, frozen=True):
    """A further line: tokens of a text are to be read."""

    adapters: Adapters
    """Those with which a text is read that begins."""
    start: int
    """How many tokens of the text were read before; 0 begins a new text."""
    tokens: tuple[int, ...]
    wanted: tuple[int, ...]
    """The tokens that follow in the text after each of the last of them: as many as are to be scored."""


class Likelihood(msgspec.Struct, frozen=True):
    """How likely a model finds a token where it stands."""

    logprob: float
    entropy: float
    """Of the whole distribution at this place, in nats."""
    top: tuple[tuple[str, float], ...]
    """The likeliest tokens at this place with their log-probabilities, the likeliest first."""


class Scores(msgspec.Struct, frozen=True):
    """The answer to each line: one likelihood for each token that was wanted."""

    likelihoods: list[Likelihood] = []
    error: str = ""
    """Why there are none."""


def main() -> None:
    """Score until standard input closes."""
    answer_lines(_serve)


def _serve(next_line: NextLine, answer: Answer) -> None:
    from diptych.backends.servers.llama_c_api import CModel, NotAsExpected

    settings = msgspec.json.decode(next_line(), type=ScoringSettings)
    try:
        model = CModel(settings.model, settings.context, PART, settings.threads, settings.gpu_layers)
        answer(Scores())
        while True:
            part = msgspec.json.decode(next_line(), type=Part)
            if part.start == 0:
                model.begin(part.adapters)
            logits = model.read(part.tokens, part.start, len(part.wanted))
            answer(Scores(likelihoods(logits, part.wanted, model.text)))
    except NotAsExpected as error:
        answer(Scores(error=str(error)))


def likelihoods(logits: "NDArray[float32]", wanted: "Sequence[int]", text: "Callable[[int], str]") -> list[Likelihood]:
    """The likelihood of each wanted token, from the logits at its place, which this uses up. `text` names tokens."""
    import numpy

    found = []
    for row, token in zip(logits, wanted, strict=True):
        highest = row.max()
        differences = numpy.maximum(row - highest, _FAINTEST)
        weights = numpy.exp(differences)
        total = weights.sum()
        log_total = float(numpy.log(total))
        entropy = log_total - float((weights * differences).sum() / total)
        level = float(highest) + log_total
        logprob = float(row[token]) - level
        top = []
        for _ in range(TOP):
            # Five times the highest is four times as fast as numpy's partition.
            likeliest = int(row.argmax())
            top.append((text(likeliest), float(row[likeliest]) - level))
            row[likeliest] = -numpy.inf
        found.append(Likelihood(logprob, entropy, tuple(top)))
    return found
