"""The vendor's page 订单2.0接口, row by row: its calls and fields by their keys.

orderEdit repeats much of orderAdd and orderDetailQuery all of orderQuery; so it is here.
"""

import json
from collections.abc import Mapping
from typing import Any

from tests.documented.ledger import Other, Row, leaves

ORDER, EDITED, BUNDLE = "6066483328179541690", "6066483328179541691", "6066483328179541692"
"""The first order has every custom field of the examples, the second was changed, the third is of a standard BOM."""

CUSTOMER, EMPLOYEE = "6928823652322085688", "7007385368014262146"
PRODUCT, UNIT, OTHER_UNIT = "8693321379452492472", "5722517964131842984", "8369588441145923742"
BOM, CONFIGURABLE, PARENT = "5279580533528147537", "5279580533528147538", "5279580533528147539"
BUNDLED = "pd_portfolio=4418205593377160021"

LINE = f"sku={PRODUCT},unit_id={UNIT},quantity=10000,price=2.00"
CREATE = f"create --reference R-{{n}} --customer {CUSTOMER} --line {LINE}"
GET = f"get {ORDER} --raw"
LINES = f"lines {ORDER}"
UPDATE = f"update {EDITED} --line {LINE}"

CUSTOM = {
    "field_QxaDA__c": "2025-03-13",
    "field_T08db__c": "222",
    "field_TtFXb__c": "222",
    "field_dWPHL__c": "91CIFbjO",
    "field_pOceu__c": "1",
    "field_whz1e__c": "222",
    "field_3kgN5__c": "nPFlJR4S",
    "field_GOITb__c": "2025-03-13",
    "field_8JouQ__c": "true",
    "field_Dxf38__c": "1.00",
    "field_Y4dFC__c": "00005",
    "field_MhfYa__c": "2025-03-13 15:23",
    "field_ujceN__c": "222",
}
"""The custom fields of the examples, as requests write them."""

SETUP = (
    f"create --reference S-0 --customer {CUSTOMER} --line '{LINE}"
    + "".join(f",{key}={value}" for key, value in CUSTOM.items())
    + "'"
    + "".join(f" --set {key}='{value}'" for key, value in CUSTOM.items()),
    f"create --reference S-1 --customer {CUSTOMER} --line {LINE} --set receipt_info=5830274416920057734",
    f"create --reference S-2 --customer {CUSTOMER} --line sku={BOM},unit_id={UNIT},quantity=1,price=24.00",
    f"{UPDATE} --set receipt_info=5830274416920057733 --set whole_order_discount=0.8",
)

ACCOUNTS = {
    "filtered": Other(settings={"operators.at_least": "GE", "operators.at_most": "LE"}),
    "several": Other(switches={"currencies": "several"}),
    "stranger": Other(secrets={"appkey": "wrong"}),
}

FILLED = "Qince fills it itself, and its page says not to pass it; `lines` shows it where an order has it"


def address(call: str, command: str) -> tuple[Row, ...]:
    """Return a call's method and the parts of its address, which the sandbox checks: the digest is of this body."""
    sent = f"POST /api/ig/v1/{call}/sandbox/…/…/…"
    return tuple(Row(name, command, sent=sent) for name in (f"POST {call}", "openid", "timestamp", "digest", "msg_id"))


def calls(name: str, body: Mapping[str, Any]) -> str:
    """Return the raw call of an operation."""
    return f"api POST /api/ig/v1/{name} --yes --body '{json.dumps(body)}'"


ADD = calls(
    "orderAdd",
    {
        "fields": {"customer": CUSTOMER},
        "slave_fields": {
            "ig_order_detail": [{"pd_id": PRODUCT, "unit_id": UNIT, "pd_count": "1", "actual_price": "2.00"}]
        },
    },
)
EDIT = calls("orderEdit", {"data_id": EDITED, "fields": {}, "slave_fields": {}})


