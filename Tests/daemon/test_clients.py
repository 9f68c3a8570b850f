"""Clients that die, do not read, or hand over odd descriptors."""

from __future__ import annotations

import os
import pty
import resource
import signal
import socket
import subprocess
import threading
import tty
from pathlib import Path

import pytest

import wire
from daemon import HANG, LIBRARY, LORA, ROOT, Daemon, binary, lsp
from wire import LSP, NDJSON, request

STATUS = wire.message(request("probex/status"), NDJSON)
SERVE = [str(binary()), "serve", "--library", str(LIBRARY)]


def run(command: str) -> subprocess.CompletedProcess[bytes]:
    """A shell line with `$SERVE` for the daemon."""
    line = command.replace("$SERVE", " ".join(SERVE))
    arguments = ["bash", "-c", line]
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, timeout=HANG)


class TestDeath:
    @pytest.mark.parametrize("framing", [LSP, NDJSON])
    def test_client_is_killed(self, framing: str) -> None:
        """A client that dies in the middle of a message takes the daemon with it."""
        with Daemon(framing=framing, reads=False) as daemon:
            first = request("initialize" if framing == LSP else "probex/status")
            daemon.send(first)
            daemon.process.stdout.read(1)
            whole = wire.message(request("probex/status"), framing)
            daemon.write(whole[: len(whole) // 2])
            daemon.process.stdout.close()
            daemon.close_input()
            assert daemon.wait() in (0, 1)

    def test_client_dies_while_work_runs(self) -> None:
        models = [f"{LORA}/{'./' * number}" for number in range(1, 3000)]
        with lsp() as daemon:
            daemon.initialize()
            daemon.send(request("probex/classifyBatch", {"checkpoints": models}))
            daemon.close_input()
            assert daemon.wait() == 1

    def test_output_is_closed(self) -> None:
        found = run(
            f"printf '%s' '{(STATUS * 2000).decode()}' |"
            " (trap '' PIPE; $SERVE; echo code $? >&2) | head -1"
        )
        assert found.stdout.count(b"\n") == 1
        assert b"code 0" in found.stderr or b"code 1" in found.stderr

    def test_output_is_closed_while_input_stays_open(self) -> None:
        with Daemon(reads=False) as daemon:
            daemon.process.stdout.close()
            daemon.write(STATUS)
            assert daemon.wait() in (0, 1)

    def test_grandchild_holds_the_pipe(self) -> None:
        """Nobody reads any more, but the pipe stays open: the watch over processId ends it."""
        with subprocess.Popen(["sleep", "600"]) as client, lsp() as daemon:
            daemon.initialize({"processId": client.pid, "capabilities": {}})
            copy = os.dup(daemon.process.stdin.fileno())
            daemon.close_input()
            client.kill()
            assert daemon.wait() in (0, 1)
            os.close(copy)


class TestDescriptors:
    def test_input_is_dev_null(self) -> None:
        assert run("$SERVE < /dev/null").returncode == 0
        assert run("$SERVE --framing lsp < /dev/null").returncode == 1

    def test_input_is_a_regular_file(self, tmp_path: Path) -> None:
        (tmp_path / "requests").write_bytes(STATUS * 500)
        found = run(f"$SERVE < {tmp_path}/requests")
        assert found.returncode == 0
        assert found.stdout.count(b'"result"') == 500

    def test_output_is_a_regular_file(self, tmp_path: Path) -> None:
        (tmp_path / "requests").write_bytes(STATUS * 500)
        assert run(f"$SERVE < {tmp_path}/requests > {tmp_path}/replies").returncode == 0
        assert (tmp_path / "replies").read_bytes().count(b'"result"') == 500

    @pytest.mark.parametrize("blocking", [True, False])
    def test_socket(self, blocking: bool) -> None:
        ours, theirs = socket.socketpair()
        theirs.setblocking(blocking)
        with ours, Daemon(stdin=theirs, stdout=theirs) as daemon:
            theirs.close()
            ours.settimeout(HANG)
            replies = ours.makefile("rb")
            for _ in range(3):
                ours.sendall(STATUS)
                assert b'"result"' in replies.readline()
            ours.shutdown(socket.SHUT_WR)
            assert daemon.wait() == 0
            assert replies.read() == b""
            replies.close()

    def test_pipes_that_do_not_block(self) -> None:
        """EAGAIN is not the end of the input."""
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        with Daemon(stdin=reading) as daemon:
            os.close(reading)
            for _ in range(3):
                os.write(writing, STATUS)
                assert "result" in daemon.receive()
            os.close(writing)
            assert daemon.wait() == 0

    def test_terminal(self) -> None:
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        with Daemon(stdin=theirs) as daemon:
            os.write(ours, STATUS)
            assert "result" in daemon.receive()
            tty.setcbreak(theirs)
            os.write(ours, b"\x04")
            os.close(theirs)
            os.close(ours)
            assert daemon.wait() in (0, 1)

    def test_output_is_full(self) -> None:
        """/dev/full: every write fails with ENOSPC."""
        found = run(f"printf '%s' '{STATUS.decode()}' | $SERVE > /dev/full")
        assert found.returncode in (0, 1, 74)
        assert found.stderr

    @pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
    def test_standard_error_is_closed(self, redirection: str) -> None:
        found = run(f"printf '%s' '{STATUS.decode()}' | $SERVE --log-level trace {redirection}")
        assert found.returncode == 0
        (line,) = found.stdout.splitlines()
        assert "result" in wire.parse(line)

    @pytest.mark.parametrize("redirection", ["<&-", ">&-", "<&- >&-", "<&- >&- 2>&-"])
    def test_streams_are_closed(self, redirection: str) -> None:
        assert 0 <= run(f"$SERVE {redirection}").returncode < 128

    def test_few_descriptors(self) -> None:
        """`ulimit -n 64`: many requests at once open no more than there are."""

        def few() -> None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

        with Daemon(setup=few) as daemon:
            for number in range(300):
                daemon.send(request("probex/classify", {"checkpoint": str(LORA), "top": 1}, number))
            assert all("result" in reply for reply in daemon.responses(300))

    def test_no_descriptors_left(self) -> None:
        """An error for the request, and the connection goes on."""

        def fewest() -> None:
            resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))

        with Daemon() as plain:
            plain.lives()
            used = plain.descriptors()
        with Daemon() as daemon:
            daemon.lives()
            resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (used, used))
            assert daemon.error("probex/inspect", [str(LORA)])["code"] in (1001, 1004)
            daemon.lives()

    def test_descriptors_do_not_leak(self) -> None:
        with Daemon() as daemon:
            daemon.lives()
            before = daemon.descriptors()
            for name in (str(LORA), "nowhere", str(LIBRARY), "/dev/null") * 25:
                daemon.call("probex/inspect", [name])
            assert daemon.descriptors() == before


