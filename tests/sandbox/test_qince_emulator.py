"""The Qince emulator does what the vendor's document says and what real accounts do, oddities included."""

import hashlib
import json
import weakref
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from orderctl.sandbox import load
from orderctl.sandbox.qince.emulator import TABLES, Emulator
from orderctl.sandbox.store import Store

CUSTOMER, HTS = "6928823652322085688", "7007385368014262146"
PIECE, AADW = "5722517964131842984", "8369588441145923742"
MOTO = {"pd_id": "8693321379452492472", "unit_id": PIECE, "pd_count": "10000", "actual_price": "2"}
NOKIA = {"pd_id": "7041673499078735037", "unit_id": AADW, "pd_count": "20000", "actual_price": "1000"}
BOX, CUSTOM, BUNDLE = ({**MOTO, "pd_id": f"527958053352814753{n}"} for n in (7, 8, 9))
SAVE_FAILED, QUERY_FAILED = "保存失败！", "查询失败！"  # noqa: RUF001 - as the vendor writes it
BOM = "不支持配置BOM的对接，请通过页面进行新建。"  # noqa: RUF001 - as the vendor writes it
ALL: dict[str, Any] = {"page": 1, "rows": 100, "sorts": [], "query_group": []}


class Account:
    """An account in memory whose clock is where the test puts it."""

    def __init__(self, **switches: str) -> None:
        self.store = Store(":memory:", TABLES)
        weakref.finalize(self, self.store.close)
        self.clock = datetime(2025, 6, 27, 1, 20, 6, tzinfo=UTC)
        named = {name.replace("_", "-"): value for name, value in switches.items()}
        self.client = Client(Emulator(self.store, named, now=lambda: self.clock))

    def send(self, operation: str, body: bytes, **path: str) -> Any:
        stamp = path.get("timestamp", "20250627092006")
        digest = hashlib.md5(body + f"|{path.get('appkey', 'sandbox')}|{stamp}".encode()).hexdigest()
        place = f"/api/ig/v1/{operation}/{path.get('openid', 'sandbox')}/{stamp}/{path.get('digest', digest)}/X000001"
        answer = self.client.post(place, data=body, content_type="application/json")
        assert answer.status_code == 200
        said = json.loads(answer.text)
        assert said.pop("msg_id") == "X000001"
        return said

    def call(self, operation: str, **body: Any) -> Any:
        return self.send(operation, json.dumps(body).encode())

    def add(self, *rows: Any, fields: Any = None, **more: Any) -> str:
        said = self.call("orderAdd", **order(*rows, fields=fields), **more)
        assert said["return_code"] == 0, said
        made: str = said["response_data"]
        return made

    def edit(self, order_id: str, *rows: Any, fields: Any = None, **more: Any) -> Any:
        slaves = {"ig_order_detail": list(rows)} if rows else {}
        return self.call("orderEdit", data_id=order_id, fields=fields or {}, slave_fields=slaves, **more)

    def query(self, operation: str = "orderQuery", **body: Any) -> list[Any]:
        said = self.call(operation, **{**ALL, **body})
        assert said["return_code"] == 0, said
        found: list[Any] = json.loads(said["response_data"])
        return found

    def one(self) -> Any:
        (found,) = self.query()
        return found

    def rows(self) -> list[Any]:
        return self.query("orderDetailQuery", sorts=[{"field_key": "create_time", "type": "asc"}])


def order(*rows: Any, fields: Any = None) -> dict[str, Any]:
    known = {"customer": CUSTOMER, **(fields or {})}
    return {
        "fields": {k: v for k, v in known.items() if v != "-"},
        "slave_fields": {"ig_order_detail": list(rows) or [MOTO]},
    }


def where(key: str, operator: str, *values: str, connector: str = "AND") -> list[Any]:
    return [
        {"connector": connector, "filters": [{"field_key": key, "operator": operator, "field_values": list(values)}]}
    ]