def detail(sends: str, order: str) -> tuple[Row, ...]:
    """Return the table of a line's special fields: those that a command sends, and those that an order shows."""
    lines = f"lines {order}"

    def seen(name: str, value: str) -> Row:
        return Row(name, lines, shown=f"lines[0].extra.{name}={value}")

    return (
        Row("pd_id", sends, sent=f"ig_order_detail[0].pd_id={PRODUCT}"),
        Row("pd_id: 标准BOM", f"lines {BUNDLE}", shown=f"lines[1].sku={PRODUCT}"),
        Row("pd_id: 配置BOM", sends.replace(PRODUCT, CONFIGURABLE), told="不支持配置BOM的对接", code=12),
        Row("slave_pd_price", lines, shown="lines[0].extra.slave_pd_price.name=标准价目表"),
        Row("price_detail", lines, shown="lines[0].extra.price_detail.name=JMMX2025050701539"),
        Row("price_detail: none for the unit", sends.replace(UNIT, OTHER_UNIT), told="保存失败", code=12),
        Row("pd_portfolio", sends.replace(PRODUCT, PARENT) + f",{BUNDLED}", sent=f"ig_order_detail[0].{BUNDLED}"),
        Row("pd_portfolio_detail", off=FILLED),
        Row("slave_quotation_id", off=FILLED),
        Row("quotation_detail_id", off=FILLED),
        Row("slave_contract_id", off=FILLED),
        Row("contract_detail_id", off=FILLED),
        seen("pd_origin_price", "2.00"),
        seen("suggested_selling_price", "2.00"),
        Row("actual_price", sends, sent="ig_order_detail[0].actual_price=2.00"),
        seen("sys_discount", "1.0000"),
        seen("additional_discount", "1.0000"),
        seen("pd_origin_amount", "20000.00"),
        seen("suggested_selling_amount", "20000.00"),
        Row("actual_selling_amount", lines, shown="lines[0].total=20000.00"),
        seen("amount_after_the_offer", "20000.00"),
        Row("node_id", off=FILLED),
        Row("parent_node_id", off=FILLED),
        Row("root_node_id", off=FILLED),
        Row("tree_data", off=FILLED),
    )


def queried(call: str, command: str, *, sort: str, by: tuple[str, str], key: str, value: str) -> tuple[Row, ...]:
    """Return the parameters of a query: `command` filters, and `sort` sorts."""
    return (
        Row("page", command, sent="page=1"),
        Row("rows", command, sent="rows=100"),
        Row("sorts", command, sent="sorts[0].field_key=…"),
        Row("sorts.field_key", sort, sent=f"sorts[0].field_key={by[0]}"),
        Row("sorts.type", sort, sent=f"sorts[0].type={by[1]}"),
        Row("query_group", command, sent="query_group[0].connector=…"),
        Row("query_group.connector", command, sent="query_group[0].connector=AND"),
        Row("query_group.filters", command, sent="query_group[0].filters[0].field_key=…"),
        Row("query_group.filters.field_key", command, sent=f"query_group[0].filters[0].field_key={key}"),
        Row("query_group.filters.operator", command, sent="query_group[0].filters[0].operator=EQ"),
        Row("query_group.filters.field_values", command, sent=f"query_group[0].filters[0].field_values[0]={value}"),
        *answer(calls(call, {"page": 1, "rows": 1, "sorts": [], "query_group": []}), data="response_data[0].id"),
    )


def answer(raw: str, *, data: str = "") -> tuple[Row, ...]:
    """Return what a call answers when it succeeds: as it came, because a command shows an order and no envelope."""
    return (
        Row("answer: msg_id", raw, shown="msg_id"),
        Row("answer: return_code 0", raw, shown="return_code=0"),
        Row("answer: return_msg", raw, shown="return_msg="),
        *([Row("answer: response_data", raw, shown=data)] if data else []),
    )


