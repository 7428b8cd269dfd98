"""Exports of our own making in the shape of known shops' exports, with their traps, and what must be read of them.

A function for each built-in mapping. They are deterministic by their seed, which also chooses the country: its encoding
and its style of numbers; the options that such a file needs are in `Expected.options`. Each 29th order is cancelled and
each 41st does not come out, where the export can tell.
"""

import csv
import html
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, NamedTuple


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """An order that must be read. `lines` are those of the file alone, each by its SKU or, without one, its name."""

    reference: str
    total: Decimal
    lines: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What must be read of an export: in its order, with what is skipped and what must be a problem.

    `skipped` has "" for an order without a reference. `near` are orders that are read although the file's total is a
    cent off, which is reported; their total here is that of their lines.
    """

    orders: tuple[Ordered, ...]
    skipped: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


class Person(NamedTuple):
    first: str
    last: str
    company: str
    street: str
    street2: str
    zip: str
    city: str
    state: str
    country: str
    phone: str


class Item(NamedTuple):
    """`price` is of one piece, `off` a discount of the whole line, both in the smallest unit."""

    sku: str
    name: str
    quantity: int
    price: int
    off: int

    @property
    def total(self) -> int:
        return self.quantity * self.price

    @property
    def line(self) -> tuple[str, Decimal]:
        return self.sku or self.name, Decimal(self.quantity)


class Sale(NamedTuple):
    """`code` is a discount of the whole order beside those of the lines. Amounts are in the smallest unit."""

    number: int
    person: Person
    items: tuple[Item, ...]
    shipping: int
    code: int

    @property
    def cancelled(self) -> bool:
        return self.number % 29 == 5

    @property
    def broken(self) -> bool:
        return self.number % 41 == 17

    @property
    def goods(self) -> int:
        return sum(item.total for item in self.items)

    @property
    def off(self) -> int:
        return self.code + sum(item.off for item in self.items)

    @property
    def email(self) -> str:
        return f"buyer{self.number}@example.com"


WEST = (
    Person("Ann", "Test", "", "Rue 1", "Apt 3", "69001", "Lyon", "", "FR", "+33 600 000 001"),
    Person("Jürgen", "Groß", "Groß & Söhne", "Straße 7", "", "01067", "Dresden", "", "DE", "+49 351 000002"),
    Person("Bob", "O'Test", "", "2 Main St", "Unit 5, rear", "01234", "Reno", "NV", "US", "555-0100"),
    Person("José", "Peña", "", "Calle 3, 2º", "", "28001", "Madrid", "M", "ES", "+34 600 000 003"),
)
JAPAN = (
    Person("太郎", "山田", "", "千代田1-1", "ビル 3階", "1000001", "千代田区", "東京都", "JP", "0312345678"),
    Person("花子", "髙橋", "", "北1条西2", "", "0600001", "札幌市", "北海道", "JP", "0112345678"),
)
GOODS = (
    ("MUG-1", 'Mug 12" "Blue", large'),
    ("0017", "Plate"),
    ("CAB-2", "Cable, 2 m; black"),
    ("BOOK-9", "The Best of mugs"),
    ("TEE-L", "T-shirt – L / green"),  # noqa: RUF001  (as shops write it)
    ("SET&3", "Set of 3"),
)
JAPANESE_GOODS = (("BR-1", "歯ブラシ ステップ① 8本セット"), ("CUBE-01", "キューブ"), ("0042", "お茶 ～緑～"))  # noqa: RUF001  (in cp932 only)

# The first line of each export.
SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,"
    "Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
)
AMAZON = (
    "order-id,order-item-id,purchase-date,payments-date,buyer-email,buyer-name,buyer-phone-number,sku,product-name,"
    "quantity-purchased,currency,item-price,item-tax,shipping-price,shipping-tax,gift-wrap-price,gift-wrap-tax,"
    "ship-service-level,recipient-name,ship-address-1,ship-address-2,ship-address-3,ship-city,ship-state,"
    "ship-postal-code,ship-country,ship-phone-number,item-promotion-discount,item-promotion-id,"
    "ship-promotion-discount,ship-promotion-id,delivery-start-date,delivery-end-date,delivery-time-zone,"
    "delivery-Instructions,sales-channel"
)
EBAY = (
    "Sales Record Number,Order Number,Buyer Username,Buyer Name,Buyer Email,Buyer Note,Buyer Address 1,"
    "Buyer Address 2,Buyer City,Buyer State,Buyer Zip,Buyer Country,Buyer Tax Identifier Name,"
    "Buyer Tax Identifier Value,Ship To Name,Ship To Phone,Ship To Address 1,Ship To Address 2,Ship To City,"
    "Ship To State,Ship To Zip,Ship To Country,Item Number,Item Title,Custom Label,Sold Via Promoted Listings,Quantity,"
    "Sold For,Shipping And Handling,Item Location,eBay Collect And Remit Tax Rate,Seller Collected Tax,"
    "eBay Collected Tax,Electronic Waste Recycling Fee,eBay Collected Charges,Total Price,"
    "eBay Collected Tax and Fees Included in Total,Payment Method,Sale Date,Paid On Date,Ship By Date,Transaction ID,"
    "Variation Details"
)
ETSY = (
    "Sale Date,Item Name,Buyer,Quantity,Price,Coupon Code,Coupon Details,Discount Amount,Shipping Discount,"
    "Order Shipping,Order Sales Tax,Item Total,Currency,Transaction ID,Listing ID,Date Paid,Date Shipped,Ship Name,"
    "Ship Address1,Ship Address2,Ship City,Ship State,Ship Zipcode,Ship Country,Order ID,Variations,Order Type,"
    "Listings Type,Payment Type,InPerson Discount,InPerson Location,VAT Paid by Buyer,SKU"
)
ODOO = {
    "reference": ("name", "Order Reference"),
    "customer": ("partner_id/name", "Customer"),
    "email": ("partner_id/email", "Customer/Email"),
    "date": ("date_order", "Order Date"),
    "state": ("state", "Status"),
    "sku": ("order_line/product_id/default_code", "Order Lines/Product/Internal Reference"),
    "name": ("order_line/name", "Order Lines/Description"),
    "quantity": ("order_line/product_uom_qty", "Order Lines/Quantity"),
    "price": ("order_line/price_unit", "Order Lines/Unit Price"),
    "off": ("order_line/discount", "Order Lines/Discount (%)"),
    "type": ("order_line/display_type", "Order Lines/Display Type"),
}
"""Each field that is exported, with its technical heading and its label."""

TAOBAO = (
    "订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,买家实际支付金额,"
    "订单状态,买家留言,收货人姓名,收货地址,运送方式,联系电话,联系手机,订单创建时间,订单付款时间,宝贝标题 ,宝贝种类,"
    "物流单号,物流公司,订单备注,宝贝总数量,店铺Id,店铺名称,订单关闭原因,修改后的收货地址"
)
TAOBAO_DETAILS = "订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码"
TAOBAO_ITEMS = "子订单编号,主订单编号,商品标题,价格,购买数量,商品属性,订单状态,商家编码"

ODOO_FURTHER = 3
"""The fewest rows of an order in Odoo's export that has a section."""


