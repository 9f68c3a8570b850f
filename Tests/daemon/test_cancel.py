"""Cancellation, progress, trace: what reaches a request on its way."""

from __future__ import annotations

import pytest

from contract import check_notification, error
from daemon import LORA, Daemon
from wire import Json, request

# Long enough that a cancellation finds it running: every name is another spelling, so that
# each is read again.
MANY = [f"{LORA}/{'./' * number}" for number in range(1, 1500)]


def batch(id: Json, **params: Json) -> Json:
    return request("probex/classifyBatch", {"checkpoints": MANY, "top": 1} | params, id)


def until_response(daemon: Daemon, id: Json) -> tuple[list[Json], Json]:
    """The notifications before a response, and the response."""
    notifications: list[Json] = []
    while "id" not in (value := daemon.receive()) or value["id"] != id:
        notifications.append(value)
    return notifications, value


def is_cancelled(response: Json) -> bool:
    return response.get("error", {}).get("code") == error("requestCancelled")


class TestCancel:
    def test_while_running(self, either: Daemon) -> None:
        either.send(batch("a", workDoneToken="t"))
        assert either.receive()["params"]["value"]["kind"] == "begin"
        either.notify("$/cancelRequest", {"id": "a"})
        assert is_cancelled(until_response(either, "a")[1])
        either.lives()

    def test_while_waiting(self, either: Daemon) -> None:
        for number in range(8):
            either.send(batch(number))
        for number in range(8):
            either.notify("$/cancelRequest", {"id": number})
        found = {reply["id"]: is_cancelled(reply) for reply in either.responses(8)}
        assert found == {number: True for number in range(8)}
        either.lives()

    def test_newest_of_one_id(self, either: Daemon) -> None:
        either.send(batch("same"))
        either.send(batch("same"))
        either.notify("$/cancelRequest", {"id": "same"})
        assert sorted(map(is_cancelled, either.responses(2))) == [False, True]

    @pytest.mark.parametrize(
        "params", [{"id": 99}, {"id": "1"}, {"id": None}, {"id": [1]}, {}, None, [1], {"id": 1.5}]
    )
    def test_of_nothing_is_silent(self, either: Daemon, params: Json) -> None:
        either.send(request("probex/status", id=1))
        assert either.responses(1)[0]["id"] == 1
        either.notify("$/cancelRequest", params)
        either.lives()

    def test_kind_of_id_matters(self, either: Daemon) -> None:
        either.send(batch(5))
        either.notify("$/cancelRequest", {"id": "5"})
        assert not is_cancelled(either.responses(1)[0])

    def test_twice_and_after_the_end(self, either: Daemon) -> None:
        either.send(batch(1))
        for _ in range(2):
            either.notify("$/cancelRequest", {"id": 1})
        assert is_cancelled(either.responses(1)[0])
        either.notify("$/cancelRequest", {"id": 1})
        either.lives()

    def test_as_a_request_is_no_method(self, either: Daemon) -> None:
        assert either.error("$/cancelRequest", {"id": 1})["code"] == error("methodNotFound")

    def test_by_token(self, either: Daemon) -> None:
        either.send(batch("a", workDoneToken=17))
        assert either.receive()["params"]["token"] == 17
        either.notify("window/workDoneProgress/cancel", {"token": 17})
        assert is_cancelled(until_response(either, "a")[1])

    def test_leaves_nothing_behind(self, either: Daemon) -> None:
        """Cancelled requests count as such and free their memory."""
        for round in range(20):
            either.send(batch(round))
            either.notify("$/cancelRequest", {"id": round})
            assert is_cancelled(either.responses(1)[0])
        requests = either.result("probex/status")["requests"]
        assert requests["cancelled"] == 20


class TestProgress:
    @pytest.mark.parametrize("token", ["t", "", 0, -5, 2**53])
    def test_of_a_batch(self, either: Daemon, token: Json) -> None:
        checkpoints = [*MANY[:40], "nowhere"]
        params = {"checkpoints": checkpoints, "top": 1, "workDoneToken": token}
        either.send(request("probex/classifyBatch", params, 1))
        steps, response = until_response(either, 1)
        assert response["result"]["answered"] == 40 and response["result"]["failed"] == 1
        for step in steps:
            check_notification(step)
            assert step["params"]["token"] == token
        kinds = [step["params"]["value"]["kind"] for step in steps]
        assert kinds[0] == "begin" and kinds[-1] == "end"
        assert set(kinds[1:-1]) <= {"report"}
        shares = [
            s["params"]["value"]["percentage"]
            for s in steps
            if "percentage" in s["params"]["value"]
        ]
        assert shares == sorted(shares)

    @pytest.mark.parametrize("token", [1.5, True, [], {}])
    def test_token_of_a_wrong_kind(self, either: Daemon, token: Json) -> None:
        params: Json = {"checkpoints": [], "workDoneToken": token}
        found = either.error("probex/classifyBatch", params)
        assert found["code"] == error("invalidParams")
        assert found["data"]["parameter"] == "workDoneToken"

    def test_ends_when_the_request_fails(self, either: Daemon) -> None:
        params = {"checkpoints": MANY[:3], "expert": "nobody", "workDoneToken": "t"}
        either.send(request("probex/classifyBatch", params, 1))
        steps, response = until_response(either, 1)
        assert response["error"]["code"] == error("unknownExpert")
        kinds = [step["params"]["value"]["kind"] for step in steps]
        assert kinds.count("begin") == kinds.count("end") <= 1

    def test_of_loading(self) -> None:
        with Daemon(framing="lsp") as daemon:
            params = {"processId": None, "capabilities": {}, "workDoneToken": "loading"}
            daemon.send(request("initialize", params, 1))
            assert "result" in daemon.responses(1)[0]
            daemon.notify("initialized", {})
            daemon.send(request("probex/status", id=2))
            steps, _ = until_response(daemon, 2)
            for step in steps:
                check_notification(step)


class TestTrace:
    def _traces(self, daemon: Daemon, level: str) -> list[Json]:
        daemon.notify("$/setTrace", {"value": level})
        daemon.send(request("probex/status", id="traced"))
        before, _ = until_response(daemon, "traced")
        # A trace follows the response that it is about.
        daemon.notify("$/setTrace", {"value": "off"})
        daemon.send(request("probex/texts", id="last"))
        steps, _ = until_response(daemon, "last")
        return [step["params"] for step in before + steps if step["method"] == "$/logTrace"]

    def test_levels(self, editor: Daemon) -> None:
        assert not self._traces(editor, "off")
        (messages,) = self._traces(editor, "messages")
        assert set(messages) == {"message"}
        (verbose,) = self._traces(editor, "verbose")
        assert set(verbose) == {"message", "verbose"}
        assert "probex/status" in verbose["message"]

    def test_never_between_lines(self, daemon: Daemon) -> None:
        assert not self._traces(daemon, "verbose")

    @pytest.mark.parametrize("value", ["loud", 1, None])
    def test_unknown_level_is_ignored(self, editor: Daemon, value: Json) -> None:
        editor.notify("$/setTrace", {"value": value})
        editor.lives()
