"""Every transcript in its framings, replayed by an implementation that is not the Swift one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import wire
from patterns import mismatches, renewed
from transcripts import Replay, all_transcripts, framings, load

CASES = [(path, framing) for path in all_transcripts() for framing in framings(load(path)[0])]


@pytest.mark.parametrize("path, framing", CASES, ids=lambda part: getattr(part, "stem", part))
def test_replay(path: Path, framing: str) -> None:
    assert not Replay(path, framing).problems


@pytest.mark.parametrize("path", all_transcripts(), ids=lambda path: path.stem)
def test_says_what_it_is_about(path: Path) -> None:
    head, steps = load(path)
    assert set(head) <= {"about", "framing", "args", "auto", "copy", "exit"}
    assert head["about"].endswith(".")
    assert all(len(step) == 1 for step in steps)


ROWS = [wire.parse(line) for line in Path(__file__).with_name("patterns.jsonl").open("rb")]


@pytest.mark.parametrize("row", ROWS, ids=json.dumps)
def test_patterns(row: wire.Json) -> None:
    """The same table checks the runner in Tests/DaemonTests."""
    assert (not mismatches(row["pattern"], row["value"])) is row["matches"]
    assert not mismatches(renewed(row["pattern"], row["value"]), row["value"])


def test_a_wrong_expectation_fails(tmp_path: Path) -> None:
    """Another answer is told, and so is a missing or a further one."""
    request = {"jsonrpc": "2.0", "id": 1, "method": "nothing"}
    wrong = {"jsonrpc": "2.0", "id": 2, "error": {"$any": "object"}}
    right = wrong | {"id": 1}
    head = {"about": "A test.", "framing": "ndjson"}
    for steps, fails in (
        ([{"send": request}, {"expect": right}], False),
        ([{"send": request}, {"expect": wrong}], True),
        ([{"send": request}, {"expect": None}], True),
        ([{"send": request}], True),
    ):
        path = tmp_path / "session.jsonl"
        path.write_text("\n".join(map(json.dumps, [head, *steps])))
        assert bool(Replay(path, "ndjson").problems) is fails
    path.write_text("\n".join(map(json.dumps, [head | {"exit": 1}, {"send": request}])))
    assert any("exit code" in problem for problem in Replay(path, "ndjson").problems)
