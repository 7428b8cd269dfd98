"""Ten thousand answers that no box should give: an expected error or an honest result, never a false success."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orderctl.errors import OrderctlError
from orderctl.model import Move, Order, OrderChange, OrderKey, Query, Receipt
from tests.conftest import proof_examples
from tests.vendors.conftest import answering, draft

NASTY = [
    "",
    "ok",
    "fail",
    "0",
    "1",
    "null",
    "R-1",
    "7",
    "\x1b]52;c;AA==\x07",
    "[/x]",
    "\u202e",
    "\ud800",
    "9" * 50,
    "-1",
    "1e999",
]
NAMES = [
    "result",
    "status",
    "errors",
    "error",
    "message",
    "errorText",
    "orderId",
    "orderid",
    "order_id",
    "orders",
    "order",
    "comments",
    "ordercode",
    "products",
    "sum",
    "cdate",
    "count",
    "price",
    "customfields",
    "7",
    "id",
    "content",
]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(NASTY),
    st.text(max_size=20),
    st.sampled_from(["login_empty", "Order is already!", "Please create Finance Account", "2015-12-15 9:05", "#12903"]),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=20,
)
envelopes = st.fixed_dictionaries(
    {},
    optional={
        "result": st.sampled_from(["ok", "fail", "OK", True, False, 1, 0, None, "maybe"]),
        "status": st.sampled_from(["ok", "fail", 200, "error", []]),
        "orderId": st.sampled_from([7, "7", 0, -1, True, "<id>", 1.5, [], None]),
        "errors": values,
        "message": values,
        "orders": values
        | st.lists(st.fixed_dictionaries({"orderid": scalars}, optional={"ordercode": scalars, "products": values})),
    },
)


def spoil(text: bytes, cut: int | None, more: bytes) -> bytes:
    return text[:cut] + more if cut is not None else text


bodies = st.one_of(
    st.binary(max_size=200),
    st.builds(lambda v: json.dumps(v).encode(), values),
    st.builds(lambda v: json.dumps(v).encode(), envelopes),
    st.builds(spoil, st.builds(lambda v: json.dumps(v).encode(), envelopes), st.integers(0, 60), st.binary(max_size=5)),
)
statuses = st.sampled_from(
    [200] * 12 + [201, 204, 301, 400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503, 504, 505, 599]
)

CALLS: dict[str, Any] = {
    "get": lambda b: b.get("7"),
    "find": lambda b: b.find("R-1"),
    "read": lambda b: b.read(OrderKey(id="7")),
    "page": lambda b: b.page(Query(), None),
    "comments": lambda b: b.comments("7", ()),
    "create": lambda b: b.create(draft()),
    "update": lambda b: b.update("7", OrderChange(note="x", replace_lines=True)),
    "cancel": lambda b: b.cancel("7", None),
    "push": lambda b: b.push("7", Move(to="Delivered")),
    "ping": lambda b: b.ping(),
}


def says_ok(body: bytes) -> bool:
    """Read the verdict as a person would, without the module's help."""
    answer = json.loads(body)
    verdict = answer["result"] if answer.get("result") not in (None, "maybe", []) else answer["status"]
    return str(verdict).lower() in {"ok", "1", "true"}


@pytest.mark.proof
@pytest.mark.parametrize("call", CALLS)
@settings(max_examples=proof_examples(10_000, sample=400) // len(CALLS))
@given(body=bodies, status=statuses)
@example(body=b'{"result":"ok","orderId":true}', status=200)
@example(body=b"[" * 200_000, status=200)
@example(body=b'{"orders":[{"orderid":' + b"9" * 4300 + b"}]}", status=200)
@example(body=b'{"orders":[{"orderid":7,"sum":1e999999999999999999999}]}', status=200)
@example(body=b'{"result":"fail","errors":' + b"[" * 900 + b"]" * 900 + b"}", status=200)
def test_no_answer_breaks_a_call_or_passes_for_a_success(call: str, body: bytes, status: int) -> None:
    try:
        got = CALLS[call](answering(body, status).backend)
    except OrderctlError as error:
        got = error
    if isinstance(got, OrderctlError):
        assert got.exit_code in {4, 5, 6, 8, 9, 12}
        assert got.message
        return
    assert 200 <= status < 300
    if isinstance(got, Receipt):
        assert says_ok(body)
        if call == "create":
            assert got.id == "<id>" or int(got.id) > 0
    if isinstance(got, Order):
        assert "7" in (got.id, got.reference) or got.reference == "R-1"
