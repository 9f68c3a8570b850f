"""The peer: PyTorch with safetensors' own reader and the forward pass of the published code.

Also a program, for the cold start: `python peer.py EXPERT CHECKPOINT` prints the best label.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file

LAYER = "encoder.layer.10.attention.output.dense"
ADAPTER = f"base_model.model.{LAYER}."


class Peer:
    """A ProbeX category expert in PyTorch, on one thread."""

    def __init__(self, path: Path) -> None:
        torch.set_num_threads(1)
        tensors = load_file(path)
        self.probes = tensors["probes.weight"]
        self.projection = tensors["shared_probe_proj.weight"]
        self.encoder = tensors["per_probe_encoders.weight"], tensors["per_probe_encoders.bias"]
        self.head = tensors["classification_head.weight"], tensors["classification_head.bias"]
        with safe_open(path, framework="pt") as file:
            self.labels = json.loads(file.metadata()["labels"])

    def answer(self, responses: torch.Tensor) -> list[list[tuple[str, float]]]:
        """Probabilities of the labels, best first, from projected responses `[n, 128, 128]`."""
        flat = torch.relu(responses).flatten(1)
        representation = torch.nn.functional.linear(flat, *self.encoder)
        logits = torch.nn.functional.linear(representation, *self.head)
        values, places = torch.sort(torch.sigmoid(logits), dim=1, descending=True)
        return [
            [(self.labels[place], value) for place, value in zip(*row)]
            for row in zip(places.tolist(), values.tolist())
        ]

    def forward(self, layers: torch.Tensor) -> list[list[tuple[str, float]]]:
        """The published forward pass over layers `[n, rows, columns]`."""
        responses = layers @ self.probes
        return self.answer(responses.transpose(1, 2) @ self.projection.T)

    def factors(self, ups: torch.Tensor, downs: torch.Tensor) -> list[list[tuple[str, float]]]:
        """What the published code could do for LoRA: (A·U)ᵀ·(Vᵀ·B)ᵀ, never the product B·A."""
        return self.answer((downs @ self.probes).transpose(1, 2) @ (self.projection @ ups).mT)

    @torch.inference_mode()
    def classify(self, files: list[Path]) -> list[list[tuple[str, float]]]:
        """Full fine-tunes, stored in any type."""
        return self.forward(torch.stack([tensor(file, LAYER + ".weight") for file in files]))

    @torch.inference_mode()
    def classify_adapters(self, folders: list[Path], scale: float) -> list:
        """LoRA adapters as the published code reads them: the product is formed."""
        pairs = [factors_of(folder) for folder in folders]
        return self.forward(torch.stack([scale * (up @ down) for up, down in pairs]))

    @torch.inference_mode()
    def classify_factors(self, folders: list[Path], scale: float) -> list:
        """LoRA adapters by their factors."""
        pairs = [factors_of(folder) for folder in folders]
        return self.factors(
            torch.stack([scale * up for up, _ in pairs]), torch.stack([down for _, down in pairs])
        )


def tensor(path: Path, name: str) -> torch.Tensor:
    """One tensor of a file, in single precision."""
    with safe_open(path, framework="pt") as file:
        return file.get_tensor(name).float()


def factors_of(folder: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """B and A of the layer."""
    with safe_open(folder / "adapter_model.safetensors", framework="pt") as file:
        return (
            file.get_tensor(ADAPTER + "lora_B.weight").float(),
            file.get_tensor(ADAPTER + "lora_A.weight").float(),
        )


if __name__ == "__main__":
    label, probability = Peer(Path(sys.argv[1])).classify([Path(sys.argv[2])])[0][0]
    print(label, probability)
