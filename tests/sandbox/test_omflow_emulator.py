"""The OMFlow emulator does what the recorded server did, and what else is known of such servers, oddities included."""
# ruff: noqa: E501  (tables have a row a line)

import json
import threading
import weakref
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client, TestResponse

from orderctl.sandbox import load
from orderctl.sandbox.omflow.emulator import TABLES, Emulator
from orderctl.sandbox.omflow.flows import FLOWS
from orderctl.sandbox.store import Store

EDIT, LIST, QUERY = (f"/rest/flowmanage/api/{call}/" for call in ("omdata/edit", "omdata/list", "omdata-data-id/get"))
GOOD = (("FORMITM_1", "Widget", "inputbox"), ("FORMITM_2", "3", "inputbox"))


class Server:
    """A server in memory whose clock is where the test puts it."""

    def __init__(self, **switches: str) -> None:
        self.store = Store(":memory:", TABLES)
        weakref.finalize(self, self.store.close)
        self.clock = datetime(2026, 11, 21, 19, 27, 29, 899000, tzinfo=UTC)
        named = {name.replace("_", "-"): value for name, value in {"busy": "0", "moving": "0", **switches}.items()}
        self.client = Client(Emulator(self.store, named, now=lambda: self.clock))

    def login(self, name: str = "sandbox", password: str = "sandbox") -> Any:
        header = "Basic " + b64encode(f"{name}:{password}".encode()).decode()
        return self.ask("/accounts/api/security/get/", {"Authorization": header, "Accept-Language": "en"})

    def ask(self, path: str, headers: Mapping[str, str] = {}) -> Any:
        return self.client.get(path, headers=dict(headers)).get_json()

    def code(self, name: str = "sandbox") -> str:
        return str(self.login(name)["result"]["security"])

    def post(self, path: str, params: Mapping[str, Any], user: str = "sandbox") -> TestResponse:
        whole = {"security": self.code(user), "omflow_restapi": 1, **params}
        return self.client.post(path, json=whole, headers={"Accept-Language": "en"})

    def call(self, path: str, params: Mapping[str, Any], user: str = "sandbox") -> Any:
        return self.post(path, params, user).get_json()

    def create(self, *items: tuple[str, Any, str], flow: str = "orderdesk", **more: Any) -> Any:
        return self.call(EDIT + flow, {"action": "create", "formdata": form(*items), **more})

    def push(self, data_id: Any, *items: tuple[str, Any, str], flow: str = "orderdesk", **more: Any) -> Any:
        return self.call(EDIT + flow, {"action": "update", "data_id": data_id, "formdata": form(*items), **more})

    def steps(self, data_no: Any, flow: str = "orderdesk") -> Any:
        return self.call(QUERY + flow, {"data_no": data_no})["result"]

    def rows(self, *conditions: tuple[str, str, Any], flow: str = "orderdesk", **more: Any) -> Any:
        asked = [{"column": c, "condition": o, "value": v} for c, o, v in conditions]
        return self.call(LIST + flow, {"search_conditions": asked, **more})


def form(*items: tuple[str, Any, str]) -> list[dict[str, Any]]:
    return [{"id": name, "value": value, **({"type": kind} if kind else {})} for name, value, kind in items]


def ids(answer: Any) -> list[Any]:
    return [row["id"] for row in answer["result"]]


@pytest.fixture
def server() -> Server:
    return Server()


# The security code


@pytest.mark.parametrize(
    "name, password, status, message",
    [
        ("sandbox", "wrong", 403, "User does not exist or is not enabled."),
        ("retired", "sandbox", 403, "User does not exist or is not enabled."),
        ("nobody", "sandbox", 500, "OmUser matching query does not exist."),
        ("sandbox@example.com", "sandbox", 500, "OmUser matching query does not exist."),
        ("sandbox", "with:colon", 500, "too many values to unpack (expected 2)"),
    ],
)
def test_logins_that_fail(server: Server, name: str, password: str, status: int, message: str) -> None:
    assert server.login(name, password) == {"status": status, "message": message, "result": None}


@pytest.mark.parametrize("header", ["Basic", "Basic ?", "Basic YQ==", "Bearer YTpi", "Basic /////w=="])
def test_a_broken_header_is_an_exception(server: Server, header: str) -> None:
    assert server.ask("/accounts/api/security/get/", {"Authorization": header})["status"] == 500


def test_a_code_slides_five_minutes_and_is_given_again_while_it_lives(server: Server) -> None:
    code = server.code()
    for _ in range(2):
        server.clock += timedelta(seconds=240)
        assert server.client.post(QUERY + "orderdesk", json=body(code)).get_json()["status"] == 200
    server.clock += timedelta(seconds=240)
    assert server.code() == code
    server.clock += timedelta(seconds=302)
    english = {"Accept-Language": "en"}
    said = server.client.post(QUERY + "orderdesk", json=body(code), headers=english).get_json()
    expired = "The security code has expired. Please obtain a new security code."
    assert said == {"status": 403, "message": expired, "result": None}
    said = server.client.post(QUERY + "orderdesk", json=body(code)).get_json()
    assert said["message"] == "安全碼過期，請重新取得新的安全碼。"  # noqa: RUF001  (Chinese)
    assert server.code() != code
    assert "wrong" in server.client.post(QUERY + "orderdesk", json=body(code), headers=english).get_json()["message"]


