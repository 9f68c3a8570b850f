"""`probex/train` through a running daemon: served at once, in line, cancelled."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from contract import METHODS, check_notification, error
from daemon import HANG, Daemon, binary, lsp
from small import COLOURS, Labels, one_of_three, tenths, two_of_three, write_zoo
from test_cancel import is_cancelled, until_response
from training import ENDLESS, TRAIN, left, params
from wire import Json, request


def begin(daemon: Daemon, id: Json, value: Json) -> None:
    """Sends a training and waits until it is in its epochs."""
    daemon.send(request("probex/train", value | {"workDoneToken": f"token-{id}"}, id))
    while "epoch" not in daemon.receive()["params"]["value"].get("message", ""):
        pass


class TestServed:
    def test_at_once(self, served: Daemon, zoo: Path, library: Path) -> None:
        model = str(zoo / "test" / "model_0004")
        assert served.error("probex/classify", [model])["code"] == error("noExpertFits")
        found = served.result("probex/train", params(zoo))
        TRAIN.check_result(found)
        assert [(row["split"], row["models"]) for row in found["splits"]] == [
            ("train", 40),
            ("val", 12),
            ("test", 12),
        ]
        assert found["splits"][2]["accuracy"] > 0.9 and found["skipped"] == []
        answer = served.result("probex/classify", [model])
        assert answer["expert"] == "colours"
        yes = [row["label"] for row in answer["labels"] if row["decision"]]
        assert sorted(yes) == two_of_three(4)
        assert served.result("probex/experts")["experts"] == [found["expert"]]
        assert left(library) == ["colours.safetensors"]

    @pytest.mark.parametrize("method", ["best", "probex"])
    @pytest.mark.parametrize(
        "kind, labels",
        [
            ("categories", two_of_three),
            ("text", one_of_three),
            ("choice", one_of_three),
            ("number", tenths),
        ],
    )
    def test_kinds(
        self, served: Daemon, tmp_path: Path, kind: str, labels: Labels, method: str
    ) -> None:
        folder = write_zoo(tmp_path / "zoo", labels)
        tables = {"tables": ["colours"]} if kind == "text" else {}
        value = params(folder, kind=kind, method=method, epochs=100, errorRate=0, **tables)
        found = served.result("probex/train", value)
        TRAIN.check_result(found)
        assert found["expert"]["kind"] == kind
        if (kind, method) == ("number", "best"):
            # It reads squares of differences from the mean layer, and this number is in their sign.
            return
        assert found["splits"][2]["accuracy"] > 0.8, found["splits"]
        for number in range(4):
            asked = {"checkpoint": str(folder / "test" / f"model_000{number}")}
            if kind == "text":
                asked["labels"] = COLOURS
            answer = served.result("probex/classify", asked)
            METHODS["probex/classify"].check_result(answer)
            if kind == "number":
                assert abs(answer["number"]["value"] - number / 10) < 0.3
            elif kind != "categories":
                assert answer["labels"][0]["label"] == COLOURS[number % 3]

    def test_as_after_a_restart(self, served: Daemon, zoo: Path, library: Path) -> None:
        """In their order, with the tables' projections, and without problems."""
        for name in ("b", "a", "a-b", "c"):
            served.result("probex/train", params(zoo, name, epochs=1))
        write_zoo(library / "zoo", one_of_three)
        text = {"kind": "text", "tables": ["colours"], "temperature": 0.2}
        served.result("probex/train", params(library / "zoo", "text", **text))
        served.result("probex/train", params(zoo, "b", epochs=2, replace=True))
        methods = ("probex/experts", "probex/texts")
        now = [served.result(method) for method in methods]
        with Daemon(library=library) as restarted:
            assert [restarted.result(method) for method in methods] == now
            assert restarted.result("probex/status")["library"]["problems"] == []
        for row in range(3):
            model = str(library / "zoo" / "test" / f"model_000{row}")
            asked = {"checkpoint": model, "expert": "text", "labels": COLOURS}
            answer = served.result("probex/classify", asked)
            assert (answer["table"], answer["labels"][0]["label"]) == ("colours", COLOURS[row])

    def test_same_request_same_bytes(self, served: Daemon, zoo: Path, library: Path) -> None:
        """In the daemon or without one."""
        for name in ("one", "two"):
            served.result("probex/train", params(zoo, name, epochs=3))
        text = json.dumps(params(zoo, "called", epochs=3))
        command = [binary(), "call", "probex/train", text, "--library", library]
        done = subprocess.run(list(map(str, command)), capture_output=True, timeout=HANG)
        assert done.returncode == 0, done.stderr
        TRAIN.check_result(json.loads(done.stdout))
        files = [(library / "experts" / name).read_bytes() for name in left(library)]
        assert len(files) == 3 and len(set(files)) == 1
        other = params(zoo, "other", seed=1, epochs=3)
        served.result("probex/train", other)
        assert (library / "experts" / "other.safetensors").read_bytes() != files[0]

    def test_name_is_taken(self, served: Daemon, zoo: Path, library: Path) -> None:
        served.result("probex/train", params(zoo, epochs=1))
        before = load_file(library / "experts" / "colours.safetensors")
        found = served.error("probex/train", params(zoo, epochs=2))
        TRAIN.check_error(found)
        assert found["code"] == error("nameTaken")
        served.result("probex/train", params(zoo, epochs=2, seed=5, replace=True))
        after = load_file(library / "experts" / "colours.safetensors")
        assert any((before[name] != after[name]).any() for name in before)
        assert len(served.result("probex/experts")["experts"]) == 1

    def test_end_of_input_waits_for_it(self, served: Daemon, zoo: Path, library: Path) -> None:
        served.send(request("probex/train", params(zoo), 1))
        served.close_input()
        (response,) = served.rest()
        TRAIN.check_result(response["result"])
        assert served.wait() == 0


