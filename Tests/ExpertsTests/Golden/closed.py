"""Writes closed.json: what numpy, scipy and scikit-learn make of small closed-form problems.

    python3 closed.py > closed.json

Numbers travel as base64 of little-endian float32, row by row; everything is computed in double
precision from those same float32 inputs. Written with numpy 2.4.6, scipy 1.17.1 and scikit-learn
1.9.1.
"""

import base64
import json
import sys

import numpy
from scipy import linalg, optimize, special, stats
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import LeaveOneOut, cross_val_predict

Array = numpy.ndarray
STRENGTHS = [1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3]
generator = numpy.random.default_rng(20)


def packed(values: Array) -> dict:
    values = numpy.atleast_2d(numpy.asarray(values))
    numbers = base64.b64encode(values.astype("<f4").tobytes()).decode()
    return {"rows": values.shape[0], "columns": values.shape[1], "values": numbers}


def drawn(*shape: int) -> Array:
    """Normal numbers that single precision holds."""
    return generator.normal(size=shape).astype("<f4").astype(float)


def unit(rows: Array) -> Array:
    return rows / numpy.linalg.norm(rows, axis=-1, keepdims=True)


def eigen() -> list[dict]:
    square = drawn(7, 7)
    axis = drawn(5, 1)
    matrices = {
        "symmetric": square + square.T,
        "degenerate": 2 * numpy.eye(5) + axis @ axis.T,
        "one number": numpy.array([[-3.5]]),
        "zeros": numpy.zeros((4, 4)),
    }
    rows = []
    for name, matrix in matrices.items():
        matrix = matrix.astype("<f4").astype(float)
        values = numpy.linalg.eigh(matrix)[0]
        rows.append({"name": name, "matrix": packed(matrix), "values": packed(values)})
    return rows


def features(layer: Array, basis: Array, side: str, floor: float) -> Array:
    response = (layer if side == "inputs" else layer.T) @ basis
    gram = response.T @ response
    count = len(gram)
    trace = numpy.trace(gram)
    logarithm = linalg.logm(gram * count / trace + floor * numpy.eye(count)).real
    rows, columns = numpy.triu_indices(count)
    triangle = logarithm[rows, columns] * numpy.where(rows == columns, 1, numpy.sqrt(2))
    return numpy.append(triangle, numpy.log10(trace))


def log_gram() -> list[dict]:
    rows = []
    for rank in (0, 2):
        for side, width in (("inputs", 5), ("outputs", 6)):
            for directions in (3, width):
                basis = linalg.orth(drawn(width, directions))
                basis = basis.astype("<f4").astype(float)
                up, down = drawn(6, 2), drawn(2, 5)
                layer = 0.75 * up @ down if rank else drawn(6, 5)
                row = {"side": side, "basis": packed(basis), "floor": 0.125, "scale": 0.5}
                parts = {"up": up, "down": down} if rank else {"layer": layer}
                parts["features"] = features(0.5 * layer, basis, side, 0.125)
                rows.append(row | {name: packed(values) for name, values in parts.items()})
    return rows


def ridge() -> list[dict]:
    rows = []
    for models, count in ((8, 20), (30, 5), (6, 6), (2, 3)):
        x = drawn(models, count) + 2
        y = numpy.c_[x[:, 0] + 0.3 * drawn(models), drawn(models) - 1]
        x, y = x.astype("<f4").astype(float), y.astype("<f4").astype(float)
        scale = ((x - x.mean(0)) ** 2).sum(1).mean()
        fits = []
        for strength in STRENGTHS:
            model = Ridge(alpha=strength * scale)
            held_out = cross_val_predict(model, x, y, cv=LeaveOneOut())
            model.fit(x, y)
            fits.append(
                {
                    "strength": strength,
                    "weight": packed(model.coef_),
                    "bias": packed(model.intercept_),
                    "heldOut": packed(held_out),
                    "error": ((held_out - y) ** 2).mean(),
                }
            )
        rows.append({"features": packed(x), "targets": packed(y), "fits": fits})
    return rows


def axes() -> list[dict]:
    rows = []
    for models, count in ((6, 15), (40, 4), (5, 5)):
        points = (drawn(models, count) * numpy.geomspace(1, 0.1, count)).astype("<f4").astype(float)
        found = PCA(svd_solver="full").fit(points)
        known = found.singular_values_ > 1e-9
        rows.append(
            {
                "points": packed(points),
                "energies": packed(found.singular_values_[known] ** 2),
                "axes": packed(found.components_[known]),
            }
        )
    return rows


def projection() -> list[dict]:
    rows = []
    for models, width, text in ((14, 6, 6), (14, 6, 9), (5, 8, 8)):
        responses = unit(drawn(models, width)).astype("<f4").astype(float)
        labels = numpy.arange(models) % 5
        chosen = numpy.array([0, 2, 3])
        texts = drawn(5, text) + 1
        for floor in (1.0, 5.0):
            for aligned in (False, True) if text == width else (False,):
                centred = responses - responses.mean(0)
                spectrum = centred.T @ centred / models
                mean = numpy.trace(spectrum) / width
                inner = spectrum / mean + floor * numpy.eye(width)
                whitening = linalg.inv(linalg.sqrtm(inner)).real
                points = unit(centred @ whitening)
                prototypes = numpy.array([points[labels == label].mean(0) for label in chosen])
                known = texts[chosen]
                z = unit(known - known.mean(0))
                slope = (prototypes * z).sum() / (z**2).sum() if aligned else 0.0
                penalty = 4.0 * numpy.trace(z @ z.T) / len(chosen)
                rest = prototypes - (slope * z if aligned else 0)
                w = z.T @ linalg.solve(z @ z.T + penalty * numpy.eye(len(chosen)), rest)
                if aligned:
                    w += slope * numpy.eye(width)
                rows.append(
                    {
                        "responses": packed(responses),
                        "labels": labels.tolist(),
                        "chosen": chosen.tolist(),
                        "texts": packed(texts),
                        "floor": floor,
                        "penalty": 4.0,
                        "isAligned": aligned,
                        "whitened": packed(centred @ whitening),
                        "prototypes": packed(prototypes),
                        "projected": packed((texts - known.mean(0)) @ w),
                    }
                )
    return rows


