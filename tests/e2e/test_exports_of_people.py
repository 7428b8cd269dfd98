# ruff: noqa: RUF001  (the letters of many languages)
"""Exports of well-known shops, in many encodings, become the orders that the customers placed and paid."""

import json
from typing import Any

import pytest

from tests.e2e.conftest import Cli
from tests.e2e.feeding import HEAD, SANDBOX, create, held, names, nothing_sent, planned, put, totals

pytestmark = pytest.mark.in_process

SHOPIFY = """\
Name,Email,Financial Status,Paid at,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Created at,\
Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Shipping Name,Shipping Address1,Shipping City,\
Shipping Zip,Shipping Country,Shipping Phone,Notes
#7301,ida@example.net,paid,2026-05-11 10:02:41 +0200,EUR,40.00,6.50,0.00,46.50,MAY,4.75,2026-05-11 10:01:00 +0200,\
3,Soap - Lavender,12.50,SOAP-L,Ida Probe,Allee 9,Bonn,'05311,DE,'+49 228 000001,
#7301,ida@example.net,,,,,,,,,,2026-05-11 10:01:00 +0200,1,Dish,7.25,DISH,,,,,,,
#7302,,pending,,EUR,15.00,0.00,0.00,15.00,,,2026-05-11 11:30:00 +0200,2,Brush,7.50,,Otto Probe,Weg 3,Graz,8010,AT,\
+43 316 000002,"bell broken,
knock"
"""

AMAZON_HEAD = (
    "order-id", "order-item-id", "purchase-date", "buyer-email", "buyer-name", "buyer-phone-number", "sku",
    "product-name", "quantity-purchased", "currency", "item-price", "item-tax", "shipping-price", "recipient-name",
    "ship-address-1", "ship-address-2", "ship-city", "ship-postal-code", "ship-country",
)  # fmt: skip

ETSY = """\
Sale Date,Item Name,Buyer,Quantity,Price,Coupon Code,Discount Amount,Order Shipping,Item Total,Currency,\
Transaction ID,Listing ID,Date Paid,Date Shipped,Ship Name,Ship Address1,Ship Address2,Ship City,Ship State,\
Ship Zipcode,Ship Country,Order ID,Variations,SKU
11/02/26,Candle &quot;Night&quot; &amp; box,kai_m,3,14.00,,2.00,7.30,42.00,CAD,510001,61,11/28/2026,,Kai Muster,\
12 Elm St,Unit 4,Halifax,NS,B3H 0A1,Canada,8800012,Scent:Fig,CNDL
11/02/26,Match box,kai_m,1,3.50,,{discount},{shipping},3.50,CAD,510002,62,11/28/2026,,Kai Muster,\
12 Elm St,Unit 4,Halifax,NS,B3H 0A1,Canada,8800012,,
"""

ODOO = """\
"id","name","partner_id/email","partner_id/name","order_line/product_id/default_code","order_line/name",\
"order_line/product_uom_qty","order_line/price_unit"
"__export__.so_71","S00071","lea@example.net","Lea Probe","LAMP","Lamp","1.00","35.00"
"","","","","BULB","Bulb","4.00","2.25"
"__export__.so_72","S00072","max@example.net","Max Probe","BULB","Bulb","2.00","2.25"
"""

WOO: dict[str, Any] = {
    "id": 9100, "number": "W-9100", "currency": "PLN", "status": "processing", "prices_include_tax": False,
    "discount_total": "3.00", "discount_tax": "0.69", "shipping_total": "12.00", "shipping_tax": "2.76",
    "cart_tax": "13.11", "total": "84.87", "total_tax": "15.87", "date_created_gmt": "2026-06-01T07:30:00",
    "billing": {"first_name": "Ewa", "last_name": "Probe", "email": "ewa@example.net", "phone": "+48000000001",
                "address_1": "Prosta 1", "address_2": "m. 5", "city": "Kielce", "postcode": "25-001", "country": "PL"},
    "shipping": {"first_name": "Jan", "last_name": "Probe", "address_1": "Nowa 2", "address_2": "", "city": "Radom",
                 "postcode": "26-600", "country": "PL"},
    "line_items": [{"id": 1, "sku": "TEA-1", "name": "Tea", "quantity": 3, "price": 19, "subtotal": "60.00",
                    "subtotal_tax": "13.80", "total": "57.00", "total_tax": "13.11"}],
    "shipping_lines": [{"id": 2, "method_title": "Courier", "total": "12.00", "total_tax": "2.76"}],
    "fee_lines": [], "tax_lines": [], "refunds": [],
}  # fmt: skip

