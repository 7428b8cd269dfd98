"""The Flyerlink emulator does what the vendor's documents say, oddities included."""

import json
import weakref
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.test import Client

from orderctl.sandbox import load
from orderctl.sandbox.flyerlink.emulator import TABLES, Emulator, code_of
from orderctl.sandbox.store import Store

# The vendor's examples, as they are in its document, below http://dev.flyerlink.com/api.php. Its JSON lacks brackets
# and commas, which no server writes; these are the same values, as JSON.
LIST = "/orders/?workgroup=W11&from=2011-04-01&to=2011-05-01"
GET = "/orders/XYYVP?format=json"
PUT = "/orders/XYYVP?format=json&reference=201502-Black3"
JOBS = "/orders/XYYVP/jobs?format=json"
POST_ORDERS = "format=xml&title=order&customer=HOTEST&contact=13057&reference=#123"
POST_JOBS = "order=XYTPP&format=xml"
ORDER = {
    "id": "XYTVP",
    "contact": "653569",
    "customer": "LIANFI22",
    "title": "Ordered online",
    "reference": "Reference",
    "date": "26/04/2011",
    "package": None,  # the sample leaves it out, the table has it: "a single value or null"
    "totals": [{"total": "144", "balance": "0"}],
    "jobs": [
        {
            "id": "1648885",
            "title": "Initial Flyers",
            "reference": "Reference",
            "product": "LEGA54V",
            "totals": [{"transfer": "55.50", "selling": "144", "total": "144", "currency": "GBP"}],
            "complete": "yes",
            "status": "081",
        }
    ],
}
CREATED = '<response status="ok"><id>DVQLK</id></response>'

Query = Mapping[str, str]

FORM = "application/x-www-form-urlencoded"
LOGIN = {"Authorization": "Basic " + b64encode(b"sandbox:sandbox").decode()}


class Server:
    """A server in memory whose clock is where the test puts it."""

    def __init__(self, **switches: str) -> None:
        self.store = Store(":memory:", TABLES)
        weakref.finalize(self, self.store.close)
        self.clock = datetime(2026, 3, 7, 10, 0, 0, tzinfo=UTC)
        named = {name.replace("_", "-"): value for name, value in switches.items()}
        self.client = Client(Emulator(self.store, named, now=lambda: self.clock))

    def send(self, method: str, path: str, *, status: int = 200, **more: Any) -> Any:
        answer = self.client.open(path, method=method, headers=LOGIN, **more)
        assert answer.status_code == status, answer.text
        return answer

    def json(self, method: str, path: str, *, status: int = 200, data: Any = None, query: Query | None = None) -> Any:
        asked = {} if "?" in path else {"query_string": {**(query or {}), "format": "json"}}
        answer = self.send(method, path, status=status, data=data, **asked)
        assert answer.content_type == "application/json"
        return json.loads(answer.text)

    def refusal(
        self, method: str, path: str, *, status: int = 404, data: Any = None, query: Query | None = None
    ) -> str:
        answer = self.json(method, path, status=status, data=data, query=query)
        assert answer.pop("status") == "error"
        message = answer.pop("message")
        assert not answer
        return str(message)

    def create(self, **more: str) -> str:
        given = {"title": "order", "customer": "HOTEST", "contact": "13057", **more}
        answer = self.json("POST", "/orders", data=given)
        assert answer["response"]["status"] == "ok"
        return str(answer["response"]["id"])

    def job(self, order: str, **more: str) -> str:
        given = {"order": order, "product": "LEGA54V", "quantity": "5000", **more}
        return str(self.json("POST", "/jobs", data=given)["response"]["id"])

    def list(self, **more: str) -> list[str]:
        query = {"workgroup": "W11", "from": "2026-03-01", "to": "2026-03-31", **more}
        answer = self.json("GET", "/orders/", query=query)
        return [order["id"] for order in (answer["orders"] if "orders" in answer else [answer["order"]])]


