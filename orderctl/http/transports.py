"""Where requests go: the network, an emulator inside this process, or, in a dry run, nowhere."""

import os
import re
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from io import BytesIO, StringIO
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from orderctl.errors import ConfigError, DryRunStop
from orderctl.frozen import dataclass
from orderctl.http import deadline
from orderctl.http._httpx import httpcore, httpx
from orderctl.redaction import hide

CERTIFICATES = ("/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/ssl")
"""Folders of trusted certificates, where OpenSSL's own is empty; a bundle costs three interpreter starts."""


def network(url: str) -> httpx.BaseTransport:
    """Return the transport to real hosts: TLS always verified, proxies from the environment, every wait bounded.

    Raises ConfigError for certificates or a proxy, named by the environment, that cannot be used.
    """
    return NetworkTransport(url)


class NetworkTransport(httpx.BaseTransport):
    """The way to real hosts. Each thread has a connection of its own: at 32 threads a shared pool is the bottleneck.

    These are httpcore's own connections and not httpx's transport, which has no way to bound a whole call.
    """

    def __init__(self, url: str) -> None:
        self.proxy = proxy_for(url)
        proxy = self.proxy.url if self.proxy else ""
        secure = url.startswith("https:") or proxy.startswith("https:")
        self._tls = _tls() if secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._thread = threading.local()
        self._opened: dict[threading.Thread, _Line] = {}
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request over a connection of this thread."""
        line: _Line | None = getattr(self._thread, "line", None)
        if line is None:
            line = self._thread.line = self._open()
        url = request.url
        asked = httpcore.Request(
            request.method,
            _core_url(url.raw_scheme, url.raw_host, url.port, url.raw_path),
            content=request.stream,
            extensions=request.extensions,
        )
        asked.headers = request.headers.raw  # given at once, each would be looked at once more
        try:
            answer = line.handle_request(asked)
        except FAILURES as error:
            raise _failure(error) from error
        return httpx.Response(answer.status, headers=answer.headers, stream=_Answer(answer))

    def drop(self) -> None:
        """Close the connection of this thread."""
        line: _Line | None = getattr(self._thread, "line", None)
        if line is not None:
            line.close()

    def close(self) -> None:
        """Close the connections of every thread."""
        with self._lock:
            opened = list(self._opened.values())
        for line in opened:
            line.close()

    def _open(self) -> "_Line":
        line = _Line(self._tls, self.proxy)
        with self._lock:
            ended = [self._opened.pop(thread) for thread in list(self._opened) if not thread.is_alive()]
            self._opened[threading.current_thread()] = line
        for each in ended:
            each.close()
        return line


FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
)
"""What httpcore raises; httpx has an exception of the same name for each."""


@lru_cache(maxsize=16)
def _core_url(scheme: bytes, host: bytes, port: int | None, target: bytes) -> httpcore.URL:
    """Return httpcore's url; the orders of a file all go to the same one."""
    return httpcore.URL(scheme=scheme, host=host, port=port, target=target)


def _failure(error: Exception) -> httpx.HTTPError:
    """Return httpx's exception for one of httpcore's."""
    kind: type[httpx.HTTPError] = getattr(httpx, type(error).__name__)
    return kind(str(error))