SHOPIFY_JSON: dict[str, Any] = {
    "id": 8310001, "name": "#5511", "order_number": 5511, "email": "noa@example.net", "currency": "USD",
    "financial_status": "paid", "taxes_included": False, "subtotal_price": "36.00", "total_discounts": "4.00",
    "total_tax": "2.88", "total_price": "45.38", "created_at": "2026-06-02T09:00:00-05:00",
    "line_items": [{"id": 1, "sku": "HAT-S", "title": "Hat", "name": "Hat - S", "quantity": 2, "price": "20.00",
                    "total_discount": "4.00"}],
    "shipping_lines": [{"title": "Ground", "price": "6.50"}],
    "customer": {"first_name": "Noa", "last_name": "Probe"},
    "shipping_address": {"first_name": "Noa", "last_name": "Probe", "address1": "9 Oak Rd", "city": "Reno",
                         "zip": "89501", "country": "United States", "phone": "+1 555 0100"},
}  # fmt: skip


def amazon(*rows: tuple[str, ...]) -> str:
    return "".join("\t".join(row) + "\r\n" for row in (AMAZON_HEAD, *rows))


def amazon_row(
    order: str, item: str, sku: str, name: str, quantity: str, price: str, shipping: str = "0"
) -> tuple[str, ...]:
    return (
        order, item, "2026-04-02T08:00:00+00:00", f"{order[-4:]}@market.example", "Uma Probe", "555-0177", sku, name,
        quantity, "GBP", price, "0", shipping, "Uma Probe", "4 Mill Ln", "Flat 2", "Leeds", "LS1 0AA", "GB",
    )  # fmt: skip


def test_a_shopify_export_comes_to_what_the_customer_paid(cli: Cli) -> None:
    ran = create(cli, SHOPIFY, name="orders_export.csv")
    assert ran.code == 0, ran.err
    assert "shopify" in ran.err
    orders = held(cli)
    assert {r: (o["total"], o["currency"]) for r, o in orders.items()} == {
        "#7301": ("46.50", "EUR"),
        "#7302": ("15.00", "EUR"),
    }
    assert orders["#7301"]["customer"]["name"] == "Ida Probe"
    address = orders["#7301"]["customer"]["address"]
    assert [part for part in ("Allee 9", "05311", "Bonn", "DE") if part not in address] == []
    assert "'" not in address + orders["#7301"]["customer"]["phone"]
    assert [fields.get("comments") for fields in planned(cli, SHOPIFY)] == [None, "bell broken,\nknock"]


def test_an_order_that_was_voided_in_the_shop_is_skipped_and_counted(cli: Cli) -> None:
    ran = create(cli, SHOPIFY.replace(",pending,", ",voided,"))
    assert ran.code == 0, ran.err
    assert "1 order" in ran.err
    assert totals(cli) == {"#7301": "46.50"}


def test_columns_of_a_person_keep_discount_and_postage_of_a_shopify_export(cli: Cli) -> None:
    columns = "reference=Name,email=Email,sku=Lineitem sku,quantity=Lineitem quantity,price=Lineitem price"
    ran = create(cli, SHOPIFY, "--columns", columns)
    assert ran.code == 0, ran.err
    assert totals(cli) == {"#7301": "46.50", "#7302": "15.00"}


def test_taxes_that_a_shopify_total_includes_on_top_are_added(cli: Cli) -> None:
    text = SHOPIFY.replace("0.00,0.00,15.00,,,", "0.00,1.35,16.35,,,")
    assert create(cli, text).code == 0
    assert totals(cli)["#7302"] == "16.35"


@pytest.mark.parametrize("more", [(), ("--skip-invalid",)])
def test_a_shopify_order_that_does_not_come_to_its_total_is_not_sent(cli: Cli, more: tuple[str, ...]) -> None:
    ran = create(cli, SHOPIFY.replace("0.00,46.50,", "0.00,49.50,"), *more)
    assert ran.code == (7 if more else 2), ran.err
    assert "49.50" in ran.err
    assert "46.50" in ran.err
    assert totals(cli) == ({"#7302": "15.00"} if more else {})