def shopify(path: Path, orders: int, seed: int) -> Expected:
    """Write orders_export.csv: further rows blank, taxes inside or on top, discounts, cancelled and refunded orders."""
    random, found = Random(seed), _Found()
    rows: list[Mapping[str, str]] = []
    for sale in _sales(random, orders, no_sku=0.88):
        who, reference = sale.person, f"#{1001 + sale.number}" if sale.number % 19 else f"INT{1001 + sale.number}"
        taxes = _share(sale.goods - sale.off, 19) if sale.number % 3 else 0
        on_top = sale.number % 7 == 1
        total = sale.goods - sale.off + sale.shipping + (taxes if on_top else 0)
        billing_only = sale.number % 60 == 11
        status = "voided" if sale.cancelled else ("paid", "pending", "partially_refunded")[sale.number % 3]
        order = {
            "Financial Status": status,
            "Paid at": "2026-08-04 05:24:22 +0300" if status != "pending" else "",
            "Fulfillment Status": "unfulfilled",
            "Currency": "EUR",
            "Subtotal": _money(sale.goods - sale.off),
            "Shipping": _money(sale.shipping),
            "Taxes": _money(taxes),
            "Total": _money(total + 777 * sale.broken),
            "Discount Code": "SUMMER" if sale.code else "",
            "Discount Amount": _money(sale.off),
            "Cancelled at": "2026-08-05 09:00:00 +0300" if sale.cancelled and sale.number % 2 else "",
            "Refunded Amount": _money(250 if status == "partially_refunded" else 0),
            "Notes": 'please ring\n"twice", or wait' if sale.number % 5 == 0 else "",
            "Phone": who.phone if sale.number % 4 == 0 else "",
            "Id": f"57{10**11 + sale.number}",
            "Tax 1 Name": "VAT 19%" if taxes else "",
            "Tax 1 Value": _money(taxes) if taxes else "",
            **_shopify_address("Billing", who),
            **({} if billing_only else _shopify_address("Shipping", who)),
        }
        for n, item in enumerate(sale.items):
            rows.append(
                {
                    "Name": reference,
                    "Email": sale.email if sale.number % 5 < 3 else "",
                    "Created at": "2026-08-04 05:20:00 +0300",
                    "Lineitem quantity": str(item.quantity),
                    "Lineitem name": item.name,
                    "Lineitem price": _money(item.price),
                    "Lineitem sku": item.sku,
                    "Lineitem discount": _money(item.off),
                    "Vendor": "Our shop",
                    **(order if n == 0 else {}),
                }
            )
        found.add(sale, reference, _amount(total))
    _write(path, SHOPIFY.split(","), rows)
    return found.expected()


