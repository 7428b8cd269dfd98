"""What Flyerlink may answer: every shape of an order and its jobs is read, and nothing odd breaks a list."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderctl.backend.call import Meaning
from orderctl.backend.contract import Backend
from orderctl.errors import BadAnswer, OrderctlError
from orderctl.model import Query, Status
from orderctl.vendors.flyerlink.answers import answered, as_day, decode, decode_line, each, id_of, read, rows
from tests.vendors.flyerlink_server import DOCUMENTED_ORDER, answering, profile

ALONE = {
    "id": "1648885",
    "order_code": "XYTVP",
    "customer": "LIANFI22",
    "client_reference": "Reference",
    "product_code": "LEGA54V",
    "quantity": "5000",
    "total_transfer": "55.50",
    "total_selling": "144",
    "total": "144.00",
    "auto081": False,
    "voucher": "f",
    "reverse_filename": None,
    "status": "091",
    "despatches": [],
}
"""A job by itself, whose names differ from those of a job in an order."""


def in_xml(name: str, value: Any) -> str:
    """Write a value as the vendor's XML would be, by what its tables call the items."""
    if isinstance(value, dict):
        inner = "".join(in_xml(key, item) for key, item in value.items())
    elif name == "jobs":
        inner = "".join(in_xml("job", item) for item in value)
    elif isinstance(value, list):
        return "".join(in_xml(name, item) for item in value)
    else:
        inner = "" if value is None else escape(str(value))
    return f"<{name}>{inner}</{name}>"


@pytest.mark.parametrize(
    "answer",
    [
        {"order": DOCUMENTED_ORDER},
        {"order": [DOCUMENTED_ORDER]},
        {"orders": [DOCUMENTED_ORDER]},
        {"orders": DOCUMENTED_ORDER},
        {"orders": {"order": DOCUMENTED_ORDER}},
        {"orders": {"order": [DOCUMENTED_ORDER]}},
        {"orders": [{"order": DOCUMENTED_ORDER}]},
        {"orders": {"0": DOCUMENTED_ORDER}},
        DOCUMENTED_ORDER,
        [DOCUMENTED_ORDER],
        [{"order": DOCUMENTED_ORDER}],
        {"status": "ok", "order": DOCUMENTED_ORDER},
    ],
)
def test_an_order_in_every_wrapping(answer: Any) -> None:
    found = rows(answer, "order")
    assert found == [DOCUMENTED_ORDER]
    order = answering("\ufeff " + json.dumps(answer)).backend.get("XYTVP")
    assert order.raw == DOCUMENTED_ORDER


@pytest.mark.parametrize(
    "nothing",
    [None, [], {}, "", {"orders": []}, {"orders": None}, {"orders": {}}, {"orders": ""}, {"order": None},
     {"orders": {"order": []}}, {"status": "ok"}, {"response": {"@status": "ok"}}, {"response": {"orders": None}}],
)  # fmt: skip
def test_no_orders(nothing: Any) -> None:
    assert rows(nothing, "order") == []


@pytest.mark.parametrize(
    "nonsense",
    [7, "text", True, {"runs": []}, {"orders": 7}, {"orders": "x"}, {"status": "error"}, {"status": "ok", "more": 1},
     {"code": "X"}, {"id": "X", "message": "No"}],
)  # fmt: skip
def test_what_is_not_an_orders(nonsense: Any) -> None:
    assert rows(nonsense, "order") is None


@pytest.mark.parametrize(
    "text",
    [
        in_xml("order", DOCUMENTED_ORDER),
        f"<orders>{in_xml('order', DOCUMENTED_ORDER)}</orders>",
        f'<orders type="array">{in_xml("order", DOCUMENTED_ORDER)}</orders>',
        f'<response status="ok"><orders>{in_xml("order", DOCUMENTED_ORDER)}</orders></response>',
        f'<?xml version="1.0" encoding="UTF-8"?>\n{in_xml("order", DOCUMENTED_ORDER)}',
    ],
)
def test_an_order_in_xml_reads_as_in_json(text: str) -> None:
    order = answering(text).backend.get("XYTVP")
    wanted = decode(DOCUMENTED_ORDER, profile())
    for name in ("id", "reference", "created_at", "total", "paid", "currency", "vendor_status", "lines"):
        assert getattr(order, name) == getattr(wanted, name)


def test_several_orders_in_xml() -> None:
    xml = "<orders><order><id>A</id><jobs/><package/></order><order><id>B</id></order></orders>"
    page = answering(xml).backend.page(Query(since=dt.datetime(2011, 4, 1, tzinfo=dt.UTC)), None)
    assert [(order.id, order.lines, order.extra.get("package")) for order in page.orders] == [
        ("A", (), None),
        ("B", (), None),
    ]


JOB = DOCUMENTED_ORDER["jobs"][0]