def test_prices_of_an_amazon_report_are_of_the_whole_line(cli: Cli) -> None:
    text = amazon(
        amazon_row("202-7000001-7000001", "1", "SHELF", 'Shelf 9" wide, oak', "4", "60.00", "4.50"),
        amazon_row("202-7000001-7000001", "2", "HOOK", "Hook", "1", "3.20"),
        amazon_row("202-7000002-7000002", "3", "HOOK", "Hook", "2", "6.40"),
    )
    ran = create(cli, text, name="8080.txt")
    assert ran.code == 0, ran.err
    assert "amazon" in ran.err
    orders = held(cli)
    assert totals(cli) == {"202-7000001-7000001": "67.70", "202-7000002-7000002": "6.40"}
    assert 'Shelf 9" wide, oak' in names(orders["202-7000001-7000001"])
    assert {order["currency"] for order in orders.values()} == {"GBP"}
    address = orders["202-7000002-7000002"]["customer"]["address"]
    assert [part for part in ("4 Mill Ln", "Flat 2", "Leeds", "LS1 0AA", "GB") if part not in address] == []


def test_a_line_of_an_amazon_report_that_cannot_be_divided_comes_to_its_amount(cli: Cli) -> None:
    assert (
        create(cli, amazon(amazon_row("202-7000003-7000003", "4", "PIN", "Pin", "3", "20.00")), name="a.txt").code == 0
    )
    order = held(cli)["202-7000003-7000003"]
    assert order["total"] == "20.00"
    assert sum(int(line["quantity"]) for line in order["lines"]) == 3


def test_a_row_of_an_amazon_report_that_only_repeats_its_order_is_not_a_line(cli: Cli) -> None:
    row = amazon_row("202-7000004-7000004", "5", "PIN", "Pin", "1", "5.00")
    again = tuple(cell if n < 2 else "" for n, cell in enumerate(row))
    assert create(cli, amazon(row, again), name="a.txt").code == 0
    order = held(cli)["202-7000004-7000004"]
    assert (order["total"], len(order["lines"])) == ("5.00", 1)


def test_an_amazon_report_without_prices_is_refused_by_name(cli: Cli) -> None:
    headings = ("order-id", "order-item-id", "sku", "quantity-purchased", "quantity-to-ship", "buyer-email")
    text = "\t".join(headings) + "\n202-1\t7\tPIN\t1\t1\ta@market.example\n"
    nothing_sent(cli, create(cli, text, name="unshipped.txt"), "unshipped", "order report")


def test_a_japanese_report_names_its_encoding_and_is_right_with_it(cli: Cli) -> None:
    rows = "order-id\tbuyer-email\trecipient-name\tsku\tproduct-name\tquantity\tprice\n"
    text = f"{rows}250-4400001-4400001\ty@market.example\t佐藤 花子\tKETL\t電気ケトル 1.2L ホワイト\t1\t3280\n".encode(
        "cp932"
    )
    columns = "reference=order-id,email=buyer-email,customer_name=recipient-name,name=product-name"
    nothing_sent(cli, create(cli, text, "--columns", columns), "cp932", "佐藤 花子")
    ran = create(cli, text, "--columns", columns, "--encoding", "cp932")
    assert ran.code == 0, ran.err
    order = held(cli)["250-4400001-4400001"]
    assert (order["customer"]["name"], names(order)) == ("佐藤 花子", ["電気ケトル 1.2L ホワイト"])


@pytest.mark.parametrize("shipping, discount", [("0.00", "0.00"), ("7.30", "2.00"), ("", "")])
def test_postage_and_discount_of_an_etsy_order_count_once(cli: Cli, shipping: str, discount: str) -> None:
    ran = create(cli, ETSY.format(shipping=shipping, discount=discount), "--email", "desk@example.net")
    assert ran.code == 0, ran.err
    assert totals(cli) == {"8800012": "50.80"}


def test_an_etsy_order_has_its_whole_address_and_its_texts_as_people_read_them(cli: Cli) -> None:
    ran = create(cli, ETSY.format(shipping="0", discount="0"), "--email", "desk@example.net")
    assert ran.code == 0, ran.err
    order = held(cli)["8800012"]
    address = order["customer"]["address"]
    assert [p for p in ("12 Elm St", "Unit 4", "Halifax", "NS", "B3H 0A1", "Canada") if p not in address] == []
    assert any('Candle "Night" & box' in name for name in names(order))


def test_both_kinds_of_dates_of_an_etsy_export_are_read(cli: Cli) -> None:
    text = ETSY.format(shipping="0", discount="0")
    for column, day in (("Sale Date", "2026-11-02"), ("Date Paid", "2026-11-28")):
        (fields,) = planned(cli, text, "--columns", f"due={column}", "--email", "desk@example.net")
        assert fields["dateto"].startswith(day)


