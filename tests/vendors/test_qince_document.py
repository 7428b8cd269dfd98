"""Every example and every table of the vendor's document 订单2.0接口, unchanged."""
# ruff: noqa: E501, RUF001  (the tables have a row a line; texts are as the vendor writes them)

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from orderctl.backend.fields import resolve
from orderctl.errors import Refused, UsageError
from orderctl.model import Customer, Move, Order, Query, Setting, Status
from orderctl.vendors.qince.codec import decode, decode_row
from orderctl.vendors.qince.fields import FIELDS
from orderctl.vendors.qince.lists import LIVE, check_query
from orderctl.vendors.qince.orders import VENDOR, encode, sign
from tests.vendors.qince_setup import (
    AADW,
    ALL,
    CUSTOMER,
    FIELD,
    HTS,
    MOTO,
    NOKIA,
    PIECE,
    Account,
    change,
    draft,
    line,
    ok,
    own,
    profile,
    told,
)  # fmt: skip

# 查询订单, 查询订单明细: the row of the example, verbatim. The document writes the array into response_data, a text.
DATA: dict[str, Any] = json.loads("""
{
"field_QxaDA__c": {"format": "YYYY-MM-DD", "value": "2025-03-13"},
"field_T08db__c": "222",
"field_TtFXb__c": "222",
"field_dWPHL__c": [{"code": "91CIFbjO", "label": "选项1", "status": "1"}],
"id": "9222626961451321265",
"field_pOceu__c": "1",
"lock_status": {"code": "UNLOCK", "label": "未锁定"},
"field_whz1e__c": "222",
"create_time": {"format": "YYYY-MM-DD HH:mm:ss", "value": "2025-03-13 15:23:46"},
"approval_status": {"code": "APPROVED", "label": "已通过"},
"source_type": {"code": "LROPFXCJ", "label": "自建"},
"field_3kgN5__c": {"code": "nPFlJR4S", "label": "选项1"},
"name": "0313cs02",
"creator_id": {"name": "x1", "id": "6611719441804418541", "status": "1"},
"field_GOITb__c": {"format": "YYYY-MM-DD", "value": "2025-03-13"},
"field_8JouQ__c": {"code": "true", "label": "是"},
"status": {"code": "NORMAL", "label": "正常"},
"modify_time": {"format": "YYYY-MM-DD HH:mm:ss", "value": "2025-03-13 15:23:46"},
"field_Dxf38__c": "1.00",
"field_Y4dFC__c": "00005",
"business_type": {"code": "busitype_default__c", "id": "8438431948543484993"},
"modifyier_id": {"name": "x1", "id": "6611719441804418541", "status": "1"},
"department": {"name": "IP16", "id": "10", "status": "1"},
"owner": {"name": "x1", "id": "6611719441804418541", "status": "1"},
"field_MhfYa__c": {"format": "YYYY-MM-DD HH:mm", "value": "2025-03-13 15:23"},
"field_ujceN__c": "222"
}""")

# 推送订单: the header of the pushed order, and its first row, verbatim but for the keys that repeat those above.
PUSHED: dict[str, Any] = json.loads("""
{
"objectKey": "ig_order",
"whole_order_discount": "1.0000",
"modify_time": {"format": "YYYY-MM-DD HH:mm:ss", "value": "2025-07-04 08:51:09"},
"id": "5526644337503710206",
"order_total_amount": "2000.00",
"actual_selling_total_amount": "20020000.00",
"receipt_address": {},
"create_time": {"format": "YYYY-MM-DD HH:mm:ss", "value": "2025-06-27 09:20:06"},
"approval_status": {"code": "APPROVED", "label": "已通过"},
"order_date": {"format": "YYYY-MM-DD", "value": "2025-06-27"},
"name": "DD2025062700048",
"status": {"code": "NORMAL", "label": "正常"},
"customer": {"objectKey": "bas_cm_customer", "name": "测试客户", "objectName": "客户", "id": "6928823652322085688", "status": "1"}
}""")
PUSHED_ROW: dict[str, Any] = json.loads("""
{
"additional_discount": "1.0000",
"suggested_selling_price": "2.00",
"pd_origin_amount": "20000.00",
"pd_origin_price": "2.00",
"price_detail": {"name": "JMMX2025050701539", "id": "8136834649761603489", "status": "1"},
"id": "9124828070269921938",
"unit_id": {"name": "1", "id": "5722517964131842984", "status": "1"},
"pd_id": {"name": "摩托罗拉", "id": "8693321379452492472", "status": "1"},
"sys_discount": "1.0000",
"create_time": {"format": "YYYY-MM-DD HH:mm:ss", "value": "2025-06-27 09:20:07"},
"actual_price": "2.00",
"suggested_selling_amount": "20000.00",
"amount_after_the_offer": "20000.00",
"actual_selling_amount": "20000.00",
"pd_count": "10000.00",
"name": "DDMX2025062700106",
"order_id": {"name": "DD2025062700048", "id": "5526644337503710206"}
}""")

