"""The OneBox emulator does what the vendor's document says, oddities included."""

import json
import weakref
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import Client

from orderctl.errors import ConfigError
from orderctl.sandbox import load
from orderctl.sandbox.onebox.emulator import TABLES, Emulator
from orderctl.sandbox.store import Store

# The vendor's example calls, verbatim but for the host, as they are in its document.
ADD = (
    "/api/orders/add/?login=LOGIN&password=PASSWORD&clientnamefirst=Vasiliy&clientnamelast=Ivanov"
    "&clientemail=vasyas33@test.ru&clientphone=+380639370442&clientcode=31333&clientaddress=Kiev"
    "&managername=Inna Leonova&ordercode=1333&sum=320&comments=made an advance payment&source=my store&payed=1"
    "&productArray[0][id]=100500&productArray[0][name]=Test GOODS1&productArray[0][price]=102"
    "&productArray[0][count]=1&productArray[1][id]=123131&productArray[1][name]=New% 20testoviy% 20produkt2"
    "&productArray[1][price]=122&productArray[1][count]=2"
)
DELETE = "/api/orders/delete/?login=LOGIN&password=PASSWORD&orderid=660"
UPDATE = (
    "/api/orders/update/?login=LOGIN&password=PASSWORD&orderid=660&&name=Changing the order name"
    "&workflowname=Order&statusname=Delivered&payed=1"
)
GET = "/api/orders/get/?login=LOGIN&password=PASSWORD&orderid=7927"
PART_1 = "/api/orders/get/?login=LOGIN&password=PASSWORD&part=1"
PART_2 = "/api/orders/get/?login=LOGIN&password=PASSWORD&part=2"
COMMENTS = "/api/order/comments/get/?login=LOGIN&password=PASSWORD&id=7927"

RETURNED_BY_BOTH = frozenset(
    [
        "orderid",
        "ordercode",
        "ordername",
        "clientId",
        "clientcode",
        "clientname",
        "clientemail",
        "clientphone",
        "clientaddress",
        "managerid",
        "managername",
        "managerrole",
        "cdate",
        "deliveriID",
        "deliverinote",
        "deliveriprice",
        "sum",
        "sumbase",
        "currency",
        "statusname",
        "workflowname",
        "contractorid",
        "contractorname",
        "products",
        "customfields",
    ]
)
LINE_RETURNED_BY_BOTH = frozenset(
    [
        "id",
        "name",
        "count",
        "price",
        "storageId",
        "storageExternalId",
        "productsource",
        "pricewithvat",
        "pricewithoutvat",
        "productpricewithvat",
        "productpricewithoutvat",
        "producttaxvalue",
        "supplierid",
        "suppliercode1c",
        "suppliername",
        "customfields",
    ]
)
COMMENT_KEYS = frozenset(
    ["id", "cdate", "type", "content", "showtoclient", "userid", "usercode", "username", "useremail", "userphone"]
)

NOT_FOUND = "Order with this Code does not found!"
ALREADY = "Order is already!"

CALLS = {
    "add": "/api/orders/add/",
    "comments": "/api/order/comments/get/",
    "delete": "/api/orders/delete/",
    "get": "/api/orders/get/",
    "update": "/api/orders/update/",
}


class Box:
    """A box in memory whose clock is where the test puts it."""

    def __init__(self, **switches: str) -> None:
        self.store = Store(":memory:", TABLES)
        weakref.finalize(self, self.store.close)
        self.clock = datetime(2026, 3, 7, 10, 0, 0, tzinfo=UTC)
        named = {name.replace("_", "-"): value for name, value in switches.items()}
        self.client = Client(Emulator(self.store, named, now=lambda: self.clock))

    def text(self, call: str, params: Mapping[str, Any] | None = None, **more: Any) -> str:
        form = {"login": "sandbox", "password": "sandbox", **(params or {}), **more}
        answer = self.client.post(CALLS[call], data={name: value for name, value in form.items() if value is not None})
        assert answer.status_code == 200
        return answer.text

    def call(self, call: str, params: Mapping[str, Any] | None = None, **more: Any) -> Any:
        return json.loads(self.text(call, params, **more))

    def add(self, params: Mapping[str, Any] | None = None, **more: Any) -> int:
        answer = self.call("add", {"clientnamefirst": "Ann", "clientemail": "ann@x.org", **(params or {}), **more})
        assert answer["result"] == "ok", answer
        number = answer["orderId"]
        assert isinstance(number, int)
        return number

    def get(self, order: object, **more: Any) -> Any:
        (found,) = self.call("get", orderid=order, **more)["orders"]
        return found

    def list(self, **more: Any) -> list[str]:
        """The ids of a part."""
        return [order["orderid"] for order in self.call("get", {"part": "1", **more})["orders"]]

    def update(self, order: object, params: Mapping[str, Any] | None = None, **more: Any) -> None:
        assert self.call("update", params, orderid=order, **more) == {"result": "ok"}

    def refusal(self, call: str, params: Mapping[str, Any] | None = None, **more: Any) -> str:
        answer = self.call(call, params, **more)
        assert answer["result"] == "fail", answer
        return str(answer["errors"])


@pytest.fixture
def box() -> Box:
    return Box()


def documented(box: Box, url: str) -> Any:
    url = url.replace("LOGIN", "sandbox").replace("PASSWORD", "sandbox")
    return json.loads(box.client.get(url).text)


