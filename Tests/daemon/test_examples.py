"""Every example of openrpc.json is what the daemon says: by name, by position, in both framings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract import DOCUMENT, EXAMPLES, METHODS, Example
from daemon import CHECKPOINTS, LIBRARY, ROOT, Daemon
from patterns import floats, mismatches, near
from wire import Json

# Examples show this folder; the daemon of the test shows the checkout's.
SHOWN = "/srv/probexd"


@pytest.fixture(scope="module", params=["ndjson", "lsp"])
def asked(request: pytest.FixtureRequest) -> Iterator[Daemon]:
    environment = {"HF_HUB_CACHE": str(CHECKPOINTS / "hub")}
    with Daemon(
        framing=request.param, library=LIBRARY.relative_to(ROOT), environment=environment
    ) as daemon:
        if request.param == "lsp":
            daemon.initialize()
        yield daemon


def shown(value: Json) -> Json:
    if isinstance(value, str):
        return value.replace(str(ROOT), SHOWN)
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


ASKED = [example for example in EXAMPLES if METHODS[example.method].order != "exclusive"]
ids = [f"{example.method}: {example.name}" for example in ASKED]


@pytest.mark.parametrize("example", ASKED, ids=ids)
def test_example(asked: Daemon, example: Example) -> None:
    method = METHODS[example.method]
    by_name = asked.result(example.method, example.params)
    agrees(example, by_name)
    by_position = asked.result(example.method, method.positions(example.params))
    agrees(example, by_position)
    if example.method != "probex/status":
        assert by_name == by_position


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e not in ASKED], ids=lambda e: e.name)
def test_lifecycle_example(example: Example) -> None:
    with Daemon(framing="lsp") as daemon:
        if example.method != "initialize":
            daemon.initialize()
        assert daemon.result(example.method, example.params) == example.result


def test_discover_is_the_document(asked: Daemon) -> None:
    assert asked.result("rpc.discover") == DOCUMENT