class _Line:
    """The connection of one thread to one host. It is replaced once it cannot be used any more.

    httpcore's pools know how to make one, also through a proxy; what else they do, for many threads, is not needed.
    Whether it is still open is looked at before a request's first byte.
    """

    def __init__(self, tls: ssl.SSLContext, proxy: "Proxy | None") -> None:
        network = deadline.Network(httpcore.SyncBackend())
        if proxy is None:
            self._made_by = httpcore.ConnectionPool(ssl_context=tls, network_backend=network)
        else:
            given = httpx.Proxy(proxy.url)
            self._made_by = httpcore.HTTPProxy(
                httpcore.URL(str(given.url)),
                proxy_auth=given.raw_auth,
                ssl_context=tls,
                proxy_ssl_context=tls if given.url.scheme == "https" else None,
                network_backend=network,
            )
        self._connection: httpcore.ConnectionInterface | None = None

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Return the answer to a request. Raises FAILURES."""
        while True:
            connection = self._connection
            if connection is None or not connection.is_available():
                self.close()
                connection = self._connection = self._made_by.create_connection(request.url.origin)
            try:
                return connection.handle_request(request)
            except httpcore.ConnectionNotAvailable:  # nothing was sent; another one will do
                self.close()

    def close(self) -> None:
        """Close the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class _Answer(httpx.SyncByteStream):
    """The body of an answer, as it comes."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._answer.iter_stream()
        except FAILURES as error:
            raise _failure(error) from error

    def close(self) -> None:
        self._answer.close()


def _tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    file, named = os.environ.get("SSL_CERT_FILE") or None, os.environ.get("SSL_CERT_DIR") or None
    if file or named:
        try:
            if named and not file and not any(Path(folder).is_dir() for folder in named.split(os.pathsep) if folder):
                raise NotADirectoryError(0, "is not a folder", named)  # OpenSSL says nothing of it
            context.load_verify_locations(file, named)
        except OSError as error:
            raise ConfigError(
                f"the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read"
                f" ({error.filename or file}: {error.strerror or error})",
                hint="name a PEM file, or leave the variable out for the system's own",
            ) from error
        return context
    for folder in (ssl.get_default_verify_paths().capath, *CERTIFICATES):
        if folder and Path(folder).is_dir() and any(n.endswith(".0") for n in os.listdir(folder)):  # noqa: PTH208
            context.load_verify_locations(capath=folder)
            return context
    context.load_default_certs()
    if not context.get_ca_certs():
        import certifi  # noqa: PLC0415  (slow, and the last resort)

        context.load_verify_locations(certifi.where())
    return context


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """A proxy, and the variable of the environment that names it. Its url may hold a password."""

    url: str
    variable: str

    def __repr__(self) -> str:
        """Say where it is, and where that comes from, without its login."""
        scheme, _, place = self.url.partition("://")
        return f"the proxy {scheme}://{place.rpartition('@')[2].rstrip('/')}, named by {self.variable}"


PORTS = {"http": 80, "https": 443}


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy that the environment names for a url; what goes to loopback never leaves the machine.

    Raises ConfigError for one that cannot be used.
    """
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415  (only where a proxy is set)

    parsed = httpx.URL(url)
    place = parsed.netloc.decode() if parsed.port else f"{parsed.netloc.decode()}:{PORTS[parsed.scheme]}"
    if parsed.host in {"localhost", "::1"} or parsed.host.startswith("127.") or proxy_bypass(place):
        return None
    proxies = getproxies()
    kind = parsed.scheme if proxies.get(parsed.scheme) else "all"
    found = (proxies.get(kind) or "").strip()
    if not found or _excepted(parsed.host, proxies.get("no", "")):
        return None
    named = [name for name, value in os.environ.items() if name.lower() == f"{kind}_proxy" and value.strip() == found]
    variable = min(named, default="the system's settings")
    found = found if "://" in found else f"http://{found}"
    user = found.partition("://")[2].rpartition("@")[0]
    if user:
        hide("proxy", unquote(user.partition(":")[2]))
    try:
        at = httpx.URL(found)
        usable = at.scheme in {"http", "https"} and bool(at.host.strip()) and (at.port or 1) < 65536
    except httpx.InvalidURL:
        usable = False
    if not usable:
        raise ConfigError(
            f"the proxy that {variable} names cannot be used: it must be http://HOST:PORT; nothing was sent",
            hint=f"fix {variable}, or name the vendor's host in NO_PROXY",
        )
    return Proxy(url=found, variable=variable)


