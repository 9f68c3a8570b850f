"""Checkpoints that are missing, odd, forbidden, broken or huge: a typed error, never a hang."""

from __future__ import annotations

import io
import json
import os
import socket
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy
import pytest
from safetensors.numpy import save_file

from contract import METHODS, error
from daemon import LIBRARY, LORA, ROOT, VIT, Daemon
from wire import Json

INSPECT = METHODS["probex/inspect"]
CLASSIFY = METHODS["probex/classify"]
VIT_FILE = next(VIT.glob("snapshots/*/model.safetensors"))


def refused(daemon: Daemon, name: str | Path, *kinds: str) -> Json:
    """The error of a checkpoint, which is of one of these kinds, for `inspect` and `classify`."""
    for method in (INSPECT, CLASSIFY):
        found = daemon.error(method.name, {"checkpoint": str(name)})
        method.check_error(found)
        assert found["data"]["name"] in kinds, found
        assert all(found["data"][part] for part in ("subject", "problem", "remedy"))
    return found


def zipped(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, content)
    return file.getvalue()


class TestKinds:
    def test_missing(self, shared: Daemon, tmp_path: Path) -> None:
        found = refused(shared, tmp_path / "nothing.safetensors", "checkpointNotFound")
        assert found["data"]["subject"] == str(tmp_path / "nothing.safetensors")
        refused(shared, "nobody/not-in-the-cache", "checkpointNotFound")

    def test_folders(self, shared: Daemon, tmp_path: Path) -> None:
        refused(shared, tmp_path, "notACheckpoint")
        refused(shared, "/", "notACheckpoint")
        refused(shared, "/proc", "notACheckpoint")

    @pytest.mark.parametrize(
        "path", ["/dev/zero", "/dev/null", "/dev/stdin", "/dev/full", "/dev/tty", "/dev/random"]
    )
    def test_devices(self, shared: Daemon, path: str) -> None:
        refused(shared, path, "notACheckpoint", "unreadableFile")

    def test_process_files(self, shared: Daemon) -> None:
        refused(shared, "/proc/self/mem", "notACheckpoint", "malformedCheckpoint", "unreadableFile")
        refused(shared, "/proc/self/status", "notACheckpoint", "malformedCheckpoint")

    def test_pipes_and_sockets(self, shared: Daemon, tmp_path: Path) -> None:
        """Opening a pipe that nobody writes would wait for ever."""
        os.mkfifo(tmp_path / "pipe.safetensors")
        refused(shared, tmp_path / "pipe.safetensors", "notACheckpoint")
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(tmp_path / "socket.safetensors"))
            refused(shared, tmp_path / "socket.safetensors", "notACheckpoint")

    def test_other_files(self, shared: Daemon) -> None:
        refused(
            shared,
            ROOT / "Package.swift",
            "notACheckpoint",
            "unsupportedFormat",
            "malformedCheckpoint",
        )

    @pytest.mark.parametrize(
        "name, content",
        [
            ("model.gguf", b"GGUF" + bytes(100)),
            ("pytorch_model.bin", zipped("archive/data.pkl", b"\x80\x02}q\x00.")),
            ("old.pt", b"\x80\x02\x8a\x0a" + bytes(100)),
        ],
    )
    def test_formats_of_later(
        self, shared: Daemon, tmp_path: Path, name: str, content: bytes
    ) -> None:
        """Pickles are recognised and never opened as such."""
        (tmp_path / name).write_bytes(content)
        refused(shared, tmp_path / name, "unsupportedFormat")


class TestPermissions:
    @pytest.fixture
    def unprivileged(self) -> Any:
        """A daemon that is not root, where root would be allowed everything."""
        prefix: list[str] = []
        if os.geteuid() == 0:
            prefix = [
                "setpriv",
                "--reuid=65534",
                "--regid=65534",
                "--clear-groups",
                "--inh-caps=-all",
            ]
        with Daemon(prefix=prefix, environment={"HOME": "/nonexistent"}) as daemon:
            yield daemon

    def test_unreadable(self, unprivileged: Daemon, tmp_path: Path) -> None:
        for folder in (tmp_path, *tmp_path.parents[:2]):
            folder.chmod(0o755)
        model = tmp_path / "model.safetensors"
        model.write_bytes(VIT_FILE.read_bytes())
        assert "result" in unprivileged.call("probex/inspect", [str(model)])
        model.chmod(0)
        found = refused(unprivileged, model, "unreadableFile")
        assert "ermission" in found["data"]["problem"]
        model.chmod(0o644)
        (tmp_path / "closed").mkdir()
        (tmp_path / "closed" / "model.safetensors").write_bytes(VIT_FILE.read_bytes())
        (tmp_path / "closed").chmod(0)
        refused(unprivileged, tmp_path / "closed" / "model.safetensors", "unreadableFile")
        refused(unprivileged, tmp_path / "closed", "unreadableFile")
        (tmp_path / "closed").chmod(0o755)


