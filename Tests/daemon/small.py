"""Small experts, checkpoints and zoos, by NumPy and the safetensors package: nothing of ours wrote
them, and what an expert should say is computed here a second time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from wire import Json

ROWS, COLUMNS = 8, 6
PROBES, PROJECTIONS, REPRESENTATION = 4, 3, 5
FIRST, SECOND = "model.first", "model.second"
COLOURS = ["blue", "green", "red"]
Arrays = dict[str, np.ndarray]


def save(path: Path, arrays: Arrays, metadata: dict[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Only contiguous arrays are stored as they look.
    save_file({name: np.ascontiguousarray(a) for name, a in arrays.items()}, path, metadata)
    return path


def checksum(arrays: Arrays) -> str:
    """Protocol of an expert file: SHA-256 over names, types, shapes and bytes, in name order."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name], "<f4")
        digest.update(name.encode() + b"\0F32\0")
        digest.update(b"".join(size.to_bytes(8, "little") for size in array.shape))
        digest.update(array.tobytes())
    return "sha256:" + digest.hexdigest()


def write_checkpoint(path: Path, seed: int, layers: Sequence[str] = (FIRST, SECOND)) -> Arrays:
    """A checkpoint of so many layers; returns them by name."""
    generator = np.random.default_rng(seed)
    arrays = {name: generator.normal(size=(ROWS, COLUMNS)).astype("f4") for name in layers}
    save(path, {f"{name}.weight": array for name, array in arrays.items()}, {"format": "pt"})
    return arrays


@dataclass
class SmallExpert:
    """An expert with one ProbeX network for each layer, and numbers by lot."""

    kind: str
    outputs: int
    answers: dict[str, str]
    layers: Sequence[str] = (FIRST,)
    weights: Sequence[float] = (1,)
    slope: float = 1
    intercept: float = 0
    abstain_below: float | None = None
    seed: int = 7
    arrays: Arrays = field(default_factory=dict)

    def __post_init__(self) -> None:
        generator = np.random.default_rng(self.seed)
        for place in range(len(self.layers)):
            for name, shape in {
                "probes.weight": (COLUMNS, PROBES),
                "shared_probe_proj.weight": (PROJECTIONS, ROWS),
                "per_probe_encoders.weight": (REPRESENTATION, PROBES * PROJECTIONS),
                "per_probe_encoders.bias": (REPRESENTATION,),
                "classification_head.weight": (self.outputs, REPRESENTATION),
                "classification_head.bias": (self.outputs,),
            }.items():
                self.arrays[self._prefix(place) + name] = generator.normal(size=shape).astype("f4")

    def _prefix(self, place: int) -> str:
        return f"members.{place}." if len(self.layers) > 1 else ""

    def write(self, library: Path, name: str) -> None:
        several = len(self.layers) > 1
        layers = []
        for layer, weight in zip(self.layers, self.weights, strict=True):
            entry: Json = {"name": layer, "rows": ROWS, "columns": COLUMNS}
            if several:
                entry |= {"network": "probex", "input_scale": "1", "normalised": False}
                entry |= {"centred": False, "weight": str(weight)}
            layers.append(entry)
        metadata = {
            "probexd.expert": "1",
            "kind": self.kind,
            "tree": "small",
            "bases": "[]",
            "layers": json.dumps(layers),
            "input": "full",
            "input_scale": "1",
            "lora_scaling": "apply",
            "checksum": checksum(self.arrays),
        } | self.answers
        if (self.slope, self.intercept) != (1, 0):
            metadata["calibration_slope"] = str(self.slope)
            metadata["calibration_intercept"] = str(self.intercept)
        if self.abstain_below is not None:
            metadata["abstain_below"] = str(self.abstain_below)
            metadata["abstain_error_rate"] = "0.05"
        save(library / "experts" / f"{name}.safetensors", self.arrays, metadata)

    def logits(self, layers: Arrays) -> np.ndarray:
        """What its networks make of a checkpoint, calibrated, in double precision."""
        total = np.zeros(self.outputs)
        for place, (layer, weight) in enumerate(zip(self.layers, self.weights, strict=True)):
            own = {
                name.removeprefix(self._prefix(place)): array.astype("f8")
                for name, array in self.arrays.items()
                if name.startswith(self._prefix(place))
            }
            response = layers[layer].astype("f8") @ own["probes.weight"]
            projected = np.maximum(response.T @ own["shared_probe_proj.weight"].T, 0)
            representation = own["per_probe_encoders.weight"] @ projected.ravel()
            representation += own["per_probe_encoders.bias"]
            head = own["classification_head.weight"] @ representation
            total += weight / sum(self.weights) * (head + own["classification_head.bias"])
        return self.slope * total + self.intercept


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


# Zoos

SIZES = {"train": 40, "val": 12, "test": 12}
Labels = Callable[[int], list[str]]


def two_of_three(number: int) -> list[str]:
    return [colour for place, colour in enumerate(COLOURS) if place != number % 3]


def one_of_three(number: int) -> list[str]:
    return [COLOURS[number % 3]]


def tenths(number: int) -> list[str]:
    return [str(number % 10 / 10)]


def model(labels: list[str], columns: int, generator: np.random.Generator) -> np.ndarray:
    """A layer that carries its colours in its first rows, a number in the last."""
    layer = generator.uniform(-0.2, 0.2, (ROWS, columns)).astype("f4")
    for row, colour in enumerate(COLOURS):
        layer[row] += colour in labels
    if labels[0][0].isdigit():
        layer[-1] += 5 * float(labels[0])
    return layer


def write_zoo(
    folder: Path,
    labels: Labels = two_of_three,
    columns: Callable[[int], int] = lambda _: COLUMNS,
    sizes: dict[str, int] = SIZES,
) -> Path:
    """Folders of models with the header entries `colours` and `base_model`."""
    generator = np.random.default_rng(1)
    for split, count in sizes.items():
        for number in range(count):
            names = labels(number)
            layer = model(names, columns(number), generator)
            metadata = {"colours": names[0] if len(names) == 1 else json.dumps(names)}
            metadata["base_model"] = "org/root"
            path = folder / split / f"model_{number:04d}" / "model.safetensors"
            save(path, {"model.layer.weight": layer}, metadata)
    return folder


def write_table(library: Path, name: str, labels: Sequence[str]) -> None:
    """A text table whose embeddings are orthogonal."""
    metadata = {"labels": json.dumps(list(labels)), "encoder": "e", "prompt": "{label}"}
    metadata |= {"normalised": "true", "dimension": str(len(labels))}
    embeddings = np.eye(len(labels), dtype="f4")
    save(library / "texts" / f"{name}.safetensors", {"embeddings": embeddings}, metadata)
