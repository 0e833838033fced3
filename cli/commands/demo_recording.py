"""Reads the recorded session that ships with the program; docs/demo_recording.py makes it."""

from pathlib import Path

import msgspec

from diptych.compare import Divergence, Piece, Replay
from diptych.probes import load_probe, probe_files
from diptych.sessions import read_saved

FOLDER = Path(__file__).parent.parent / "demo"
"""cli/demo/README.md says what is in it."""

_Top = tuple[tuple[str, float], ...]


class ScoredPiece(msgspec.Struct, array_like=True, frozen=True):
    """A Piece as it is recorded."""

    start: int
    end: int
    base: float
    tuned: float
    base_top: _Top
    tuned_top: _Top


def recorded_demo(folder: Path = FOLDER) -> Replay:
    """The recorded session, to be played step by step."""
    session, saved = read_saved(folder / "session.jsonl")
    scored = msgspec.json.decode((folder / "likelihoods.json").read_bytes(), type=dict[int, tuple[ScoredPiece, ...]])
    texts = {number: answer.text for number, answer in saved}
    divergences = {
        number: Divergence(texts[number], [Piece(*msgspec.structs.astuple(piece)) for piece in pieces], done=True)
        for number, pieces in scored.items()
    }
    probe = load_probe(probe_files()[session.probe]) if session.probe is not None else None
    return Replay(session, saved, (), None, probe, stepwise=True, scored=divergences)
