"""The Qince emulator's account: what it holds from the start, and how it turns what is sent into what is kept.

Pure functions and literal tables; the emulator answers requests with them. Customers, products, units, prices and
employees are those of the vendor's examples; what its page does not name (receipt information, bundles, a
second currency) is the emulator's own. Money has two decimals, discounts four; the clock is China's, without a zone.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, TypeAlias

from orderctl.sandbox.store import Document

CHINA = timezone(timedelta(hours=8))

Named: TypeAlias = Mapping[str, Mapping[str, str]]
"""Records by id, as relations to them are shown."""

BUSINESS_TYPES = {"order": "6427868406516526784", "detail": "5544409283238908775"}

CODES: Mapping[str, Mapping[str, str]] = {
    "field_3kgN5__c": {"nPFlJR4S": "选项1", "kd82HsPq": "选项2"},
    "field_8JouQ__c": {"true": "是", "false": "否"},
    "field_dWPHL__c": {"91CIFbjO": "选项1", "7YtWq0Lm": "选项2"},
}
"""The choices of the custom fields that are choices: code, label."""

CURRENCIES = {"CNY": ("人民币", "1"), "EUR": ("欧元", "0.125"), "USD": ("美元", "0.14")}
"""Code: label, and how many of it a unit of the base currency (the first) is."""

CUSTOMERS: Named = {
    "6928823652322085688": {"name": "测试客户", "objectKey": "bas_cm_customer", "objectName": "客户"},
    "7311592024418377105": {"name": "南京掌控网络", "objectKey": "bas_cm_customer", "objectName": "客户"},
}

DATE_FORMATS = {"field_GOITb__c": "YYYY-MM-DD", "field_MhfYa__c": "YYYY-MM-DD HH:mm", "field_QxaDA__c": "YYYY-MM-DD"}

DEPARTMENTS: Named = {"10": {"name": "CPG"}}

EMPLOYEES: Named = {"6611719441804418541": {"name": "x1"}, "7007385368014262146": {"name": "hts"}}

API_USER = "7007385368014262146"

MULTIPLE = frozenset({"field_dWPHL__c"})
"""Choices of which several may be taken, comma between."""

NUMBERS = frozenset({"field_Dxf38__c"})

PORTFOLIOS: Named = {"4418205593377160021": {"name": "SPZH0001"}}

PRICE_LIST = "7086934903373518037"

RECEIPTS: Mapping[str, Mapping[str, str]] = {
    "5830274416920057733": {
        "name": "张三",
        "phone": "13800000000",
        "landline": "025-88888888",
        "address": "南京市建邺区1号",
    },
    "5830274416920057734": {"name": "李四", "phone": "13900000000"},
}

RELATIONS: Mapping[str, Named] = {
    "business_type": {BUSINESS_TYPES["order"]: {"name": "默认业务类型"}},
    "contract_id": {"6120937745518823341": {"name": "HT2025060100001"}},
    "customer": CUSTOMERS,
    "department": DEPARTMENTS,
    "opportunities_info_id": {"6120937745518823342": {"name": "SJ2025060100001"}},
    "owner": EMPLOYEES,
    "pd_price": {PRICE_LIST: {"name": "标准价目表"}},
    "quotation_id": {"6120937745518823343": {"name": "BJ2025060100001"}},
    "receipt_info": {key: {"name": value["name"]} for key, value in RECEIPTS.items()},
}
"""The header's fields that are relations, and the records that each may name."""

_PIECE = {"5722517964131842984": ("1", "2.00", "8136834649761603489", "JMMX2025050701539")}

PRODUCTS: Mapping[str, Mapping[str, Any]] = {
    "8693321379452492472": {"name": "摩托罗拉", "code": "MOTO", "prices": _PIECE},
    "7041673499078735037": {
        "name": "诺基亚",
        "code": "NOKIA",
        "prices": {"8369588441145923742": ("aadw", "1000.00", "4787656614939975668", "JMMX2025050701540")},
    },
    "5279580533528147536": {
        "name": "绿茶",
        "code": "TEA",
        "prices": {"5722517964131842984": ("1", "20.00", "8136834649761603490", "JMMX2025050701541")},
    },
    "5279580533528147537": {
        "name": "礼盒",
        "code": "BOX",
        "bom": "standard",
        "children": (
            ("8693321379452492472", "5722517964131842984", "2"),
            ("5279580533528147536", "5722517964131842984", "1"),
        ),
        "prices": {"5722517964131842984": ("1", "24.00", "8136834649761603491", "JMMX2025050701542")},
    },
    "5279580533528147538": {"name": "定制礼盒", "code": "CUSTOM", "bom": "configurable", "prices": _PIECE},
    "5279580533528147539": {"name": "组合", "code": "BUNDLE", "parent": True, "prices": _PIECE},
}
"""Products by id; `prices` by unit: the unit's name, the price on the standard list, and that entry's id and name."""