def lines(*items: Mapping[str, str]) -> dict[str, str]:
    return {f"productArray[{place}][{name}]": value for place, item in enumerate(items) for name, value in item.items()}


# The document's examples


def test_documented_add_makes_an_order_with_an_integer_id(box: Box) -> None:
    assert documented(box, ADD) == {"result": "ok", "orderId": 82806}
    order = box.get("1333")
    assert (order["orderid"], order["sum"], order["clientname"]) == ("82806", "320.00", "Vasiliy Ivanov")
    assert (order["managerid"], order["managername"]) == ("12", "Inna Leonova")
    assert [(line["id"], line["count"], line["price"]) for line in order["products"]] == [
        ("100500", "1", "102.00"),
        ("123131", "2", "122.00"),
    ]


def test_documented_add_shows_what_a_hand_made_url_does_to_values(box: Box) -> None:
    documented(box, ADD)
    order = box.get("1333")
    assert order["clientphone"] == " 380639370442"  # a raw + is a space
    assert order["products"][1]["name"] == "New% 20testoviy% 20produkt2"  # a broken escape stays


def test_documented_update_delete_get_and_comments_work(box: Box) -> None:
    box.add(ordercode="660")
    box.add(ordercode="7927")
    assert documented(box, UPDATE) == {"result": "ok"}
    order = box.get("660")
    assert (order["ordername"], order["statusname"]) == ("Changing the order name", "Delivered")
    assert [order["ordercode"] for order in documented(box, GET)["orders"]] == ["7927"]
    assert [order["ordercode"] for order in documented(box, PART_1)["orders"]] == ["660", "7927"]
    assert documented(box, PART_2) == {"orders": []}
    assert documented(box, COMMENTS) == {"result": "fail", "errors": NOT_FOUND}  # id is the box's id only
    assert documented(box, DELETE) == {"result": "ok"}
    assert documented(box, DELETE) == {"result": "fail", "errors": NOT_FOUND}


def test_every_sent_field_is_kept_as_it_was_given(box: Box) -> None:
    documented(box, ADD)
    (call,) = box.store.calls(82806)
    assert call.call == "add"
    assert call.fields == {
        "clientnamefirst": "Vasiliy",
        "clientnamelast": "Ivanov",
        "clientemail": "vasyas33@test.ru",
        "clientphone": " 380639370442",
        "clientcode": "31333",
        "clientaddress": "Kiev",
        "managername": "Inna Leonova",
        "ordercode": "1333",
        "sum": "320",
        "comments": "made an advance payment",
        "source": "my store",
        "payed": "1",
        "productArray": [
            {"id": "100500", "name": "Test GOODS1", "price": "102", "count": "1"},
            {"id": "123131", "name": "New% 20testoviy% 20produkt2", "price": "122", "count": "2"},
        ],
    }


# What answers carry


def test_single_order_carries_exactly_the_documented_keys(box: Box) -> None:
    box.add(lines({"articul": "A-1", "name": "x", "price": "1"}), comments="note", payed="1", ordercode="r")
    order = box.get("r")
    assert set(order) == RETURNED_BY_BOTH | {"dateto", "weight", "gabarite"}
    assert set(order["products"][0]) == LINE_RETURNED_BY_BOTH | {
        "discountsum",
        "discountpercent",
        "pricewithdiscount",
    }


def test_list_carries_exactly_the_documented_keys(box: Box) -> None:
    box.add(lines({"articul": "A-1", "name": "x", "price": "1"}))
    (order,) = box.call("get", part="1")["orders"]
    assert set(order) == RETURNED_BY_BOTH | {"ordernumber"}
    assert set(order["products"][0]) == LINE_RETURNED_BY_BOTH


def test_scalars_of_an_order_are_strings(box: Box) -> None:
    box.add(lines({"name": "x", "price": "1"}), ordercode="r")
    order = box.get("r")
    assert {type(value) for name, value in order.items() if name not in {"products", "customfields"}} == {str}
    assert {type(value) for name, value in order["products"][0].items() if name != "customfields"} == {str}


def test_non_ascii_is_escaped_unless_asked_otherwise_and_slashes_always(box: Box) -> None:
    box.add(name="Заказ a/b", ordercode="r")
    assert r"\u0417\u0430\u043a\u0430\u0437 a\/b" in box.text("get", orderid="r")
    assert r"Заказ a\/b" in box.text("get", orderid="r", unescapedunicode="1")


def test_bonuses_waybills_and_comments_come_when_asked_for(box: Box) -> None:
    box.add(ordercode="r", comments="note")
    asked = {"sumoutbonuse": "1", "suminbonuse": "1", "getnovaposhtastatus": "1", "getcomments": "1"}
    more = set(box.get("r", **asked)) - set(box.get("r"))
    assert more == {
        "sumoutbonuse",
        "suminbonuse",
        "novaposhtastatus",
        "novaposhtaredeliverystatus",
        "comments",
    }
    (listed,) = box.call("get", part="1", getcomments="1")["orders"]
    assert [comment["content"] for comment in listed["comments"] if comment["type"] == "comment"] == ["note"]