def test_the_email_that_an_etsy_export_lacks_is_named_with_the_way_out(cli: Cli) -> None:
    nothing_sent(cli, create(cli, ETSY.format(shipping="0", discount="0")), "--email")


def test_an_odoo_export_has_all_lines_of_an_order(cli: Cli) -> None:
    ran = create(cli, ODOO, name="sale.order.csv")
    assert ran.code == 0, ran.err
    assert totals(cli) == {"S00071": "44.00", "S00072": "4.50"}
    assert names(held(cli)["S00071"]) == ["Lamp", "Bulb"]


ODOO_COLUMNS = (
    "reference=name,email=partner_id/email,customer_name=partner_id/name,sku=order_line/product_id/default_code,"
    "name=order_line/name,quantity=order_line/product_uom_qty,price=order_line/price_unit"
)


def test_rows_without_a_reference_take_the_order_above_with_them(cli: Cli) -> None:
    """Nothing says that blank cells repeat the row above, so the whole order stays, not only a part of it."""
    for more in ((), ("--skip-invalid", "--rejects", "rejects.csv")):
        ran = create(cli, ODOO, "--map", "none", "--columns", ODOO_COLUMNS, *more)
        assert ran.code == (7 if more else 2), ran.err
        assert totals(cli) == ({"S00072": "4.50"} if more else {})
    rejects = (cli.home / "rejects.csv").read_text()
    assert "Lamp" in rejects
    assert "Bulb" in rejects


def test_a_mapping_of_ones_own_can_fill_blank_cells_down(cli: Cli) -> None:
    rows = ("81;lea@example.net;Lea;LAMP;1;35", ";;;BULB;4;2.25", "82;max@example.net;Max;BULB;2;2.25")
    text = "\n".join(("no;mail;who;art;pcs;each", *rows)) + "\n"
    put(
        cli,
        '[file]\nfill_down = true\n[order]\nreference = "no"\nemail = "mail"\ncustomer_name = "who"\n'
        '[line]\nsku = "art"\nquantity = "pcs"\nprice = "each"\n',
        "desk.toml",
    )
    ran = create(cli, text, "--map", "desk.toml")
    assert ran.code == 0, ran.err
    assert totals(cli) == {"81": "44.00", "82": "4.50"}


ENCODED = [
    ("cp1250", "Žaneta Čížková"), ("cp1250", "Zażółć Gęślą"), ("cp1251", "Ольга Сидорова"),
    ("cp1251", "Їжак Ґанок"), ("cp1252", "Søren Müller-Lefèvre"), ("cp1254", "Ayşegül Işık Doğan"),
    ("cp949", "박지훈"), ("cp932", "鈴木 一郎"), ("gb18030", "赵小明"), ("big5", "陳怡君"),
]  # fmt: skip


@pytest.mark.parametrize("encoding, customer", ENCODED)
def test_the_right_encoding_is_offered_with_what_it_reads(cli: Cli, encoding: str, customer: str) -> None:
    text = (HEAD + f"E-1,eva@example.net,{customer},PEN,1,2\n").encode(encoding)
    nothing_sent(cli, create(cli, text), f"--encoding {encoding}", customer.rsplit(maxsplit=1)[-1])
    ran = create(cli, text, "--encoding", encoding)
    assert ran.code == 0, ran.err
    assert held(cli)["E-1"]["customer"]["name"] == customer


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_names_the_encoding(cli: Cli, encoding: str) -> None:
    ran = create(cli, (HEAD + "E-1,eva@example.net,Žaneta,PEN,1,2\n").encode(encoding))
    assert ran.code == 0, ran.err
    assert held(cli)["E-1"]["customer"]["name"] == "Žaneta"


SPLIT = """\
受注番号,氏名(姓),氏名(名),Eメール,電話,〒,県,番地,品番,品名,税込単価,数
8001,田中,一,hajime@example.net,0450000001,2200011,神奈川県,横浜市西区2-3,BOWL-3,どんぶり,1450,3
"""
SPLIT_COLUMNS = "reference=受注番号,email=Eメール,phone=電話,sku=品番,name=品名,quantity=数,price=税込単価"