def test_an_order_comes_back_as_the_documents_pushed_order() -> None:
    account = Account()
    made = account.add(MOTO, NOKIA, fields={"order_date": "2025-06-27"})
    assert made == "6066483328179541690"
    user = {"name": "hts", "id": HTS, "status": "1"}
    assert account.one() == {
        "whole_order_discount": "1.0000",
        "modify_time": {"format": "YYYY-MM-DD HH:mm:ss", "value": "2025-06-27 09:20:06"},
        "business_type": {
            "code": "busitype_default__c", "id": "6427868406516526784", "label": "默认业务类型", "status": "1",
        },
        "modifyier_id": user,
        "id": made,
        "department": {"name": "CPG", "id": "10", "status": "1"},
        "order_total_amount": "20020000.00",
        "actual_selling_total_amount": "20020000.00",
        "owner": user,
        "lock_status": {"code": "UNLOCK", "label": "未锁定"},
        "create_time": {"format": "YYYY-MM-DD HH:mm:ss", "value": "2025-06-27 09:20:06"},
        "approval_status": {"code": "APPROVED", "label": "已通过"},
        "source_type": {"code": "LROPFXCJ", "label": "自建"},
        "order_date": {"format": "YYYY-MM-DD", "value": "2025-06-27"},
        "creator_id": user,
        "name": "DD2025062700001",
        "status": {"code": "NORMAL", "label": "正常"},
        "customer": {
            "objectKey": "bas_cm_customer", "name": "测试客户", "objectName": "客户", "id": CUSTOMER, "status": "1",
        },
    }  # fmt: skip
    moto, nokia = account.rows()
    assert moto["pd_id"] == {"name": "摩托罗拉", "id": MOTO["pd_id"], "status": "1"}
    assert moto["price_detail"] == {"name": "JMMX2025050701539", "id": "8136834649761603489", "status": "1"}
    assert (moto["name"], moto["pd_count"], moto["actual_selling_amount"]) == (
        "DDMX2025062700001",
        "10000.00",
        "20000.00",
    )
    assert nokia["unit_id"] == {"name": "aadw", "id": AADW, "status": "1"}
    assert nokia["order_id"] == {"name": "DD2025062700001", "id": made}
    assert (nokia["sys_discount"], nokia["additional_discount"]) == ("1.0000", "1.0000")


def test_amounts_are_computed_whatever_is_sent() -> None:
    account = Account()
    row = {**MOTO, "pd_count": "3", "actual_price": "1.55", "actual_selling_amount": "99", "pd_origin_price": "99"}
    account.add(row, fields={"whole_order_discount": "0.8", "order_total_amount": "5", "receipt_name": "x"})
    shown, (line,) = account.one(), account.rows()
    assert (shown["actual_selling_total_amount"], shown["order_total_amount"]) == ("4.65", "3.72")
    assert (line["pd_origin_price"], line["pd_origin_amount"], line["additional_discount"]) == (
        "2.00",
        "6.00",
        "0.7750",
    )
    assert "receipt_name" not in shown


@pytest.mark.parametrize(
    "rows,fields",
    [
        ((), {"customer": "-"}),
        ((), {"customer": "1"}),
        ((), {"customer": {"id": CUSTOMER}}),
        ((), {"order_date": "27.06.2025"}),
        ((), {"order_date": "2025-02-30"}),
        ((), {"order_date": True}),
        ((), {"order_date": 10**30}),
        ((), {"whole_order_discount": "x"}),
        ((), {"whole_order_discount": "NaN"}),
        ((), {"whole_order_discount": True}),
        ((), {"whole_order_discount": []}),
        ((), {"receipt_info": "1"}),
        ((), {"quotation_id": "1"}),
        ((), {"field_3kgN5__c": "x"}),
        ((), {"field_dWPHL__c": ["91CIFbjO"]}),
        ((), {"field_GOITb__c": "13.3.2025"}),
        ((), {"field_MhfYa__c": "2025"}),
        ((), {"field_text__c": ["x"]}),
        (("x",), {}),
        (({**MOTO, "id": "5"},), {}),
        (({**MOTO, "pd_id": "1"},), {}),
        (({**MOTO, "pd_id": None},), {}),
        (({**MOTO, "unit_id": AADW},), {}),
        (({**MOTO, "unit_id": None},), {}),
        (({**MOTO, "actual_price": None},), {}),
        (({**MOTO, "pd_count": None},), {}),
        (({**MOTO, "pd_count": "0"},), {}),
        (({**MOTO, "pd_portfolio": "1"},), {}),
    ],
)
def test_an_order_that_cannot_be_is_refused_without_a_reason(rows: tuple[Any, ...], fields: dict[str, Any]) -> None:
    account = Account()
    said = account.call("orderAdd", **order(*rows, fields=fields))
    assert said == {"return_code": 1, "return_msg": SAVE_FAILED}
    assert account.query() == []
    assert account.store.calls() == []


