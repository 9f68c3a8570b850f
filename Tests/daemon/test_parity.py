"""Every answer of the reference, through the daemon: the published PyTorch code is the oracle.

Needs the folders of the zoo and of the reference answers in PROBEXD_ZOO and PROBEXD_REFERENCE, and
is skipped without them. The reference experts are imported by `probexd import`, as a user would.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

import wire
from daemon import LIBRARY, Daemon, binary
from wire import Json

ZOO = os.environ.get("PROBEXD_ZOO")
REFERENCE = os.environ.get("PROBEXD_REFERENCE")
pytestmark = pytest.mark.skipif(
    not (ZOO and REFERENCE), reason="PROBEXD_ZOO and PROBEXD_REFERENCE name no folders"
)

# Ours is another order of summation of the same single-precision products.
TOLERANCE = 1e-4
# Below this distance between its own numbers PyTorch's decision is a matter of rounding.
MARGIN = 2e-4
# The answers of a batch of 32 come from one product for all of them.
BATCH = 32
# So many requests are sent before their answers are read.
WINDOW = 64


@dataclass(frozen=True)
class Expert:
    """One folder of the reference, and what its files do not say."""

    name: str
    zoo: str
    tree: str
    base: str
    input: str

    @property
    def folder(self) -> Path:
        return Path(REFERENCE or "") / self.name

    @property
    def facts(self) -> Json:
        return json.loads((self.folder / "facts.json").read_text())

    def is_text(self) -> bool:
        return self.input == "lora"

    def splits(self) -> Iterator[tuple[list[str], list[str], np.ndarray, np.ndarray | None]]:
        """For each split the files, the labels, PyTorch's logits and its representations."""
        answers = load_file(self.folder / "answers.safetensors")
        with safe_open(self.folder / "answers.safetensors", "np") as file:
            metadata = file.metadata()
        labels = self.facts["labels"]
        for split in sorted(name.removeprefix("files.") for name in metadata):
            paths = json.loads(metadata[f"files.{split}"])
            files = [str(Path(ZOO or "") / self.zoo / path) for path in paths]
            if self.is_text():
                candidates = labels["held" if split.endswith("holdout") else "seen"]
            else:
                candidates = labels
            yield files, candidates, answers[f"logits.{split}"], answers.get(
                f"representation.{split}"
            )


MINILM = "sentence-transformers/all-MiniLM-L6-v2"
EXPERTS = [
    Expert("lora-topics", "lora-topics", "all-MiniLM-L6-v2", MINILM, "lora"),
    Expert("lora-topics-small", "lora-topics", "all-MiniLM-L6-v2", MINILM, "lora"),
    Expert("vit-sup-a", "vit-sup-a", "vit-sup-a", "zoo/vit-sup-a", "full"),
    Expert("vit-sup-a-small", "vit-sup-a", "vit-sup-a", "zoo/vit-sup-a", "full"),
    Expert("mvprobe-small", "vit-sup-a", "vit-sup-a", "zoo/vit-sup-a", "full"),
]
every_expert = pytest.mark.parametrize("expert", EXPERTS, ids=lambda expert: expert.name)


def import_expert(expert: Expert, library: Path, folder: Path) -> None:
    """Makes the published file a self-describing one, by the command that the README shows."""
    facts = expert.facts
    if expert.is_text():
        answers = ["--texts", str(library / "texts" / "topics.safetensors")]
    else:
        labels = folder / f"{expert.name}.txt"
        labels.write_text("".join(label + "\n" for label in facts["labels"]))
        answers = ["--labels", str(labels)]
    command = [str(binary()), "import", str(expert.folder / "expert.safetensors")]
    command += ["--tree", expert.tree, "--layer", facts["layer"], "--base", expert.base]
    command += ["--input", expert.input, *answers]
    command += ["-o", str(library / "experts" / f"{expert.name}.safetensors")]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=60)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("parity")
    library = folder / "library"
    (library / "experts").mkdir(parents=True)
    (library / "texts").mkdir()
    topics = Path(ZOO or "") / "lora-topics" / "texts.safetensors"
    shutil.copyfile(topics, library / "texts" / "topics.safetensors")
    for expert in EXPERTS:
        import_expert(expert, library, folder)
    return library


@pytest.fixture(scope="module", params=[wire.NDJSON, wire.LSP])
def daemon(request: pytest.FixtureRequest, library: Path) -> Iterator[Daemon]:
    """One daemon with all the experts for each framing."""
    with Daemon(framing=request.param, library=library) as running:
        if request.param == wire.LSP:
            running.initialize()
        assert running.result("probex/status")["library"]["experts"] == len(EXPERTS)
        yield running


@pytest.mark.parametrize(
    "imported, bundled",
    [("lora-topics-small", "lora-topics"), ("vit-sup-a-small", "vit-sup-a")],
)
def test_import_writes_the_bundled_expert(library: Path, imported: str, bundled: str) -> None:
    """The generator of the example knows nothing of our writer: equal bytes mean equal rules."""
    ours = library / "experts" / f"{imported}.safetensors"
    theirs = LIBRARY / "experts" / f"{bundled}.safetensors"
    assert ours.read_bytes() == theirs.read_bytes()