def shopify_json(path: Path, orders: int, seed: int) -> Expected:
    """Write orders.json of the REST API: a test order and edited ones are among them."""
    random, found, made = Random(seed), _Found(), []
    for sale in _sales(random, orders, no_sku=0.3):
        who, reference = sale.person, f"#{1001 + sale.number}"
        inside = bool(sale.number % 3)
        taxes = _share(sale.goods - sale.off, 19)
        total = sale.goods - sale.off + sale.shipping + (0 if inside else taxes)
        test = sale.cancelled and sale.number % 2 == 0
        address = {
            "first_name": who.first,
            "last_name": who.last,
            "name": f"{who.first} {who.last}",
            "company": who.company or None,
            "address1": who.street,
            "address2": who.street2 or None,
            "zip": who.zip,
            "city": who.city,
            "province": who.state or None,
            "country": who.country,
            "phone": who.phone,
        }
        made.append(
            {
                "id": 450789469 + sale.number,
                "name": reference,
                "number": 1 + sale.number,
                "order_number": 1001 + sale.number,
                "email": sale.email if sale.number % 5 else "",
                "phone": None,
                "created_at": "2026-08-01T10:00:00+02:00",
                "cancelled_at": "2026-08-02T10:00:00+02:00" if sale.cancelled and not test else None,
                "test": test,
                "currency": "EUR",
                "financial_status": "pending" if sale.number % 4 else "paid",
                "taxes_included": inside,
                "subtotal_price": _money(sale.goods - sale.off),
                "total_line_items_price": _money(sale.goods),
                "total_discounts": _money(sale.off),
                "total_tax": _money(taxes),
                "total_price": _money(total),
                "total_price_set": {"shop_money": {"amount": _money(total)}, "presentment_money": {"amount": "1.00"}},
                **({} if sale.number % 2 else {"current_total_price": _money(total - 100 * sale.broken)}),
                **({"current_total_price": _money(total - 100)} if sale.broken else {}),
                "note": "leave it at the door" if sale.number % 6 == 0 else None,
                "line_items": [
                    {
                        "id": n,
                        "sku": item.sku or None,
                        "title": item.name,
                        "name": item.name,
                        "quantity": item.quantity,
                        "price": _money(item.price),
                        "total_discount": _money(item.off),
                    }
                    for n, item in enumerate(sale.items)
                ],
                "shipping_lines": [{"title": "Post", "price": _money(sale.shipping)}] if sale.shipping else [],
                "customer": {"first_name": who.first, "last_name": who.last},
                "billing_address": address,
                "shipping_address": None if sale.number % 50 == 11 else address,
            }
        )
        found.add(sale, reference, _amount(total))
    _write_json(path, {"orders": made})
    return found.expected()


def woocommerce_json(path: Path, orders: int, seed: int) -> Expected:
    """Write a list of orders of the REST API: lines without tax, fees below zero, totals that are a cent off."""
    random, found, made = Random(seed), _Found(), []
    near = []
    for sale in _sales(random, orders, no_sku=0.2):
        who, reference = sale.person, str(7001 + sale.number)
        lines, total = [], 0
        codes = [_share(item.total, 10) if sale.code else 0 for item in sale.items]
        for item, code in zip(sale.items, codes, strict=True):
            net = item.total - item.off - code
            tax = _share(net, 19)
            total += net + tax
            lines.append(
                {
                    "name": item.name,
                    "sku": item.sku,
                    "quantity": item.quantity,
                    "price": net / item.quantity / 100,
                    "subtotal": _money(item.total),
                    "subtotal_tax": _money(_share(item.total, 19)),
                    "total": _money(net),
                    "total_tax": _money(tax),
                }
            )
        fee = -min(150, total) if sale.number % 11 == 3 else 200 if sale.number % 11 == 4 else 0
        ship_tax = _share(sale.shipping, 19)
        total += fee + sale.shipping + ship_tax
        off_by = 53 if sale.broken else sale.number % 23 == 9
        if sale.number % 23 == 9 and not sale.broken and not sale.cancelled:
            near.append(reference)
        address = {
            "first_name": who.first,
            "last_name": who.last,
            "company": who.company,
            "address_1": who.street,
            "address_2": who.street2,
            "postcode": who.zip,
            "city": who.city,
            "state": who.state,
            "country": who.country,
        }
        gone = ("cancelled", "failed", "refunded", "trash")[sale.number % 4]
        made.append(
            {
                "id": 7001 + sale.number,
                "number": reference,
                "status": gone if sale.cancelled else ("processing", "completed", "on-hold")[sale.number % 3],
                "currency": "EUR",
                "date_created": "2026-08-01T10:00:00",
                "date_created_gmt": "2026-08-01T08:00:00",
                "prices_include_tax": bool(sale.number % 2),
                "discount_total": _money(sum(codes)),
                "shipping_total": _money(sale.shipping),
                "shipping_tax": _money(ship_tax),
                "total": _money(total + off_by),
                "billing": {**address, "email": sale.email, "phone": who.phone},
                "shipping": {} if sale.number % 5 == 0 else address,
                "customer_note": "ring twice" if sale.number % 6 == 0 else "",
                "meta_data": [{"key": "_vat", "value": "DE123"}],
                "line_items": lines,
                "shipping_lines": [
                    {"method_title": "Post", "total": _money(sale.shipping), "total_tax": _money(ship_tax)}
                ],
                "fee_lines": [{"name": "Fee", "total": _money(fee), "total_tax": "0.00"}] if fee else [],
                "coupon_lines": [{"code": "summer", "discount": _money(sum(codes))}] if sale.code else [],
                "refunds": [{"id": 1, "reason": "", "total": "-1.00"}] if sale.number % 17 == 2 else [],
            }
        )
        found.add(sale, reference, _amount(total))
    _write_json(path, made)
    return found.expected(near=near)


