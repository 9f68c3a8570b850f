"""Standard output carries frames only, and no peer's text can forge a line of the log."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import wire
from contract import check_notification
from daemon import LORA, Daemon, lsp
from wire import request

FORGERIES = [
    "a\n2026-01-01T00:00:00 critical probexd: forged",
    "a\rforged",
    "\x1b[2J\x1b[31mforged",
    "a\u2028forged",
    "a\u0085forged",
    "\x9b31mforged",
    "\x07forged",
    "\u202eforged",
]


class TestInjection:
    @pytest.mark.parametrize("text", FORGERIES, ids=ascii)
    def test_requests(self, text: str) -> None:
        with Daemon("--log-level", "trace") as daemon:
            daemon.call("probex/inspect", [text])
            daemon.call(text, {text: text})
            daemon.send(request("probex/status", id=text))
            assert daemon.receive()["id"] == text
            daemon.notify(text, {"value": text})
            daemon.write(text.replace("\n", " ").encode() + b"\n")
            daemon.receive()
            assert daemon.finish() == 0
            self._is_clean(daemon.log())

    @pytest.mark.parametrize("text", FORGERIES, ids=ascii)
    def test_client_and_library(self, text: str, tmp_path: Path) -> None:
        library = tmp_path / "library"
        for folder in ("experts", "texts"):
            (library / folder).mkdir(parents=True)
        (library / "experts" / f"{text}.safetensors".replace("/", "_")).write_bytes(b"")
        with lsp("--log-level", "trace", library=library) as daemon:
            client = {"name": text, "version": text}
            daemon.initialize({"capabilities": {}, "clientInfo": client})
            daemon.lives()
            daemon.result("shutdown")
            daemon.notify("exit")
            assert daemon.wait() == 0
            self._is_clean(daemon.log())

    def _is_clean(self, log: str) -> None:
        """Every line is the daemon's own, without control characters."""
        for line in log.splitlines():
            assert re.match(r"^\d{4}-\d\d-\d\dT", line), line
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", log), log


class TestStandardOutput:
    @pytest.mark.parametrize("level", ["trace", "error"])
    def test_holds_frames_only(self, level: str) -> None:
        """The strict reader of these tests fails at anything else."""
        with lsp("--log-level", level) as daemon:
            daemon.initialize()
            for name in (str(LORA), "nowhere", "/dev/null"):
                daemon.call("probex/classify", [name])
            daemon.write(b"Content-Length: nonsense\r\n\r\n")
            assert daemon.responses(1)[0]["error"]["code"] == -32700
            daemon.result("shutdown")
            daemon.notify("exit")
            daemon.rest()
            assert daemon.wait() == 0

    def test_descriptor_one_is_moved(self) -> None:
        """A print() of any library goes to standard error, not between the frames."""
        with Daemon() as daemon:
            daemon.lives()
            links = {
                number: Path(f"/proc/{daemon.process.pid}/fd/{number}").readlink()
                for number in (1, 2)
            }
            assert links[1] == links[2]


class TestLogMessages:
    def test_problems_reach_the_editor(self, tmp_path: Path) -> None:
        with lsp(library=tmp_path / "nowhere") as daemon:
            daemon.send(request("initialize", {"capabilities": {}}, 1))
            assert daemon.receive()["id"] == 1
            daemon.send(request("shutdown", id=2))
            # Nothing before `initialized`.
            assert daemon.receive()["id"] == 2
        with lsp(library=tmp_path / "nowhere") as daemon:
            daemon.initialize()
            message = daemon.receive()
            check_notification(message)
            assert message["method"] == "window/logMessage"
            assert "nowhere" in message["params"]["message"]

    def test_never_between_lines(self, tmp_path: Path) -> None:
        with Daemon(library=tmp_path / "nowhere") as daemon:
            daemon.initialize()
            daemon.lives()
            daemon.close_input()
            assert not daemon.rest()
            assert "nowhere" in daemon.log()

    def test_levels(self) -> None:
        with Daemon("--log-level", "critical") as daemon:
            daemon.call("probex/inspect", ["nowhere"])
            daemon.finish()
            assert daemon.log() == ""
        with Daemon("--log-level", "trace") as daemon:
            daemon.lives()
            daemon.finish()
            assert daemon.log()


def test_error_text_does_not_echo_megabytes(shared: Daemon) -> None:
    found = shared.error("probex/inspect", ["x" * 1_000_000])
    assert len(wire.dump(found)) < 5000
