"""Writes trace.json: the first ten losses of PyTorch training small networks.

    python3 trace.py > trace.json

Everything that a run starts from stands in the file, so that another program can repeat it: tensors
as base64 of little-endian float32. Each run also holds the representations that it starts with.
Written with torch 2.13.0 (CPU).
"""

import base64
import json
import sys

import torch
from torch.nn import functional

ROWS, COLUMNS, PROBES, PROJECTIONS, REPRESENTATION, HIDDEN = 6, 5, 4, 3, 7, 5
MODELS, LABELS, TEXT = 9, 3, 8
TEMPERATURE = 0.5
# Of each view of an MVProbe: its name, that of its projection, the length of a probe and of a
# response.
VIEWS = [
    ("xu", "row", COLUMNS, ROWS),
    ("xxtu", "row2", ROWS, ROWS),
    ("xtu", "col", ROWS, COLUMNS),
    ("xtxu", "col2", COLUMNS, COLUMNS),
]
Tensors = dict[str, torch.Tensor]


def packed(tensor: torch.Tensor) -> str:
    return base64.b64encode(tensor.detach().contiguous().numpy().astype("<f4").tobytes()).decode()


def linear(name: str, outputs: int, inputs: int) -> Tensors:
    return {
        f"{name}.weight": torch.randn(outputs, inputs) * 0.3,
        f"{name}.bias": torch.randn(outputs) * 0.1,
    }


def start(network: str) -> Tensors:
    """The tensors of a network without its head, before the first step."""
    if network == "probex":
        return {
            "probes.weight": torch.randn(COLUMNS, PROBES) * 0.5,
            "shared_probe_proj.weight": torch.randn(PROJECTIONS, ROWS) * 0.5,
            **linear("per_probe_encoders", REPRESENTATION, PROBES * PROJECTIONS),
        }
    if network == "mvprobe":
        tensors: Tensors = {}
        for view, side, probe, response in VIEWS:
            tensors[f"probes_{view}.weight"] = torch.randn(probe, PROBES) * 0.5
            name = f"shared_probe_proj_{side}.weight"
            tensors[name] = torch.randn(PROJECTIONS, response) * 0.5
        inputs = len(VIEWS) * PROBES * PROJECTIONS
        return tensors | linear("concat_all4_encoder", REPRESENTATION, inputs)
    if network == "statnn":
        return linear("hidden", HIDDEN, 7) | linear("encoder", REPRESENTATION, HIDDEN)
    return {}


def statistics(layers: torch.Tensor) -> torch.Tensor:
    flat = layers.reshape(MODELS, -1)
    quantiles = torch.quantile(flat, torch.tensor([0, 0.25, 0.5, 0.75, 1]), dim=1)
    return torch.cat([flat.mean(1)[:, None], flat.var(1)[:, None], quantiles.T], dim=1)


def projected(responses: torch.Tensor, projection: torch.Tensor) -> torch.Tensor:
    return torch.relu(responses.transpose(1, 2) @ projection.T).reshape(MODELS, -1)


def represent(network: str, tensors: Tensors, layers: torch.Tensor) -> torch.Tensor:
    if network == "dense":
        return layers.reshape(MODELS, -1)
    if network == "statnn":
        found = statistics(layers)
        found = (found - found.mean(0)) / found.std(0)
        hidden = torch.relu(found @ tensors["hidden.weight"].T + tensors["hidden.bias"])
        return torch.relu(hidden @ tensors["encoder.weight"].T + tensors["encoder.bias"])
    if network == "probex":
        flat = projected(layers @ tensors["probes.weight"], tensors["shared_probe_proj.weight"])
        name = "per_probe_encoders"
    else:
        turned = layers.transpose(1, 2)
        probes = {view: tensors[f"probes_{view}.weight"] for view, *_ in VIEWS}
        responses = [
            layers @ probes["xu"],
            layers @ (turned @ probes["xxtu"]),
            turned @ probes["xtu"],
            turned @ (layers @ probes["xtxu"]),
        ]
        parts = []
        for response, (_, side, *_) in zip(responses, VIEWS):
            mean = response.mean(dim=(1, 2), keepdim=True)
            deviation = response.std(dim=(1, 2), keepdim=True)
            projection = tensors[f"shared_probe_proj_{side}.weight"]
            parts.append(projected((response - mean) / (deviation + 1e-8), projection))
        flat = torch.cat(parts, dim=1)
        name = "concat_all4_encoder"
    return flat @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]


