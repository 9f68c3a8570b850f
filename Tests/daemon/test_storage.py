"""A storage that fails or does not answer, by a library that is loaded before all others."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract import METHODS, error
from daemon import LORA, VIT, Daemon, lsp
from wire import request

COMPILER = shutil.which("clang") or shutil.which("cc")
VIT_FILE = next(VIT.glob("snapshots/*/model.safetensors"))

pytestmark = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler")


class Storage:
    """A folder whose `eio` fails and whose `stall` waits for `go`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        library = folder / "faulty_reads.so"
        source = Path(__file__).with_name("faulty_reads.c")
        command = [COMPILER, "-shared", "-fPIC", "-o", library, source, "-ldl"]
        subprocess.run(list(map(str, command)), check=True)
        self.environment = {
            "LD_PRELOAD": str(library),
            "PROBEXD_TEST_GO": str(folder / "go"),
            "PROBEXD_TEST_WAITS": str(folder / "waits"),
        }

    def model(self, kind: str, name: str = "model.safetensors") -> Path:
        path = self.folder / kind / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(VIT_FILE.read_bytes())
        return path

    def until_somebody_waits(self) -> None:
        while not (self.folder / "waits").exists():
            time.sleep(0.002)

    def go(self) -> None:
        (self.folder / "go").touch()


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return Storage(tmp_path)


@pytest.fixture
def daemon(storage: Storage) -> Iterator[Daemon]:
    with Daemon(environment=storage.environment) as running:
        yield running


def test_input_output_error(daemon: Daemon, storage: Storage) -> None:
    found = daemon.error("probex/classify", [str(storage.model("eio"))])
    METHODS["probex/classify"].check_error(found)
    assert found["code"] == error("unreadableFile")
    assert "EIO" in found["data"]["problem"]
    daemon.lives()


def test_stalled_read_holds_nobody_else(daemon: Daemon, storage: Storage) -> None:
    daemon.send(request("probex/classify", [str(storage.model("stall"))], "stalled"))
    storage.until_somebody_waits()
    for _ in range(20):
        daemon.lives()
        assert "result" in daemon.call("probex/classify", [str(LORA)])
    storage.go()
    assert daemon.receive()["id"] == "stalled"


def test_stalled_batch_holds_nobody_else(daemon: Daemon, storage: Storage) -> None:
    params = {"checkpoints": [str(storage.model("stall"))]}
    daemon.send(request("probex/classifyBatch", params, "stalled"))
    storage.until_somebody_waits()
    for _ in range(20):
        assert "result" in daemon.call("probex/classify", [str(LORA)])
    storage.go()
    assert daemon.receive()["id"] == "stalled"


def test_client_leaves_while_a_read_stalls(storage: Storage) -> None:
    """The process does not wait for what will never answer."""
    with lsp(environment=storage.environment) as daemon:
        daemon.initialize()
        daemon.send(request("probex/classify", [str(storage.model("stall"))], "stalled"))
        storage.until_somebody_waits()
        assert daemon.finish() == 1


@pytest.mark.parametrize("change", ["cut", "empty", "grown", "replaced", "rewritten", "removed"])
def test_changed_while_read(daemon: Daemon, storage: Storage, change: str) -> None:
    path = storage.model("stall")
    daemon.send(request("probex/classify", [str(path)], 1))
    storage.until_somebody_waits()
    whole = path.read_bytes()
    match change:
        case "cut":
            os.truncate(path, len(whole) - 50_000)
        case "empty":
            os.truncate(path, 0)
        case "grown":
            with path.open("ab") as file:
                file.write(b"x")
        case "replaced":
            other = path.with_name("other")
            other.write_bytes(whole)
            other.rename(path)
        case "rewritten":
            path.write_bytes(bytes(reversed(whole)))
        case "removed":
            path.unlink()
    storage.go()
    response = daemon.receive()
    if change in ("replaced", "removed"):
        # The file that was opened is still whole.
        METHODS["probex/classify"].check_result(response["result"])
    else:
        assert response["error"]["code"] == error("changedWhileRead")
    daemon.lives()
