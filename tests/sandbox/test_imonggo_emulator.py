"""The Imonggo emulator does what the vendor's document says, oddities included."""

import weakref
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from werkzeug.test import Client, TestResponse

from orderctl.sandbox import load
from orderctl.sandbox.imonggo.emulator import TABLES, Emulator
from orderctl.sandbox.store import Store

# The vendor's examples, verbatim but for the token.
HEADERS = {"Accept": "application/xml", "Content-Type": "application/xml"}
EXAMPLE_1 = """<order>
  <remark>Sample order with units</remark>
  <target_delivery_date>2014-05-01</target_delivery_date>
  <order_lines type="array">
    <order_line>
      <product_id>54018</product_id>
      <quantity>20</quantity>
    </order_line>
  </order_lines>
</order>"""
EXAMPLE_2 = """<order>
  <remark>Hello mark</remark>
  <order_lines type="array">
    <order_line>
      <product_id>11716</product_id>
      <quantity>9</quantity>
    </order_line>
    <order_line>
      <product_id>12806</product_id>
      <quantity>120</quantity>
      <unit_id>10</unit_id>
      <unit_name>CASE</unit_name>   
      <unit_quantity>10</unit_quantity> 
      <unit_content_quantity>12</unit_content_quantity>
      <unit_retail_price>1200</unit_retail_price>       
    </order_line>
  </order_lines>
</order>"""  # noqa: W291 - the vendor's own blanks


class Account:
    """An account in memory whose clock is where the test puts it."""

    def __init__(self, *, authenticate: bool = True, **switches: str) -> None:
        self.store = Store(":memory:", TABLES)
        weakref.finalize(self, self.store.close)
        self.clock = datetime(2026, 3, 7, 2, 15, 40, 123456, tzinfo=UTC)
        named = {name.replace("_", "-"): value for name, value in switches.items()}
        emulator = Emulator(self.store, named, authenticate=authenticate, now=lambda: self.clock)
        self.client = Client(emulator)

    def call(
        self,
        method: str,
        path: str = "/api/orders.xml",
        *,
        body: str = "",
        login: str = "sandbox:X",
        content_type: str = "application/xml",
        **query: str,
    ) -> TestResponse:
        auth = {} if not login else {"Authorization": f"Basic {b64encode(login.encode()).decode()}"}
        headers = {**HEADERS, "Content-Type": content_type, **auth}
        return self.client.open(
            path, method=method, data=body, headers=headers, query_string={"branch_id": "12", **query}
        )

    def create(self, fields: str = "", *, lines: str = "", **query: str) -> TestResponse:
        lines = lines or "<order_line><product_id>54018</product_id><quantity>1</quantity></order_line>"
        body = f'<order>{fields}<order_lines type="array">{lines}</order_lines></order>'
        return self.call("POST", body=body, **query)

    def made(self, fields: str = "", *, lines: str = "", **query: str) -> str:
        answer = self.create(fields, lines=lines, **query)
        assert answer.status_code == 200, answer.text
        return fromstring(answer.text).findtext("id") or ""

    def get(self, order: object, **query: str) -> Element:
        answer = self.call("GET", f"/api/orders/{order}.xml", **query)
        assert answer.status_code == 200, answer.text
        return fromstring(answer.text)

    def ids(self, **query: str) -> list[str]:
        answer = self.call("GET", **query)
        assert answer.status_code == 200, answer.text
        return [order.findtext("id") or "" for order in fromstring(answer.text)]


@pytest.fixture
def account() -> Account:
    return Account()


def refused(answer: TestResponse) -> list[str]:
    assert answer.status_code == 422, answer.text
    root = fromstring(answer.text)
    assert root.tag == "errors"
    assert {error.tag for error in root} == {"error"}
    return [error.text or "" for error in root]


# The documented examples


def test_documented_example_1(account: Account) -> None:
    answer = account.call("POST", body=EXAMPLE_1)
    assert answer.status_code == 200
    order = fromstring(answer.text)
    assert order.tag == "order"
    assert (order.findtext("id"), order.findtext("order_no")) == ("70412", "1")
    assert (order.findtext("remark"), order.findtext("target_delivery_date")) == (
        "Sample order with units",
        "2014-05-01",
    )
    line = order.find("order_lines/order_line")
    assert line is not None
    assert (line.findtext("product_id"), line.findtext("quantity")) == ("54018", "20.0")
    assert line.find("retail_price") is None  # the page's text speaks of a price of 100 that its example does not have


