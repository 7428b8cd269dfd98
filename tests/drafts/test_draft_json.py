import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl import drafts
from orderctl.drafts import DraftOptions, items
from orderctl.drafts.jsontext import dumps, loads
from orderctl.drafts.objects import with_reason
from orderctl.drafts.source import Source
from orderctl.errors import Problem, UsageError
from orderctl.model import Customer, DraftLine, OrderDraft, Setting
from tests.drafts.preparing import Preparing

FULL = {
    "schema": "orderctl.draft/1",
    "reference": "A-1",
    "title": "T",
    "note": None,
    "customer": {"code": 17, "name": "Ann", "email": "a@example.com", "phone": "+380639370442", "address": "Street"},
    "due": "2026-03-09T14:30",
    "currency": "UAH",
    "total": "102.50",
    "status": "New",
    "paid": True,
    "lines": [{"sku": 100500, "id": "7", "name": "Test", "quantity": 2, "price": 1.5, "set": {"vat": 20}}],
    "set": {"custom_a": "x", "F_4:h_title": "Order A", "list": [1, {"a": None}]},
    "reason": "ignored",
}


def read(text: str, kind: str = "json", **more: Any) -> list[OrderDraft]:
    stdin = io.BytesIO(text.encode())
    prepare = more.pop("prepare", None) or Preparing()
    with drafts.read("-", stdin=stdin, format=kind, prepare=prepare, **{"zone": dt.UTC, **more}) as batch:
        return prepare.sent(batch)


def refusal(text: str, kind: str = "json", **more: Any) -> UsageError:
    with pytest.raises(UsageError) as error:
        read(text, kind, **more)
    assert "\n" not in error.value.message
    assert len(error.value.message) < 300
    return error.value


def test_every_key_has_its_place() -> None:
    draft = OrderDraft(
        reference="A-1",
        title="T",
        customer=Customer(code="17", name="Ann", email="a@example.com", phone="+380639370442", address="Street"),
        due=dt.datetime(2026, 3, 9, 12, 30, tzinfo=dt.UTC),
        currency="UAH",
        total=Decimal("102.50"),
        status="New",
        paid=True,
        lines=(
            DraftLine(
                sku="100500",
                id="7",
                name="Test",
                quantity=Decimal(2),
                price=Decimal("1.5"),
                set={"vat": Setting(value=20)},
            ),
        ),
        set={
            "custom_a": Setting(value="x"),
            "F_4": Setting(value="Order A", kind="h_title"),
            "list": Setting(value=[1, {"a": None}]),
        },
        row=1,
    )
    kyiv = ZoneInfo("Europe/Kyiv")
    text = json.dumps(FULL)
    assert read(text, zone=kyiv) == read(f"[{text}]", zone=kyiv) == read(text, "jsonl", zone=kyiv) == [draft]


def test_numbers_keep_all_their_digits() -> None:
    (draft,) = read('{"reference":"A","total":1.10,"set":{"n":0.1000000000000000000001,"m":12345678901234567890}}')
    assert str(draft.total) == "1.10"
    assert draft.set["n"].value == Decimal("0.1000000000000000000001")
    assert draft.set["m"].value == 12345678901234567890