# Where parameters are


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_may_carry_everything(box: Box, content_type: str) -> None:
    data = {
        "login": "sandbox",
        "password": "sandbox",
        "clientnamefirst": "Анна",
        "clientphone": "+380",
        "ordercode": "r",
    }
    answer = box.client.post(CALLS["add"], data=data, content_type=content_type)
    assert answer.get_json() == {"result": "ok", "orderId": 82806}
    assert (box.get("r")["clientname"], box.get("r")["clientphone"]) == ("Анна", "+380")


@pytest.mark.parametrize("credentials_in", ["query", "body"])
def test_a_json_body_may_carry_an_order(box: Box, credentials_in: str) -> None:
    credentials = {"login": "sandbox", "password": "sandbox"}
    order = {
        "clientnamefirst": "Ann",
        "clientemail": "a@x.org",
        "ordercode": "r",
        "sum": 12.5,
        "payed": True,
        "productArray": [{"name": "x", "price": "3", "count": 2}],
        "files": ["https://x.org/a"],
    }
    answer = box.client.post(
        CALLS["add"],
        query_string={"dataFromBody": "1", **(credentials if credentials_in == "query" else {})},
        json={**order, **(credentials if credentials_in == "body" else {})},
    )
    assert answer.get_json() == {"result": "ok", "orderId": 82806}
    assert box.get("r")["sum"] == "12.50"
    assert box.get("r")["products"][0]["count"] == "2"
    assert box.store.calls()[0].fields == order


def test_with_a_json_body_arguments_are_not_read(box: Box) -> None:
    answer = box.client.post(
        CALLS["add"],
        query_string={"dataFromBody": "1", "login": "sandbox", "password": "sandbox", "clientnamefirst": "Ann"},
        json={"clientemail": "a@x.org"},
    )
    assert answer.get_json()["errors"] == "clientnamefirst_empty"


@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b"\xff", b'{"clientnamefirst": "\\ud800"}'])
def test_a_body_that_is_not_json_object_is_as_good_as_none(box: Box, body: bytes) -> None:
    answer = box.client.post(CALLS["add"], query_string={"dataFromBody": "1"}, data=body)
    assert answer.get_json() == {"result": "fail", "errors": "login_empty"}


def test_json_is_for_add_and_update_only(box: Box) -> None:
    box.add(ordercode="r")
    query = {"dataFromBody": "1", "login": "sandbox", "password": "sandbox"}
    assert box.client.post(CALLS["update"], query_string=query, json={"orderid": "r", "name": "n"}).status_code == 200
    assert box.get("r")["ordername"] == "n"
    assert box.client.post(CALLS["get"], query_string=query, json={"orderid": "r"}).get_json()["result"] == "fail"


def test_variables_above_a_thousand_vanish_without_a_word(box: Box) -> None:
    data = {"login": "sandbox", "password": "sandbox", "clientnamefirst": "A", "clientemail": "a@x.org"}
    data |= lines(*({"name": f"n{place}", "price": "1"} for place in range(600)))
    answer = box.client.post(CALLS["add"], data=data).get_json()
    assert answer["result"] == "ok"
    assert len(box.get(answer["orderId"])["products"]) == 498  # (1000 - 4) / 2


def test_a_json_body_knows_no_such_limit(box: Box) -> None:
    order = {
        "clientnamefirst": "A",
        "clientemail": "a@x.org",
        "productArray": [{"name": f"n{place}", "price": "1"} for place in range(600)],
    }
    query = {"dataFromBody": "1", "login": "sandbox", "password": "sandbox"}
    answer = box.client.post(CALLS["add"], query_string=query, json=order).get_json()
    assert len(box.get(answer["orderId"])["products"]) == 600


def test_a_body_above_eight_megabytes_is_dropped_whole(box: Box) -> None:
    data = {"login": "sandbox", "password": "sandbox", "documentpdf": "A" * 9_000_000}
    assert box.client.post(CALLS["add"], data=data).get_json()["errors"] == "login_empty"


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/api/orders/get/?x=" + "y" * 9000, 414),
        ("GET", "/api/orders/get", 404),
        ("GET", "/api/orders/comments/get/", 404),
        ("PUT", "/api/orders/update/", 405),
    ],
)
def test_the_web_server_in_front_answers_in_html(box: Box, method: str, path: str, status: int) -> None:
    answer = box.client.open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")


# Refusals: HTTP 200, `fail`, and the message


