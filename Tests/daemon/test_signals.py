"""Signals: frames are never cut, and what was accepted is answered."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from signal import SIGCONT, SIGHUP, SIGINT, SIGSTOP, SIGTERM

import pytest

import wire
from contract import error
from daemon import LIBRARY, LORA, Daemon, lsp
from wire import NDJSON, request

MODELS = [f"{LORA}/{'./' * number}" for number in range(1, 300)]
ENDS = [SIGTERM, SIGINT]


@pytest.mark.parametrize("number", ENDS)
class TestEnd:
    def test_idle(self, either: Daemon, number: signal.Signals) -> None:
        either.lives()
        either.signal(number)
        assert either.wait() == 0
        assert not either.rest()

    def test_while_a_request_runs(self, either: Daemon, number: signal.Signals) -> None:
        """It is answered, with its result or as cancelled, and then the daemon ends."""
        params = {"checkpoints": MODELS, "top": 1, "workDoneToken": "t"}
        either.send(request("probex/classifyBatch", params, "long"))
        assert either.receive()["method"] == "$/progress"
        either.signal(number)
        replies = [value for value in either.rest() if "method" not in value]
        assert [reply["id"] for reply in replies] == ["long"]
        assert "result" in replies[0] or replies[0]["error"]["code"] == error("requestCancelled")
        assert either.wait() == 0

    def test_while_replies_are_written(self, number: signal.Signals) -> None:
        """Every line that comes out is whole."""
        with Daemon(reads=False) as daemon:
            daemon.write(wire.message(request("rpc.discover"), NDJSON) * 100)
            daemon.process.stdout.read(1)
            daemon.signal(number)
            text = b"{" + daemon.process.stdout.read()
            assert text.endswith(b"\n")
            assert all("result" in wire.parse(line) for line in text.splitlines())
            assert daemon.wait() == 0

    def test_during_load(self, number: signal.Signals, tmp_path: Path) -> None:
        library = tmp_path / "library"
        for folder in ("experts", "texts"):
            (library / folder).mkdir(parents=True)
        for copy in range(40):
            expert = LIBRARY / "experts" / "lora-topics.safetensors"
            (library / "experts" / f"copy-{copy}.safetensors").symlink_to(expert)
        with lsp(library=library) as daemon:
            daemon.initialize()
            daemon.signal(number)
            assert daemon.wait() == 0

    def test_at_any_moment_of_the_start(self, number: signal.Signals) -> None:
        """Caught or not yet caught, but never lost."""
        for moment in range(12):
            with Daemon() as daemon:
                time.sleep(0.002 * moment)
                daemon.signal(number)
                assert daemon.wait() in (0, -number)

    def test_second_signal_ends_now(self, number: signal.Signals) -> None:
        """The client does not read, so the daemon cannot finish; the second one does not wait."""
        with Daemon(reads=False) as daemon:
            daemon.write(wire.message(request("rpc.discover"), NDJSON) * 1000)
            daemon.process.stdout.read(1)
            daemon.signal(number)
            for _ in range(100):
                time.sleep(0.05)
                if daemon.process.poll() is not None:
                    break
                daemon.signal(number)
            assert daemon.process.poll() is not None


def test_hangup_ends(daemon: Daemon) -> None:
    """The terminal is gone, and nobody is left to ask."""
    daemon.lives()
    daemon.signal(SIGHUP)
    assert daemon.wait() in (0, -SIGHUP)


def test_stop_and_continue(daemon: Daemon) -> None:
    daemon.lives()
    daemon.signal(SIGSTOP)
    daemon.send(request("probex/status", id=1))
    daemon.signal(SIGCONT)
    assert daemon.receive()["id"] == 1
    assert daemon.finish() == 0
