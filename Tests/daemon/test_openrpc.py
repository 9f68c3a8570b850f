"""Protocol/openrpc.json is valid, complete, and what the sources and the README say too."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from typing import Any

import openrpc
import pytest

import openrpc_rules
from contract import (
    DOCUMENT,
    ERRORS,
    EXAMPLES,
    METHODS,
    NOTIFICATIONS,
    PROTOCOL,
    SCHEMAS,
    Method,
    inlined,
    problems,
)
from daemon import ROOT
from transcripts import FOLDER
from wire import Json

MESSAGES = "\n".join(
    path.read_text() for path in sorted((ROOT / "Sources/Messages").rglob("*.swift"))
)


def test_obeys_the_specification() -> None:
    assert not openrpc_rules.problems(DOCUMENT)


def test_obeys_an_independent_model_of_the_specification() -> None:
    openrpc.OpenRPC.model_validate(inlined(DOCUMENT))


def _break(change: Callable[[Json], Any]) -> Json:
    document = copy.deepcopy(DOCUMENT)
    change(document)
    return document


@pytest.mark.parametrize(
    "document",
    [
        _break(lambda d: d.pop("info")),
        _break(lambda d: d["methods"][0].pop("params")),
        _break(lambda d: d["methods"][0].update(parameters=[])),
        _break(
            lambda d: d["methods"][0]["params"].append({"name": "a", "schema": {"type": "strin"}})
        ),
        _break(lambda d: d["components"]["errors"]["ParseError"].update(code="-32700")),
        _break(lambda d: d["components"]["schemas"]["Name"].update(minLength=-1)),
    ],
)
def test_the_rules_can_fail(document: Json) -> None:
    assert openrpc_rules.problems(document)


def _references(value: Json) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [found for part in value.values() for found in _references(part)]
    return (
        [found for part in value for found in _references(part)] if isinstance(value, list) else []
    )


def test_references_and_components_are_the_same_set() -> None:
    defined = {f"#/components/schemas/{name}" for name in SCHEMAS}
    defined |= {f"#/components/errors/{name}" for name in ERRORS}
    # Errors of envelopes and of library files belong to no method.
    unlisted = {"ParseError", "InvalidRequest", "MethodNotFound", "MalformedExpert"}
    used = set(_references(DOCUMENT))
    assert used <= defined
    # The error object itself is used by tests and clients; results refer to it through Failure.
    assert defined - used <= {f"#/components/errors/{name}" for name in unlisted}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
class TestMethod:
    def test_parameters(self, method: Method) -> None:
        names = [parameter.name for parameter in method.params]
        assert len(set(names)) == len(names)
        required = [parameter.required for parameter in method.params]
        assert required == sorted(required, reverse=True), "required ones come first"

    def test_kind(self, method: Method) -> None:
        assert method.order in ("exclusive", "sequential", "concurrent")

    def test_examples_fit_the_schemas(self, method: Method) -> None:
        assert method.examples, "at least one example"
        for example in method.examples:
            schemas = {parameter.name: parameter.schema for parameter in method.params}
            for name, value in example.params.items():
                assert not problems(value, schemas[name])
            method.check_result(example.result)

    def test_has_a_transcript(self, method: Method) -> None:
        assert (FOLDER / f"{method.name.replace('/', '-')}.jsonl").exists()

    def test_is_in_the_readme(self, method: Method) -> None:
        orders = re.findall(r"\| `(\w+)` \| (`.*?`) \|", (PROTOCOL / "README.md").read_text())
        assert f"`{method.name}`" in dict(orders)[method.order]

    def test_has_a_message_type(self, method: Method) -> None:
        """The type's method, kind and parameters, as they stand in its source."""
        if method.name == "shutdown":
            # It has neither parameters nor a result: the connection answers it itself.
            assert 'case "shutdown"' in (ROOT / "Sources/Transport/Intake.swift").read_text()
            return
        declaration = re.search(
            rf'static let method = "{re.escape(method.name)}"(.*?)^}}', MESSAGES, re.S | re.M
        )
        assert declaration, f"no type in Sources/Messages for {method.name}"
        text = declaration[1]
        assert f"order = MethodOrder.{method.order}" in text
        parameters = re.search(r"parameters: \[ParameterName\] = \[(.*?)\]", text, re.S)
        assert parameters
        found = re.findall(r'\.(required|optional)\("(\w+)"\)', parameters[1])
        assert found == [
            ("required" if parameter.required else "optional", parameter.name)
            for parameter in method.params
        ]


@pytest.mark.parametrize("name", NOTIFICATIONS)
def test_notification_is_known_to_the_sources(name: str) -> None:
    assert f'"{name}"' in "\n".join(
        path.read_text() for path in sorted((ROOT / "Sources").rglob("*.swift"))
    )


def test_example_names_are_unique() -> None:
    names = [(example.method, example.name) for example in EXAMPLES]
    assert len(set(names)) == len(names)


def test_error_table_of_the_readme() -> None:
    rows = re.findall(
        r"^\| (-?\d+) \| `(\w+)` \| (.+?) \| (.+?) \|$", (PROTOCOL / "README.md").read_text(), re.M
    )
    assert rows == [
        (str(e["code"]), e["data"]["name"], e["data"]["problem"], e["data"]["remedy"])
        for e in ERRORS.values()
    ]


def test_errors_of_the_sources() -> None:
    """Codes and names in Sources/Messages and Sources/Server are those of the document."""
    own = (ROOT / "Sources/Server/WireErrors.swift").read_text()
    found = {name: int(code) for name, code in re.findall(r"case \.(\w+): (\d+)", own)}
    found |= {
        name: int(code) for code, name in re.findall(r'ErrorCode\((-?\d+), "(\w+)"\)', MESSAGES)
    }
    assert found == {error["data"]["name"]: error["code"] for error in ERRORS.values()}


def test_components_are_named_after_their_errors() -> None:
    for name, error in ERRORS.items():
        assert name == error["data"]["name"][0].upper() + error["data"]["name"][1:]