@pytest.mark.parametrize(
    "body",
    [
        {}, {"fields": {}}, {"fields": {"customer": CUSTOMER}, "slave_fields": {}}, {**order(), "fields": "x"},
        {**order(), "fields": "[]"}, {**order(), "slave_fields": {"ig_order_detail": {}}},
        {**order(), "slave_fields": {"ig_order_detail": [MOTO], "gift": [{}]}},
        {**order(), "is_trigger": True}, {**order(), "is_trigger": True, "trigger_employee": "1"},
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_is_refused(body: dict[str, Any]) -> None:
    assert Account().call("orderAdd", **body) == {"return_code": 1, "return_msg": SAVE_FAILED}


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"1", b"\xff", b"[" * 100_000])
def test_what_is_not_an_object_is_refused(body: bytes) -> None:
    assert Account().send("orderAdd", body)["return_msg"] == SAVE_FAILED
    assert Account().send("orderQuery", body)["return_msg"] == QUERY_FAILED


def test_fields_may_be_objects_or_texts_that_hold_one() -> None:
    account = Account()
    body = order()
    said = account.call("orderAdd", fields=json.dumps(body["fields"]), slave_fields=json.dumps(body["slave_fields"]))
    assert said["return_code"] == 0
    assert account.one()["customer"]["id"] == CUSTOMER


def test_custom_fields_are_shown_in_the_style_of_output() -> None:
    account = Account()
    account.add(
        fields={
            "field_QxaDA__c": "2025-03-13", "field_GOITb__c": 1741850626000, "field_dWPHL__c": "91CIFbjO,7YtWq0Lm",
            "field_3kgN5__c": "nPFlJR4S", "field_8JouQ__c": "true", "field_MhfYa__c": "2025-03-13 15:23",
            "field_Dxf38__c": 1, "field_T08db__c": "222", "field_n__c": 7, "field_b__c": True, "field_no__c": None,
        }
    )  # fmt: skip
    shown = account.one()
    assert shown["field_QxaDA__c"] == shown["field_GOITb__c"] == {"format": "YYYY-MM-DD", "value": "2025-03-13"}
    assert shown["field_dWPHL__c"][0] == {"code": "91CIFbjO", "label": "选项1", "status": "1"}
    assert len(shown["field_dWPHL__c"]) == 2
    assert shown["field_3kgN5__c"] == {"code": "nPFlJR4S", "label": "选项1"}
    assert shown["field_8JouQ__c"] == {"code": "true", "label": "是"}
    assert shown["field_MhfYa__c"] == {"format": "YYYY-MM-DD HH:mm", "value": "2025-03-13 15:23"}
    assert [shown[f"field_{name}__c"] for name in ("Dxf38", "T08db", "n", "b")] == ["1.00", "222", "7", "true"]
    assert "field_no__c" not in shown


def test_receipt_information_says_who_receives() -> None:
    account = Account()
    account.add(fields={"receipt_info": "5830274416920057733", "quotation_id": "6120937745518823343", "made_up": "x"})
    shown = account.one()
    assert (shown["receipt_name"], shown["receipt_phone"]) == ("张三", "13800000000")
    assert shown["quotation_id"]["name"] == "BJ2025060100001"
    assert "made_up" not in shown
    account.edit(shown["id"], fields={"receipt_info": "5830274416920057734"})
    assert (account.one()["receipt_name"], account.one()["receipt_address"]) == ("李四", {})
    assert "receipt_landline" not in account.one()


def test_bills_of_materials() -> None:
    account = Account()
    account.add({**BOX, "pd_count": "2", "actual_price": "24"})
    assert [(row["pd_id"]["name"], row["pd_count"]) for row in account.rows()] == [
        ("礼盒", "2.00"), ("摩托罗拉", "4.00"), ("绿茶", "2.00"),
    ]  # fmt: skip
    assert account.one()["order_total_amount"] == "48.00"
    assert account.call("orderAdd", **order(CUSTOM)) == {"return_code": 1, "return_msg": BOM}


def test_cpq_needs_the_portfolio_of_a_parent() -> None:
    account = Account(cpq="on")
    assert account.call("orderAdd", **order(BUNDLE))["return_msg"] == SAVE_FAILED
    account.add({**BUNDLE, "pd_portfolio": "4418205593377160021"})
    assert account.rows()[0]["pd_portfolio"]["name"] == "SPZH0001"
    Account().add(BUNDLE)