def test_one_word_is_put_together_from_several_columns(cli: Cli) -> None:
    ran = create(
        cli,
        SPLIT,
        "--columns",
        f"{SPLIT_COLUMNS},customer_name={{氏名(姓)}} {{氏名(名)}},address=〒{{〒}} {{県}}{{番地}}",
    )
    assert ran.code == 0, ran.err
    order = held(cli)["8001"]
    assert (order["customer"]["name"], order["total"]) == ("田中 一", "4350.00")
    assert order["customer"]["address"] == "〒2200011 神奈川県横浜市西区2-3"


def test_a_mapping_of_ones_own_puts_columns_together(cli: Cli) -> None:
    put(
        cli,
        '[order]\nreference = "受注番号"\nemail = "Eメール"\ncustomer_name = "{氏名(姓)} {氏名(名)}"\n'
        'address = "{〒}, {県}, {番地}"\n[line]\nsku = "品番"\nname = "品名"\nquantity = "数"\nprice = "税込単価"\n',
        "desk.toml",
    )
    (fields,) = planned(cli, SPLIT, "--map", "desk.toml")
    assert (fields["clientnamefirst"], fields["clientaddress"]) == ("田中 一", "2200011, 神奈川県, 横浜市西区2-3")


def test_columns_that_are_not_read_are_named(cli: Cli) -> None:
    ran = create(cli, SPLIT, "--columns", f"{SPLIT_COLUMNS},customer_name=氏名(姓),address=番地")
    assert ran.code == 0, ran.err
    assert [heading for heading in ("氏名(名)", "〒", "県") if heading not in ran.err] == []


@pytest.mark.parametrize(
    "document, reference, total, currency, customer",
    [
        ([WOO], "W-9100", "84.87", "PLN", "Jan Probe"),
        ({"orders": [SHOPIFY_JSON]}, "#5511", "45.38", "USD", "Noa Probe"),
    ],
    ids=["woocommerce", "shopify"],
)
def test_orders_of_a_shops_api_come_to_their_totals(
    cli: Cli, document: Any, reference: str, total: str, currency: str, customer: str
) -> None:
    ran = create(cli, json.dumps(document), name="orders.json")
    assert ran.code == 0, ran.err
    order = held(cli)[reference]
    assert (order["total"], order["currency"], order["customer"]["name"]) == (total, currency, customer)


def test_orders_of_a_shops_api_may_be_one_a_line(cli: Cli) -> None:
    text = json.dumps(WOO) + "\n" + json.dumps(WOO | {"number": "W-9101"}) + "\n"
    ran = create(cli, text, name="orders.jsonl")
    assert ran.code == 0, ran.err
    assert totals(cli) == {"W-9100": "84.87", "W-9101": "84.87"}


def test_orders_of_a_shops_api_take_columns_too(cli: Cli) -> None:
    ran = create(cli, json.dumps([WOO]), "--columns", "reference=id", name="orders.json")
    assert ran.code == 0, ran.err
    assert totals(cli) == {"9100": "84.87"}


def test_an_order_of_a_shops_api_that_does_not_come_to_its_total_is_not_sent(cli: Cli) -> None:
    nothing_sent(cli, create(cli, json.dumps([{**WOO, "total": "90.00"}]), name="orders.json"), "90.00", "84.87")


UNKNOWN = {"bestellnr": "B-1", "kunde": {"mail": "a@example.net"}, "positionen": [{"artikel": "PEN", "menge": 1}]}


@pytest.mark.parametrize("document", [[UNKNOWN], {"bestellungen": [UNKNOWN]}, UNKNOWN], ids=["list", "object", "one"])
def test_json_in_an_unknown_shape_names_the_difference_and_the_next_step(cli: Cli, document: Any) -> None:
    ran = create(cli, json.dumps(document), name="orders.json")
    nothing_sent(cli, ran, "orderctl mapping suggest")
    assert any(word in ran.err for word in ("bestellnr", "bestellungen", "reference")), ran.err


@pytest.mark.parametrize("name", ["orders.json", "orders.jsonl"])
def test_a_separator_of_cells_does_not_go_with_json(cli: Cli, name: str) -> None:
    document = {"reference": "J-1", "customer": {"email": "a@example.net", "name": "A"}, "lines": [{"sku": "PEN"}]}
    nothing_sent(cli, create(cli, json.dumps(document) + "\n", "--delimiter", ";", name=name), "--delimiter", "JSON")


