"""Zoos to train on: numbers are random, sizes are real.

Every model says which of ten labels it has. A label is a direction that is added to the columns of
the layer, so that there is something to learn. Full models are Hub cache folders in F16, adapters
are PEFT folders in F16; both in the splits `train` and `val`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from samples import write_file

LAYER = "encoder.layer.5.output.dense"
LABELS = [f"label {index}" for index in range(10)]
RANK = 8
ALPHA = 16


@dataclass(frozen=True)
class Zoo:
    """A zoo of layers of one shape."""

    folder: Path
    rows: int
    columns: int
    rank: int
    counts: dict[str, int]

    @property
    def layer_bytes(self) -> int:
        """What the layers occupy in their files."""
        numbers = self.rank * (self.rows + self.columns) if self.rank else self.rows * self.columns
        return 2 * numbers * sum(self.counts.values())

    def models(self, split: str) -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
        """Answers, and the layer or its factors B and A; the same numbers each time."""
        directions = np.random.default_rng(7).normal(0, 1, (len(LABELS), self.rows))
        for index in range(self.counts[split]):
            generator = np.random.default_rng([sorted(self.counts).index(split), index])
            answers = generator.random(len(LABELS)) < 0.5
            answers[index % len(LABELS)] = True
            change = (directions * answers[:, None]).sum(0).astype(np.float32)
            if self.rank:
                up = generator.standard_normal((self.rows, self.rank), dtype=np.float32)
                down = generator.standard_normal((self.rank, self.columns), dtype=np.float32)
                down[0] = 1
                up[:, 0] = change
                yield answers, [(0.02 * up).astype("<f2"), (0.02 * down).astype("<f2")]
            else:
                layer = generator.standard_normal((self.rows, self.columns), dtype=np.float32)
                yield answers, [(0.02 * layer + 0.01 * change[:, None]).astype("<f2")]

    def write(self) -> Zoo:
        for split in self.counts:
            for index, (answers, parts) in enumerate(self.models(split)):
                labels = [label for label, yes in zip(LABELS, answers) if yes]
                metadata = {"format": "pt", "dataset_chosen_targets": repr(labels)}
                if self.rank:
                    adapter = self.folder / split / f"model_idx_{index:04}"
                    self.write_adapter(adapter, parts, metadata)
                else:
                    self.write_model(self.folder / split, index, parts[0], metadata)
        return self

    def write_model(self, split: Path, index: int, layer: np.ndarray, metadata: dict) -> None:
        model = split / f"models--benchmark--{index:04}"
        shape = [self.rows, self.columns]
        write_file(
            model / "snapshots" / "main" / "model.safetensors",
            [(LAYER + ".weight", "F16", shape, layer.tobytes())],
            metadata,
        )
        (model / "refs").mkdir()
        (model / "refs" / "main").write_text("main")

    def write_adapter(self, folder: Path, parts: list[np.ndarray], metadata: dict) -> None:
        tensors = [
            (f"base_model.model.{LAYER}.{name}.weight", "F16", list(part.shape), part.tobytes())
            for name, part in (("lora_A", parts[1]), ("lora_B", parts[0]))
        ]
        write_file(folder / "adapter_model.safetensors", tensors, metadata)
        config = {"peft_type": "LORA", "r": RANK, "lora_alpha": ALPHA, "bias": "none"}
        config |= {"base_model_name_or_path": "benchmark/base", "fan_in_fan_out": False}
        (folder / "adapter_config.json").write_text(json.dumps(config))