@pytest.fixture
def server() -> Server:
    return Server()


# The document's examples


@pytest.mark.parametrize("front", ["", "/api.php"])
def test_the_documented_list_is_xml_as_it_does_not_ask_for_json(server: Server, front: str) -> None:
    answer = server.send("GET", front + LIST)
    assert answer.content_type == "text/xml; charset=utf-8"
    order = ET.fromstring(answer.text)
    assert order.tag == "order"
    assert order.findtext("id") == "XYTVP"
    assert order.findtext("jobs/job/totals/currency") == "GBP"
    assert json.loads(server.send("GET", f"{front}{LIST}&format=json").text) == {"order": ORDER}


def test_slashes_are_escaped_and_numbers_are_strings(server: Server) -> None:
    assert r'"date":"26\/04\/2011"' in server.send("GET", LIST + "&format=json").text


def test_the_documented_order_answers_with_another_id() -> None:
    assert Server(single="documented").json("GET", GET) == {"order": ORDER}
    assert Server().json("GET", GET)["order"]["id"] == "XYYVP"


def test_the_documented_change_of_a_reference(server: Server) -> None:
    assert server.json("PUT", PUT) == {"response": {"status": "ok"}}
    assert server.json("GET", GET)["order"]["reference"] == "201502-Black3"
    server.send("PUT", "/orders/XYYVP", data={"reference": "as a form"})
    assert server.json("GET", GET)["order"]["reference"] == "as a form"


def test_the_documented_jobs_have_nothing_but_a_code(server: Server) -> None:
    assert server.json("GET", JOBS) == {"jobs": []}
    assert server.json("GET", JOBS.replace("XYYVP", "XYTVP")) == {"jobs": [{"code": "1648885"}]}


@pytest.mark.parametrize("body", [POST_ORDERS, POST_ORDERS.replace("#", "%23")])
def test_the_documented_create(server: Server, body: str) -> None:
    answer = server.send("POST", "/orders", data=body, content_type=FORM)
    assert answer.text.partition("\n")[2].strip() == CREATED
    assert server.json("GET", "/orders/DVQLK")["order"]["reference"] == "#123"


def test_the_documented_job_lacks_what_every_job_needs() -> None:
    """The example shows the order alone; a product and a quantity surely belong to it."""
    assert "product is required" in Server().send("POST", "/jobs", data=POST_JOBS, content_type=FORM, status=404).text
    answer = Server(job_fields="documented").send("POST", "/jobs", data=POST_JOBS, content_type=FORM)
    assert "<id>1648886</id>" in answer.text


# Authentication and rights