@pytest.mark.parametrize("name", ["orders.json", "orders.jsonl"])
def test_columns_map_json_of_our_own_shape(cli: Cli, name: str) -> None:
    order = {"number": "N-1", "customer": {"email": "a@example.net", "name": "A"},
             "lines": [{"sku": "PEN", "quantity": 2, "price": "1.50"}]}  # fmt: skip
    for more in ({}, {"reference": "J-1"}):
        ran = create(cli, json.dumps(order | more) + "\n", "--columns", "reference=number", name=name)
        assert ran.code == 0, ran.err
        assert totals(cli) == {"N-1": "3.00"}


def test_a_number_of_json_that_is_none_is_named_with_its_place(cli: Cli) -> None:
    order = {"reference": "J-1", "customer": {"email": "a@example.net", "name": "A"},
             "lines": [{"sku": "PEN", "quantity": 1, "price": "7,90"}]}  # fmt: skip
    nothing_sent(cli, create(cli, json.dumps([order]), name="orders.json"), "lines[0].price", "7,90")


def test_a_dry_run_of_an_export_counts_orders_lines_and_sums(cli: Cli) -> None:
    ran = create(cli, SHOPIFY, "-n")
    assert ran.code == 0, ran.err
    said = ran.out + ran.err
    assert [word for word in ("2 orders", "61.50", "EUR") if word not in said] == []
    assert cli(*SANDBOX, "list", "-o", "ids").out == ""


def test_a_dry_run_counts_what_was_created_before_and_does_without_a_journal(cli: Cli) -> None:
    text = HEAD + "F-1,zoe@example.net,Zoe,PEN,2,4.40\n"
    assert create(cli, text).code == 0
    ran = create(cli, text, "-n")
    assert "created before, as far as the journal of this machine knows: 1" in ran.out
    (journal,) = cli.home.rglob("journal.sqlite")
    journal.write_bytes(b"no database" * 100)
    for beside in journal.parent.glob("journal.sqlite-*"):
        beside.unlink()
    ran = create(cli, text, "-n")
    assert ran.code == 0, ran.err
    assert "1 order, 1 line: 8.80" in ran.out
    assert "not counted" in ran.err


def test_a_mapping_that_is_suggested_for_json_reads_it(cli: Cli) -> None:
    line = {"sku": "PEN", "qty": 2, "unitPrice": "4.40"}
    order = {"orderNo": "F-1", "buyer": {"name": "Zoe", "email": "zoe@example.net"}, "rows": [line]}
    content = json.dumps({"meta": 1, "data": {"orders": [{**order, "shipping": "5.00", "grandTotal": "13.80"}]}})
    put(cli, content, "orders.json")
    suggested = cli("mapping", "suggest", "orders.json")
    put(cli, suggested.out, "own.toml")
    ran = create(cli, content, "--map", "./own.toml", name="orders.json")
    assert ran.code == 0, ran.err
    assert totals(cli) == {"F-1": "13.80"}
    assert held(cli)["F-1"]["customer"]["name"] == "Zoe"


def test_a_line_of_odoo_without_a_quantity_is_a_problem_of_its_row(cli: Cli) -> None:
    nothing_sent(cli, create(cli, ODOO.replace('"Bulb","4.00"', '"Bulb",""')), "row 3", "order_line/product_uom_qty")


ODOO_HEADINGS = {
    "qty": "name,partner_id/email,partner_id/name,order_line/product_id,order_line/name,order_line/product_uom_qty,"
    "order_line/price_unit",
    "Quantity": "Order Reference,Customer/Email,Customer/Name,Order Lines/Product,Order Lines/Description,"
    "Order Lines/Quantity,Order Lines/Unit Price",
}


@pytest.mark.parametrize("quantity", ODOO_HEADINGS)
def test_a_note_of_odoo_makes_no_line_and_a_product_without_a_quantity_is_a_problem(cli: Cli, quantity: str) -> None:
    text = f"{ODOO_HEADINGS[quantity]}\nS1,lea@example.net,Lea,Mug,Mug,2,9\n,,,,Fragile,,\n"
    nothing_sent(cli, create(cli, f"{text},,,Plate,Plate,,\n"), "row 4", quantity)
    assert create(cli, text).code == 0
    assert totals(cli) == {"S1": "18.00"}


def test_a_line_of_an_amazon_report_without_a_quantity_is_a_problem_of_its_row(cli: Cli) -> None:
    rows = (amazon_row("202-1", "1", "PIN", "Pin", "1", "5.00"), amazon_row("202-1", "2", "HOOK", "Hook", "", "3.20"))
    nothing_sent(cli, create(cli, amazon(*rows), name="a.txt"), "row 3", "quantity-purchased")