def failed(call: str, command: str, words: str) -> tuple[Row, ...]:
    """Return what a call answers when it fails; `command` does, as an empty body does."""
    return (
        Row("failure: msg_id", calls(call, {}), shown="msg_id"),
        Row("failure: return_code 1", command, told="(return_code 1)", code=12),
        Row("failure: return_msg", command, told=words, code=12),
    )


PERSON, TIME, CHOICE = ("name", "id", "status"), ("format", "value"), ("code", "label")
EXAMPLE = {
    "field_QxaDA__c": TIME,
    "field_T08db__c": (),
    "field_TtFXb__c": (),
    "field_dWPHL__c[0]": ("code", "label", "status"),
    "id": (),
    "field_pOceu__c": (),
    "lock_status": CHOICE,
    "field_whz1e__c": (),
    "create_time": TIME,
    "approval_status": CHOICE,
    "source_type": CHOICE,
    "field_3kgN5__c": CHOICE,
    "name": (),
    "creator_id": PERSON,
    "field_GOITb__c": TIME,
    "field_8JouQ__c": CHOICE,
    "status": CHOICE,
    "modify_time": TIME,
    "field_Dxf38__c": (),
    "field_Y4dFC__c": (),
    "business_type": ("code", "id"),
    "modifyier_id": PERSON,
    "department": PERSON,
    "owner": PERSON,
    "field_MhfYa__c": TIME,
    "field_ujceN__c": (),
}
"""The keys of the row that both queries show, and the parts of each."""

KEYS = tuple(f"{key}.{part}".rstrip(".") for key, parts in EXAMPLE.items() for part in parts or ("",))

HEADER = """
    id name customer order_date order_total_amount actual_selling_total_amount whole_order_discount receipt_info
    receipt_name receipt_phone receipt_landline receipt_address quotation_id contract_id opportunities_info_id pd_price
    currency_type delivery_status delivered_amount_total pending_delivery_amount_total payment_received_amount_total
    confirm_receipt_amount_total cm_useful_amount status lock_status approval_status source_type business_type owner
    department creator_id modifyier_id create_time modify_time
""".split()  # noqa: SIM905 - one a line would be a page
"""The keys of an order that other pages of the vendor name."""


def record(name: str, record_id: str, **more: str) -> dict[str, str]:
    """Return a relation, as Qince shows it."""
    return {"name": name, "id": record_id, "status": "1", **more}


def kept(created: str, business_type: str) -> dict[str, Any]:
    """Return what every record of the pushed example has."""
    hts = record("hts", EMPLOYEE)
    return {
        "modify_time": {"format": "YYYY-MM-DD HH:mm:ss", "value": "2025-07-04 08:51:09"},
        "business_type": {
            "code": "busitype_default__c",
            "id": business_type,
            "label": "默认业务类型",
            "status": "1",
        },
        "modifyier_id": hts,
        "department": record("CPG", "10"),
        "owner": hts,
        "lock_status": {"code": "UNLOCK", "label": "未锁定"},
        "create_time": {"format": "YYYY-MM-DD HH:mm:ss", "value": created},
        "approval_status": {"code": "APPROVED", "label": "已通过"},
        "source_type": {"code": "LROPFXCJ", "label": "自建"},
        "creator_id": hts,
        "status": {"code": "NORMAL", "label": "正常"},
    }


def row(
    number: str,
    record_id: str,
    product: dict[str, str],
    unit: dict[str, str],
    entry: dict[str, str],
    price: str,
    count: str,
    amount: str,
) -> dict[str, Any]:
    """Return a line of the pushed example."""
    return {
        **kept("2025-06-27 09:20:07", "5544409283238908775"),
        "additional_discount": "1.0000",
        "suggested_selling_price": price,
        "pd_origin_amount": amount,
        "pd_origin_price": price,
        "price_detail": entry,
        "slave_pd_price": record("标准价目表", "7086934903373518037"),
        "id": record_id,
        "unit_id": unit,
        "pd_id": product,
        "sys_discount": "1.0000",
        "actual_price": price,
        "suggested_selling_amount": amount,
        "amount_after_the_offer": amount,
        "actual_selling_amount": amount,
        "pd_count": count,
        "name": number,
        "order_id": {"name": "DD2025062700048", "id": "5526644337503710206"},
    }


