"""Clients in other languages ask in ways that orderctl does not: each gets what the vendor would answer.

They speak HTTP to an emulator that is served as `sandbox serve` serves it, with its default switches.
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree as ET

import pytest

from orderctl.sandbox import load, serve

BASIC = {"Authorization": "Basic " + b64encode(b"sandbox:sandbox").decode()}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
LOGIN = {"login": "sandbox", "password": "sandbox"}
CUSTOMER = {"clientnamefirst": "Ann", "clientemail": "ann@example.org"}
XML = {"Accept": "application/xml", "Content-Type": "application/xml"}


class Wire:
    """A connection to one emulator; every request is written as the test has it."""

    def __init__(self, url: str) -> None:
        self.connection = HTTPConnection(urlsplit(url).netloc, timeout=10)

    def ask(
        self, method: str, target: str, body: str | bytes = b"", headers: Mapping[str, str] = {}
    ) -> tuple[int, str]:
        data = body.encode() if isinstance(body, str) else body
        self.connection.request(method, target, body=data, headers=dict(headers))
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode()

    def json(self, method: str, target: str, body: str | bytes = b"", headers: Mapping[str, str] = {}) -> Any:
        status, text = self.ask(method, target, body, headers)
        assert status == 200, text
        return json.loads(text)


Served = Callable[[str], Wire]


@pytest.fixture
def served() -> Iterator[Served]:
    """Serve the emulator of a vendor."""
    with ExitStack() as stack:

        def start(vendor: str) -> Wire:
            emulator = stack.enter_context(closing(load(vendor, ":memory:")))
            wire = Wire(stack.enter_context(serve.running(emulator)))
            stack.callback(wire.connection.close)
            return wire

        yield start


# OneBox


def onebox_orders(wire: Wire, **asked: str) -> list[dict[str, Any]]:
    return list(wire.json("GET", "/api/orders/get/?" + urlencode({**LOGIN, **asked}))["orders"])


def test_onebox_all_in_a_query_string_written_by_hand(served: Served) -> None:
    wire = served("onebox")
    target = (
        "/api/orders/add/?login=sandbox&password=sandbox&clientnamefirst=Ann&clientphone=380441234567&ordercode=Q-1"
        "&&productArray[0][name]=Red+mug&productArray[0][price]=102.5&productArray[0][count]=2"
        "&workflowid=1&statusid=2"
    )
    assert wire.json("GET", target) == {"result": "ok", "orderId": 82806}
    (order,) = onebox_orders(wire, orderid="Q-1")
    assert (order["products"][0]["name"], order["sum"], order["statusname"]) == ("Red mug", "205.00", "Confirmed")


def test_onebox_all_in_a_form(served: Served) -> None:
    wire = served("onebox")
    order = {**LOGIN, **CUSTOMER, "productArray[0][id]": "100500", "productArray[0][count]": "1"}
    assert wire.json("POST", "/api/orders/add/", urlencode(order), FORM) == {"result": "ok", "orderId": 82806}
    got = wire.json("POST", "/api/orders/get/", urlencode({**LOGIN, "orderid": "82806"}), FORM)
    assert got["orders"][0]["clientname"] == "Ann"


def test_onebox_json_with_the_credentials_inside(served: Served) -> None:
    wire = served("onebox")
    order = {**LOGIN, **CUSTOMER, "workflowid": 1, "statusid": 3, "productArray": [{"name": "Mug", "price": 5}]}
    target = "/api/orders/add/?dataFromBody=1"
    assert wire.json("POST", target, json.dumps(order), JSON) == {"result": "ok", "orderId": 82806}
    wrong = wire.json("POST", target, json.dumps({**order, "password": "wrong"}), JSON)
    assert wrong == {"result": "fail", "errors": "Login or password not correct!"}
    pushed = {**LOGIN, "orderid": 82806, "statusid": 4}
    assert wire.json("POST", "/api/orders/update/?dataFromBody=1", json.dumps(pushed), JSON) == {"result": "ok"}
    assert onebox_orders(wire, orderid="82806")[0]["statusname"] == "Delivered"


def test_onebox_a_filtered_list_without_a_part(served: Served) -> None:
    wire = served("onebox")
    for email in ("ann@example.org", "bob@example.org"):
        wire.json("POST", "/api/orders/add/", urlencode({**LOGIN, **CUSTOMER, "clientemail": email}), FORM)
    assert [order["orderid"] for order in onebox_orders(wire, clientemail="bob@example.org")] == ["82807"]
    assert len(onebox_orders(wire, statusid="1")) == 2
    assert wire.json("GET", "/api/orders/get/?" + urlencode(LOGIN)) == {"result": "fail", "errors": "orderId_empty"}


# Imonggo


ORDER = (
    '<?xml version="1.0" encoding="UTF-8"?><order><reference>17-204</reference><order_lines type="array">'
    "<order_line><product_id>54018</product_id><quantity>20</quantity></order_line></order_lines></order>"
)


def test_imonggo_the_token_first_and_no_branch_anywhere(served: Served) -> None:
    wire = served("imonggo")
    login = urlencode({"email": "sandbox@example.com", "password": "sandbox"})
    status, text = wire.ask("GET", f"/api/tokens.xml?{login}")
    token = ET.fromstring(text).findtext("api_token")
    assert (status, token) == (200, "sandbox")
    headers = {**XML, "Authorization": "Basic " + b64encode(f"{token}:X".encode()).decode()}
    status, text = wire.ask("POST", "/api/orders.xml", ORDER, headers)
    order = ET.fromstring(text)
    assert (status, order.findtext("reference")) == (200, "17-204")
    status, text = wire.ask("GET", "/api/orders.xml?page=1", headers=headers)
    assert [found.findtext("id") for found in ET.fromstring(text)] == [order.findtext("id")]
    target = f"/api/orders/{order.findtext('id')}.xml"
    assert wire.ask("GET", target, headers=headers)[0] == 200
    assert wire.ask("DELETE", f"{target}?reason=wrong%20order", headers=headers)[0] == 200
    status, text = wire.ask("POST", "/api/orders.xml", ORDER, headers)
    assert (status, "Reference has already been taken" in text) == (422, True)


def test_imonggo_a_login_that_does_not_match_has_no_token(served: Served) -> None:
    wire = served("imonggo")
    login = urlencode({"email": "sandbox@example.com", "password": "wrong"})
    assert wire.ask("GET", f"/api/tokens.xml?{login}")[0] == 404
    assert wire.ask("GET", "/api/tokens.xml")[0] == 404


# Flyerlink


def test_flyerlink_what_an_order_needs_is_looked_up_first(served: Served) -> None:
    wire = served("flyerlink")
    customer = wire.json("GET", "/api.php/customers?format=json", headers=BASIC)["customers"][0]["code"]
    contact = wire.json("GET", f"/api.php/customers/{customer}/contacts?format=json", headers=BASIC)["contacts"][0]
    addresses = wire.json("GET", f"/api.php/customers/{customer}/addresses?format=json", headers=BASIC)["addresses"]
    assert [address["id"] for address in addresses] == ["41201", "41202"]
    parts = {"title": "Flyers", "customer": customer, "contact": contact["id"], "format": "json"}
    body = "".join(
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts.items()
    )
    kind = {"Content-Type": "multipart/form-data; boundary=edge"}
    made = wire.json("POST", "/api.php/orders", f"{body}--edge--\r\n", {**BASIC, **kind})
    assert made == {"response": {"status": "ok", "id": "DVQLK"}}


@pytest.mark.parametrize("place", ["query", "form"])
def test_flyerlink_a_put_says_what_it_changes_in_its_query_or_in_a_form(served: Served, place: str) -> None:
    wire = served("flyerlink")
    change = urlencode({"reference": "#123", "format": "json"})
    target, body = (f"/api.php/orders/XYTVP?{change}", "") if place == "query" else ("/api.php/orders/XYTVP", change)
    assert wire.json("PUT", target, body, {**BASIC, **FORM}) == {"response": {"status": "ok"}}
    assert wire.json("GET", "/api.php/orders/XYTVP?format=json", headers=BASIC)["order"]["reference"] == "#123"


# Qince


def qince(wire: Wire, call: str, body: Mapping[str, Any]) -> Any:
    """Ask as the client in production does: a timestamp of 13 digits, a msg_id of 11."""
    text = json.dumps(body)
    moment = "1764230400000"
    digest = hashlib.md5(f"{text}|sandbox|{moment}".encode(), usedforsecurity=False).hexdigest()
    answer = wire.json("POST", f"/api/ig/v1/{call}/sandbox/{moment}/{digest}/12345678901", text, JSON)
    assert (answer["return_code"], answer["msg_id"]) == (0, "12345678901"), answer
    return answer["response_data"]


def qince_order(wire: Wire) -> str:
    row = {"pd_id": "5279580533528147536", "unit_id": "5722517964131842984", "pd_count": "2", "actual_price": "20"}
    fields = {"customer": "6928823652322085688", "order_date": "2026-03-09"}
    made = qince(wire, "orderAdd", {"fields": json.dumps(fields), "slave_fields": {"ig_order_detail": [row]}})
    return str(made)


def test_qince_numbers_as_text_no_sorts_and_or_for_one_filter(served: Served) -> None:
    wire = served("qince")
    order, _other = qince_order(wire), qince_order(wire)
    for operator, key in (("EQ", "id"), ("EQ", "order_id")):
        call = "orderQuery" if key == "id" else "orderDetailQuery"
        filters = [{"field_key": key, "operator": operator, "field_values": [order]}]
        group = {"connector": "OR", "filters": filters}
        (found,) = json.loads(qince(wire, call, {"page": "1", "rows": "100", "query_group": [group]}))
        assert found["id"] == order or found["order_id"]["id"] == order
    assert len(json.loads(qince(wire, "orderQuery", {"page": "1", "rows": "1", "query_group": []}))) == 1


def test_qince_times_as_epoch_milliseconds_in_text(served: Served) -> None:
    wire = served("qince")
    order = qince_order(wire)

    def between(*bounds: tuple[str, str]) -> list[str]:
        filters = [{"field_key": "create_time", "operator": op, "field_values": [text]} for op, text in bounds]
        group = {"connector": "AND", "filters": filters}
        rows = json.loads(qince(wire, "orderQuery", {"page": "1", "rows": "100", "query_group": [group]}))
        return [row["id"] for row in rows]

    assert between(("GT", "1764230400000"), ("LT", "4102444800000")) == [order]
    assert between(("GT", "4102444800000")) == []
    assert between(("LT", "1764230400000")) == []


# OMFlow


def test_omflow_numbers_as_text_and_a_form_in_a_text(served: Served) -> None:
    wire = served("omflow")
    code = wire.json("POST", "/accounts/api/security/get/", headers=BASIC)["result"]["security"]
    same = {"security": code, "omflow_restapi": "1"}
    items = [
        {"id": "FORMITM_1", "value": "Widget", "type": "inputbox"},
        {"id": "FORMITM_2", "value": "3", "type": "inputbox"},
    ]
    made = wire.json(
        "PUT",
        "/rest/flowmanage/api/omdata/edit/orderplain/",
        json.dumps({**same, "action": "create", "formdata": json.dumps(items)}),
    )
    assert (made["status"], made["result"]) == (200, 1)
    asked = {**same, "start": "0", "limit": "100", "search_columns": ["data_no"]}
    rows = wire.json("POST", "/rest/flowmanage/api/omdata/list/orderplain", json.dumps(asked), FORM)["result"]
    assert {row["data_no"] for row in rows} == {1}
    form = wire.json("POST", "/rest/flowmanage/api/omdata-data-id/get/orderplain", urlencode({**same, "data_no": "1"}))
    assert form["status"] == 200