PROMOTED = (*AMAZON_HEAD, "item-promotion-id", "item-promotion-discount")


def promoted(*rows: tuple[str, ...]) -> str:
    return "".join("\t".join(row) + "\r\n" for row in (PROMOTED, *rows))


def test_an_item_of_an_amazon_report_that_is_repeated_for_a_promotion_is_one_line(cli: Cli) -> None:
    item = amazon_row("202-1", "1", "PIN", "Pin", "2", "20.00", "4.50")
    other = amazon_row("202-1", "2", "PIN", "Pin", "2", "20.00")
    text = promoted((*item, "SPRING", "-1.00"), (*item, "VIP", "-2.00"), (*item, "VIP", "-2.00"), (*other, "", ""))
    ran = create(cli, text, name="a.txt")
    assert ran.code == 0, ran.err
    assert "equal" not in ran.err
    order = held(cli)["202-1"]
    assert (order["total"], [line["quantity"] for line in order["lines"]]) == ("41.50", ["2", "2", "1"])


def test_an_item_of_an_amazon_report_that_is_repeated_in_another_way_is_a_problem(cli: Cli) -> None:
    item = amazon_row("202-1", "1", "PIN", "Pin", "2", "20.00")
    more = amazon_row("202-1", "1", "PIN", "Pin", "3", "30.00")
    nothing_sent(cli, create(cli, amazon(item, more), name="a.txt"), "row 3", "order-item-id", "row 2")


def test_items_whose_ids_a_spreadsheet_made_one_stay_lines_of_their_own(cli: Cli) -> None:
    rows = [amazon_row("202-1", "1.23457E+13", sku, sku, "1", "10.00") for sku in ("PIN", "MUG")]
    ran = create(cli, amazon(*rows), name="a.txt")
    assert ran.code == 0, ran.err
    assert held(cli)["202-1"]["total"] == "20.00"


TAOBAO_LIST = (
    "订单编号,买家应付货款,买家应付邮费,总金额,买家实际支付金额,订单状态,收货人姓名,收货地址,联系手机,宝贝种类,宝贝总数量\n"
    "41001,{goods},0,{goods},{goods},交易成功,李明,北京 1,13800000001,{kinds},{pieces}\n"
)
TAOBAO_DETAILS = "订单编号,标题,价格,购买数量,商家编码\n41001,灯,30.00,{first},L-1\n41001,灯泡,10.00,1,B-1\n"


@pytest.mark.parametrize("kinds, pieces, word", [("2", "3", "宝贝总数量"), ("3", "2", "宝贝种类")])
def test_goods_that_the_details_of_taobao_lack_are_not_a_discount(cli: Cli, kinds: str, pieces: str, word: str) -> None:
    put(cli, TAOBAO_DETAILS.format(first=1).encode("gb18030"), "details.csv")
    options = ("--with", "details.csv", "--encoding", "gb18030", "--email", "desk@example.net")
    text = TAOBAO_LIST.format(goods="30.00", kinds=kinds, pieces=pieces).encode("gb18030")
    nothing_sent(cli, create(cli, text, *options), "row 2", word)
    assert create(cli, TAOBAO_LIST.format(goods="30.00", kinds=2, pieces=2).encode("gb18030"), *options).code == 0
    assert totals(cli) == {"41001": "30.00"}


def test_two_colours_of_one_good_of_taobao_are_two_lines_of_one_kind(cli: Cli) -> None:
    put(cli, TAOBAO_DETAILS.format(first=2).encode("gb18030"), "details.csv")
    options = ("--with", "details.csv", "--encoding", "gb18030", "--email", "desk@example.net")
    assert create(cli, TAOBAO_LIST.format(goods="70.00", kinds=1, pieces=3).encode("gb18030"), *options).code == 0
    assert totals(cli) == {"41001": "70.00"}


@pytest.mark.parametrize("status", ["refunded", "expired"])
def test_an_order_that_the_shop_refunded_or_that_expired_is_skipped_and_counted(cli: Cli, status: str) -> None:
    ran = create(cli, SHOPIFY.replace(",pending,", f",{status},"))
    assert ran.code == 0, ran.err
    assert "1 order" in ran.err
    assert totals(cli) == {"#7301": "46.50"}


