"""How long a person waits while the daemon trains: `sh Tests/Benchmarks/run latency`.

One client asks `probex/classify`, one request after the other, alone and while the same daemon
trains. The modes take turns, so that a busier minute of the machine falls on all of them. Prints
Markdown; with --write it replaces the results in LATENCY.md beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import queue
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import samples
from measure import Json, clean_environment, percentile, request

ROOT = Path(__file__).resolve().parents[2]
LABELS = [f"label {index}" for index in range(10)]
AIM = 50.0


@dataclass
class Mode:
    """What goes on beside the requests."""

    name: str
    training: Json | None = None
    times: list[float] = field(default_factory=list)
    # Of training: epochs, or whole trainings, that were done meanwhile.
    steps: int = 0


NETWORK = {"method": "probex", "epochs": 1_000_000, "replace": True}
MODES = [
    Mode("nothing"),
    Mode("training of ProbeX", NETWORK),
    Mode("training in closed form, again and again", {"method": "best", "replace": True}),
]


def write_zoo(folder: Path, counts: dict[str, int]) -> None:
    """Layers of 768×768 in F16; a label is a direction that is added to the columns."""
    shape = (samples.ROWS, samples.COLUMNS)
    directions = np.random.default_rng(7).normal(0, 1, (len(LABELS), samples.ROWS))
    generator = np.random.default_rng(8)
    for split, count in counts.items():
        for index in range(count):
            answers = generator.random(len(LABELS)) < 0.5
            answers[index % len(LABELS)] = True
            change = (directions * answers[:, None]).sum(0)
            layer = 0.02 * generator.standard_normal(shape) + 0.01 * change[:, None]
            has = [label for label, answer in zip(LABELS, answers) if answer]
            samples.write_file(
                folder / split / f"model_{index:04d}" / "model.safetensors",
                [(f"{samples.LAYER}.weight", "F16", list(shape), samples.stored(layer, "F16"))],
                {"labels": json.dumps(has)},
            )


class Client:
    """A daemon on a pipe, whose answers are told apart by their ids. No core is reserved: what the
    training's thread takes from the others is what is measured."""

    def __init__(self, binary: Path, library: Path) -> None:
        self.process = subprocess.Popen(
            [binary, "serve", "--framing", "ndjson", "--library", library],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=clean_environment(),
        )
        self.answers: queue.Queue[Json] = queue.Queue()
        self.trainings: queue.Queue[Json] = queue.Queue()
        self.steps = 0
        self.epoch = threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout:
            message = json.loads(line)
            if message.get("method") == "$/progress":
                words = message["params"]["value"].get("message", "")
                if words.startswith(("epoch", "layer ")):
                    self.epoch.set()
                    self.steps = int(words.split()[1])
            elif message["id"] == "training":
                self.trainings.put(message)
            else:
                self.answers.put(message)

    def send(self, line: bytes) -> None:
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def call(self, method: str, params: Json = None) -> Json:
        self.send(request(method, params))
        answer = self.answers.get()
        if "error" in answer:
            raise SystemExit(f"{method}: {answer['error']}")
        return answer["result"]

    def begin(self, params: Json) -> None:
        """Starts a training and waits until it has read its models."""
        self.epoch.clear()
        self.send(request("probex/train", params | {"workDoneToken": "t"}, "training"))
        self.epoch.wait()

    def end(self) -> None:
        """Cancels the training."""
        message = {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "training"}}
        self.send(json.dumps(message).encode() + b"\n")
        self.trainings.get()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


@contextmanager
def trained(client: Client, mode: Mode, zoo: Path) -> Iterator[None]:
    """While a training runs; one that is done is begun again."""
    if mode.training is None:
        yield
        return
    need = {"name": "new", "zoo": str(zoo), "kind": "categories", "labelKey": "labels"}
    params = need | {"layers": [samples.LAYER]} | mode.training
    if "epochs" in mode.training:
        client.begin(params)
        before = client.steps
        yield
        mode.steps += client.steps - before
        client.end()
        return
    is_over = threading.Event()

    def again() -> None:
        while not is_over.is_set():
            client.begin(params)
            client.trainings.get()
            mode.steps += 1

    repeating = threading.Thread(target=again)
    repeating.start()
    client.epoch.wait()
    yield
    is_over.set()
    repeating.join()


def ask(client: Client, files: list[Path], count: int) -> list[float]:
    """Milliseconds of so many requests."""
    times = []
    for number in range(count):
        # The expert that is being trained would be another question, so the old one is named.
        params = {"checkpoint": str(files[number % len(files)]), "expert": "old", "top": 5}
        start = time.perf_counter()
        client.call("probex/classify", params)
        times.append((time.perf_counter() - start) * 1e3)
    return times


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def run(binary: Path, folder: Path, rounds: int, count: int) -> list[str]:
    samples.write_expert(folder / "library" / "experts" / "old.safetensors")
    samples.write_checkpoints(folder / "checkpoints", 4)
    files = [file for group in zip(*(kind.files for kind in samples.KINDS)) for file in group]
    zoo = folder / "zoo"
    write_zoo(zoo, {"train": 128, "val": 32})
    load = os.getloadavg()[0]
    client = Client(binary, folder / "library")
    blas = client.call("probex/status")["blas"]
    ask(client, files, len(files))
    for _ in range(rounds):
        for mode in MODES:
            with trained(client, mode, zoo):
                mode.times += ask(client, files, count)
    client.close()
    lines = [
        f"- {date.today()}, {processor()}, {os.cpu_count()} cores, core {blas['core']}",
        f"- load average before the run {load:.1f}",
        f"- {rounds * count} requests in each row, {rounds} rounds",
        "",
        "| beside the requests | p50, ms | p99, ms | longest, ms | done meanwhile |",
        "| --- | --- | --- | --- | --- |",
    ]
    for mode in MODES:
        done = "–"
        if mode.training:
            done = f"{mode.steps} {'epochs' if 'epochs' in mode.training else 'trainings'}"
        p50, p99 = percentile(mode.times, 0.5), percentile(mode.times, 0.99)
        lines.append(f"| {mode.name} | {p50:.2f} | {p99:.2f} | {max(mode.times):.1f} | {done} |")
    worst = max(percentile(mode.times, 0.99) for mode in MODES)
    reached = "reached" if worst < AIM else "not reached"
    return [*lines, "", f"Aim: a p99 below {AIM:.0f} ms while the daemon trains: {reached}."]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(os.environ.get("PROBEXD_BINARY", ROOT / ".build" / "release" / "probexd"))
    parser.add_argument("--binary", type=Path, default=default)
    parser.add_argument("--quick", action="store_true", help="few requests: does it run at all?")
    parser.add_argument("--write", action="store_true", help="replace the results in LATENCY.md")
    arguments = parser.parse_args()
    if not arguments.binary.exists():
        raise SystemExit(f"{arguments.binary} does not exist: run `swift build -c release`")
    with tempfile.TemporaryDirectory(prefix="probexd-latency-") as folder:
        size = (1, 50) if arguments.quick else (4, 500)
        report = run(arguments.binary, Path(folder), *size)
    print("\n".join(report))
    if arguments.write:
        page = Path(__file__).with_name("LATENCY.md")
        before, heading, _ = page.read_text().partition("## Results\n")
        page.write_text(before + heading + "\n" + "\n".join(report) + "\n")


if __name__ == "__main__":
    main()