def body(code: Any, **more: Any) -> dict[str, Any]:
    return {"security": code, "omflow_restapi": 1, "data_no": 1, **more}


@pytest.mark.parametrize(
    "params, message",
    [
        (body("x"), "The security code is wrong."),
        (body(""), "The security code is wrong."),
        (body(None), "The security code is missing."),
        (body("x", omflow_restapi=0), "Missing parameter:omflow_restapi"),
        ({"security": "x"}, "Missing parameter:omflow_restapi"),
    ],
)
def test_calls_without_a_good_code(server: Server, params: Any, message: str) -> None:
    said = server.client.post(QUERY + "orderdesk", json=params, headers={"Accept-Language": "en"}).get_json()
    assert (said["status"], said["result"]) == (403, None)
    assert said["message"].startswith(message)


@pytest.mark.parametrize("sent, message", [("[1]", "list indices"), ('"x"', "string indices"), ("5", "'int' object")])
def test_a_body_that_is_json_but_no_object_is_an_exception(server: Server, sent: str, message: str) -> None:
    said = server.client.post(QUERY + "orderdesk", data=sent, headers={"Accept-Language": "en"}).get_json()
    assert (said["status"], said["result"]) == (500, None)
    assert said["message"].startswith(message)


@pytest.mark.parametrize(
    "header, language",
    [
        ("fr, en;q=0.5", "en"), ("fr,en;q=0.5,ja;q=0.9", "ja"), ("en;q=0,fr", "zh-hant"), ("fr", "zh-hant"),
        ("zh-tw,en", "zh-hant"), ("zh-CN;q=0.8, en;q=0.7", "zh-hans"), ("de-DE,de;q=0.9,en-US;q=0.8", "en"), ("", "zh-hant"),
    ],
)  # fmt: skip
def test_the_language_is_the_first_that_the_server_has(server: Server, header: str, language: str) -> None:
    answer = server.client.post(QUERY + "orderdesk", json={}, headers={"Accept-Language": header})
    assert answer.headers["Content-Language"] == language


def test_a_name_within_another_name_breaks_every_call(server: Server) -> None:
    said = server.call(QUERY + "orderdesk", {"data_no": 1}, user="clerk")
    assert (said["status"], said["message"]) == (500, "get() returned more than one OmUser -- it returned 2!")
    assert server.call(QUERY + "orderdesk", {"data_no": 1}, user="clerk2")["status"] == 200


@pytest.mark.parametrize(
    "path, status",
    [("/accounts/api/security/get", 301), ("/flowmanage/api/omdata/list/orderdesk", 403), ("/x", 404)],
)
def test_paths_outside_are_not_json(server: Server, path: str, status: int) -> None:
    answer = server.client.get(path)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert answer.headers.get("Location") == (f"{path}/" if status == 301 else None)


def test_a_body_that_is_too_large_or_no_json_lacks_everything(server: Server) -> None:
    huge = server.create(("FORMITM_1", "x" * 3_000_000, "inputbox"))
    assert huge == {"status": 403, "message": "Missing parameter:omflow_restapi", "result": None}
    said = server.client.post(QUERY + "orderdesk", data=b'{"security":', headers={"Accept-Language": "en"}).get_json()
    assert said["message"] == "Missing parameter:omflow_restapi"


@pytest.mark.parametrize("language", ["en", "en-GB,ja", "ja", "zh-TW", "zh-CN", "fr", ""])
def test_messages_are_in_the_callers_language(server: Server, language: str) -> None:
    whole = {"security": server.code(), "omflow_restapi": 1, "action": "create"}
    answer = server.client.post(EDIT + "orderdesk", json=whole, headers={"Accept-Language": language})
    said = answer.get_json()["message"]
    wanted = {"en": "Missing required fields.", "ja": "必要なフィールドがありません。"}
    assert said == wanted.get(language[:2], "缺少必填欄位。")
    assert answer.headers["Content-Language"] == {"e": "en", "j": "ja"}.get(
        language[:1], "zh-hans" if language == "zh-CN" else "zh-hant"
    )


# create