@pytest.mark.parametrize(
    "document, left_out",
    [
        ({"orders": [SHOPIFY_JSON, {**SHOPIFY_JSON, "name": "#5512", "financial_status": "refunded"}]}, "#5512"),
        ({"orders": [SHOPIFY_JSON, {**SHOPIFY_JSON, "name": "#5512", "financial_status": "expired"}]}, "#5512"),
        ([WOO, {**WOO, "number": "W-9101", "status": "checkout-draft"}], "W-9101"),
        ([WOO, {**WOO, "number": "W-9101", "status": "wc-cancelled"}], "W-9101"),
        ([WOO, {**WOO, "number": "W-9101", "status": "wc-failed"}], "W-9101"),
        ([WOO, {**WOO, "number": "W-9101", "status": "wc-refunded"}], "W-9101"),
        ([WOO, {**WOO, "number": "W-9101", "status": "wc-checkout-draft"}], "W-9101"),
    ],
)
def test_orders_of_a_shops_api_that_are_over_are_skipped_and_counted(cli: Cli, document: Any, left_out: str) -> None:
    ran = create(cli, json.dumps(document), name="orders.json")
    assert ran.code == 0, ran.err
    assert "1 order" in ran.err
    assert left_out in ran.err
    assert len(held(cli)) == 1


def test_a_partly_refunded_order_of_a_shop_is_sent(cli: Cli) -> None:
    assert create(cli, SHOPIFY.replace(",pending,", ",partially_refunded,")).code == 0
    assert totals(cli) == {"#7301": "46.50", "#7302": "15.00"}


ETSY_POST = (
    "Sale Date,Item Name,Quantity,Price,Discount Amount,{kind} Discount,Order {kind},Currency,Transaction ID,Order ID,"
    "{name}\n"
    "11/02/26,Candle,1,14.00,0,{off},4.90,EUR,1,88,Kai\n"
    "11/02/26,Match,1,3.50,0,{again},{post},EUR,2,88,Kai\n"
)


@pytest.mark.parametrize("kind, name", [("Shipping", "Ship Name"), ("Delivery", "Delivery Name")])
@pytest.mark.parametrize(
    "off, again, post, total",
    [("4.90", "0", "0", "17.50"), ("4.90", "4.90", "0", "17.50"), ("1.90", "1.90", "4.90", "20.50")],
)
def test_a_discount_of_etsys_postage_is_taken_off_it(
    cli: Cli, kind: str, name: str, off: str, again: str, post: str, total: str
) -> None:
    text = ETSY_POST.format(kind=kind, name=name, off=off, again=again, post=post)
    ran = create(cli, text, "--email", "desk@example.net")
    assert ran.code == 0, ran.err
    order = held(cli)["88"]
    assert (order["total"], len(order["lines"])) == (total, 2 if total == "17.50" else 3)


def test_a_discount_of_etsys_postage_that_is_larger_than_it_is_a_problem(cli: Cli) -> None:
    text = ETSY_POST.format(kind="Delivery", name="Delivery Name", off="5.90", again="0", post="0")
    nothing_sent(cli, create(cli, text, "--email", "desk@example.net"), "row 2", "Order Delivery", "-1.00")
    text = ETSY_POST.format(kind="Delivery", name="Delivery Name", off="-4.90", again="0", post="4.90")
    nothing_sent(cli, create(cli, text, "--email", "desk@example.net"), "row 2", "-4.90 is below zero")


@pytest.mark.parametrize("taxes", ["0", "0.00", "0.000"])
def test_a_shopify_order_in_a_currency_with_three_decimals_is_read_as_it_is(cli: Cli, taxes: str) -> None:
    text = SHOPIFY.replace("EUR,15.00,0.00,0.00,15.00", f"BHD,20.25,0.00,{taxes},20.25").replace(
        "2,Brush,7.50", "2,Brush,10.125"
    )
    ran = create(cli, text)
    assert ran.code == 0, ran.err
    assert held(cli)["#7302"]["currency"] == "BHD"


def test_the_currency_of_an_option_says_how_a_total_is_divided(cli: Cli) -> None:
    put(cli, '[order]\nreference = "no"\n[line]\nsku = "art"\nquantity = "pcs"\ntotal = "sum"\n', "desk.toml")
    options = ("--map", "desk.toml", "--email", "a@example.net", "--customer-name", "Ann", "--currency", "BHD")
    (fields,) = planned(cli, "no,art,pcs,sum\n1,PEN,2,20.25\n", *options)
    assert "10.125" in fields.values()
