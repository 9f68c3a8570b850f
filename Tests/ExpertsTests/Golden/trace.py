"""Writes trace.json: the first ten losses of PyTorch training small ProbeX networks.

    python3 trace.py > trace.json

Everything that a run starts from stands in the file, so that another program can repeat it: tensors
as base64 of little-endian float32. Written with torch 2.13.0 (CPU).
"""

import base64
import json
import sys

import torch

ROWS, COLUMNS, PROBES, PROJECTIONS, REPRESENTATION = 6, 5, 4, 3, 7
MODELS, LABELS, TEXT = 9, 3, 8


def packed(tensor: torch.Tensor) -> str:
    return base64.b64encode(tensor.detach().contiguous().numpy().astype("<f4").tobytes()).decode()


def run(kind: str, rank: int) -> dict:
    torch.manual_seed({"categories": 1, "text": 2}[kind] + rank)
    inputs = PROBES * PROJECTIONS
    outputs = LABELS if kind == "categories" else REPRESENTATION
    width = REPRESENTATION if kind == "categories" else TEXT
    tensors = {
        "probes.weight": torch.randn(COLUMNS, PROBES) * 0.5,
        "shared_probe_proj.weight": torch.randn(PROJECTIONS, ROWS) * 0.5,
        "per_probe_encoders.weight": torch.randn(REPRESENTATION, inputs) * 0.3,
        "per_probe_encoders.bias": torch.randn(REPRESENTATION) * 0.1,
        "head.weight": torch.randn(outputs, width) * 0.3,
        "head.bias": torch.randn(outputs) * 0.1,
    }
    start = {name: packed(tensor) for name, tensor in tensors.items()}
    result: dict = {"kind": kind, "rank": rank, "tensors": start}
    if rank:
        up, down = torch.randn(MODELS, ROWS, rank), torch.randn(MODELS, rank, COLUMNS)
        layers = up @ down * 0.5
        result |= {"up": packed(up), "down": packed(down), "scale": 0.5}
    else:
        layers = torch.randn(MODELS, ROWS, COLUMNS)
        result["layers"] = packed(layers)
    embeddings = torch.randn(LABELS, TEXT)
    targets = torch.randint(0, LABELS, (MODELS,))
    answers = (torch.rand(MODELS, LABELS) > 0.5).float()
    result |= {"embeddings": packed(embeddings), "targets": targets.tolist()}
    result["answers"] = packed(answers)
    for tensor in tensors.values():
        tensor.requires_grad_()
    decay = 1e-2 if kind == "categories" else 0.0
    optimiser = torch.optim.Adam(tensors.values(), lr=2e-2, weight_decay=decay)
    result |= {"rate": 2e-2, "decay": decay, "temperature": 0.5, "losses": []}
    for _ in range(10):
        responses = layers @ tensors["probes.weight"]
        projected = torch.relu(responses.transpose(1, 2) @ tensors["shared_probe_proj.weight"].T)
        flat = projected.reshape(MODELS, -1)
        e = flat @ tensors["per_probe_encoders.weight"].T + tensors["per_probe_encoders.bias"]
        if kind == "categories":
            logits = e @ tensors["head.weight"].T + tensors["head.bias"]
            loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, answers)
        else:
            texts = embeddings @ tensors["head.weight"].T + tensors["head.bias"]
            cosines = torch.nn.functional.cosine_similarity(e[:, None], texts[None], dim=2)
            loss = torch.nn.functional.cross_entropy(cosines / result["temperature"], targets)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        result["losses"].append(loss.item())
    result["final"] = {name: packed(tensor) for name, tensor in tensors.items()}
    return result


runs = [run(kind, rank) for kind in ("categories", "text") for rank in (0, 2)]
json.dump(runs, sys.stdout, indent=1)
print()
