"""The rules of the OpenRPC 1.3.2 specification as one JSON Schema, written from its text.

The official meta-schema is published for npm only. This one says the same of the objects that a
document may hold; JSON Schemas inside are judged by the draft-07 meta-schema itself, and the
`openrpc` package from PyPI judges the whole a second time.
"""

from __future__ import annotations

from typing import Any

from jsonschema import Draft7Validator

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": "string", "minLength": 1}
FLAG: Schema = {"type": "boolean"}
ANYTHING: Schema = {}
JSON_SCHEMA: Schema = {"$ref": "http://json-schema.org/draft-07/schema#"}
REFERENCE: Schema = {
    "type": "object",
    "required": ["$ref"],
    "properties": {"$ref": {"type": "string", "format": "uri-reference"}},
    "additionalProperties": False,
}


def rule(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def or_reference(name: str) -> Schema:
    return {"oneOf": [rule(name), REFERENCE]}


def list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def closed(required: list[str], extensible: bool = True, /, **properties: Schema) -> Schema:
    """An object with these members only and, where the specification allows, `x-` extensions."""
    schema: Schema = {
        "type": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }
    return schema | {"patternProperties": {"^x-": ANYTHING}} if extensible else schema


def open_object(required: list[str], /, **properties: Schema) -> Schema:
    return {"type": "object", "required": required, "properties": properties}


def map_of(values: Schema) -> Schema:
    return {"type": "object", "additionalProperties": values}


SERVER = closed(
    ["url"],
    url=TEXT,
    name=TEXT,
    description=TEXT,
    summary=TEXT,
    variables=map_of(open_object(["default"], default=TEXT, description=TEXT, enum=list_of(TEXT))),
)
EXTERNAL_DOCS = closed(["url"], description=TEXT, url=TEXT)
DESCRIPTOR = closed(
    ["name", "schema"],
    name=NAME,
    description=TEXT,
    summary=TEXT,
    schema=JSON_SCHEMA,
    required=FLAG,
    deprecated=FLAG,
)
METHOD = closed(
    ["name", "params"],
    name=NAME,
    description=TEXT,
    summary=TEXT,
    servers=list_of(rule("server")),
    tags=list_of(or_reference("tag")),
    paramStructure={"enum": ["by-position", "by-name", "either"]},
    params=list_of(or_reference("descriptor")),
    result=or_reference("descriptor"),
    errors=list_of(or_reference("error")),
    links=list_of(or_reference("link")),
    examples=list_of(or_reference("pairing")),
    deprecated=FLAG,
    externalDocs=rule("externalDocs"),
)
COMPONENTS = open_object(
    [],
    schemas=map_of(JSON_SCHEMA),
    links=map_of(rule("link")),
    errors=map_of(rule("error")),
    examples=map_of(rule("example")),
    examplePairings=map_of(rule("pairing")),
    contentDescriptors=map_of(rule("descriptor")),
    tags=map_of(rule("tag")),
)
INFO = closed(
    ["title", "version"],
    title=TEXT,
    description=TEXT,
    termsOfService=TEXT,
    version=TEXT,
    contact=closed([], name=TEXT, email=TEXT, url=TEXT),
    license=closed([], name=TEXT, url=TEXT),
)
RULES: Schema = closed(
    ["openrpc", "info", "methods"],
    openrpc={"enum": ["1.3.2"]},
    info=INFO,
    externalDocs=rule("externalDocs"),
    servers=list_of(rule("server")),
    methods=list_of(or_reference("method")),
    components=COMPONENTS,
    **{"$schema": TEXT},
) | {
    "definitions": {
        "server": SERVER,
        "externalDocs": EXTERNAL_DOCS,
        "descriptor": DESCRIPTOR,
        "method": METHOD,
        "tag": closed(["name"], name=NAME, description=TEXT, externalDocs=rule("externalDocs")),
        "error": closed(
            ["code", "message"],
            False,
            code={"type": "integer"},
            message=TEXT,
            data=ANYTHING,
        ),
        "link": closed(
            [],
            name=NAME,
            summary=TEXT,
            method=TEXT,
            description=TEXT,
            params=ANYTHING,
            server=rule("server"),
        ),
        "example": open_object(
            ["name", "value"], name=NAME, summary=TEXT, description=TEXT, value=ANYTHING
        ),
        "pairing": open_object(
            ["name", "params"],
            name=NAME,
            description=TEXT,
            params=list_of(or_reference("example")),
            result=or_reference("example"),
        ),
    }
}

VALIDATOR = Draft7Validator(RULES)


def problems(document: Any) -> list[str]:
    """What breaks the rules; empty for a valid document."""
    return [
        f"{'/'.join(map(str, e.absolute_path))}: {e.message}"
        for e in VALIDATOR.iter_errors(document)
    ]
