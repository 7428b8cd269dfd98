"""The rows of long lists: their time against curl and jq, xmlstarlet and csv.writer, and the memory that they need.

One page of each vendor is made by its emulator. The server, a process of its own, sends it as every page: it puts the
page's number into each id, so that no order comes twice and no time is lost.
"""

import multiprocessing
import re
import shlex
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import chain, islice
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from werkzeug.test import Client

from orderctl.sandbox import load
from tests.bench.measure import Command, Ratio, python

JSON_PAGE, JSON_PAGES = 1000, 100
XML_PAGE, XML_PAGES = 50, 400
"""Orders a page, and pages: 100,000 orders in JSON; 20,000 in XML, which xmlstarlet holds in memory, all of them."""

MANY, FEW = f"list of {JSON_PAGE * JSON_PAGES:,} orders", f"list of {JSON_PAGE * JSON_PAGES // 10:,} orders"
XML_MANY, XML_FEW = f"list of {XML_PAGE * XML_PAGES:,} XML orders", f"list of {XML_PAGE * XML_PAGES // 10:,} XML orders"
ROWS, WRITER = "100,000 rows", "csv.writer"

RATIOS = (
    Ratio(name=f"{MANY}, JSON, to jsonl", command=MANY, base="curl | jq", gate=0.65, aim=0.4),
    Ratio(name="the same, nothing picked by jq", command=MANY, base="curl | jq '.orders[]'"),
    Ratio(name="10 times the orders", command=MANY, base=FEW, gate=10.5),
    Ratio(name=f"{XML_MANY}, to jsonl", command=XML_MANY, base="xmlstarlet", gate=1.6, aim=1.25),
    Ratio(name="10 times the orders", command=XML_MANY, base=XML_FEW, gate=10.5),
    Ratio(name="table of 100,000 rows", command="table", base=WRITER, less=ROWS, less_both=True, gate=3, aim=2),
    Ratio(
        name="the same, on a terminal", command="terminal", base=WRITER, less=ROWS, less_both=True, gate=3, aim=2
    ),
    Ratio(name=f"memory of a {MANY}, MB", command=MANY, of="megabytes", gate=80, aim=60),
    Ratio(name="the same, in orders", command=MANY, base=FEW, of="megabytes", gate=1.1),
    Ratio(name=f"memory of a {XML_MANY}, MB", command=XML_MANY, of="megabytes", gate=80, aim=60),
    Ratio(name="the same, in orders", command=XML_MANY, base=XML_FEW, of="megabytes", gate=1.1),
    Ratio(name="memory of xmlstarlet, MB", command="xmlstarlet", of="megabytes"),
)  # fmt: skip

ORDER_EXTRA = (
    "managerid", "managername", "managerrole", "deliveriID", "deliverinote", "deliveriprice", "sumbase",
    "workflowname", "contractorid", "contractorname", "customfields",
)  # fmt: skip
LINE_EXTRA = (
    "storageId", "storageExternalId", "productsource", "pricewithvat", "pricewithoutvat", "productpricewithvat",
    "productpricewithoutvat", "producttaxvalue", "supplierid", "suppliercode1c", "suppliername", "customfields",
)  # fmt: skip
"""What orderctl keeps in `extra`; named, because jq's `del` is slower."""

JQ = f"""
.orders[] | {{schema: "orderctl.order/1", profile: "shop", vendor: "onebox", id: .orderid, reference: .ordercode,
 number: .ordernumber, title: .ordername, status: "open", vendor_status: .statusname,
 steps: [{{id: null, name: .statusname}}],
 customer: {{id: .clientId, code: .clientcode, name: .clientname, email: .clientemail, phone: .clientphone,
  address: .clientaddress}},
 lines: [.products[] | {{id, sku: null, name, quantity: .count, unit_price: .price, total: null,
  extra: {{{", ".join(LINE_EXTRA)}}}}}],
 currency, total: .sum, paid: null, created_at: .cdate, updated_at: null, due_at: null, note: null,
 extra: {{{", ".join(ORDER_EXTRA)}}}}}
"""

XML_ORDER = (
    "id", "reference", "order_no", "status", "utc_created_at", "utc_updated_at", "target_delivery_date", "remark",
    "order_type_code", "serving_branch_id", "utc_document_date",
)  # fmt: skip
XML_LINE = (
    "product_id", "quantity", "retail_price", "line_no", "unit_id", "unit_name", "unit_quantity",
    "unit_content_quantity", "unit_retail_price", "brand",
)  # fmt: skip