class TestLinks:
    def test_loop(self, shared: Daemon, tmp_path: Path) -> None:
        (tmp_path / "loop.safetensors").symlink_to(tmp_path / "loop.safetensors")
        refused(shared, tmp_path / "loop.safetensors", "unreadableFile", "checkpointNotFound")

    def test_dangling(self, shared: Daemon, tmp_path: Path) -> None:
        (tmp_path / "gone.safetensors").symlink_to(tmp_path / "nowhere")
        refused(shared, tmp_path / "gone.safetensors", "checkpointNotFound")

    def test_chains(self, shared: Daemon, tmp_path: Path) -> None:
        target = VIT_FILE
        for number in range(45):
            link = tmp_path / f"{number}.safetensors"
            link.symlink_to(target)
            target = link
        assert "result" in shared.call("probex/inspect", [str(tmp_path / "30.safetensors")])
        refused(shared, tmp_path / "44.safetensors", "unreadableFile", "checkpointNotFound")

    def test_folder_in_itself(self, shared: Daemon, tmp_path: Path) -> None:
        (tmp_path / "again").symlink_to(tmp_path)
        refused(shared, tmp_path, "notACheckpoint")


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "~root",
            "~",
            "$HOME",
            "${HOME}",
            "*",
            "*.safetensors",
            "-rf",
            "--help",
            "; ls",
            "$(ls)",
            "`ls`",
            "|ls",
            "a\nb",
            "\x1b[31m",
            "\u202e",
            "..",
            "../../../../etc/passwd",
            "%2Fetc%2Fpasswd",
            "file://host/model",
            "http://localhost/model",
            "x" * 5000,
            "a/" * 2000,
            " ",
            "…",
        ],
    )
    def test_are_data(self, shared: Daemon, name: str) -> None:
        refused(
            shared,
            name,
            "checkpointNotFound",
            "notACheckpoint",
            "unreadableFile",
            "unsupportedFormat",
            "malformedCheckpoint",
        )

    @pytest.mark.parametrize(
        "name", ["ü €.safetensors", "a b", "50%", "a#b?c", "-rf", "line\nbreak", "*"]
    )
    def test_odd_names_work(self, shared: Daemon, tmp_path: Path, name: str) -> None:
        path = tmp_path / name
        path.mkdir()
        for file in LORA.iterdir():
            (path / file.name).write_bytes(file.read_bytes())
        found = shared.result("probex/inspect", [str(path)])
        assert found["path"] == str(path)

    def test_file_uri(self, shared: Daemon, tmp_path: Path) -> None:
        path = tmp_path / "ä b%.safetensors"
        path.write_bytes(VIT_FILE.read_bytes())
        assert shared.result("probex/inspect", [path.as_uri()])["path"] == str(path)
        refused(shared, "file:///a%00b", "checkpointNotFound", "notACheckpoint")


def raw(header: bytes, data: bytes = b"", length: int | None = None) -> bytes:
    return struct.pack("<Q", len(header) if length is None else length) + header + data


def tensor(**changes: Any) -> bytes:
    entry = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]} | changes
    return json.dumps({"a": entry}).encode()


BROKEN: dict[str, bytes] = {
    "empty": b"",
    "seven bytes": bytes(7),
    "length 0": raw(b""),
    "length beyond file": raw(b"{}", length=1 << 20),
    "length 2^64-1": raw(b"{}", length=2**64 - 1),
    "length 2^63": raw(b"{}", length=2**63),
    "length 100,000,001": raw(b"{}", length=100_000_001),
    "not UTF-8": raw(b'{"\xff":1}'),
    "not JSON": raw(b"{nothing}"),
    "not an object": raw(b"[1,2,3]"),
    "duplicate names": raw(
        b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},'
        b'"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'
    ),
    "deep": raw(b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    "reversed offsets": raw(tensor(data_offsets=[16, 0]), bytes(16)),
    "past the end": raw(tensor(data_offsets=[0, 16]), bytes(8)),
    "wrong size": raw(tensor(shape=[3, 3]), bytes(16)),
    "hole": raw(tensor(data_offsets=[16, 32]), bytes(32)),
    "left over": raw(tensor(), bytes(20)),
    "negative shape": raw(tensor(shape=[-2, -2]), bytes(16)),
    "overflowing shape": raw(tensor(shape=[2**62, 2**62]), bytes(16)),
    "unknown dtype": raw(tensor(dtype="F33"), bytes(16)),
    "shape of strings": raw(tensor(shape=["2", "2"]), bytes(16)),
    "metadata of numbers": raw(b'{"__metadata__":{"a":1}}'),
    "overlap": raw(
        b'{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},'
        b'"b":{"dtype":"U8","shape":[8],"data_offsets":[4,12]}}',
        bytes(12),
    ),
}