@pytest.mark.parametrize(
    "text, problem",
    [
        ('{"referense":"A"}', "row 1, referense: unknown key; did you mean 'reference'?"),
        ('{"zzzzzz":"A"}', "row 1, zzzzzz: unknown key; known: currency, "),
        ('{"lines":[{},{"qty":1}]}', "row 1, lines[1].qty: unknown key; did you mean 'quantity'?"),
        ('{"amount":1}', "row 1, amount: unknown key; did you mean 'total'?"),
        ('{"mail":"a@example.com"}', "row 1, mail: unknown key; did you mean 'customer.email'?"),
        ('{"product":"1"}', "row 1, product: unknown key; did you mean 'sku' of a line, in 'lines'?"),
        ('{"currency":"EURO"}', "row 1, currency: 'EURO' is not a currency; it has three letters, such as EUR"),
        ('{"customer":{"email":"ann"}}', "row 1, customer.email: 'ann' is not an email address; it has no @"),
        ('{"lines":[{"quantity":-3}]}', "row 1, lines[0].quantity: must be above 0: -3"),
        ('{"lines":[{"price":"-0.5"}]}', "row 1, lines[0].price: must not be below 0: -0.5"),
        ('{"lines":[{"price":NaN}]}', "row 1, lines[0].price: must be a number, not NaN"),
        ('{"lines":[7]}', "row 1, lines[0]: must be an object"),
        ('{"lines":{}}', "row 1, lines: must be a list"),
        ('{"lines":[{"set":[]}]}', "row 1, lines[0].set: must be an object"),
        ('{"set":1}', "row 1, set: must be an object"),
        ('{"set":{"a":[Infinity]}}', "row 1, set.a: must not hold Infinity"),
        ('{"set":{"a":1,"a:t":2}}', "row 1, set.a: is given twice"),
        ('{"customer":"A-17"}', 'row 1, customer: must be an object: {"code": …'),
        ('{"customer":{"id":"A"}}', "row 1, customer.id: unknown key"),
        ('{"customer":{"email":[]}}', "row 1, customer.email: must be a text in quotes, not a list"),
        ('{"title":1.5}', "row 1, title: must be a text in quotes, not a number"),
        ('{"title":"a\\u0000"}', "row 1, title: has a NUL character"),
        ('{"title":"\\ud800"}', "row 1, title: has a character that is not valid Unicode"),
        ('{"paid":"maybe"}', "row 1, paid: 'maybe' is neither true nor false"),
        ('{"paid":[]}', "row 1, paid: this is neither true nor false"),
        ('{"due":20260309}', "row 1, due: must be a date or time in quotes"),
        ('{"total":1e99}', "row 1, total: must be a number, not a number of 4 characters"),
        ('{"total":1e999999999999999999999999999}', "row 1, total: must be a number"),
        ('{"total":' + "9" * 5000 + "}", "row 1, total: must be a number, not a number of 5,000 characters"),
        ('{"reference":" "}', "row 1, reference: is missing"),
        ("{}", "row 1, reference: is missing; every order in a file needs one"),
        ('{"reference":[]}', "row 1, reference: must be a text in quotes, not a list"),
        ('{"schema":"orderctl.order/1"}', "row 1, schema: this is a document that orderctl prints (orderctl.order/1)"),
        ('{"schema":"orderctl.list/1","orders":[]}', "row 1, schema: this is a document that orderctl prints"),
        ('{"schema":7}', "row 1, schema: must be 'orderctl.draft/1', or left out"),
        ('{"title":"a","title":"b"}', "row 1: has the key 'title' twice"),
        ("[1]", "row 1: an order must be an object"),
        ('{"' + "k" * 500 + '":1}', "row 1, " + "k" * 59 + "…: unknown key"),
    ],
)
def test_what_is_wrong_is_reported_with_its_path(text: str, problem: str) -> None:
    assert any(str(p).startswith(problem) for p in refusal(text).fields), refusal(text).fields


def test_rows_are_places_in_the_list_or_lines_of_the_file() -> None:
    assert [p.row for p in refusal('[{"reference":"A"},\n\n{"reference":"B","x":1}]').fields] == [2]
    assert [p.row for p in refusal('{"reference":"A"}\n\n{"reference":"B","x":1}\n', "jsonl").fields] == [3]


@pytest.mark.parametrize("text", ['[{"reference":"A"},{"reference":"B"},{"reference":"A"}]'])
def test_one_reference_twice_is_refused(text: str) -> None:
    assert refusal(text).message == (
        "standard input, row 3, reference: 'A' is in row 1 and again in row 3; every order needs a reference of its own"
    )


