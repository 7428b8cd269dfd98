import datetime as dt
import os
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl.drafts import (
    DraftOptions,
    change_from_options,
    from_options,
    parse_columns,
    parse_line,
    parse_settings,
)
from orderctl.errors import UsageError
from orderctl.model import Customer, DraftLine, OrderDraft, Setting

KYIV = ZoneInfo("Europe/Kyiv")


def problems(error: pytest.ExceptionInfo[UsageError]) -> list[str]:
    return [str(p) for p in error.value.fields]


def test_every_option_has_its_place() -> None:
    options = DraftOptions(
        reference="A-1",
        title="T",
        note="N",
        customer="C",
        customer_name="Ann",
        email="a@example.com",
        phone="+380639370442",
        address="Street 1",
        due="2026-03-09T14:30",
        currency="UAH",
        total="102.50",
        status="New",
        paid=False,
        line=("sku=1,quantity=2",),
        set=("k=v",),
        file=("https://example.com/a.pdf",),
    )
    assert from_options(options, zone=KYIV) == OrderDraft(
        reference="A-1",
        title="T",
        note="N",
        customer=Customer(code="C", name="Ann", email="a@example.com", phone="+380639370442", address="Street 1"),
        due=dt.datetime(2026, 3, 9, 12, 30, tzinfo=dt.UTC),
        currency="UAH",
        total=Decimal("102.50"),
        status="New",
        paid=False,
        lines=(DraftLine(sku="1", quantity=Decimal(2)),),
        set={"k": Setting(value="v")},
        files=("https://example.com/a.pdf",),
    )


def test_no_option_says_nothing() -> None:
    assert from_options(DraftOptions(), zone=dt.UTC) == OrderDraft()


def test_an_empty_text_is_a_text() -> None:
    assert from_options(DraftOptions(note=""), zone=dt.UTC).note == ""


def test_all_problems_of_a_command_line_come_at_once() -> None:
    options = DraftOptions(
        reference=" ",
        title="a\udcff",
        due="tomorrow",
        total="12,50",
        line=("sku=1,quantity=0", "price=-1"),
        set=("x", "a=1", "a=2"),
        file=("",),
    )
    with pytest.raises(UsageError) as error:
        from_options(options, zone=dt.UTC)
    assert error.value.message == "9 problems with the options; nothing was sent"
    assert problems(error) == [
        "--reference: is empty",
        "--title: has a character that is not valid Unicode",
        "--due: 'tomorrow' is not a date or time (2026-03-09, 2026-03-09T14:30)",
        "--total: '12,50' is not a number; write 12.50, not 12,50",
        "--line 1 quantity: must be above 0: 0",
        "--line 2 price: must not be below 0: -1",
        "--set: 'x' has no =: write KEY=VALUE, KEY:=JSON or KEY=@FILE",
        "--set a: is given twice",
        "--file: names no file",
    ]


@pytest.mark.parametrize(
    "due",
    ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "2" * 500, "", "2026-13-01", "2026-03-09T14:30:00+99:00"],
)
def test_a_due_that_is_not_a_date_is_refused(due: str) -> None:
    with pytest.raises(UsageError) as error:
        from_options(DraftOptions(due=due), zone=dt.UTC)
    assert len(error.value.message) < 150


def test_a_date_stays_a_date() -> None:
    assert from_options(DraftOptions(due="2026-03-09"), zone=KYIV).due == dt.date(2026, 3, 9)


def test_a_change_takes_the_same_options() -> None:
    change = change_from_options(DraftOptions(note="N", line=("sku=1",)), replace_lines=True, zone=dt.UTC)
    assert (change.note, change.replace_lines, change.lines) == ("N", True, (DraftLine(sku="1"),))


def test_lines_are_not_replaced_by_nothing() -> None:
    with pytest.raises(UsageError, match="--replace-lines: needs new lines"):
        change_from_options(DraftOptions(note="N"), replace_lines=True, zone=dt.UTC)


@pytest.mark.parametrize(
    "text, key, value, kind",
    [
        ("k=v", "k", "v", None),
        ("k=", "k", "", None),
        ("k=a=b", "k", "a=b", None),
        ("custom_a.b[0]__x=v", "custom_a.b[0]__x", "v", None),
        ("k:=1.10", "k", Decimal("1.10"), None),
        ("k:=1", "k", 1, None),
        ('k:={"a": [true, null, "x"]}', "k", {"a": [True, None, "x"]}, None),
        ('k:="@x"', "k", "@x", None),
        ("FORMITM_4:h_title=Order A", "FORMITM_4", "Order A", "h_title"),
        ("k:number:=5", "k", 5, "number"),
    ],
)
def test_a_setting_is_text_or_json_with_or_without_a_type(text: str, key: str, value: Any, kind: str | None) -> None:
    assert parse_settings([text]) == {key: Setting(value=value, kind=kind)}


def test_a_setting_takes_the_bytes_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"\x00\xff")
    assert parse_settings([f"doc=@{path}"]) == {"doc": Setting(value=b"\x00\xff")}


def test_a_file_of_more_than_50_mb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 50 * 1024 * 1024 + 1)
    with pytest.raises(UsageError, match="larger than 50 MB"):
        parse_settings([f"doc=@{path}"])