class TestBrokenFiles:
    @pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
    def test_typed_error(self, shared: Daemon, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "model.safetensors"
        path.write_bytes(content)
        refused(
            shared,
            path,
            "malformedCheckpoint",
            "limitExceeded",
            "unsupportedFormat",
            "notACheckpoint",
        )

    def test_million_tensors(self, tmp_path: Path) -> None:
        names = (
            f'"{number}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'
            for number in range(1_000_000)
        )
        path = tmp_path / "model.safetensors"
        path.write_bytes(raw(("{" + ",".join(names) + "}").encode()))
        with Daemon() as daemon:
            found = refused(daemon, path, "limitExceeded")
            assert "16" in found["data"]["problem"]
            daemon.lives()

    def test_truncated_anywhere(self, shared: Daemon, tmp_path: Path) -> None:
        """Every length of the header part, and some of the data part."""
        whole = VIT_FILE.read_bytes()
        start = 8 + struct.unpack("<Q", whole[:8])[0]
        path = tmp_path / "model.safetensors"
        for end in [*range(0, start + 20, 3), *range(start, len(whole), 4001), len(whole) - 1]:
            path.write_bytes(whole[:end])
            found = shared.error("probex/inspect", [str(path)])
            assert found["data"]["name"] in ("malformedCheckpoint", "notACheckpoint"), (end, found)

    def test_huge_sparse_file(self, tmp_path: Path) -> None:
        """100 GB of which one layer is read."""
        size = 100 * 10**9 // 4
        header = json.dumps(
            {
                "big": {"dtype": "F32", "shape": [size], "data_offsets": [0, 4 * size]},
                "layer.3.intermediate.weight": {
                    "dtype": "F32",
                    "shape": [384, 96],
                    "data_offsets": [4 * size, 4 * size + 147_456],
                },
            }
        ).encode()
        path = tmp_path / "model.safetensors"
        with path.open("wb") as file:
            file.write(raw(header))
            file.truncate(8 + len(header) + 4 * size + 147_456)
        with Daemon() as daemon:
            daemon.lives()
            before = daemon.resident()
            assert daemon.result("probex/inspect", [str(path)])["parameters"] == size + 384 * 96
            assert "result" in daemon.call("probex/classify", [str(path)])
            assert daemon.resident() - before < 32 << 20


class TestNumbers:
    def _model(self, tmp_path: Path, values: numpy.ndarray) -> str:
        path = tmp_path / "model.safetensors"
        save_file({"layer.3.intermediate.weight": values}, path)
        return str(path)

    @pytest.mark.parametrize("value", [numpy.nan, numpy.inf, -numpy.inf])
    def test_not_finite(self, shared: Daemon, tmp_path: Path, value: float) -> None:
        values = numpy.zeros((384, 96), numpy.float32)
        values[200, 17] = value
        found = shared.error("probex/classify", [self._model(tmp_path, values)])
        assert found["data"]["name"] == "notFinite"

    @pytest.mark.parametrize("value", [0.0, 1.0, 1e-45, -1e-42])
    def test_defined(self, shared: Daemon, tmp_path: Path, value: float) -> None:
        values = numpy.full((384, 96), value, numpy.float32)
        CLASSIFY.check_result(shared.result("probex/classify", [self._model(tmp_path, values)]))

    def test_too_large(self, shared: Daemon, tmp_path: Path) -> None:
        values = numpy.full((384, 96), 3e38, numpy.float32)
        values[::2] *= -1
        response = shared.call("probex/classify", [self._model(tmp_path, values)])
        if "error" in response:
            assert response["error"]["data"]["name"] == "notFinite"
        else:
            CLASSIFY.check_result(response["result"])

    @pytest.mark.parametrize("shape", [(96, 384), (384, 95), (384,), (0, 96), (1, 384, 96)])
    def test_wrong_shape(self, shared: Daemon, tmp_path: Path, shape: tuple[int, ...]) -> None:
        model = self._model(tmp_path, numpy.zeros(shape, numpy.float32))
        found = shared.error("probex/classify", {"checkpoint": model, "expert": "vit-sup-a"})
        assert found["data"]["name"] in ("wrongShape", "layerNotFound")
        found = shared.error("probex/classify", {"checkpoint": model})
        assert found["data"]["name"] == "noExpertFits"
        assert "vit-sup-a" in found["data"]["problem"]

    def test_integers_are_no_weights(self, shared: Daemon, tmp_path: Path) -> None:
        model = self._model(tmp_path, numpy.zeros((384, 96), numpy.int8))
        found = shared.error("probex/classify", {"checkpoint": model, "expert": "vit-sup-a"})
        assert found["data"]["name"] in ("unsupportedFormat", "layerNotFound", "wrongShape")


class TestReplacement:
    def test_replaced_between_requests(self, shared: Daemon, tmp_path: Path) -> None:
        """Nothing is remembered by path."""
        path = tmp_path / "model.safetensors"
        first, second = (p / "adapter_model.safetensors" for p in sorted(LORA.parent.iterdir())[:2])
        path.write_bytes(first.read_bytes())
        before = shared.result("probex/inspect", [str(path)])
        path.write_bytes(second.read_bytes())
        after = shared.result("probex/inspect", [str(path)])
        assert before["metadata"]["topic_name"] != after["metadata"]["topic_name"]


class TestLibraryFolder:
    def test_broken_files_are_problems(self, tmp_path: Path) -> None:
        """One broken file is told, and the rest is served."""
        library = tmp_path / "library"
        for folder in ("experts", "texts"):
            (library / folder).mkdir(parents=True)
            for file in (LIBRARY / folder).iterdir():
                (library / folder / file.name).write_bytes(file.read_bytes())
            (library / folder / "empty.safetensors").write_bytes(b"")
            (library / folder / "broken.safetensors").write_bytes(raw(b"{nothing}"))
        (library / "experts" / "other.safetensors").write_bytes(VIT_FILE.read_bytes())
        (library / "experts" / "notes.txt").write_text("not ours")
        with Daemon(library=library) as daemon:
            status = daemon.result("probex/status")
            METHODS["probex/status"].check_result(status)
            assert (status["library"]["experts"], status["library"]["texts"]) == (2, 1)
            problems = {(Path(p["path"]).name, p["code"]) for p in status["library"]["problems"]}
            assert problems == {
                ("empty.safetensors", error("malformedExpert")),
                ("broken.safetensors", error("malformedExpert")),
                ("other.safetensors", error("malformedExpert")),
                ("empty.safetensors", error("malformedTable")),
                ("broken.safetensors", error("malformedTable")),
            }
            assert "result" in daemon.call("probex/classify", [str(LORA)])
            assert "broken.safetensors" in daemon.log()

    @pytest.mark.parametrize("name", ["nowhere", "file"])
    def test_no_library(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "file").write_text("")
        with Daemon(library=tmp_path / name) as daemon:
            status = daemon.result("probex/status")["library"]
            assert (status["experts"], status["texts"]) == (0, 0)
            assert status["problems"]
            assert daemon.error("probex/classify", [str(LORA)])["code"] == error("noExpertFits")
            assert "result" in daemon.call("probex/inspect", [str(LORA)])

    def test_table_missing(self, tmp_path: Path) -> None:
        (tmp_path / "texts").mkdir()
        (tmp_path / "experts").symlink_to(LIBRARY / "experts")
        with Daemon(library=tmp_path) as daemon:
            (problem,) = daemon.result("probex/status")["library"]["problems"]
            assert problem["code"] == error("unknownTable")
            assert daemon.error("probex/classify", [str(LORA)])["code"] == error("unknownTable")
            assert daemon.result("probex/embed", [str(LORA)])["dimension"] == 128

    def test_removed_while_resident(self, tmp_path: Path) -> None:
        """An expert in memory does not need its file any more."""
        library = tmp_path / "library"
        for folder in ("experts", "texts"):
            (library / folder).mkdir(parents=True)
            for file in (LIBRARY / folder).iterdir():
                (library / folder / file.name).write_bytes(file.read_bytes())
        with Daemon(library=library) as daemon:
            before = daemon.result("probex/classify", [str(LORA)])
            for file in library.rglob("*.safetensors"):
                file.unlink()
            assert daemon.result("probex/classify", [str(LORA)]) == before
