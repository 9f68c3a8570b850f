"""`probexd train`, `evaluate` and `compare` as a script meets them, with every figure computed a
second time from what `classify` answers."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from small import COLOURS, COLUMNS, ROWS, Labels, one_of_three, tenths, two_of_three, write_zoo
from test_commands import USAGE, run

NO_INPUT, BAD_DATA, CANNOT_CREATE = 66, 65, 73
SMALL = ["--label-key", "colours", "--epochs", "8", "--probes", "4", "--representation", "5"]
SMALL += ["--batch", "16", "--rate", "0.01"]
KINDS: list[tuple[str, Labels]] = [
    ("categories", two_of_three),
    ("text", one_of_three),
    ("choice", one_of_three),
    ("number", tenths),
]


def texts(library: Path, kind: str) -> list[str]:
    table = library / "texts" / "colours.safetensors"
    return ["--texts", str(table)] if kind == "text" else []


def expected_calibration_error(said: list[tuple[float, bool]]) -> float:
    """Over 15 bins of equal width."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, right in said:
        bins[min(14, int(confidence * 15))].append((confidence, right))
    gaps = (abs(sum(c for c, _ in own) - sum(r for _, r in own)) for own in bins.values())
    return sum(gaps) / len(said)


class TestTrain:
    @pytest.mark.parametrize("method", ["probex", "mvprobe", "best"])
    @pytest.mark.parametrize("kind, labels", KINDS, ids=[kind for kind, _ in KINDS])
    def test_and_evaluate(
        self, library: Path, tmp_path: Path, kind: str, labels: Labels, method: str
    ) -> None:
        zoo = write_zoo(tmp_path / "zoo", labels)
        expert = library / "experts" / "mine.safetensors"
        expert.parent.mkdir()
        asked = ["train", zoo, "--kind", kind, "--method", method, "-o", expert, *SMALL]
        found = run(*asked, *texts(library, kind))
        assert found.returncode == 0, found.stderr
        assert "reading models 64 of 64" in found.stderr
        assert ("epoch 8 of 8" in found.stderr) == (method != "best")
        assert "reading models" not in found.stdout and " of 8" not in found.stdout
        head, *rows = found.stdout.splitlines()
        assert head.split()[:3] == ["split", "models", "R²" if kind == "number" else "accuracy"]
        counts = [row.split()[:2] for row in rows[:3]]
        assert counts == [["train", "40"], ["val", "12"], ["test", "12"]]
        assert f"wrote {expert}" in rows[-1]
        assert len({len(line.rstrip()) for line in [head, *rows[:3]]}) == 1, "columns line up"

        judged = run("evaluate", expert, zoo, "--format", "json", "--quiet")
        assert (judged.returncode, judged.stderr) == (0, "")
        report = json.loads(judged.stdout)
        assert report["kind"] == kind and report["skipped"] == []
        split = report["splits"][2]
        assert (split["split"], split["models"]) == ("test", 12)
        names = [zoo / "test" / f"model_{number:04d}" for number in range(12)]
        narrow = ["--labels", ",".join(COLOURS)] if kind == "text" else []
        answered = run("classify", *names, "--library", library, "--format", "ndjson", *narrow)
        assert answered.returncode == 0, answered.stderr
        answers = [json.loads(line) for line in answered.stdout.splitlines()]
        self.check(kind, split, answers, [labels(number) for number in range(12)])
        human = run("evaluate", expert, zoo, "--quiet")
        assert human.returncode == 0 and "test " in human.stdout

    @staticmethod
    def check(kind: str, split: dict, answers: list[dict], right: list[list[str]]) -> None:
        if kind == "number":
            values = [answer["number"]["value"] for answer in answers]
            real = [float(labels[0]) for labels in right]
            error = sum(abs(a - b) for a, b in zip(values, real, strict=True)) / len(real)
            assert split["absoluteError"] == pytest.approx(error, rel=1e-4)
            assert split["labels"] == [] and "calibrationError" not in split
            return
        said: list[tuple[float, bool]] = []
        for answer, labels in zip(answers, right, strict=True):
            if kind == "categories":
                for row in answer["labels"]:
                    share = row["probability"]
                    is_right = (share > 0.5) == (row["label"] in labels)
                    said.append((max(share, 1 - share), is_right))
            else:
                first = answer["labels"][0]
                said.append((first["probability"], first["label"] == labels[0]))
        share = sum(is_right for _, is_right in said) / len(said)
        assert split["accuracy"] == pytest.approx(share, abs=1e-6)
        error = expected_calibration_error(said)
        assert split["calibrationError"] == pytest.approx(error, abs=1e-5)
        assert [row["label"] for row in split["labels"]] == COLOURS
        for row in split["labels"]:
            assert row["models"] == sum(row["label"] in labels for labels in right)

    def test_published_tensors(self, zoo: Path, tmp_path: Path) -> None:
        """Names and shapes that the published ProbeX loads."""
        expert = tmp_path / "expert.safetensors"
        assert run("train", zoo, "--method", "probex", "-o", expert, *SMALL).returncode == 0
        shapes = {name: array.shape for name, array in load_file(expert).items()}
        assert shapes == {
            "probes.weight": (COLUMNS, 4),
            "shared_probe_proj.weight": (4, ROWS),
            "per_probe_encoders.weight": (5, 16),
            "per_probe_encoders.bias": (5,),
            "classification_head.weight": (3, 5),
            "classification_head.bias": (3,),
        }

    def test_quiet(self, zoo: Path, tmp_path: Path) -> None:
        expert = tmp_path / "expert.safetensors"
        found = run("train", zoo, "-o", expert, "--quiet", *SMALL)
        assert (found.returncode, found.stderr) == (0, "")

    def test_small_errors_keep_their_digits(self, tmp_path: Path) -> None:
        def rates(number: int) -> list[str]:
            return [str((number % 10 + 1) / 100_000)]

        zoo = write_zoo(tmp_path / "zoo", rates)
        expert = tmp_path / "rate.safetensors"
        found = run("train", zoo, "--kind", "number", "-o", expert, "--quiet", *SMALL)
        assert found.returncode == 0, found.stderr
        head, first, *_ = found.stdout.splitlines()
        cells = dict(zip(re.split(r"  +", head), first.split(), strict=True))
        assert 0 < float(cells["mean error"]) < 1e-3


