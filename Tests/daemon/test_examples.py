"""Every example of openrpc.json is what the daemon says: by name, by position, in both framings."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract import DOCUMENT, EXAMPLES, METHODS, Example
from daemon import CHECKPOINTS, LIBRARY, ROOT, Daemon
from patterns import floats, mismatches, near
from wire import Json

# Examples show this folder; the daemon of the test shows the checkout's.
SHOWN = "/srv/probexd"


# These examples change the library, so they get a copy; their answers show it in its usual place.
CHANGING = ("probex/train",)
COPY = "copy-of-the-library"


def start(framing: str, library: Path) -> Daemon:
    environment = {"HF_HUB_CACHE": str(CHECKPOINTS / "hub")}
    daemon = Daemon(framing=framing, library=library, environment=environment)
    if framing == "lsp":
        daemon.initialize()
    return daemon


@pytest.fixture(scope="module", params=["ndjson", "lsp"])
def asked(request: pytest.FixtureRequest) -> Iterator[Daemon]:
    with start(request.param, LIBRARY.relative_to(ROOT)) as daemon:
        yield daemon


@pytest.fixture(params=["ndjson", "lsp"])
def changed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Daemon]:
    with start(request.param, shutil.copytree(LIBRARY, tmp_path / COPY)) as daemon:
        yield daemon


def shown(value: Json) -> Json:
    if isinstance(value, str):
        place = re.sub(rf"^/.*/{COPY}", str(LIBRARY.relative_to(ROOT)), value)
        return place.replace(str(ROOT), SHOWN)
    if isinstance(value, list):
        return [shown(part) for part in value]
    if isinstance(value, dict):
        return {name: shown(part) for name, part in value.items()}
    return value


def agrees(example: Example, found: Json) -> None:
    METHODS[example.method].check_result(found)
    if example.abridged:
        return
    wanted, found = dict(example.result), shown(found)
    if "representation" in wanted:
        pairs = zip(
            floats(wanted.pop("representation")), floats(found.pop("representation")), strict=True
        )
        assert all(near(a, b) for a, b in pairs)
    assert not mismatches(wanted, found)


def told(example: Example) -> str:
    return f"{example.method}: {example.name}"


def by_name_and_position(daemon: Daemon, example: Example) -> None:
    method = METHODS[example.method]
    by_name = daemon.result(example.method, example.params)
    agrees(example, by_name)
    by_position = daemon.result(example.method, method.positions(example.params))
    agrees(example, by_position)
    if example.method != "probex/status":
        assert by_name == by_position


OPEN = [example for example in EXAMPLES if METHODS[example.method].order == "exclusive"]
ASKED = [e for e in EXAMPLES if e not in OPEN and e.method not in CHANGING]


@pytest.mark.parametrize("example", ASKED, ids=told)
def test_example(asked: Daemon, example: Example) -> None:
    by_name_and_position(asked, example)


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.method in CHANGING], ids=told)
def test_example_that_changes_the_library(changed: Daemon, example: Example) -> None:
    by_name_and_position(changed, example)


@pytest.mark.parametrize("example", OPEN, ids=told)
def test_lifecycle_example(example: Example) -> None:
    with Daemon(framing="lsp") as daemon:
        if example.method != "initialize":
            daemon.initialize()
        assert daemon.result(example.method, example.params) == example.result


def test_discover_is_the_document(asked: Daemon) -> None:
    assert asked.result("rpc.discover") == DOCUMENT