COMPUTED = (
    "pd_origin_price", "suggested_selling_price", "sys_discount", "additional_discount", "pd_origin_amount",
    "suggested_selling_amount", "actual_selling_amount", "amount_after_the_offer",
)  # fmt: skip
FILLED = (
    "slave_pd_price", "price_detail", "pd_portfolio_detail", "slave_quotation_id", "quotation_detail_id",
    "slave_contract_id", "contract_detail_id", "node_id", "parent_node_id", "root_node_id", "tree_data",
)  # fmt: skip
FROM_RECEIPT = ("receipt_name", "receipt_phone", "receipt_landline", "receipt_address")


# The answers


def test_add_answers_as_documented() -> None:
    account = Account(answers=(ok("6066483328179541690"),))
    assert account.backend.create(draft()).id == "6066483328179541690"


@pytest.mark.parametrize("words", ["保存失败!", "保存失败！"])
def test_a_failed_add_and_edit_are_refused_in_the_vendors_words(words: str) -> None:
    for verb in ("create", "push"):
        account = Account(answers=({"msg_id": "X000001", "return_code": 1, "return_msg": words},))
        with pytest.raises(Refused) as refused:
            account.backend.create(draft()) if verb == "create" else account.backend.push("1", Move(by=HTS))
        assert words in refused.value.message
        assert ("price list" if verb == "create" else f"employee {HTS}") in refused.value.hint


@pytest.mark.parametrize("words", ["查询失败!", "查询失败！"])
def test_a_failed_query_is_refused_in_the_vendors_words(words: str) -> None:
    account = Account(answers=({"msg_id": "X000001", "return_code": 1, "return_msg": words},))
    with pytest.raises(Refused, match="查询失败") as refused:
        account.backend.page(Query(), None)
    assert "operators" in refused.value.hint


@pytest.mark.parametrize(
    "words", ["不支持配置BOM的对接,请通过页面进行新建。", "不支持配置BOM的对接，请通过页面进行新建。"]
)
def test_a_configurable_bom_is_refused_with_what_can_be_done(words: str) -> None:
    account = Account(answers=({"return_code": 1, "return_msg": words},))
    with pytest.raises(Refused) as refused:
        account.backend.create(draft())
    assert "own page" in refused.value.hint


@pytest.mark.parametrize(
    "shape", [json.dumps([DATA]), json.dumps([DATA], ensure_ascii=False), [DATA], {"rows": [DATA]}]
)
def test_the_row_of_the_query_example_is_read(shape: Any) -> None:
    account = Account(answers=(ok(shape),))
    (order,) = account.backend.page(Query(), None).orders
    assert (order.id, order.number, order.vendor_status) == ("9222626961451321265", "0313cs02", "APPROVED")
    assert order.status is Status.OPEN
    assert [(s.name, s.id) for s in order.steps] == [("已通过", "APPROVED")]
    assert order.created_at == dt.datetime(2025, 3, 13, 7, 23, 46, tzinfo=dt.UTC)
    assert order.extra["field_dWPHL__c"] == DATA["field_dWPHL__c"]
    assert order.extra["business_type"] == {"code": "busitype_default__c", "id": "8438431948543484993"}
    assert order.raw == DATA


def test_the_row_of_the_detail_example_is_read() -> None:
    row = decode_row(DATA)
    assert (row.id, row.sku, row.quantity) == ("9222626961451321265", None, None)
    assert row.extra["name"] == "0313cs02"


def test_the_pushed_order_is_read_as_it_is() -> None:
    order = decode(PUSHED, profile())
    assert order.customer == Customer(id=CUSTOMER, code=CUSTOMER, name="测试客户")
    assert order.total == Decimal("2000.00"), "the example breaks its own formula, and is not corrected"
    assert order.extra["order_date"] == {"format": "YYYY-MM-DD", "value": "2025-06-27"}
    row = decode_row(PUSHED_ROW)
    assert (row.sku, row.name, row.quantity) == (MOTO, "摩托罗拉", Decimal("10000.00"))
    assert (row.unit_price, row.total) == (Decimal("2.00"), Decimal("20000.00"))