@pytest.mark.parametrize(
    "params, status, message",
    [
        ({"action": "create"}, 404, "Missing required fields."),
        ({"action": "create", "formdata": form(GOOD[0])}, 404, "Missing required fields."),
        ({"action": "create", "formdata": form(("formitm_1", "W", "inputbox"), GOOD[1])}, 404, "Missing required fields."),
        ({"action": "create", "formdata": form(GOOD[0], ("FORMITM_2", "", "inputbox"))}, 404, "Missing required fields."),
        ({"action": "create", "formdata": form(GOOD[0], ("FORMITM_2", "x3", "inputbox"))}, 404, "Missing required fields."),
        ({"action": "create", "formdata": form(GOOD[0], ("FORMITM_2", 3, "inputbox"))}, 404, "expected string or bytes-like object"),
        ({"action": "create", "formdata": form(*GOOD, ("FORMITM_6", "2", "h_group"))}, 404, "string indices must be integers"),
        ({"action": "create", "formdata": form(*GOOD, ("FORMITM_6", {"group": "1"}, "h_group"))}, 404, "'user'"),
        ({"action": "create", "formdata": form(("FORMITM_1", "W", ""), GOOD[1])}, 500, "'type'"),
        ({"action": "create", "formdata": "no json"}, 500, "Expecting value: line 1 column 1 (char 0)"),
        ({"action": "remove"}, 404, "Please provide the correct action to add, edit or delete."),
    ],
)  # fmt: skip
def test_creates_that_are_refused(server: Server, params: Any, status: int, message: str) -> None:
    said = server.call(EDIT + "orderdesk", params)
    assert said == {"status": status, "message": message, "result": None}
    assert server.rows()["result"] == []
    assert server.store.calls() == []


@pytest.mark.parametrize("flow, status", [("nowhere", 500), ("ordernoapi", 404)])
def test_flows_that_take_no_create(server: Server, flow: str, status: int) -> None:
    assert server.create(*GOOD, flow=flow)["status"] == status
    assert Server(disabled="orderdesk").create(*GOOD)["message"] == "The flow is currently disabled."


def test_a_missing_and_an_empty_parameter_are_distinguished(server: Server) -> None:
    said = server.call(EDIT + "orderdesk", {})
    assert said["result"] == {"status": "require missing", "result": ["action"], "message": said["message"]}
    assert server.call(EDIT + "orderdesk", {"action": ""})["result"]["status"] == "require null"


def test_an_unknown_field_is_a_false_success_that_skips_a_number(server: Server) -> None:
    assert server.create(*GOOD, ("FORMITM_99", "x", "inputbox")) == {
        "status": 200, "message": "Create data successfully.", "result": None,
    }  # fmt: skip
    assert server.rows()["result"] == []
    assert server.create(*GOOD)["result"] == 2


def test_a_verified_create_has_no_number_whether_it_passes_or_not(server: Server) -> None:
    passed = server.create(*GOOD, flow="orderverify")
    rejected = server.create(GOOD[0], ("FORMITM_2", "0", "inputbox"), flow="orderverify")
    assert passed == rejected == {"status": 200, "message": "Create data successfully.", "result": None}
    assert [row["data_no"] for row in server.rows(("history", "=", False), flow="orderverify")["result"]] == [1]


def test_numbers_count_within_a_flow_and_are_never_used_again(server: Server) -> None:
    assert [server.create(*GOOD)["result"] for _ in range(2)] == [1, 2]
    assert server.create(*GOOD, flow="orderplain")["result"] == 1
    server.call(EDIT + "orderdesk", {"action": "delete", "data_no": "2"})
    assert server.create(*GOOD)["result"] == 3


def test_values_are_kept_as_text_and_heads_fill_the_orders_columns(server: Server) -> None:
    server.create(
        *GOOD, ("FORMITM_4", "Order \"A\" <&>'+#% 茶🍵", "h_title"), ("FORMITM_5", "packing", "h_status"),
        ("FORMITM_6", {"group": "2", "user": ""}, "h_group"), ("FORMITM_7", ["gift"], "checkbox"), ("FORMITM_3", None, "areabox"),
    )  # fmt: skip
    row = server.rows(("history", "=", False))["result"][0]
    assert (row["title"], row["formitm_4"]) == ('Order "A" <&>\'+#% 茶🍵',) * 2
    assert (row["status"], row["formitm_5"]) == ("Packing", "packing")
    assert json.loads(row["group"]) == {"group": "資訊服務組", "user": ""}
    assert json.loads(row["formitm_6"]) == {"group": "2", "user": ""}
    assert (row["formitm_7"], row["formitm_3"]) == ('["gift"]', "")
    server.create(*GOOD, ("FORMITM_4", "x", "inputbox"), ("FORMITM_5", "any text", "h_status"))
    row = server.rows(("history", "=", False), ("data_no", "=", 2))["result"][0]
    assert (row["title"], row["status"]) == (None, "any text")
    server.create(*GOOD, ("FORMITM_6", {"group": "1", "user": "2"}, "h_group"))
    row = server.rows(("history", "=", False), ("data_no", "=", 3))["result"][0]
    assert json.loads(row["group"]) == {"group": "Order desk", "user": "clerk"}
    assert (row["title"], row["formitm_4"]) == (None, "")


def test_only_the_order_desk_has_a_pattern(server: Server) -> None:
    odd = (GOOD[0], ("FORMITM_2", "1x", "inputbox"))
    assert server.create(*odd)["message"] == "Missing required fields."
    assert [server.create(*odd, flow=flow)["status"] for flow in ("orderplain", "orderverify")] == [200, 200]