class TestSlowReaders:
    def test_ten_thousand_requests_without_reading(self) -> None:
        """Memory stays bounded; then everything is answered."""
        with Daemon(reads=False) as daemon:
            daemon.write(STATUS)
            wire.parse(daemon.process.stdout.readline())
            before = daemon.resident()
            # Every fifth reply has 40 KB, so that far more than the limit would wait.
            many = (STATUS * 4 + wire.message(request("rpc.discover"), NDJSON)) * 2000
            writer = threading.Thread(target=lambda: (daemon.write(many), daemon.close_input()))
            writer.start()
            writer.join(timeout=3)
            assert daemon.resident() - before < 200 << 20
            daemon.start_reading()
            count = 0
            while daemon.more():
                count += 1
                if count % 1000 == 0:
                    assert daemon.resident() - before < 200 << 20
            assert count == 10_000
            writer.join()
            assert daemon.wait() == 0

    def test_both_sides_write_before_reading(self) -> None:
        """1 MB of requests, whose replies do not fit the pipe, before the first is read."""
        line = wire.message(request("probex/status", {"_meta": "x" * 1000}), NDJSON)
        with Daemon(reads=False) as daemon:
            daemon.write(line * 1000)
            daemon.start_reading()
            assert all("result" in reply for reply in daemon.responses(1000))

    def test_ten_thousand_pipelined(self) -> None:
        with Daemon() as daemon:
            daemon.lives()
            before = daemon.resident()
            daemon.write(STATUS * 10_000)
            assert all("result" in reply for reply in daemon.responses(10_000))
            assert daemon.resident() - before < 64 << 20


def default_signals() -> None:
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def test_broken_pipe_under_default_signals() -> None:
    """Python ignores SIGPIPE for its children; a shell does not."""
    with Daemon(setup=default_signals, reads=False) as daemon:
        daemon.process.stdout.close()
        daemon.write(STATUS * 10)
        assert daemon.wait() in (0, 1)
