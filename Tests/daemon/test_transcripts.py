"""Every transcript in its framings, replayed by an implementation that is not the Swift one."""

from __future__ import annotations

from pathlib import Path

import pytest

from transcripts import Replay, all_transcripts, framings, load

CASES = [(path, framing) for path in all_transcripts() for framing in framings(load(path)[0])]


@pytest.mark.parametrize("path, framing", CASES, ids=lambda part: getattr(part, "stem", part))
def test_replay(path: Path, framing: str) -> None:
    assert not Replay(path, framing).problems


@pytest.mark.parametrize("path", all_transcripts(), ids=lambda path: path.stem)
def test_says_what_it_is_about(path: Path) -> None:
    head, steps = load(path)
    assert set(head) <= {"about", "framing", "args", "auto", "exit"}
    assert head["about"].endswith(".")
    assert all(len(step) == 1 for step in steps)