def test_a_currency_is_dropped_while_there_is_one_only() -> None:
    account = Account()
    account.add(fields={"currency_type": "nonsense"})
    assert "currency_type" not in account.one()
    several = Account(currencies="several")
    several.add(fields={"currency_type": "EUR"})
    several.add()
    base, euro = several.query()
    assert (euro["currency_type"]["code"], base["currency_type"]["code"]) == ("EUR", "CNY")
    assert several.rows()[0]["pd_origin_price"] == "0.25"
    assert several.call("orderAdd", **order(fields={"currency_type": "XXX"}))["return_code"] == 1


def test_an_edit_changes_what_may_be_changed() -> None:
    account = Account()
    made = account.add(fields={"field_a__c": "1", "field_b__c": "2"})
    account.clock += timedelta(hours=1)
    said = account.edit(
        made,
        NOKIA,
        fields={"whole_order_discount": "0.5", "order_date": "2025-07-01", "field_a__c": "3", "field_b__c": None},
    )
    assert said == {"return_code": 0, "return_msg": ""}
    shown = account.one()
    assert (shown["order_total_amount"], shown["order_date"]["value"], shown["field_a__c"]) == (
        "10010000.00",
        "2025-07-01",
        "3",
    )
    assert "field_b__c" not in shown
    assert shown["modify_time"]["value"] == "2025-06-27 10:20:06"
    first, second = account.rows()
    sent = {"id": first["id"], "field_x__c": "y", "pd_id": first["pd_id"]["id"], "actual_price": "9"}
    assert account.edit(made, sent)["return_code"] == 0
    assert account.rows() == [{**first, "field_x__c": "y", "modify_time": account.one()["modify_time"]}, second]


@pytest.mark.parametrize(
    "rows,more",
    [
        ((), {"fields": {"customer": CUSTOMER}}),
        ((), {"fields": {"currency_type": "EUR"}}),
        (({"id": "1", "field_x__c": "y"},), {}),
        (({"id": "x", "field_x__c": "y"},), {}),
        (({"id": "4869361662077781365", "pd_count": "5"},), {}),
        (({"pd_id": MOTO["pd_id"]},), {}),
        ((), {"is_trigger": True}),
    ],
)
def test_an_edit_that_cannot_be_changes_nothing(rows: tuple[Any, ...], more: dict[str, Any]) -> None:
    account = Account()
    made = account.add()
    before = (account.one(), account.rows())
    assert account.edit(made, *rows, **more) == {"return_code": 1, "return_msg": SAVE_FAILED}
    assert (account.one(), account.rows()) == before


@pytest.mark.parametrize("order_id", ["1", "", "x", "9" * 19, "9" * 30, None, [], True])
def test_an_order_that_is_not_there_cannot_be_edited(order_id: Any) -> None:
    account = Account()
    account.add()
    assert account.edit(order_id)["return_msg"] == SAVE_FAILED


def test_a_row_of_another_order_cannot_be_edited() -> None:
    account = Account()
    mine = account.add()
    account.add()
    theirs = account.rows()[1]
    assert account.edit(mine, {"id": theirs["id"], "field_x__c": "y"})["return_code"] == 1


def test_a_workflow_is_started_by_an_employee() -> None:
    account = Account()
    made = account.add(is_trigger=False)
    assert account.one()["approval_status"]["code"] == "APPROVED"
    assert account.edit(made, is_trigger=True, trigger_employee=HTS)["return_code"] == 0
    assert account.one()["approval_status"] == {"code": "APPROVING", "label": "审批中"}
    assert [call.call for call in account.store.calls(made)] == ["orderAdd", "orderEdit"]


def test_rules_are_checked_where_the_caller_asks_for_them() -> None:
    account = Account(unique="field_ab12c__c")
    account.add(fields={"field_ab12c__c": "R-1"}, check_rule=True)
    again = order(fields={"field_ab12c__c": "R-1"})
    assert account.call("orderAdd", **again, check_rule=True)["return_msg"] == SAVE_FAILED
    assert account.call("orderAdd", **again, check_rule=False)["return_code"] == 0
    made = account.add(fields={"field_ab12c__c": "R-2"}, check_rule=True)
    assert account.edit(made, fields={"field_ab12c__c": "R-1"}, check_rule=True)["return_code"] == 1
    assert account.edit(made, fields={"field_ab12c__c": "R-2"}, check_rule=True)["return_code"] == 0
    account.add(check_rule=True)