@pytest.mark.parametrize(
    "text, problem",
    [
        ('{"reference":"A"', "the file ends in the middle of a value (line 1, column 17)"),
        ('[{"reference":"A"}', "expecting ',' or ']' after a draft (line 1, column 19)"),
        ('[{"reference":"A"},', "the file ends in the middle of a value (line 1, column 20)"),
        ('[{"reference":"A"},]', "is not JSON: expecting value (line 1, column 20)"),
        ('[{"reference":"A"}\n {"reference":"B"}]', "expecting ',' or ']' after a draft (line 2, column 2)"),
        ('[\n{"reference":\n"A" "x"}]', "expecting ',' delimiter (line 3, column 5)"),
        ('[{"reference":"A}]', "unterminated string (line 1, column 15)"),
        ("[] []", "there is more after the end of the list (line 1, column 4)"),
        ('{"reference":"A"}\n{"reference":"B"}', "there is more after the draft (line 2, column 1)"),
        ("7", "expected one draft, {…}, or a list of drafts"),
        ("orders", "expected one draft"),
        ("[" * 200_000, "is nested too deeply (line 1, column 2)"),
        ('[{"a":' * 100_000, "is nested too deeply"),
    ],
)
def test_broken_json_is_one_clear_line(text: str, problem: str) -> None:
    assert problem in refusal(text).message
    assert problem in refusal(text, skip_invalid=True).message


def test_json_lines_under_the_wrong_name_are_recognised() -> None:
    assert "--format jsonl" in refusal('{"reference":"A"}\n{"reference":"B"}').hint


def test_an_error_far_from_the_end_is_found_without_reading_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "CHUNK", 100)
    assert "expecting ':' delimiter (line 1, column 7)" in refusal('[{"a" 1 ' + " " * 100_000).message


def test_an_order_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "MAX_ORDER", 1000)
    monkeypatch.setattr(items, "CHUNK", 100)
    assert "one order is larger than" in refusal('[{"a":"' + "x" * 10_000).message


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(
    values=st.lists(JSON, max_size=6),
    chunk=st.integers(1, 30),
    indent=st.sampled_from([None, 1]),
    escaped=st.booleans(),
)
def test_a_list_is_read_in_pieces_of_any_size(
    values: list[Any], chunk: int, indent: int | None, *, escaped: bool
) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=escaped)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(items, "CHUNK", chunk)
        source = Source("x", io.BytesIO(text.encode()), encoding="utf-8", path=None)
        read = [json.loads(text) for _, text in items.Items(source, by_line=False)]
    assert read == values


@given(JSON)
def test_json_is_written_as_it_is_read(value: Any) -> None:
    assert loads(dumps(value)) == loads(dumps(value, indent=True)) == loads(json.dumps(value))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=6))
def test_a_decimal_keeps_its_digits_in_json(value: Decimal) -> None:
    assert str(loads(dumps([value]))[0]) == str(value)


def test_options_fill_what_the_file_leaves_empty() -> None:
    defaults = DraftOptions(reference="R", currency="UAH", line=("sku=9",))
    assert read('{"title":"T","lines":[]}', defaults=defaults) == [
        OrderDraft(reference="R", title="T", currency="UAH", lines=(DraftLine(sku="9"),), row=1)
    ]
    assert "'R' is in row 1 and again in row 2" in refusal('[{"title":"T"},{"title":"U"}]', defaults=defaults).message


@pytest.mark.parametrize(
    "path, key",
    [
        ("line 1 sku", "lines[0].sku"),
        ("line 2 vat", "lines[1].set.vat"),
        ("--line", "lines"),
        ("--set a", "set.a"),
        ("--phone", "customer.phone"),
        ("--customer", "customer.code"),
        ("--due", "due"),
        ("elsewhere", "elsewhere"),
    ],
)
def test_the_vendors_check_has_the_row_and_the_key(path: str, key: str) -> None:
    error = refusal(
        '[{"reference":"A","lines":[{"sku":"a"},{"sku":"b"}]}]', prepare=Preparing(Problem(path, "unknown"))
    )
    assert error.fields == (Problem(key, "unknown", 1),)