def test_documented_example_2(account: Account) -> None:
    order = fromstring(account.call("POST", body=EXAMPLE_2).text)
    line = order.findall("order_lines/order_line")[1]
    assert {e.tag: e.text for e in line} == {
        "line_no": "2",
        "product_id": "12806",
        "quantity": "120.0",
        "unit_id": "10",
        "unit_name": "CASE",
        "unit_quantity": "10.0",
        "unit_content_quantity": "12.0",
        "unit_retail_price": "1200.0",
        "brand": None,
    }


def test_documented_cancel_takes_a_reason_that_is_not_encoding(account: Account) -> None:
    order = account.made()
    answer = account.client.open(
        f"/api/orders/{order}.xml?reason=wrong%order&branch_id=12",
        method="DELETE",
        auth=("sandbox", "X"),
        headers=HEADERS,
    )
    assert answer.status_code == 200
    (_, cancel) = account.store.calls(order)
    assert cancel.fields["reason"] == "wrong%order"
    assert refused(account.call("DELETE", f"/api/orders/{order}.xml", reason="x")) == [
        "Order has already been cancelled"
    ]
    assert account.call("DELETE", "/api/orders/12345.xml", reason="x").status_code == 404


def test_documented_list_and_get(account: Account) -> None:
    assert account.call("GET").text == "<orders/>\n"
    order = account.made()
    root = fromstring(account.call("GET").text)
    assert (root.tag, root.attrib) == ("orders", {"type": "array"})
    assert account.ids() == [order]
    assert account.get(order).findtext("id") == order
    missing = account.call("GET", "/api/orders/123456.xml")
    assert missing.status_code == 404
    assert fromstring(missing.text).findtext("error") == "Not Found"


def test_an_answer_has_the_real_shape(account: Account) -> None:
    order = account.get(account.made("<reference>17-204</reference><serving_branch_id>3</serving_branch_id>"))
    assert {e.tag: e.get("type") for e in order} == {
        "id": "integer",
        "order_no": "integer",
        "reference": None,
        "order_type_code": None,
        "serving_branch_id": "integer",
        "target_delivery_date": "date",
        "remark": None,
        "status": None,
        "utc_document_date": "datetime",
        "utc_created_at": "datetime",
        "utc_updated_at": "datetime",
        "order_lines": "array",
    }
    assert order.findtext("utc_created_at") == "2026-03-07T02:15:40Z"
    assert order.findtext("order_type_code") == "stock_request"
    remark = order.find("remark")
    assert remark is not None
    assert remark.get("nil") == "true"


# Login, paths, branches


@pytest.mark.parametrize("login", ["", "wrong:X", "sandbox", ":sandbox", ":"])
def test_a_wrong_token_is_401(account: Account, login: str) -> None:
    for method in ("GET", "POST"):
        answer = account.call(method, login=login)
        assert (answer.status_code, answer.text) == (401, "HTTP Basic: Access denied.\n")


@pytest.mark.parametrize("header", ["", "Basic", "Basic !!!", "Bearer sandbox", "Basic \xff"])
def test_an_odd_authorization_is_401(account: Account, header: str) -> None:
    assert account.client.get("/api/orders.xml", headers={"Authorization": header}).status_code == 401


def test_the_password_may_be_anything(account: Account) -> None:
    assert account.call("GET", login="sandbox:anything").status_code == 200
    assert Account(authenticate=False).call("GET", login="").status_code == 200


def test_a_token_comes_from_email_and_password(account: Account) -> None:
    asked = {"email": "sandbox@example.com", "password": "sandbox"}
    answer = account.client.get("/api/tokens.xml", query_string=asked)
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    root = fromstring(answer.text)
    assert (root.tag, [(child.tag, child.text) for child in root]) == ("hash", [("api_token", "sandbox")])
    assert account.call("GET", login=f"{root.findtext('api_token')}:X", branch_id="").status_code == 200
    assert account.client.post("/api/tokens.xml", query_string=asked).status_code == 405


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"email": "sandbox@example.com"},
        {"email": "sandbox@example.com", "password": "wrong"},
        {"email": "nobody@example.com", "password": "sandbox"},
        {"email": "", "password": "sandbox"},
    ],
)
def test_there_is_not_a_token_for_a_login_that_does_not_match(account: Account, asked: dict[str, str]) -> None:
    answer = account.client.get("/api/tokens.xml", query_string=asked, headers=HEADERS)
    assert answer.status_code == 404
    assert "sandbox" not in answer.text


