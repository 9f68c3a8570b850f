"""Every kind of expert on the wire and on the terminal; what it says is computed by NumPy too."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from contract import METHODS, error
from daemon import HANG, Daemon, binary
from small import COLOURS, FIRST, SECOND, Arrays, SmallExpert, softmax, write_checkpoint
from wire import Json

LABELS = {"labels": json.dumps(COLOURS)}
SCALE = {"property": "lr", "mean": "-3", "deviation": "0.5", "logarithmic": "true", "error": "0.5"}
EXPERTS = {
    "chooses": SmallExpert("choice", 3, LABELS, seed=3),
    "measures": SmallExpert("number", 1, SCALE, seed=1),
    "counts": SmallExpert(
        "number", 1, SCALE | {"property": "steps", "mean": "100", "logarithmic": "false"}, seed=2
    ),
    "reads-two": SmallExpert(
        "choice", 3, LABELS, layers=(FIRST, SECOND), weights=(1, 3), slope=0.5, seed=4
    ),
    "sorts": SmallExpert(
        "categories", 3, LABELS | {"threshold": "0.5"}, slope=0.7, intercept=0.1, seed=5
    ),
    "hesitates": SmallExpert("choice", 3, LABELS, slope=0.01, abstain_below=0.9, seed=6),
    "is-certain": SmallExpert("choice", 3, LABELS, slope=100, abstain_below=0.4, seed=6),
    "wavers": SmallExpert(
        "categories", 3, LABELS | {"threshold": "0.5"}, slope=0.1, abstain_below=0.99, seed=8
    ),
}
SEEDS = range(5)


class Models:
    def __init__(self, folder: Path) -> None:
        self.library = folder / "library"
        for name, expert in EXPERTS.items():
            expert.write(self.library, name)
        self.paths = [folder / f"{seed}.safetensors" for seed in SEEDS]
        self.layers: list[Arrays] = [
            write_checkpoint(path, seed) for path, seed in zip(self.paths, SEEDS, strict=True)
        ]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    return Models(tmp_path_factory.mktemp("kinds"))


@pytest.fixture(scope="module")
def daemon(models: Models) -> Iterator[Daemon]:
    with Daemon(library=models.library) as running:
        status = running.result("probex/status")["library"]
        assert (status["experts"], status["problems"]) == (len(EXPERTS), [])
        yield running


def answers(daemon: Daemon, models: Models, expert: str) -> Iterator[tuple[Json, np.ndarray]]:
    """For each checkpoint what the daemon says, and what NumPy makes of the network."""
    for path, layers in zip(models.paths, models.layers, strict=True):
        params = {"checkpoint": str(path), "expert": expert}
        found = daemon.result("probex/classify", params)
        METHODS["probex/classify"].check_result(found)
        assert found["kind"] == EXPERTS[expert].kind
        yield found, EXPERTS[expert].logits(layers)


def close(found: float, wanted: float) -> bool:
    return math.isclose(found, wanted, rel_tol=1e-4, abs_tol=1e-5)


@pytest.mark.parametrize("name", ["chooses", "reads-two", "hesitates", "is-certain"])
def test_choice(daemon: Daemon, models: Models, name: str) -> None:
    for found, logits in answers(daemon, models, name):
        wanted = sorted(zip(softmax(logits), logits, COLOURS, strict=True), reverse=True)
        assert [row["label"] for row in found["labels"]] == [label for _, _, label in wanted]
        for row, (probability, logit, _) in zip(found["labels"], wanted, strict=True):
            assert close(row["probability"], probability) and close(row["logit"], logit)
            assert row["score"] == row["probability"]


@pytest.mark.parametrize("name", ["measures", "counts"])
def test_number(daemon: Daemon, models: Models, name: str) -> None:
    facts = EXPERTS[name].answers

    def meaning(output: float) -> float:
        value = float(facts["mean"]) + float(facts["deviation"]) * output
        return 10**value if facts["logarithmic"] == "true" else value

    for found, (output,) in answers(daemon, models, name):
        number = found["number"]
        assert (number["property"], found["labels"]) == (facts["property"], [])
        half = float(facts["error"])
        for member, wanted in (("value", output), ("low", output - half), ("high", output + half)):
            assert close(number[member], meaning(wanted))


def test_calibrated_categories(daemon: Daemon, models: Models) -> None:
    for found, logits in answers(daemon, models, "sorts"):
        wanted = dict(zip(COLOURS, logits, strict=True))
        for row in found["labels"]:
            assert close(row["logit"], wanted[row["label"]])
            assert close(row["probability"], 1 / (1 + math.exp(-wanted[row["label"]])))
            assert "unsure" not in row


def test_abstention(daemon: Daemon, models: Models) -> None:
    assert all(found["abstains"] for found, _ in answers(daemon, models, "hesitates"))
    assert not any(found["abstains"] for found, _ in answers(daemon, models, "is-certain"))
    assert not any("abstains" in found for found, _ in answers(daemon, models, "chooses"))
    seen = set()
    for found, logits in answers(daemon, models, "wavers"):
        probabilities = dict(zip(COLOURS, 1 / (1 + np.exp(-logits)), strict=True))
        for row in found["labels"]:
            likely = max(probabilities[row["label"]], 1 - probabilities[row["label"]])
            assert row["unsure"] is bool(likely < 0.99)
            seen.add(row["unsure"])
    assert seen == {True, False}, "the test has both"


def test_layers(daemon: Daemon, models: Models) -> None:
    for method in ("probex/classify", "probex/embed"):
        for expert, layers in (("reads-two", [FIRST, SECOND]), ("chooses", None)):
            found = daemon.result(method, {"checkpoint": str(models.paths[0]), "expert": expert})
            METHODS[method].check_result(found)
            assert found["layer"].endswith("first")
            assert (layers is None) == ("layers" not in found)
            assert len(found.get("layers", [])) == len(layers or [])


def test_in_a_batch(daemon: Daemon, models: Models) -> None:
    names = [str(path) for path in models.paths]
    for expert in EXPERTS:
        found = daemon.result("probex/classifyBatch", {"checkpoints": names, "expert": expert})
        METHODS["probex/classifyBatch"].check_result(found)
        alone = [answer for answer, _ in answers(daemon, models, expert)]
        for one, other in zip(found["results"], alone, strict=True):
            assert [row["label"] for row in one["labels"]] == [r["label"] for r in other["labels"]]


def test_listed(daemon: Daemon) -> None:
    found = daemon.result("probex/experts")
    METHODS["probex/experts"].check_result(found)
    experts = {expert["name"]: expert for expert in found["experts"]}
    assert (experts["measures"]["property"], experts["measures"]["logarithmic"]) == ("lr", True)
    assert experts["counts"]["logarithmic"] is False
    assert experts["chooses"]["labels"] == COLOURS
    assert not {"members", "calibration", "abstention"} & set(experts["chooses"])
    two = experts["reads-two"]
    assert [member["share"] for member in two["members"]] == [0.25, 0.75]
    first = two["members"][0]
    assert (two["layer"], two["network"]) == (first["layer"], first["network"])
    assert two["calibration"] == {"slope": 0.5, "intercept": 0}
    assert experts["hesitates"]["abstention"] == {"below": 0.9, "errorRate": 0.05}


@pytest.mark.parametrize(
    "expert, option",
    [
        ("measures", {"labels": ["red"]}),
        ("measures", {"threshold": 0.5}),
        ("chooses", {"threshold": 0.5}),
        ("chooses", {"table": "topics"}),
    ],
)
def test_option_of_another_kind(
    daemon: Daemon, models: Models, expert: str, option: dict[str, Json]
) -> None:
    params = {"checkpoint": str(models.paths[0]), "expert": expert} | option
    found = daemon.error("probex/classify", params)
    METHODS["probex/classify"].check_error(found)
    assert found["code"] == error("invalidParams")
    assert [found["data"]["parameter"]] == list(option)


def shown(models: Models, expert: str, form: str, count: int = 1) -> list[str]:
    """The lines of `probexd classify`."""
    command = [binary(), "classify", "--library", models.library, "--expert", expert]
    command += ["--format", form, *models.paths[:count]]
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, timeout=HANG, check=True
    )
    return done.stdout.splitlines()


class TestOnTheTerminal:
    def test_number(self, models: Models) -> None:
        for form_lines in (shown(models, "measures", "human"), shown(models, "counts", "human")):
            (line,) = [line for line in form_lines if "(" in line and "…" in line]
            name, value, low, _, high = line.replace("(", "").replace(")", "").split()
            assert name in ("lr", "steps")
            assert float(low) < float(value) < float(high)
            assert len(value.replace(".", "").strip("0")) <= 6 or "e" in value
        rows = shown(models, "measures", "human", count=3)
        assert all("lr " in row for row in rows[1:4])

    def test_choice(self, models: Models, daemon: Daemon) -> None:
        best = [found["labels"][0]["label"] for found, _ in answers(daemon, models, "chooses")]
        rows = shown(models, "chooses", "human", count=5)[1:6]
        for row, label in zip(rows, best, strict=True):
            assert [colour for colour in COLOURS if colour in row] == [label]

    def test_unsure(self, models: Models) -> None:
        lines = shown(models, "hesitates", "human")
        assert any(line.strip().startswith("unsure:") for line in lines)
        assert all("unsure: " in row for row in shown(models, "hesitates", "human", count=3)[1:4])
        assert not any("unsure" in row for row in shown(models, "is-certain", "human", count=3))
        assert any("unsure" in row for row in shown(models, "wavers", "human"))

    def test_layers(self, models: Models) -> None:
        assert any("layers first, second" in line for line in shown(models, "reads-two", "human"))

    def test_rows(self, models: Models) -> None:
        ((_, expert, tree, label, score, interval),) = [
            line.split("\t") for line in shown(models, "counts", "tsv")
        ]
        assert (expert, tree, label) == ("counts", "small", "steps")
        low, high = map(float, interval.split(".."))
        assert low < float(score) < high
        decisions = [line.split("\t")[5] for line in shown(models, "hesitates", "tsv")]
        assert decisions == ["unsure"] * 3
        decisions = [line.split("\t")[5] for line in shown(models, "chooses", "tsv")]
        assert decisions == [""] * 3
        decisions = {line.split("\t")[5] for line in shown(models, "wavers", "tsv", count=5)}
        assert "unsure" in decisions and decisions <= {"unsure", "yes", "no"}
