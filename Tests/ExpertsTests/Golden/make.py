"""Writes answers.json: what the published PyTorch ProbeX code answers for the bundled checkpoints.

    python3 make.py REFERENCE EXAMPLE > answers.json

REFERENCE is a folder with `lora-topics-small` and `vit-sup-a-small`, each holding `facts.json` and
`answers.safetensors` as the published code gave them; EXAMPLE is the bundled example library.
Numbers travel as base64 of little-endian float32. Needs numpy and safetensors.
"""

import base64
import json
import pathlib
import sys

import numpy
from safetensors import safe_open


def base64_floats(values: numpy.ndarray) -> str:
    return base64.b64encode(values.astype("<f4").tobytes()).decode()


def rows(reference: pathlib.Path, split: str) -> dict[str, dict[str, numpy.ndarray]]:
    """The answers of one split, by the name of the model's folder."""
    answers: dict[str, dict[str, numpy.ndarray]] = {}
    with safe_open(reference / "answers.safetensors", "numpy") as file:
        files = json.loads(file.metadata()[f"files.{split}"])
        for kind in ("logits", "representation"):
            name = f"{kind}.{split}"
            if name in file.keys():
                for path, row in zip(files, file.get_tensor(name)):
                    answers.setdefault(path.split("/")[1], {})[kind] = row
    return answers


def main() -> None:
    reference, example = map(pathlib.Path, sys.argv[1:])
    checkpoints = example / "checkpoints"
    result: dict[str, object] = {"lora-topics": [], "vit-sup-a": []}
    topics = json.loads((reference / "lora-topics-small/facts.json").read_text())["labels"]
    for folder, split, labels in (
        ("lora-seen", "test", "seen"),
        ("lora-held-out", "val_holdout", "held"),
    ):
        answers = rows(reference / "lora-topics-small", split)
        names = topics.get(labels) or topics[next(k for k in topics if k.startswith(labels))]
        for path in sorted((checkpoints / folder).iterdir()):
            row = answers[path.name]
            result["lora-topics"].append(
                {
                    "checkpoint": f"{folder}/{path.name}",
                    "labels": names,
                    "cosines": base64_floats(row["logits"]),
                    "representation": base64_floats(row["representation"]),
                }
            )
    answers = rows(reference / "vit-sup-a-small", "test")
    for path in sorted((checkpoints / "hub").iterdir()):
        if path.name in answers:
            result["vit-sup-a"].append(
                {
                    "checkpoint": f"hub/{path.name}",
                    "logits": base64_floats(answers[path.name]["logits"]),
                }
            )
    json.dump(result, sys.stdout, indent=1, sort_keys=True)
    print()


main()