@pytest.mark.parametrize(
    "path", ["/api/orders", "/api/orders.json", "/api/orders/1", "/orders.xml", "/api/tokens.json"]
)
def test_other_paths_are_404(account: Account, path: str) -> None:
    assert account.call("GET", path).status_code == 404


def test_an_order_cannot_be_changed(account: Account) -> None:
    order = account.made()
    assert account.call("PUT", f"/api/orders/{order}.xml", body=EXAMPLE_1).status_code == 405
    assert account.call("DELETE").status_code == 405


@pytest.mark.parametrize("branch", ["", "1", "9", "99", "x"])
def test_a_branch_must_be_active_and_not_the_head_office(branch: str) -> None:
    account = Account(branches="several")
    order = account.made()
    (text,) = refused(account.call("GET", branch_id=branch))
    assert text == ("Branch can't be blank" if not branch else "Branch is invalid")
    refused(account.create(branch_id=branch))
    refused(account.call("DELETE", f"/api/orders/{order}.xml", reason="x", branch_id=branch))


def test_orders_belong_to_their_branch_and_ids_to_the_account() -> None:
    account = Account(branches="several")
    one, two = account.made(), account.made(branch_id="7")
    assert (one, two) == ("70412", "70413")
    assert [account.get(two, branch_id="7").findtext("order_no"), account.ids()] == ["1", [one]]
    assert account.call("GET", f"/api/orders/{two}.xml").status_code == 404
    assert account.call("DELETE", f"/api/orders/{two}.xml", reason="x").status_code == 404


def test_an_account_with_one_branch_needs_none(account: Account) -> None:
    order = account.made(branch_id="")
    assert account.ids(branch_id="") == account.ids(branch_id="12") == [order]
    assert account.get(order, branch_id="").findtext("id") == order
    for other in ("1", "3", "7", "9", "99"):
        assert refused(account.call("GET", branch_id=other)) == ["Branch is invalid"]
    assert account.made("<serving_branch_id>3</serving_branch_id>")  # the warehouse serves, and takes no orders


def test_an_id_is_read_as_far_as_it_is_a_number(account: Account) -> None:
    order = account.made()
    assert account.get(f"{order}abc").findtext("id") == order
    assert account.call("GET", "/api/orders/abc.xml").status_code == 404


def test_a_request_line_that_is_too_long_is_414(account: Account) -> None:
    order = account.made()
    assert account.call("DELETE", f"/api/orders/{order}.xml", reason="x" * 9000).status_code == 414


# Create


def test_created_may_be_201() -> None:
    assert Account(created="201").create().status_code == 201


@pytest.mark.parametrize(
    "body, status",
    [
        ("", 400),
        ("<order>", 400),
        ("{}", 400),
        ("<!DOCTYPE a []><order/>", 400),
        ("<order/>", 422),
        ("<invoice/>", 422),
    ],
)
def test_a_body_that_is_not_an_order(account: Account, body: str, status: int) -> None:
    assert account.call("POST", body=body).status_code == status
    assert not account.store.calls()


def test_a_body_that_does_not_say_that_it_is_xml_is_not_read(account: Account) -> None:
    form = "application/x-www-form-urlencoded"
    assert "Order lines can't be blank" in refused(account.call("POST", body=EXAMPLE_1, content_type=form))


@pytest.mark.parametrize(
    "fields, lines, problem",
    [
        ("<status>D</status>", "", "status is not a valid writable field"),
        ("<id>5</id>", "", "id is not a valid writable field"),
        ("<serving_branch_id>9</serving_branch_id>", "", "Serving branch can't be blank"),
        ("", "<order_line><quantity>1</quantity></order_line>", "Product can't be blank"),
        ("", "<order_line><product_id>5</product_id><quantity>1</quantity></order_line>", "Product can't be blank"),
        ("", "<order_line><product_id>9001</product_id></order_line>", "Quantity can't be blank"),
        (
            "",
            "<order_line><product_id>9001</product_id><quantity>x</quantity></order_line>",
            "Quantity is not a number",
        ),
        (
            "",
            "<order_line><product_id>9001</product_id><quantity>NaN</quantity></order_line>",
            "Quantity is not a number",
        ),
        (
            "",
            "<order_line><product_id>9001</product_id><quantity>1</quantity><price>1</price></order_line>",
            "price is not a valid writable field",
        ),
    ],
)
def test_what_a_create_refuses(account: Account, fields: str, lines: str, problem: str) -> None:
    assert refused(account.create(fields, lines=lines)) == [problem]
    assert account.ids() == []


