"""JSON and frames as a strict client sees them: what the daemon writes must pass here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

Json = Any

LSP = "lsp"
NDJSON = "ndjson"


class WireError(Exception):
    """The daemon wrote something that is no frame or no strict JSON."""


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise WireError(f"duplicate member names in {[name for name, _ in pairs]}")
    return members


def _refuse(constant: str) -> Json:
    raise WireError(f"{constant} is not JSON")


def parse(text: bytes) -> Json:
    """One JSON text: strict UTF-8, unique names, finite numbers."""
    return json.loads(text.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)


def dump(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def frame(body: bytes, framing: str) -> bytes:
    """A message as it goes over the wire."""
    if framing == LSP:
        return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
    return body + b"\n"


def message(value: Json, framing: str) -> bytes:
    return frame(dump(value), framing)


def request(method: str, params: Json = None, id: Json = 1) -> Json:
    """A request object; `params` of None is left out."""
    value = {"jsonrpc": "2.0", "id": id, "method": method}
    return value if params is None else value | {"params": params}


def notification(method: str, params: Json = None) -> Json:
    value = {"jsonrpc": "2.0", "method": method}
    return value if params is None else value | {"params": params}


def _read_exactly(stream: IO[bytes], count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = stream.read(min(count, 1 << 20))
        if not part:
            raise WireError("the output ends inside a frame")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def read_bodies(stream: IO[bytes], framing: str) -> Iterator[bytes]:
    """The bodies of the daemon's messages until its output ends."""
    if framing == NDJSON:
        for line in stream:
            if not line.endswith(b"\n"):
                raise WireError(f"the output ends inside a line: {line[:80]!r}")
            yield line[:-1]
        return
    while header := stream.readline():
        name, _, value = header.partition(b": ")
        if name != b"Content-Length" or not value.endswith(b"\r\n"):
            raise WireError(f"not our header: {header[:80]!r}")
        if stream.readline() != b"\r\n":
            raise WireError("more than one header")
        yield _read_exactly(stream, int(value))


def check_response(value: Json) -> None:
    """JSON-RPC 2.0, section 5: exactly these members, exactly one of result and error."""
    members = set(value)
    if value.get("jsonrpc") != "2.0" or "id" not in value:
        raise WireError(f"no response: {value}")
    if members not in ({"jsonrpc", "id", "result"}, {"jsonrpc", "id", "error"}):
        raise WireError(f"members of a response: {sorted(members)}")
    if "error" in value:
        error = value["error"]
        if not isinstance(error["code"], int) or not isinstance(error["message"], str):
            raise WireError(f"no error object: {error}")