@pytest.mark.parametrize(
    "jobs, count",
    [
        ([JOB], 1), (JOB, 1), ({"job": JOB}, 1), ({"job": [JOB, JOB]}, 2), ([{"job": JOB}], 1), ({"7": JOB}, 1),
        (None, 0), ("", 0), ([], 0), ({}, 0), ({"job": None}, 0), ("1648885", 0), ([JOB, "odd"], 1),
    ],
)  # fmt: skip
def test_jobs_in_every_wrapping(jobs: Any, count: int) -> None:
    order = decode({"id": "X", "jobs": jobs}, profile())
    assert [line.id for line in order.lines] == ["1648885"] * count
    assert ("jobs" in order.extra) is (jobs in ("1648885", [JOB, "odd"]))  # what is odd is kept


@pytest.mark.parametrize(
    "totals, total, paid",
    [
        ([{"total": "144", "balance": "0"}], "144", True),
        ({"total": "144", "balance": "0"}, "144", True),
        ({"total": 144, "balance": Decimal("0.5")}, "144", False),
        ([{"total": "1.50", "currency": "GBP"}, {"total": "2", "currency": "EUR"}], "1.50", None),
        ([{"total": "0", "balance": "0"}], "0", None),
        ([{"total": "", "balance": None}], None, None),
        ([{"total": "many", "balance": "x"}], None, None),
        (None, None, None),
        ([], None, None),
        ("odd", None, None),
    ],
)
def test_totals_in_every_shape(totals: Any, total: str | None, paid: bool | None) -> None:  # noqa: FBT001  (a table)
    order = decode({"id": "X", "totals": totals}, profile())
    assert (order.total, order.paid) == (None if total is None else Decimal(total), paid)
    assert ("totals" in order.extra) is (totals == "odd" or (isinstance(totals, list) and len(totals) > 1))


def test_decimals_keep_every_digit() -> None:
    order = answering('{"order":{"id":"X","totals":{"total":0.10000000000000000001,"balance":"144.50"}}}').backend.get(
        "X"
    )
    assert str(order.total) == "0.10000000000000000001"
    assert str(order.extra["balance"]) == "144.50"


def test_a_job_by_itself_has_other_names() -> None:
    line = decode_line(ALONE)
    assert (line.id, line.sku, line.quantity, line.total) == ("1648885", "LEGA54V", Decimal(5000), Decimal("144.00"))
    assert (line.extra["client_reference"], line.extra["voucher"], line.extra["total_transfer"]) == (
        "Reference",
        "f",
        "55.50",
    )
    assert decode_line({"code": 1648885}).id == "1648885"


@pytest.mark.parametrize(
    "value, day",
    [
        ("26/04/2011", dt.date(2011, 4, 26)),
        ("1/2/2011", dt.date(2011, 2, 1)),
        ("2011-04-26", dt.date(2011, 4, 26)),
        ("2011-04-26 13:05:00", dt.datetime(2011, 4, 26, 13, 5, tzinfo=dt.UTC)),
        ("00/00/0000", None),
        ("", None),
        (None, None),
    ],
)
def test_dates(value: Any, day: Any) -> None:
    assert decode({"id": "X", "date": value}, profile()).created_at == day


@pytest.mark.parametrize("value", ["31/02/2011", "soon", "26/04", 7, ["26/04/2011"], "4/26/2011", "2011/04/26"])
def test_a_date_that_cannot_be_read_is_kept(value: Any) -> None:
    order = decode({"id": "X", "date": value}, profile())
    assert order.created_at is None
    assert order.extra["date"] == value


def test_a_day_with_a_time_is_read_in_the_profiles_zone() -> None:
    zone = dt.timezone(dt.timedelta(hours=2))
    assert as_day("2011-04-26 01:00", zone) == dt.datetime(2011, 4, 25, 23, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "statuses, vendor_status, status",
    [
        (["081", "081"], "081", Status.IN_PROGRESS),
        (["091"], "091", Status.IN_PROGRESS),
        (["081", "091"], None, Status.UNKNOWN),
        (["777"], "777", Status.COMPLETED),
        (["123"], "123", Status.UNKNOWN),
        ([None], None, Status.UNKNOWN),
        ([["odd"]], None, Status.UNKNOWN),
        ([], "", Status.UNKNOWN),
    ],
)
def test_an_orders_status_is_the_one_of_all_its_jobs(statuses: Any, vendor_status: str | None, status: Status) -> None:
    jobs = [{"id": str(number), "status": status} for number, status in enumerate(statuses)]
    order = decode({"id": "X", "jobs": jobs}, profile(statuses={"777": Status.COMPLETED}))
    assert (order.vendor_status, order.status) == (vendor_status, status)
    assert [line.extra["status"] for line in order.lines] == statuses  # codes stay text, with their zeros


def test_an_orders_currency_is_the_one_of_all_its_jobs() -> None:
    jobs = [{"id": "1", "totals": {"currency": "GBP"}}, {"id": "2", "totals": {"currency": "EUR"}}]
    assert decode({"id": "X", "jobs": jobs[:1]}, profile()).currency == "GBP"
    assert decode({"id": "X", "jobs": jobs}, profile()).currency is None