EVENT = {
    "appId": 200004,
    "data": {
        "objectKey": "ig_order",
        "whole_order_discount": "1.0000",
        "slaveObjectMap": {
            "ig_order_detail": [
                row(
                    "DDMX2025062700106",
                    "9124828070269921938",
                    record("摩托罗拉", PRODUCT),
                    record("1", UNIT),
                    record("JMMX2025050701539", "8136834649761603489"),
                    "2.00",
                    "10000.00",
                    "20000.00",
                ),
                row(
                    "DDMX2025062700107",
                    "4869361662077781365",
                    record("诺基亚", "7041673499078735037"),
                    record("aadw", OTHER_UNIT),
                    record("JMMX2025050701540", "4787656614939975668"),
                    "1000.00",
                    "20000.00",
                    "20000000.00",
                ),
            ]
        },
        **kept("2025-06-27 09:20:06", "6427868406516526784"),
        "id": "5526644337503710206",
        "order_total_amount": "2000.00",
        "actual_selling_total_amount": "20020000.00",
        "receipt_address": {},
        "order_date": {"format": "YYYY-MM-DD", "value": "2025-06-27"},
        "name": "DD2025062700048",
        "customer": record("测试客户", CUSTOMER, objectKey="bas_cm_customer", objectName="客户"),
    },
    "dataFormat": "json",
    "dataId": "5526644337503710206",
    "dataSource": "biz",
    "dataType": "apaas_data_change_event",
    "tenantId": 7867203268463838962,
    "version": "v1",
}
"""The document's own example of a pushed order."""

PUSHED = (json.dumps(EVENT, ensure_ascii=False).encode(),)

OURS = {"appId": "app_id", "dataId": "order_id", "dataType": "kind", "tenantId": "tenant_id"}
"""The event's members that have words of ours; `data` is shown as it came, the others with --raw."""

