"""Writes the weights: the encoder for onnxruntime, the vectors of words, their vocabulary, and a card."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from training.reader.encoder import HIDDEN, Encoder
from training.reader.pairs import LONGEST

WEIGHTS = Path(__file__).parents[2] / "build" / "reader" / "weights"


def write(
    folder: Path,
    model: Encoder,
    codes: np.ndarray,
    scales: np.ndarray,
    positions: np.ndarray,
    pieces: Sequence[str],
    card: Mapping[str, Any],
) -> None:
    """Write encoder, words, their vocabulary and card. The encoder's weights become 7 bits wide, stored in 8: with all
    8, the result would differ between processors."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        whole, narrow = Path(scratch) / "whole.onnx", folder / "reader.onnx"
        _export(model, whole)
        quantize_dynamic(whole, narrow, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
        _without_notes(narrow)
    np.savez(folder / "words.npz", codes=codes, scales=scales, positions=positions.astype(np.float16))
    (folder / "pieces.txt").write_text("\n".join(pieces), "utf-8")
    (folder / "card.json").write_text(json.dumps(card, indent=2) + "\n", "utf-8")


def _export(model: Encoder, path: Path) -> None:
    tokens = torch.export.Dim("tokens", min=4, max=LONGEST)
    given = torch.zeros(1, 50, HIDDEN), torch.ones(1, 50), torch.ones(1, 50)
    torch.onnx.export(
        model.eval(),
        given,
        path,
        input_names=["embedded", "attended", "read"],
        output_names=["logits"],
        dynamo=True,
        dynamic_shapes=({1: tokens}, {1: tokens}, {1: tokens}),
        external_data=False,
        verbose=False,
    )


def _without_notes(path: Path) -> None:
    """Take away what the exporter noted about the code that it ran: it names files of this machine."""
    model = onnx.load(path)
    del model.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer):
        del value.metadata_props[:]
        value.doc_string = ""
    del model.graph.metadata_props[:]
    onnx.save(model, path)