@pytest.mark.parametrize(
    "call, params, message",
    [
        ("add", {"login": None}, "login_empty"),
        ("add", {"password": None}, "password_empty"),
        ("add", {"password": "d41d8cd98f00b204e9800998ecf8427e"}, "Login or password not correct!"),
        ("get", {"login": "nobody", "part": "1"}, "Login or password not correct!"),
        ("add", {"login": "client"}, "Bad user level!"),
        ("add", {"clientemail": "a@x.org"}, "clientnamefirst_empty"),
        ("add", {"clientnamefirst": "A"}, "clientphone_and_clientemail_empty"),
        ("get", {"orderid": ""}, "orderId_empty"),
        ("get", {}, "orderId_empty"),
        ("update", {"name": "x"}, "orderId_empty"),
        ("delete", {}, "orderId_empty"),
        ("comments", {}, "orderId_empty"),
        ("add", {"clientnamefirst": "A", "clientphone": "1", "workflowname": "No"}, "Not workflow by name"),
        ("add", {"clientnamefirst": "A", "clientphone": "1", "workflowid": "9"}, "Not workflow by name"),
        ("add", {"clientnamefirst": "A", "clientphone": "1", "type": "no"}, "Not workflow by name"),
        ("add", {"clientnamefirst": "A", "clientphone": "1", "statusname": "No"}, "Not workflow status by name"),
        ("add", {"clientnamefirst": "A", "clientphone": "1", "statusid": "11"}, "Not workflow status by name"),
        ("add", {"clientnamefirst": "A", "clientphone": "1", "ordercode": "taken"}, ALREADY),
        ("get", {"orderid": "nope"}, NOT_FOUND),
        ("update", {"orderid": "nope"}, NOT_FOUND),
        ("delete", {"orderid": "99999999999999999999999"}, NOT_FOUND),
        ("comments", {"code": "nope"}, NOT_FOUND),
    ],
)
def test_messages(box: Box, call: str, params: Mapping[str, Any], message: str) -> None:
    box.add(ordercode="taken")
    assert box.refusal(call, params) == message
    assert box.store.count("orders") == 1


def test_finance_account_is_missing() -> None:
    box = Box(no_finance_account="on")
    box.add(ordercode="a")
    params = {"clientnamefirst": "A", "clientphone": "1", "payed": "1", "ordercode": "b"}
    assert box.refusal("add", params) == "Please create Finance Account"
    assert box.refusal("get", orderid="b") == NOT_FOUND
    assert box.refusal("update", orderid="a", name="new", payed="true") == "Please create Finance Account"
    assert box.get("a")["ordername"] != "new"


def test_finance_account_is_missing_yet_the_order_is_made() -> None:
    box = Box(no_finance_account="after")
    params = {"clientnamefirst": "A", "clientphone": "1", "payed": "1", "ordercode": "b"}
    assert box.refusal("add", params) == "Please create Finance Account"
    assert box.get("b")["ordercode"] == "b"


@pytest.mark.parametrize("switch, number", [("on", "#12903"), ("4765", "#4765")])
def test_a_phone_of_another_contact_is_refused_in_russian(switch: str, number: str) -> None:
    box = Box(phone_conflict=switch)
    box.add(clientphone="380", clientemail="first@x.org")
    box.add(clientphone="380", clientemail="first@x.org")
    other = {"clientnamefirst": "B", "clientphone": "380", "clientemail": "other@x.org", "ordercode": "b"}
    message = box.refusal("add", other)
    assert message.endswith(number)
    assert "телефон" in message
    assert box.call("add", {**other, "clientphone": None})["result"] == "ok"


def test_a_level_one_login_reads_the_orders_of_its_supplier_only(box: Box) -> None:
    ours = box.add(lines({"name": "x", "supplierid": "7"}), ordercode="ours", comments="c")
    box.add(ordercode="theirs")
    client = {"login": "client", "supplierhash": "sandbox"}
    assert box.list(**client) == [str(ours)]
    assert [order["ordercode"] for order in box.call("get", client, orderid="ours")["orders"]] == ["ours"]
    assert box.refusal("get", client, orderid="theirs") == NOT_FOUND
    assert box.call("comments", client, code="ours", **{"type[]": "comment"})[0]["content"] == "c"
    assert box.refusal("comments", client, code="theirs") == NOT_FOUND
    assert box.refusal("delete", client, orderid="ours") == "Bad user level!"
    assert box.refusal("get", login="client", part="1") == "Bad user level!"
    assert box.refusal("get", client, supplierhash="wrong", part="1") == "Bad user level!"


def test_without_authentication_no_login_is_asked_for() -> None:
    with closing(load("onebox", ":memory:", authenticate=False)) as app:
        assert Client(app).get("/api/orders/get/?part=1").get_json() == {"orders": []}


# add


def test_without_a_code_two_equal_orders_are_two(box: Box) -> None:
    assert box.add() != box.add()


def test_ids_are_not_used_again(box: Box) -> None:
    first = box.add(ordercode="a")
    box.call("delete", orderid="a")
    assert box.add(ordercode="a") == first + 1