EDITABLE = frozenset({"order_date", "receipt_info", "whole_order_discount"})

EDITED_ROW_IGNORES = frozenset({"actual_price", "pd_id"})
"""The table of orderEdit marks both as required on every row; on one that exists they change nothing."""

HEADER_COMPUTED = frozenset(
    {"order_total_amount", "receipt_address", "receipt_landline", "receipt_name", "receipt_phone"}
)

ROW_COMPUTED = frozenset(
    {
        "actual_selling_amount", "additional_discount", "amount_after_the_offer", "contract_detail_id", "node_id",
        "parent_node_id", "pd_origin_amount", "pd_origin_price", "pd_portfolio_detail", "price_detail",
        "quotation_detail_id", "root_node_id", "slave_contract_id", "slave_pd_price", "slave_quotation_id",
        "suggested_selling_amount", "suggested_selling_price", "sys_discount", "tree_data",
    }
)  # fmt: skip
"""What need not be sent, and is not listened to."""

SAVE_FAILED = "保存失败！"  # noqa: RUF001 - as the vendor writes it

CONFIGURABLE = "不支持配置BOM的对接，请通过页面进行新建。"  # noqa: RUF001 - as the vendor writes it

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Failed(Exception):
    """The account refuses a change; the text is its message."""

    def __init__(self, message: str = SAVE_FAILED) -> None:
        super().__init__(message)


def number(value: Any) -> Decimal:
    """Return a number that was sent as text or as one. Raises Failed."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise Failed
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise Failed from None
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 15:
        raise Failed
    return amount


def money(amount: Decimal) -> str:
    """Return an amount as it is kept: two decimals."""
    return f"{amount.quantize(Decimal('0.01'), ROUND_HALF_UP):f}"


def fraction(amount: Decimal) -> str:
    """Return a discount as it is kept: four decimals."""
    return f"{amount.quantize(Decimal('0.0001'), ROUND_HALF_UP):f}"


def clock(moment: datetime) -> Document:
    """Return a time as answers show it."""
    return {"format": "YYYY-MM-DD HH:mm:ss", "value": f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"}


def relation(known: Named, value: Any) -> Document:
    """Return a relation as answers show it. Raises Failed for a record that the account does not have."""
    key = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if key not in known:
        raise Failed
    return {**known[key], "id": key, "status": "1"}


def choice(known: Mapping[str, str], code: Any) -> Document:
    """Return a choice as answers show it. Raises Failed for an unknown code."""
    if not isinstance(code, str) or code not in known:
        raise Failed
    return {"code": code, "label": known[code]}


def day(value: Any) -> Document:
    """Return a date as answers show it, from `YYYY-MM-DD` or milliseconds since 1970. Raises Failed."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value < 10**14:
            raise Failed
        return {"format": "YYYY-MM-DD", "value": f"{datetime.fromtimestamp(value / 1000, CHINA):%Y-%m-%d}"}
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise Failed
    try:
        datetime.strptime(value, "%Y-%m-%d")  # noqa: DTZ007 - a date has no zone
    except ValueError:
        raise Failed from None
    return {"format": "YYYY-MM-DD", "value": value}


def own_fields(sent: Mapping[str, Any], known: Iterable[str]) -> Document:
    """Return the custom fields of what was sent, as answers show them; an unset one is None. Raises Failed."""
    named = {key: value for key, value in sent.items() if key.endswith("__c") and (not known or key in known)}
    return {key: None if value in (None, "") else _own(key, value) for key, value in named.items()}


def _own(key: str, value: Any) -> Any:
    if key in MULTIPLE:
        if not isinstance(value, str):
            raise Failed
        return [{**choice(CODES[key], code), "status": "1"} for code in value.split(",")]
    if key in CODES:
        return choice(CODES[key], value)
    if key in NUMBERS:
        return money(number(value))
    if key in DATE_FORMATS:
        if DATE_FORMATS[key] == "YYYY-MM-DD":
            return day(value)
        if not isinstance(value, str) or len(value) != len(DATE_FORMATS[key]):
            raise Failed
        return {"format": DATE_FORMATS[key], "value": value}
    if isinstance(value, list | dict):
        raise Failed
    return str(value).lower() if isinstance(value, bool) else str(value)


def receipt(value: Any) -> Document:
    """Return what receipt information puts into an order. Raises Failed for an unknown one."""
    shown = relation(RELATIONS["receipt_info"], value)
    known = RECEIPTS[shown["id"]]
    return {
        "receipt_info": shown,
        "receipt_name": known["name"],
        "receipt_phone": known["phone"],
        "receipt_landline": known.get("landline"),
        "receipt_address": {"label": known["address"]} if "address" in known else {},
    }