def test_the_same_create_three_times_makes_three_orders_and_at_once_six(server: Server) -> None:
    numbers = [server.create(*GOOD)["result"] for _ in range(3)]
    threads = [threading.Thread(target=lambda: numbers.append(server.create(*GOOD)["result"])) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 10))


# query, push, delete


@pytest.mark.parametrize(
    "data_no, status, message",
    [
        ("abc", 500, "invalid literal for int() with base 10: 'abc'"),
        ("", 404, "The necessary parameters"), (None, 404, "The necessary parameters"), (0, 404, "The necessary"),
    ],
)  # fmt: skip
def test_queries_that_fail(server: Server, data_no: Any, status: int, message: str) -> None:
    said = server.call(QUERY + "orderdesk", {"data_no": data_no})
    assert said["status"] == status
    assert said["message"].startswith(message)


def test_a_query_knows_no_rights_and_no_missing_order(server: Server) -> None:
    server.create(*GOOD)
    assert server.call(QUERY + "orderdesk", {"data_no": 1}, user="guest")["result"] != []
    assert server.steps(99) == []
    assert server.call(QUERY + "nowhere", {"data_no": 1})["message"] == "Query failed."


def test_an_order_is_in_execution_for_a_while() -> None:
    server = Server(busy="2")
    server.create(*GOOD)
    said = server.push(2, *GOOD)
    assert said["message"] == "The data is currently in execution and cannot be updated/deleted."
    assert server.call(EDIT + "orderdesk", {"action": "delete", "data_no": [1]})["status"] == 404
    row = server.rows(("history", "=", False))["result"][0]
    assert (row["running"], row["stop_chart_text"], row["closed"]) == (True, None, False)
    assert server.steps(1) == []
    assert server.steps(1) == [{"data_id": 2, "stop_chart_text": "Stock check"}]


@pytest.mark.parametrize(
    "params, status, message",
    [
        ({"data_id": 99}, 403, "You do not have permission"), ({"data_id": "x"}, 403, "You do not have permission"),
        ({}, 404, "invalid literal for int() with base 10: ''"),
        ({"data_id": 2, "formdata": []}, 404, "Missing required"),
        ({"data_id": 2, "formdata": json.dumps(form(*GOOD))}, 404, "string indices must be integers"),
        ({"data_id": 2, "formdata": form(*GOOD, ("FORMITM_99", "x", "t"))}, 404, "Omdata_6ebdf33c259f42febc52dbb457a44e99 has no field named"),
        ({"data_id": 1, "formdata": form(*GOOD)}, 404, "Omdata_6ebdf33c259f42febc52dbb457a44e99 matching query"),
    ],
)  # fmt: skip
def test_pushes_that_are_refused_move_nothing(server: Server, params: Any, status: int, message: str) -> None:
    server.create(*GOOD)
    said = server.call(EDIT + "orderdesk", {"action": "update", **params})
    assert said["status"] == status
    assert said["message"].startswith(message)
    assert server.steps(1) == [{"data_id": 2, "stop_chart_text": "Stock check"}]


def test_a_quick_action_pushes_even_where_there_is_none(server: Server) -> None:
    server.create(*GOOD)
    said = server.call(EDIT + "orderdesk", {"action": "update", "data_id": 2, "quick_action": "action2"})
    assert said["result"] == 1
    assert [step["stop_chart_text"] for step in server.steps(1)] == ["Packing", "Billing"]


def test_a_wrong_path_pushes_another_order(server: Server) -> None:
    server.create(*GOOD)
    server.create(*GOOD, flow="orderplain")
    assert server.push(2, *GOOD, flow="orderplain")["status"] == 200
    assert server.steps(1, "orderplain") == []
    assert server.steps(1) != []


def test_a_broken_component_stops_the_order() -> None:
    server = Server(broken="Stock check")
    server.create(*GOOD)
    row = server.rows(("error", "=", True))["result"][0]
    assert (row["history"], row["stop_chart_text"], bool(row["error_message"])) == (False, "Stock check", True)
    assert server.steps(1) == [{"data_id": 1, "stop_chart_text": "Stock check"}]
    assert "not at a manual" in server.push(1, *GOOD)["message"]


@pytest.mark.parametrize("given, gone", [([1], True), ("1", True), ([99], False), ("", False), (None, False)])
def test_a_delete_succeeds_for_anything(server: Server, given: Any, gone: bool) -> None:  # noqa: FBT001
    server.create(*GOOD)
    params = {"action": "delete", **({} if given is None else {"data_no": given})}
    assert server.call(EDIT + "orderdesk", params) == {
        "status": 200, "message": "Delete successfully.", "result": "",
    }  # fmt: skip
    assert (server.rows()["result"] == []) is gone


@pytest.mark.parametrize("given", [1, "abc", "1,2", ["abc"], [1, "x"]])
def test_a_delete_of_what_is_not_a_number_in_a_text_or_a_list_deletes_nothing(server: Server, given: Any) -> None:
    server.create(*GOOD)
    said = server.call(EDIT + "orderdesk", {"action": "delete", "data_no": given})
    assert said == {"status": 404, "message": "The data cannot be found.", "result": None}
    assert server.steps(1) != []


