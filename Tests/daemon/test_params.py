"""Parameters: what a schema allows is never -32602, and one wrong field always is."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis_jsonschema import from_schema

from contract import METHODS, Method, error, inlined, problems
from daemon import EXAMPLE, LIBRARY, LORA, VIT, Daemon
from wire import Json

OURS = [method for name, method in METHODS.items() if method.order != "exclusive"]
WITH_PARAMS = [method for method in OURS if method.params]
QUICK = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def schema_of(method: Method) -> Json:
    """The params object of a method as one schema."""
    properties = {parameter.name: inlined(parameter.schema) for parameter in method.params}
    return {
        "type": "object",
        "required": [parameter.name for parameter in method.params if parameter.required],
        "properties": properties,
        "additionalProperties": False,
    }


def ids(method: Method) -> str:
    return method.name


# Params whose every field is right, so that one wrong field is all that is wrong.
GOOD: dict[str, list[dict[str, Json]]] = {
    "probex/inspect": [{"checkpoint": str(LORA)}],
    "probex/classify": [
        {
            "checkpoint": str(LORA),
            "expert": "lora-topics",
            "table": "topics",
            "labels": ["time", "cell"],
            "top": 1,
        },
        {
            "checkpoint": str(VIT),
            "expert": "vit-sup-a",
            "labels": ["bag"],
            "top": 3,
            "threshold": 0.5,
        },
    ],
    "probex/classifyBatch": [
        {
            "checkpoints": [str(LORA)],
            "expert": "lora-topics",
            "table": "topics",
            "labels": ["time"],
            "top": 1,
        },
        {"checkpoints": [str(VIT)], "expert": "vit-sup-a", "threshold": 1},
    ],
    "probex/embed": [{"checkpoint": str(LORA), "expert": "lora-topics"}],
    "probex/train": [
        {
            "name": "good",
            "zoo": str(EXAMPLE / "zoo.csv"),
            "kind": "categories",
            "method": "probex",
            "layers": ["layer.3.intermediate"],
            "labelKey": "dataset_chosen_targets",
            "tree": "a-tree",
            "seed": 2**63 - 1,
            "errorRate": 0.1,
            "calibrate": False,
            "epochs": 1,
            "patience": 1,
            "batch": 1,
            "probes": 2,
            "representation": 2,
            "rate": 0.1,
            "weightDecay": 0,
            "centre": True,
            "inputScale": 2,
            "autoScale": False,
            "replace": True,
        }
    ],
}

# Whether a training can be done depends on its parameters together, and on the models: no schema
# says it, so that some parameters are refused which the schema allows.
JUDGED_LATER = ("probex/train",)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon on a copy of the library, which training changes."""
    folder = tmp_path_factory.mktemp("params") / "library"
    with Daemon(library=shutil.copytree(LIBRARY, folder)) as running:
        yield running


class TestValid:
    @pytest.mark.parametrize("method", OURS, ids=ids)
    def test_random_params(self, shared: Daemon, method: Method) -> None:
        """Whatever the schema allows is answered, or refused for a reason of the domain."""

        @QUICK
        @given(params=from_schema(schema_of(method)))
        def ask(params: Json) -> None:
            response = shared.call(method.name, params)
            if "error" in response:
                method.check_error(response["error"])
                assert response["error"]["code"] > 0 or method.name in JUDGED_LATER, params
            else:
                method.check_result(response["result"])

        ask()
        shared.lives()

    @pytest.mark.parametrize("method", WITH_PARAMS, ids=ids)
    def test_by_name_equals_by_position(self, shared: Daemon, method: Method) -> None:
        @QUICK
        @given(params=from_schema(schema_of(method)))
        def ask(params: Json) -> None:
            by_name = shared.call(method.name, params)
            by_position = shared.call(method.name, method.positions(params))
            assert {**by_name, "id": 0} == {**by_position, "id": 0}

        ask()

    @pytest.mark.parametrize("method", WITH_PARAMS, ids=ids)
    def test_good_params_are_good(self, shared: Daemon, method: Method) -> None:
        for params in GOOD[method.name]:
            method.check_result(shared.result(method.name, params))

    @pytest.mark.parametrize("method", WITH_PARAMS, ids=ids)
    def test_null_is_absent(self, shared: Daemon, method: Method) -> None:
        # Twice the same training needs the one parameter that allows it.
        optional = {
            parameter.name: None
            for parameter in method.params
            if not parameter.required and parameter.name != "replace"
        }
        for params in GOOD[method.name]:
            required = {name: value for name, value in params.items() if name not in optional}
            nulls = shared.call(method.name, optional | required)
            assert nulls | {"id": 0} == shared.call(method.name, required) | {"id": 0}

    @pytest.mark.parametrize("method", OURS, ids=ids)
    def test_common_members(self, shared: Daemon, method: Method) -> None:
        common = {"workDoneToken": "t", "partialResultToken": 1, "_meta": {"a": 1}}
        params = GOOD.get(method.name, [{}])[0]
        assert "result" in shared.call(method.name, params | common)

    @pytest.mark.parametrize("method", [m for m in OURS if not m.params], ids=ids)
    @pytest.mark.parametrize("params", [None, [], {}])
    def test_no_params(self, shared: Daemon, method: Method, params: Json) -> None:
        method.check_result(shared.result(method.name, params))


