"""Shared fixtures. Run by `sh Tests/run`, or by `pytest Tests/daemon` after a release build."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from daemon import Daemon, binary, lsp
from small import COLOURS, write_table, write_zoo


def pytest_configure(config: pytest.Config) -> None:
    if not binary().exists():
        pytest.exit(
            f"{binary()} does not exist: run `swift build -c release`, or set PROBEXD_BINARY.", 2
        )


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    """A daemon of its own, NDJSON framing, on the example library."""
    with Daemon() as running:
        yield running


@pytest.fixture(scope="module")
def shared() -> Iterator[Daemon]:
    """One daemon for all tests of a file: what one leaves behind, the next would see."""
    with Daemon() as running:
        yield running


@pytest.fixture(scope="session")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models to learn from."""
    return write_zoo(tmp_path_factory.mktemp("zoo"))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """A library with one text table and no experts, for tests that change it."""
    folder = tmp_path / "library"
    write_table(folder, "colours", [*COLOURS, "grey"])
    return folder


@pytest.fixture
def served(library: Path) -> Iterator[Daemon]:
    """A daemon on that library, NDJSON framing."""
    with Daemon(library=library) as running:
        yield running


@pytest.fixture
def editor() -> Iterator[Daemon]:
    """A daemon in Content-Length framing, initialized."""
    with lsp() as running:
        running.initialize()
        yield running


@pytest.fixture(params=["ndjson", "lsp"])
def either(request: pytest.FixtureRequest) -> Iterator[Daemon]:
    """Both framings, ready for requests."""
    with Daemon(framing=request.param) as running:
        if request.param == "lsp":
            running.initialize()
        yield running