# The requests


def test_the_example_is_sent_and_comes_back_as_the_pushed_order() -> None:
    """The document has no request; the pushed order's own values make the same order again."""
    account = Account()
    made = account.backend.create(VENDOR.example)
    assert account.calls[1:] == [
        (
            "orderAdd",
            {
                "fields": {
                    FIELD: "PO-1001",
                    "customer": CUSTOMER,
                    "order_date": "2025-06-27",
                    "whole_order_discount": "1.0000",
                },
                "slave_fields": {
                    "ig_order_detail": [
                        {"pd_id": MOTO, "pd_count": "10000", "actual_price": "2.00", "unit_id": PIECE},
                        {"pd_id": NOKIA, "pd_count": "20000", "actual_price": "1000.00", "unit_id": AADW},
                    ]
                },
            },
        )
    ]
    order = account.backend.get(made.id)
    assert order.reference == "PO-1001"
    assert [(row.name, row.quantity, row.unit_price) for row in order.lines] == [
        ("摩托罗拉", Decimal(10000), Decimal(2)),
        ("诺基亚", Decimal(20000), Decimal(1000)),
    ]
    for key in ("customer", "order_date", "whole_order_discount", "actual_selling_total_amount"):
        assert order.raw[key] == PUSHED[key]
    assert order.total == Decimal("20020000.00")
    for key, value in PUSHED_ROW.items():
        if key not in {
            "create_time",
            "id",
            "name",
            "order_id",
            "pd_id",
            "pd_count",
            "actual_price",
            "actual_selling_amount",
        }:
            assert order.lines[0].extra[key] == value


def test_the_path_is_signed() -> None:
    account = Account()
    account.backend.page(Query(), None)
    body = account.wire.bodies[0]
    digest = sign(body, "sandbox", "20250704085109")
    assert account.wire.paths == [f"/api/ig/v1/orderQuery/sandbox/20250704085109/{digest}/{1:032x}"]


@pytest.mark.parametrize(
    "body,digest",
    [
        ("{}", "522bcfabaea03f52bcb4a09b49aa5636"),
        ('{"page":1,"rows":100}', "db8a18c7e52e5a51f7c05786bcf728ca"),
        ('{"page": 1, "rows": 100}', "9b801645b5cb27422ac0da2c96e000b2"),
        ("", "34e5fa4de6fd05a27cfe169e13bc3bbe"),
        (
            '{"fields":{"customer":"6928823652322085688","remark__c":"南京"},"slave_fields":{"ig_order_detail":[{"pd_id":"5279580533528147536","pd_count":"2","actual_price":"20"}]}}',
            "04e8cca58d2706570ba85e159bb24f01",
        ),
    ],
)
def test_the_digest_is_made_of_the_exact_bytes(body: str, digest: str) -> None:
    assert sign(body.encode(), "test-app-key-123456", "20250704085109") == digest


# The tables of 新增订单 and 修改订单


def fields_of(draft_: Any, verb: str = "create") -> dict[str, Any]:
    body, problems = encode(verb, draft_, profile())
    assert not problems
    return body


def test_is_trigger_trigger_employee_and_check_rule_are_beside_the_fields() -> None:
    given = own(is_trigger="true", trigger_employee=HTS, check_rule="false")
    for verb, subject in (("create", draft(set=given)), ("update", change(set=given))):
        body = fields_of(subject, verb)
        assert {k: body[k] for k in given} == {"is_trigger": True, "trigger_employee": HTS, "check_rule": False}


def test_check_rule_may_come_from_the_profile_and_is_else_not_sent() -> None:
    assert "check_rule" not in encode("create", draft(), profile())[0]
    assert encode("create", draft(), profile(check_rule="true"))[0]["check_rule"] is True
    assert encode("create", draft(set=own(check_rule="no")), profile(check_rule="true"))[0]["check_rule"] is False


def test_fields_and_slave_fields_are_sent_even_when_empty() -> None:
    body = fields_of(change(set=own(check_rule="1")), "update")
    assert body == {"fields": {}, "slave_fields": {}, "check_rule": True}


@pytest.mark.parametrize("key", FROM_RECEIPT)
def test_what_comes_from_the_receipt_information_is_not_passed(key: str) -> None:
    for verb, subject in (("create", draft(set=own(**{key: "x"}))), ("update", change(set=own(**{key: "x"})))):
        (problem,) = told(verb, subject)
        assert "receipt_info=ID" in problem