@pytest.mark.parametrize("user", ["viewer", "guest"])
@pytest.mark.parametrize("params", [{"action": "create"}, {"action": "update", "data_id": 2}, {"action": "delete"}])
def test_rights(server: Server, user: str, params: Any) -> None:
    server.create(*GOOD)
    assert server.call(EDIT + "orderdesk", params, user=user)["status"] == 403
    assert server.call(LIST + "orderdesk", {}, user=user)["status"] == (200 if user == "viewer" else 403)


def test_who_an_order_is_assigned_to_may_push_it(server: Server) -> None:
    server.create(*GOOD, ("FORMITM_6", {"group": "1", "user": "7"}, "h_group"))
    push = {"action": "update", "data_id": 2, "formdata": form(*GOOD)}
    assert server.call(EDIT + "orderdesk", push, user="guest")["status"] == 403
    assert server.call(EDIT + "orderdesk", push, user="viewer")["status"] == 200
    assert server.call(EDIT + "orderdesk", {"action": "delete", "data_no": [1]}, user="viewer")["status"] == 403


# list


@pytest.mark.parametrize(
    "start, limit, found", [(0, 100, [2, 4, 7]), (1, 3, [4, 7]), (3, 3, []), (0, 0, []), ("1", "2", [4])]
)
def test_a_limit_is_an_end_index(server: Server, start: Any, limit: Any, found: list[int]) -> None:
    for _ in range(3):
        server.create(*GOOD)
    server.call(EDIT + "orderdesk", {"action": "delete", "data_no": [3]})
    server.create(*GOOD, flow="orderplain")
    server.store.add("rows-orderdesk", dict(server.store.find("rows-orderdesk", ("id", "=", 4))[0][1]))
    answer = server.rows(("history", "=", False), search_columns=["id"], start=start, limit=limit)
    assert ids(answer) == found


@pytest.mark.parametrize(
    "conditions, found",
    [
        ([("data_no", ">", 1)], [3, 4]), ([("data_no", "<", "2")], [1, 2]), ([("id", "in", [1, "3"])], [1, 3]),
        ([("title", "contains", "ORD")], [3, 4]), ([("title", "=", "order B")], [3, 4]), ([("title", "!=", "x")], []),
        ([("data_no", "=", 2), ("history", "=", False)], [4]), ([("formitm_1", "=", "Widget")], [1, 2, 3, 4]),
        ([("createtime", ">", "2026-11-22T03:27:29.898")], [1, 2, 3, 4]), ([("createtime", ">", "2026-11-22T03:27:29.899")], []),
        ([("data_no__gte", "=", 2)], [3, 4]), ([("data_no__lte", "=", 1), ("id__gt", "=", 1)], [2]), ([("title__icontains", "=", "ORD")], [3, 4]),
        ([("title", "=", None)], [1, 2]), ([("title", "in", [None])], []), ([("createtime", ">", "2026-11-21T19:27:29.898Z")], [1, 2, 3, 4]),
        ([("createtime", "<", "2026-11-22")], []), ([("createtime", "=", "2026-11-22 03:27:29.899")], [1, 2, 3, 4]), ([("stoptime", ">", "2026-11-22 04:27+09:00")], [1, 2, 3, 4]),
        ([("title", "in", ["order B", "x"])], [3, 4]),
    ],
)  # fmt: skip
def test_conditions(server: Server, conditions: list[tuple[str, str, Any]], found: list[int]) -> None:
    server.create(*GOOD)
    server.create(*GOOD, ("FORMITM_4", "order B", "h_title"))
    assert ids(server.rows(*conditions)) == found


def test_a_condition_that_lacks_a_key_drops_itself_and_the_rest(server: Server) -> None:
    server.create(*GOOD)
    asked = [
        {"column": "id", "condition": "=", "value": 1},
        {"column": "id"},
        {"column": "id", "condition": "=", "value": 9},
    ]
    assert ids(server.call(LIST + "orderdesk", {"search_conditions": asked})) == [1]


def test_exclusions_order_and_columns(server: Server) -> None:
    server.create(*GOOD)
    server.create(*GOOD)
    out = [{"column": "history", "condition": "=", "value": True}, {"column": "data_no", "condition": "=", "value": 1}]
    assert ids(server.rows(exclude_conditions=out)) == [2, 3, 4]
    assert ids(server.rows(order_columns=["-data_no", "id"])) == [3, 4, 1, 2]
    assert ids(server.rows(order_columns=["-id"], limit=2)) == [4, 3]
    assert server.rows(search_columns=["data_no"], limit=1)["result"] == [{"data_no": 1}]


