"""How fast probexd answers, beside PyTorch doing the same: `sh Tests/Benchmarks/run`.

Prints Markdown; with --write it replaces the results in the README beside it. Every comparison is
made in one run, the two taking turns, one thread each.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from datetime import date
from pathlib import Path

try:
    import torch
    from peer import Peer
except ImportError as error:
    print(f"skipped: {error.name} is not installed; `sh Tests/Benchmarks/run` installs it")
    raise SystemExit(0)

import samples
from measure import Daemon, clean_environment, interleaved, median, percentile, ratio, request
from measure import seconds, spread, take_core
from samples import KINDS, Kind

ROOT = Path(__file__).resolve().parents[2]
BATCH = 32
MS = 1e-3
US = 1e-6


report: list[str] = []


def say(line: str) -> None:
    """A line of the report, shown at once."""
    report.append(line)
    print(line, flush=True)


def table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    say(f"\n### {title}\n")
    for row in [columns, ["---"] * len(columns), *rows]:
        say("| " + " | ".join(row) + " |")


def machine(daemon: Daemon) -> None:
    """Where and with what the figures were taken."""
    status = daemon.call("probex/status")
    cpu = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    blas = status["blas"]
    say(f"- {date.today()}, {cpu[0].split(':')[1].strip()}, {os.cpu_count()} cores")
    say(f"- probexd {status['server']['version']}, {blas['configuration']}, core {blas['core']}")
    say(
        f"- PyTorch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}, "
        f"Python {platform.python_version()}, {torch.get_num_threads()} thread"
    )
    say(f"- load average before the run {os.getloadavg()[0]:.1f}")


def peers(peer: Peer, kind: Kind, files: list[Path]) -> list:
    """The ways in which PyTorch can answer about files of a kind; the published one first."""
    if not kind.rank:
        return [lambda: peer.classify(files)]
    return [
        lambda: peer.classify_adapters(files, kind.scale),
        lambda: peer.classify_factors(files, kind.scale),
    ]


def check(peer: Peer, daemon: Daemon) -> float:
    """The largest difference between the probabilities of both: fast is nothing without right."""
    worst = 0.0
    for kind in KINDS:
        names = [str(file) for file in kind.files]
        answers = daemon.call("probex/classifyBatch", {"checkpoints": names})["results"]
        for way in peers(peer, kind, kind.files):
            for ours, theirs in zip(answers, way(), strict=True):
                wanted = dict(theirs)
                for row in ours["labels"]:
                    worst = max(worst, abs(row["probability"] - wanted[row["label"]]))
    if worst > 1e-4:
        raise SystemExit(f"probexd and PyTorch disagree by {worst:.1e}")
    return worst


def compare(peer: Peer, daemon: Daemon, repeats: int, count: int) -> list[list[str]]:
    """One row for each kind: times for `count` checkpoints in one request, and the ratios."""
    rows = []
    for kind in KINDS:
        files = kind.files[:count]
        names = [str(file) for file in files]
        method = "probex/classify" if count == 1 else "probex/classifyBatch"
        asked = {"checkpoint": names[0]} if count == 1 else {"checkpoints": names}
        lines = [request(method, asked), request(method, asked | {"top": 5})]
        actions = [lambda line=line: json.loads(daemon.exchange(line)) for line in lines]
        ours, five, theirs, *factors = interleaved(actions + peers(peer, kind, files), repeats)
        row = [kind.name, *(spread(times, MS) for times in (ours, five, theirs))]
        row += [ratio(theirs, ours), ratio(theirs, five)]
        row.append(ratio(factors[0], five) if factors else "–")
        if count > 1:
            row.append(f"{count / median(five):.0f}/s")
        rows.append(row)
    return rows


def cold_starts(binary: Path, library: Path, expert: Path, repeats: int) -> list[list[float]]:
    """Seconds from the start of a process to its first answer: serve, classify, Python."""
    file = str(KINDS[0].files[0])

    def serve() -> None:
        with Daemon(binary, library) as daemon:
            daemon.call("probex/classify", {"checkpoint": file})

    def program(*command: str | Path) -> None:
        subprocess.run(command, check=True, stdout=subprocess.PIPE, env=clean_environment())

    return interleaved(
        [
            serve,
            lambda: program(binary, "classify", "--library", library, "--format", "json", file),
            lambda: program(sys.executable, Path(__file__).parent / "peer.py", expert, file),
        ],
        repeats,
    )


def overhead(daemon: Daemon, count: int) -> list[float]:
    """Seconds of `probex/status`, one after the other; replies are read but not parsed."""
    line = request("probex/status")
    for _ in range(200):
        daemon.exchange(line)
    return [seconds(lambda: daemon.exchange(line)) for _ in range(count)]


def pipelined(daemon: Daemon, count: int) -> float:
    """Seconds for so many requests sent without waiting, until the last reply is there."""
    lines = b"".join(request("probex/status", id=number) for number in range(count))

    def send() -> None:
        daemon.process.stdin.write(lines)
        daemon.process.stdin.flush()

    start = time.perf_counter()
    sender = threading.Thread(target=send)
    sender.start()
    for _ in range(count):
        daemon.process.stdout.readline()
    sender.join()
    return time.perf_counter() - start


def memory(binary: Path, folder: Path, expert: Path, count: int) -> list[list[str]]:
    """Resident memory with many experts, before and after answers, beside what they occupy."""
    library = folder / "many"
    (library / "experts").mkdir(parents=True)
    for number in range(count):
        os.link(expert, library / "experts" / f"expert-{number:02d}.safetensors")
    with Daemon(binary, library) as daemon:
        status = daemon.call("probex/status")
        held = status["memory"]["experts"] + status["memory"]["texts"]
        assert status["library"]["experts"] == count, status
        loaded = daemon.memory("VmRSS")
        for kind in KINDS:
            params = {"checkpoints": [str(file) for file in kind.files], "expert": "expert-07"}
            daemon.call("probex/classifyBatch", params)
        answered, peak = daemon.memory("VmRSS"), daemon.memory("VmHWM")
    limit = 1.2 * held + 60e6
    rows = [("experts and texts occupy", held), ("resident after loading", loaded)]
    rows += [(f"resident after {len(KINDS)} batches of {BATCH}", answered)]
    rows += [("peak", peak), ("aim: 1.2 times what they occupy, and 60 MB", limit)]
    return [[name, f"{size / 1e6:.0f} MB", f"{size / held:.2f}"] for name, size in rows]


def run(arguments: argparse.Namespace, folder: Path) -> None:
    library, quick = folder / "library", arguments.quick
    expert = library / "experts" / "benchmark.safetensors"
    samples.write_expert(expert)
    (library / "texts").mkdir()
    samples.write_checkpoints(folder / "checkpoints", BATCH)
    peer = Peer(expert)
    columns = ["checkpoint", "100 labels, ms", "best 5, ms", "PyTorch, ms"]
    columns += ["ratio", "ratio, best 5", "best 5 to PyTorch by factors"]
    take_core(1)
    with Daemon(arguments.binary, library) as daemon:
        machine(daemon)
        say(f"- largest difference of probabilities {check(peer, daemon):.1e}")
        alone = compare(peer, daemon, 20 if quick else 300, 1)
        table("One checkpoint, warm", columns, alone)
        batches = compare(peer, daemon, 3 if quick else 30, BATCH)
        table(f"{BATCH} checkpoints in one request", [*columns, "best 5"], batches)
        times = overhead(daemon, 500 if quick else 5000)
        rows = [["p50", f"{percentile(times, 0.5) / US:.0f} µs"]]
        rows += [["p99", f"{percentile(times, 0.99) / US:.0f} µs"]]
        bursts = [pipelined(daemon, 10_000) for _ in range(2 if quick else 5)]
        rows += [["10,000 pipelined", f"{spread(bursts, 1)} s"]]
        table("Overhead of a request (`probex/status`)", ["what", "time"], rows)
        line = request("probex/classify", {"checkpoint": str(KINDS[0].files[0])})
        warm = [seconds(lambda: daemon.exchange(line)) for _ in range(20 if quick else 200)]
    serve, classify, python = cold_starts(arguments.binary, library, expert, 2 if quick else 10)
    rows = [["`probexd serve`, first answer", spread(serve, MS, 0), ratio(python, serve)]]
    rows += [["`probexd classify`", spread(classify, MS, 0), ratio(python, classify)]]
    rows += [["Python script with PyTorch", spread(python, MS, 0), "1"]]
    rows += [["daemon, warm", spread(warm, MS), f"{median(python) / median(warm):.0f}×"]]
    columns = ["from start to the first answer, 768×768 F32", "ms", "Python script takes"]
    table("Cold start", columns, rows)
    rows = memory(arguments.binary, folder, expert, 20)
    table("Memory with 20 experts", ["what", "size", "of what they occupy"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = ROOT / ".build" / "release" / "probexd"
    parser.add_argument("--binary", type=Path, default=default)
    parser.add_argument("--quick", action="store_true", help="few repeats: does it run at all?")
    parser.add_argument("--write", action="store_true", help="replace the results in README.md")
    arguments = parser.parse_args()
    if not arguments.binary.exists():
        raise SystemExit(f"{arguments.binary} does not exist: run `swift build -c release`")
    with tempfile.TemporaryDirectory(prefix="probexd-benchmark-") as folder:
        run(arguments, Path(folder))
    if arguments.write:
        readme = Path(__file__).parent / "README.md"
        before, heading, _ = readme.read_text().partition("## Results\n")
        readme.write_text(before + heading + "\n" + "\n".join(report) + "\n")


if __name__ == "__main__":
    main()