@pytest.mark.parametrize(
    "text, problem",
    [
        ("k=@/no/such/file", "No such file"),
        ("k=@.", "Is a directory"),
        ("k=@a\0b", "not a file's name"),
        ("k=@", "names no file"),
        ("k:=NaN", "must not hold NaN"),
        ("k:=[-Infinity]", "must not hold -Infinity"),
        ("k:=" + "9" * 5000, "a number of 5,000 characters"),
        ("k:=1e999999999", "a number of"),
        ("k:=0." + "1" * 100, "a number of 102 characters"),
        ("k:={", "is not JSON"),
        ("k:=", "is not JSON"),
        ("k:=" + "[" * 100_000, "is nested too deeply"),
        ("k:=" + "[" * 40 + "]" * 40, "more than 32 levels"),
        ('k:={"a":1,"a":2}', "has the key 'a' twice"),
        ('k:="\\ud800"', "not valid Unicode"),
        ("k:a:b=1", "has no field's name"),
        ("=v", "has no field's name"),
        (" k=v", "has spaces around"),
        ("k: t=v", "has spaces around"),
        ("novalue", "has no ="),
        ("k\0=v", "NUL"),
    ],
)
def test_a_setting_that_cannot_be_read_is_refused_in_one_line(text: str, problem: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_settings([text], option="--where")
    assert problem in error.value.message
    assert "--where" in error.value.message
    assert "\n" not in error.value.message
    assert len(error.value.message) < 250


def test_a_line_from_the_manual() -> None:
    assert parse_line("sku=100500,name=Test GOODS1,quantity=2,price=102") == DraftLine(
        sku="100500", name="Test GOODS1", quantity=Decimal(2), price=Decimal(102)
    )


def test_commas_and_backslashes_are_escaped_and_quotes_are_not() -> None:
    line = parse_line(
        r'name=a\, b\\ c\d "e\"',
    )
    assert line.name == r'a, b\ c\d "e\"'
    assert parse_line("name=a\\").name == "a\\"


def test_other_keys_are_the_vendors() -> None:
    assert parse_line("sku=1, unit_price=3,n:int=4,tags:=[1]").set == {
        "unit_price": Setting(value="3"),
        "n": Setting(value="4", kind="int"),
        "tags": Setting(value=[1]),
    }


def test_a_line_may_be_json() -> None:
    assert parse_line(
        '{"sku": 7, "quantity": 2, "price": "1.10", "name": null, "vat": 20, "set": {"a:b": "c"}}'
    ) == DraftLine(
        sku="7",
        quantity=Decimal(2),
        price=Decimal("1.10"),
        set={"vat": Setting(value=20), "a": Setting(value="c", kind="b")},
    )


@pytest.mark.parametrize(
    "line, problem",
    [
        ("", "has an empty part"),
        ("sku=1,", "has an empty part"),
        ("sku=1,large", "'large' has no KEY="),
        ("sku=1,=2", "'=2' has no KEY="),
        ("sku=1,sku=2", "--line sku: is given twice"),
        ("a=1,a:t=2", "--line a: is given twice"),
        ("sku= ", "--line sku: is empty"),
        ("quantity=", "is empty where a number is needed"),
        ("quantity=-3", "--line quantity: must be above 0: -3"),
        ("quantity=1_000", "is not a number"),
        ("quantity=٣", "is not a number"),
        ("quantity=1e3", "scientific notation"),
        ("price=-0.01", "--line price: must not be below 0: -0.01"),
        ("a:=x", "is not JSON"),
        ("{", "is not JSON"),
        ('{"quantity": true}', "must be a number, not true or false"),
        ('{"quantity": [1]}', "must be a number, not a list"),
        ('{"quantity": NaN}', "must be a number, not NaN"),
        ('{"sku": {}}', "must be a text in quotes, not an object"),
        ('{"sku": 1.5}', "must be a text in quotes, not a number with a point"),
        ('{"set": 1}', "--line set: must be an object"),
        ('{"a": 1, "set": {"a": 2}}', "--line a: is given twice"),
        ('{"a:b:c": 1}', "has no field's name"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused(line: str, problem: str) -> None:
    with pytest.raises(UsageError) as error:
        parse_line(line)
    assert problem in error.value.message


@given(
    st.dictionaries(
        st.sampled_from(["name", "colour", "a.b[0]__c"]),
        st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0")),
        min_size=1,
    )
)
def test_every_text_can_be_written_in_a_line(values: dict[str, str]) -> None:
    escaped = {k: v.replace("\\", "\\\\").replace(",", "\\,") for k, v in values.items()}
    line = parse_line(",".join(f"{k}={v}" for k, v in escaped.items()))
    read = {k: s.value for k, s in line.set.items()} | ({"name": line.name} if line.name is not None else {})
    assert read == values


@given(st.text())
def test_no_text_breaks_the_parsers(text: str) -> None:
    for parse in (parse_line, parse_columns, lambda t: parse_settings([t])):
        try:
            parse(text)
        except UsageError as error:
            assert "\n" not in error.message  # noqa: PT017  (either way is fine; what is reported is one line)


def test_columns_map_ours_to_the_files() -> None:
    assert parse_columns(r"reference=Invoice No,sku=Code\, new") == {"reference": "Invoice No", "sku": "Code, new"}
    with pytest.raises(UsageError, match="has no KEY="):
        parse_columns("reference")


@pytest.mark.parametrize(
    "given, problem",
    [
        (
            DraftOptions(currency="euro"),
            "--currency: 'euro' is not a currency; it has three letters, such as EUR",
        ),
        (DraftOptions(email="ann"), "--email: 'ann' is not an email address; it has no @"),
    ],
)
def test_a_currency_and_an_email_look_like_one(given: DraftOptions, problem: str) -> None:
    for refused in (from_options, lambda o, *, zone: change_from_options(o, replace_lines=False, zone=zone)):
        with pytest.raises(UsageError) as error:
            refused(given, zone=KYIV)
        assert error.value.message == problem


def test_an_update_may_take_the_email_away() -> None:
    change = change_from_options(DraftOptions(email="", currency="eur"), replace_lines=False, zone=KYIV)
    assert (change.customer.email, change.currency) == ("", "EUR")