def test_the_total_is_computed() -> None:
    for verb, subject in (("create", draft(total=Decimal(5))), ("update", change(set=own(order_total_amount="5")))):
        (problem,) = told(verb, subject)
        assert "Qince computes it" in problem


@pytest.mark.parametrize("key", COMPUTED)
def test_what_a_row_computes_is_not_passed(key: str) -> None:
    for verb, subject in (("create", draft(line(**{key: "1"}))), ("update", change(line(**{key: "1"})))):
        assert told(verb, subject) == [f"line 1 {key}: Qince computes it; leave it out"]


@pytest.mark.parametrize("key", FILLED)
def test_what_a_row_is_filled_with_is_not_passed(key: str) -> None:
    for verb, subject in (("create", draft(line(**{key: "1"}))), ("update", change(line(**{key: "1"})))):
        (problem,) = told(verb, subject)
        assert "Qince fills it" in problem


def test_pd_portfolio_passes() -> None:
    body = fields_of(draft(line(pd_portfolio="4418205593377160021")))
    assert body["slave_fields"]["ig_order_detail"][0]["pd_portfolio"] == "4418205593377160021"


@pytest.mark.parametrize("key", ["pd_id", "actual_price"])
def test_a_new_row_needs_product_and_price(key: str) -> None:
    lacking = line(sku=None) if key == "pd_id" else line(price=None)
    for verb, subject in (("create", draft(lacking)), ("update", change(lacking))):
        (problem,) = told(verb, subject)
        assert problem.startswith("line 1 sku: is required" if key == "pd_id" else "line 1 price: is required")


@pytest.mark.parametrize(
    "key,value",
    [("order_date", "2025-06-28"), ("receipt_info", "5830274416920057733"), ("whole_order_discount", "0.8")],
)
def test_what_may_be_edited_is_sent(key: str, value: str) -> None:
    assert fields_of(change(set=own(**{key: value})), "update")["fields"] == {key: value}


@pytest.mark.parametrize(
    "key", ["customer", "pd_price", "quotation_id", "contract_id", "opportunities_info_id", "currency_type", "owner"]
)
def test_other_preset_fields_are_set_at_creation_only(key: str) -> None:
    value = "7086934903373518037" if key != "currency_type" else "EUR"
    assert fields_of(draft(set=own(**{key: value}), customer=Customer()))["fields"][key] == value
    assert told("update", change(set=own(**{key: value}))) == [
        f"--set {key}: can be set only when the order is created"
    ]


def test_rows_with_an_id_are_changed_and_rows_without_are_new() -> None:
    rows = (line(id="9124828070269921938", sku=None, quantity=None, price=None, unit=None, field_x__c="a"), line())
    body = fields_of(change(*rows), "update")
    assert body["slave_fields"]["ig_order_detail"] == [
        {"id": "9124828070269921938", "field_x__c": "a"},
        {"pd_id": MOTO, "pd_count": "2", "actual_price": "2.00", "unit_id": PIECE},
    ]


def test_detail_objects_of_ones_own_have_free_names() -> None:
    rows = [{"field_x__c": "a", "field_n__c": 5}]
    given = {"slave_fields.gift_line__c": Setting(value=rows)}
    assert fields_of(draft(set=given))["slave_fields"]["gift_line__c"] == rows
    assert fields_of(change(set=given), "update")["slave_fields"] == {"gift_line__c": rows}


def test_custom_fields_pass_in_every_shape_of_input() -> None:
    given = own(
        field_text__c="a", field_many__c="A,B", field_date__c="2025-03-13", field_ms__c=1741795200000, field_null__c=None,
        field_flag__c=True, field_price__c=Decimal("1.50"), field_rel__c={"id": "6611719441804418541"},
    )  # fmt: skip
    assert fields_of(draft(set=given))["fields"] == {
        FIELD: "R-1", "customer": CUSTOMER, "field_text__c": "a", "field_many__c": "A,B", "field_date__c": "2025-03-13",
        "field_ms__c": 1741795200000, "field_null__c": None, "field_flag__c": True, "field_price__c": "1.50",
        "field_rel__c": {"id": "6611719441804418541"},
    }  # fmt: skip


def test_a_currency_goes_as_currency_type_and_may_come_from_the_profile() -> None:
    assert fields_of(draft(currency="EUR"))["fields"]["currency_type"] == "EUR"
    assert encode("create", draft(), profile(currency="USD"))[0]["fields"]["currency_type"] == "USD"
    assert (
        "currency_type" not in encode("update", change(set=own(check_rule="1")), profile(currency="USD"))[0]["fields"]
    )


