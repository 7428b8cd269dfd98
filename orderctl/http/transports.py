"""Where requests go: the network, an emulator inside this process, or, in a dry run, nowhere."""

import os
import re
import ssl
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO, StringIO
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from orderctl.errors import ConfigError, Recorded
from orderctl.http import deadline
from orderctl.http._httpx import httpx
from orderctl.http.trace import safe_body, safe_headers, safe_url
from orderctl.redaction import hide

CERTIFICATES = ("/etc/ssl/certs", "/etc/pki/tls/certs", "/etc/ssl")
"""Folders of trusted certificates, where OpenSSL's own is empty; a bundle costs three interpreter starts."""


def network(url: str, *, connections: int = 4) -> httpx.BaseTransport:
    """Return the transport to real hosts: TLS always verified, proxies from the environment, every wait bounded.

    Raises ConfigError for certificates or a proxy, named by the environment, that cannot be used.
    """
    proxy = _proxy(url)
    secure = url.startswith("https:")
    tls = _tls() if secure or (proxy or "").startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return NetworkTransport(
            verify=tls,
            http2=False,
            trust_env=False,
            retries=0,
            proxy=httpx.Proxy(proxy, ssl_context=tls if proxy.startswith("https:") else None) if proxy else None,
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise ConfigError(
            "the proxy that the environment names cannot be used; it must be http://HOST:PORT",
            hint="look at HTTPS_PROXY and ALL_PROXY, or name the vendor's host in NO_PROXY",
        ) from error


class NetworkTransport(httpx.HTTPTransport):
    """httpx's own transport, over connections whose every wait ends with the call."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        pool = self._pool  # httpx has no public way to bound a whole call; a test holds this
        pool._network_backend = deadline.Network(pool._network_backend)  # noqa: SLF001


def _tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    file, named = os.environ.get("SSL_CERT_FILE") or None, os.environ.get("SSL_CERT_DIR") or None
    if file or named:
        try:
            context.load_verify_locations(file, named)
        except OSError as error:
            raise ConfigError(
                f"the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be read ({file or named}:"
                f" {error.strerror or error})",
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


def _proxy(url: str) -> str | None:
    """Return the proxy that the environment names for a url; what goes to loopback never leaves the machine."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415  (only where a proxy is set)

    parsed = httpx.URL(url)
    if parsed.host in {"localhost", "::1"} or parsed.host.startswith("127.") or proxy_bypass(parsed.netloc.decode()):
        return None
    proxies = getproxies()
    found: str | None = proxies.get(parsed.scheme) or proxies.get("all")
    if not found:
        return None
    found = found if "://" in found else f"http://{found}"
    user = found.partition("://")[2].rpartition("@")[0]
    if user:
        hide("proxy", unquote(user.partition(":")[2]))
    return found


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
        """Keep the request; return the answer that the backend assumes, or raise Recorded where it assumes none."""
        body = request.read()
        self.requests.append(
            {
                "method": request.method,
                "url": _with_names(safe_url(str(request.url))),
                "headers": dict(h for h in safe_headers(request.headers.multi_items()) if h[0] not in _PLUMBING),
                "body": safe_body(body) if body else None,
            }
        )
        if request.extensions.get("assume") is None:
            raise Recorded
        return httpx.Response(200, stream=httpx.ByteStream(request.extensions["assume"]))


def _with_names(url: str) -> str:
    """Return a url in whose path `<name>`, what only the vendor or the store can give, can be read."""
    path, mark, query = url.partition("?")
    return _NAMED.sub(r"<\1>", path) + mark + query


_NAMED = re.compile("%3C([a-z_]+)%3E")

_PLUMBING = frozenset({"accept-encoding", "content-length", "host", "user-agent"})