@every_expert
def test_export_gives_the_published_file_back(
    library: Path, expert: Expert, tmp_path: Path
) -> None:
    source = library / "experts" / f"{expert.name}.safetensors"
    target = tmp_path / "out.safetensors"
    command = [str(binary()), "export", str(source), "-o", str(target)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=60)
    assert contents(target) == contents(expert.folder / "expert.safetensors")


def contents(path: Path) -> tuple[Json, Json]:
    """Metadata and tensors, bit by bit."""
    tensors = load_file(path)
    with safe_open(path, "np") as file:
        metadata = file.metadata()
    return metadata, {name: (str(a.dtype), a.shape, a.tobytes()) for name, a in tensors.items()}


def ask_each(daemon: Daemon, method: str, params: list[Json]) -> list[Json]:
    """The results of many requests, many of them under way at once, in the order asked."""
    results: dict[int, Json] = {}
    for start in range(0, len(params), WINDOW):
        window = list(enumerate(params))[start : start + WINDOW]
        for place, value in window:
            daemon.send(wire.request(method, value, place))
        for response in daemon.responses(len(window)):
            assert "result" in response, response
            results[response["id"]] = response["result"]
    return [results[place] for place in range(len(params))]


def scores(result: Json, labels: list[str], text: bool) -> np.ndarray:
    """The numbers that PyTorch calls logits, in PyTorch's order of labels."""
    found = {row["label"]: row["score" if text else "logit"] for row in result["labels"]}
    assert len(found) == len(labels)
    return np.array([found[label] for label in labels])


def check_close(found: np.ndarray, wanted: np.ndarray, what: str) -> None:
    assert found.shape == wanted.shape, what
    excess = np.abs(found - wanted) / np.maximum(1, np.abs(wanted))
    assert excess.max() <= TOLERANCE, f"{what}: off by {excess.max():.2e}"


def check_categories(result: Json, labels: list[str], wanted: np.ndarray) -> None:
    """Probabilities are the sigmoid of PyTorch's logits; decisions are its decisions."""
    rows = {row["label"]: row for row in result["labels"]}
    for label, logit in zip(labels, wanted.astype(float)):
        probability = 1 / (1 + np.exp(-logit))
        assert abs(rows[label]["probability"] - probability) <= TOLERANCE, (label, result)
        if abs(logit) > MARGIN:
            assert rows[label]["decision"] == (logit > 0), (label, logit, result)


def check_ranking(result: Json, labels: list[str], wanted: np.ndarray) -> None:
    """The order is PyTorch's, but for labels that are as good as equal to it."""
    cosines = dict(zip(labels, wanted.astype(float)))
    ranked = [cosines[row["label"]] for row in result["labels"]]
    for better, worse in zip(ranked, ranked[1:]):
        assert better >= worse - MARGIN, result


def check_result(expert: Expert, result: Json, labels: list[str], wanted: np.ndarray) -> None:
    check_close(scores(result, labels, expert.is_text()), wanted, result["checkpoint"])
    if expert.is_text():
        check_ranking(result, labels, wanted)
    else:
        check_categories(result, labels, wanted)


def options(expert: Expert, labels: list[str]) -> Json:
    return {"expert": expert.name} | ({"labels": labels} if expert.is_text() else {})


@every_expert
def test_alone(daemon: Daemon, expert: Expert) -> None:
    for files, labels, logits, _ in expert.splits():
        asked = [{"checkpoint": file} | options(expert, labels) for file in files]
        for result, wanted in zip(ask_each(daemon, "probex/classify", asked), logits, strict=True):
            check_result(expert, result, labels, wanted)


@every_expert
def test_in_batches(daemon: Daemon, expert: Expert) -> None:
    for files, labels, logits, _ in expert.splits():
        batches = [files[start : start + BATCH] for start in range(0, len(files), BATCH)]
        asked = [{"checkpoints": batch} | options(expert, labels) for batch in batches]
        answers = ask_each(daemon, "probex/classifyBatch", asked)
        assert all(answer["failed"] == 0 for answer in answers)
        results = [result for answer in answers for result in answer["results"]]
        assert [result["checkpoint"] for result in results] == files
        for result, wanted in zip(results, logits, strict=True):
            check_result(expert, result, labels, wanted)


@every_expert
def test_representations(daemon: Daemon, expert: Expert) -> None:
    """Against PyTorch's own; where the reference keeps none, through the head to its logits."""
    tensors = load_file(expert.folder / "expert.safetensors")
    for files, _, logits, representations in expert.splits():
        asked = [{"checkpoint": file, "expert": expert.name} for file in files]
        answers = ask_each(daemon, "probex/embed", asked)
        raw = [base64.b64decode(answer["representation"], validate=True) for answer in answers]
        found = np.array([np.frombuffer(bytes_, "<f4") for bytes_ in raw])
        assert all(answer["dimension"] == found.shape[1] for answer in answers)
        if representations is not None:
            check_close(found, representations, expert.name)
        else:
            head = tensors["classification_head.weight"], tensors["classification_head.bias"]
            check_close(found @ head[0].T + head[1], logits, expert.name)