# The tables of 查询订单 and 查询订单明细


def asked(query: Query, **settings: Any) -> dict[str, Any]:
    account = Account(profile_=profile(**settings))
    account.backend.page(query, None)
    ((_, body),) = account.calls
    return dict(body)


def test_a_query_always_has_its_four_parts() -> None:
    assert asked(Query()) == {
        "page": 1, "rows": 100, "sorts": [{"field_key": "create_time", "type": "asc"}], "query_group": [],
    }  # fmt: skip


def test_page_and_rows() -> None:
    account = Account(profile_=profile(rows="250"))
    account.backend.page(Query(), "3")
    assert (account.calls[0][1]["page"], account.calls[0][1]["rows"]) == (3, 250)
    assert asked(Query(set=own(rows="7")))["rows"] == 7


@pytest.mark.parametrize(
    "query,sorts",
    [
        (Query(sort="created_at", descending=True), [("create_time", "desc")]),
        (Query(sort="total"), [("order_total_amount", "asc")]),
        (Query(sort="order_date"), [("order_date", "asc")]),
        (Query(sort="title", descending=True), [("create_time", "asc")]),
        (Query(set=own(sorts=[{"field_key": "a__c", "type": "asc"}, {"field_key": "name", "type": "desc"}])), [("a__c", "asc"), ("name", "desc")]),
    ],
)  # fmt: skip
def test_sorts(query: Query, sorts: list[tuple[str, str]]) -> None:
    assert [(s["field_key"], s["type"]) for s in asked(query)["sorts"]] == sorts


def test_query_group_is_passed_through_with_its_or() -> None:
    groups = [
        {"connector": "OR", "filters": [{"field_key": "name", "operator": "EQ", "field_values": ["a", "b"]}]},
        {"connector": "AND", "filters": [{"field_key": "owner", "operator": "IN", "field_values": [HTS]}]},
    ]
    assert asked(Query(set=own(query_group=groups)))["query_group"] == groups


def test_where_with_an_operator_is_passed_through() -> None:
    query = Query(where={"field_x__c": ("IN", ("A", "B")), "order_date": ("GE", ("2025-06-27",))})
    assert asked(query)["query_group"] == [
        {
            "connector": "AND",
            "filters": [
                {"field_key": "field_x__c", "operator": "IN", "field_values": ["A", "B"]},
                {"field_key": "order_date", "operator": "GE", "field_values": ["2025-06-27"]},
            ],
        }
    ]


def test_words_become_filters_where_the_profile_names_the_operators() -> None:
    query = Query(
        since=dt.datetime(2025, 6, 26, 16, tzinfo=dt.UTC), until=dt.datetime(2025, 6, 27, 16, tzinfo=dt.UTC),
        changed_since=dt.datetime(2025, 7, 1, tzinfo=dt.UTC), customer=CUSTOMER, reference="R-1",
        where={"owner": ("", (HTS,))},
    )  # fmt: skip
    groups = [{"connector": "AND", "filters": [{"field_key": "name", "operator": "EQ", "field_values": ["x"]}]}]
    body = asked(Query(**{**query.__dict__, "set": own(query_group=groups)}), operators=ALL)
    assert body["query_group"][0] == groups[0]
    assert [(f["field_key"], f["operator"], f["field_values"]) for f in body["query_group"][1]["filters"]] == [
        ("owner", "EQ", [HTS]),
        ("customer", "EQ", [CUSTOMER]),
        (FIELD, "EQ", ["R-1"]),
        ("create_time", "GE", ["1750953600000"]),
        ("create_time", "LE", ["1751039999999"]),
        ("modify_time", "GE", ["1751328000000"]),
    ]
    body = asked(query, operators=LIVE)
    assert [(f["field_key"], f["operator"], f["field_values"]) for f in body["query_group"][0]["filters"]] == [
        ("owner", "EQ", [HTS]),
        ("customer", "EQ", [CUSTOMER]),
        (FIELD, "EQ", ["R-1"]),
        ("create_time", "GT", ["1750953599999"]),
        ("create_time", "LT", ["1751040000000"]),
        ("modify_time", "GT", ["1751327999999"]),
    ], "there is no operator for `at least`: the bound is a millisecond earlier"
    assert asked(query)["query_group"] == [], "nobody knows the operators without the profile"


