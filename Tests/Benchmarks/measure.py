"""Times, how they are taken and how they are summed up."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any, Callable

Json = Any


class Daemon:
    """`probexd serve` on a pipe, NDJSON framing, on a core of its own where there are two."""

    def __init__(self, binary: Path, library: Path) -> None:
        self.process = subprocess.Popen(
            [binary, "serve", "--framing", "ndjson", "--library", library],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=clean_environment(),
            preexec_fn=lambda: take_core(0),
        )

    def __enter__(self) -> Daemon:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait()

    def exchange(self, line: bytes) -> bytes:
        """One request, one reply."""
        self.process.stdin.write(line)
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def call(self, method: str, params: Json = None) -> Json:
        response = json.loads(self.exchange(request(method, params)))
        if "error" in response:
            raise SystemExit(f"{method}: {response['error']}")
        return response["result"]

    def memory(self, name: str) -> int:
        """`VmRSS` or `VmHWM` in bytes."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        (line,) = [line for line in lines if line.startswith(name)]
        return int(line.split()[1]) * 1024


def request(method: str, params: Json = None, id: int = 1) -> bytes:
    message = {"jsonrpc": "2.0", "id": id, "method": method}
    return json.dumps(message | ({} if params is None else {"params": params})).encode() + b"\n"


def clean_environment() -> dict[str, str]:
    """Without what would make OpenBLAS believe in another processor."""
    hidden = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS")
    return {name: value for name, value in os.environ.items() if name not in hidden}


def take_core(number: int) -> None:
    """The process on one core: daemon and peer never share one, and neither uses two."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(0, {cores[number % len(cores)]})


def seconds(action: Callable[[], Any]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def interleaved(actions: list[Callable[[], Any]], repeats: int) -> list[list[float]]:
    """The times of each action; they take turns, and every round begins with another one."""
    for action in actions:
        action()
    times: list[list[float]] = [[] for _ in actions]
    for round_ in range(repeats):
        for step in range(len(actions)):
            place = (round_ + step) % len(actions)
            times[place].append(seconds(actions[place]))
    return times


def percentile(values: list[float], part: float) -> float:
    """The value below which that part of all lies, by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(part * (len(ordered) - 1))))]


def median(values: list[float]) -> float:
    return percentile(values, 0.5)


def spread(values: list[float], unit: float, digits: int = 2) -> str:
    """`median (10 % … 90 %)` in a unit."""
    low, middle, high = (percentile(values, part) / unit for part in (0.1, 0.5, 0.9))
    return f"{middle:.{digits}f} ({low:.{digits}f} … {high:.{digits}f})"


def ratio(peer: list[float], ours: list[float]) -> str:
    """How many times longer the peer takes, round by round: median and the middle 80 %."""
    return spread([theirs / mine for theirs, mine in zip(peer, ours)], 1, 1) + "×"
