"""The files that the benchmark reads: one expert, and checkpoints of six kinds.

Numbers are random, sizes are real: a layer of 768×768 as in a base-size transformer, ten other
tensors beside it, and a ProbeX expert of the published size (128 probes, 128 rows, 512 numbers in
the representation) with 100 labels. What nobody reads is left as a hole in the file.
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROWS = COLUMNS = 768
PROBES = PROJECTIONS = 128
REPRESENTATION = 512
LABELS = [f"label {index:03d}" for index in range(100)]
LAYER = "encoder.layer.10.attention.output.dense"
OTHERS = [f"encoder.layer.{index}.attention.output.dense.weight" for index in range(10)]
ALPHA = 16


@dataclass(frozen=True)
class Kind:
    """One kind of checkpoint: a stored type, and the rank where it is a LoRA adapter."""

    name: str
    dtype: str
    rank: int = 0
    files: list[Path] = field(default_factory=list, compare=False)

    @property
    def scale(self) -> float:
        return ALPHA / self.rank if self.rank else 1.0


KINDS = [
    Kind("768×768 F32", "F32"),
    Kind("768×768 F16", "F16"),
    Kind("768×768 BF16", "BF16"),
    Kind("LoRA rank 4", "F32", 4),
    Kind("LoRA rank 8", "F32", 8),
    Kind("LoRA rank 16", "F32", 16),
]


def stored(values: np.ndarray, dtype: str) -> bytes:
    """The numbers as a file holds them, little-endian; BF16 rounds to nearest, ties to even."""
    if dtype == "F32":
        return values.astype("<f4").tobytes()
    if dtype == "F16":
        return values.astype("<f2").tobytes()
    bits = values.astype("<f4").view("<u4").astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2").tobytes()


def write_file(path: Path, tensors: list[tuple], metadata: dict[str, str]) -> None:
    """A safetensors file of (name, dtype, shape, bytes or a number of bytes left as a hole)."""
    header, offset = {"__metadata__": metadata}, 0
    for name, dtype, shape, data in tensors:
        end = offset + (data if isinstance(data, int) else len(data))
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        start = file.tell()
        for name, _, _, data in tensors:
            if not isinstance(data, int):
                file.seek(start + header[name]["data_offsets"][0])
                file.write(data)
        file.truncate(start + offset)


def write_expert(path: Path) -> None:
    """A category expert in the published layout, with the metadata that `probexd import` adds."""
    generator = np.random.default_rng(1)

    def uniform(*shape: int, inputs: int) -> np.ndarray:
        # As torch.nn.Linear starts: uniform within 1/sqrt(inputs).
        return generator.uniform(-1, 1, shape).astype(np.float32) / np.float32(inputs**0.5)

    flat = PROBES * PROJECTIONS
    arrays = {
        "classification_head.bias": uniform(len(LABELS), inputs=REPRESENTATION),
        "classification_head.weight": uniform(len(LABELS), REPRESENTATION, inputs=REPRESENTATION),
        "per_probe_encoders.bias": uniform(REPRESENTATION, inputs=flat),
        "per_probe_encoders.weight": uniform(REPRESENTATION, flat, inputs=flat),
        "probes.weight": uniform(COLUMNS, PROBES, inputs=COLUMNS),
        "shared_probe_proj.weight": uniform(PROJECTIONS, ROWS, inputs=ROWS),
    }
    tensors = [(name, "F32", list(a.shape), stored(a, "F32")) for name, a in arrays.items()]
    digest = hashlib.sha256()
    for name, dtype, shape, data in tensors:
        digest.update(name.encode() + b"\0" + dtype.encode() + b"\0")
        digest.update(b"".join(struct.pack("<Q", size) for size in shape) + data)
    compact = {"separators": (",", ":")}
    layer = {"name": LAYER, "rows": ROWS, "columns": COLUMNS}
    metadata = {
        "probexd.expert": "1",
        "kind": "categories",
        "tree": "benchmark",
        "bases": "[]",
        "layers": json.dumps([layer], **compact),
        "input": "any",
        "input_scale": "1",
        "lora_scaling": "apply",
        "labels": json.dumps(LABELS, **compact),
        "threshold": "0.5",
        "checksum": "sha256:" + digest.hexdigest(),
    }
    write_file(path, tensors, metadata)


def write_full(path: Path, kind: Kind, generator: np.random.Generator) -> None:
    """A checkpoint whose eleventh tensor is the layer."""
    size = 4 if kind.dtype == "F32" else 2
    shape = [ROWS, COLUMNS]
    weights = generator.normal(0, 1, shape).astype(np.float32)
    tensors = [(name, kind.dtype, shape, ROWS * COLUMNS * size) for name in OTHERS]
    tensors.append((LAYER + ".weight", kind.dtype, shape, stored(weights, kind.dtype)))
    write_file(path, tensors, {"format": "pt"})


def write_adapter(folder: Path, kind: Kind, generator: np.random.Generator) -> None:
    """A PEFT adapter folder: factors of six modules, the layer's own among them."""
    tensors = []
    for index in range(6):
        name = OTHERS[index].removesuffix(".weight") if index < 5 else LAYER
        for part, shape in (("lora_A", (kind.rank, COLUMNS)), ("lora_B", (ROWS, kind.rank))):
            values = generator.normal(0, 1, shape).astype(np.float32)
            full = f"base_model.model.{name}.{part}.weight"
            tensors.append((full, kind.dtype, list(shape), stored(values, kind.dtype)))
    write_file(folder / "adapter_model.safetensors", tensors, {"format": "pt"})
    config = {"peft_type": "LORA", "r": kind.rank, "lora_alpha": ALPHA, "bias": "none"}
    config |= {"base_model_name_or_path": "benchmark/base", "fan_in_fan_out": False}
    (folder / "adapter_config.json").write_text(json.dumps(config))


def write_checkpoints(folder: Path, count: int) -> None:
    """So many checkpoints of each kind; their places are kept in the kinds."""
    for number, kind in enumerate(KINDS):
        generator = np.random.default_rng(100 + number)
        for index in range(count):
            path = folder / f"{kind.dtype}-{kind.rank}" / f"{index:02d}"
            if kind.rank:
                write_adapter(path, kind, generator)
                kind.files.append(path)
            else:
                write_full(path / "model.safetensors", kind, generator)
                kind.files.append(path / "model.safetensors")
