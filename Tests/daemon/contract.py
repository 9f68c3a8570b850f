"""Protocol/openrpc.json as tests use it: methods, schemas, examples, with references resolved."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

import wire
from daemon import ROOT
from wire import Json

PROTOCOL = ROOT / "Protocol"
DOCUMENT: Json = wire.parse((PROTOCOL / "openrpc.json").read_bytes())
SCHEMAS: dict[str, Json] = DOCUMENT["components"]["schemas"]
ERRORS: dict[str, Json] = DOCUMENT["components"]["errors"]

# A parameter that every method of ours accepts beside its own.
ALWAYS_ALLOWED = ("workDoneToken", "partialResultToken", "_meta")

_REGISTRY: Registry[Any] = Registry().with_resource(
    "urn:probexd", Resource.from_contents(DOCUMENT, default_specification=DRAFT7)
)


def resolve(value: Json) -> Json:
    """The object itself, or what a `$ref` of the document leads to."""
    if isinstance(value, dict) and "$ref" in value:
        found = DOCUMENT
        for part in value["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return found
    return value


def inlined(value: Json) -> Json:
    """A copy with every reference replaced by what it leads to."""
    value = resolve(value)
    if isinstance(value, dict):
        return {name: inlined(part) for name, part in value.items()}
    return [inlined(part) for part in value] if isinstance(value, list) else value


def _absolute(value: Json) -> Json:
    if isinstance(value, dict):
        return {
            name: "urn:probexd" + part if name == "$ref" else _absolute(part)
            for name, part in value.items()
        }
    return [_absolute(part) for part in value] if isinstance(value, list) else value


def problems(value: Json, schema: Json) -> list[str]:
    """Where a value breaks a schema of the document."""
    validator = Draft7Validator(_absolute(schema), registry=_REGISTRY)
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]


@dataclass(frozen=True)
class Parameter:
    name: str
    required: bool
    schema: Json


@dataclass(frozen=True)
class Example:
    """One pairing of the document."""

    method: str
    name: str
    params: dict[str, Json]
    result: Json
    # Only the shape of the result is the same everywhere.
    abridged: bool


@dataclass(frozen=True)
class Method:
    name: str
    order: str
    params: tuple[Parameter, ...]
    result: Json
    error_codes: frozenset[int]
    examples: tuple[Example, ...]

    def check_result(self, value: Json) -> None:
        assert not problems(value, self.result), problems(value, self.result)

    def check_error(self, error: Json) -> None:
        """The error has its shape and is one that the document announces for this method."""
        found = problems(error, {"$ref": "#/components/schemas/Error"})
        assert not found, found
        assert error["code"] in self.error_codes, f"{self.name} does not announce {error}"
        assert error["data"]["name"] == NAMES[error["code"]]

    def positions(self, params: dict[str, Json]) -> list[Json]:
        """The same parameters by position; null stands for those left out before the last."""
        values = [params.get(parameter.name) for parameter in self.params]
        while values and self.params[len(values) - 1].name not in params:
            values.pop()
        return values


def _method(value: Json) -> Method:
    return Method(
        name=value["name"],
        order=value["x-order"],
        params=tuple(
            Parameter(part["name"], part.get("required", False), part["schema"])
            for part in map(resolve, value["params"])
        ),
        result=resolve(value["result"])["schema"],
        error_codes=frozenset(resolve(error)["code"] for error in value["errors"]),
        examples=tuple(
            Example(
                value["name"],
                pairing["name"],
                {part["name"]: part["value"] for part in pairing["params"]},
                pairing["result"]["value"],
                pairing.get("x-abridged", False),
            )
            for pairing in value["examples"]
        ),
    )


NAMES: dict[int, str] = {error["code"]: error["data"]["name"] for error in ERRORS.values()}
METHODS: dict[str, Method] = {value["name"]: _method(value) for value in DOCUMENT["methods"]}
EXAMPLES: list[Example] = [example for method in METHODS.values() for example in method.examples]
NOTIFICATIONS: dict[str, Json] = {value["name"]: value for value in DOCUMENT["x-notifications"]}


@functools.cache
def error(name: str) -> int:
    """The code of an error by its stable name."""
    return next(code for code, known in NAMES.items() if known == name)


def check_notification(value: Json) -> None:
    """A notification of the daemon is announced, and its params fit."""
    announced = NOTIFICATIONS[value["method"]]
    assert announced["from"] == "server", value
    params = value["params"]
    for part in announced["params"]:
        if part["name"] in params:
            found = problems(params[part["name"]], part["schema"])
            assert not found, found
        else:
            assert not part.get("required"), value
    assert set(params) <= {part["name"] for part in announced["params"]}, value