def direction() -> list[dict]:
    """The main direction of LoRA changes, and of whole layers less their mean; responses to it."""
    shared = drawn(1, 5)
    up, down = drawn(9, 6, 2), numpy.concatenate([drawn(9, 1, 5) * 0.2 + shared, drawn(9, 1, 5)], 1)
    up, down = up.astype("<f4").astype(float), down.astype("<f4").astype(float)
    rows = []
    for is_whole in (False, True):
        layers = 0.5 * up @ down
        if is_whole:
            layers -= layers.mean(0)
        lengths = (layers**2).sum((1, 2), keepdims=True)
        grams = layers.transpose(0, 2, 1) @ layers / lengths
        found = numpy.linalg.eigh(grams.sum(0))[1][:, -1]
        rows.append(
            {
                "isWhole": is_whole,
                "up": packed(up.reshape(-1, 2)),
                "down": packed(down.reshape(-1, 5)),
                "scale": 0.5,
                "direction": packed(found),
                "responses": packed(unit(layers @ found)),
            }
        )
    return rows


def platt() -> list[dict]:
    rows = []
    noise = drawn(60)
    sure = numpy.linspace(-2, 2, 20)
    for logits, answers in (
        (3 * noise - 1, noise + 0.7 * drawn(60) > 0.2),
        (0.01 * noise + 5, noise + 0.7 * drawn(60) > 0),
        (sure, sure > 0),
    ):
        logits = logits.astype("<f4").astype(float)
        high, low = (answers.sum() + 1) / (answers.sum() + 2), 1 / ((~answers).sum() + 2)
        targets = numpy.where(answers, high, low)
        # Each point once as a yes and once as a no, weighted by its target.
        model = LogisticRegression(C=numpy.inf, tol=1e-12, max_iter=10000, solver="newton-cg")
        deviation = logits.std()
        centred = (logits - logits.mean()) / deviation
        model.fit(
            numpy.r_[centred, centred][:, None],
            numpy.r_[numpy.ones(len(logits)), numpy.zeros(len(logits))],
            sample_weight=numpy.r_[targets, 1 - targets],
        )
        slope = model.coef_[0, 0] / deviation
        rows.append(
            {
                "logits": packed(logits),
                "answers": answers.tolist(),
                "slope": slope,
                "intercept": model.intercept_[0] - slope * logits.mean(),
            }
        )
    return rows


def temperature() -> list[dict]:
    rows = []
    for models, candidates, noise, size in ((50, 4, 1.0, 1.0), (30, 7, 0.4, 0.05), (20, 3, 0, 1)):
        targets = generator.integers(0, candidates, models)
        scores = size * (numpy.eye(candidates)[targets] + noise * drawn(models, candidates))
        scores = scores.astype("<f4").astype(float)

        def likelihoods(logarithm: float) -> Array:
            return special.log_softmax(scores / numpy.exp(logarithm), axis=1)

        def loss(logarithm: float) -> float:
            return -likelihoods(logarithm)[numpy.arange(models), targets].sum()

        def oversure(logarithm: float) -> float:
            sure = numpy.exp(likelihoods(logarithm)).max(axis=1).mean()
            return sure - (models + 1) / (models + 2)

        bounds = (numpy.log(1e-4), numpy.log(1e3))
        found = optimize.minimize_scalar(
            loss, bounds=bounds, method="bounded", options={"xatol": 1e-10}
        ).x
        if oversure(found) > 0:
            found = optimize.brentq(oversure, found, bounds[1], xtol=1e-12)
        rows.append(
            {
                "scores": packed(scores),
                "targets": targets.tolist(),
                "temperature": numpy.exp(found),
            }
        )
    return rows


def expected_error() -> dict:
    confidences = generator.uniform(size=200).astype("<f4").astype(float)
    confidences[:3] = [0, 1, 0.5]
    right = generator.uniform(size=200) < confidences**2
    bins = numpy.minimum((confidences * 15).astype(int), 14)
    error = sum(
        (bins == b).mean() * abs(confidences[bins == b].mean() - right[bins == b].mean())
        for b in numpy.unique(bins)
    )
    return {"confidences": packed(confidences), "right": right.tolist(), "error": error}


def agreement() -> list[dict]:
    rows = []
    for said, real in (
        (drawn(30), drawn(30)),
        (numpy.round(2 * drawn(40)), numpy.round(drawn(40))),
        (numpy.arange(9.0), -numpy.arange(9.0)),
    ):
        rows.append(
            {
                "said": packed(said),
                "real": packed(real),
                "tau": stats.kendalltau(said, real).statistic,
                "determination": r2_score(real, said),
            }
        )
    return rows


json.dump(
    {
        "eigen": eigen(),
        "logGram": log_gram(),
        "ridge": ridge(),
        "axes": axes(),
        "projection": projection(),
        "direction": direction(),
        "platt": platt(),
        "temperature": temperature(),
        "expectedError": expected_error(),
        "agreement": agreement(),
    },
    sys.stdout,
    indent=1,
)
print()
