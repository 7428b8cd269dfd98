"""The rows of a short run: what it costs to start, to show help, to complete, and to get one order over HTTP."""

import json
import os
import shutil
import sqlite3
import ssl
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode
from urllib.request import urlopen
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.types import WSGIApplication

from orderctl.journal.sqlite import SqliteStore
from orderctl.sandbox import load
from orderctl.sandbox.serve import running
from tests.bench.measure import Command, Ratio, python

ORDER = {
    "login": "sandbox", "password": "sandbox", "clientnamefirst": "Ann", "clientphone": "380", "ordercode": "R-1",
    "productArray[0][name]": "Chair", "productArray[0][count]": "2", "productArray[0][price]": "102",
}  # fmt: skip

BASE = "python -c pass"

RATIOS = (
    Ratio(name="--version", command="version", base=BASE, gate=1.25, aim=1.1),
    Ratio(name="--help", command="help", base=BASE, gate=1.25, aim=1.1),
    Ratio(name="completion of profile names", command="profiles", base=BASE, gate=1.25, aim=1.1),
    Ratio(name="get --help", command="get help", base=BASE, gate=1.5, aim=1.25),
    Ratio(name="get, secret in the environment", command="get", base=BASE, gate=16, aim=10.5),
    Ratio(name="the same, against httpie", command="get", base="httpie", gate=0.75, aim=0.5),
    Ratio(name="get beside a journal of a million rows", command="journal", base="get", gate=1.05),
    Ratio(name="the same, one of them in doubt", command="doubt", base="get", gate=1.5),
    Ratio(name="secret from the keyring, on top", command="keyring", less="get", base=BASE, gate=5.5, aim=4),
    Ratio(name="TLS, handshake included, on top", command="tls", less="get", base=BASE, gate=0.5, aim=0.2),
    Ratio(name="httpie", command="httpie", base=BASE),
    Ratio(name="curl", command="curl", base=BASE),
)


@contextmanager
def commands(orderctl: str, *, httpie: str | None) -> Iterator[tuple[list[Command], list[str]]]:
    """Serve a sandbox while the block runs; yield the commands, and what could not be measured and why."""
    notes: list[str] = []
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        app = stack.enter_context(closing(load("onebox", ":memory:")))
        url = stack.enter_context(running(app))
        with urlopen(f"{url}/api/orders/add/", urlencode(ORDER).encode()) as answer:
            answer.read()
        environ = {"PATH": "/usr/bin:/bin", "HOME": str(home), "ORDERCTL_CONFIG": str(home / "config.toml")}
        secrets = {"ORDERCTL_SHOP_LOGIN": "sandbox", "ORDERCTL_SHOP_PASSWORD": "sandbox"}
        profile = '[profiles.{}]\nvendor = "onebox"\nurl = "{}"\n'
        (home / "config.toml").write_text(profile.format("shop", url), encoding="utf-8")
        get = [orderctl, "get", "82806", "-o", "json", "-p", "shop"]

        def command(name: str, *args: str, **more: str) -> Command:
            return Command(name=name, args=args, environ=environ | more)

        found = [
            command(BASE, python(orderctl), "-c", "pass"),
            command("version", orderctl, "--version"),
            command("help", orderctl, "--help"),
            command("profiles", orderctl, "--complete-profiles"),
            command("get help", orderctl, "get", "--help"),
            command("get", *get, **secrets),
            command("journal", *get, **secrets, ORDERCTL_STATE_DIR=str(_million_rows(home / "quiet"))),
            command("doubt", *get, **secrets, ORDERCTL_STATE_DIR=str(_million_rows(home / "doubt", doubt=True))),
        ]
        bus = stack.enter_context(_secret_service(home))
        if bus and _log_in(orderctl, environ | bus):
            found.append(command("keyring", *get, **bus))
        else:
            notes.append("keyring: no Secret Service (dbus-daemon and gnome-keyring-daemon) could be started")
        if shutil.which("openssl"):
            certificates = _certificate(home)
            secure = stack.enter_context(_tls(app, home))
            (home / "tls.toml").write_text(profile.format("shop", secure), encoding="utf-8")
            more = {"ORDERCTL_CONFIG": str(home / "tls.toml"), "SSL_CERT_DIR": str(certificates)}
            found.append(command("tls", *get, **secrets, **more))
        else:
            notes.append("tls: openssl is not installed, so there is no certificate")
        path = f"{url}/api/orders/get/?{urlencode({'login': 'sandbox', 'password': 'sandbox', 'orderid': '82806'})}"
        for name, program, args in (("httpie", httpie, ["--ignore-stdin", path]), ("curl", "curl", ["-s", path])):
            whole = shutil.which(program) if program else None
            if whole:
                found.append(command(name, whole, *args))
            else:
                notes.append(f"{name}: not installed")
        yield found, notes


