"""What a vendor's answer may do to a terminal, a spreadsheet or a parser: nothing."""

import csv
import io
import json
import unicodedata

import pytest

from tests.e2e.conftest import Answer, Cli, answering

pytestmark = pytest.mark.in_process

NASTY = "\x1b]52;c;ZXZpbA==\x07\x1b[31m[/x][bold]\u202eevil\u2066\x9b2J\r\n\x00 \ud800 =cmd|' /C calc'!A1"
LOGIN = {"ORDERCTL_SHOP_LOGIN": "someone-1", "ORDERCTL_SHOP_PASSWORD": "0123456789abcdef"}


def orders(_path: str, _body: bytes) -> Answer:
    order: dict[str, object] = {
        "orderid": "1",
        "ordercode": NASTY,
        "ordername": NASTY,
        "clientname": NASTY,
        "statusname": NASTY,
    }
    order |= {"sum": "NaN", "cdate": "yesterday", "products": [{"name": NASTY, "count": "1e999", "price": []}, 7]}
    return 200, {}, json.dumps({"orders": [order, "odd", None, {"no": "id"}]}).encode()


@pytest.mark.parametrize("output", ["table", "json", "jsonl", "csv", "ids"])
@pytest.mark.parametrize("command", [("list",), ("get", "1"), ("lines", "1"), ("steps", "1")], ids=" ".join)
def test_hostile_text_reaches_no_terminal(cli: Cli, output: str, command: tuple[str, ...]) -> None:
    with answering(orders) as url:
        cli.config(f'[profiles.shop]\nvendor = "onebox"\nurl = "{url}"\n')
        ran = cli(*command, "-o", output, "--color", "always", env=LOGIN)
    assert ran.code == 0, ran.err
    harmless = ran.out.replace("\x1b[", "") if output == "table" else ran.out  # our own colours
    if output == "csv":
        harmless = harmless.replace("\r\n", "\n")
    bad = {c for c in harmless if unicodedata.category(c) in {"Cc", "Cs", "Cf", "Zl", "Zp"}} - {"\n", "\t"}
    assert bad == set()
    assert "]52" not in ran.out or "\\x1b]52" in ran.out or "\\u001b]52" in ran.out
    if output == "csv":
        assert all(
            not cell.startswith(("=", "+", "-", "@")) for row in csv.reader(io.StringIO(ran.out)) for cell in row
        )


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[" * 200_000, b"[NaN]", b'{"orders": ' + b"9" * 4300 + b"}", b"\xff\xfe\x00", b'{"orders": 7}',
     b'"text"', b"null", b'{"result": "maybe"}', b'{"orders": [[[1]]]}', b"{" * 99],
    ids=lambda b: repr(b[:12]),
)  # fmt: skip
@pytest.mark.parametrize(
    "command, good",
    [(("list",), {0, 9}), (("get", "1"), {5, 9}), (("comments", "1"), {0, 9}),
     (("create", "--reference", "R", "--email", "a@b.c", "--customer-name", "A"), {8})],
    ids=lambda v: v[0] if isinstance(v, tuple) else "",
)  # fmt: skip
def test_nonsense_ends_in_a_clear_error(cli: Cli, body: bytes, command: tuple[str, ...], good: set[int]) -> None:
    with answering(lambda _path, _body: (200, {}, body)) as url:
        cli.config(f'[profiles.shop]\nvendor = "onebox"\nurl = "{url}"\nrate = 1000\n')
        ran = cli(*command, "--deadline", "6", env=LOGIN)
    assert ran.code in good, (ran.out, ran.err)
    assert "Traceback" not in ran.err
    assert "unexpected" not in ran.err
    assert len(ran.err) < 1500