def header(sent: Mapping[str, Any], *, editing: bool, several_currencies: bool, known: Iterable[str]) -> Document:
    """Return what the header's fields put into an order. Raises Failed for one that cannot be."""
    made = own_fields(sent, known)
    for key, value in sent.items():
        if key.endswith("__c") or key in HEADER_COMPUTED or value in (None, ""):
            continue
        if editing and key not in EDITABLE:
            raise Failed
        if key != "currency_type" or several_currencies:
            made |= _preset(key, value)
    if "customer" not in made and not editing:
        raise Failed
    return made


def _preset(key: str, value: Any) -> Document:
    """Return what one of the account's own fields puts into an order, nothing for an unknown one."""
    if key == "receipt_info":
        return receipt(value)
    if key == "order_date":
        return {key: day(value)}
    if key == "whole_order_discount":
        return {key: fraction(number(value))}
    if key == "currency_type":
        return {key: choice({code: label for code, (label, _) in CURRENCIES.items()}, value)}
    return {key: relation(RELATIONS[key], value)} if key in RELATIONS else {}


def rows(sent: Any, *, currency: str, cpq: bool, known: Iterable[str]) -> list[Document]:
    """Return the rows that a sent one makes: itself, and those that a standard BOM adds. Raises Failed."""
    if not isinstance(sent, Mapping) or "id" in sent:
        raise Failed
    product = PRODUCTS.get(str(sent.get("pd_id")))
    if product is None or sent.get("actual_price") in (None, ""):
        raise Failed
    if product.get("bom") == "configurable":
        raise Failed(CONFIGURABLE)
    if cpq and product.get("parent") and str(sent.get("pd_portfolio")) not in PORTFOLIOS:
        raise Failed
    count = number(sent.get("pd_count"))
    if count <= 0:
        raise Failed
    made = _row(str(sent["pd_id"]), str(sent.get("unit_id")), count, number(sent["actual_price"]), currency)
    made |= own_fields(sent, known)
    if sent.get("pd_portfolio") not in (None, ""):
        made["pd_portfolio"] = relation(PORTFOLIOS, sent["pd_portfolio"])
    children = [
        _row(key, unit, count * Decimal(each), Decimal(0), currency) for key, unit, each in product.get("children", ())
    ]
    return [made, *children]


def _row(product_id: str, unit: str, count: Decimal, price: Decimal, currency: str) -> Document:
    product = PRODUCTS[product_id]
    if unit not in product["prices"]:
        raise Failed
    unit_name, listed, entry, entry_name = product["prices"][unit]
    origin = Decimal(listed) * Decimal(CURRENCIES[currency][1])
    amount = money(price * count)
    return {
        "pd_id": {"name": product["name"], "id": product_id, "status": "1"},
        "pd_code": product["code"],
        "unit_id": {"name": unit_name, "id": unit, "status": "1"},
        "pd_count": money(count),
        "actual_price": money(price),
        "pd_origin_price": money(origin),
        "suggested_selling_price": money(origin),
        "pd_origin_amount": money(origin * count),
        "suggested_selling_amount": money(origin * count),
        "actual_selling_amount": amount,
        "amount_after_the_offer": amount,
        "sys_discount": "1.0000",
        "additional_discount": fraction(price / origin),
        "slave_pd_price": {"name": "标准价目表", "id": PRICE_LIST, "status": "1"},
        "price_detail": {"name": entry_name, "id": entry, "status": "1"},
    }


def totals(amounts: Iterable[str], discount: str) -> Document:
    """Return the amounts that an order's rows make."""
    total = sum(map(Decimal, amounts), Decimal(0))
    return {"actual_selling_total_amount": money(total), "order_total_amount": money(total * Decimal(discount))}


def record(kind: str, moment: datetime) -> Document:
    """Return what every new record holds."""
    user = {**EMPLOYEES[API_USER], "id": API_USER, "status": "1"}
    label = {"code": "busitype_default__c", "id": BUSINESS_TYPES[kind], "label": "默认业务类型", "status": "1"}
    return {
        "approval_status": {"code": "APPROVED", "label": "已通过"},
        "business_type": label,
        "create_time": clock(moment),
        "creator_id": user,
        "department": {**DEPARTMENTS["10"], "id": "10", "status": "1"},
        "lock_status": {"code": "UNLOCK", "label": "未锁定"},
        "modify_time": clock(moment),
        "modifyier_id": user,
        "owner": user,
        "source_type": {"code": "LROPFXCJ", "label": "自建"},
        "status": {"code": "NORMAL", "label": "正常"},
    }