@pytest.mark.parametrize(
    "header",
    ["", "Basic", "Basic !!", "Basic " + b64encode(b"sandbox:wrong").decode(), "Basic " + b64encode(b"\xff").decode(),
     "Bearer " + b64encode(b"sandbox:sandbox").decode()],
)  # fmt: skip
def test_a_bad_login_is_401(server: Server, header: str) -> None:
    answer = server.client.get(GET, headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert json.loads(answer.text)["status"] == "error"
    assert server.client.get("/orders/XYYVP").text.endswith(
        '<response status="error"><message>Authentication failed</message></response>\n'
    )


def test_without_authentication_no_login_is_asked_for() -> None:
    with closing(load("flyerlink", ":memory:", authenticate=False)) as app:
        assert Client(app).get(GET).status_code == 200


def test_a_workgroup_that_may_not_be_viewed(server: Server) -> None:
    assert "permission" in server.refusal(
        "GET", "/orders/", query={"workgroup": "W12", "from": "2011-01-01", "to": "2012-01-01"}
    )
    assert "permission" in server.refusal("POST", "/orders", data={"customer": "OTHERW12", "contact": "800001"})
    server.store.add("orders", {**server.store.find("orders")[0][1], "code": "AAAAA", "workgroup": "W12"})
    assert "permission" in server.refusal("GET", "/orders/AAAAA")


def test_a_login_that_only_reads() -> None:
    server = Server(permission="read")
    assert "permission" in server.refusal("POST", "/orders", data={"customer": "HOTEST", "contact": "13057"})
    assert server.json("GET", GET)


# What is refused


@pytest.mark.parametrize(
    "method, path, given, message",
    [
        ("GET", "/orders/NOPE", {}, "Order not found"),
        ("PUT", "/orders/NOPE", {"reference": "R"}, "Order not found"),
        ("PUT", "/orders/XYYVP", {"title": "only a reference can be changed"}, "reference is required"),
        ("GET", "/orders/NOPE/jobs", {}, "Order not found"),
        ("POST", "/orders", {"contact": "13057"}, "customer is required"),
        ("POST", "/orders", {"customer": "HOTEST"}, "contact is required"),
        ("POST", "/orders", {"customer": "NOPE", "contact": "13057"}, "Customer not found"),
        ("POST", "/orders", {"customer": "HOTEST", "contact": "653569"}, "Contact not found"),
        ("POST", "/orders/XYYVP/addpackage", {}, "package is required"),
        ("POST", "/orders/NOPE/addpackage", {"code": "P"}, "Order not found"),
        ("POST", "/jobs", {"product": "LEGA54V", "quantity": "1"}, "order is required"),
        ("POST", "/jobs", {"order": "XYTPP", "quantity": "1"}, "product is required"),
        ("POST", "/jobs", {"order": "XYTPP", "product": "LEGA54V"}, "quantity is required"),
        ("POST", "/jobs", {"order": "XYTPP", "product": "NOPE", "quantity": "1"}, "Product not found"),
        ("POST", "/jobs", {"order": "NOPE", "product": "LEGA54V", "quantity": "1"}, "Order not found"),
        *(
            ("POST", "/jobs", {"order": "XYTPP", "product": "LEGA54V", "quantity": quantity}, "quantity is invalid")
            for quantity in ("many", "0", "-1", "NaN", "1E+20")
        ),
        ("GET", "/jobs", {}, "GET /jobs is not supported"),
        ("GET", "/jobs/1", {}, "Job not found"),
        ("GET", "/jobs/x", {}, "Job not found"),
        ("PUT", "/jobs/1648885", {"status": "091"}, "title or reference is required"),
        ("DELETE", "/orders/XYYVP", {}, "DELETE /orders/XYYVP is not supported"),
        ("GET", "/customers/NOPE/addresses", {}, "Customer not found"),
        ("GET", "/customers/OTHERW12/addresses", {}, "You do not have permission to order for this customer"),
        ("POST", "/customers/HOTEST/addresses", {}, "POST /customers/HOTEST/addresses is not supported"),
        ("GET", "/customers/NOPE/contacts", {}, "Customer not found"),
    ],
)
def test_a_refusal_is_404_with_its_message(
    server: Server, method: str, path: str, given: dict[str, str], message: str
) -> None:
    assert server.refusal(method, path, data=given) == message
    assert not server.store.calls()


@pytest.mark.parametrize("name", ["workgroup", "from", "to"])
def test_a_list_needs_its_workgroup_and_both_dates(server: Server, name: str) -> None:
    query = {"workgroup": "W11", "from": "2026-03-01", "to": "2026-03-31"}
    del query[name]
    assert server.refusal("GET", "/orders", query=query) == f"{name} is required"


@pytest.mark.parametrize("day", ["01/03/2026", "2026-3-1", "2026-02-30", "20260301"])
def test_a_day_is_written_in_one_way(server: Server, day: str) -> None:
    assert "from is invalid" in server.refusal(
        "GET", "/orders/", query={"workgroup": "W11", "from": day, "to": "2026-03-31"}
    )


def test_statuses_of_refusals() -> None:
    told = Server(errors="status")
    assert told.refusal("GET", "/orders/NOPE", status=404)
    assert told.refusal("POST", "/orders", status=400)
    assert told.refusal("GET", "/jobs", status=405)
    assert told.refusal("POST", "/orders", status=403, data={"customer": "OTHERW12", "contact": "800001"})
    assert Server(errors="200").refusal("GET", "/orders/NOPE", status=200)


def test_json_bodies_are_not_read(server: Server) -> None:
    answer = server.send("POST", "/orders", status=404, json={"customer": "HOTEST", "contact": "13057"})
    assert "customer is required" in answer.text


def test_a_form_may_be_multipart(server: Server) -> None:
    data = {"customer": "HOTEST", "contact": "13057", "reference": "R"}
    server.send("POST", "/orders", data=data, content_type="multipart/form-data")
    assert server.json("GET", "/orders/DVQLK")["order"]["reference"] == "R"


def test_the_web_servers_own_refusals(server: Server) -> None:
    assert server.client.get("/orders/XYYVP?reference=" + "x" * 9000, headers=LOGIN).status_code == 414
    assert server.client.get("/orders//jobs", headers=LOGIN).status_code == 404
    assert server.client.get("/api.phpx", headers=LOGIN).status_code == 404


# Orders and jobs


def test_ids_count_on_from_the_documented_one(server: Server) -> None:
    assert [server.create(), server.create()] == ["DVQLK", "DVQLL"]
    assert len({code_of(number) for number in range(4, 3000)}) == 2996


def test_references_are_not_unique(server: Server) -> None:
    assert server.create(reference="R") != server.create(reference="R")


def test_a_job_is_priced_by_its_product_and_quantity(server: Server) -> None:
    order = server.create()
    job = server.job(order, title="Flyers", reference="J", service="gloss")
    shown = server.json("GET", f"/orders/{order}")["order"]
    assert shown["totals"] == [{"total": "144", "balance": "144"}]
    assert shown["jobs"] == [
        {
            "id": job,
            "title": "Flyers",
            "reference": "J",
            "product": "LEGA54V",
            "totals": [{"transfer": "55.50", "selling": "144", "total": "144", "currency": "GBP"}],
            "complete": "no",
            "status": None,
        }
    ]
    alone = server.json("GET", f"/jobs/{job}")["job"]
    assert (alone["product_code"], alone["client_reference"], alone["quantity"]) == ("LEGA54V", "J", "5000")
    assert (alone["total_transfer"], alone["auto081"], alone["service"]) == ("55.50", False, "gloss")


def test_a_package_is_added_with_whatever_is_sent(server: Server) -> None:
    assert server.json("POST", "/orders/XYTPP/addpackage", data={"package": "P1", "quantity": "2"})
    assert server.json("GET", "/orders/XYTPP")["order"]["package"] == "P1"
    (call,) = server.store.calls("XYTPP")
    assert (call.call, call.fields) == ("addpackage", {"format": "json", "package": "P1", "quantity": "2"})


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_deallocate_changes_a_job_by_get_as_well(server: Server, method: str) -> None:
    server.json(method, "/jobs/1648885/deallocate")
    job = server.json("GET", "/jobs/1648885")["job"]
    assert (job["status"], job["complete"]) == (None, "no")


def test_a_jobs_title_and_reference_can_be_changed(server: Server) -> None:
    server.json("PUT", "/jobs/1648885", query={"title": "New"})
    assert server.json("GET", "/jobs/1648885")["job"]["title"] == "New"


def test_what_an_order_needs_can_be_looked_up(server: Server) -> None:
    codes = [customer["code"] for customer in server.json("GET", "/customers")["customers"]]
    assert codes == ["HOTEST", "LIANFI22", "MANYPR01"]
    assert server.json("GET", "/customers/HOTEST/contacts") == {"contacts": [{"id": "13057", "name": "Hotel Manager"}]}
    assert "LEGA54V" in [product["code"] for product in server.json("GET", "/products")["products"]]
    assert "<contact><id>13057</id>" in server.send("GET", "/customers/HOTEST/contacts").text


def test_a_customers_addresses_can_be_looked_up(server: Server) -> None:
    address = {"id": "41203", "name": "Liana Finch", "address1": "22 Park Row", "town": "Leeds"}
    assert server.json("GET", "/customers/LIANFI22/addresses") == {"addresses": [address]}
    assert server.json("GET", "/customers/LIANFI22/addresses/") == {"addresses": [address]}
    assert [a["id"] for a in server.json("GET", "/customers/HOTEST/addresses")["addresses"]] == ["41201", "41202"]
    assert server.json("GET", "/customers/MANYPR01/addresses") == {"addresses": []}
    assert "<addresses><address><id>41203</id>" in server.send("GET", "/customers/LIANFI22/addresses").text


# Lists


def test_a_list_goes_by_workgroup_and_days(server: Server) -> None:
    first = server.create()
    server.clock = datetime(2026, 3, 31, tzinfo=UTC)
    second = server.create()
    server.create(customer="MANYPR01", contact="700001")
    assert server.list() == [first, second]
    assert server.list(to="2026-03-30") == [first]
    assert server.list(**{"from": "2026-03-08"}) == [second]
    assert server.list(to="2026-02-01") == []


def test_whether_the_last_day_belongs_to_a_list() -> None:
    server = Server(to="exclusive")
    server.create()
    assert server.list(to="2026-03-07") == []
    assert server.list(to="2026-03-08") == ["DVQLK"]


@pytest.mark.parametrize(
    "empty, answer", [("list", {"orders": []}), ("null", {"orders": None}), ("object", {}), ("nothing", None)]
)
def test_an_empty_list(empty: str, answer: Any) -> None:
    query = {"workgroup": "W11", "from": "2026-03-01", "to": "2026-03-31"}
    assert Server(empty=empty).json("GET", "/orders/", query=query) == answer
    assert "No orders found" in Server(empty="refused").refusal("GET", "/orders/", query=query)


def test_a_list_of_one_order_or_a_nested_one() -> None:
    for switches, shape in (
        ({}, ["order"]),
        ({"one_order": "list"}, ["orders"]),
        ({"one_order": "list", "list": "nested"}, ["orders"]),
    ):
        server = Server(**switches)
        server.create()
        query = {"workgroup": "W11", "from": "2026-03-01", "to": "2026-03-31"}
        answer = server.json("GET", "/orders/", query=query)
        assert list(answer) == shape
        if "list" in switches:
            assert [order["id"] for order in answer["orders"]["order"]] == ["DVQLK"]


def test_totals_as_an_object() -> None:
    assert Server(totals="object").json("GET", "/orders/XYTVP")["order"]["totals"] == {"total": "144", "balance": "0"}


@pytest.mark.parametrize(
    "created, answer",
    [
        ("response", {"response": {"status": "ok", "id": "DVQLK"}}),
        ("flat", {"status": "ok", "id": "DVQLK"}),
        ("id", {"id": "DVQLK"}),
        ("none", {"response": {"status": "ok"}}),
    ],
)
def test_how_the_id_is_wrapped(created: str, answer: Any) -> None:
    assert Server(created=created).json("POST", "/orders", data={"customer": "HOTEST", "contact": "13057"}) == answer


def test_a_server_that_knows_one_format_only() -> None:
    assert Server(format="xml").send("GET", GET).text.startswith("<?xml")
    assert json.loads(Server(format="json").send("GET", "/orders/XYTVP").text) == {"order": ORDER}


def test_an_unknown_switch_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown switch"):
        Server(shape="round")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_text_comes_back_as_it_was_sent_in_json_and_what_xml_can_hold_of_it(text: str) -> None:
    server = Server()
    order = server.create(title=text)
    assert server.json("GET", f"/orders/{order}")["order"]["title"] == text.encode("utf-8", "replace").decode()
    ET.fromstring(server.send("GET", f"/orders/{order}").text)
