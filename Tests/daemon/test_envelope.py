"""JSON-RPC 2.0 through the real process: every shape of request, id, batch and bad JSON."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

import wire
from contract import error
from daemon import Daemon
from wire import Json, notification, request

STATUS = "probex/status"


def failure(name: str, id: Json) -> tuple[int, Json]:
    return error(name), id


def outcome(response: Json) -> tuple[Any, Json]:
    """What matters of a response: the error's code or `ok`, and the id with its type."""
    wire.check_response(response)
    return (response["error"]["code"] if "error" in response else "ok"), response["id"]


def same(left: Json, right: Json) -> bool:
    """Equal in value and type: 1, 1.0 and "1" are three ids."""
    return left == right and type(left) is type(right)


class TestSpecificationShapes:
    """The examples of the specification's section 7, with methods of ours."""

    def test_call_by_position_and_by_name(self, either: Daemon) -> None:
        missing = "no/such/model"
        for params in ([missing], {"checkpoint": missing}):
            assert either.error("probex/inspect", params)["code"] == error("checkpointNotFound")

    def test_notifications_are_not_answered(self, either: Daemon) -> None:
        either.notify("update", [1, 2, 3, 4, 5])
        either.notify("foobar")
        either.notify("probex/classify", {"checkpoint": 1})
        either.notify("probex/status")
        either.lives()

    def test_unknown_method(self, either: Daemon) -> None:
        either.send(request("foobar", id="1"))
        response = either.receive()
        assert response["error"]["code"] == -32601
        assert response["error"]["message"] == "Method not found"
        assert response["id"] == "1"

    def test_invalid_json(self, either: Daemon) -> None:
        body = b'{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]'
        either.write(wire.frame(body, either.framing))
        response = either.receive()
        assert response["error"]["code"] == -32700
        assert response["error"]["message"] == "Parse error"
        assert response["id"] is None
        either.lives()

    def test_invalid_request(self, either: Daemon) -> None:
        either.send({"jsonrpc": "2.0", "method": 1, "params": "bar"})
        response = either.receive()
        assert response["error"]["code"] == -32600
        assert response["error"]["message"] == "Invalid Request"
        assert response["id"] is None


class TestBatches:
    def test_invalid_json(self, daemon: Daemon) -> None:
        daemon.write(b'[{"jsonrpc":"2.0","method":"sum","id":"1"},{"jsonrpc":"2.0","method"]\n')
        assert outcome(daemon.receive()) == failure("parseError", None)

    def test_empty(self, daemon: Daemon) -> None:
        daemon.send([])
        assert outcome(daemon.receive()) == failure("invalidRequest", None)

    @pytest.mark.parametrize("count", [1, 3])
    def test_of_no_requests(self, daemon: Daemon, count: int) -> None:
        daemon.send(list(range(count)))
        replies = daemon.receive()
        assert [outcome(reply) for reply in replies] == [failure("invalidRequest", None)] * count

    def test_mixed(self, daemon: Daemon) -> None:
        daemon.send(
            [
                request(STATUS, id="1"),
                notification("notify_hello", [7]),
                request("probex/experts", [], id="2"),
                {"foo": "boo"},
                request("foo.get", {"name": "myself"}, id="5"),
                request("probex/texts", id="9"),
            ]
        )
        found = sorted((str(id), str(code)) for code, id in map(outcome, daemon.receive()))
        assert found == [("1", "ok"), ("2", "ok"), ("5", "-32601"), ("9", "ok"), ("None", "-32600")]

    def test_of_notifications_only(self, daemon: Daemon) -> None:
        daemon.send([notification("notify_sum", [1, 2, 4]), notification("notify_hello", [7])])
        daemon.lives()

    def test_of_one(self, daemon: Daemon) -> None:
        daemon.send([request(STATUS, id=1)])
        (reply,) = daemon.receive()
        assert outcome(reply) == ("ok", 1)

    def test_nested(self, daemon: Daemon) -> None:
        daemon.send([[request(STATUS)], request(STATUS, id=2)])
        replies = sorted(map(outcome, daemon.receive()), key=str)
        assert replies == [("ok", 2), failure("invalidRequest", None)]

    def test_same_id_twice(self, daemon: Daemon) -> None:
        daemon.send([request(STATUS, id="a"), request(STATUS, id="a")])
        assert [outcome(reply) for reply in daemon.receive()] == [("ok", "a"), ("ok", "a")]

    @pytest.mark.parametrize("method", ["initialize", "shutdown", "exit"])
    def test_lifecycle_is_refused(self, daemon: Daemon, method: str) -> None:
        daemon.send([request(method, id=1), request(STATUS, id=2)])
        replies = sorted(map(outcome, daemon.receive()), key=lambda pair: pair[1])
        assert replies == [failure("invalidRequest", 1), ("ok", 2)]
        daemon.lives()

    def test_responses_are_ignored(self, daemon: Daemon) -> None:
        daemon.send([{"jsonrpc": "2.0", "id": 1, "result": 1}, request(STATUS, id=2)])
        assert [outcome(reply) for reply in daemon.receive()] == [("ok", 2)]
        daemon.send([{"jsonrpc": "2.0", "id": 1, "result": 1}])
        daemon.lives()

    @pytest.mark.parametrize("count, allowed", [(1000, True), (1001, False), (100_000, False)])
    def test_limit(self, daemon: Daemon, count: int, allowed: bool) -> None:
        daemon.send([request("nothing", id=number) for number in range(count)])
        replies = daemon.receive()
        if allowed:
            assert sorted(reply["id"] for reply in replies) == list(range(count))
        else:
            assert outcome(replies) == failure("invalidRequest", None)
            assert replies["error"]["data"]["limit"] == 1000
        daemon.lives()

    def test_refused_in_content_length_framing(self, editor: Daemon) -> None:
        for batch in ([request(STATUS, id=1), request(STATUS, id=2)], [], [1]):
            editor.send(batch)
            assert outcome(editor.receive()) == failure("invalidRequest", None)
        editor.lives()


