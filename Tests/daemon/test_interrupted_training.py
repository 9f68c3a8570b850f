"""`probexd train` as a process: killed and started again, in little memory, over its files."""

from __future__ import annotations

import os
import random
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from daemon import HANG, binary
from safetensors.numpy import save_file

LABELS = ["red", "green", "blue"]
LAYER = "encoder.output.dense"
MB = 1_000_000


def make_zoo(folder: Path, models: int, rows: int, columns: int) -> Path:
    """Models in F16 whose labels are directions in their layer; every fourth is for validation."""
    generator = np.random.default_rng(1)
    directions = generator.standard_normal((len(LABELS), rows, 1), dtype=np.float32)
    for index in range(models):
        answers = generator.random(len(LABELS)) < 0.5
        answers[index % len(LABELS)] = True
        layer = generator.standard_normal((rows, columns), dtype=np.float32)
        layer += 0.3 * (directions * answers[:, None, None]).sum(0)
        path = folder / ("val" if index % 4 == 0 else "train") / f"{index:04}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        labels = repr([label for label, yes in zip(LABELS, answers, strict=True) if yes])
        tensors = {f"{LAYER}.weight": layer.astype(np.float16)}
        save_file(tensors, path, {"dataset_chosen_targets": labels})
    return folder


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_zoo(tmp_path_factory.mktemp("zoo"), 96, 64, 48)


def command(zoo: Path, output: Path, *more: str | int) -> list[str]:
    words = [binary(), "train", zoo, "--kind", "categories", "--layer", LAYER, "--method", "probex"]
    words += ["--probes", 32, "--batch", 16, "--epochs", 60, "--checkpoint-every", 0]
    return [str(word) for word in [*words, *more, "--output", output]]


def train(zoo: Path, output: Path, *more: str | int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(zoo, output, *more), capture_output=True, text=True, timeout=HANG, check=False
    )


def checkpoint(output: Path) -> Path:
    """Hidden, and of an ending that no library loads."""
    return output.parent / f".{output.name}.1.training"


def killed(zoo: Path, output: Path, seconds: float) -> None:
    """A run that is killed some time after it saved itself for the first time."""
    process = subprocess.Popen(command(zoo, output), stderr=subprocess.DEVNULL)
    while not checkpoint(output).exists() and process.poll() is None:
        time.sleep(0.001)
    time.sleep(seconds)
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def whole(zoo: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The expert of a run that nobody interrupted."""
    output = tmp_path_factory.mktemp("whole") / "expert.safetensors"
    assert train(zoo, output).returncode == 0
    assert os.listdir(output.parent) == [output.name]
    return output.read_bytes()


def test_a_run_that_was_killed_again_and_again_ends_with_the_same_bytes(
    zoo: Path, whole: bytes, tmp_path: Path
) -> None:
    output = tmp_path / "expert.safetensors"
    moments = random.Random(1)
    for _ in range(5):
        killed(zoo, output, moments.uniform(0, 0.1))
        if output.exists():
            break
    result = train(zoo, output)
    assert result.returncode == 0, result.stderr
    assert output.read_bytes() == whole
    # What a kill in the middle of writing leaves is hidden too; the checkpoint itself is gone.
    left = [name for name in os.listdir(tmp_path) if not name.endswith(".tmp")]
    assert left == [output.name]


def test_a_run_says_that_it_goes_on(zoo: Path, whole: bytes, tmp_path: Path) -> None:
    output = tmp_path / "expert.safetensors"
    killed(zoo, output, 0)
    result = train(zoo, output)
    assert f"going on from {checkpoint(output)}: " in result.stderr
    assert output.read_bytes() == whole


def test_a_checkpoint_of_another_run_is_refused_and_stays(
    zoo: Path, whole: bytes, tmp_path: Path
) -> None:
    output = tmp_path / "expert.safetensors"
    killed(zoo, output, 0)
    left = checkpoint(output).read_bytes()
    result = train(zoo, output, "--seed", 1)
    assert result.returncode != 0
    assert str(checkpoint(output)) in result.stderr and "another run" in result.stderr
    assert not output.exists() and checkpoint(output).read_bytes() == left
    # Without checkpoints nothing is looked for and nothing removed.
    result = train(zoo, output, "--no-checkpoint")
    assert result.returncode == 0 and output.read_bytes() == whole
    assert checkpoint(output).read_bytes() == left


@pytest.mark.parametrize("memory", ["0", "100K", "1G"])
def test_the_expert_does_not_depend_on_the_memory_for_layers(
    zoo: Path, whole: bytes, tmp_path: Path, memory: str
) -> None:
    output = tmp_path / "expert.safetensors"
    result = train(zoo, output, "--memory", memory, "--threads", 1)
    assert result.returncode == 0, result.stderr
    assert output.read_bytes() == whole


def peak(words: list[str]) -> int:
    """The largest memory of a process, in bytes (VmHWM)."""
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return usage.ru_maxrss * 1024


def test_training_takes_the_zoo_six_networks_and_300_mb(tmp_path: Path) -> None:
    models, rows, columns, probes, representation = 400, 512, 768, 128, 1536
    zoo = make_zoo(tmp_path / "zoo", models, rows, columns)
    layers = 2 * models * rows * columns
    width = probes * probes
    parameters = 4 * (probes * (rows + columns) + representation * (width + 1 + len(LABELS)))
    words = ["--probes", probes, "--representation", representation, "--batch", 128]
    words += ["--epochs", 2]
    held = peak(command(zoo, tmp_path / "held.safetensors", *words, "--threads", 2))
    assert held <= layers + 6 * parameters + 300 * MB
    # In their files, the layers of two batches are in memory and no more.
    batches = 2 * 2 * 128 * rows * columns
    streamed = peak(command(zoo, tmp_path / "streamed.safetensors", *words, "--memory", "0"))
    assert streamed <= batches + 6 * parameters + 300 * MB
    assert (tmp_path / "held.safetensors").read_bytes() == (
        tmp_path / "streamed.safetensors"
    ).read_bytes()