@pytest.mark.parametrize(
    "params",
    [
        {"search_conditions": [{"column": "FORMITM_1", "condition": "=", "value": "x"}]},
        {"search_conditions": [{"column": "history", "condition": "=", "value": "false"}]},
        {"search_conditions": [{"column": "id", "condition": "=", "value": "x"}]},
        {"search_conditions": [{"column": "id", "condition": "in", "value": 1}]},
        {"search_conditions": [{"column": "data_no__gte", "condition": ">", "value": 1}]},
        {"search_conditions": [{"column": "data_no__nope", "condition": "=", "value": 1}]},
        {"search_conditions": [{"column": "createtime", "condition": ">", "value": "x"}]},
        {"search_conditions": [{"column": "createtime", "condition": "=", "value": "2026-13-01"}]},
        {"search_conditions": [{"column": "stoptime", "condition": "in", "value": [5]}]},
        {"search_conditions": [{"column": "title", "condition": "contains", "value": None}]},
        {"order_columns": ["nope"]}, {"search_columns": ["nope"]}, {"start": -1}, {"limit": "x"},
    ],
)  # fmt: skip
def test_bad_lists(server: Server, params: Any) -> None:
    server.create(*GOOD)
    said = server.call(LIST + "orderdesk", params)
    assert (said["status"], said["result"]) == (404, None)
    assert said["message"].startswith("Query failed, the error message is as follows:")


def test_a_list_needs_a_json_body(server: Server) -> None:
    server.create(*GOOD)
    plain = {"security": server.code(), "omflow_restapi": "1", "search_conditions": "[]"}
    assert ids(server.client.post(LIST + "orderdesk", data=plain).get_json()) == [1, 2]
    broken = server.client.post(LIST + "orderdesk", data={**plain, "search_columns": '["id"]'}).get_json()
    assert broken["status"] == 404


def test_an_unknown_flow_and_an_unknown_call(server: Server) -> None:
    assert server.call(LIST + "nowhere", {})["message"] == "Cannot find the flow."
    assert server.call("/rest/flowmanage/api/nothing/", {})["status"] == 403


# What a client may learn of a flow


@pytest.mark.parametrize("lacking", [["flow_uuid"], ["data_id"], ["flow_uuid", "data_id"]])
def test_what_load_and_the_file_list_lack(server: Server, lacking: list[str]) -> None:
    server.create(*GOOD)
    whole = {"flow_uuid": FLOWS["orderdesk"].uuid, "data_no": 1, "data_id": 2}
    params = {name: value for name, value in whole.items() if name not in lacking}
    said = server.call("/rest/flowmanage/api/omdata/load/", params)
    assert (said["status"], said["result"]["status"], said["result"]["result"]) == (404, "require missing", lacking)
    said = server.call("/rest/flowmanage/api/omdata-file/list/", params)
    assert (said["status"], said["message"], said["result"]) == (500, f"'{lacking[0]}'", None)


def test_a_row_is_loaded_with_its_form(server: Server) -> None:
    server.create(*GOOD, ("FORMITM_7", ["gift"], "checkbox"))
    flow = FLOWS["orderdesk"]
    load_path = "/rest/flowmanage/api/omdata/load/"
    said = server.call(load_path, {"flow_uuid": flow.uuid, "data_id": 2})["result"]
    assert said["formdata"][6] == {"id": "FORMITM_7", "value": ["gift"], "type": "checkbox"}
    assert said["formobject"]["items"][0]["config"]["require"] is True
    assert said["quick_action"] == "OK,"
    for wrong in (
        {"flow_uuid": "6ebdf33c-259f-42fe-bc52-dbb457a44e99", "data_id": 2},
        {"flow_uuid": flow.uuid, "data_id": 9},
    ):
        assert server.call(load_path, wrong)["status"] == 403


def test_the_api_sample_is_for_who_may_manage(server: Server) -> None:
    base = "/rest/flowmanage/api/"
    assert server.call(f"{base}flow-active-app/list/", {})["result"][1] == {"id": 2, "app_name": "OrderDesk"}
    flows = server.call(f"{base}flow-active/list/", {"app_name": "OrderDesk"})["result"]
    assert {"id": 1, "flow_uuid": FLOWS["orderdesk"].uuid, "flow_name": "Order"} in flows
    asked = {"app_name": "OrderDesk", "flow_name": "Order", "action": "create"}
    sample = server.call(f"{base}flow-active-api-format/get/", asked)["result"]
    assert sample["input"]["api_path"] == "orderdesk"
    assert sample["input"]["formdata"][3] == {"id": "FORMITM_4", "value": "<Subject>", "type": "h_title"}
    assert server.call(f"{base}flow-active-api-format/get/", {"app_name": "x"})["result"] is None
    denied = server.post(f"{base}flow-active-app/list/", {}, user="worker")
    assert (denied.status_code, denied.headers["Location"]) == (302, "/api/permission/denied/")


