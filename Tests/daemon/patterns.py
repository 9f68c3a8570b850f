"""What a transcript may say instead of a value, and whether a value matches it.

The rules are in Protocol/transcripts/README.md; Tests/DaemonTests has its own implementation.
"""

from __future__ import annotations

import base64
import math
import struct
from typing import Any

from wire import Json

TOLERANCE = 1e-4


def near(wanted: float, found: float) -> bool:
    """Equal as far as another processor's kernels would agree."""
    return abs(wanted - found) <= TOLERANCE * max(1.0, abs(wanted))


def kind(value: Json) -> str:
    """The kind of a JSON value as `$any` names it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def floats(text: Json) -> list[float] | None:
    """The numbers of a base64 text; None when it is not made of them."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (TypeError, ValueError):
        return None
    if len(raw) % 4:
        return None
    return list(struct.unpack(f"<{len(raw) // 4}f", raw))


def _any(wanted: Json, found: Json) -> bool:
    return (
        wanted == "value" or kind(found) == wanted or (wanted, kind(found)) == ("number", "integer")
    )


def _contains(parts: list[str], found: Json) -> bool:
    start = 0
    for part in parts:
        if not isinstance(found, str) or (at := found.find(part, start)) < 0:
            return False
        start = at + len(part)
    return True


def placeholder(pattern: Json) -> bool:
    """Whether this is one of the `$` objects."""
    return isinstance(pattern, dict) and len(pattern) == 1 and next(iter(pattern)).startswith("$")


def _special(name: str, argument: Any, found: Json, path: str) -> list[str]:
    match name:
        case "$any":
            good = _any(argument, found)
        case "$contains":
            good = _contains(argument, found)
        case "$array":
            good = isinstance(found, list) and len(found) == argument
        case "$floats":
            numbers = floats(found)
            good = (
                numbers is not None
                and len(numbers) == argument
                and all(map(math.isfinite, numbers))
            )
        case "$members":
            if not isinstance(found, dict):
                return [f"{path}: {kind(found)} instead of an object"]
            return _members(argument, found, path)
        case _:
            raise ValueError(f"{path}: no such placeholder: {name}")
    return [] if good else [f"{path}: {found!r} does not match {name} {argument!r}"]


def _members(pattern: dict[str, Json], found: dict[str, Json], path: str) -> list[str]:
    problems: list[str] = []
    for name, part in pattern.items():
        if name in found:
            problems += mismatches(part, found[name], f"{path}.{name}")
        else:
            problems.append(f"{path}.{name}: missing")
    return problems


def mismatches(pattern: Json, found: Json, path: str = "$") -> list[str]:
    """Where a value differs from a pattern; empty when it matches."""
    if placeholder(pattern):
        ((name, argument),) = pattern.items()
        return _special(name, argument, found, path)
    if isinstance(pattern, float) and kind(found) in ("number", "integer"):
        return [] if near(pattern, found) else [f"{path}: {found} instead of {pattern}"]
    if kind(pattern) != kind(found):
        return [f"{path}: {found!r} instead of {pattern!r}"]
    if isinstance(pattern, dict):
        extra = [f"{path}.{name}: not expected" for name in found if name not in pattern]
        return _members(pattern, found, path) + extra
    if isinstance(pattern, list):
        if len(pattern) != len(found):
            return [f"{path}: {len(found)} elements instead of {len(pattern)}"]
        pairs = enumerate(zip(pattern, found, strict=True))
        return [
            line for at, (part, value) in pairs for line in mismatches(part, value, f"{path}[{at}]")
        ]
    return [] if pattern == found else [f"{path}: {found!r} instead of {pattern!r}"]


def renewed(pattern: Json, found: Json) -> Json:
    """The value as a new pattern that keeps every placeholder which still matches."""
    if not mismatches(pattern, found):
        return pattern
    if placeholder(pattern) and "$members" in pattern and isinstance(found, dict):
        wanted = pattern["$members"]
        return {
            "$members": {
                name: renewed(wanted[name], found[name]) for name in wanted if name in found
            }
        }
    if isinstance(pattern, dict) and isinstance(found, dict):
        return {name: renewed(pattern.get(name), value) for name, value in found.items()}
    if isinstance(pattern, list) and isinstance(found, list) and len(pattern) == len(found):
        return [renewed(part, value) for part, value in zip(pattern, found, strict=True)]
    if isinstance(found, str) and len(found) > 200 and (numbers := floats(found)):
        return {"$floats": len(numbers)}
    return found
