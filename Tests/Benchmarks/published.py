"""Experts trained by probexd, loaded by PyTorch: the same logits within 1e-4.

    PROBEXD_ZOO=… python published.py

Trains ProbeX and MVProbe experts by the published losses for a few epochs, exports them, loads them
strictly into modules with the published names and shapes, and asks both sides about every model of
the validation and test splits.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from accuracy import binary


def standardised(response: torch.Tensor) -> torch.Tensor:
    """A view of a layer less its mean, by its deviation."""
    return (response - response.mean()) / (response.std() + 1e-8)


class ProbeX(torch.nn.Module):
    """The published network, for one layer at a time."""

    def __init__(self, tensors: dict[str, torch.Tensor]):
        super().__init__()
        columns, probes = tensors["probes.weight"].shape
        projections, rows = tensors["shared_probe_proj.weight"].shape
        dimension, width = tensors["per_probe_encoders.weight"].shape
        self.probes = torch.nn.Linear(probes, columns, bias=False)
        self.shared_probe_proj = torch.nn.Linear(rows, projections, bias=False)
        self.per_probe_encoders = torch.nn.Linear(width, dimension)
        self.classification_head = torch.nn.Linear(
            dimension, tensors["classification_head.weight"].shape[0]
        )

    def forward(self, layer: torch.Tensor) -> torch.Tensor:
        """Logits of a layer."""
        projected = torch.relu(self.shared_probe_proj((layer @ self.probes.weight).T))
        return self.classification_head(self.per_probe_encoders(projected.flatten()))


class MVProbe(torch.nn.Module):
    """The published network, for one layer at a time."""

    def __init__(self, tensors: dict[str, torch.Tensor]):
        super().__init__()
        for name, tensor in tensors.items():
            module, kind = name.rsplit(".", 1)
            if kind == "weight":
                rows, columns = tensor.shape
                self.add_module(
                    module, torch.nn.Linear(columns, rows, bias=f"{module}.bias" in tensors)
                )

    def forward(self, layer: torch.Tensor) -> torch.Tensor:
        """Logits of a layer."""
        views = [
            (layer @ self.probes_xu.weight, self.shared_probe_proj_row),
            (layer @ (layer.T @ self.probes_xxtu.weight), self.shared_probe_proj_row2),
            (layer.T @ self.probes_xtu.weight, self.shared_probe_proj_col),
            (layer.T @ (layer @ self.probes_xtxu.weight), self.shared_probe_proj_col2),
        ]
        parts = [
            torch.relu(projection(standardised(view).T)).flatten() for view, projection in views
        ]
        return self.classification_head(self.concat_all4_encoder(torch.cat(parts)))


def check(probexd: str, tree: pathlib.Path, folder: pathlib.Path, method: str, module) -> int:
    """Compares one network's answers; returns how many models were asked about."""
    library = folder / method
    (library / "experts").mkdir(parents=True)
    expert, exported = library / "experts" / "it.safetensors", folder / f"{method}.safetensors"
    subprocess.run(
        [
            probexd, "train", tree, "--method", method, "--layer", "layer.3.intermediate",
            "--probes", "32", "--epochs", "10", "--no-calibration", "--error-rate", "0", "--quiet",
            "-o", expert,
        ],
        check=True, stdout=subprocess.DEVNULL,
    )
    subprocess.run([probexd, "export", expert, "-o", exported], check=True)
    tensors = load_file(exported)
    network = module(tensors)
    network.load_state_dict(tensors, strict=True)
    models = sorted((tree / "val").iterdir()) + sorted((tree / "test").iterdir())
    answers = subprocess.run(
        [probexd, "classify", "--library", library, "--format", "ndjson", *models],
        check=True, capture_output=True, text=True,
    ).stdout.splitlines()
    with safe_open(expert, "pt") as file:
        labels = json.loads(file.metadata()["labels"])
    for model, answer in zip(models, answers, strict=True):
        ours = {entry["label"]: entry["logit"] for entry in json.loads(answer)["labels"]}
        layer = load_file(next(model.glob("snapshots/*/*.safetensors")))
        with torch.no_grad():
            theirs = network(layer["layer.3.intermediate.weight"].float())
        for label, logit in zip(labels, theirs.tolist(), strict=True):
            if abs(ours[label] - logit) > 1e-4 * max(1, abs(logit)):
                sys.exit(f"{method}: {model}: {label}: {ours[label]} here, {logit} in PyTorch")
    return len(models)


def main() -> None:
    """Checks both networks."""
    zoo = os.environ.get("PROBEXD_ZOO")
    if not zoo:
        print("skipped: PROBEXD_ZOO does not say where the zoo lies")
        return
    tree = pathlib.Path(zoo) / "vit-sup-b"
    with tempfile.TemporaryDirectory() as folder:
        for method, module in (("probex", ProbeX), ("mvprobe", MVProbe)):
            count = check(binary(), tree, pathlib.Path(folder), method, module)
            print(f"{method}: {count} models, the same logits within 1e-4")


if __name__ == "__main__":
    main()