def test_missions_are_the_orders_whose_group_was_sent(server: Server) -> None:
    path = "/rest/my-mission/api/my-mission/list/"
    server.create(*GOOD)
    assert server.call(path, {})["status"] == 404
    server.create(*GOOD, ("FORMITM_6", {"group": "1", "user": ""}, "h_group"))
    (task,) = server.call(path, {})["result"]
    assert (task["flow_name"], task["data_no"], task["assign_group_id"]) == ("Order", 2, "1")
    none = {"search_conditions": [{"column": "data_no", "condition": "=", "value": 9}]}
    assert server.call(path, none) == {"status": 200, "message": "The query was successful.", "result": []}
    assert server.call(path, {"limit": "x"})["status"] == 404


# Files


def multipart(server: Server, path: str, parts: Mapping[str, Any]) -> Any:
    whole = {"security": server.code(), "omflow_restapi": "1", **parts}
    return server.client.post(path, data=whole, headers={"Accept-Language": "en"}).get_json()


def files_of(server: Server, flow: str, data_no: int, data_id: int) -> list[str]:
    asked = {"flow_uuid": FLOWS[flow].uuid, "data_no": data_no, "data_id": data_id}
    listed = server.call("/rest/flowmanage/api/omdata-file/list/", asked)["result"]
    assert all(set(f) == {"id", "file", "size", "delete", "createtime", "file_name"} for f in listed)
    return [f["file_name"] for f in listed]


def test_the_documented_create_with_files_on_a_newer_server() -> None:
    server = Server(forms="taken", type="designed", files_item="kept")
    parts = {
        "action": "create", "formdata": json.dumps([{"id": "FORMITM_1", "value": "<input>"}]),
        "files_item": json.dumps(["FORMITM_3"]),
        "files": (BytesIO(b"hello"), "a.txt"), "FORMITM_3": (BytesIO(b"draw"), "圖.png"),
    }  # fmt: skip
    assert multipart(server, EDIT + "orderfiles", parts)["result"] == 1
    assert files_of(server, "orderfiles", 1, 2) == ["a.txt", "圖.png"]


def test_files_item_is_ignored_without_a_word_elsewhere() -> None:
    server = Server(forms="taken")
    parts = {
        "action": "create", "formdata": json.dumps(form(("FORMITM_1", "x", "inputbox"))), "files_item": '["FORMITM_3"]',
        "files": [(BytesIO(b""), "a.txt"), (BytesIO(b"2"), "a.txt")], "FORMITM_3": (BytesIO(b"draw"), "b.png"),
    }  # fmt: skip
    assert multipart(server, EDIT + "orderfiles", parts)["status"] == 200
    assert files_of(server, "orderfiles", 1, 2) == ["a.txt"]


def test_two_ways_to_files_on_an_older_server(server: Server) -> None:
    uuid = FLOWS["orderfiles"].uuid
    parts = {"flow_uuid": uuid, "action": "create", "formdata": json.dumps(form(("FORMITM_1", "x", "inputbox")))}
    assert multipart(server, EDIT + "None", {**parts, "files": (BytesIO(b"1"), "a.txt")})["result"] == 1
    upload = {"flow_uuid": uuid, "data_no": "1", "data_id": "2", "files": (BytesIO(b"2"), "b.txt")}
    assert multipart(server, "/rest/flowmanage/api/omdata-file/upload/", upload) == {
        "status": 200, "message": "Uploaded successfully.", "result": None,
    }  # fmt: skip
    assert files_of(server, "orderfiles", 1, 2) == ["a.txt", "b.txt"]
    wrong = {**upload, "data_id": "9", "files": (BytesIO(b"2"), "b.txt")}
    assert multipart(server, "/rest/flowmanage/api/omdata-file/upload/", wrong)["status"] == 403


@pytest.mark.parametrize(
    "sent, kept",
    [("a'b%22c.txt", "a'b%22c.txt"), (r"C:\dir\b.txt", "b.txt"), (r"a\"b.txt", 'a"b.txt'), ("圖 1.png", "圖 1.png")],
)
def test_a_files_name_is_stored_as_the_header_gives_it(server: Server, sent: str, kept: str) -> None:
    upload(server, sent, "hello")
    assert files_of(server, "orderfiles", 1, 2) == [kept]


def test_the_largest_body_does_not_count_files(server: Server) -> None:
    upload(server, "big.bin", "x" * 3_000_000)
    assert files_of(server, "orderfiles", 1, 2) == ["big.bin"]


def upload(server: Server, name: str, content: str) -> None:
    """Make an order and upload a file to it, whose name is in the header unchanged."""
    server.create(("FORMITM_1", "x", "inputbox"), flow="orderfiles")
    row = {"flow_uuid": FLOWS["orderfiles"].uuid, "data_no": "1", "data_id": "2"}
    texts = {"security": server.code(), "omflow_restapi": "1", **row}
    parts = [f'name="{key}"\r\n\r\n{value}' for key, value in texts.items()]
    parts.append(f'name="files"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n{content}')
    body = "".join(f"--edge\r\nContent-Disposition: form-data; {part}\r\n" for part in parts) + "--edge--\r\n"
    kind = "multipart/form-data; boundary=edge"
    said = server.client.post("/rest/flowmanage/api/omdata-file/upload/", data=body.encode(), content_type=kind)
    assert said.get_json()["status"] == 200