class TestExitCodes:
    @pytest.mark.parametrize(
        "arguments, code",
        [
            (["train", "ZOO"], USAGE),
            (["train"], USAGE),
            (["train", "ZOO", "-o", "OUT", "--kind", "text"], USAGE),
            (["train", "ZOO", "-o", "OUT", "--texts", "TABLE"], USAGE),
            (["train", "ZOO", "-o", "OUT", "--threads", "3"], USAGE),
            (["train", "ZOO", "-o", "OUT", "--epochs", "0"], USAGE),
            (["train", "ZOO", "-o", "OUT", "--rate", "0"], USAGE),
            (["train", "ZOO", "-o", "OUT", "--rate", "nan"], USAGE),
            (["train", "ZOO", "-o", "OUT", "--temperature", "hot"], USAGE),
            (["train", "ZOO", "-o", "OUT", "--input-scale", "0"], USAGE),
            (["train", "ZOO", "-o", "OUT", "--method", "magic"], USAGE),
            (["train", "ZOO", "-o", "OUT", "--layer", "no.such"], USAGE),
            (["train", "/no/such/zoo", "-o", "OUT"], NO_INPUT),
            (["train", "/no/such.csv", "-o", "OUT"], NO_INPUT),
            (["train", "ZOO", "-o", "/no/such/folder/x"], CANNOT_CREATE),
            (["train", "/no/such/zoo", "--sweep", "-o", "OUT"], NO_INPUT),
            (["train", "ZOO", "--sweep", "-o", "/no/such/folder/x"], CANNOT_CREATE),
            (["train", "ZOO", "--sweep", "-o", "OUT", "--layer", "no.such"], BAD_DATA),
            (["evaluate", "TABLE", "ZOO"], BAD_DATA),
            (["evaluate", "/no/such/expert", "ZOO"], NO_INPUT),
            (["evaluate", "EXPERT", "/no/such/zoo"], NO_INPUT),
            (["evaluate", "EXPERT", "ZOO", "--candidates", "/no/such/file"], NO_INPUT),
            (["evaluate", "EXPERT", "ZOO", "--texts", "TABLE"], USAGE),
            (["evaluate", "EXPERT", "ZOO", "--label-key", "base_model"], USAGE),
            (["evaluate", "EXPERT", "ZOO", "--label-key", "tastes"], USAGE),
            (["compare", "ZOO", "--methods", "magic"], USAGE),
            (["compare", "ZOO", "--methods", "best,best"], USAGE),
            (["compare", "ZOO", "--methods", ""], USAGE),
            (["compare", "ZOO", "--seeds", "0"], USAGE),
            (["compare", "ZOO", "--candidates", "FILE"], USAGE),
            (["compare", "/no/such/zoo"], NO_INPUT),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
    )
    def test_code(
        self, arguments: list[str], code: int, zoo: Path, library: Path, tmp_path: Path
    ) -> None:
        """Words on standard error, nothing on standard output, no file."""
        output = tmp_path / "out"
        expert = tmp_path / "expert.safetensors"
        if "EXPERT" in arguments:
            assert run("train", zoo, "-o", expert, "--quiet", *SMALL).returncode == 0
        names = {"ZOO": zoo, "OUT": output, "EXPERT": expert}
        names["TABLE"] = library / "texts" / "colours.safetensors"
        key = [] if "--label-key" in arguments or "evaluate" in arguments else SMALL[:2]
        found = run(*(names.get(word, word) for word in arguments), *key)
        assert found.returncode == code, found.stderr
        assert found.stdout == "" and found.stderr
        assert not output.is_file() and not list(output.glob("*"))
        if "/no/such/zoo" in arguments:
            assert not output.exists()


class TestSweep:
    def test_twice(self, zoo: Path, tmp_path: Path) -> None:
        folder = tmp_path / "sweep"
        asked = ["train", zoo, "--sweep", "-o", folder, *SMALL]
        first = run(*asked)
        assert first.returncode == 0 and "layer 1 of 1: layer" in first.stderr
        (file,) = folder.iterdir()
        before = (file.read_bytes(), file.stat().st_mtime_ns)
        head, row = first.stdout.splitlines()
        assert head.split() == ["layer", "val", "test", "expert"]
        assert row.split()[0] == "layer" and row.split()[-1] == str(file)
        second = run(*asked, "--quiet")
        assert (second.returncode, second.stderr) == (0, "")
        assert second.stdout.splitlines()[1].endswith("(was there)")
        assert (file.read_bytes(), file.stat().st_mtime_ns) == before


class TestCompare:
    def test_json_and_table(self, zoo: Path) -> None:
        asked = ["compare", zoo, "--methods", "ridge,probex,best", "--seeds", "2", *SMALL]
        found = run(*asked, "--format", "json", "--seed", "3")
        assert found.returncode == 0, found.stderr
        assert "probex, seed 4" in found.stderr
        report = json.loads(found.stdout)
        assert report["layer"] == "layer"
        rows = {row["method"]: row for row in report["methods"]}
        assert list(rows) == ["ridge", "probex", "best"] and rows["best"]["differences"] == []
        for row in rows.values():
            assert [one["seed"] for one in row["runs"]] == [3, 4]
            assert all(set(one["accuracy"]) == {"val", "test"} for one in row["runs"])
            assert all(one["seconds"] >= 0 for one in row["runs"])
        (difference,) = rows["ridge"]["differences"]
        assert difference["low"] <= difference["mean"] <= difference["high"]
        human = run(*asked, "--quiet")
        assert (human.returncode, human.stderr) == (0, "")
        table = [line for line in human.stdout.splitlines() if line.startswith("|")]
        assert len(table) == 5 and len({line.count("|") for line in table}) == 1
        assert "2 seeds" in human.stdout and "layer layer" in human.stdout


class TestHelp:
    @pytest.mark.parametrize("command", ["train", "evaluate", "compare"])
    def test_every_option_once(self, command: str) -> None:
        found = run(command, "--help")
        assert (found.returncode, found.stderr) == (0, "")
        options = re.findall(r"^  (?:-\w, )?(--[a-z-]+)", found.stdout, re.MULTILINE)
        assert len(options) == len(set(options)) and "--quiet" in options
        for word in ("nil", "Optional", "inf", "nan"):
            assert not re.search(rf"default: [^)]*\b{word}\b", found.stdout)
        assert "(default: )" not in found.stdout
