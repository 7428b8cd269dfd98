"""The fields of Qince's calls: what the vendor's tables name, and what to do instead of what it computes itself."""
# ruff: noqa: E501  (the tables have a row a line)

from collections.abc import Mapping

from orderctl.backend.fields import tables
from orderctl.backend.vendor import Field, Kind
from orderctl.vendors.qince.lists import FILTERS, PARAMETERS

TEXT, INT, DECIMAL, BOOL, TIME, JSON = Kind.TEXT, Kind.INT, Kind.DECIMAL, Kind.BOOL, Kind.DATETIME, Kind.JSON

INSTEAD = {
    "--title": "Qince's orders have no title; a custom field may hold it: --set KEY__c=TEXT",
    "--note": "Qince's orders have no note; a custom field may hold it: --set KEY__c=TEXT",
    "--email": "Qince's orders have no email; a custom field may hold it: --set KEY__c=TEXT",
    "--due": "Qince's orders have no due date; --set order_date=DATE is the day the order was placed",
    "--status": "Qince's API sets no status; push ID --by EMPLOYEE starts the approval",
    "--paid": "Qince's API sets no payment; a custom field may hold it: --set KEY__c=TEXT",
    "line name": "Qince shows the product's own name; leave it out",
}
"""What to do instead, for words that Qince does not support.

Words that the vendor's page 订单2.0接口 has no field for; read on 2026-11-21.
"""

# fmt: off
_RECEIPT = "Qince takes it from the receipt information: --set receipt_info=ID"
_COMPUTED = "Qince computes it; leave it out"
_FILLED = "Qince fills it from the price list, quotation or product; leave it out"
_OWN = Field("{key}__c", JSON, "a custom field: text, a number, or JSON in Qince's style of input (KEY__c:=JSON)")

_TOP = (
    Field("fields", note="the order's fields", reserved=True, instead="give each field by itself: --set KEY=VALUE"),
    Field("is_trigger", BOOL, "start the approval workflow; needs trigger_employee"),
    Field("trigger_employee", note="the employee who starts it, by id", max_length=32),
    Field("check_rule", BOOL, "check the account's validation and duplicate rules; without it the profile's check_rule"),
    Field("slave_fields.ig_order_detail", Kind.LINES, "the order's rows"),
    Field("slave_fields.{key}", JSON, "rows of a custom detail object: a list of objects, slave_fields.OBJECT:=JSON"),
)
_HEADER_COMPUTED = (
    Field("receipt_name", note="recipient's name", word="customer.name", reserved=True, instead=_RECEIPT),
    Field("receipt_phone", note="recipient's phone", word="customer.phone", reserved=True, instead=_RECEIPT),
    Field("receipt_landline", note="recipient's landline", personal=True, reserved=True, instead=_RECEIPT),
    Field("receipt_address", note="recipient's address", word="customer.address", reserved=True, instead=_RECEIPT),
    Field("order_total_amount", note="sum of the rows x whole_order_discount", word="total", reserved=True, instead=_COMPUTED),
)
_HEADER_EDITABLE = (
    Field("order_date", TIME, "the day the order was placed"),
    Field("receipt_info", INT, "receipt information, by id: recipient, phone and address"),
    Field("whole_order_discount", DECIMAL, "discount on the whole order, as a fraction: 0.8"),
)
_ROW_COMPUTED = tuple(
    Field(name, note=note, reserved=True, instead=_COMPUTED) for name, note in (
        ("pd_origin_price", "list price, in the order's currency"), ("suggested_selling_price", "suggested price, likewise"),
        ("sys_discount", "system discount"), ("additional_discount", "additional discount"),
        ("pd_origin_amount", "amount at list price"), ("suggested_selling_amount", "amount at the suggested price"),
        ("actual_selling_amount", "amount at the actual price"), ("amount_after_the_offer", "equal to actual_selling_amount"),
    )
)
_ROW_FILLED = tuple(
    Field(name, note=note, reserved=True, instead=_FILLED) for name, note in (
        ("slave_pd_price", "price list"), ("price_detail", "price list entry"), ("pd_portfolio_detail", "bundle entry"),
        ("slave_quotation_id", "quotation"), ("quotation_detail_id", "quotation row"), ("slave_contract_id", "contract"),
        ("contract_detail_id", "contract row"), ("node_id", "bundle entry's node"), ("parent_node_id", "its parent"),
        ("root_node_id", "its root"), ("tree_data", "its configuration"),
    )
)
_ROW = (
    Field("pd_id", INT, "product, by id", word="sku", required=True),
    Field("pd_portfolio", INT, "bundle, by id; required for a bundle's parent where CPQ is on"),
    Field("unit_id", INT, "unit, by id; the price is found by product, unit and quantity", aliases=("unit",)),
    Field("pd_count", DECIMAL, "quantity", word="quantity"),
    Field("actual_price", DECIMAL, "price of one unit", word="price", required=True),
    *_ROW_COMPUTED, *_ROW_FILLED, _OWN,
)
FIELDS: Mapping[str, tuple[Field, ...]] = tables({
    "create": (
        Field("customer", INT, "customer, by id", word="customer.code"),
        *_HEADER_EDITABLE,
        Field("opportunities_info_id", INT, "sales opportunity, by id"),
        Field("quotation_id", INT, "quotation, by id"),
        Field("contract_id", INT, "contract, by id"),
        Field("pd_price", INT, "price list, by id"),
        Field("currency_type", note="currency; dropped by Qince unless the account has several", word="currency"),
        Field("owner", INT, "employee in charge, by id"),
        Field("department", INT, "department, by id"),
        Field("business_type", INT, "business type, by id"),
        *_HEADER_COMPUTED, *_TOP, _OWN,
    ),
    "create.line": (
        Field("id", INT, "row", word="id", reserved=True, instead="a new order has no rows yet; leave the id out"), *_ROW,
    ),
    "update": (
        Field("data_id", note="the order's id", reserved=True, instead="name the order as the command's ID"),
        *_HEADER_EDITABLE, *_HEADER_COMPUTED, *_TOP, _OWN,
    ),
    "update.line": (Field("id", INT, "a row that exists: it takes custom fields only; without it the row is new", word="id"), *_ROW),
    "push": (
        Field("trigger_employee", note="the employee who starts the approval, by id", word="by", max_length=32),
        Field("check_rule", BOOL, "check the account's validation and duplicate rules"),
        Field("is_trigger", BOOL, "start the approval workflow", reserved=True, instead="a push does nothing else; leave it out"),
    ),
    "list": (*PARAMETERS, *FILTERS),
})
"""From the vendor's page 订单2.0接口, 新增订单 and 修改订单: 参数说明, fields特殊参数说明 and
slave_fields.ig_order_detail特殊参数说明; read on 2026-11-21.
"""
# fmt: on