def test_every_problem_is_reported_once(account: Account) -> None:
    told = refused(account.create("<a/>", lines="<order_line/><order_line/>"))
    assert told == ["a is not a valid writable field", "Product can't be blank", "Quantity can't be blank"]


def test_an_account_may_know_only_the_documented_fields() -> None:
    account = Account(writable="documented")
    assert account.call("POST", body=EXAMPLE_2).status_code == 200
    assert refused(account.create("<reference>R</reference>")) == ["reference is not a valid writable field"]


def test_a_used_reference_is_refused_and_its_order_named() -> None:
    account = Account(branches="several")
    order = account.made("<reference>R</reference>")
    taken = [f"Reference has already been taken. Order ID [{order}]"]
    assert refused(account.create("<reference>R</reference>")) == taken
    assert refused(account.create("<reference>R</reference>", branch_id="7")) == taken
    account.call("DELETE", f"/api/orders/{order}.xml", reason="x")
    assert refused(account.create("<reference>R</reference>")) == taken
    assert account.made() != account.made()  # without a reference nothing is checked


def test_how_a_used_reference_is_refused_may_differ() -> None:
    account = Account(taken="plain", reference_scope="branch", branches="several")
    account.made("<reference>R</reference>")
    assert refused(account.create("<reference>R</reference>")) == ["Reference has already been taken"]
    assert account.made("<reference>R</reference>", branch_id="7")


def test_lines_may_be_limited() -> None:
    account = Account(most_lines="2")
    line = "<order_line><product_id>9001</product_id><quantity>1</quantity></order_line>"
    assert refused(account.create(lines=line * 3)) == ["Order lines is too long (maximum is 2)"]


def test_dates_that_cannot_be_read_are_none_without_a_word(account: Account) -> None:
    fields = "<target_delivery_date>soon</target_delivery_date><utc_document_date>soon</utc_document_date>"
    order = account.get(account.made(fields + "<serving_branch_id/>"))
    assert (order.findtext("target_delivery_date"), order.findtext("serving_branch_id")) == ("", "")
    assert order.findtext("utc_document_date") == "2026-03-07T02:15:40Z"


@pytest.mark.parametrize(
    "sent, shown",
    [
        ("2013-05-05T00:00:00Z", "2013-05-05T00:00:00Z"),
        ("2013-05-05 00:00:00", "2013-05-05T00:00:00Z"),
        ("2013/05/05 00:00:00+08:00", "2013-05-04T16:00:00Z"),
    ],
)
def test_a_document_date_may_be_sent(account: Account, sent: str, shown: str) -> None:
    order = account.get(account.made(f"<utc_document_date>{sent}</utc_document_date>"))
    assert order.findtext("utc_document_date") == shown


def test_text_and_attributes_of_ones_own_come_back(account: Account) -> None:
    fields = '<remark>a &lt;b&gt; &amp; "c" 茶 🍵&#13;\n</remark><extras><shelf>4</shelf></extras>'
    line = "<order_line><product_id>9001</product_id><quantity>1.250</quantity><brand>B</brand></order_line>"
    order = account.get(account.made(fields, lines=line))
    assert order.findtext("remark") == 'a <b> & "c" 茶 🍵\r\n'
    assert order.findtext("extras/shelf") == "4"
    assert order.findtext("order_lines/order_line/quantity") == "1.25"
    assert order.findtext("order_lines/order_line/brand") == "B"


def test_everything_that_was_sent_is_kept(account: Account) -> None:
    order = account.call("POST", body=EXAMPLE_1)
    assert order.status_code == 200
    (call,) = account.store.calls()
    assert call.call == "create"
    assert call.fields["order"]["order_lines"] == [{"product_id": "54018", "quantity": "20"}]


@pytest.mark.parametrize("body, text", [("empty", ""), ("no-id", "<order>")])
def test_a_create_may_answer_less(body: str, text: str) -> None:
    answer = Account(created_body=body).create()
    assert text in answer.text
    assert "<id" not in answer.text


# Lists