def test_a_server_may_lose_what_it_says_it_stored() -> None:
    server = Server(uploads="lost")
    server.create(("FORMITM_1", "x", "inputbox"), flow="orderfiles")
    upload = {"flow_uuid": FLOWS["orderfiles"].uuid, "data_no": "1", "data_id": "2", "files": (BytesIO(b"2"), "b.txt")}
    assert multipart(server, "/rest/flowmanage/api/omdata-file/upload/", upload)["status"] == 200
    assert files_of(server, "orderfiles", 1, 2) == []


# Switches


def test_the_documented_envelope() -> None:
    server = Server(status="text", ids="text", empty="absent", type="designed")
    assert server.create(("FORMITM_1", "x", ""), ("FORMITM_2", "3", "")) == {
        "status": "200", "message": "Create data successfully.", "result": "1",
    }  # fmt: skip
    assert server.steps("1") == [{"data_id": "2", "stop_chart_text": "Stock check"}]
    assert server.create() == {"status": "404", "message": "Missing required fields."}
    assert Server(empty="text").create(*GOOD, flow="orderverify")["result"] == ""


@pytest.mark.parametrize(
    "switches, named", [({"nope": "1"}, "forms"), ({"ids": "x"}, "text"), ({"busy": "x"}, "whole")]
)
def test_unknown_switches_are_refused(switches: Mapping[str, str], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        load("omflow", ":memory:", switches=switches)


def test_without_authentication_no_code_is_asked_for() -> None:
    with closing(load("omflow", ":memory:", authenticate=False)) as app:
        said = Client(app).post(LIST + "orderdesk", json={"omflow_restapi": 1}).get_json()
    assert (said["status"], said["result"]) == (200, [])


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["1", "2", "create", "update"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "value", "type", "column", "condition"]), inner, max_size=4)
    ),
    max_leaves=6,
)
NAMES = [
    "action", "data_id", "data_no", "exclude_conditions", "files_item", "flow_uuid", "formdata", "limit",
    "order_columns", "quick_action", "search_columns", "search_conditions", "start", "start_input",
]  # fmt: skip
CALLS = [
    EDIT + "orderdesk", EDIT + "None", LIST + "orderdesk", QUERY + "orderdesk", "/rest/flowmanage/api/omdata/load/",
    "/rest/flowmanage/api/omdata-file/list/", "/rest/my-mission/api/my-mission/list/",
]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(path=st.sampled_from(CALLS), params=st.dictionaries(st.sampled_from(NAMES), JSONS, max_size=6))
def test_whatever_is_sent_is_answered(path: str, params: Mapping[str, Any]) -> None:
    server = Server()
    server.create(*GOOD)
    answer = server.post(path, params)
    assert answer.status_code == 200
    assert list(answer.get_json()) == ["status", "message", "result"]


# An order in motion


def live(server: Server) -> list[Any]:
    return ids(server.rows(("data_no", "=", 1), ("history", "=", False)))


def test_after_a_push_an_order_has_no_live_row_then_one_branch_then_all() -> None:
    server = Server(moving="2")
    server.create(*GOOD)
    server.create(*GOOD)
    assert live(server) == [2]
    server.push(2, *GOOD)
    every = server.rows(("data_no", "=", 1))  # the first look: rows of former steps tell that it exists
    assert {row["history"] for row in every["result"]} == {True}
    assert [live(server) for _ in range(4)] == [[], [6], [6], [6, 8]]
    server.push(6, *GOOD)
    assert [[s["stop_chart_text"] for s in server.steps(1)] for _ in range(5)] == [[], [], *[["Billing"]] * 3]


def test_an_order_in_motion_can_neither_be_pushed_nor_deleted() -> None:
    server = Server(moving="9")
    server.create(*GOOD)
    server.push(2, *GOOD)
    hidden = [number for number, row in server.store.find("rows-orderdesk") if not row["history"]]
    assert "in execution" in server.push(hidden[0], *GOOD)["message"]
    assert "in execution" in server.call(EDIT + "orderdesk", {"action": "delete", "data_no": [1]})["message"]
    assert ids(server.rows(limit=2)) == [1, 2]  # a page is as long as if the hidden rows were not there


def test_the_window_is_open_unless_a_switch_closes_it() -> None:
    with closing(Store(":memory:", TABLES)) as store:
        assert Emulator(store)._switches["moving"] == "1"  # noqa: SLF001
        with pytest.raises(ValueError, match="moving must be a whole number"):
            Emulator(store, {"moving": "x"})


def test_a_step_without_quick_actions_says_null(server: Server) -> None:
    server.create(*GOOD)
    server.push(2, *GOOD)
    (packing, _) = server.steps(1)
    asked = {"flow_uuid": FLOWS["orderdesk"].uuid, "data_id": packing["data_id"]}
    assert server.call("/rest/flowmanage/api/omdata/load/", asked)["result"]["quick_action"] is None