@pytest.mark.parametrize(
    "query,word",
    [
        (Query(set=own(rows="0")), "above 0"),
        (Query(set=own(page="2")), "--after"),
        (Query(set=own(customer="1")), "unknown field"),
        (Query(set=own(sorts={})), "takes a list of sorts"),
        (Query(set=own(sorts=["a"])), "takes a list of sorts"),
        (Query(set=own(sorts=[{"field_key": "a", "type": "down"}])), "asc or desc"),
        (Query(set=own(sorts=[{"field_key": "a", "type": {}}])), "asc or desc"),
        (Query(set=own(sorts=[{"field_key": "a" * 31, "type": "asc"}])), "at most 30"),
        (Query(sort="total", set=own(sorts=[{"field_key": "a", "type": "asc"}])), "given twice"),
        (Query(set=own(query_group={})), "takes a list of groups"),
        (Query(set=own(query_group=["x"])), "connector and filters"),
        (Query(set=own(query_group=[{"connector": "XOR", "filters": [{}]}])), "AND or OR"),
        (Query(set=own(query_group=[{"connector": [], "filters": [1]}])), "AND or OR"),
        (Query(set=own(query_group=[{"connector": "OR", "filters": []}])), "list of filters"),
        (Query(set=own(query_group=[{"connector": "OR", "filters": [{}]}])), "object of field_key"),
        (Query(set=own(query_group=[{"connector": "OR", "filters": [{"field_key": "a", "operator": "b", "field_values": "c"}]}])), "field_values is a list"),
        (Query(set=own(query_group=[{"connector": "OR", "filters": [{"field_key": "a" * 33, "operator": "b", "field_values": []}]}])), "at most 32"),
        (Query(where={"custumer": ("", ("1",))}), "did you mean 'customer'"),
        (Query(where={"a" * 30 + "__c": ("", ("1",))}), "at most 32"),
        (Query(where={"name": ("ELEVENCHARS", ("1",))}), "at most 10"),
    ],
)  # fmt: skip
def test_a_query_that_cannot_be_is_refused_before_it_is_sent(query: Query, word: str) -> None:
    (problem,) = check_query(query, profile())
    assert word in str(problem)
    account = Account()
    with pytest.raises(UsageError):
        account.backend.page(query, None)
    assert account.calls == []


def test_every_row_of_the_tables_is_a_field() -> None:
    """Reachable, or reserved with what to do instead; page, sorts' and query_group's parts are tested above."""
    tables = {
        "create": ["fields", "slave_fields.x", "is_trigger", "trigger_employee", "check_rule", *FROM_RECEIPT, "order_total_amount", "currency_type"],
        "update": ["data_id", "fields", "slave_fields.x", "is_trigger", "trigger_employee", "check_rule", "order_date", "receipt_info", *FROM_RECEIPT, "whole_order_discount", "order_total_amount"],
        "create.line": ["pd_id", "pd_portfolio", "actual_price", *COMPUTED, *FILLED],
        "update.line": ["id", "pd_id", "pd_portfolio", "actual_price", *COMPUTED, *FILLED],
        "list": ["page", "rows", "sorts", "query_group"],
    }  # fmt: skip
    for call, names in tables.items():
        for name in names:
            found = resolve(FIELDS[call], name)
            assert found, (call, name)
            assert found[0].instead or not found[0].reserved


def test_lines_are_the_detail_query_of_the_order() -> None:
    account = Account(profile_=profile(operators=ALL))
    made = account.add()
    account.calls.clear()
    account.backend.lines(made)
    assert [operation for operation, _ in account.calls] == ["orderQuery", "orderDetailQuery", "orderDetailQuery"]
    assert account.calls[2][1]["page"] == 2  # no page but an empty one is certainly the last
    assert account.calls[1][1] == {
        "page": 1,
        "rows": 100,
        "sorts": [{"field_key": "create_time", "type": "desc"}],
        "query_group": [{"connector": "AND", "filters": [{"field_key": "order_id", "operator": "EQ", "field_values": [made]}]}],
    }  # fmt: skip


def test_a_push_is_an_edit_that_starts_the_workflow() -> None:
    account = Account()
    made = account.add()
    account.calls.clear()
    receipt = account.backend.push(made, Move(by=HTS))
    assert account.calls[1:] == [
        ("orderEdit", {"data_id": made, "fields": {}, "slave_fields": {}, "is_trigger": True, "trigger_employee": HTS})
    ]
    assert HTS in receipt.message
    order: Order = account.backend.get(made)
    assert [step.name for step in order.steps] == ["审批中"]
    assert account.backend.steps(made) == order.steps