IDS: list[Json] = [
    0,
    1,
    -1,
    2**53 + 1,
    2**63 - 1,
    -(2**63),
    1.5,
    0.1,
    -2.25,
    1e300,
    "",
    "1",
    " 1 ",
    "ä€😀",
    "\u0000",
    "a\nb",
    "x" * 1_000_000,
    None,
]


class TestIds:
    @pytest.mark.parametrize("id", IDS, ids=lambda id: repr(id)[:20])
    def test_come_back_as_sent(self, either: Daemon, id: Json) -> None:
        for method in (STATUS, "nothing"):
            either.send(request(method, id=id))
            assert same(either.receive()["id"], id)

    @pytest.mark.parametrize("id", [True, False, [], [1], {}, {"a": 1}])
    def test_of_illegal_kinds(self, either: Daemon, id: Json) -> None:
        either.send(request(STATUS, id=id))
        assert outcome(either.receive()) == failure("invalidRequest", None)

    def test_same_id_twice_in_flight(self, either: Daemon) -> None:
        for _ in range(2):
            either.send(request(STATUS, id=7))
        assert [outcome(reply) for reply in either.responses(2)] == [("ok", 7)] * 2


ABSENT = object()


def _members(**members: Any) -> Json:
    return {name: value for name, value in members.items() if value is not ABSENT}


class TestEnvelope:
    @pytest.mark.parametrize("id", [ABSENT, 3, "three", None])
    def test_wrong_kinds_of_members(self, either: Daemon, id: Any) -> None:
        """Every combination of right and wrong kinds: what is invalid gets one -32600."""
        versions: list[Any] = ["2.0", ABSENT, 2.0, 2, "1.0", "2", None, ["2.0"]]
        methods: list[Any] = ["nothing", ABSENT, 1, None, [], {}]
        params: list[Any] = [ABSENT, None, [], {}, "text", 1, True]
        expected: list[tuple[int, Json]] = []
        for version, method, given in itertools.product(versions, methods, params):
            either.send(_members(jsonrpc=version, method=method, params=given, id=id))
            valid = (
                version == "2.0"
                and method == "nothing"
                and (given is ABSENT or given is None or isinstance(given, (list, dict)))
            )
            if not valid:
                expected.append(failure("invalidRequest", None if id is ABSENT else id))
            elif id is not ABSENT:
                expected.append(failure("methodNotFound", id))
        assert sorted(map(outcome, either.responses(len(expected))), key=str) == sorted(
            expected, key=str
        )
        either.lives()

    @pytest.mark.parametrize("value", [42, 1.5, "text", True, None])
    def test_scalars(self, either: Daemon, value: Json) -> None:
        either.send(value)
        assert outcome(either.receive()) == failure("invalidRequest", None)

    def test_member_names_are_case_sensitive(self, either: Daemon) -> None:
        either.send({"jsonrpc": "2.0", "Method": STATUS, "ID": 1})
        assert outcome(either.receive()) == failure("invalidRequest", None)

    def test_unknown_members_are_ignored(self, either: Daemon) -> None:
        either.send(request(STATUS, id=1) | {"extra": [1], "Method": "x"})
        assert outcome(either.receive()) == ("ok", 1)

    @pytest.mark.parametrize(
        "stray",
        [
            {"jsonrpc": "2.0", "id": 99, "result": None},
            {"jsonrpc": "2.0", "id": "x", "error": {"code": 1, "message": "m"}},
            {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "m"}},
        ],
    )
    def test_stray_responses_are_ignored(self, either: Daemon, stray: Json) -> None:
        either.send(stray)
        either.lives()

    def test_unknown_dollar_messages(self, either: Daemon) -> None:
        either.notify("$/unknown", {"a": 1})
        assert either.error("$/unknown")["code"] == error("methodNotFound")
        assert either.error("rpc.unknown")["code"] == error("methodNotFound")

    def test_standard_notifications_are_ignored(self, either: Daemon) -> None:
        either.notify("workspace/didChangeConfiguration", {"settings": {}})
        either.notify("textDocument/didOpen", {"textDocument": {"uri": "file:///a"}})
        either.lives()


