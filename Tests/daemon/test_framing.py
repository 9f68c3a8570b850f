"""The two framings byte by byte: good input in odd pieces, bad headers, recovery."""

from __future__ import annotations

import pytest

import wire
from contract import error
from daemon import CHECKPOINTS, Daemon, lsp
from wire import LSP, NDJSON, Json, request

STATUS = wire.dump(request("probex/status", id="next"))


def status(**header: str) -> bytes:
    return wire.frame(STATUS, LSP)


def answered_next(daemon: Daemon) -> None:
    """A good message after the bad one is answered."""
    daemon.write(wire.frame(STATUS, daemon.framing))
    response = daemon.responses(1)[0]
    assert response["id"] == "next" and "result" in response


def parse_error(daemon: Daemon) -> Json:
    response = daemon.responses(1)[0]
    assert response["error"]["code"] == error("parseError"), response
    assert response["id"] is None
    return response["error"]


BAD_LENGTHS = [
    b"abc",
    b"",
    b"0x10",
    b"1 2",
    b"-5",
    b"+5",
    b"1.0",
    b"1e3",
    b"12345678901234567890",
    b"9223372036854775808",
    b"4294967296",
    b"99999999999",
]


class TestHeaders:
    @pytest.mark.parametrize("length", BAD_LENGTHS)
    def test_bad_lengths(self, editor: Daemon, length: bytes) -> None:
        editor.write(b"Content-Length: " + length + b"\r\n\r\n{}")
        parse_error(editor)
        answered_next(editor)

    def test_length_without_body_allocates_nothing(self, editor: Daemon) -> None:
        editor.lives()
        before = editor.resident()
        editor.write(b"Content-Length: 2147483647\r\n\r\n")
        editor.write(b"x" * 1000)
        assert editor.resident() - before < 16 << 20
        assert editor.finish() == 1

    def test_announced_length_is_not_allocated(self) -> None:
        with lsp("--message-limit", str(3 << 30)) as daemon:
            daemon.initialize()
            daemon.lives()
            before = daemon.resident()
            daemon.write(b"Content-Length: 2147483647\r\n\r\n" + b"x" * 1000)
            daemon.process.stdin.flush()
            assert daemon.resident() - before < 16 << 20
            assert daemon.finish() == 1

    def test_empty_body(self, editor: Daemon) -> None:
        editor.write(b"Content-Length: 0\r\n\r\n")
        parse_error(editor)
        answered_next(editor)

    def test_header_missing(self, editor: Daemon) -> None:
        editor.write(b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n" + STATUS)
        parse_error(editor)
        editor.write(b"\r\n")
        answered_next(editor)

    @pytest.mark.parametrize(
        "header",
        [
            b"content-length: %d\r\n\r\n",
            b"CONTENT-LENGTH: %d\r\n\r\n",
            b"Content-length:%d\r\n\r\n",
            b"Content-Length:\t %d \t\r\n\r\n",
            b"Content-Length: %d\n\n",
            b"Content-Length: 0%d\r\n\r\n",
            b"X-Other: 1\r\nContent-Length: %d\r\n\r\n",
            b"Content-Length: %d\r\nX-Other: 1\r\n\r\n",
            b"Content-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n",
            b"Content-Length: %d\r\nContent-Type: x; charset=utf8\r\n\r\n",
            b'Content-Length: %d\r\nContent-Type: x; charset="UTF-8"\r\n\r\n',
        ],
    )
    def test_good_variants(self, editor: Daemon, header: bytes) -> None:
        editor.write(header % len(STATUS) + STATUS)
        assert "result" in editor.responses(1)[0]

    def test_length_twice(self, editor: Daemon) -> None:
        same = b"Content-Length: %d\r\n" % len(STATUS)
        editor.write(same * 2 + b"\r\n" + STATUS)
        assert "result" in editor.responses(1)[0]
        editor.write(same + b"Content-Length: 5\r\n\r\n")
        parse_error(editor)
        answered_next(editor)

    def test_other_charset(self, editor: Daemon) -> None:
        body = STATUS.decode().encode("utf-16-le")
        editor.write(
            b"Content-Length: %d\r\nContent-Type: x; charset=utf-16\r\n\r\n%b" % (len(body), body)
        )
        parse_error(editor)
        answered_next(editor)

    @pytest.mark.parametrize(
        "block",
        [
            b"X: " + b"y" * (1 << 20) + b"\r\n",
            b"X: 1\r\n" * 10_000,
            b"X: a\x00b\r\n",
        ],
        ids=["long line", "many lines", "NUL"],
    )
    def test_oversized_blocks(self, editor: Daemon, block: bytes) -> None:
        editor.write(block + b"\r\n")
        parse_error(editor)
        answered_next(editor)

    @pytest.mark.parametrize(
        "garbage",
        [
            b"hello\r\n",
            b"Welcome to the machine!\nLast login: now\n",
            b"\x1b[31mred\x1b[0m\r\n",
            b"\r\n\r\n",
        ],
    )
    def test_garbage_before_a_header_is_skipped(self, editor: Daemon, garbage: bytes) -> None:
        editor.write(garbage)
        answered_next(editor)

    def test_length_shorter_than_body(self, editor: Daemon) -> None:
        editor.write(b"Content-Length: %d\r\n\r\n%b\r\n" % (len(STATUS) - 5, STATUS))
        parse_error(editor)
        answered_next(editor)

    def test_length_longer_than_body(self, editor: Daemon) -> None:
        """At most the swallowed message is lost."""
        editor.write(b"Content-Length: %d\r\n\r\n%b" % (len(STATUS) + 7, STATUS))
        for number in range(3):
            editor.write(wire.message(request("probex/status", id=number), LSP))
        parse_error(editor)
        seen = {1, 2}
        while seen:
            seen.discard(editor.receive()["id"])

    def test_a_line_of_json(self, editor: Daemon) -> None:
        editor.write(STATUS + b"\n")
        parse_error(editor)
        answered_next(editor)

    @pytest.mark.parametrize("cut", [b"Content-Le", b'Content-Length: 50\r\n\r\n{"jsonrpc"'])
    def test_end_inside_a_message(self, editor: Daemon, cut: bytes) -> None:
        editor.write(cut)
        editor.close_input()
        assert not editor.rest()
        assert editor.wait() == 1


class TestPieces:
    def test_one_byte_per_write(self, either: Daemon) -> None:
        message = request("probex/inspect", {"checkpoint": "ünï/€/😀"}, "näher")
        for byte in wire.message(message, either.framing):
            either.write(bytes([byte]))
        response = either.responses(1)[0]
        assert response["id"] == "näher"
        assert response["error"]["data"]["subject"].endswith("ünï/€/😀")

    def test_everything_in_one_write(self, either: Daemon) -> None:
        either.write(
            b"".join(
                wire.message(request("probex/status", id=number), either.framing)
                for number in range(1000)
            )
        )
        assert [reply["id"] for reply in either.responses(1000)] == list(range(1000))

    def test_messages_before_the_reply_to_initialize(self) -> None:
        """Sent in one piece; nothing overtakes initialize."""
        values = [
            request("initialize", {"capabilities": {}}, 1),
            request("probex/status", id=2),
            request("shutdown", id=3),
            wire.notification("exit"),
        ]
        with lsp() as daemon:
            daemon.write(b"".join(wire.message(value, LSP) for value in values))
            assert [reply["id"] for reply in daemon.responses(3)] == [1, 2, 3]
            assert daemon.wait() == 0


class TestLines:
    @pytest.mark.parametrize(
        "text", [STATUS + b"\r\n", b"\n\r\n \t \n" + STATUS + b"\n", b"  \t" + STATUS + b"  \n"]
    )
    def test_white_space(self, daemon: Daemon, text: bytes) -> None:
        daemon.write(text)
        assert "result" in daemon.receive()

    def test_last_line_without_end(self, daemon: Daemon) -> None:
        daemon.write(STATUS)
        daemon.close_input()
        assert ["result" in reply for reply in daemon.rest()] == [True]
        assert daemon.wait() == 0

    def test_text_over_several_lines(self, daemon: Daemon) -> None:
        daemon.write(b'{\n  "jsonrpc": "2.0",\n  "id": 1\n}\n')
        errors = [parse_error(daemon) for _ in range(4)]
        assert any("one line" in found["data"]["problem"] for found in errors)
        answered_next(daemon)

    def test_headers_on_a_line_connection(self, daemon: Daemon) -> None:
        daemon.lives()
        daemon.write(b"Content-Length: %d\r\n\r\n%b\n" % (len(STATUS), STATUS))
        assert "Content-Length" in parse_error(daemon)["data"]["problem"]
        assert daemon.receive()["id"] == "next"

    def test_batch_engines_contract(self) -> None:
        """10,000 requests and the end of input: as many answers, exit 0."""
        with Daemon() as daemon:
            for start in range(0, 10_000, 500):
                numbers = range(start, start + 500)
                daemon.write(
                    b"".join(wire.message(request("probex/status", id=n), NDJSON) for n in numbers)
                )
            daemon.close_input()
            assert [reply["id"] for reply in daemon.rest()] == list(range(10_000))
            assert daemon.wait() == 0

    def test_end_of_input_waits_for_running_work(self) -> None:
        models = [str(path) for path in sorted((CHECKPOINTS / "lora-held-out").iterdir())]
        with Daemon() as daemon:
            daemon.send(request("probex/classifyBatch", {"checkpoints": models, "top": 1}, 1))
            daemon.close_input()
            (reply,) = daemon.rest()
            assert reply["result"]["answered"] == len(models)
            assert daemon.wait() == 0


class TestDetection:
    @pytest.mark.parametrize(
        "first, framing",
        [
            (b"C", LSP),
            (b"c", LSP),
            (b" \r\n\tC", LSP),
            (b"{", NDJSON),
            (b"[", NDJSON),
            (b"\n {", NDJSON),
        ],
    )
    def test_first_byte(self, first: bytes, framing: str) -> None:
        rest = {
            b"C": b"ontent-Length: %d\r\n\r\n%b" % (len(STATUS), STATUS),
            b"c": b"ontent-length: %d\r\n\r\n%b" % (len(STATUS), STATUS),
            b"{": STATUS[1:] + b"\n",
            b"[": STATUS + b"]\n",
        }[first[-1:]]
        with Daemon(framing=framing, forced=False) as daemon:
            for byte in first:
                daemon.write(bytes([byte]))
            daemon.write(rest)
            reply = daemon.receive()
            assert (reply[0] if isinstance(reply, list) else reply)["id"] == "next"

    @pytest.mark.parametrize("framing", [LSP, NDJSON])
    def test_byte_order_mark(self, framing: str) -> None:
        with Daemon(framing=framing, forced=False) as daemon:
            for byte in b"\xef\xbb\xbf":
                daemon.write(bytes([byte]))
            daemon.write(wire.frame(STATUS, framing))
            assert daemon.receive()["id"] == "next"

    def test_neither(self) -> None:
        with Daemon(forced=False) as daemon:
            daemon.write(b"42\n\x00\n")
            assert daemon.receive()["error"]["code"] == error("invalidRequest")
            assert daemon.receive()["error"]["code"] == error("parseError")

    def test_forced_framing_wins(self) -> None:
        with Daemon() as daemon:
            daemon.write(wire.frame(STATUS, LSP) + b"\n")
            parse_error(daemon)
            assert daemon.receive()["id"] == "next"