def wrong_values(schema: Json) -> list[Json]:
    """Values of every kind that the schema refuses."""
    candidates: list[Json] = [
        None,
        True,
        False,
        -1,
        0,
        2**31,
        2**62,
        1.5,
        -0.1,
        1.1,
        "",
        "5",
        "a\u0000b",
        [],
        [1],
        [None],
        {},
        {"a": 1},
        [[]],
        ["a", 1],
        ["a\u0000"],
        [""],
        [True],
    ]
    return [value for value in candidates if problems(value, schema)]


def mutations(method: Method) -> Iterator[tuple[str, Json]]:
    """(name of the wrong field, params) for each way to spoil one field of good params."""
    for good in GOOD.get(method.name, [{}]):
        for parameter in method.params:
            if parameter.name in good:
                for value in wrong_values(parameter.schema):
                    yield parameter.name, good | {parameter.name: value}
                if parameter.required:
                    yield parameter.name, {k: v for k, v in good.items() if k != parameter.name}
        for unknown in ("nobodyKnows", "Checkpoint", "treshold", ""):
            yield unknown, good | {unknown: 1}


class TestInvalid:
    @pytest.mark.parametrize("method", OURS, ids=ids)
    def test_one_wrong_field(self, shared: Daemon, method: Method) -> None:
        wrong: list[Any] = []
        for name, params in mutations(method):
            response = shared.call(method.name, params)
            found = response.get("error", {})
            named = str(found.get("data", {}).get("parameter")).split("[")[0]
            if found.get("code") != error("invalidParams") or named != name:
                wrong.append((params, response))
            else:
                method.check_error(found)
        assert not wrong
        shared.lives()

    @pytest.mark.parametrize("method", WITH_PARAMS, ids=ids)
    def test_one_wrong_position(self, shared: Daemon, method: Method) -> None:
        for name, params in mutations(method):
            if set(params) <= {parameter.name for parameter in method.params}:
                # By position, null skips what is optional; what is required cannot be skipped.
                positions = method.positions(copy.deepcopy(params))
                found = shared.call(method.name, positions)
                assert found["error"]["code"] == error("invalidParams"), (name, positions, found)

    @pytest.mark.parametrize("method", OURS, ids=ids)
    def test_too_many_positions(self, shared: Daemon, method: Method) -> None:
        good = GOOD.get(method.name, [{}])[0]
        values = method.positions(good) + [None] * (len(method.params) + 1)
        found = shared.error(method.name, values[: len(method.params) + 1])
        assert found["code"] == error("invalidParams")

    @pytest.mark.parametrize(
        "params, parameter",
        [
            ({"checkpoint": str(VIT), "expert": "vit-sup-a", "table": "topics"}, "table"),
            ({"checkpoint": str(LORA), "expert": "lora-topics", "threshold": 0.5}, "threshold"),
            ({"checkpoint": str(VIT), "table": "topics"}, "table"),
            ({"checkpoint": str(LORA), "threshold": 0.5}, "threshold"),
        ],
    )
    def test_options_of_the_other_kind(self, shared: Daemon, params: Json, parameter: str) -> None:
        found = shared.error("probex/classify", params)
        assert found["code"] == error("invalidParams")
        assert found["data"]["parameter"] == parameter


class TestBatch:
    def test_empty(self, shared: Daemon) -> None:
        expected = {"results": [], "answered": 0, "failed": 0}
        assert shared.result("probex/classifyBatch", [[]]) == expected

    def test_repeated_paths(self, shared: Daemon) -> None:
        found = shared.result("probex/classifyBatch", {"checkpoints": [str(LORA)] * 1000, "top": 1})
        assert found["answered"] == 1000
        assert all(result == found["results"][0] for result in found["results"])

    def test_equals_single_questions(self, shared: Daemon) -> None:
        """In the order asked, failures in their own places."""
        names = [str(LORA), "nowhere", str(VIT), str(LORA), "/dev/null"]
        found = shared.result("probex/classifyBatch", {"checkpoints": names, "top": 2})
        assert (found["answered"], found["failed"]) == (3, 2)
        for name, result in zip(names, found["results"], strict=True):
            single = shared.call("probex/classify", {"checkpoint": name, "top": 2})
            expected = single.get("result") or {"checkpoint": name, "error": single["error"]}
            assert _rounded(result) == _rounded(expected)


def _rounded(value: Json) -> Json:
    """Batches multiply larger matrices, which rounds differently in the last places."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return value


class TestLabels:
    @pytest.mark.parametrize(
        "label", ["", " ", "😀" * 10, "x" * 1_000_000, "no such topic", "Time"]
    )
    def test_unknown(self, shared: Daemon, label: str) -> None:
        found = shared.error("probex/classify", {"checkpoint": str(LORA), "labels": [label]})
        assert found["code"] == error("unknownLabel")
        assert len(str(found)) < 3000

    def test_closest_are_named(self, shared: Daemon) -> None:
        found = shared.error("probex/classify", {"checkpoint": str(LORA), "labels": ["tme"]})
        assert "time" in found["data"]["problem"]
