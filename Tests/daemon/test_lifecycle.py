"""The base protocol of LSP 3.17 in Content-Length framing, and what NDJSON keeps of it."""

from __future__ import annotations

import os
import subprocess

import pytest

from contract import METHODS, error
from daemon import LORA, Daemon, lsp
from wire import Json, request

# Those of the lifecycle need no announcement.
OWN_METHODS = sorted(name for name in METHODS if name not in ("initialize", "shutdown"))


def code_of(daemon: Daemon, method: str) -> int | None:
    response = daemon.call(method)
    return response["error"]["code"] if "error" in response else None


class TestContentLength:
    def test_before_initialize(self) -> None:
        with lsp() as daemon:
            for method in ("probex/status", "shutdown", "nothing"):
                assert code_of(daemon, method) == error("serverNotInitialized")
            daemon.notify("initialized", {})
            daemon.notify("textDocument/didOpen", {})
            daemon.initialize()
            daemon.lives()

    def test_exit_before_initialize(self) -> None:
        with lsp() as daemon:
            daemon.notify("exit")
            assert daemon.wait() == 1

    def test_initialize(self) -> None:
        with lsp() as daemon:
            result = daemon.initialize()
            METHODS["initialize"].check_result(result)
            assert result["capabilities"]["positionEncoding"] == "utf-16"
            assert result["capabilities"]["experimental"]["probex"]["methods"] == OWN_METHODS

    def test_second_initialize(self, editor: Daemon) -> None:
        found = editor.error("initialize", {"capabilities": {}})
        assert found["code"] == error("invalidRequest")
        editor.lives()

    def test_shutdown_then_exit(self, editor: Daemon) -> None:
        assert editor.result("shutdown") is None
        for method in ("probex/status", "initialize", "shutdown", "nothing"):
            assert code_of(editor, method) == error("invalidRequest")
        editor.notify("exit")
        assert editor.wait() == 0

    def test_exit_without_shutdown(self, editor: Daemon) -> None:
        editor.notify("exit")
        assert editor.wait() == 1

    @pytest.mark.parametrize("shut_down, code", [(True, 0), (False, 1)])
    def test_end_of_input(self, editor: Daemon, shut_down: bool, code: int) -> None:
        if shut_down:
            editor.result("shutdown")
        assert editor.finish() == code

    def test_end_of_input_at_once(self) -> None:
        with lsp() as daemon:
            assert daemon.finish() == 1

    def test_shutdown_without_id(self, editor: Daemon) -> None:
        editor.notify("shutdown")
        editor.notify("exit")
        editor.close_input()
        assert not editor.rest()
        assert editor.wait() == 0

    def test_shutdown_with_null_params(self, editor: Daemon) -> None:
        editor.send({"jsonrpc": "2.0", "id": 1, "method": "shutdown", "params": None})
        assert editor.receive() == {"jsonrpc": "2.0", "id": 1, "result": None}

    def test_shutdown_and_exit_without_reading(self) -> None:
        """Helix does not wait for the reply; not even while the library loads."""
        with lsp(reads=False) as daemon:
            daemon.send(request("initialize", {"capabilities": {}}))
            daemon.send(request("shutdown", id=2))
            daemon.send({"jsonrpc": "2.0", "method": "exit"})
            assert daemon.wait() == 0

    def test_unknown_members_are_ignored(self) -> None:
        with lsp() as daemon:
            params: Json = {
                "capabilities": {},
                "rootUri": None,
                "nobodyKnows": [1],
                "workspaceFolders": [],
            }
            daemon.initialize(params)
            assert daemon.result("shutdown", {"nobodyKnows": 1}) is None

    def test_wrong_kind_in_initialize(self) -> None:
        with lsp() as daemon:
            found = daemon.error("initialize", {"processId": "me", "capabilities": {}})
            assert found["code"] == error("invalidParams")
            assert found["data"]["parameter"] == "processId"
            daemon.initialize()
            daemon.lives()


class TestProcessId:
    def test_end_of_the_client_is_noticed(self) -> None:
        """The client is dead while a third process holds the input open."""
        with subprocess.Popen(["sleep", "600"]) as client, lsp() as daemon:
            daemon.initialize({"processId": client.pid, "capabilities": {}})
            daemon.lives()
            client.kill()
            assert daemon.wait() in (0, 1)

    def test_code_after_shutdown(self) -> None:
        with subprocess.Popen(["sleep", "600"]) as client, lsp() as daemon:
            daemon.initialize({"processId": client.pid, "capabilities": {}})
            daemon.result("shutdown")
            client.kill()
            assert daemon.wait() == 0

    def test_unknown_process_is_not_watched(self) -> None:
        """In a container the client's number means nothing."""
        with subprocess.Popen(["true"]) as gone:
            gone.wait()
        with lsp() as daemon:
            daemon.initialize({"processId": gone.pid, "capabilities": {}})
            daemon.lives()

    @pytest.mark.parametrize("number", [0, -1, 2**31, 2**62])
    def test_numbers_that_are_no_process(self, number: int) -> None:
        with lsp() as daemon:
            daemon.initialize({"processId": number, "capabilities": {}})
            daemon.lives()

    def test_own_client_stays(self) -> None:
        with lsp() as daemon:
            daemon.initialize({"processId": os.getpid(), "capabilities": {}})
            daemon.lives()


class TestLines:
    def test_no_handshake(self, daemon: Daemon) -> None:
        daemon.lives()
        assert daemon.finish() == 0

    def test_handshake_works(self, daemon: Daemon) -> None:
        daemon.initialize()
        daemon.lives()
        assert daemon.error("initialize", {})["code"] == error("invalidRequest")
        assert daemon.result("shutdown") is None
        assert code_of(daemon, "probex/status") == error("invalidRequest")
        daemon.notify("exit")
        assert daemon.wait() == 0

    def test_exit_alone(self, daemon: Daemon) -> None:
        daemon.notify("exit")
        assert daemon.wait() == 0

    def test_exit_after_initialize(self, daemon: Daemon) -> None:
        daemon.initialize()
        daemon.notify("exit")
        assert daemon.wait() == 1


class TestOrder:
    def test_exclusive_waits_for_earlier_ones(self, either: Daemon) -> None:
        either.send(request("probex/classify", {"checkpoint": "nowhere"}, 1))
        either.send(request("probex/status", id=2))
        either.send(request("shutdown", id=3))
        either.send(request("probex/status", id=4))
        found = either.responses(4)
        assert {reply["id"] for reply in found[:2]} == {1, 2}
        assert [reply["id"] for reply in found[2:]] == [3, 4]
        assert found[3]["error"]["code"] == error("invalidRequest")

    def test_sequential_keep_their_order(self, either: Daemon) -> None:
        methods = ["probex/status", "rpc.discover", "probex/texts", "probex/experts"] * 25
        for number, method in enumerate(methods):
            either.send(request(method, id=number))
        assert [reply["id"] for reply in either.responses(100)] == list(range(100))

    def test_status_overtakes_a_long_batch(self, either: Daemon) -> None:
        models = [f"{LORA}/{'./' * number}" for number in range(1, 2000)]
        either.send(request("probex/classifyBatch", {"checkpoints": models}, 1))
        either.send(request("probex/status", id=2))
        assert either.responses(1)[0]["id"] == 2
        either.notify("$/cancelRequest", {"id": 1})
        assert either.responses(1)[0]["error"]["code"] == error("requestCancelled")
