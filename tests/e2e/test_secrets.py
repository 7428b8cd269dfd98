"""No secret shows: not in what is printed, traced, kept in a file, or seen in the list of processes."""

import base64
import html
import json
import re
import subprocess
import time
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.e2e.conftest import Answer, Cli, answering

CANARIES = {
    "LOGIN": "canary-login+/&=é 1",
    "PASSWORD": "canary-password+/&=% 2",
    "SUPPLIERHASH": "canary-supplier?#\"'\\ 3",
}
ORDER = ("--reference", "R-1", "--email", "a@b.c", "--customer-name", "Ann", "--line", "sku=1,quantity=1,price=1")
COMMANDS = (
    ("list",),
    ("get", "1"),
    ("get", "--reference", "R-1"),
    ("lines", "1"),
    ("comments", "1"),
    ("create", *ORDER),
    ("update", "1", "--note", "x"),
    ("push", "1", "--to", "Delivered"),
    ("cancel", "1", "--yes"),
    ("api", "GET", "/api/orders/get/"),
    ("auth", "status"),
    ("profile", "show", "shop"),
)


def forms(secret: str) -> set[str]:
    """Return every form in which a secret could show."""
    raw = secret.encode()
    found = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), raw.hex(), raw.hex().upper()}
    found |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    for lead in range(3):
        found.add(base64.b64encode(b"x" * lead + raw)[(lead * 8 + 5) // 6 : -4].decode())
    return found


def escaped(secret: str) -> list[str]:
    """Return the secret as pages, XML and JSON of several makers escape it."""
    entities = html.escape(secret, quote=False).replace('"', "&quot;")
    quotes = [entities.replace("'", quote) for quote in ("&#39;", "&#039;", "&#x00027;", "&apos;")]
    everything = ["".join(f"&#{ord(c)};" for c in secret), "".join(f"\\u{ord(c):04X}" for c in secret)]
    upper = "".join(c if c.isascii() else f"\\u{ord(c):04X}" for c in secret.replace("/", "\\/"))
    return [*quotes, *everything, upper]


ESCAPED = " ".join([form for secret in CANARIES.values() for form in escaped(secret)])


def leaked(text: str) -> set[str]:
    plain = re.sub(r"\\+u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    plain = html.unescape(re.sub(r"\\+/", "/", plain))
    found = {form for secret in CANARIES.values() for form in forms(secret) if form in text}
    return found | {secret for secret in CANARIES.values() if secret in plain}


def echo(path: str, body: bytes) -> Answer:
    """Answer as a careless vendor would: with everything that was sent."""
    words = f"{path} {body.decode('utf-8', 'replace')} {base64.b64encode(body).decode()} {body.hex()} {CANARIES}"
    errors = [words, ESCAPED]
    return 200, {"X-Echo": quote(words[:2000])}, json.dumps({"result": "fail", "errors": errors}).encode()


def page(path: str, body: bytes) -> Answer:
    """Answer with a page that shows the request."""
    return 500, {}, f"<html>{path} {body.decode('utf-8', 'replace')} {CANARIES} {ESCAPED}</html>".encode()


def as_data(path: str, body: bytes) -> Answer:
    """Answer with an order that holds the secrets."""
    order = {"orderid": "1", "ordercode": "R-1", "ordername": str(CANARIES), "echo": path, "sent": body.decode()}
    order |= {"comments": ESCAPED, "clientname": ESCAPED}
    return 200, {}, json.dumps({"result": "ok", "orders": [order], "orderId": 1}).encode()


EACH_ONCE = ((echo, "json"), (page, "query"), (as_data, "form"))
"""Each answer and each style of a request; the proof has all pairs."""


def pairs(config: pytest.Config) -> tuple[tuple[object, str], ...]:
    """Return the answers and the styles of a request that are tried together."""
    every = tuple((answer, style) for answer in (echo, page, as_data) for style in ("form", "query", "json"))
    return every if config.option.markexpr == "proof" else EACH_ONCE


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the test its pairs."""
    if "style" in metafunc.fixturenames:
        metafunc.parametrize("answer, style", pairs(metafunc.config))


@pytest.mark.proof
def test_canaries_show_nowhere(cli: Cli, tmp_path: Path, answer: object, style: str) -> None:
    trace = tmp_path / "trace"
    with answering(answer) as url:  # type: ignore[arg-type]  # one of the functions above
        cli.config(f'[profiles.shop]\nvendor = "onebox"\nurl = "{url}"\nrate = 1000\nrequest = "{style}"\n')
        env = {f"ORDERCTL_SHOP_{name}": value for name, value in CANARIES.items()}
        for number, command in enumerate(COMMANDS):
            output = ("table", "json", "jsonl", "csv")[number % 4]
            for dry in ((), ("-n",)) if style == "query" else ((),):
                options = ("-p", "shop", "-v", "-o", output, "--trace", str(trace), "--deadline", "3", *dry)
                ran = cli(*command, *options, env=env)
                assert leaked(ran.out + ran.err) == set(), (command, output, dry)
                assert "Traceback" not in ran.err
    assert trace.stat().st_mode & 0o777 == 0o600
    kept = [trace, *(p for p in cli.home.rglob("*") if p.is_file())]
    for path in kept:
        assert leaked(path.read_bytes().decode("utf-8", "replace")) == set(), path


def test_no_secret_is_in_the_list_of_processes(cli: Cli) -> None:
    def slow(_path: str, _body: bytes) -> Answer:
        time.sleep(0.7)
        return 200, {}, b'{"orders": []}'

    with answering(slow) as url:
        cli.config(f'[profiles.shop]\nvendor = "onebox"\nurl = "{url}"\ncredential_command = ["cat", "secrets.json"]\n')
        (cli.home / "secrets.json").write_text(json.dumps({k.lower(): v for k, v in CANARIES.items()}))
        with subprocess.Popen(
            cli.command(["list", "-p", "shop"]), env=cli.environment(), cwd=cli.home, stdout=subprocess.DEVNULL
        ) as running:
            seen = ""
            while running.poll() is None:
                for path in Path("/proc").glob("[0-9]*/cmdline"):
                    try:
                        seen += path.read_bytes().decode("utf-8", "replace")
                    except OSError:
                        continue
                time.sleep(0.05)
        assert running.returncode == 0
        assert "orderctl" in seen
        assert leaked(seen) == set()