TABLES = {
    "orderAdd: address": address("orderAdd", CREATE),
    "orderAdd: parameters": (
        Row("fields", CREATE, sent=f"fields.customer={CUSTOMER}"),
        Row("slave_fields", CREATE, sent="slave_fields.ig_order_detail[0].pd_count=10000"),
        Row(
            "is_trigger: true",
            f"{CREATE} --set is_trigger=true --set trigger_employee={EMPLOYEE}",
            sent="is_trigger=true",
        ),
        Row("is_trigger: false", f"{CREATE} --set is_trigger=false", sent="is_trigger=false"),
        Row(
            "trigger_employee",
            f"{CREATE} --set is_trigger=true --set trigger_employee={EMPLOYEE}",
            sent=f"trigger_employee={EMPLOYEE}",
        ),
        Row("check_rule: true", f"{CREATE} --set check_rule=true", sent="check_rule=true"),
        Row("check_rule: false", f"{CREATE} --set check_rule=false", sent="check_rule=false"),
    ),
    "orderAdd: fields": (
        Row("receipt_name", f"get {EDITED}", shown="extra.receipt_name=张三"),
        Row("receipt_phone", f"get {EDITED}", shown="customer.phone=13800000000"),
        Row("receipt_landline", f"get {EDITED}", shown="extra.receipt_landline=025-88888888"),
        Row("receipt_address", f"get {EDITED}", shown="extra.receipt_address.label=南京市建邺区1号"),
        Row("order_total_amount", f"get {ORDER}", shown="total=20000.00"),
        Row("currency_type", f"{CREATE} --currency EUR -p several", sent="fields.currency_type=EUR"),
        Row("currency_type: one currency", f"{CREATE} --currency EUR", told="Qince dropped the currency"),
    ),
    "orderAdd: slave_fields.ig_order_detail": detail(CREATE, ORDER),
    "orderAdd: answer": (
        *answer(ADD, data="response_data"),
        Row("answer: return_data", CREATE, shown="id"),
        *failed("orderAdd", CREATE.replace(CUSTOMER, "1"), "保存失败"),
    ),
    "orderAdd: fields on other pages": (
        *(
            Row(key, f"{CREATE} --set {key}={value}", sent=f"fields.{key}={value}")
            for key, value in {
                "order_date": "2025-06-27",
                "opportunities_info_id": "6120937745518823342",
                "quotation_id": "6120937745518823343",
                "contract_id": "6120937745518823341",
                "pd_price": "7086934903373518037",
                "whole_order_discount": "0.8",
                "receipt_info": "5830274416920057733",
                "owner": EMPLOYEE,
                "department": "10",
                "business_type": "6427868406516526784",
                "field_XXXXX__c": "text",
            }.items()
        ),
        Row("customer", CREATE, sent=f"fields.customer={CUSTOMER}"),
        Row("unit_id", CREATE, sent=f"ig_order_detail[0].unit_id={UNIT}"),
        Row("pd_count", CREATE, sent="ig_order_detail[0].pd_count=10000"),
        Row(
            "a custom detail object",
            CREATE + """ --set 'slave_fields.object_a__c:=[{"field_b__c": "1"}]'""",
            sent="slave_fields.object_a__c[0].field_b__c=1",
        ),
        Row("is_gift", off="nothing says that a new line takes it; `lines` shows it where an order has it"),
    ),
    "orderAdd: styles of input": (
        Row("relation", CREATE, sent=f"fields.customer={CUSTOMER}"),
        Row("date", f"{CREATE} --set field_QxaDA__c=2025-03-13", sent="fields.field_QxaDA__c=2025-03-13"),
        Row("single choice", f"{CREATE} --set field_3kgN5__c=nPFlJR4S", sent="fields.field_3kgN5__c=nPFlJR4S"),
        Row(
            "multiple choice",
            f"{CREATE} --set field_dWPHL__c=91CIFbjO,7YtWq0Lm",
            sent="fields.field_dWPHL__c=91CIFbjO,7YtWq0Lm",
        ),
        Row("amount", CREATE, sent="ig_order_detail[0].actual_price=2.00"),
        Row("null", f"update {EDITED} --set field_T08db__c:=null", sent="fields.field_T08db__c="),
    ),
    "orderEdit: address": address("orderEdit", UPDATE),
    "orderEdit: parameters": (
        Row("data_id", UPDATE, sent=f"data_id={EDITED}"),
        Row("fields", f"update {EDITED} --set field_T08db__c=333", sent="fields.field_T08db__c=333"),
        Row("slave_fields", UPDATE, sent=f"slave_fields.ig_order_detail[0].pd_id={PRODUCT}"),
        Row(
            "slave_fields: id",
            f"update {EDITED} --line id=4869361662077781366,field_T08db__c=333",
            sent="slave_fields.ig_order_detail[0].id=4869361662077781366",
        ),
        Row("is_trigger: true", f"push {EDITED} --by {EMPLOYEE}", sent="is_trigger=true"),
        Row("is_trigger: false", f"{UPDATE} --set is_trigger=false", sent="is_trigger=false"),
        Row("trigger_employee", f"push {EDITED} --by {EMPLOYEE}", sent=f"trigger_employee={EMPLOYEE}"),
        Row("check_rule: true", f"{UPDATE} --set check_rule=true", sent="check_rule=true"),
        Row("check_rule: false", f"{UPDATE} --set check_rule=false", sent="check_rule=false"),
    ),
    "orderEdit: fields": (
        Row("order_date", f"update {EDITED} --set order_date=2025-06-28", sent="fields.order_date=2025-06-28"),
        Row(
            "receipt_info",
            f"update {EDITED} --set receipt_info=5830274416920057733",
            sent="fields.receipt_info=5830274416920057733",
        ),
        Row("receipt_name", f"get {EDITED}", shown="extra.receipt_name=张三"),
        Row("receipt_phone", f"get {EDITED}", shown="customer.phone=13800000000"),
        Row("receipt_landline", f"get {EDITED}", shown="extra.receipt_landline=025-88888888"),
        Row(
            "whole_order_discount",
            f"update {EDITED} --set whole_order_discount=0.8",
            sent="fields.whole_order_discount=0.8",
        ),
        Row("order_total_amount", f"get {EDITED}", shown="total"),
    ),
    "orderEdit: slave_fields.ig_order_detail": detail(UPDATE, EDITED),
    "orderEdit: answer": (
        *answer(EDIT),
        *failed("orderEdit", f"update {EDITED} --set receipt_info=1", "保存失败"),
    ),
    "orderQuery: address": address("orderQuery", "list"),
    "orderQuery: parameters and answer": (
        *queried(
            "orderQuery",
            "list --where name:EQ=DD2025062700048",
            sort="list --sort created_at:desc",
            by=("create_time", "desc"),
            key="name",
            value="DD2025062700048",
        ),
        Row("page: 2", "list --set rows=1 --limit 2", sent="page=2"),
        Row("rows: others", "list --set rows=200", sent="rows=200"),
        Row("sorts.type: asc", "list --sort order_date:asc", sent="sorts[0].type=asc"),
        Row(
            "query_group.connector: OR",
            """list --set 'query_group:=[{"connector": "OR", "filters":"""
            """ [{"field_key": "name", "operator": "EQ", "field_values": ["1", "2"]}]}]'""",
            sent="query_group[0].connector=OR",
        ),
        *failed("orderQuery", "list --where name:XX=1", "查询失败"),
    ),
    "orderQuery: 数据DATA": tuple(Row(key, GET, shown=f"raw.{key}") for key in KEYS),
    "orderQuery: keys of an order on other pages": tuple(
        Row(key, f"list --where {key}:EQ=1", sent=f"query_group[0].filters[0].field_key={key}") for key in HEADER
    ),
    "orderDetailQuery: address": address("orderDetailQuery", LINES),
    "orderDetailQuery: parameters and answer": (
        *queried(
            "orderDetailQuery",
            f"{LINES} -p filtered",
            sort=LINES,
            by=("create_time", "desc"),
            key="order_id",
            value=ORDER,
        ),
        Row("failure: msg_id", calls("orderDetailQuery", {}), shown="msg_id"),
        Row("failure: return_code 1", calls("orderDetailQuery", {}), shown="return_code=1"),
        Row("failure: return_msg", calls("orderDetailQuery", {}), shown="return_msg=查询失败！"),  # noqa: RUF001
    ),
    "orderDetailQuery: 数据DATA": tuple(
        Row(key, LINES, shown="lines[0].id" if key == "id" else f"lines[0].extra.{key}") for key in KEYS
    ),
    "推送订单 (a pushed order)": tuple(
        Row(
            name,
            f"events show 1{'' if name in OURS or name.startswith('data.') else ' --raw'}",
            shown=f"{OURS.get(name) or (name if name.startswith('data.') else f'raw.{name}')}={value}",
        )
        for name, value in leaves(EVENT)
    ),
    "What the page links to": (
        Row(
            "附录操作符说明, the operators",
            "list --where name:LIKE=DD",
            sent="query_group[0].filters[0].operator=LIKE",
        ),
        Row("附录错误码说明, other return codes", "list -p stranger", told="(return_code 10003)", code=4),
        Row(
            "查询对象配置, the list of an account's fields",
            off="the page does not say where it is; a field is named by its key: --set KEY__c=VALUE",
        ),
        Row(
            "getfail, the pushes that failed",
            off="`list --changed-since DATE` shows what has changed meanwhile",
        ),
        Row(
            "a SHA-256 digest with a nonce",
            off="the address of these calls has no parameter for the nonce; the digest is MD5",
        ),
    ),
}