REJECTED = """[
  {"reference": "A", "total": 1.10},
  {"reference": "B", "total": "x", "lines": [{"price": 1.10}]},
  {"reason": "old \\"one\\"", "reference": "C", "x": 1},
  {},
  {"reference": "E"},
  7,
  {"reference": "F"}
]"""


def test_rejected_orders_are_written_as_they_were_with_a_reason(tmp_path: Path) -> None:
    path, rejects = tmp_path / "orders.json", tmp_path / "rejects.json"
    path.write_text(REJECTED)
    with drafts.read(path, zone=dt.UTC, skip_invalid=True, rejects=rejects, prepare=Preparing()) as batch:
        assert [d.reference for d in batch] == ["A", "E", "F"]
        assert (batch.count, batch.rejected) == (3, 4)
    content = rejects.read_text()
    assert [o if isinstance(o, int) else list(o) for o in json.loads(content)] == [
        ["reason", "code", "reference", "total", "lines"],
        ["reason", "code", "reference", "x"],
        ["reason", "code"],
        7,
    ]
    head = '{"reason": "total: \'x\' is not a number", "code": "usage.invalid", '
    assert head + '"reference": "B", "total": "x", "lines": [{"price": 1.10}]}' in content
    assert '{"reason": "reference: is missing; every order in a file needs one", "code": "usage.invalid"}' in content
    assert "old" not in content


def test_fixed_json_rejects_are_read_by_the_same_command(tmp_path: Path) -> None:
    path, rejects, again = tmp_path / "orders.json", tmp_path / "rejects.json", tmp_path / "again.json"
    path.write_text('{"reference": "A", "total": "x"}')
    with drafts.read(path, zone=dt.UTC, skip_invalid=True, rejects=rejects, prepare=Preparing()):
        pass
    rejects.write_text(rejects.read_text().replace('"x"', '"5"'))
    prepare = Preparing()
    with drafts.read(rejects, zone=dt.UTC, skip_invalid=True, rejects=again, prepare=prepare) as batch:
        assert [d.total for d in prepare.sent(batch)] == [Decimal(5)]
    assert again.read_text() == "[]\n"
    assert read(again.read_text()) == []


def test_rejected_lines_stay_lines_even_when_broken(tmp_path: Path) -> None:
    path, rejects, again = tmp_path / "orders.jsonl", tmp_path / "rejects.jsonl", tmp_path / "again.jsonl"
    path.write_text(
        '{"reference": "A"}\n{"reference": "B"\n{"reference": "C", "reference": "D"}\n{"reference":"E","x":1}'
    )
    with drafts.read(path, zone=dt.UTC, skip_invalid=True, rejects=rejects, prepare=Preparing()) as batch:
        assert [d.reference for d in batch] == ["A"]
    lines = rejects.read_text().splitlines()
    assert lines[0] == '{"reference": "B"'
    head = '{"reason": "has the key \'reference\' twice", "code": "usage.invalid", '
    assert lines[1].startswith(head + '"reference": "C", ')
    assert lines[2].startswith('{"reason": "x: unknown key')
    path.write_text('{"reference": "A"}\n')
    drafts.read(path, zone=dt.UTC, skip_invalid=True, rejects=again, prepare=Preparing()).close()
    assert again.read_text() == ""
    assert read("", "jsonl") == []


def test_a_reference_that_is_there_twice_is_rejected_both_times(tmp_path: Path) -> None:
    path, rejects = tmp_path / "orders.jsonl", tmp_path / "rejects.jsonl"
    path.write_text('{"reference":"A"}\n{"reference":"B"}\n{"reference":"A","title":"other"}\n')
    with drafts.read(path, zone=dt.UTC, skip_invalid=True, rejects=rejects, prepare=Preparing()) as batch:
        assert [d.reference for d in batch] == ["B"]
        assert (batch.count, batch.rejected, batch.problem_count) == (1, 2, 1)
    assert [json.loads(line)["reference"] for line in rejects.read_text().splitlines()] == ["A", "A"]