@pytest.mark.parametrize("package", [None, "P1", {"code": "P1"}])
def test_a_package_stays_as_it_came(package: Any) -> None:
    assert decode({"id": "X", "package": package}, profile()).extra["package"] == package


@pytest.mark.parametrize("row", [{}, {"id": ""}, {"id": None}, {"id": ["X"]}, "X", 7, None, ["X"]])
def test_a_row_without_an_id_does_not_break_a_list(row: Any) -> None:
    body = json.dumps({"orders": [row, {"id": "B", "more": 1}]})
    page = answering(body).backend.page(Query(since=dt.datetime(2011, 4, 1, tzinfo=dt.UTC)), None)
    assert [(order.id, dict(order.extra)) for order in page.orders] == [("B", {"more": 1})]
    assert len(page.errors) == 1
    assert "row 1" in page.errors[0]


def test_an_id_is_always_text() -> None:
    assert decode({"id": 7}, profile()).id == "7"
    assert decode_line({"code": 1648885}).id == "1648885"


@pytest.mark.parametrize(
    "answer, meaning, message",
    [
        ({"status": "ok"}, Meaning.DONE, ""),
        ({"response": {"@status": "ok", "id": "X"}}, Meaning.DONE, ""),
        ({"status": "error", "message": "No"}, Meaning.NO, "No"),
        ({"status": "fail", "error": "No"}, Meaning.NO, "No"),
        ({"response": {"@status": "error", "message": "No"}}, Meaning.NO, "No"),
        ({"response": {"@status": "error", "error": {"0": "No"}}}, Meaning.NO, "No"),
        ({"error": "No"}, Meaning.NO, "No"),
        ({"status": "ok", "id": "X", "error": "No"}, Meaning.UNKNOWN, "No"),
        ({"error": None}, Meaning.NOTHING, ""),
        ({"id": "X"}, Meaning.NOTHING, ""),
        ({"message": "No"}, Meaning.NOTHING, "No"),
        ({"status": "081"}, Meaning.NOTHING, ""),
        ({"response": "ok"}, Meaning.NOTHING, ""),
        ([], Meaning.NOTHING, ""),
        (None, Meaning.NOTHING, ""),
    ],
)
def test_whether_an_answer_says_ok(answer: Any, meaning: Meaning, message: str) -> None:
    assert answered(answer) == (meaning, message)


@pytest.mark.parametrize(
    "answer, made",
    [
        ({"response": {"status": "ok", "id": "DVQLK"}}, "DVQLK"),
        ({"status": "ok", "id": "DVQLK"}, "DVQLK"),
        ({"id": "DVQLK"}, "DVQLK"),
        ({"id": 1648885}, "1648885"),
        ({"order": {"id": "DVQLK"}}, "DVQLK"),
        ({"job": {"id": "1"}}, "1"),
        ({"job": {"code": "1"}}, None),
        ({"code": "403"}, None),
        ({"id": "X", "message": "No"}, None),
        ({"status": "ok", "id": "X", "message": "Made"}, "X"),
        ({"response": {"order": {"id": "DVQLK"}}}, "DVQLK"),
        ({"response": {"status": "ok", "id": None}}, None),
        ({"id": ""}, None),
        ({"id": "not an id"}, None),
        ({"id": "a/b"}, None),
        ({"response": "ok"}, None),
        ([], None),
        (None, None),
    ],
)
def test_the_id_of_what_was_made(answer: Any, made: str | None) -> None:
    assert id_of(answer) == made


@pytest.mark.parametrize(
    "text",
    ["", "  ", "{", "<order>", "<!DOCTYPE x><order/>", "<html/>", "<HTML></HTML>", "oops", "[1,2", "<?xml?>"],
)
def test_nonsense_is_a_bad_answer(text: str) -> None:
    with pytest.raises(BadAnswer, match="Flyerlink answered"):
        read(text.encode())


KEYS = (
    "0", "balance", "code", "customer", "date", "error", "id", "job", "jobs", "message", "order", "orders", "reference",
    "response", "status", "total", "totals",
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8)
JSON = st.recursive(
    SCALARS | st.sampled_from(["ok", "error", "26/04/2011", "144", "081"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=400, deadline=None)
@given(JSON)
def test_whatever_is_answered_ends_in_orders_or_in_one_of_our_errors(answer: Any) -> None:
    backend: Backend = answering(json.dumps(answer)).backend.backend
    since = dt.datetime(2011, 4, 1, tzinfo=dt.UTC)
    for call in (
        lambda: backend.get("X"),
        lambda: backend.lines("X"),
        lambda: backend.page(Query(since=since), None),
    ):
        try:
            call()
        except OrderctlError as error:
            assert error.message  # noqa: PT017  (any of ours will do)
    each(answer, "job")
    id_of(answer)