def loss_of(kind: str, e: torch.Tensor, tensors: Tensors, wanted: Tensors) -> torch.Tensor:
    weight, bias = tensors["head.weight"], tensors["head.bias"]
    if kind.startswith("text"):
        texts = wanted["embeddings"] @ weight.T + bias
        cosines = functional.cosine_similarity(e[:, None], texts[None], dim=2)
        learned = tensors.get("log_temperature")
        temperature = TEMPERATURE if learned is None else learned.exp()
        return functional.cross_entropy(cosines / temperature, wanted["targets"])
    outputs = e @ weight.T + bias
    if kind == "categories":
        return functional.binary_cross_entropy_with_logits(outputs, wanted["answers"])
    if kind == "choice":
        return functional.cross_entropy(outputs, wanted["targets"])
    return functional.mse_loss(outputs[:, 0], wanted["numbers"]) / 2


def run(seed: int, network: str, kind: str, rank: int) -> dict:
    torch.manual_seed(seed)
    dimension = ROWS * COLUMNS if network == "dense" else REPRESENTATION
    tensors = start(network)
    if kind.startswith("text"):
        tensors |= linear("head", dimension, TEXT)
    else:
        tensors |= linear("head", 1 if kind == "number" else LABELS, dimension)
    if kind == "text, learned":
        tensors["log_temperature"] = torch.tensor([TEMPERATURE]).log()
    beginning = {name: packed(tensor) for name, tensor in tensors.items()}
    result: dict = {"network": network, "kind": kind, "rank": rank, "tensors": beginning}
    if rank:
        up, down = torch.randn(MODELS, ROWS, rank), torch.randn(MODELS, rank, COLUMNS)
        layers = up @ down * 0.5
        result |= {"up": packed(up), "down": packed(down), "scale": 0.5}
    else:
        layers = torch.randn(MODELS, ROWS, COLUMNS)
        result["layers"] = packed(layers)
    wanted = {
        "embeddings": torch.randn(LABELS, TEXT),
        "targets": torch.randint(0, LABELS, (MODELS,)),
        "answers": (torch.rand(MODELS, LABELS) > 0.5).float(),
        "numbers": torch.randn(MODELS),
    }
    result |= {name: packed(values) for name, values in wanted.items() if name != "targets"}
    result["targets"] = wanted["targets"].tolist()
    result["representations"] = packed(represent(network, tensors, layers))
    for tensor in tensors.values():
        tensor.requires_grad_()
    decay = 0.0 if kind.startswith("text") else 1e-2
    optimiser = torch.optim.Adam(tensors.values(), lr=2e-2, weight_decay=decay)
    result |= {"rate": 2e-2, "decay": decay, "temperature": TEMPERATURE, "losses": []}
    for _ in range(10):
        loss = loss_of(kind, represent(network, tensors, layers), tensors, wanted)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        result["losses"].append(loss.item())
    result["final"] = {name: packed(tensor) for name, tensor in tensors.items()}
    return result


RUNS = [
    *[("probex", kind, rank) for kind in ("categories", "text") for rank in (0, 2)],
    ("probex", "choice", 0),
    ("probex", "number", 2),
    ("probex", "text, learned", 2),
    *[("mvprobe", kind, rank) for kind in ("categories", "text") for rank in (0, 2)],
    ("mvprobe", "number", 0),
    ("dense", "categories", 0),
    ("dense", "text", 2),
    ("statnn", "categories", 0),
    ("statnn", "text, learned", 2),
    ("statnn", "choice", 2),
]
runs = [run(seed, *which) for seed, which in enumerate(RUNS, start=1)]
json.dump(runs, sys.stdout, indent=1)
print()