# Queries


def test_pages_are_newest_first_unless_sorted() -> None:
    account = Account(rows_max="3")
    made = []
    for _ in range(5):
        made.append(account.add())
        account.clock += timedelta(seconds=1)
    assert [row["id"] for row in account.query(rows="2", page="1")] == [made[4], made[3]]
    assert [row["id"] for row in account.query(rows=2, page=3)] == [made[0]]
    assert len(account.query()) == 3, "more are silently cut"
    by_time = [{"field_key": "create_time", "type": "asc"}]
    assert [row["id"] for row in account.query(rows=3, page=2, sorts=by_time)] == made[3:]
    assert account.query(page=9) == []


def test_sorts_of_several_keys() -> None:
    account = Account()
    for date, note in (("2025-01-02", "b"), ("2025-01-01", "b"), ("2025-01-03", "a"), ("2025-01-04", None)):
        account.add(fields={"order_date": date, "note__c": note, "field_Dxf38__c": date[-1]})
    sorts = [{"field_key": "note__c", "type": "desc"}, {"field_key": "order_date", "type": "asc"}]
    assert [row["order_date"]["value"][-1] for row in account.query(sorts=sorts)] == ["1", "2", "3", "4"]
    amounts = [row["field_Dxf38__c"] for row in account.query(sorts=[{"field_key": "field_Dxf38__c", "type": "desc"}])]
    assert amounts == ["4.00", "3.00", "2.00", "1.00"]


@pytest.mark.parametrize(
    "key,operator,values,found",
    [
        ("id", "EQ", ["6066483328179541691"], [1]),
        ("id", "EQ", ["x"], []),
        ("customer", "EQ", [CUSTOMER], [0, 1, 2]),
        ("customer", "NE", [CUSTOMER], []),
        ("note__c", "EQ", ["b"], [1]),
        ("note__c", "EQ", [""], [2]),
        ("note__c", "IN", ["a", "b"], [0, 1]),
        ("name", "LIKE", ["00003"], [2]),
        ("create_time", "GE", ["2025-06-27 09:20:07"], [1, 2]),
        ("create_time", "LE", ["2025-06-27 09:20:07"], [0, 1]),
        ("field_Dxf38__c", "GE", ["9"], [1, 2]),
        ("field_Dxf38__c", "EQ", ["10"], [2]),
        ("approval_status", "EQ", ["APPROVED"], [0, 1, 2]),
        ("field_dWPHL__c", "EQ", ["91CIFbjO"], [0]),
    ],
)
def test_filters(key: str, operator: str, values: list[str], found: list[int]) -> None:
    account = Account()
    made = []
    for number, note in ((8, "a"), (9, "b"), (10, None)):
        choices = "91CIFbjO,7YtWq0Lm" if number == 8 else None
        made.append(account.add(fields={"note__c": note, "field_Dxf38__c": str(number), "field_dWPHL__c": choices}))
        account.clock += timedelta(seconds=1)
    by_time = [{"field_key": "create_time", "type": "asc"}]
    shown = account.query(query_group=where(key, operator, *values), sorts=by_time)
    assert [made.index(row["id"]) for row in shown] == found


@pytest.mark.parametrize("text", ['a"b', "\\", "南京", "x" * 500, "10", "010", "1e1", "2025-06-27", "a\nb", " "])
def test_a_text_of_any_kind_is_found(text: str) -> None:
    account = Account()
    made = account.add(fields={"note__c": text})
    account.add(fields={"note__c": "other"})
    assert [row["id"] for row in account.query(query_group=where("note__c", "EQ", text))] == [made]


def test_groups_combine() -> None:
    account = Account()
    for note in "abc":
        account.add(fields={"note__c": note})
    either = [{**where("note__c", "EQ", "a")[0], "connector": "OR"}]
    either[0]["filters"] += where("note__c", "EQ", "b")[0]["filters"]
    assert len(account.query(query_group=either)) == 2
    assert len(account.query(query_group=[*either, *where("note__c", "EQ", "a")])) == 1