WORK = """
import csv, gc, sys
from io import TextIOWrapper
from orderctl.output import Output
from orderctl.output.encoders import columns
from orderctl.output.kinds import cells

class Terminal(TextIOWrapper):
    def isatty(self):
        return True

gc.disable()
what = sys.argv[1]
out = (Terminal if what == "terminal" else TextIOWrapper)(open("/dev/null", "wb"), encoding="utf-8")
row = cells(tuple(path for path, _ in columns("order", ())))
rows = Output(stdout=out, environ={"COLUMNS": "160"}).rows("order")
writer, ready = csv.writer(out), []
for number in range(100_000):
    document = {
        "id": f"82{number:06}", "reference": f"R-{number:06}", "title": "Order of chairs", "status": "open",
        "vendor_status": "New", "customer": {"name": "Ann Lee"}, "total": f"{number}.50", "currency": "UAH",
        "created_at": "2026-03-01T10:00:00Z",
    }
    if what in ("table", "terminal"):
        rows.add(document)
        continue
    ready.append(row(document))
    if len(ready) == 1000:
        if what == "csv":
            writer.writerows(ready)
        ready.clear()
rows.finish()
"""
"""Lays out rows as orderctl does, or as csv.writer does, or only makes them: that is taken off both."""


NUMBER = b"@@@@"
"""Is where the server puts the page's number, four digits."""


class Page(NamedTuple):
    """An answer: its type, the rows, and what is before and after them."""

    kind: bytes
    head: bytes
    rows: bytes
    foot: bytes