def test_a_reason_and_its_code_take_the_place_of_earlier_ones_and_of_nothing_else() -> None:
    once = with_reason('{"code": "SUMMER", "no": 1}', "bad", "usage.invalid")
    assert once == '{"reason": "bad", "code": "usage.invalid", "code": "SUMMER", "no": 1}'
    assert with_reason(once, "worse", "vendor.refused") == (
        '{"reason": "worse", "code": "vendor.refused", "code": "SUMMER", "no": 1}'
    )
    assert loads(once)["code"] == "SUMMER"
    with pytest.raises(ValueError, match="twice"):
        loads('{"code": "SUMMER", "code": "WINTER"}')


@pytest.mark.parametrize(
    "text, rejects, other",
    [
        ("[]", "r.xlsx", "r.json"),
        ("[]", "r.csv", "r.json"),
        ("[]", "r.jsonl", "r.json"),
        ("reference\n", "r.ods", "r.csv"),
    ],
)
def test_a_rejects_file_has_no_name_of_another_format(text: str, rejects: str, other: str, tmp_path: Path) -> None:
    path = tmp_path / ("orders.json" if text == "[]" else "orders.csv")
    path.write_text(text)
    with pytest.raises(UsageError) as refused:
        drafts.read(path, zone=dt.UTC, prepare=Preparing(), skip_invalid=True, rejects=tmp_path / rejects)
    assert refused.value.hint == f"--rejects {tmp_path / other}"
    assert not (tmp_path / rejects).exists()


def change(text: str, **more: Any) -> Any:
    return drafts.read_change("-", stdin=io.BytesIO(text.encode()), **{"zone": dt.UTC, **more})


def test_a_change_is_a_draft_without_a_reference() -> None:
    made = change('{"note":"N","lines":[{"sku":1}],"replace_lines":true}', options=DraftOptions(title="T", note="M"))
    assert (made.note, made.title, made.lines, made.replace_lines) == ("N", "T", (DraftLine(sku="1"),), True)
    assert change('{"note":"N"}').replace_lines is False
    assert change("{}", options=DraftOptions(line=("sku=1",)), replace_lines=True).replace_lines is True


@pytest.mark.parametrize(
    "text, problem",
    [
        ('{"reference":"A"}', "reference: the order is named on the command line"),
        ('{"replace_lines":true}', "replace_lines: needs new lines"),
        ('{"replace_lines":1,"lines":[{"sku":"1"}]}', "replace_lines: must be true or false"),
        ('{"replace_line":true}', "replace_line: unknown key; did you mean 'replace_lines'?"),
        ('{"note":1.5}', "note: must be a text"),
        ("[]", "expected one object: {…}"),
        ('{"a":1,"a":2}', "has the key 'a' twice"),
        ("{", "the file ends in the middle"),
        ("{} {}", "there is more"),
    ],
)
def test_a_change_that_cannot_be_read_is_refused(text: str, problem: str) -> None:
    with pytest.raises(UsageError) as error:
        change(text)
    assert problem in error.value.message
    assert error.value.message.startswith("standard input: ")


@pytest.mark.parametrize("name", ["J-1 ", " J-1", "\u200bJ-1", "J-1\ufeff", "J-1\u00a0", "J-1\n"])
def test_a_reference_with_blanks_at_its_ends_is_refused(name: str) -> None:
    """A CSV is read without them, so both files would create a duplicate."""
    problem = f"{name!r} begins or ends with a blank or an invisible character; remove it"
    fields = refusal(dumps([{"reference": name, "lines": []}])).fields
    assert fields == (Problem("reference", problem, 1),)
    with pytest.raises(UsageError, match=r"--reference: .*begins or ends with a blank"):
        read(dumps([{"title": "T"}]), defaults=DraftOptions(reference=name))


def test_blanks_inside_a_reference_are_its_own() -> None:
    assert [draft.reference for draft in read(dumps([{"reference": "J 1"}]))] == ["J 1"]
