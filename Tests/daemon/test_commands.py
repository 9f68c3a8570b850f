"""The command line as a script meets it: output, errors, exit codes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from contract import METHODS, Method, error
from daemon import CHECKPOINTS, HANG, LIBRARY, LORA, ROOT, VIT, binary

USAGE = 64


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(binary()), *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=HANG,
        stdin=subprocess.DEVNULL,
    )


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    return run("call", *arguments, "--library", LIBRARY)


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["serve", "--nobody-knows"],
            ["serve", "--framing", "morse"],
            ["serve", "extra"],
            ["nothing"],
            ["serve", "--log-level", "loud"],
            ["classify"],
            ["call"],
            ["serve", "--library"],
            ["classify", "--top", "0", "--library", LIBRARY, LORA],
            ["classify", "--format", "xml", LORA],
        ],
        ids=lambda arguments: " ".join(map(str, arguments))[:40],
    )
    def test_wrong_arguments(self, arguments: list[str]) -> None:
        """Exit 64 with words on standard error and nothing on standard output."""
        found = run(*arguments)
        assert found.returncode == USAGE
        assert found.stdout == ""
        assert found.stderr

    @pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"], ["--version"]])
    def test_help(self, arguments: list[str]) -> None:
        found = run(*arguments)
        assert (found.returncode, found.stderr) == (0, "")
        assert found.stdout


class TestCall:
    @pytest.mark.parametrize(
        "method", [m for m in METHODS.values() if m.order == "sequential"], ids=lambda m: m.name
    )
    def test_without_params(self, method: Method) -> None:
        found = call(method.name)
        assert (found.returncode, found.stderr) == (0, "")
        method.check_result(json.loads(found.stdout))

    def test_params(self) -> None:
        by_name = call("probex/classify", json.dumps({"checkpoint": str(LORA), "top": 1}))
        by_position = call("probex/classify", json.dumps([str(LORA), None, None, None, 1]))
        assert by_name.returncode == 0
        assert by_name.stdout == by_position.stdout
        METHODS["probex/classify"].check_result(json.loads(by_name.stdout))

    @pytest.mark.parametrize(
        "arguments, name",
        [
            (["nothing"], "methodNotFound"),
            (["probex/classify", '{"checkpoint":1}'], "invalidParams"),
            (["probex/classify", '{"checkpoint":"nowhere"}'], "checkpointNotFound"),
        ],
    )
    def test_errors(self, arguments: list[str], name: str) -> None:
        """The error object on standard error, exit 1."""
        found = call(*arguments)
        assert found.returncode == 1
        assert found.stdout == ""
        assert json.loads(found.stderr)["code"] == error(name)

    @pytest.mark.parametrize("params", ["{", "nothing", "", "3"])
    def test_params_that_are_no_params(self, params: str) -> None:
        found = call("probex/status", params)
        assert found.returncode in (1, USAGE)
        assert found.stdout == "" and found.stderr


class TestClassify:
    def _classify(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return run("classify", "--library", LIBRARY, *arguments)

    def test_json_is_the_result_of_the_daemon(self) -> None:
        found = self._classify("--format", "json", "--top", "2", LORA, "nowhere", VIT)
        assert found.returncode == 1
        params = {"checkpoints": [str(LORA), "nowhere", str(VIT)], "top": 2}
        daemon = json.loads(call("probex/classifyBatch", json.dumps(params)).stdout)
        assert json.loads(found.stdout) == daemon["results"]

    def test_ndjson(self) -> None:
        found = self._classify("--format", "ndjson", "--top", "1", LORA, VIT)
        assert found.returncode == 0
        lines = [json.loads(line) for line in found.stdout.splitlines()]
        assert [line["expert"] for line in lines] == ["lora-topics", "vit-sup-a"]

    def test_tsv(self) -> None:
        found = self._classify("--format", "tsv", "--top", "1", LORA, "nowhere", VIT)
        rows = [line.split("\t") for line in found.stdout.splitlines()]
        assert rows[0][:4] == [str(LORA), "lora-topics", "all-MiniLM-L6-v2", "gathering"]
        assert rows[1][:3] == ["nowhere", "error", "checkpointNotFound"]
        assert rows[2][1] == "vit-sup-a" and rows[2][5] in ("true", "false", "yes", "no")
        assert found.returncode == 1

    def test_tsv_of_odd_names(self) -> None:
        """A tab or newline in a name does not make columns or rows."""
        found = self._classify("--format", "tsv", "a\tb\nc")
        (line,) = found.stdout.splitlines()
        assert line.count("\t") == 3

    def test_human(self) -> None:
        found = self._classify("--format", "human", "--top", "1", LORA, "nowhere")
        assert "gathering" in found.stdout
        assert "nowhere" in found.stdout + found.stderr
        assert "\x1b" not in found.stdout
        assert found.returncode == 1

    def test_human_escapes_control_characters(self) -> None:
        found = self._classify("--format", "human", "\x1b[31mred\nnext")
        assert "\x1b" not in found.stdout + found.stderr

    def test_colour(self) -> None:
        for choice, coloured in (("always", True), ("never", False), ("auto", False)):
            found = self._classify("--format", "human", "--color", choice, "--top", "1", VIT)
            assert ("\x1b[" in found.stdout) is coloured

    def test_missing_library(self, tmp_path: Path) -> None:
        found = run("classify", "--library", tmp_path / "nowhere", LORA)
        assert found.returncode in (66, 69)
        assert found.stdout == "" and "nowhere" in found.stderr

    def test_labels(self) -> None:
        found = self._classify("--format", "json", "--labels", "time,cell", LORA)
        assert {label["label"] for label in json.loads(found.stdout)[0]["labels"]} == {
            "time",
            "cell",
        }


class TestInspect:
    def test_json_is_the_result_of_the_daemon(self) -> None:
        found = run("inspect", "--format", "json", LORA)
        assert found.returncode == 0
        daemon = json.loads(call("probex/inspect", json.dumps([str(LORA)])).stdout)
        value = json.loads(found.stdout)
        assert (value[0] if isinstance(value, list) else value) == daemon

    def test_human(self) -> None:
        found = run("inspect", LORA)
        assert found.returncode == 0
        assert "encoder.layer.5.output.dense" in found.stdout

    def test_missing(self) -> None:
        found = run("inspect", CHECKPOINTS / "nowhere")
        assert found.returncode in (1, 66)
        assert found.stderr or "nowhere" in found.stdout