def _excepted(host: str, excepted: str) -> bool:
    """Return whether NO_PROXY has `*`, or an address or a network, such as 10.0.0.0/8, that the host is or is in."""
    if "*" in [part.strip() for part in excepted.split(",")]:
        return True
    from ipaddress import ip_address, ip_network  # noqa: PLC0415  (rare)

    try:
        address = ip_address(host)
    except ValueError:
        return False
    for part in excepted.split(","):
        with suppress(ValueError):
            if address in ip_network(part.strip(), strict=False):
                return True
    return False


def wsgi(app: Callable[..., Iterable[bytes]], *, lost: type[Exception] | tuple[()] = ()) -> httpx.BaseTransport:
    """Return a transport that calls a WSGI app in this process; `lost` is what the app raises to drop a connection."""
    return _Wsgi(app, lost)


class _Wsgi(httpx.BaseTransport):
    """httpx's own WSGI transport tells nothing of the wire and breaks on headers that are not ASCII."""

    def __init__(self, app: Callable[..., Iterable[bytes]], lost: type[Exception] | tuple[()]) -> None:
        self._app, self._lost = app, lost

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Run the app and return its answer."""
        body = request.read()
        trace = request.extensions.get("trace")
        if trace:
            trace("wsgi.send_request_headers.started", {})
        answer: dict[str, Any] = {}
        written: list[bytes] = []

        def start(status: str, headers: list[tuple[str, str]], _exc_info: object = None) -> Callable[[bytes], None]:
            answer["status"] = int(status.split(maxsplit=1)[0])
            answer["headers"] = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers]
            return written.append

        try:
            answered = self._app(_environ(request, body), start)
            chunks = iter(answered)
            first = next(chunks, b"")  # an application that is a generator starts its answer here
        except self._lost as error:
            raise httpx.ReadError("the connection was dropped") from error
        stream = _Chunks(chain(written, (first,), chunks), getattr(answered, "close", None), self._lost)
        return httpx.Response(answer["status"], headers=answer["headers"], stream=stream)


class _Chunks(httpx.SyncByteStream):
    def __init__(
        self, chunks: Iterator[bytes], close: Callable[[], None] | None, lost: type[Exception] | tuple[()]
    ) -> None:
        self._chunks, self._close, self._lost = chunks, close, lost

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._chunks
        except self._lost as error:
            raise httpx.ReadError("the connection was dropped") from error

    def close(self) -> None:
        if self._close:
            self._close()


def _environ(request: httpx.Request, body: bytes) -> dict[str, Any]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(request.url.raw_path.split(b"?", 1)[0].decode("ascii"), "latin-1"),
        "QUERY_STRING": request.url.query.decode("ascii"),
        "SERVER_NAME": "sandbox",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.multi_items():
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = value
    return environ


class DryRun(httpx.BaseTransport):
    """Sends nothing: keeps what would have been sent, as documents of orderctl.requests/1, secrets hidden."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Keep the request. Raises DryRunStop: there is no answer."""
        from orderctl.http.trace import safe_headers, safe_url  # noqa: PLC0415  (only where requests are shown)

        body = request.read()
        self.requests.append(
            {
                "method": request.method,
                "url": _with_names(safe_url(str(request.url))),
                "headers": dict(h for h in safe_headers(request.headers.multi_items()) if h[0] not in _PLUMBING),
                "body": _shown(request, body) if body else None,
            }
        )
        raise DryRunStop


def _with_names(text: str) -> str:
    """Return a url, or a form, in which `<name>`, what only the vendor or the store can give, can be read."""
    return _NAMED.sub(r"<\1>", text)


def _shown(request: httpx.Request, body: bytes) -> str:
    """Return a body as a dry run shows it."""
    from orderctl.http.trace import safe_body  # noqa: PLC0415  (only where requests are shown)

    form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    return _with_names(safe_body(body)) if form else safe_body(body)


_NAMED = re.compile("%3C([a-z_]+)%3E")

_PLUMBING = frozenset({"accept-encoding", "content-length", "host", "user-agent"})