ROWS = 1_000_000

FILL = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
INSERT INTO writes (op, target, profile, vendor, verb, reference, state, scheme, hash, run, checksum)
SELECT 'op-' || n, 'onebox https://shop.example', 'shop', 'onebox', 'create', 'R-' || n, 'done', 1, '', 'run', 0
FROM number
"""


def _million_rows(state: Path, *, doubt: bool = False) -> Path:
    """Return a state folder with a journal of a million orders that are done, one of them perhaps in doubt."""
    SqliteStore(state / "journal.sqlite").close()
    with closing(sqlite3.connect(state / "journal.sqlite")) as journal, journal:
        journal.execute(FILL, (ROWS,))
        if doubt:
            journal.execute("UPDATE writes SET state = 'unknown' WHERE number = 7")
    if doubt:
        (state / "runs").mkdir(mode=0o700)
        (state / "runs" / "run").touch(mode=0o600)
    return state


@contextmanager
def _secret_service(home: Path) -> Iterator[dict[str, str]]:
    """Run a Secret Service on a bus of its own; yield what reaches it, {} where it cannot be had."""
    if not (shutil.which("dbus-daemon") and shutil.which("gnome-keyring-daemon")):
        yield {}
        return
    environ = {**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(home), "XDG_DATA_HOME": str(home / "data")}
    daemon = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
    with subprocess.Popen(daemon, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ, text=True) as bus:
        address = bus.stdout.readline().strip() if bus.stdout else ""
        reach = {"DBUS_SESSION_BUS_ADDRESS": address}
        keyring = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environ | reach,
        )  # fmt: skip
        try:
            if keyring.stdin:
                keyring.stdin.write(b"bench")
                keyring.stdin.close()
            yield reach
        finally:
            for process in (keyring, bus):
                process.terminate()
                process.wait()


def _log_in(orderctl: str, environ: dict[str, str]) -> bool:
    """Keep the login in the keyring; a daemon that has just started may need a second try."""
    given = json.dumps({"login": "sandbox", "password": "sandbox"})
    args = [orderctl, "auth", "login", "-p", "shop", "--secrets-stdin"]
    return any(
        subprocess.run(args, env=environ, input=given, text=True, capture_output=True, check=False).returncode == 0
        for _ in range(5)
    )


def _certificate(home: Path) -> Path:
    """Make a certificate for 127.0.0.1, and return the folder in which OpenSSL finds it by its hash."""
    folder = home / "certificates"
    folder.mkdir()
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=bench",
            "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", str(home / "key.pem"), "-out", str(folder / "bench.pem"),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    subprocess.run(["openssl", "rehash", str(folder)], check=True, capture_output=True)
    return folder


@contextmanager
def _tls(app: WSGIApplication, home: Path) -> Iterator[str]:
    """Serve an app over TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(home / "certificates" / "bench.pem", home / "key.pem")
    with make_server("127.0.0.1", 0, app, handler_class=_Silent) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"https://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


class _Silent(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""
