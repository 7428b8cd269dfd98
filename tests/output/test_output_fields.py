from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from orderctl.errors import UsageError
from orderctl.output.csvtext import COLUMNS
from orderctl.output.pick import names
from orderctl.output.values import plain

if TYPE_CHECKING:
    from tests.output.conftest import Printer

Document = Mapping[str, Any]


def one(printer: Printer, document: Document, format: str, *fields: str) -> str:  # noqa: A002
    printed = printer(format, fields=fields)
    printed.output.one("order", document)
    return printed.out


def listed(printer: Printer, document: Document, format: str, *fields: str) -> str:  # noqa: A002
    printed = printer(format, fields=fields)
    with printed.output.rows("order") as rows:
        rows.add(document)
    return printed.out


def test_a_list_with_nothing_in_some_of_its_places_is_a_text(printer: Printer, document: Document) -> None:
    for line in document["lines"][1:]:
        line["sku"] = None
    assert listed(printer, document, "table", "lines.sku") == "lines.sku\n100500\n"


def test_fields_are_the_columns_of_a_table_and_of_csv(printer: Printer, document: Document) -> None:
    fields = ("total", "customer.name", "lines.sku", "extra.weight", "paid", "updated_at")
    assert listed(printer, document, "table", *fields) == (
        "total\tcustomer.name\tlines.sku\textra.weight\tpaid\tupdated_at\n12.50\t王小明\t100500, 100501\t0.10\tyes\t\n"
    )
    assert listed(printer, document, "csv", *fields).splitlines()[1] == '12.50,王小明,"100500, 100501",0.10,true,'


def test_fields_keep_the_shape_and_the_schema_of_json(printer: Printer, document: Document) -> None:
    expected = {
        "schema": "orderctl.order/1",
        "id": "82806",
        "customer": {"name": "王小明"},
        "lines": [{"sku": "100500", "extra": {"colour": None}}, {"sku": "100501", "extra": {"colour": "red"}}],
    }
    fields = ("id", "customer.name", "lines.sku", "lines.extra.colour")
    assert json.loads(one(printer, document, "json", *fields)) == expected
    assert json.loads(one(printer, document, "jsonl", *fields)) == expected
    assert json.loads(listed(printer, document, "json", *fields))["orders"] == [expected]


def test_a_field_named_whole_wins_over_its_parts(printer: Printer, document: Document) -> None:
    for fields in (("customer", "customer.name"), ("customer.name", "customer")):
        assert json.loads(one(printer, document, "jsonl", *fields))["customer"]["code"] == "C7"
    assert json.loads(one(printer, document, "jsonl", "extra", "extra.a.b"))["extra"] == plain(document["extra"])


def test_what_is_missing_below_a_free_field_is_null(printer: Printer, document: Document) -> None:
    assert listed(printer, document, "table", "extra.weight.unit", "raw.a.b") == "extra.weight.unit\traw.a.b\n\t\n"


def test_fields_of_one_order_for_people(printer: Printer, document: Document) -> None:
    assert one(printer, document, "table", "id", "number", "lines") == (
        "id\t82806\nnumber\t\n\nID\tSKU\tNAME\tQUANTITY\tUNIT PRICE\tTOTAL\n"
        "1\t100500\tGoods\t2\t6.250\t\n2\t100501\t\t10\t\t\n"
    )
    assert one(printer, {**document, "lines": []}, "table", "lines", "steps.name") == "lines\t\nsteps.name\tApprove\n"
    assert one(printer, document, "table", "extra") == 'extra\t{"weight":"0.10","gift":null}\n'


@pytest.mark.parametrize("format", ["table", "json", "jsonl", "csv", "ids"])
@pytest.mark.parametrize(
    "field, hint",
    [
        ("totl", "total"),
        ("customer.nam", "did you mean customer.name"),
        ("id.x", "id"),
        ("", "fields: schema, profile"),
        ("extra.", "extra"),
        ("qqqqq", "fields: schema, profile"),
    ],
)
def test_an_unknown_field_is_refused_before_anything_is_printed(
    printer: Printer,
    document: Document,
    format: str,  # noqa: A002
    field: str,
    hint: str,
) -> None:
    printed = printer(format, fields=("id", field))
    with pytest.raises(UsageError, match="an order has no field") as refused:
        printed.output.one("order", document)
    assert hint in refused.value.hint
    with pytest.raises(UsageError):
        printed.output.rows("order")
    assert (printed.out, printed.err) == ("", "")


def test_the_names_of_fields_are_those_of_the_documents() -> None:
    assert {"id", "customer.name", "lines", "extra", "raw"} <= set(names("order"))
    assert names("step") == ("id", "name", "error")


def test_parts_of_what_is_null_are_null(printer: Printer, document: Document) -> None:
    assert json.loads(one(printer, document, "jsonl", "raw.sum.net")) == {"schema": "orderctl.order/1", "raw": None}


def test_headings_of_the_csv_are_fields_too(printer: Printer, document: Document) -> None:
    for heading, path in COLUMNS.items():
        expected = heading if heading in names("order") else path
        shown = json.loads(one(printer, document, "jsonl", heading))
        assert shown == json.loads(one(printer, document, "jsonl", expected)), heading
    assert listed(printer, document, "table", "_id", "customer_name", "quantity") == (
        "_id\tcustomer_name\tquantity\n82806\t王小明\t2, 10\n"
    )


def test_headings_of_lines_make_a_row_of_each_line_in_csv(printer: Printer, document: Document) -> None:
    shown = listed(printer, document, "csv", "reference", "sku", "price", "lines.sku")
    assert shown == "reference,sku,price,lines.sku\nOC-1,100500,6.250,100500\nOC-1,100501,,100501\n"
    assert listed(printer, {**document, "lines": []}, "csv", "reference", "sku") == "reference,sku\nOC-1,\n"


def test_a_wrong_field_is_compared_with_headings_too(printer: Printer) -> None:
    with pytest.raises(UsageError) as refused:
        printer("csv", fields=("custmer_name",)).output.check_fields("order")
    assert "customer_name" in refused.value.hint
    with pytest.raises(UsageError):
        printer("csv", fields=("customer_name",)).output.check_fields("line")