class TestProgress:
    def test_steps(self, served: Daemon, zoo: Path) -> None:
        served.lives()
        value = params(zoo, epochs=3000) | {"workDoneToken": 5}
        served.send(request("probex/train", value, 1))
        steps, response = until_response(served, 1)
        TRAIN.check_result(response["result"])
        for step in steps:
            check_notification(step)
        values = [step["params"]["value"] for step in steps]
        assert values[0]["kind"] == "begin" and values[-1]["kind"] == "end"
        assert values[0]["cancellable"] and "colours" in values[0]["title"]
        shares = [value["percentage"] for value in values if "percentage" in value]
        assert shares == sorted(shares) and shares[-1] > 15
        words = values[-2]["message"]
        assert "of 3000" in words and "loss" in words and "validation accuracy" in words


class TestCancel:
    @pytest.mark.parametrize("by", ["id", "token"])
    def test_while_running(self, served: Daemon, zoo: Path, library: Path, by: str) -> None:
        begin(served, 1, params(zoo, epochs=ENDLESS))
        if by == "id":
            served.notify("$/cancelRequest", {"id": 1})
        else:
            served.notify("window/workDoneProgress/cancel", {"token": "token-1"})
        steps, response = until_response(served, 1)
        assert is_cancelled(response)
        assert steps[-1]["params"]["value"]["kind"] == "end"
        assert left(library) == []
        assert served.result("probex/experts")["experts"] == []
        TRAIN.check_result(served.result("probex/train", params(zoo, epochs=1)))

    def test_replacing_leaves_the_old_one(self, served: Daemon, zoo: Path, library: Path) -> None:
        served.result("probex/train", params(zoo, epochs=1))
        file = library / "experts" / "colours.safetensors"
        before = file.read_bytes()
        begin(served, 1, params(zoo, epochs=ENDLESS, replace=True))
        served.notify("$/cancelRequest", {"id": 1})
        assert is_cancelled(until_response(served, 1)[1])
        assert file.read_bytes() == before and left(library) == [file.name]

    def test_while_reading(self, served: Daemon, zoo: Path, library: Path) -> None:
        """Wherever it is when the cancellation comes."""
        for id in range(20):
            served.send(request("probex/train", params(zoo, epochs=ENDLESS), id))
            served.notify("$/cancelRequest", {"id": id})
            assert is_cancelled(served.responses(1)[0])
        assert left(library) == []
        served.lives()


