import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inline_snapshot import snapshot
from pydantic import TypeAdapter

from orderctl.backend.contract import Backend
from orderctl.backend.vendor import Capability, Duplicates, Field, Option, Profile, Secret, Vendor
from orderctl.errors import NotFound, Problem, UsageError
from orderctl.model import Comment, Order, OrderDraft, Outcome, Status, Step
from orderctl.output import shapes
from orderctl.output.csvtext import LINE, ORDER, READ_ONLY
from orderctl.output.documents import (
    comment_document,
    error_document,
    field_document,
    item_error,
    line_document,
    order_document,
    profile_document,
    result_document,
    step_document,
    vendor_document,
)
from orderctl.output.jsontext import compact
from orderctl.output.kinds import KINDS
from orderctl.output.pick import ITEMS, names
from orderctl.output.schemas import SCHEMAS
from orderctl.output.values import decimal_text, moment_text, plain

EMPTY_ORDER = order_document(Order(id="1"), profile="p", vendor="v")
KYIV = timezone(timedelta(hours=2))
VENDOR: Vendor = Vendor(
    name="acme",
    title="Acme",
    summary="a vendor",
    url="https://acme.example",
    options=(Option(name="branch", note="the branch", identity=True),),
    secrets=(Secret(name="token", note="from the settings page"),),
    capabilities=frozenset({Capability.CREATE, Capability.GET, Capability.PAGE}),
    refusals={Capability.PUSH: "update it"},
    duplicates=Duplicates.BLIND,
    fields={},
    statuses={"New": Status.OPEN},
    page_size=10,
    example=OrderDraft(),
    backend=Backend,
)


def valid(document: Mapping[str, Any], shape: type) -> None:
    schema = TypeAdapter(shape).json_schema()
    jsonschema.validate(json.loads(compact(document)), schema, cls=jsonschema.Draft202012Validator)


def test_an_order_has_every_field_in_the_order_of_the_contract() -> None:
    assert list(EMPTY_ORDER) == snapshot(
        [
            "schema",
            "profile",
            "vendor",
            "id",
            "reference",
            "number",
            "title",
            "status",
            "vendor_status",
            "steps",
            "customer",
            "lines",
            "currency",
            "total",
            "paid",
            "created_at",
            "updated_at",
            "due_at",
            "note",
            "extra",
        ]
    )
    assert list(EMPTY_ORDER["customer"]) == snapshot(["id", "code", "name", "email", "phone", "address"])


def test_an_order_tells_everything_in_plain_json(order: Order) -> None:
    assert json.loads(compact(order_document(order, profile="shop", vendor="onebox"))) == snapshot(
        {
            "schema": "orderctl.order/1",
            "profile": "shop",
            "vendor": "onebox",
            "id": "82806",
            "reference": "OC-1",
            "number": None,
            "title": "Spring order",
            "status": "in_progress",
            "vendor_status": "Being packed",
            "steps": [{"id": "41", "name": "Approve", "error": None}],
            "customer": {
                "id": None,
                "code": "C7",
                "name": "王小明",
                "email": "wang@example.com",
                "phone": None,
                "address": None,
            },
            "lines": [
                {
                    "id": "1",
                    "sku": "100500",
                    "name": "Goods",
                    "quantity": "2",
                    "unit_price": "6.250",
                    "total": None,
                    "extra": {},
                },
                {
                    "id": "2",
                    "sku": "100501",
                    "name": None,
                    "quantity": "10",
                    "unit_price": None,
                    "total": None,
                    "extra": {"colour": "red"},
                },
            ],
            "currency": "UAH",
            "total": "12.50",
            "paid": True,
            "created_at": "2026-11-21T01:02:03Z",
            "updated_at": None,
            "due_at": "2026-12-01",
            "note": """\
leave at the door
ring twice\
""",
            "extra": {"weight": "0.10", "gift": None},
        }
    )


