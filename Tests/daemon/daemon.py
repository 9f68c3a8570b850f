"""A running probexd with its three streams in our hands."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import wire
from wire import LSP, NDJSON, Json

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "Clients" / "shell" / "example"
LIBRARY = EXAMPLE / "library"
CHECKPOINTS = EXAMPLE / "checkpoints"
LORA = CHECKPOINTS / "lora-seen" / "model_idx_0002"
VIT = CHECKPOINTS / "hub" / "models--zoo--vit-sup-a-0141"

# No test passes or fails by time: this only turns a hang into a failure.
HANG = 60.0


def binary() -> Path:
    """The probexd under test: `PROBEXD_BINARY`, or the release build of this checkout."""
    return Path(os.environ.get("PROBEXD_BINARY", ROOT / ".build" / "release" / "probexd"))


class Daemon:
    """One `probexd serve`; a context manager that never leaves a process behind.

    `reads` is false for the clients that do not read: then nothing drains the output.
    """

    def __init__(
        self,
        *arguments: str | Path,
        framing: str = NDJSON,
        library: Path | None = LIBRARY,
        forced: bool = True,
        reads: bool = True,
        prefix: Sequence[str] = (),
        stdin: Any = subprocess.PIPE,
        stdout: Any = subprocess.PIPE,
        stderr: Any = None,
        environment: dict[str, str] | None = None,
        setup: Callable[[], None] | None = None,
    ) -> None:
        self.framing = framing
        options = ["--framing", framing] if forced else []
        options += ["--library", str(library)] if library else []
        self._log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*prefix, str(binary()), "serve", *options, *map(str, arguments)],
            stdin=stdin,
            stdout=stdout,
            stderr=self._log if stderr is None else stderr,
            cwd=ROOT,
            env=os.environ | (environment or {}),
            preexec_fn=setup,
        )
        self._messages: queue.Queue[Json | Exception | None] = queue.Queue()
        self._next = 0
        self.bytes_read = 0
        if reads and self.process.stdout:
            self.start_reading()

    def __enter__(self) -> Daemon:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                try:
                    stream.close()
                except OSError:
                    pass
        if kind is not None:
            print("standard error of the daemon:", self.log()[-4000:], sep="\n")
        self._log.close()

    def start_reading(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        try:
            for body in wire.read_bodies(self.process.stdout, self.framing):
                self.bytes_read += len(body)
                self._messages.put(wire.parse(body))
        except Exception as error:  # told to whoever waits
            self._messages.put(error)
        self._messages.put(None)

    # Sending

    def write(self, data: bytes) -> None:
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, value: Json) -> None:
        self.write(wire.message(value, self.framing))

    def notify(self, method: str, params: Json = None) -> None:
        self.send(wire.notification(method, params))

    def close_input(self) -> None:
        self.process.stdin.close()

    # Receiving

    def receive(self) -> Json:
        """The next message; fails at the end of the output."""
        item = self._messages.get(timeout=HANG)
        if isinstance(item, Exception):
            raise item
        assert item is not None, f"the output ended; {self.log()[-2000:]}"
        return item

    def responses(self, count: int) -> list[Json]:
        """So many responses, in the order in which they come; notifications are passed over."""
        found: list[Json] = []
        while len(found) < count:
            value = self.receive()
            if isinstance(value, dict) and "method" in value:
                continue
            found.append(value)
        return found

    def more(self) -> bool:
        """Passes over one message; whether there was one."""
        return self._messages.get(timeout=HANG) is not None

    def rest(self) -> list[Json]:
        """Everything until the output ends."""
        values: list[Json] = []
        while (item := self._messages.get(timeout=HANG)) is not None:
            if isinstance(item, Exception):
                raise item
            values.append(item)
        return values

    def call(self, method: str, params: Json = None) -> Json:
        """The response to one request, checked."""
        self._next += 1
        identifier = f"call-{self._next}"
        self.send(wire.request(method, params, identifier))
        (response,) = self.responses(1)
        wire.check_response(response)
        assert response["id"] == identifier
        return response

    def result(self, method: str, params: Json = None) -> Json:
        response = self.call(method, params)
        assert "result" in response, response
        return response["result"]

    def error(self, method: str, params: Json = None) -> Json:
        response = self.call(method, params)
        assert "error" in response, response
        return response["error"]

    def initialize(self, params: Json = None) -> Json:
        result = self.result("initialize", params or {"processId": None, "capabilities": {}})
        self.notify("initialized", {})
        return result

    def lives(self) -> None:
        """The next good request is answered: nothing before it broke the connection."""
        assert "experts" in self.result("probex/status")["library"]

    # Ending

    def wait(self) -> int:
        """The exit code; negative for a signal."""
        return self.process.wait(timeout=HANG)

    def finish(self) -> int:
        """Closes the input and gives the exit code."""
        self.close_input()
        return self.wait()

    def log(self) -> str:
        self._log.seek(0)
        return self._log.read().decode("utf-8", "replace")

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    # Looking inside

    def resident(self) -> int:
        """Resident memory in bytes; 0 when the process has ended."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))


def lsp(*arguments: str | Path, **options: Any) -> Daemon:
    """A daemon in Content-Length framing."""
    return Daemon(*arguments, framing=LSP, **options)