def test_pages_have_fifty_orders(account: Account) -> None:
    made = [account.made() for _ in range(51)]
    assert account.ids() == account.ids(page="0") == account.ids(page="x") == made[:50]
    assert account.ids(page="2") == made[50:]
    assert account.ids(page="3") == []
    assert account.ids(per_page="20", page="3") == made[40:]
    assert account.ids(per_page="1000") == made
    assert account.ids(per_page="0") == made[:50]


def test_a_list_counts_and_filters(account: Account) -> None:
    first = account.made("<reference>A</reference>")
    account.clock += timedelta(hours=1)
    second = account.made("<reference>B</reference>")
    account.clock += timedelta(hours=1)
    account.call("DELETE", f"/api/orders/{second}.xml", reason="x")
    assert '<count type="integer">2</count>' in account.call("GET", q="count").text
    expected: list[tuple[dict[str, str], list[str]]] = [
        ({"reference": "B"}, [second]),
        ({"after": "2026-03-07T02:15:40Z"}, [second]),  # not those of that very second
        ({"after": "2026-03-07T02:15:39Z"}, [first, second]),
        ({"before": "2026-03-07 04:15:40"}, [first]),
        ({"from": "2026-03-07T03:15:40Z"}, [second]),
        ({"to": "2026-03-07T02:15:40Z"}, [first]),
        ({"active_only": "1"}, [first]),
        ({"intransit": "1"}, [first]),
        ({"intransit": "0"}, []),
        ({"status": "D"}, [second]),
        ({"after": "soon"}, [first, second]),
        ({"user_id": "5"}, [first, second]),
    ]
    for query, found in expected:
        assert account.ids(**query) == found, query


def test_a_list_may_know_only_page() -> None:
    account = Account(filters="page", order="newest")
    made = [account.made(f"<reference>{n}</reference>") for n in range(3)]
    assert account.ids(reference="1", per_page="1", active_only="1") == made[::-1]
    assert "<orders" in account.call("GET", q="count").text


@pytest.mark.parametrize("empty, status, text", [("array", 200, '<orders type="array"/>\n'), ("204", 204, "")])
def test_an_empty_list_may_look_otherwise(empty: str, status: int, text: str) -> None:
    answer = Account(empty=empty).call("GET")
    assert (answer.status_code, answer.text) == (status, text)


# Cancel


def test_a_cancel_needs_a_reason_and_leaves_the_order_readable(account: Account) -> None:
    order = account.made()
    for reason in ({}, {"reason": " "}):
        assert refused(account.call("DELETE", f"/api/orders/{order}.xml", **reason)) == ["Reason can't be blank"]
    account.clock += timedelta(hours=1)
    answer = account.call("DELETE", f"/api/orders/{order}.xml", reason="wrong order")
    assert fromstring(answer.text).findtext("status") == "D"
    assert account.get(order).findtext("utc_updated_at") == "2026-03-07T03:15:40Z"
    assert account.ids() == [order]


def test_a_cancelled_order_may_be_gone() -> None:
    account = Account(cancelled="gone", deleted_body="empty", already="plain")
    order, other = account.made(), account.made()
    assert account.call("DELETE", f"/api/orders/{order}.xml", reason="x").text == " "
    assert account.call("GET", f"/api/orders/{order}.xml").status_code == 404
    assert account.ids() == [other]
    assert refused(account.call("DELETE", f"/api/orders/{order}.xml", reason="x")) == ["Order is invalid"]


# What may differ


def test_answers_may_do_without_types_and_tell_products() -> None:
    account = Account(types="off", product_names="on")
    order = account.get(account.made())
    assert {e.get("type") for e in order.iter()} == {None, "array"}
    assert order.findtext("order_lines/order_line/product_name") == "Cup"
    assert order.findtext("order_lines/order_line/product_stock_no") == "CUP-7"


@pytest.mark.parametrize(
    "switches", [{"created": "204"}, {"most-lines": "some"}, {"rows-max": "0"}, {"nonsense": "on"}]
)
def test_a_wrong_switch_is_refused(switches: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="switch"):
        load("imonggo", ":memory:", switches=switches)


def test_numbers_that_are_none(account: Account) -> None:
    line = "<order_line><product_id>9001</product_id><quantity>1</quantity><retail_price nil='true'/></order_line>"
    order = account.get(account.made(lines=line))
    assert order.findtext("order_lines/order_line/retail_price") == ""
    assert refused(account.create(lines=line.replace("1</q", "</q"))) == ["Quantity can't be blank"]
    assert refused(account.create(lines="<order_line>x</order_line>"))
