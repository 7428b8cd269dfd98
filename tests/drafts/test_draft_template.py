import datetime as dt
import io
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl import drafts
from orderctl.cells import neutralise
from orderctl.drafts import template
from orderctl.drafts.clean import clean
from orderctl.model import Customer, DraftLine, OrderDraft, Setting
from tests.drafts.preparing import Preparing

TEXTS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12).filter(
    lambda text: text.strip() and clean(neutralise(text), Counter(), markup=False, mark=False) == text
)
CODES = st.from_regex(r"[A-Z+=@'-][A-Z0-9=+'-]{0,8}", fullmatch=True).filter(lambda t: "E+" not in t and "E-" not in t)
POSITIVE = st.decimals(min_value=Decimal("0.0001"), max_value=10**9, places=4)
KEYS = st.from_regex(r"[a-z][a-z_.\[\]0-9]{0,8}", fullmatch=True).filter(
    lambda k: k not in {"sku", "id", "name", "quantity", "price"}
)
JSON = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | TEXTS | st.just("") | st.lists(TEXTS, max_size=2)
SETTINGS = st.dictionaries(
    KEYS, st.builds(Setting, value=JSON, kind=st.none() | st.sampled_from(["h_title", "number"])), max_size=3
)
MAYBE = st.none() | TEXTS
CODE = st.none() | CODES
EMAIL = st.none() | TEXTS.map("{}@example.com".format)
CURRENCY = st.none() | st.from_regex(r"[A-Z]{3}", fullmatch=True)
LINES = st.builds(
    DraftLine, sku=CODES, id=MAYBE, name=MAYBE, quantity=st.none() | POSITIVE, price=st.none() | POSITIVE, set=SETTINGS
)
DRAFTS = st.builds(
    OrderDraft,
    reference=CODES,
    title=MAYBE,
    note=MAYBE,
    customer=st.builds(Customer, id=st.none(), code=CODE, name=MAYBE, email=EMAIL, phone=CODE, address=MAYBE),
    due=st.none()
    | st.dates(min_value=dt.date(1000, 1, 1), max_value=dt.date(9998, 12, 31))
    | st.datetimes(min_value=dt.datetime(1000, 1, 2), max_value=dt.datetime(9998, 12, 31), timezones=st.just(dt.UTC)),  # noqa: DTZ001
    currency=CURRENCY,
    total=st.none() | POSITIVE,
    status=MAYBE,
    paid=st.none() | st.booleans(),
    lines=st.lists(LINES, max_size=3).map(tuple),
    set=SETTINGS,
    row=st.none(),
)


@pytest.mark.parametrize("kind", ["csv", "json", "jsonl"])
@given(DRAFTS)
def test_what_template_writes_is_read_back(kind: str, draft: OrderDraft) -> None:
    text = template(draft, kind)
    prepare = Preparing()
    with drafts.read("-", stdin=io.BytesIO(text.encode()), format=kind, zone=dt.UTC, prepare=prepare) as batch:
        (again,) = prepare.sent(batch)
    assert replace(again, row=None) == draft


EXAMPLE = OrderDraft(
    reference="A-1",
    customer=Customer(id="vendor's", phone="+380639370442"),
    total=Decimal("1E+3"),
    paid=True,
    lines=(
        DraftLine(sku="100500", quantity=Decimal(2)),
        DraftLine(id="7", set={"tags": Setting(value=[Decimal("1.10")])}),
    ),
    set={"doc": Setting(value=b"pdf"), "day": Setting(value=dt.date(2026, 3, 9)), "F_4": Setting(value="x", kind="t")},
    files=("left out",),
)


def test_json_is_laid_out_for_people() -> None:
    assert (
        template(EXAMPLE, "json")
        == """\
{
  "schema": "orderctl.draft/1",
  "reference": "A-1",
  "total": "1000",
  "paid": true,
  "customer": {
    "phone": "+380639370442"
  },
  "lines": [
    {
      "sku": "100500",
      "quantity": "2"
    },
    {
      "id": "7",
      "set": {
        "tags": [
          1.10
        ]
      }
    }
  ],
  "set": {
    "doc": "cGRm",
    "day": "2026-03-09",
    "F_4:t": "x"
  }
}
"""
    )


def test_json_lines_are_one_line() -> None:
    assert template(replace(EXAMPLE, lines=(), set={}), "jsonl") == (
        '{"schema": "orderctl.draft/1", "reference": "A-1", "total": "1000", "paid": true, '
        '"customer": {"phone": "+380639370442"}}\n'
    )


def test_csv_has_a_row_for_each_line() -> None:
    assert template(EXAMPLE, "csv") == (
        "reference,phone,total,paid,set.doc:,set.day:,set.F_4:t,sku,quantity,line.id,line.tags:\n"
        'A-1,\'+380639370442,1000,true,"""cGRm""","""2026-03-09""",x,100500,2,,\n'
        "A-1,,,,,,,,,7,[1.10]\n"
    )