BAD_TEXTS: list[bytes] = [
    b"nothing",
    b"{",
    b'{"jsonrpc":"2.0"',
    b"[1,]",
    b'{"a":1,}',
    b"{'a':1}",
    b'{"a":+1}',
    b'{"a":.5}',
    b'{"a":01}',
    b'{"a":NaN}',
    b'{"a":Infinity}',
    b'{"a":"\t"}',
    b'{"jsonrpc":"2.0"} {}',
    b"{}{}",
    b'{"a":1}garbage',
    b"// comment",
    b'{"a":"\xff"}',
    b'{"a":"\xc0\xaf"}',
    b'{"a":"\xed\xa0\x80"}',
    b'{"a":"\xf4\x90\x80\x80"}',
    b'{"a":"\\ud800"}',
    b'{"a":"\\udc00"}',
    b'{"a":"\\ud800\\ud800"}',
    b'{\xef\xbb\xbf"a":1}',
    b'{"a":9223372036854775808}',
    b'{"a":-9223372036854775809}',
    b'{"a":1e400}',
    b'{"a":' + b"9" * 400 + b"}",
    b'{"a\\u0000":1}',
    b'{"a":"\x00"}',
    b"\x00",
]


class TestJSON:
    @pytest.mark.parametrize("text", BAD_TEXTS, ids=lambda text: repr(text)[2:30])
    def test_bad_texts(self, either: Daemon, text: bytes) -> None:
        either.write(wire.frame(text, either.framing))
        response = either.receive()
        assert outcome(response) == failure("parseError", None)
        assert response["error"]["data"]["problem"]
        either.lives()

    @pytest.mark.parametrize(
        "text",
        [
            b'{"jsonrpc":"2.0","method":"nothing","method":"probex/status","id":1}',
            b'{"jsonrpc":"2.0","method":"probex/status","id":1,"id":2}',
            b'{"jsonrpc":"2.0","id":1,"method":"nothing","params":{"path":"a","path":"b"}}',
        ],
    )
    def test_duplicate_names(self, either: Daemon, text: bytes) -> None:
        either.write(wire.frame(text, either.framing))
        assert outcome(either.receive()) == failure("invalidRequest", None)
        either.lives()

    @pytest.mark.parametrize(
        "depth, allowed", [(126, True), (129, False), (2049, False), (100_000, False)]
    )
    @pytest.mark.parametrize("opening, closing", [(b"[", b"]"), (b'{"a":', b"}")])
    def test_depth(
        self, either: Daemon, opening: bytes, closing: bytes, depth: int, allowed: bool
    ) -> None:
        """Levels counted with the request object around them."""
        nested = opening * (depth - 1) + b"1" + closing * (depth - 1)
        body = b'{"jsonrpc":"2.0","id":1,"method":"nothing","params":%b}' % nested
        either.write(wire.frame(body, either.framing))
        expected = failure("methodNotFound", 1) if allowed else failure("parseError", None)
        assert outcome(either.receive()) == expected
        either.lives()

    def test_depth_without_end(self, either: Daemon) -> None:
        either.write(wire.frame(b'[{"a":' * 500_000, either.framing))
        assert outcome(either.receive()) == failure("parseError", None)
        either.lives()

    def test_nul_in_method_and_path(self, either: Daemon) -> None:
        assert either.error("probex/status\u0000")["code"] == error("methodNotFound")
        found = either.error("probex/inspect", {"checkpoint": "a.safetensors\u0000.txt"})
        assert found["code"] == error("invalidParams")
        assert found["data"]["parameter"] == "checkpoint"

    def test_long_method_name(self, either: Daemon) -> None:
        found = either.error("m" * (50 << 20))
        assert found["code"] == error("methodNotFound")
        assert len(wire.dump(found)) < 2000

    def test_many_unknown_members(self, either: Daemon) -> None:
        members = {f"member-{number}": number for number in range(1_000_000)}
        either.send(request(STATUS, id=1) | members)
        assert outcome(either.receive()) == ("ok", 1)

    def test_names_that_share_their_hash_bits(self, either: Daemon) -> None:
        """Names made of equal-hash blocks of the usual multiplicative hashes stay cheap."""
        blocks = ("Aa", "BB")
        names = ("".join(parts) for parts in itertools.product(blocks, repeat=16))
        either.send(request(STATUS, id=1) | {name: 0 for name in names})
        assert outcome(either.receive()) == ("ok", 1)
