"""Messages beyond every limit are answered and passed over in constant memory."""

from __future__ import annotations

import pytest

import wire
from contract import error
from daemon import Daemon, lsp
from wire import LSP, NDJSON, request

GIB = 1 << 30
PIECE = b"x" * (1 << 20)


def is_too_long(response: wire.Json, limit: int) -> None:
    assert response["id"] is None
    assert response["error"]["code"] == error("invalidRequest")
    assert response["error"]["data"]["limit"] == limit


class TestOneGibibyte:
    @pytest.mark.parametrize("framing", [LSP, NDJSON])
    def test_is_passed_over(self, framing: str) -> None:
        with Daemon(framing=framing) as daemon:
            if framing == LSP:
                daemon.initialize()
            daemon.lives()
            before = daemon.resident()
            if framing == LSP:
                daemon.write(b"Content-Length: %d\r\n\r\n" % GIB)
            peak = 0
            for number in range(GIB // len(PIECE)):
                daemon.write(PIECE)
                if number % 64 == 63:
                    peak = max(peak, daemon.resident())
            if framing == NDJSON:
                daemon.write(b"\n")
            is_too_long(daemon.responses(1)[0], 64 << 20)
            # A line is only known to be too long once the limit's worth of it has come.
            allowed = (8 << 20) if framing == LSP else (160 << 20)
            assert peak - before < allowed
            daemon.lives()


class TestMessageLimit:
    @pytest.mark.parametrize("framing", [LSP, NDJSON])
    @pytest.mark.parametrize("excess", [0, 1])
    def test_exactly(self, framing: str, excess: int) -> None:
        """The limit itself is allowed, one byte more is not."""
        body = wire.dump(request("probex/status", {"_meta": ""}))
        limit = 10_000
        padded = body.replace(b'""', b'"%b"' % (b"x" * (limit + excess - len(body))))
        with Daemon("--message-limit", str(limit), framing=framing) as daemon:
            if framing == LSP:
                daemon.initialize()
            daemon.write(wire.frame(padded, framing))
            response = daemon.responses(1)[0]
            if excess:
                is_too_long(response, limit)
            else:
                assert response["result"]["limits"]["message"] == limit
            daemon.lives()

    def test_default_fits_many_members(self, either: Daemon) -> None:
        names = ["checkpoint"] * 1000
        either.send(request("probex/status", {"_meta": {"names": names * 1000}}))
        assert "result" in either.responses(1)[0]

    def test_memory_returns(self, daemon: Daemon) -> None:
        """A message of 40 MB leaves little behind."""
        daemon.lives()
        before = daemon.resident()
        for _ in range(3):
            daemon.send(request("probex/status", {"_meta": "x" * (40 << 20)}))
            assert "result" in daemon.receive()
        assert daemon.resident() - before < 160 << 20


class TestBatchOfCheckpoints:
    @pytest.mark.parametrize("count, allowed", [(10_000, True), (10_001, False), (100_000, False)])
    def test_limit(self, shared: Daemon, count: int, allowed: bool) -> None:
        params = {"checkpoints": ["nowhere"] * count}
        if allowed:
            assert shared.result("probex/classifyBatch", params)["failed"] == count
        else:
            found = shared.error("probex/classifyBatch", params)
            assert found["code"] == error("invalidParams")
            assert found["data"]["parameter"] == "checkpoints"
        shared.lives()


class TestOptions:
    @pytest.mark.parametrize("value", ["0", "-1", "x", "", "1.5", "99999999999999999999"])
    @pytest.mark.parametrize("option", ["--message-limit", "--header-limit"])
    def test_unusable_limits(self, option: str, value: str) -> None:
        with lsp(f"{option}={value}") as daemon:
            assert daemon.wait() == 64
            assert not daemon.rest()
            assert option in daemon.log()
