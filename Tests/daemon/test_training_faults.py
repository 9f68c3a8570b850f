"""Models that cannot be learnt from, parameters that make no sense, and a storage that refuses: an
error for each, and never a part of a file in the library."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from contract import error
from daemon import HANG, Daemon, binary
from small import COLOURS, COLUMNS, ROWS, one_of_three, save, write_table, write_zoo
from training import ENDLESS, TRAIN, left, params
from wire import Json


def broken_zoo(folder: Path, fault: str) -> Path:
    """A zoo with one thing wrong."""
    many_held = {"train": 40, "val": 12, "val_holdout": 6}
    match fault:
        case "one label":
            return write_zoo(folder, lambda _: ["red"])
        case "mixed shapes":
            return write_zoo(folder, columns=lambda number: COLUMNS + number % 2)
        case "held-out label in training":
            return write_zoo(folder, one_of_three, sizes=many_held)
        case "no validation models":
            return write_zoo(folder, sizes={"train": 20})
        case "empty":
            (folder / "train").mkdir(parents=True)
            return folder
    write_zoo(folder)
    models = sorted(folder.glob("*/*/model.safetensors"))
    for path in models[::3]:
        match fault:
            case "layer missing in some":
                save(path, {"other.weight": np.zeros((2, 2), "f4")}, {"colours": "red"})
            case "no labels in some":
                save(path, load_file(path), {"format": "pt"})
            case "NaN":
                values = np.full((ROWS, COLUMNS), np.nan, "f4")
                save(path, {"model.layer.weight": values}, {"colours": "red"})
            case "cut files":
                path.write_bytes(path.read_bytes()[:100])
    return folder


class TestBadModels:
    @pytest.mark.parametrize(
        "fault, code, words",
        [
            ("one label", "invalidParams", "red"),
            ("mixed shapes", "wrongShape", "8×7"),
            ("held-out label in training", "invalidParams", "held out"),
            ("no validation models", "invalidParams", "val"),
            ("empty", "invalidParams", "no models"),
            ("layer missing in some", "invalidParams", "no layer"),
            ("no labels in some", "invalidParams", "no label"),
            ("NaN", "invalidParams", "nan at row 0"),
            ("cut files", "invalidParams", "broken"),
        ],
    )
    def test_refused(
        self, served: Daemon, tmp_path: Path, library: Path, fault: str, code: str, words: str
    ) -> None:
        kind = {"kind": "text", "tables": ["colours"]} if "held-out" in fault else {}
        value = params(broken_zoo(tmp_path / "broken", fault), **kind)
        found = served.error("probex/train", value)
        TRAIN.check_error(found)
        assert found["code"] == error(code), found
        assert words in found["data"]["problem"], found
        assert left(library) == []
        served.lives()

    def test_few_broken_models_are_left_out(self, served: Daemon, tmp_path: Path) -> None:
        folder = write_zoo(tmp_path / "zoo")
        first = folder / "train" / "model_0000" / "model.safetensors"
        values = np.full((ROWS, COLUMNS), np.inf, "f4")
        save(first, {"model.layer.weight": values}, {"colours": "red"})
        found = served.result("probex/train", params(folder, epochs=1))
        assert found["splits"][0]["models"] == 39
        (line,) = found["skipped"]
        assert "model_0000" in line

    @pytest.mark.parametrize(
        "change, parameter",
        [
            ({"labelKey": "tastes"}, "layers"),
            ({"layers": ["no.such"]}, "layers"),
            ({"layers": [""]}, "layers[0]"),
            ({"rate": 1e30}, "training"),
            ({"rate": 0}, "rate"),
            ({"rate": 1e300}, "rate"),
            ({"weightDecay": -1}, "weightDecay"),
            ({"epochs": 0}, "epochs"),
            ({"epochs": 1.5}, "epochs"),
            ({"seed": -1}, "seed"),
            ({"kind": "poems"}, "kind"),
            ({"kind": "text"}, "tables"),
            ({"kind": "text", "tables": []}, "tables"),
            ({"tables": ["colours"]}, "tables"),
            ({"temperature": 2}, "temperature"),
            ({"kind": "text", "tables": ["colours"], "temperature": 0}, "temperature"),
            ({"learnTemperature": True}, "learnTemperature"),
            ({"inputScale": 0}, "inputScale"),
            ({"errorRate": 1}, "errorRate"),
            ({"patience": 0}, "patience"),
            ({"method": "magic"}, "method"),
            ({"kind": "choice"}, "labelKey"),
            ({"kind": "number"}, "labelKey"),
            ({"probes": 1024, "representation": 65536}, "probes"),
            ({"name": ""}, "name"),
            ({"name": "a/b"}, "name"),
            ({"name": "../a"}, "name"),
            ({"name": ".a"}, "name"),
            ({"name": "a\n"}, "name"),
            ({"name": "a.safetensors"}, "name"),
            ({"name": "a" * 250}, "name"),
        ],
        ids=str,
    )
    def test_parameter(
        self, served: Daemon, zoo: Path, library: Path, change: Json, parameter: str
    ) -> None:
        found = served.error("probex/train", params(zoo) | change)
        TRAIN.check_error(found)
        assert found["code"] == error("invalidParams")
        assert found["data"]["parameter"] == parameter, found
        assert left(library) == []

    def test_no_zoo(self, served: Daemon, library: Path) -> None:
        found = served.error("probex/train", params(Path("/no/such/zoo")))
        TRAIN.check_error(found)
        assert found["code"] == error("unreadableFile")
        assert found["data"]["subject"] == "/no/such/zoo" and left(library) == []

    def test_unknown_table(self, served: Daemon, zoo: Path) -> None:
        found = served.error("probex/train", params(zoo, kind="text", tables=["poems"]))
        TRAIN.check_error(found)
        assert found["code"] == error("unknownTable") and "colours" in found["data"]["problem"]

    def test_label_that_the_table_lacks(self, library: Path, tmp_path: Path) -> None:
        write_table(library, "two", COLOURS[:2])
        folder = write_zoo(tmp_path / "zoo", one_of_three)
        with Daemon(library=library) as daemon:
            found = daemon.error("probex/train", params(folder, kind="text", tables=["two"]))
            TRAIN.check_error(found)
            assert found["code"] == error("unknownLabel") and found["data"]["subject"] == "red"


class TestStorage:
    def test_no_room(self, zoo: Path, library: Path) -> None:
        """A file that may not grow: the expert's does not fit, and nothing of it stays."""

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

        with Daemon(library=library, setup=limit) as daemon:
            value = params(zoo, epochs=1, representation=64)
            found = daemon.error("probex/train", value)
            TRAIN.check_error(found)
            assert found["code"] == error("writeFailed") and "EFBIG" in found["data"]["problem"]
            assert left(library) == []
            daemon.lives()
            command = [binary(), "call", "probex/train", json.dumps(value), "--library", library]
            done = subprocess.run(
                list(map(str, command)), capture_output=True, timeout=HANG, preexec_fn=limit
            )
            assert done.returncode == 1
            assert json.loads(done.stderr)["code"] == error("writeFailed")
            assert left(library) == []

    def test_no_folder_for_experts(self, served: Daemon, zoo: Path, library: Path) -> None:
        (library / "experts").write_text("a file")
        found = served.error("probex/train", params(zoo))
        TRAIN.check_error(found)
        assert found["code"] == error("writeFailed")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_no_permission(self, served: Daemon, zoo: Path, library: Path) -> None:
        (library / "experts").mkdir()
        (library / "experts").chmod(0o500)
        found = served.error("probex/train", params(zoo, epochs=ENDLESS))
        assert found["code"] == error("writeFailed") and "EACCES" in found["data"]["problem"]

    def test_library_is_gone(self, served: Daemon, zoo: Path, library: Path) -> None:
        served.lives()
        shutil.rmtree(library)
        found = served.error("probex/train", params(zoo, epochs=ENDLESS))
        TRAIN.check_error(found)
        assert found["code"] == error("writeFailed")
        assert not library.exists()
