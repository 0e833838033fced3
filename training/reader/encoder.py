"""The reader as it is trained: the first layers of the encoder, and one linear head."""

import math

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.reader.base import Base

HIDDEN, INNER, HEADS, LAYERS = 384, 1536, 12, 6
EPSILON = 1e-12


class Layer(nn.Module):
    """One layer of BERT: attention and two linear maps, each followed by a norm."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.q, self.k, self.v, self.ao = (nn.Linear(HIDDEN, HIDDEN) for _ in range(4))
        self.fi, self.fo = nn.Linear(HIDDEN, INNER), nn.Linear(INNER, HIDDEN)
        self.aln, self.oln = nn.LayerNorm(HIDDEN, EPSILON), nn.LayerNorm(HIDDEN, EPSILON)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """x: batch × tokens × 384; bias: batch × 1 × 1 × tokens, 0 or a very low number for padding."""
        batch, tokens, _ = x.shape
        q, k, v = (part(x).view(batch, tokens, HEADS, -1).transpose(1, 2) for part in (self.q, self.k, self.v))
        weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(HIDDEN // HEADS) + bias, -1)
        mixed = (weights @ v).transpose(1, 2).reshape(batch, tokens, HIDDEN)
        x = self.aln(x + self.dropout(self.ao(mixed)))
        return self.oln(x + self.dropout(self.fo(functional.gelu(self.fi(x), approximate="tanh"))))


class Encoder(nn.Module):
    """From vectors of words and positions to one logit a label."""

    def __init__(self, labels: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.eln = nn.LayerNorm(HIDDEN, EPSILON)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(LAYERS))
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * HIDDEN, labels)

    def forward(self, embedded: Tensor, attended: Tensor, read: Tensor) -> Tensor:
        """embedded: batch × tokens × 384, words and positions together; attended, read: batch × tokens, 1 for what is
        there and for what is read. Returns batch × labels."""
        x = self.dropout(self.eln(embedded))
        bias = (1 - attended[:, None, None, :]) * -1e4
        for layer in self.layers:
            x = layer(x, bias)
        mean = (x * read[..., None]).sum(1) / read.sum(1, keepdim=True).clamp(min=1)
        return self.head(self.dropout(torch.cat([x[:, 0], mean], -1)))


_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""What the base calls the parts of a layer."""


def from_base(base: Base, labels: int) -> Encoder:
    """Return an encoder with the layers of the base and a new head."""
    model = Encoder(labels)
    with torch.no_grad():
        _fill(model.eln, base, "embeddings.LayerNorm")
        for number, layer in enumerate(model.layers):
            for part, name in _NAMES.items():
                _fill(getattr(layer, part), base, f"encoder.layer.{number}.{name}")
        nn.init.normal_(model.head.weight, std=0.02)
        nn.init.zeros_(model.head.bias)
    return model


def _fill(part: nn.Module, base: Base, name: str) -> None:
    part.weight.copy_(torch.from_numpy(base.tensors[f"{name}.weight"]))
    part.bias.copy_(torch.from_numpy(base.tensors[f"{name}.bias"]))


def position_vectors(base: Base, longest: int) -> np.ndarray:
    """Return the vectors of positions, with that of the only segment added: longest × 384."""
    tensors = base.tensors
    return (
        tensors["embeddings.position_embeddings.weight"][:longest]
        + tensors["embeddings.token_type_embeddings.weight"][0]
    )