def test_rows_are_asked_for_by_their_order() -> None:
    account = Account()
    first, second = account.add(MOTO), account.add(NOKIA, MOTO)
    assert len(account.query("orderDetailQuery", query_group=where("order_id", "EQ", first))) == 1
    assert len(account.query("orderDetailQuery", query_group=where("order_id", "IN", second))) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"page": 0}, {"page": None}, {"page": True}, {"page": "x"}, {"rows": -1}, {"rows": "0"}, {"sorts": None},
        {"sorts": {}}, {"sorts": ["x"]}, {"sorts": [{"field_key": "a", "type": "down"}]},
        {"sorts": [{"field_key": "a" * 31, "type": "asc"}]}, {"query_group": None}, {"query_group": ["x"]},
        {"query_group": where("a", "EQ", "1", connector="XOR")}, {"query_group": [{"connector": "OR", "filters": []}]},
        {"query_group": [{"connector": "OR", "filters": ["x"]}]}, {"query_group": where("a", "equals", "1")},
        {"query_group": where("a" * 33, "EQ", "1")},
        {"query_group": [{"connector": "OR", "filters": [{"field_key": "a", "operator": "EQ", "field_values": "x"}]}]},
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    for operation in ("orderQuery", "orderDetailQuery"):
        assert Account().call(operation, **{**ALL, **wrong}) == {"return_code": 1, "return_msg": QUERY_FAILED}


@pytest.mark.parametrize("key", ALL)
def test_the_parts_of_a_query_are_required_but_sorts(key: str) -> None:
    """A client in production use sends no sorts; the vendor's page requires them."""
    body = {name: value for name, value in ALL.items() if name != key}
    said = Account().call("orderQuery", **body)["return_msg"]
    assert said == ("" if key == "sorts" else QUERY_FAILED)
    assert Account(queries="strict").call("orderQuery", **body)["return_msg"] == QUERY_FAILED


def test_a_query_as_a_client_in_production_sends_it() -> None:
    account = Account(queries="live")
    made = []
    for _ in range(3):
        made.append(account.add())
        account.clock += timedelta(seconds=1)
    group = where("create_time", "GT", "1750987206999", connector="OR")
    body = {"page": "1", "rows": "1000", "query_group": group}
    assert [row["id"] for row in json.loads(account.call("orderQuery", **body)["response_data"])] == made[:0:-1]


@pytest.mark.parametrize(
    "operator,milliseconds,found",
    [
        ("GT", "1750987206999", [1, 2]), ("GT", "1750987207000", [2]), ("GT", "1750987207001", [2]),
        ("LT", "1750987207000", [0]), ("LT", "1750987207001", [0, 1]), ("LT", "1750987206999", [0]),
        ("GE", "1750987207000", [1, 2]), ("LE", "1750987206999", [0]), ("EQ", "1750987207000", [1]),
        ("GT", "2025-06-27 09:20:07", [2]), ("LT", "2025-06-27", []), ("GT", "2025-06-27 09:20", [0, 1, 2]),
    ],
)  # fmt: skip
def test_times_are_compared_as_instants(operator: str, milliseconds: str, found: list[int]) -> None:
    account = Account()
    made = []
    for _ in range(3):
        made.append(account.add())
        account.clock += timedelta(seconds=1)
    both = where("create_time", operator, milliseconds)
    both[0]["filters"] += where("customer", "EQ", CUSTOMER)[0]["filters"]
    for group in (where("create_time", operator, milliseconds), both):
        assert sorted(made.index(row["id"]) for row in account.query(query_group=group)) == found


@pytest.mark.parametrize("kind,operator", [("live", "GE"), ("live", "LIKE"), ("strict", "GT"), ("strict", "LT")])
def test_what_an_account_does_not_take_fails(kind: str, operator: str) -> None:
    query = {**ALL, "query_group": where("create_time", operator, "1750987206999")}
    assert Account(queries=kind).call("orderQuery", **query)["return_msg"] == QUERY_FAILED


def test_live_times_are_milliseconds_only() -> None:
    query = {**ALL, "query_group": where("create_time", "GT", "2025-06-27 09:20:07")}
    assert Account(queries="live").call("orderQuery", **query)["return_msg"] == QUERY_FAILED


@pytest.mark.parametrize("kind,shown", [("milliseconds", 1750987206000), ("text", "2025-06-27 09:20:06")])
def test_times_are_shown_in_other_shapes(kind: str, shown: Any) -> None:
    account = Account(times=kind)
    account.add()
    (row,) = account.query()
    assert row["create_time"] == shown


