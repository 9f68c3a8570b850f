"""The peer in training: ProbeX and its training loop in PyTorch, on one thread.

The models are in memory before the clock starts, in the 16 bits of their files, and a batch is made
single precision when its turn comes: that was faster than keeping them in 32 bits, which are twice
as much to gather.
"""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import nn
from zoos import ALPHA, LABELS, Zoo

PROBES = PROJECTIONS = BATCH = 128
RATE, DECAY = 1e-3, 1e-5


class Network(nn.Module):
    """The published network: 128 probes, 128 projected rows."""

    def __init__(self, zoo: Zoo, representation: int, by_factors: bool) -> None:
        super().__init__()
        self.scale = ALPHA / zoo.rank if zoo.rank else 1
        self.by_factors = by_factors
        self.probes = nn.Linear(PROBES, zoo.columns, bias=False)
        self.shared_probe_proj = nn.Linear(zoo.rows, PROJECTIONS, bias=False)
        self.per_probe_encoders = nn.Linear(PROBES * PROJECTIONS, representation)
        self.classification_head = nn.Linear(representation, len(LABELS))

    def forward(self, parts: list[torch.Tensor]) -> torch.Tensor:
        if self.by_factors:
            # (A·U)ᵀ·(Vᵀ·B)ᵀ, never the product B·A.
            up, down = parts
            responses = (down @ self.probes.weight).mT
            projected = responses @ (self.shared_probe_proj.weight @ (self.scale * up)).mT
        else:
            layers = self.scale * (parts[0] @ parts[1]) if len(parts) > 1 else parts[0]
            projected = self.shared_probe_proj((layers @ self.probes.weight).mT)
        representation = self.per_probe_encoders(torch.relu(projected).flatten(1))
        return self.classification_head(representation)


class Data:
    """The models of one split."""

    def __init__(self, zoo: Zoo, split: str) -> None:
        models = list(zoo.models(split))
        self.answers = torch.from_numpy(np.stack([answers for answers, _ in models])).float()
        parts = zip(*(parts for _, parts in models))
        self.parts = [torch.from_numpy(np.stack(part)) for part in parts]

    def batch(self, places: torch.Tensor) -> list[torch.Tensor]:
        return [part[places].float() for part in self.parts]


def accuracy(network: Network, data: Data) -> float:
    with torch.inference_mode():
        places = torch.arange(len(data.answers)).split(BATCH)
        logits = torch.cat([network(data.batch(batch)) for batch in places])
        return ((logits > 0) == (data.answers > 0.5)).float().mean().item()


class Training:
    """One run after another on the same models."""

    def __init__(self, zoo: Zoo, representation: int, by_factors: bool = False) -> None:
        torch.set_num_threads(1)
        self.zoo, self.representation, self.by_factors = zoo, representation, by_factors
        self.train, self.val = Data(zoo, "train"), Data(zoo, "val")

    def run(self, epochs: int) -> float:
        """Trains as the published code does; returns the best accuracy on `val`."""
        torch.manual_seed(0)
        network = Network(self.zoo, self.representation, self.by_factors)
        adam = torch.optim.Adam(network.parameters(), lr=RATE, weight_decay=DECAY)
        loss = nn.BCEWithLogitsLoss()
        best, kept = -1.0, None
        for _ in range(epochs):
            for places in torch.randperm(len(self.train.answers)).split(BATCH):
                adam.zero_grad()
                loss(network(self.train.batch(places)), self.train.answers[places]).backward()
                adam.step()
            score = accuracy(network, self.val)
            if score > best:
                best, kept = score, copy.deepcopy(network.state_dict())
        assert kept is not None
        return best