def test_one_code_at_once_makes_one_order(box: Box) -> None:
    answers: list[Any] = []
    params = {"clientnamefirst": "A", "clientphone": "1", "ordercode": "same"}
    threads = [Thread(target=lambda: answers.append(box.call("add", params))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer["result"] for answer in answers) == ["fail"] * 7 + ["ok"]


def test_the_sum_is_that_of_the_lines_when_none_is_sent(box: Box) -> None:
    box.add(
        lines({"name": "a", "price": "10.10", "count": "3"}, {"name": "b", "price": "100", "discount_percent": "25"}),
        ordercode="r",
    )
    order = box.get("r")
    assert (order["sum"], order["gabarite"]) == ("105.30", "4")
    assert [(line["discountsum"], line["pricewithdiscount"]) for line in order["products"]] == [
        ("0.00", "10.10"),
        ("25.00", "75.00"),
    ]


@pytest.mark.parametrize(
    "sent, kept",
    [("320", "320.00"), ("12,50", "12.00"), ("abc", "0.00"), ("0.12345", "0.1235"), ("1e3", "1000.00")],
)
def test_numbers_are_read_as_php_reads_them(box: Box, sent: str, kept: str) -> None:
    box.add(ordercode="r", sum=sent)
    assert box.get("r")["sum"] == kept


@pytest.mark.parametrize(
    "sent, kept",
    [
        ("2015-12-15 23:11:00", "2015-12-15 23:11:00"),
        ("2015-12-15 9:05", "2015-12-15 09:05:00"),
        ("2015-12-15", "2015-12-15 00:00:00"),
        ("2015-13-15", ""),
        ("soon", ""),
    ],
)
def test_dates_are_read_leniently(box: Box, sent: str, kept: str) -> None:
    box.add(ordercode="r", dateto=sent, cdate=sent)
    assert box.get("r")["dateto"] == kept
    assert box.get("r")["cdate"] == (kept or "2026-03-07 10:00:00")


def test_a_line_is_linked_to_a_product_of_the_box_or_has_none(box: Box) -> None:
    box.add(
        lines({"articul": "GOODS1"}, {"code1c": "1C-123131", "name": "Mine", "price": "5"}, {"id": "42", "name": "?"}),
        ordercode="r",
    )
    shown = [(line["id"], line["name"], line["price"]) for line in box.get("r")["products"]]
    assert shown == [("100500", "Test GOODS1", "102.00"), ("123131", "Mine", "5.00"), ("0", "?", "0.00")]


def test_workflow_and_status_by_id_name_or_type(box: Box) -> None:
    box.add(ordercode="default")
    box.add(ordercode="named", workflowname="Project", statusname="Done")
    box.add(ordercode="numbered", workflowid="1", statusid="3")
    box.add(ordercode="typed", type="task")
    places = [(order["workflowname"], order["statusname"]) for order in box.call("get", part="1")["orders"]]
    assert places == [("Order", "New"), ("Project", "Done"), ("Order", "In progress"), ("Task", "New")]


def test_a_customer_is_found_by_code_email_or_phone_or_else_made(box: Box) -> None:
    box.add(ordercode="a", clientcode="C1", clientemail="a@x.org", clientphone="1")
    box.add(ordercode="b", clientemail="a@x.org")
    box.add(ordercode="c", clientemail=None, clientphone="1")
    box.add(ordercode="d", clientemail="d@x.org")
    clients = {code: box.get(code)["clientId"] for code in "abcd"}
    assert clients == {"a": "5001", "b": "5001", "c": "5001", "d": "5002"}
    assert box.get("b")["clientcode"] == "C1"


def test_the_address_is_one_line_or_made_of_its_parts(box: Box) -> None:
    box.add(ordercode="a", clientaddress="Kiev, 1", city="Lviv")
    box.add(ordercode="b", clientemail="b@x.org", country="Ukraine", city="Lviv", apartment="3")
    assert [box.get(code)["clientaddress"] for code in "ab"] == ["Kiev, 1", "Ukraine, Lviv, 3"]


@pytest.mark.parametrize("prefix", ["custom_", "customorder_"])
def test_extra_fields_of_order_and_line(box: Box, prefix: str) -> None:
    box.add({**lines({"name": "x", "custom_size": "L"}), f"{prefix}gift": "yes"}, ordercode="r")
    order = box.get("r")
    assert order["customfields"] == [{"key": "gift", "name": "gift", "value": "yes"}]
    assert order["products"][0]["customfields"] == [{"key": "size", "name": "size", "value": "L"}]


def test_extra_fields_that_the_box_lacks_are_ignored() -> None:
    box = Box(custom_fields="gift,size")
    box.add({"custom_gift": "1", "custom_other": "2"}, ordercode="r")
    assert [extra["key"] for extra in box.get("r")["customfields"]] == ["gift"]


def test_unknown_names_are_ignored(box: Box) -> None:
    box.add(ordercode="r", ordernam="typo", externalid="9", ordername="not the name of this parameter")
    assert box.get("r")["ordername"] == "Order #82806"


@pytest.mark.parametrize("name", ["files", "files[]", "files[0]"])
def test_files_are_links(box: Box, name: str) -> None:
    number = box.add({name: "https://x.org/a.pdf"})
    box.update(number, {name: "C:\\a.pdf"})
    assert (box.store.get("orders", number) or {})["files"] == ["https://x.org/a.pdf"]


# orderid


def test_an_id_wins_over_a_code_that_is_the_same_number(box: Box) -> None:
    first = box.add(ordercode="a")
    box.add(ordercode=str(first))
    assert box.get(str(first))["ordercode"] == "a"
    assert box.list(ordercode=str(first)) == [str(first + 1)]


# update


def test_lines_are_added_and_the_sum_recomputed_whatever_sum_says(box: Box) -> None:
    box.add(lines({"name": "a", "price": "10"}), ordercode="r", sum="320")
    box.update("r", lines({"name": "b", "price": "1.5", "count": "2"}), sum="999")
    order = box.get("r")
    assert [line["name"] for line in order["products"]] == ["a", "b"]
    assert order["sum"] == "13.00"


def test_a_sum_alone_is_taken(box: Box) -> None:
    box.add(lines({"name": "a", "price": "10"}), ordercode="r")
    box.update("r", sum="7")
    assert box.get("r")["sum"] == "7.00"


def test_lines_are_replaced(box: Box) -> None:
    box.add(lines({"name": "a", "price": "10"}), ordercode="r")
    box.update("r", lines({"name": "b", "price": "2"}), deleteproducts="1")
    assert ([line["name"] for line in box.get("r")["products"]], box.get("r")["sum"]) == (["b"], "2.00")
    box.update("r", deleteproducts="1")
    assert (box.get("r")["products"], box.get("r")["sum"]) == ([], "0.00")


def test_a_box_that_deletes_last_leaves_no_line() -> None:
    box = Box(delete_order="after")
    box.add(lines({"name": "a", "price": "10"}), ordercode="r")
    box.update("r", lines({"name": "b", "price": "2"}), deleteproducts="1")
    assert (box.get("r")["products"], box.get("r")["sum"]) == ([], "0.00")


@pytest.mark.parametrize(
    "params",
    [
        {"cdate": "2015-12-15 23:11:00"},
        {"dateto": "2015-12-15 23:11:00"},
        {"ordercode": "other"},
        {"clientaddress": "Lviv"},
        {"clientnamefirst": "Bob"},
        {"managername": "Inna Leonova"},
        {"custom_gift": "1"},
        {"deliveryprice": "5"},
        {"contractorid": "1"},
        {"type": "task"},
        {"nonsense": "1"},
        {"name": "", "statusname": "", "sum": ""},
    ],
)
def test_what_update_does_not_know_changes_nothing(box: Box, params: Mapping[str, str]) -> None:
    number = box.add(ordercode="r")
    before = box.get("r")
    box.update(number, params)
    assert box.get("r") == before


def test_update_spells_the_supplier_with_one_p(box: Box) -> None:
    box.add(lines({"name": "a", "supplierid": "7"}, {"name": "b", "suplierid": "7"}), ordercode="r")
    box.update("r", lines({"name": "c", "supplierid": "7"}, {"name": "d", "supliercode1c": "SUPPLIER-7"}))
    suppliers = {line["name"]: (line["supplierid"], line["suppliername"]) for line in box.get("r")["products"]}
    assert suppliers == {"a": ("7", "Supplier"), "b": ("0", ""), "c": ("0", ""), "d": ("7", "Supplier")}


def test_update_takes_no_line_discount_and_reserves_in_a_warehouse(box: Box) -> None:
    box.add(ordercode="r")
    box.update("r", lines({"name": "a", "price": "10", "discount_percent": "50", "storagecode1c": "MAIN"}))
    (line,) = box.get("r")["products"]
    assert (line["pricewithdiscount"], line["storageId"], line["storageExternalId"]) == ("10.00", "1", "MAIN")


def test_update_changes_the_customer_under_its_own_names(box: Box) -> None:
    box.add(ordercode="r", clientnamelast="Lee")
    names = {"clientname": "Bob", "clientphone": "380", "clientcode": "C2", "city": "Lviv"}
    box.update("r", {**names, "clienttypesex": "company", "customuser_vip": "1", "customorder_gift": "yes"})
    order = box.get("r")
    assert (order["clientname"], order["clientemail"]) == ("Bob Lee", "ann@x.org")
    assert (order["clientphone"], order["clientcode"], order["clientaddress"]) == ("380", "C2", "Lviv")
    assert order["customfields"] == [{"key": "gift", "name": "gift", "value": "yes"}]
    assert box.list(typesex="company") == box.list(customuser_vip="1") == [order["orderid"]]


def test_update_looks_for_another_customer_when_asked_to(box: Box) -> None:
    box.add(ordercode="a")
    box.add(ordercode="b", clientemail="b@x.org", clientcode="B")
    box.update("a", searchclient="1", clientemail="b@x.org")
    assert (box.get("a")["clientId"], box.get("a")["clientcode"]) == (box.get("b")["clientId"], "B")


def test_a_status_belongs_to_its_process(box: Box) -> None:
    box.add(ordercode="r")
    box.update("r", statusid="3")
    assert box.get("r")["statusname"] == "In progress"
    assert box.refusal("update", orderid="r", statusname="Planned") == "Not workflow status by name"
    assert box.refusal("update", orderid="r", workflowname="Project", statusname="New") == "Not workflow status by name"
    box.update("r", workflowname="Project")
    assert (box.get("r")["workflowname"], box.get("r")["statusname"]) == ("Project", "Planned")
    box.update("r", workflowid="1", statusname="Delivered")
    assert (box.get("r")["workflowname"], box.get("r")["statusname"]) == ("Order", "Delivered")


@pytest.mark.parametrize("number", [str, int])
def test_a_process_and_a_status_are_named_by_id_in_json(box: Box, number: type) -> None:
    keys = {"login": "sandbox", "password": "sandbox"}
    order = {"clientnamefirst": "A", "clientemail": "a@x.org", "workflowid": number(2), "statusid": number(12)}
    added = box.client.post(CALLS["add"], query_string={"dataFromBody": "1"}, json={**keys, **order}).get_json()
    assert (box.get(added["orderId"])["workflowname"], box.get(added["orderId"])["statusname"]) == (
        "Project",
        "In progress",
    )
    moved = {**keys, "orderid": added["orderId"], "workflowid": number(1), "statusid": number(4)}
    answer = box.client.post(CALLS["update"], query_string={"dataFromBody": "1"}, json=moved)
    assert answer.get_json() == {"result": "ok"}
    assert box.list(workflowid="1", statusid="4", part=None) == [str(added["orderId"])]


def test_a_box_may_have_processes_of_its_own() -> None:
    box = Box(workflows="40:401,402/50:501")
    box.add(ordercode="r", workflowid="40", statusid="402")
    assert (box.get("r")["workflowname"], box.get("r")["statusname"]) == ("Process 40", "Status 402")
    assert box.refusal("update", orderid="r", statusid="501") == "Not workflow status by name"
    box.update("r", workflowid="50")
    assert box.get("r")["statusname"] == "Status 501"
    assert box.refusal("update", orderid="r", workflowid="60") == "Not workflow by name"
    box.add(ordercode="s")
    assert box.get("s")["workflowname"] == "Order"


@pytest.mark.parametrize("text", ["40", "40:", "x:1", "40:401;50:501", "1:99", "40:3", "40:401/41:401", "40:1/40:2"])
def test_processes_that_a_box_cannot_have(text: str) -> None:
    with pytest.raises(ValueError, match="workflows"):
        load("onebox", ":memory:", switches={"workflows": text})


def test_a_refused_update_changes_nothing(box: Box) -> None:
    box.add(ordercode="r", name="old")
    assert box.refusal("update", orderid="r", name="new", workflowname="No") == "Not workflow by name"
    assert box.get("r")["ordername"] == "old"
    assert [call.call for call in box.store.calls()] == ["add"]


# list


def test_parts_of_a_thousand(box: Box) -> None:
    order = {**(box.store.get("orders", box.add()) or {}), "ordercode": ""}
    with box.store.change():
        for _ in range(1999):
            box.store.add("orders", order)
    first, second = box.list(part="1"), box.list(part="2")
    assert (len(first), len(second), box.list(part="3")) == (1000, 1000, [])
    assert len({*first, *second}) == 2000
    assert box.list(part="99999999999999999999") == []


@pytest.mark.parametrize("part", ["0", "-1", "x", "1"])
def test_a_part_that_is_not_a_number_is_the_first(box: Box, part: str) -> None:
    assert box.list(part=part) == [str(box.add())][1:]
    assert box.list(part=part) == ["82806"]


def test_part_size_and_order_are_switches() -> None:
    box = Box(part_size="2", order="newest")
    numbers = [str(box.add()) for _ in range(3)]
    assert box.list(part="1") + box.list(part="2") == numbers[::-1]


@pytest.mark.parametrize(
    "asked, codes",
    [
        ({"workflowname": "Order"}, "ac"),
        ({"workflowid": "2"}, "b"),
        ({"type": "project"}, "b"),
        ({"statusname": "Delivered"}, "c"),
        ({"statusid": "1"}, "a"),
        ({"statusname": "No such"}, ""),
        ({"clientId": "5002"}, "b"),
        ({"clientcode": "B"}, "b"),
        ({"typesex": "company"}, "b"),
        ({"cdate": "2026-03-05"}, "bc"),
        ({"cdate": "2026-03-05 00:00:01"}, "c"),
        ({"udate": "2026-03-07 11:00:00"}, "c"),
        ({"udate": "2026-03-07 11:00:01"}, ""),
        ({"customorder_size": "9"}, "a"),
        ({"customorder_size_from": "10"}, "bc"),
        ({"customorder_size_from": "10", "customorder_size_to": "50"}, "b"),
        ({"customorder_day_from": "2026-02-01", "customorder_day_to": "2026-03-01"}, "b"),
        ({"customuser_vip": "1"}, "b"),
        ({"customuser_rank_from": "5"}, "b"),
        ({"contactCountry": "Ukraine"}, "b"),
        ({"clientphone": "380"}, "b"),
        ({"contractorid": "1"}, "c"),
        ({"sum": "320"}, "c"),
        ({"ordercode": "a"}, "a"),
        ({"ordernumber": "82807"}, "b"),
        ({"workflowname": "Order", "statusname": "New"}, "a"),
        ({"statusname": ""}, "abc"),
        ({"nonsense": "x", "contactNonsense": "y"}, "abc"),
        ({'customorder_"\\': "x"}, ""),
    ],
)
def test_filters(box: Box, asked: Mapping[str, str], codes: str) -> None:
    box.add(ordercode="a", cdate="2026-03-04 12:00:00", custom_size="9", custom_day="2026-01-05")
    box.add(
        ordercode="b", cdate="2026-03-05 00:00:00", custom_size="10", custom_day="2026-02-05", workflowname="Project",
        clientemail="b@x.org", clientcode="B", clientphone="380", typesex="company", country="Ukraine",
        customuser_vip="1", customuser_rank="7",
    )  # fmt: skip
    box.add(ordercode="c", cdate="2026-03-06 00:00:00", custom_size="100", sum="320", contractorid="1")
    box.clock = datetime(2026, 3, 7, 11, 0, 0, tzinfo=UTC)
    box.update("c", statusname="Delivered")
    found = box.call("get", asked, part="1")["orders"]
    assert "".join(order["ordercode"] for order in found) == codes


def test_a_filter_without_part_is_the_first_part(box: Box) -> None:
    box.add(ordercode="r", clientphone="380")
    (order,) = box.call("get", clientphone="380")["orders"]
    assert "ordernumber" in order


def test_one_order_by_extra_field(box: Box) -> None:
    box.add(ordercode="r", custom_idKeydoppolya="value")
    (order,) = box.call("get", customorder_idKeydoppolya="value")["orders"]
    assert "dateto" in order
    assert order["customfields"] == [{"key": "idKeydoppolya", "name": "Extra field", "value": "value"}]
    assert box.refusal("get", customorder_idKeydoppolya="other") == NOT_FOUND


# comments


def test_comments_by_id_or_code_and_of_some_kinds(box: Box) -> None:
    number = box.add(ordercode="r", comments="first")
    box.update("r", comments="second", statusname="Delivered")
    box.add(ordercode="other", comments="not mine")
    comments = box.call("comments", id=number)
    assert comments == box.call("comments", code="r")
    assert set(comments[0]) == COMMENT_KEYS
    assert [comment["type"] for comment in comments] == ["change", "comment", "change", "comment"]
    assert [comment["content"] for comment in box.call("comments", {"id": number, "type[]": "comment"})] == [
        "first",
        "second",
    ]
    both = MultiDict(
        [("login", "sandbox"), ("password", "sandbox"), ("code", "r"), ("type[]", "call"), ("type[]", "change")]
    )
    assert len(box.client.post(CALLS["comments"], data=both).get_json()) == 2


def test_comments_go_with_their_order(box: Box) -> None:
    number = box.add(ordercode="r", comments="c")
    box.call("delete", orderid="r")
    assert box.refusal("comments", id=number) == NOT_FOUND
    assert box.store.count("comments") == 0


# Switches


def test_the_documented_envelope() -> None:
    box = Box(envelope="documented")
    params = {"clientnamefirst": "A", "clientphone": "1", "ordercode": "r"}
    assert box.call("add", params) == {"status": "ok", "message": "82806"}
    assert box.call("add", params) == {"status": "fail", "message": ALREADY}


def test_errors_as_a_list() -> None:
    assert Box(errors="list").call("delete") == {"result": "fail", "errors": ["orderId_empty"]}


@pytest.mark.parametrize(
    "shape, path",
    [
        ("list", ["orders", 0]),
        ("order", ["order"]),
        ("object", ["orders"]),
        ("by-id", ["82806"]),
        ("bare-list", [0]),
        ("bare", []),
    ],
)
def test_shapes_of_a_single_order(shape: str, path: list[Any]) -> None:
    box = Box(get_one=shape)
    box.add(ordercode="r")
    answer = box.call("get", orderid="r")
    for step in path:
        answer = answer[step]
    assert answer["ordercode"] == "r"


@pytest.mark.parametrize(
    "shape, answer",
    [
        ("list", {"orders": []}),
        ("null", {"orders": None}),
        ("object", {"orders": {}}),
        ("fail", {"result": "fail", "errors": NOT_FOUND}),
    ],
)
def test_shapes_of_an_empty_list(shape: str, answer: object) -> None:
    assert Box(empty=shape).call("get", part="1") == answer


def test_other_switches() -> None:
    box = Box(first_name="optional", content_type="text/html", comments="object")
    box.add(clientnamefirst=None, ordercode="r", comments="c")
    assert box.client.get("/api/orders/get/").mimetype == "text/html"
    assert len(box.call("comments", code="r")["comments"]) == 2


@pytest.mark.parametrize(
    "switches, named",
    [({"nope": "1"}, "envelope"), ({"errors": "x"}, "list"), ({"part-size": "0"}, "whole number")],
)
def test_unknown_switches_are_refused(switches: Mapping[str, str], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        load("onebox", ":memory:", switches=switches)


NAMES = [
    *(f"{name}{end}" for name in ("customorder_x", "customuser_x") for end in ("", "_from", "_to", "'", '"')),
    *("cdate", "clientemail", "clientphone", "comments", "contactCountry", "dateto", "deleteproducts", "files[]"),
    *("id", "orderid", "ordercode", "ordernumber", "part", "productArray", "productArray[0]", "searchclient"),
    *("productArray[0][count]", "productArray[0][price]", "productArray[][custom_x]", "sum", "type[]", "udate"),
]


@settings(max_examples=150, deadline=None)
@given(
    call=st.sampled_from(sorted(CALLS)),
    params=st.dictionaries(
        st.sampled_from(NAMES) | st.text(), st.text() | st.decimals().map(str) | st.just("82806"), max_size=8
    ),
    junk=st.binary(max_size=30),
    as_json=st.booleans(),
)
def test_whatever_is_sent_is_answered(call: str, params: Mapping[str, str], junk: bytes, *, as_json: bool) -> None:
    box = Box()
    box.add(clientphone="1")
    whole = {"login": "sandbox", "password": "sandbox", "clientnamefirst": "A", "clientphone": "1", **params}
    if as_json:
        answer = box.client.post(CALLS[call] + "?dataFromBody=1", json=whole)
    else:
        encodable = {name.encode("utf-8", "replace"): value.encode("utf-8", "replace") for name, value in whole.items()}
        answer = box.client.post(
            CALLS[call],
            data=urlencode(encodable).encode() + b"&" + junk,
            content_type="application/x-www-form-urlencoded",
        )
    assert answer.status_code == 200
    json.loads(answer.text)


def test_unknown_vendors_are_refused() -> None:
    with pytest.raises(ConfigError, match="onebox"):
        load("twobox", ":memory:")
