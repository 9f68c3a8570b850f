"""How fast probexd trains, beside PyTorch doing the same: `sh Tests/Benchmarks/run train`.

Prints Markdown; with --write it replaces the results in TRAINING.md beside it. The runs of one
comparison take turns. A probexd run is the whole process, from its start to the expert's file;
PyTorch's is the training loop alone, with the models in memory already.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

try:
    import torch
    from train_peer import Training
except ImportError as error:
    print(f"skipped: {error.name} is not installed; `sh Tests/Benchmarks/run` installs it")
    raise SystemExit(0) from None

from measure import Daemon, clean_environment, median
from zoos import LAYER, RANK, Zoo

ROOT = Path(__file__).resolve().parents[2]
ROWS, COLUMNS = 384, 1536
MB = 1e6

report: list[str] = []


def say(line: str) -> None:
    """A line of the report, shown at once."""
    report.append(line)
    print(line, flush=True)


@dataclass
class Runs:
    """What the runs of one way took."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)

    @property
    def text(self) -> str:
        return f"{median(self.cpu):.2f} ({min(self.cpu):.2f} … {max(self.cpu):.2f})"


def ours(arguments: argparse.Namespace, zoo: Zoo, representation: int, threads: int) -> tuple:
    """Wall and CPU seconds, peak memory and accuracy of a `probexd train`."""
    output = zoo.folder.parent / "expert.safetensors"
    command = [arguments.binary, "train", zoo.folder, "--kind", "categories", "--layer", LAYER]
    command += ["--epochs", arguments.epochs, "--threads", threads, "--no-checkpoint", "--quiet"]
    command += ["--method", "probex", "--representation", representation, "--output", output]
    said = zoo.folder.parent / "said.txt"
    start = time.perf_counter()
    with open(said, "w") as text:
        process = subprocess.Popen(
            [str(word) for word in command], stdout=text, env=clean_environment()
        )
    memory, done = 0, 0
    while not done:
        # The usage that the system reports would count the memory of this process, too.
        memory = max(memory, peak(process.pid))
        time.sleep(0.01)
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"{' '.join(map(str, command))} ended with {status}")
    (accuracy,) = re.findall(r"^val\t.*accuracy ([0-9.]+)", said.read_text(), re.MULTILINE)
    return wall, usage.ru_utime + usage.ru_stime, memory, float(accuracy)


def peak(process: int) -> int:
    """Bytes of a running process's largest memory so far; 0 when it has ended."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    sizes = [int(line.split()[1]) for line in lines if line.startswith("VmHWM")]
    return sizes[0] * 1024 if sizes else 0


def theirs(training: Training, epochs: int) -> tuple:
    """The same of PyTorch, whose memory is not asked for: it shares the process."""
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    accuracy = training.run(epochs)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, 0, accuracy


def compare(arguments: argparse.Namespace, zoo: Zoo, representation: int) -> dict[str, Runs]:
    """All ways, turn by turn; every round begins with the next."""
    published = Training(zoo, representation)
    ways = {
        "one": lambda: ours(arguments, zoo, representation, 1),
        "two": lambda: ours(arguments, zoo, representation, 2),
        "published": lambda: theirs(published, arguments.epochs),
    }
    if zoo.rank:
        factors = Training(zoo, representation, by_factors=True)
        ways["factors"] = lambda: theirs(factors, arguments.epochs)
    runs = {name: Runs() for name in ways}
    names = list(ways)
    for round_ in range(arguments.rounds):
        for step in range(len(names)):
            name = names[(round_ + step) % len(names)]
            wall, cpu, memory, accuracy = ways[name]()
            runs[name].wall.append(wall)
            runs[name].cpu.append(cpu)
            runs[name].memory.append(memory)
            runs[name].accuracy.append(accuracy)
    return runs


def ratio(left: list[float], right: list[float]) -> str:
    """Round by round: the median."""
    return f"{median([a / b for a, b in zip(left, right)]):.2f}×"


def row(zoo: Zoo, representation: int, runs: dict[str, Runs]) -> list[str]:
    one, two, published = runs["one"], runs["two"], runs["published"]
    factors = runs.get("factors")
    kind = f"LoRA rank {zoo.rank}" if zoo.rank else "full"
    return [
        f"{kind}, {zoo.rows}×{zoo.columns}, r_T {representation}",
        one.text,
        published.text,
        ratio(published.cpu, one.cpu),
        ratio(factors.cpu, one.cpu) if factors else "–",
        ratio(one.wall, two.wall),
        f"{max(one.memory) / MB:.0f} MB of {zoo.layer_bytes / MB:.0f}",
        f"{one.accuracy[0]:.3f}, {published.accuracy[0]:.3f}",
    ]


def machine(arguments: argparse.Namespace, folder: Path) -> None:
    """Where and with what the figures were taken."""
    (folder / "library").mkdir()
    with Daemon(arguments.binary, folder / "library") as daemon:
        status = daemon.call("probex/status")
    cpu = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    blas = status["blas"]
    say(f"- {date.today()}, {cpu[0].split(':')[1].strip()}, {os.cpu_count()} cores")
    say(f"- probexd {status['server']['version']}, {blas['configuration']}, core {blas['core']}")
    say(
        f"- PyTorch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, "
        f"Python {platform.python_version()}, 1 thread"
    )
    say(f"- load average before the run {os.getloadavg()[0]:.1f}")


def run(arguments: argparse.Namespace, folder: Path) -> None:
    machine(arguments, folder)
    counts = {"train": arguments.models, "val": arguments.models // 4}
    zoos = [
        Zoo(folder / "full", ROWS, COLUMNS, 0, counts).write(),
        Zoo(folder / "lora", ROWS, COLUMNS, RANK, counts).write(),
    ]
    say(
        f"- {arguments.epochs} epochs over {counts['train']} models, {counts['val']} to validate; "
        f"{arguments.rounds} runs of each way\n"
    )
    columns = ["zoo", "probexd, CPU s", "PyTorch, CPU s", "ratio", "to PyTorch by factors"]
    columns += ["2 threads, wall", "peak memory, of layers", "accuracy on val, both"]
    for line in [columns, ["---"] * len(columns)]:
        say("| " + " | ".join(line) + " |")
    for zoo in zoos:
        for representation in (128, 512):
            runs = compare(arguments, zoo, representation)
            say("| " + " | ".join(row(zoo, representation, runs)) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = ROOT / ".build" / "release" / "probexd"
    parser.add_argument("--binary", type=Path, default=default)
    parser.add_argument("--quick", action="store_true", help="few repeats: does it run at all?")
    parser.add_argument("--write", action="store_true", help="replace the results in TRAINING.md")
    arguments = parser.parse_args()
    arguments.epochs, arguments.rounds = (1, 1) if arguments.quick else (10, 5)
    arguments.models = 64 if arguments.quick else 256
    if not arguments.binary.exists():
        raise SystemExit(f"{arguments.binary} does not exist: run `swift build -c release`")
    with tempfile.TemporaryDirectory(prefix="probexd-benchmark-") as folder:
        run(arguments, Path(folder))
    if arguments.write:
        page = Path(__file__).parent / "TRAINING.md"
        before, heading, _ = page.read_text().partition("## Results\n")
        page.write_text(before + heading + "\n" + "\n".join(report) + "\n")


if __name__ == "__main__":
    main()
