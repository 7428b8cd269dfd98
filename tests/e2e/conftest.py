"""Real processes: orderctl as a script would run it, and a box that answers over a real socket."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from orderctl import entry, sandbox
from orderctl.sandbox.onebox import emulator as onebox
from orderctl.sandbox.serve import running
from orderctl.sandbox.store import Store

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job; ours would be ignored too
    signal.signal(signal.SIGINT, signal.default_int_handler)


@dataclass
class Ran:
    """What a run of orderctl left: exit code and both streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Cli:
    """Runs orderctl in a home of its own, with nothing in the environment but what is asked for."""

    home: Path
    env: dict[str, str] = field(default_factory=dict)

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        return {"PATH": "/usr/bin:/bin", "HOME": str(self.home), **self.env, **(more or {})}

    def command(self, args: Sequence[str]) -> list[str]:
        return [sys.executable, "-m", "orderctl", *args]

    def __call__(
        self, *args: str, env: Mapping[str, str] | None = None, given: str | bytes | None = None, seconds: float = 120
    ) -> Ran:
        feed = given.encode() if isinstance(given, str) else given
        done = subprocess.run(
            self.command(args),
            env=self.environment(env),
            cwd=self.home,
            input=feed,
            stdin=subprocess.DEVNULL if feed is None else None,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def forget(self, profile: str) -> None:
        """Let the journal forget a profile's orders, so that what exists was made by another machine."""
        done = self("journal", "forget", "-p", profile, "--yes")
        assert done.code == 0, done.err

    def config(self, text: str) -> Path:
        path = self.home / ".config" / "orderctl" / "config.toml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


class InThisProcess(Cli):
    """Runs orderctl without a process of its own: for tests of what it answers, where the start proves nothing."""

    def __call__(
        self, *args: str, env: Mapping[str, str] | None = None, given: str | bytes | None = None, seconds: float = 120
    ) -> Ran:
        feed = given.encode() if isinstance(given, str) else given or b""
        streams = [io.TextIOWrapper(io.BytesIO(content), encoding="utf-8") for content in (feed, b"", b"")]
        with pytest.MonkeyPatch.context() as patch:
            for name in os.environ:
                patch.delenv(name)
            for name, value in self.environment(env).items():
                patch.setenv(name, value)
            patch.chdir(self.home)
            for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
                patch.setattr(sys, name, stream)
            code = entry.main(list(args))
        written = []
        for stream in streams[1:]:
            stream.flush()
            written.append(stream.buffer.getvalue().decode())
        return Ran(code, *written)


@pytest.fixture
def cli(tmp_path: Path, request: pytest.FixtureRequest) -> Cli:
    """Return what runs orderctl: in processes, in a module marked `in_process` without."""
    home = tmp_path / "home"
    home.mkdir()
    return InThisProcess(home) if request.node.get_closest_marker("in_process") else Cli(home)


@dataclass
class Box:
    """A OneBox emulator behind a real socket, and its own table of what arrived."""

    url: str
    store: Path

    def profile(self, name: str = "shop", *, more: str = "") -> str:
        return f'[profiles.{name}]\nvendor = "onebox"\nurl = "{self.url}"\nrate = 100000\n{more}\n'

    @property
    def secrets(self) -> dict[str, str]:
        return {"ORDERCTL_SHOP_LOGIN": "sandbox", "ORDERCTL_SHOP_PASSWORD": "sandbox"}

    def calls(self) -> list[Any]:
        with_store = Store(self.store, onebox.TABLES)
        try:
            return list(with_store.calls())
        finally:
            with_store.close()


@contextmanager
def serving(folder: Path, *, faults: Sequence[str] = (), switches: Mapping[str, str] | None = None) -> Iterator[Box]:
    """Serve a box from a file in `folder` while the block runs."""
    store = folder / "box.sqlite"
    with closing(sandbox.load("onebox", store, faults=faults, switches=switches)) as app, running(app) as url:
        yield Box(url, store)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with serving(tmp_path) as running_box:
        yield running_box


Answer = tuple[int, dict[str, str], bytes]


@contextmanager
def answering(answer: Callable[[str, bytes], Answer]) -> Iterator[str]:
    """Serve whatever `answer` makes of a request's path and body, and yield the url."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, headers, content = answer(self.path, body)
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(content))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(content)

        do_POST = do_GET  # noqa: N815  (http.server's name)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