class TestLine:
    def test_others_wait_in_order(self, served: Daemon, zoo: Path) -> None:
        begin(served, 0, params(zoo, "zero", epochs=ENDLESS))
        for id in range(1, 4):
            served.send(request("probex/train", params(zoo, f"name-{id}", epochs=1), id))
        # Everything else is answered meanwhile.
        served.send(request("probex/classifyBatch", {"checkpoints": []}, "batch"))
        assert until_response(served, "batch")[1]["result"]["answered"] == 0
        served.lives()
        served.notify("$/cancelRequest", {"id": 0})
        found = served.responses(4)
        assert is_cancelled(found[0])
        assert [reply["id"] for reply in found] == [0, 1, 2, 3]
        assert all("result" in reply for reply in found[1:])

    def test_ninth_in_line_is_refused(self, served: Daemon, zoo: Path, library: Path) -> None:
        begin(served, 0, params(zoo, "zero", epochs=ENDLESS))
        for id in range(1, 11):
            served.send(request("probex/train", params(zoo, f"name-{id}", epochs=ENDLESS), id))
        found = served.responses(2)
        assert [reply["id"] for reply in found] == [9, 10]
        for reply in found:
            TRAIN.check_error(reply["error"])
            assert reply["error"]["code"] == error("busy")
            assert reply["error"]["data"]["limit"] == 8
        # Who leaves the line makes room, at once.
        served.notify("$/cancelRequest", {"id": 4})
        assert is_cancelled(served.responses(1)[0])
        served.send(request("probex/train", params(zoo, "late", epochs=ENDLESS), "late"))
        served.lives()
        for id in ("late", 8, 7, 6, 5, 3, 2, 1, 0):
            served.notify("$/cancelRequest", {"id": id})
        assert all(map(is_cancelled, served.responses(9)))
        assert left(library) == []

    def test_cancelled_ones_do_not_count(self, served: Daemon, zoo: Path) -> None:
        begin(served, "first", params(zoo, epochs=ENDLESS))
        for id in range(200):
            served.send(request("probex/train", params(zoo, f"name-{id}"), id))
            served.notify("$/cancelRequest", {"id": id})
        assert all(map(is_cancelled, served.responses(200)))
        served.lives()


class TestEnd:
    """A training never keeps a session that ends."""

    def test_shutdown(self, zoo: Path, library: Path) -> None:
        with lsp(library=library) as daemon:
            daemon.initialize()
            begin(daemon, 1, params(zoo, epochs=ENDLESS))
            daemon.send(request("probex/train", params(zoo, "next", epochs=ENDLESS), 2))
            daemon.send(request("shutdown", id=3))
            replies = daemon.responses(3)
            assert {reply["id"] for reply in replies[:2]} == {1, 2}
            assert all(map(is_cancelled, replies[:2])) and replies[2]["result"] is None
            daemon.notify("exit")
            assert daemon.wait() == 0
        assert left(library) == []

    def test_exit(self, zoo: Path, library: Path) -> None:
        with lsp(library=library) as daemon:
            daemon.initialize()
            begin(daemon, 1, params(zoo, epochs=ENDLESS))
            daemon.notify("exit")
            assert is_cancelled(until_response(daemon, 1)[1])
            assert daemon.wait() == 1
        assert left(library) == []

    def test_editor_dies(self, zoo: Path, library: Path) -> None:
        with lsp(library=library) as daemon:
            daemon.initialize()
            begin(daemon, 1, params(zoo, epochs=ENDLESS))
            assert daemon.finish() == 1
        assert left(library) == []

    def test_reader_dies(self, zoo: Path, library: Path) -> None:
        reading, writing = os.pipe()
        with Daemon(library=library, stdout=writing, reads=False) as daemon:
            os.close(writing)
            value = params(zoo, epochs=ENDLESS) | {"workDoneToken": "t"}
            daemon.send(request("probex/train", value, 1))
            daemon.close_input()
            assert b"begin" in os.read(reading, 4096)
            os.close(reading)
            daemon.wait()
        assert left(library) == []

    @pytest.mark.parametrize("framing", ["ndjson", "lsp"])
    def test_signal(self, zoo: Path, library: Path, framing: str) -> None:
        with Daemon(library=library, framing=framing) as daemon:
            if framing == "lsp":
                daemon.initialize()
            begin(daemon, 1, params(zoo, epochs=ENDLESS))
            daemon.process.terminate()
            assert is_cancelled(until_response(daemon, 1)[1])
            assert daemon.wait() == 0
        assert left(library) == []