# Signatures, shapes, switches


@pytest.mark.parametrize(
    "wrong,code",
    [
        ({"openid": "other"}, 10001), ({"appkey": "other"}, 10003), ({"digest": "0" * 32}, 10003),
        ({"timestamp": "2025"}, 10002), ({"timestamp": "x" * 14}, 10002), ({"timestamp": "1" * 18}, 10002),
    ],
)  # fmt: skip
def test_a_wrong_login_is_refused(wrong: dict[str, str], code: int) -> None:
    account = Account()
    assert account.send("orderAdd", json.dumps(order()).encode(), **wrong)["return_code"] == code
    assert account.store.calls() == []


def test_the_digest_is_lower_case_and_of_the_exact_bytes() -> None:
    body = json.dumps(ALL).encode()
    digest = hashlib.md5(body + b"|sandbox|20250627092006").hexdigest()
    account = Account()
    assert account.send("orderQuery", body, digest=digest)["return_code"] == 0
    assert account.send("orderQuery", body, digest=digest.upper())["return_code"] == 10003
    assert account.send("orderQuery", body.replace(b" ", b""), digest=digest)["return_code"] == 10003


def test_timestamps_may_be_checked_strictly() -> None:
    body = json.dumps(ALL).encode()
    for stamp in ("1750987206000", "202506270920061", "19990101000000", "99999999999999"):
        assert Account().send("orderQuery", body, timestamp=stamp)["return_code"] == 0
        assert Account(timestamp="strict").send("orderQuery", body, timestamp=stamp)["return_code"] == 10002
    assert Account(timestamp="strict").send("orderQuery", body)["return_code"] == 0


def test_only_the_documented_paths_are_there() -> None:
    client = Account().client
    for path in ("/", "/api/ig/v1/orderQuery", "/api/ig/v1/orderDelete/a/1/b/c", "/api/ig/v2/orderQuery/a/1/b/c"):
        assert client.post(path).status_code == 404
    assert client.get("/api/ig/v1/orderQuery/a/1/b/c").status_code == 405


def test_answers_differ_between_accounts() -> None:
    assert Account(response_data="array").call("orderQuery", **ALL)["response_data"] == []
    assert Account(response_data="object").call("orderQuery", **ALL)["response_data"] == {"rows": []}
    assert "response_data" not in Account(empty="absent").call("orderQuery", **ALL)
    assert Account(empty="null").call("orderQuery", **ALL)["response_data"] == ""
    made = 6066483328179541690
    for switch, data in (("number", made), ("object", f'{{"id":{made}}}'), ("text", str(made))):
        assert Account(made_id=switch).call("orderAdd", **order())["response_data"] == data
    assert "response_data" not in Account(made_id="absent").call("orderAdd", **order())
    said = Account(return_code="text").call("orderQuery", **ALL)
    assert (said["return_code"], said["return_msg"]) == ("0", None)


def test_an_account_may_have_certain_custom_fields_only() -> None:
    account = Account(custom_fields="field_a__c,field_b__c")
    account.add({**MOTO, "field_b__c": "2", "field_c__c": "3"}, fields={"field_a__c": "1", "field_c__c": "3"})
    assert account.one()["field_a__c"] == "1"
    assert "field_c__c" not in account.one()
    assert account.rows()[0]["field_b__c"] == "2"


def test_switches_are_checked() -> None:
    for switches in ({"rows-max": "0"}, {"nonsense": "1"}, {"cpq": "maybe"}):
        with pytest.raises(ValueError, match="switch"):
            load("qince", ":memory:", switches=switches)
    with closing(load("qince", ":memory:", authenticate=False)) as app:
        client = Client(app)
        assert client.post("/api/ig/v1/orderQuery/a/b/c/d", json=ALL).json["return_code"] == 0  # type: ignore[index]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda v: st.lists(v) | st.dictionaries(st.text(), v),
    )
)
@settings(max_examples=60, deadline=None)
def test_nothing_that_is_sent_breaks_it(value: Any) -> None:
    account = Account()
    for body in (
        {"fields": value, "slave_fields": value},
        order(value),
        order(fields={"field_a__c": value, "order_date": value}),
        {**ALL, "sorts": value, "query_group": value},
    ):
        for operation in ("orderAdd", "orderEdit", "orderQuery", "orderDetailQuery"):
            assert account.call(operation, **body)["return_code"] in {0, 1}
