"""Writes kernel_ridge.json: what scikit-learn's kernel ridge regression says of small layers.

    python3 kernel_ridge.py > kernel_ridge.json

One run on whole layers, from which their mean is taken away, and one on products of factors, as
LoRA adapters have them. Each layer is then divided by its norm. The penalty is the one, of eight,
whose leave-one-out error is least: each model is left out and the regression solved again.
Written with scikit-learn 1.9.1, numpy 2.4.6.
"""

import json
import sys

import numpy as np
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_predict

STRENGTHS = [1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3]
ROWS, COLUMNS, RANK, TRAIN, TEST = 4, 5, 2, 80, 5


def run(generator: np.random.Generator, rank: int) -> dict:
    count = TRAIN + TEST
    run: dict = {"rows": ROWS, "columns": COLUMNS, "rank": rank, "train": TRAIN}
    if rank:
        run["up"] = generator.normal(size=(count, ROWS, rank)).round(3)
        run["down"] = generator.normal(size=(count, rank, COLUMNS)).round(3)
        layers = run["up"] @ run["down"]
        features = layers.reshape(count, -1)
    else:
        layers = generator.normal(size=(count, ROWS, COLUMNS)).round(3) + 1
        run["layers"] = layers
        features = layers.reshape(count, -1) - layers[:TRAIN].mean(0).ravel()
    features = features / np.linalg.norm(features, axis=1, keepdims=True)
    turn = generator.normal(size=(ROWS * COLUMNS, 2))
    run["targets"] = (features @ turn + generator.normal(size=(count, 2))).round(3)

    known, wanted = features[:TRAIN], run["targets"][:TRAIN]
    energy = np.square(known - known.mean(0)).sum() / TRAIN
    held_out = {
        strength: cross_val_predict(Ridge(strength * energy), known, wanted, cv=LeaveOneOut())
        for strength in STRENGTHS
    }
    best = min(STRENGTHS, key=lambda strength: np.square(held_out[strength] - wanted).mean())
    # A kernel has no intercept: features and targets are centred instead.
    mean, offset = known.mean(0), wanted.mean(0)
    fitted = KernelRidge(alpha=best * energy, kernel="linear").fit(known - mean, wanted - offset)
    run["outputs"] = fitted.predict(features[TRAIN:] - mean) + offset
    run["heldOut"] = held_out[best]
    run["strength"] = best
    return {
        name: value.ravel().tolist() if isinstance(value, np.ndarray) else value
        for name, value in run.items()
    }


generator = np.random.default_rng(4)
json.dump([run(generator, 0), run(generator, RANK)], sys.stdout)
