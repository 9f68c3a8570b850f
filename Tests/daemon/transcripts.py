"""Replays Protocol/transcripts against the real binary.

`python Tests/daemon/transcripts.py --rewrite [NAME …]` writes what the daemon says now into the
`expect` lines, keeping every placeholder that still matches; review the difference before you
commit it. A new transcript starts with `{"expect": null}` where an answer belongs.
"""

from __future__ import annotations

import argparse
import base64
import json
import shutil
import sys
import tempfile
from pathlib import Path

import wire
from daemon import CHECKPOINTS, LIBRARY, ROOT, Daemon
from patterns import mismatches, renewed
from wire import Json

FOLDER = ROOT / "Protocol" / "transcripts"
OPENING = wire.request("initialize", {"processId": None, "capabilities": {}}, "open")


def all_transcripts() -> list[Path]:
    return sorted(FOLDER.glob("*.jsonl"))


def load(path: Path) -> tuple[Json, list[Json]]:
    """The head and the steps."""
    head, *steps = [wire.parse(line) for line in path.read_bytes().splitlines()]
    return head, steps


def _swap(value: Json, old: str, new: str) -> Json:
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, list):
        return [_swap(part, old, new) for part in value]
    if isinstance(value, dict):
        return {name: _swap(part, old, new) for name, part in value.items()}
    return value


def here(value: Json) -> Json:
    """`${ROOT}` as this checkout's folder."""
    return _swap(value, "${ROOT}", str(ROOT))


def anywhere(value: Json) -> Json:
    """This checkout's folder as `${ROOT}`."""
    return _swap(value, str(ROOT), "${ROOT}")


def framings(head: Json) -> list[str]:
    return [wire.NDJSON, wire.LSP] if head["framing"] == "any" else [head["framing"]]


def _start(head: Json, framing: str, folder: Path) -> Daemon:
    arguments = here(head.get("args", []))
    library = LIBRARY.relative_to(ROOT)
    if head.get("copy", False):
        library = shutil.copytree(LIBRARY, folder / "library")
    return Daemon(
        *arguments,
        framing=framing,
        forced=not head.get("auto", False),
        library=None if "--library" in arguments else library,
        environment={"HF_HUB_CACHE": str(CHECKPOINTS / "hub")},
    )


class Replay:
    """One transcript in one framing; `problems` says where it differed."""

    def __init__(self, path: Path, framing: str) -> None:
        self.head, steps = load(path)
        self.steps: list[Json] = []
        self.problems: list[str] = []
        self.where = f"{path.name} ({framing})"
        wrapped = self.head["framing"] == "any" and framing == wire.LSP
        with (
            tempfile.TemporaryDirectory(prefix="probexd-session-") as folder,
            _start(self.head, framing, Path(folder)) as daemon,
        ):
            if wrapped:
                daemon.send(OPENING)
                daemon.responses(1)
                daemon.notify("initialized", {})
            for number, step in enumerate(steps, 2):
                self.steps.append(self._step(daemon, step, number))
            if wrapped:
                daemon.send(wire.request("shutdown", id="close"))
                self._check({"jsonrpc": "2.0", "id": "close", "result": None}, daemon.receive(), 0)
                daemon.notify("exit")
            if not daemon.process.stdin.closed:
                daemon.close_input()
            for extra in daemon.rest():
                self.problems.append(f"{self.where}: not expected: {extra}")
            code = daemon.wait()
            if code != self.head.get("exit", 0):
                self.problems.append(f"{self.where}: exit code {code}")

    def _check(self, pattern: Json, found: Json, number: int) -> None:
        differences = mismatches(here(pattern), found)
        self.problems += [f"{self.where}, line {number}: {line}" for line in differences]

    def _step(self, daemon: Daemon, step: Json, number: int) -> Json:
        ((name, value),) = step.items()
        match name:
            case "about":
                pass
            case "send":
                daemon.send(here(value))
            case "bytes":
                daemon.write(here(value).encode("utf-8"))
            case "base64":
                daemon.write(base64.b64decode(value))
            case "close":
                daemon.close_input()
            case "expect":
                found = daemon.receive()
                self._check(value, found, number)
                return {name: renewed(value, anywhere(found))}
            case "expectAll":
                return {name: self._any_order(value, daemon.responses(len(value)), number)}
            case _:
                raise ValueError(f"{self.where}, line {number}: no such step: {name}")
        return step

    def _any_order(self, patterns: list[Json], found: list[Json], number: int) -> list[Json]:
        left = list(found)
        lines: list[Json] = []
        for pattern in patterns:
            fitting = [value for value in left if not mismatches(here(pattern), value)]
            if fitting:
                left.remove(fitting[0])
                lines.append(pattern)
            else:
                self.problems.append(f"{self.where}, line {number}: nothing matches {pattern}")
        if left:
            self.problems.append(f"{self.where}, line {number}: not expected: {left}")
        return lines + [anywhere(value) for value in left]


def rewrite(path: Path) -> bool:
    """Whether the transcript changed."""
    before = path.read_text()
    replay = Replay(path, framings(load(path)[0])[0])
    lines = [json.dumps(line, ensure_ascii=False) for line in [replay.head, *replay.steps]]
    path.write_text("\n".join(lines) + "\n")
    return path.read_text() != before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rewrite", action="store_true", required=True)
    parser.add_argument("names", nargs="*", help="all when absent")
    names = parser.parse_args().names
    for path in all_transcripts():
        if (not names or path.stem in names) and rewrite(path):
            print(f"rewrote {path.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