def amazon(path: Path, orders: int, seed: int) -> Expected:
    """Write an order report: not quoted, amounts of the line, further rows for promotions; every third in Japanese."""
    random, found = Random(seed), _Found(all_good=True)
    encoding = ("utf-8", "cp1252", "cp932")[seed % 3]
    yen = encoding == "cp932"
    money: Callable[[int], str] = str if yen else _money
    sign = -1 if seed % 2 else 1
    headings = [h for h in AMAZON.split(",") if seed % 4 < 2 or not h.startswith("gift-wrap")]
    rows: list[Mapping[str, str]] = []
    for sale in _sales(random, orders, people=JAPAN if yen else WEST, goods=JAPANESE_GOODS if yen else GOODS):
        who, reference = sale.person, f"{'503' if yen else '111'}-{sale.number:07}-{seed % 10**7:07}"
        total = 0
        for n, item in enumerate(sale.items):
            price = item.total + (sale.number % 13 == 4)
            tax = 0 if yen or sale.number % 3 else _share(price, 8)
            ship = sale.shipping if n == 0 else sale.shipping // 2
            wrap = 250 if "gift-wrap-price" in headings and sale.number % 10 == 6 else 0
            code = min(sale.code, item.total // 10)
            row = {
                "order-id": reference,
                "order-item-id": f"9{sale.number:08}{n}",
                "purchase-date": "2026-08-01T10:00:00+00:00" if yen else "2026-08-01T10:00:00-07:00",
                "buyer-email": f"x{sale.number}@marketplace.example",
                "buyer-name": f"{who.last} {who.first}" if yen else f"{who.first} {who.last}",
                "buyer-phone-number": who.phone,
                "sku": item.sku,
                "product-name": item.name,
                "quantity-purchased": str(item.quantity),
                "currency": "JPY" if yen else "USD",
                "item-price": money(price),
                "item-tax": money(tax),
                "shipping-price": money(ship),
                "shipping-tax": money(0),
                "gift-wrap-price": money(wrap) if wrap else "",
                "recipient-name": f"{who.last} {who.first}" if yen else f"{who.first} {who.last}",
                "ship-address-1": who.street,
                "ship-address-2": who.street2,
                "ship-city": who.city,
                "ship-state": who.state,
                "ship-postal-code": who.zip,
                "ship-country": who.country,
                "item-promotion-discount": money(sign * item.off) if item.off else "",
                "item-promotion-id": "LINE-10" if item.off else "",
                "sales-channel": "Amazon.co.jp" if yen else "Amazon.com",
            }
            rows.append(row)
            if code:
                promotion = {"item-promotion-discount": money(sign * code), "item-promotion-id": "CODE"}
                rows.append({"order-id": reference, "order-item-id": row["order-item-id"], **promotion})
            total += price + tax + ship + wrap - item.off - code
        found.add(sale, reference, Decimal(total) if yen else _amount(total))
    text = "".join("\t".join(row) + "\r\n" for row in [headings, *_cells(headings, rows)])
    path.write_bytes(text.encode(encoding))
    return found.expected(options=() if encoding == "utf-8" else ("--encoding", encoding))


def odoo(path: Path, orders: int, seed: int) -> Expected:
    """Write sale.order.csv with technical headings: cells of the order blank or repeated, sections, per cent off."""
    return _odoo(path, orders, seed, label=0)


def odoo_labels(path: Path, orders: int, seed: int) -> Expected:
    """Write the same with English labels."""
    return _odoo(path, orders, seed, label=1)


def ebay(path: Path, orders: int, seed: int) -> Expected:
    """Write an orders report: a row of sums before several items, tax that eBay keeps, lines around the table."""
    random, found = Random(seed), _Found()
    money, options = _style(seed, ("$", "EUR ", " €"))
    rows: list[Mapping[str, str]] = []
    for sale in _sales(random, orders, no_sku=0.4, discounts=False):
        who = sale.person
        reference = "" if sale.cancelled else f"{10 + sale.number % 20}-{sale.number:05}-{seed % 10**5:05}"
        kept, own = _share(sale.goods, 8) * (sale.number % 3 == 0), _share(sale.goods, 5) * (sale.number % 7 == 3)
        total = sale.goods + sale.shipping + own
        order = {
            "Sales Record Number": str(100 + sale.number),
            "Order Number": reference,
            "Buyer Username": f"buyer_{sale.number}",
            "Buyer Name": f"{who.first} {who.last}",
            "Buyer Email": sale.email,
            "Sale Date": "Sep-18-26",
            "Paid On Date": "" if sale.cancelled else "Sep-18-26",
        }
        whole = {
            "Buyer Note": "ring twice" if sale.number % 6 == 0 else "",
            "Ship To Name": f"{who.first} {who.last}",
            "Ship To Phone": who.phone,
            "Ship To Address 1": who.street,
            "Ship To Address 2": who.street2,
            "Ship To City": who.city,
            "Ship To State": who.state,
            "Ship To Zip": who.zip,
            "Ship To Country": who.country,
            "Quantity": str(sum(item.quantity for item in sale.items)),
            "Sold For": money(sale.goods),
            "Shipping And Handling": money(sale.shipping),
            "Seller Collected Tax": money(own),
            "eBay Collected Tax": money(kept),
            "eBay Collected Charges": money(600 * sale.broken),
            "Total Price": money(total + kept + 600 * sale.broken),
            "eBay Collected Tax and Fees Included in Total": "Yes" if kept else "No",
        }
        items = [
            {
                "Item Number": f"3{10**11 + 10 * sale.number + n}",
                "Item Title": item.name,
                "Custom Label": item.sku,
                "Quantity": str(item.quantity),
                "Sold For": money(item.price),
                "Variation Details": "",
            }
            for n, item in enumerate(sale.items)
        ]
        rows += [order | whole | items[0]] if len(items) == 1 else [order | whole, *(order | item for item in items)]
        found.add(sale, reference, _amount(total))
    _write(
        path,
        EBAY.split(","),
        [{}, *rows],
        encoding="utf-8-sig",
        before="," * EBAY.count(",") + "\n" if seed % 2 else "\n",
        after=f'\n{orders},"record(s) downloaded, from Sep-01-26 to Sep-30-26"\nSeller ID : our_shop\n',
    )
    return found.expected(options=options)


def etsy(path: Path, orders: int, seed: int) -> Expected:
    """Write EtsySoldOrderItems.csv: amounts of the order on its first row or on each, entities, no email."""
    random, found = Random(seed), _Found(all_good=True)
    money, options = _style(seed, ("", "$", ""))
    british = seed % 4 == 3
    headings = ETSY.replace("Ship ", "Delivery ").replace("Order Shipping", "Order Delivery") if british else ETSY
    rows: list[Mapping[str, str]] = []
    for sale in _sales(random, orders, no_sku=0.5):
        who, reference = sale.person, str(3300000001 + sale.number)
        each = sale.number % 4 == 0
        lines = []
        for n, item in enumerate(sale.items):
            variations = ("", "Color:Blue & red, dark", 'Size:L\nPersonalization:"Ann, \'26"')[(sale.number + n) % 3]
            lines.append((item.sku or ", ".join(filter(None, (item.name, variations))), Decimal(item.quantity)))
            row = {
                "Sale Date": "09/14/26",
                "Item Name": html.escape(item.name),
                "Buyer": f"{who.first} {who.last} (buyer{sale.number})" if sale.number % 2 else f"buyer{sale.number}",
                "Quantity": str(item.quantity),
                "Price": money(item.price),
                "Coupon Code": "SUMMER" if sale.off else "",
                "Discount Amount": money(sale.off if each or n == 0 else 0),
                "Order Shipping": money(sale.shipping if each or n == 0 else 0),
                "Order Sales Tax": money(199 if sale.number % 9 == 0 and n == 0 else 0),
                "Item Total": money(item.total),
                "Currency": "USD" if "$" in money(1) else "EUR",
                "Transaction ID": str(4400000001 + 10 * sale.number + n),
                "Listing ID": str(1700000001 + n),
                "Date Paid": "09/15/2026",
                "Ship Name": f"{who.first} {who.last}",
                "Ship Address1": who.street,
                "Ship Address2": who.street2,
                "Ship City": who.city,
                "Ship State": who.state,
                "Ship Zipcode": who.zip,
                "Ship Country": who.country,
                "Order ID": reference,
                "Variations": html.escape(variations),
                "SKU": item.sku,
            }
            rows.append(row)
        found.add(sale, reference, _amount(sale.goods - sale.off + sale.shipping), lines)
    _write(path, ETSY.split(","), rows, headings=headings.split(","), after="\n")
    return found.expected(options=("--email", "shop@example.com", *options))


def magento_json(path: Path, orders: int, seed: int) -> Expected:
    """Write the answer of GET /V1/orders: products with options are two items, amounts also in the shop's currency."""
    random, found, made = Random(seed), _Found(), []
    for sale in _sales(random, orders):
        who, reference = sale.person, f"{100000001 + sale.number:09}"
        tax = _share(sale.goods - sale.off + sale.shipping, 19)
        total = sale.goods - sale.off + sale.shipping + tax
        items: list[dict[str, Any]] = []
        for n, item in enumerate(sale.items):
            options = (sale.number + n) % 3 == 0
            one = {
                "item_id": 10 * sale.number + 2 * n,
                "sku": item.sku,
                "name": item.name,
                "qty_ordered": item.quantity,
                "price": item.price / 100,
                "price_incl_tax": _share(item.price, 119) / 100,
                "row_total": item.total / 100,
                "row_total_incl_tax": _share(item.total, 119) / 100,
                "discount_amount": item.off / 100,
                "product_type": "configurable" if options else "simple",
            }
            items.append(one if n % 2 else {**one, "parent_item_id": None})
            if options:
                child = {**one, "item_id": 10 * sale.number + 2 * n + 1, "parent_item_id": one["item_id"]}
                same = sale.number % 2 == 0
                items.append(child if same else {**child, "price": 0, "row_total": 0, "row_total_incl_tax": 0})
        address = {
            "firstname": who.first,
            "lastname": who.last,
            "company": who.company or None,
            "street": [who.street, who.street2] if who.street2 else [who.street],
            "postcode": who.zip,
            "city": who.city,
            "region": who.state or None,
            "country_id": who.country,
            "telephone": who.phone,
        }
        assigned = [] if sale.number % 50 == 11 else [{"shipping": {"address": address, "method": "flat"}}]
        made.append(
            {
                "increment_id": reference,
                "created_at": "2026-08-01 08:00:00",
                "state": ("canceled", "closed")[sale.number % 2] if sale.cancelled else "processing",
                "status": "any_word_of_the_shop",
                "customer_email": sale.email,
                "customer_firstname": who.first,
                "customer_lastname": who.last,
                "order_currency_code": "EUR",
                "base_currency_code": "USD",
                "base_grand_total": total / 50,
                "subtotal": sale.goods / 100,
                "discount_amount": -sale.off / 100,
                "shipping_amount": sale.shipping / 100,
                "tax_amount": tax / 100,
                "grand_total": (total - 300 * sale.broken) / 100,
                "total_refunded": 1 if sale.number % 17 == 2 else None,
                "billing_address": {**address, "email": sale.email},
                "extension_attributes": {"shipping_assignments": assigned},
                "items": items,
            }
        )
        found.add(sale, reference, _amount(total))
    _write_json(path, {"items": made, "search_criteria": {}, "total_count": orders})
    return found.expected()


def taobao(path: Path, orders: int, seed: int) -> Expected:
    """Write ExportOrderList.csv and, beside it, ExportOrderDetailList.csv, whose orders come the other way round.

    A masked name is a problem, and so is an order without details, or one that was reduced where the list does not say.
    """
    random, found = Random(seed), _Found()
    newer = bool(seed % 2)
    rows: list[Mapping[str, str]] = []
    details: list[list[Mapping[str, str]]] = []
    people = (("张三", "北京 北京市 朝阳区 建国路1号"), ("李小龙", "广东省 深圳市 南山区 科技园2栋3层"))
    for sale in _sales(random, orders, no_sku=0.3):
        who, where = people[sale.number % 2]
        reference = str(4100000000000000000 + sale.number * 1_000_003)
        paid = sale.goods - sale.off + sale.shipping
        hidden = sale.number % 43 == 21 and sale.off > 0
        masked, lost = sale.broken and sale.number % 2 == 0, sale.broken and sale.number % 2 == 1
        good = ("买家已付款，等待卖家发货", "卖家已发货,等待买家确认", "交易成功")[sale.number % 3]  # noqa: RUF001  (both commas occur)
        rows.append(
            {
                "订单编号": f'="{reference}"',
                "买家会员名": f"tb{sale.number}",
                "买家应付货款": _money(sale.goods - sale.off),
                "买家应付邮费": _money(sale.shipping),
                "买家支付积分": "0",
                "总金额": _money(paid if hidden else sale.goods + sale.shipping),
                "买家实际支付金额": _money(paid),
                "订单状态": ("交易关闭", "等待买家付款")[sale.number % 2] if sale.cancelled else good,
                "买家留言": "请尽快发货" if sale.number % 6 == 0 else "",
                "收货人姓名": f"{who[0]}**" if masked else who,
                "收货地址": where,
                "联系手机": f"'138{sale.number:08}\t",
                "订单创建时间": "2026-09-01 10:00:00",
                "宝贝标题 ": "，".join(item.name for item in sale.items),  # noqa: RUF001  (as Taobao joins them)
                "宝贝种类": str(len(sale.items)),
                "宝贝总数量": str(sum(item.quantity for item in sale.items)),
                "修改后的收货地址": f"{where}(新)" if sale.number % 8 == 0 else "",
            }
        )
        if not lost:
            details.append([_taobao_detail(reference, n, item, newer=newer) for n, item in enumerate(sale.items)])
        colour = [", ".join(filter(None, (item.name, "" if n else "颜色:蓝"))) for n, item in enumerate(sale.items)]
        lines = [(item.sku or name, Decimal(item.quantity)) for item, name in zip(sale.items, colour, strict=True)]
        found.add(sale, reference, _amount(paid), lines, broken=sale.broken)
    _write(path, TAOBAO.split(","), rows, encoding="gbk")
    second = path.with_name("ExportOrderDetailList202609.csv")
    listed = [row for some in reversed(details) for row in some]
    _write(second, (TAOBAO_ITEMS if newer else TAOBAO_DETAILS).split(","), listed, encoding="gbk")
    return found.expected(options=("--encoding", "gb18030"))


class _Found:
    """Collects what must be read. With `all_good` the export cannot tell which orders are cancelled or broken."""

    def __init__(self, *, all_good: bool = False) -> None:
        self._orders: list[Ordered] = []
        self._skipped: list[str] = []
        self._problems: list[str] = []
        self._all_good = all_good

    def add(
        self,
        sale: Sale,
        reference: str,
        total: Decimal,
        lines: Sequence[tuple[str, Decimal]] | None = None,
        *,
        broken: bool | None = None,
    ) -> None:
        if sale.cancelled and not self._all_good:
            self._skipped.append(reference)
        elif (sale.broken if broken is None else broken) and not self._all_good:
            self._problems.append(reference)
        else:
            listed = tuple(item.line for item in sale.items) if lines is None else tuple(lines)
            self._orders.append(Ordered(reference=reference, total=total, lines=listed))

    def expected(self, *, near: Iterable[str] = (), options: tuple[str, ...] = ()) -> Expected:
        return Expected(
            orders=tuple(self._orders),
            skipped=tuple(self._skipped),
            problems=tuple(self._problems),
            near=tuple(near),
            options=options,
        )


def _sales(
    random: Random,
    orders: int,
    *,
    no_sku: float = 0.0,
    people: Sequence[Person] = WEST,
    goods: Sequence[tuple[str, str]] = GOODS,
    discounts: bool = True,
) -> Iterator[Sale]:
    """Yield sales: of one item or several, of the same one twice, for nothing, with discounts of lines and orders."""
    for number in range(orders):
        items = []
        for _ in range(random.choice((1, 1, 1, 2, 3))):
            sku, name = random.choice(goods)
            quantity = random.choice((1, 1, 1, 2, 3, 12))
            price = 120_450 if random.random() < 0.02 else random.randrange(100, 6000)
            off = price * quantity // 10 if discounts and random.random() < 0.1 else 0
            items.append(Item("" if random.random() < no_sku else sku, name, quantity, price, off))
        if random.random() < 0.03:
            items.append(Item("GIFT", "Gift", 1, 0, 0))
        worth = sum(item.total - item.off for item in items)
        code = (worth if number % 67 == 3 else worth // 7) if discounts and random.random() < 0.12 else 0
        yield Sale(number, random.choice(people), tuple(items), random.choice((0, 490, 500, 1295)), code)


def _odoo(path: Path, orders: int, seed: int, *, label: int) -> Expected:
    random, found = Random(seed), _Found()
    repeated, coded = seed % 2 == 1, seed % 3 == 1
    rows: list[Mapping[str, str]] = []
    for sale in _sales(random, orders, discounts=False):
        who, reference = sale.person, f"S{10000 + sale.number}"
        state = ("cancel", "draft", "Cancelled", "Quotation Sent")[sale.number % 4] if sale.cancelled else "sale"
        order = {
            "reference": reference,
            "customer": f"{who.first} {who.last}",
            "email": sale.email,
            "date": "2026-08-01 10:00:00",
            "state": "Sales Order" if label and state == "sale" else state,
        }
        lines: list[Mapping[str, str]] = []
        total = Decimal(0)
        section = len(sale.items) >= ODOO_FURTHER or sale.number % 9 == 2
        if section:
            lines.append({"name": "Kitchen, and more", "type": "line_section"})
        for n, item in enumerate(sale.items):
            price, off = item.price // 100 + 1, (0, 0, 5, 15)[(sale.number + n) % 4]
            total += item.quantity * Decimal(price * (100 - off)).scaleb(-2)
            text = f"{item.name}\nas discussed" if n else item.name
            lines.append(
                {
                    "sku": item.sku,
                    "name": text if coded else f"[{item.sku}] {text}",
                    "quantity": f"{item.quantity}.00",
                    "price": f"{price}.00",
                    "off": f"{off}.00",
                }
            )
        if section:
            lines.append({"name": "Deliver in the morning", "type": "line_note"})
        for n, line in enumerate(lines):
            own = {"id": f"__export__.sale_order_{sale.number}"} if n == 0 else {}
            rows.append({**(order if repeated or n == 0 else {}), **line, **own})
        found.add(sale, reference, total, broken=False)
    fields = ["id", *(field for field in ODOO if coded or field != "sku")]
    headings = [ODOO[field][label] if field in ODOO else ("id", "External ID")[label] for field in fields]
    _write(path, fields, rows, headings=headings, quoting=csv.QUOTE_ALL)
    return found.expected()


def _shopify_address(kind: str, who: Person) -> dict[str, str]:
    return {
        f"{kind} Name": f"{who.first} {who.last}",
        f"{kind} Street": ", ".join(filter(None, (who.street, who.street2))),
        f"{kind} Address1": who.street,
        f"{kind} Address2": who.street2,
        f"{kind} Company": who.company,
        f"{kind} City": who.city,
        f"{kind} Zip": f"'{who.zip}" if who.zip.startswith("0") else who.zip,
        f"{kind} Province": who.state,
        f"{kind} Country": who.country,
        f"{kind} Phone": f"'{who.phone}" if who.phone.startswith("+") else who.phone,
    }


def _taobao_detail(reference: str, n: int, item: Item, *, newer: bool) -> dict[str, str]:
    common = {
        "价格": _money(item.price),
        "购买数量": f'="{item.quantity}"' if n else str(item.quantity),
        "商品属性": "" if n else "颜色:蓝",
        "商家编码": f'="{item.sku}"' if item.sku.isdigit() else item.sku,
    }
    if newer:
        return {"子订单编号": f'="{reference}{n}"', "主订单编号": f'="{reference}"', "商品标题": item.name, **common}
    return {"订单编号": f'="{reference}"', "标题": item.name, **common}


def _style(seed: int, signs: tuple[str, str, str]) -> tuple[Callable[[int], str], tuple[str, ...]]:
    """Return how a country writes amounts, and the options that say so: 1,204.50, then 1.204,50 and 1 204,50."""
    if seed % 3 == 0:
        return lambda cents: f"{signs[0]}{cents / 100:,.2f}", ()
    thousands = (".", "\u00a0")[seed % 3 - 1]
    before, after = (signs[1], "") if seed % 3 == 1 else ("", signs[2])
    shape = str.maketrans(",.", f"{thousands},")
    example = f"1{thousands}234,56".replace("\u00a0", " ")
    return lambda cents: before + f"{cents / 100:,.2f}".translate(shape) + after, ("--numbers", example)


def _money(cents: int) -> str:
    return f"{cents / 100:.2f}"


def _amount(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def _share(cents: int, per_cent: int) -> int:
    return (cents * per_cent + 50) // 100


def _cells(fields: Sequence[str], rows: Iterable[Mapping[str, str]]) -> Iterator[list[str]]:
    return ([row.get(field, "") for field in fields] for row in rows)


def _write(
    path: Path,
    fields: Sequence[str],
    rows: Iterable[Mapping[str, str]],
    *,
    headings: Sequence[str] | None = None,
    encoding: str = "utf-8",
    quoting: Any = csv.QUOTE_MINIMAL,
    before: str = "",
    after: str = "",
) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        file.write(before)
        writer = csv.writer(file, lineterminator="\n", quoting=quoting)
        writer.writerow(headings or fields)
        writer.writerows(_cells(fields, rows))
        file.write(after)


def _write_json(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