def test_raw_is_shown_on_request_only_and_keeps_every_digit(order: Order) -> None:
    assert "raw" not in order_document(order, profile="shop", vendor="onebox")
    assert order_document(order, profile="shop", vendor="onebox", raw=True)["raw"] == {"id": 82806, "sum": "12.50"}


@pytest.mark.parametrize(
    "number, text",
    [("12.50", "12.50"), ("1E+2", "100"), ("1E-8", "0.00000001"), ("-0.0", "-0.0"), ("0E-9", "0.000000000")],
)
def test_numbers_keep_their_digits_and_have_no_exponent(number: str, text: str) -> None:
    assert decimal_text(Decimal(number)) == text


def test_an_absurd_exponent_does_not_become_a_gigabyte() -> None:
    assert decimal_text(Decimal("1E+999999")) == "1E+999999"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12))
def test_a_number_reads_back_as_it_was(number: Decimal) -> None:
    text = decimal_text(number)
    assert Decimal(text) == number
    assert "E" not in text


@pytest.mark.parametrize(
    "moment, text",
    [
        (datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC), "2026-11-21T01:02:03Z"),
        (datetime(2026, 11, 21, 1, 2, 3, 450000, tzinfo=UTC), "2026-11-21T01:02:03.450000Z"),
        (datetime(2026, 11, 21, 1, 2, 3, tzinfo=KYIV), "2026-11-20T23:02:03Z"),
        (date(2026, 11, 21), "2026-11-21"),
    ],
)
def test_times_are_utc_and_dates_stay_dates(moment: date, text: str) -> None:
    assert moment_text(moment) == text


@pytest.mark.parametrize(
    "value, expected",
    [
        (MappingProxyType({"a": (Decimal("1.10"), None, True)}), {"a": ["1.10", None, True]}),
        ({1: {"b", "a"}}, {"1": ["a", "b"]}),
        (frozenset({2}), [2]),
        (1.5, 1.5),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (b"\xff\x00a", "\\xff\x00a"),
        (Status.OPEN, "open"),
        (date(2026, 1, 2), "2026-01-02"),
        (KYIV, "UTC+02:00"),
    ],
)
def test_a_vendors_json_becomes_plain_json(value: Any, expected: Any) -> None:
    assert plain(value) == expected
    assert json.loads(compact(plain(value))) == expected


def test_a_result_a_step_and_a_comment_have_the_fields_of_the_contract() -> None:
    result = result_document(
        verb="create", outcome=Outcome.CREATED, profile="shop", vendor="onebox", id="7", reference="R", message=""
    )
    assert compact(result) == snapshot(
        '{"schema":"orderctl.result/1","verb":"create","outcome":"created","profile":"shop","vendor":"onebox","id":"7","reference":"R","journal":null,"message":null}'
    )
    assert step_document(Step(name="Approve", id="4")) == {"id": "4", "name": "Approve", "error": None}
    assert comment_document(Comment(id="1", created_at=date(2026, 1, 2), extra={"n": Decimal("1.0")})) == snapshot(
        {"id": "1", "created_at": "2026-01-02", "kind": None, "text": None, "author": None, "extra": {"n": "1.0"}}
    )


def test_an_error_names_everything_a_script_needs() -> None:
    error = UsageError("no", hint="go", fields=[Problem("price", "bad", 3)], http_status=422, retry_after=1.5)
    assert compact(error_document(error, profile="shop", journal="op-1")) == snapshot(
        '{"schema":"orderctl.error/1","error":{"code":"usage.invalid","exit":2,"message":"no","hint":"go","profile":"shop","vendor":null,"http_status":422,"retry_after":1.5,"journal":"op-1","fields":[{"path":"price","row":3,"problem":"bad"}]}}'
    )
    assert item_error(NotFound("gone"), id="7") == {"id": "7", "code": "vendor.not_found", "message": "gone"}
    assert item_error("odd row") == {"id": None, "code": None, "message": "odd row"}