@contextmanager
def commands(orderctl: str) -> Iterator[tuple[list[Command], list[str]]]:
    """Serve pages while the block runs; yield the commands, and what could not be measured and why."""
    notes: list[str] = []
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        onebox, imonggo = onebox_page(), imonggo_page()
        xml = home / "orders.xml"
        with xml.open("wb") as file:
            file.write(imonggo.head)
            file.writelines(imonggo.rows.replace(NUMBER, b"%04d" % n) for n in range(1, XML_PAGES + 1))
            file.write(imonggo.foot)
        environ = {"PATH": "/usr/bin:/bin", "HOME": str(home), "ORDERCTL_CONFIG": str(home / "config.toml")}
        environ |= {"ORDERCTL_SHOP_LOGIN": "sandbox", "ORDERCTL_SHOP_PASSWORD": "sandbox"}
        environ |= {f"ORDERCTL_{name}_TOKEN": "sandbox" for name in ("BRANCH", "FEW_BRANCH")}
        environ |= {"ORDERCTL_FEW_LOGIN": "sandbox", "ORDERCTL_FEW_PASSWORD": "sandbox"}
        profiles = {
            "shop": ("onebox", onebox, JSON_PAGES), "few": ("onebox", onebox, JSON_PAGES // 10),
            "branch": ("imonggo", imonggo, XML_PAGES), "few_branch": ("imonggo", imonggo, XML_PAGES // 10),
        }  # fmt: skip
        urls = {n: stack.enter_context(serving(page, pages)) for n, (_, page, pages) in profiles.items()}
        table = '[profiles.{}]\nvendor = "{}"\nurl = "{}"\nrate = 1000000\n'
        texts = [table.format(name, profiles[name][0], url) for name, url in urls.items()]
        (home / "config.toml").write_text("".join(texts), encoding="utf-8")

        def command(name: str, *args: str) -> Command:
            return Command(name=name, args=args, environ=environ)

        found = [
            command(name, orderctl, "list", "--all", "-o", "jsonl", "-p", profile)
            for name, profile in ((MANY, "shop"), (FEW, "few"), (XML_MANY, "branch"), (XML_FEW, "few_branch"))
        ]
        (home / "filter.jq").write_text(JQ, encoding="utf-8")
        pages = shlex.quote(f"{urls['shop']}/api/orders/get/?login=sandbox&password=sandbox&part=[1-{JSON_PAGES}]")
        for name, jq in (("curl | jq", f"-f {home}/filter.jq"), ("curl | jq '.orders[]'", "'.orders[]'")):
            missing = [program for program in ("curl", "jq") if not shutil.which(program)]
            if missing:
                notes.append(f"{name}: {' and '.join(missing)} not installed")
            else:
                found.append(command(name, "/bin/sh", "-c", f"curl -sf {pages} | jq -c {jq}"))
        starlet = shutil.which("xmlstarlet")
        if starlet:
            found.append(command("xmlstarlet", starlet, "sel", *_template(), str(xml)))
        else:
            notes.append("xmlstarlet: not installed")
        for name, what in ((ROWS, "rows"), (WRITER, "csv"), ("table", "table"), ("terminal", "terminal")):
            found.append(command(name, python(orderctl), "-c", WORK, what))
        yield found, notes


def onebox_page() -> Page:
    """Return a part of the list: orders of one to four lines, each of another customer."""
    with closing(load("onebox", ":memory:")) as app:
        return _onebox_page(Client(app))


def _onebox_page(client: Client) -> Page:
    for number in range(JSON_PAGE):
        order = {
            "login": "sandbox", "password": "sandbox",
            "ordercode": f"{NUMBER.decode()}-{number:04}", "name": f"Chairs for room {number}",
            "clientcode": f"C-{number}", "clientnamefirst": "Ännchen", "clientnamelast": f"Lee {number}",
            "clientemail": f"lee{number}@example.com", "clientphone": f"+380{number:09}",
            "country": "Ukraine", "city": "Київ", "street": "Хрещатик", "street_number": f"{number}",
            "managername": "Inna Leonova", "cdate": f"2026-03-{number % 28 + 1:02} 10:{number % 60:02}:00",
            "deliverynote": "Ring twice" if number % 3 == 0 else "", "custom_colour": "red",
        }  # fmt: skip
        for line in range(number % 4 + 1):
            known = {"id": "100500"} if line % 2 else {"name": f"Chair, model {number}-{line}"}
            for key, value in {**known, "count": f"{line + 1}", "price": f"{number % 97}.50"}.items():
                order[f"productArray[{line}][{key}]"] = value
        if b"ok" not in client.post("/api/orders/add/", data=order).data:
            raise SystemExit("the OneBox emulator refuses an order of the bench")
    body = client.post("/api/orders/get/", data={"login": "sandbox", "password": "sandbox", "part": "1"}).data
    body = re.sub(rb'("order(?:id|number)":")', rb"\g<1>" + NUMBER, body)
    head, bracket, rest = body.partition(b"[")
    rows, end, foot = rest.rpartition(b"]")
    return Page(b"application/json", head + bracket, rows, end + foot)


def imonggo_page() -> Page:
    """Return a page of the list: orders of one to four lines."""
    with closing(load("imonggo", ":memory:")) as app:
        return _imonggo_page(Client(app))


def _imonggo_page(client: Client) -> Page:
    path, login = "/api/orders.xml?branch_id=12", ("sandbox", "X")
    for number in range(XML_PAGE):
        lines = "".join(
            f"<order_line><product_id>{product}</product_id><quantity>{number + 12}</quantity>"
            f"<retail_price>{number}.75</retail_price><unit_id>7</unit_id><unit_name>CASE</unit_name>"
            "<unit_quantity>1</unit_quantity><unit_content_quantity>12</unit_content_quantity></order_line>"
            for product in islice((54018, 9001, 11716, 12806), number % 4 + 1)
        )
        order = (
            f"<order><reference>{NUMBER.decode()}-{number:04}</reference><remark>Für Regal {number}</remark>"
            f"<target_delivery_date>2026-03-{number % 28 + 1:02}</target_delivery_date>"
            f"<serving_branch_id>3</serving_branch_id><order_lines type='array'>{lines}</order_lines></order>"
        )
        made = client.post(path, data=order.encode(), content_type="application/xml", auth=login)
        if made.status_code != 200:
            raise SystemExit("the Imonggo emulator refuses an order of the bench")
    body = client.get(path, auth=login).data
    body = re.sub(rb'(<id type="integer">)', rb"\g<1>" + NUMBER, body)
    start, end = body.index(b"  <order>"), body.index(b"</orders>")
    return Page(b"application/xml", body[:start], body[start:end], body[end:])


def _template() -> list[str]:
    """Return what tells xmlstarlet to print the same columns: a row an order, its lines in it."""
    columns = list(chain.from_iterable(("-v", name, "-o", "\t") for name in XML_ORDER))
    lines = list(chain.from_iterable(("-v", name, "-o", "\t") for name in XML_LINE))
    return ["-t", "-m", "/orders/order", *columns, "-m", "order_lines/order_line", *lines, "-b", "-n"]


@contextmanager
def serving(page: Page, pages: int) -> Iterator[str]:
    """Serve a list of so many full pages from a process of its own; yield its url."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(listening, page, pages), daemon=True)
    server.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.terminate()
        server.join()
        listening.close()


def _serve(listening: socket.socket, page: Page, pages: int) -> None:
    while True:
        connection, _ = listening.accept()
        Thread(target=_answer, args=(connection, page, pages), daemon=True).start()


def _answer(connection: socket.socket, page: Page, pages: int) -> None:
    """Answer the requests of one connection; the page's number is in the url, or alone in a form."""
    with connection, connection.makefile("rb") as sent:
        while asked := sent.readline():
            length = 0
            while (header := sent.readline()) not in {b"\r\n", b""}:
                if header.lower().startswith(b"content-length:"):
                    length = int(header[15:])
            found = re.search(rb"\bpa(?:rt|ge)=(\d+)", asked + sent.read(length))
            number = int(found[1]) if found else 1
            rows = page.rows.replace(NUMBER, b"%04d" % number) if number <= pages else b""
            size = len(page.head) + len(rows) + len(page.foot)
            head = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n" % (page.kind, size)
            connection.sendall(b"".join([head, page.head, rows, page.foot]))
