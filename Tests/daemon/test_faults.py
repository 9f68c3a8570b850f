"""Protocol/faults.md is complete, and the tests that it names exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from contract import PROTOCOL
from daemon import ROOT

HERE = Path(__file__).parent
ROWS = [
    [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in (PROTOCOL / "faults.md").read_text().splitlines()
    if re.match(r"\| \d+ \|", line)
]


def python_tests(name: str) -> set[str]:
    tree = ast.parse((HERE / name).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def exists(reference: str) -> bool:
    file, _, name = reference.partition("::")
    if file.endswith(".py"):
        return name in python_tests(file)
    sources = (ROOT / "Tests" / file).glob("*.swift")
    return any(
        f"func `{name}`" in text or f"func {name}(" in text for text in map(Path.read_text, sources)
    )


def test_rows_are_all_there() -> None:
    assert [int(row[0]) for row in ROWS] == list(range(1, 97))
    assert all(len(row) == 4 and row[1] and row[2] for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_tests_of_a_row_exist(row: list[str]) -> None:
    references = re.findall(r"`(.+?::.+?)`", row[3])
    assert references or "later: " in row[2], "a row has a test, or says which later part it is for"
    for reference in references:
        assert exists(reference), reference


def test_a_missing_test_is_found() -> None:
    assert not exists("test_faults.py::test_that_nobody_wrote")
    assert not exists("JSONTests::a test that nobody wrote")