def test_a_vendor_and_a_profile_are_shown_without_secrets() -> None:
    profile = Profile(name="shop", vendor="acme", url="sandbox:", settings={"branch": 12})
    assert profile_document(profile, default=True) == snapshot(
        {
            "name": "shop",
            "vendor": "acme",
            "url": "sandbox:",
            "timezone": "UTC",
            "currency": None,
            "default": True,
            "protected": False,
            "sandbox": True,
            "settings": {"branch": 12},
        }
    )
    assert vendor_document(VENDOR) == snapshot(
        {
            "name": "acme",
            "title": "Acme",
            "summary": "a vendor",
            "url": "https://acme.example",
            "timezone": "UTC",
            "commands": ["create", "get", "list"],
            "refusals": {"push": "update it"},
            "duplicates": Duplicates.BLIND,
            "filters": [],
            "filters_here": [],
            "sorts": [],
            "page_size": 10,
            "cancel": None,
            "comment_kinds": [],
            "attachments": None,
            "statuses": {"New": Status.OPEN},
            "limits": [],
            "settings": [
                {
                    "name": "branch",
                    "note": "the branch",
                    "required": False,
                    "default": None,
                    "choices": [],
                    "identity": True,
                }
            ],
            "secrets": [{"name": "token", "note": "from the settings page", "required": True}],
        }
    )


def test_every_document_is_valid_by_the_schema_that_it_names(order: Order) -> None:
    whole = order_document(order, profile="shop", vendor="onebox", raw=True)
    comment = comment_document(Comment(text="hi", created_at=datetime(2026, 1, 2, tzinfo=UTC)))
    result = result_document(
        verb="push", outcome=Outcome.UNKNOWN, profile="p", vendor="v", id=None, reference=None, message="lost"
    )
    documents: dict[str, tuple[type, Mapping[str, Any]]] = {
        "order": (shapes.OrderDocument, whole),
        "empty order": (shapes.OrderDocument, EMPTY_ORDER),
        "line": (shapes.LineDocument, line_document(order.lines[0])),
        "comment": (shapes.CommentDocument, comment),
        "result": (shapes.ResultDocument, result),
        "error": (shapes.ErrorDocument, error_document(UsageError("x", fields=[Problem("a", "b")]))),
        "field": (shapes.FieldDocument, field_document(Field(name="sum"))),
        "vendor": (shapes.VendorDocument, vendor_document(VENDOR)),
        "profile": (shapes.ProfileDocument, profile_document(Profile(name="a", vendor="b", url="c"))),
        "item error": (shapes.ItemError, item_error("x")),
    }
    for shape, document in documents.values():
        valid(document, shape)
        assert list(document) == [name for name in shape.__annotations__ if name in document]


def test_schemas_are_listed_by_name_and_name_themselves() -> None:
    assert list(SCHEMAS) == sorted(SCHEMAS)
    for name, shape in SCHEMAS.items():
        schema = TypeAdapter(shape).json_schema()
        assert schema["properties"]["schema"]["const"] == name
        assert schema["description"]


def test_an_amount_is_described_as_decimal_text() -> None:
    total = TypeAdapter(shapes.OrderDocument).json_schema()["properties"]["total"]["anyOf"][0]
    assert total["pattern"] == r"^-?[0-9]+(\.[0-9]+)?$"
    assert "decimal" in total["description"]


def test_every_kind_shows_fields_that_its_document_has() -> None:
    assert list(KINDS) == sorted(KINDS)
    for name, shape in ITEMS.items():
        kind = KINDS[name]
        assert set(kind.columns) <= set(names(name)), name
        assert kind.id in shape.__annotations__
        assert kind.schema in {"", *SCHEMAS}
    assert {*ORDER.values(), *READ_ONLY.values()} <= set(names("order"))
    assert set(LINE.values()) <= set(names("line"))


def test_the_json_encoder_knows_what_a_vendor_may_leave_in_a_document() -> None:
    assert compact({"n": Decimal("1.0"), "t": date(2026, 1, 2), "m": MappingProxyType({})}) == (
        '{"n":"1.0","t":"2026-01-02","m":{}}'
    )
