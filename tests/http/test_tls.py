"""TLS is always verified, and what fails there was certainly not sent."""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from orderctl.errors import ConfigError, NotSent, OutcomeUnknown
from orderctl.http import Client, Effect, Request, network, transports
from tests.http.conftest import Time, connected, reply, sent, serving


def certificate(folder: Path, *, address: str = "127.0.0.1", days: int = 1) -> Path:
    """Write a self-signed certificate and its key to one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "box")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=9))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "box.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def server(pem: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def test_a_certificate_that_the_environment_names_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with serving(reply(b"{}"), tls=server(pem)) as served, connected(served) as client:
        assert client.read(served.request()).body == b"{}"


@pytest.mark.parametrize(
    "made, trusted, says, hint",
    [
        ({}, False, "self-signed", "set SSL_CERT_FILE to their PEM file"),
        ({"address": "127.0.0.2"}, True, "IP address mismatch", "check the profile's url"),
        ({"days": -1}, True, "expired", "look at this machine's clock"),
    ],
    ids=["self-signed", "another host", "expired"],
)
def test_a_wrong_certificate_is_never_sent_to(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    made: dict[str, object],
    trusted: bool,  # noqa: FBT001  (pytest gives it by name)
    says: str,
    hint: str,
) -> None:
    for ignored in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR"):
        monkeypatch.delenv(ignored, raising=False)
    pem = certificate(tmp_path, **made)  # type: ignore[arg-type]  # by name
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with serving(reply(b"{}"), tls=server(pem)) as served, connected(served) as client:
        for send in (client.write, client.read):
            with pytest.raises(ConfigError, match=f"the certificate of the server is not trusted .*{says}") as raised:
                send(served.request(body=b"secret"))
            assert (raised.value.exit_code, raised.value.code) == (3, "http.untrusted")
            assert "nothing was sent" in raised.value.message
            assert hint in raised.value.hint
            assert "REQUESTS_CA_BUNDLE" not in raised.value.hint
        assert served.requests == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
        with pytest.raises(ConfigError) as raised:
            client.write(served.request(body=b"secret"))
        assert raised.value.hint.endswith("(not read: REQUESTS_CA_BUNDLE)") == ("clock" not in hint)


def test_a_server_that_speaks_no_tls_was_not_sent() -> None:
    with serving(b"HTTP/1.1 400 Bad Request\r\n\r\n") as served:
        url = served.url.replace("http:", "https:")
        client = Client(network(url), clock=Time().clock())
        with pytest.raises(NotSent, match="no connection"):
            client.write(Request(method="GET", url=url, purpose="ask"))
        client.close()


def test_a_hand_shake_that_never_ends_was_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        client = Client(network(url), timeout=0.3, clock=Time().clock())
        with pytest.raises(NotSent):
            client.write(Request(method="GET", url=url, purpose="ask"))
        client.close()


def test_old_tls_is_not_spoken() -> None:
    assert transports._tls().minimum_version is ssl.TLSVersion.TLSv1_2  # noqa: SLF001
    assert transports._tls().verify_mode is ssl.CERT_REQUIRED  # noqa: SLF001
    assert transports._tls().check_hostname  # noqa: SLF001


@pytest.mark.parametrize("content", [None, "not a certificate"])
def test_certificates_that_cannot_be_read_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    path = tmp_path / "roots.pem"
    if content:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(ConfigError, match=r"roots\.pem"):
        network("https://box.example")


@pytest.mark.parametrize("name", ["none", "a.pem"])
def test_a_folder_of_certificates_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "a.pem").write_text("")
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / name))
    with pytest.raises(ConfigError, match=f"SSL_CERT_DIR names cannot be read .*/{name}: "):
        network("https://box.example")


def test_one_folder_or_a_file_of_certificates_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", f":{tmp_path}/none:{tmp_path}")
    assert transports._tls().get_ca_certs() == []  # noqa: SLF001  (a folder is read when a server shows up)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path)))
    assert transports._tls().get_ca_certs()  # noqa: SLF001  (no request shows what is trusted)


def test_the_systems_certificates_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.setattr(transports, "CERTIFICATES", (str(tmp_path),))
    empty = ssl.DefaultVerifyPaths("", "", "", "", "", "")
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: empty)
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda _self: None)
    assert transports._tls().get_ca_certs()  # noqa: SLF001  (certifi's, the last resort)
    (tmp_path / "abcd.0").write_text("")
    assert transports._tls().get_ca_certs() == []  # noqa: SLF001  (a folder is read when a server shows up)


@pytest.mark.parametrize(
    "answer, says",
    [(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "named by HTTPS_PROXY refused the connection .*502"),
     (b"", "closed"), (b"nonsense\r\n\r\n", "HTTP"),
     (b"HTTP/1.1 200 OK\r\n\r\n", "no connection")],
    ids=["502", "closed", "nonsense", "no tls behind"],
)  # fmt: skip
def test_a_proxy_that_fails_carried_nothing(monkeypatch: pytest.MonkeyPatch, answer: bytes, says: str) -> None:
    with serving(answer) as served:
        monkeypatch.setenv("HTTPS_PROXY", served.url.replace("//", "//user:proxy-canary@"))
        client = Client(network("https://box.example"), timeout=5, clock=Time().clock())
        with pytest.raises(NotSent, match=says) as raised:
            client.write(Request(method="POST", url="https://box.example/", purpose="send", body=b"canary"))
        client.close()
    assert all(request.startswith(b"CONNECT box.example:443") for request in served.requests)
    assert b"canary" not in b"".join(served.requests)
    assert f"the proxy {served.url}, named by HTTPS_PROXY" in raised.value.message
    assert "HTTPS_PROXY" in raised.value.hint
    assert "canary" not in f"{raised.value}{raised.value.hint}"


@pytest.mark.parametrize("effect", Effect)
@pytest.mark.parametrize(
    "status, variable, url, says",
    [("407 Proxy Authentication Required", "https_proxy", "https://box.example/", "USER:PASSWORD@"),
     ("403 Forbidden", "ALL_PROXY", "https://box.example/", "NO_PROXY"),
     ("407 Proxy Authentication Required", "HTTP_PROXY", "http://box.example/", "USER:PASSWORD@")],
    ids=["407", "403", "407 without TLS"],
)  # fmt: skip
def test_a_proxy_that_refuses_is_a_matter_of_configuration(
    monkeypatch: pytest.MonkeyPatch, status: str, variable: str, url: str, says: str, effect: Effect
) -> None:
    with serving(reply(b"", status=status)) as served:
        monkeypatch.setenv(variable, served.url.replace("//", "//user:proxy-canary@"))
        client = Client(network(url), timeout=5, clock=Time().clock())
        with pytest.raises(ConfigError, match=f"{status[:3]}.*nothing was sent") as raised:
            sent(client, Request(method="POST", url=url, purpose="send", body=b"x=1"), effect)
        client.close()
        assert len(served.requests) == 1
    assert f"the proxy {served.url}, named by {variable} refused" in raised.value.message
    assert says in raised.value.hint
    assert "canary" not in f"{raised.value}{raised.value.hint}"


@pytest.mark.parametrize("url", ["https://box.example/", "http://box.example/"])
def test_a_proxy_that_is_down_is_named(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("ALL_PROXY", f"user:proxy-canary@127.0.0.1:{port}")
    client = Client(network(url), clock=Time().clock())
    says = f"no connection to the proxy http://127.0.0.1:{port}, named by ALL_PROXY \\(Connection refused"
    with pytest.raises(NotSent, match=says) as raised:
        client.write(Request(method="POST", url=url, purpose="send", body=b"x=1"))
    client.close()
    assert "check the proxy and ALL_PROXY" in raised.value.hint
    assert "canary" not in f"{raised.value}{raised.value.hint}{client}"


def test_a_tunnel_reaches_the_vendor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pem = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with serving(reply(b"{}"), tls=server(pem)) as box:

        def carry(connection: socket.socket) -> None:
            port = int(box.url.rpartition(":")[2])
            with socket.create_connection(("127.0.0.1", port)) as behind:
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                threading.Thread(target=pump, args=(connection, behind), daemon=True).start()
                pump(behind, connection)

        with serving(carry) as tunnel:
            monkeypatch.setattr(
                transports, "proxy_for", lambda _url: transports.Proxy(url=tunnel.url, variable="HTTPS_PROXY")
            )
            client = Client(network(box.url), timeout=10)
            assert client.write(box.request(body=b"x=1")).body == b"{}"
            client.close()
        assert box.requests[0].endswith(b"x=1")
        assert tunnel.requests[0].startswith(b"CONNECT")


def pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
    except OSError:
        return


def test_a_plain_request_through_a_proxy_may_have_been_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(b"") as served:
        monkeypatch.setenv("HTTP_PROXY", served.url.removeprefix("http://"))
        client = Client(network("http://box.example"), timeout=5, clock=Time().clock())
        with pytest.raises(OutcomeUnknown):
            client.write(Request(method="POST", url="http://box.example/", purpose="send", body=b"x=1"))
        client.close()


@pytest.mark.parametrize("variable", ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy"])
@pytest.mark.parametrize(
    "url",
    ["socks://127.0.0.1:1/", "socks5://127.0.0.1:1", "socks5h://a:canary@127.0.0.1:1", "ftp://127.0.0.1:1",
     "http://a:canary@127.0.0.1:port", "http://", "http://a:canary@127.0.0.1:70000"],
)  # fmt: skip
def test_a_proxy_that_cannot_be_used_is_named(monkeypatch: pytest.MonkeyPatch, url: str, variable: str) -> None:
    monkeypatch.setenv(variable, url)
    with pytest.raises(ConfigError, match=f"the proxy that {variable} names cannot be used") as raised:
        network("https://box.example")
    assert variable in raised.value.hint
    assert "canary" not in f"{raised.value}{raised.value.hint}"


@pytest.mark.parametrize(
    "url, no_proxy",
    [
        ("http://127.0.0.1:8080", ""),
        ("http://localhost", ""),
        ("https://[::1]", ""),
        ("https://a.b", "a.b"),
        ("https://10.1.2.3", "::1,.corp, 10.0.0.0/8"),
        ("https://[fd00::1]", "10.0.0.0/8,x/y,fd00::/8"),
        ("https://[fd00::1]", "fd00::1"),
        ("https://a.b", "a.b:443"),
    ],
)
def test_loopback_and_exceptions_go_direct(monkeypatch: pytest.MonkeyPatch, url: str, no_proxy: str) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert transports.proxy_for(url) is None
    for other in ("https://other.example", "https://11.1.2.3"):
        proxy = transports.proxy_for(other)
        assert proxy == transports.Proxy(url="http://proxy.example:3128", variable="ALL_PROXY")
    monkeypatch.setenv("ALL_PROXY", " ")
    assert transports.proxy_for("https://other.example") is None


def test_a_star_among_the_exceptions_is_every_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "localhost, *")
    assert transports.proxy_for("https://a.b") is None


def test_a_proxy_over_tls_is_verified_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(reply(), tls=server(certificate(tmp_path))) as served:
        monkeypatch.setenv("HTTP_PROXY", served.url)
        client = Client(network("http://box.example"), timeout=5, clock=Time().clock())
        with pytest.raises(ConfigError, match=r"the certificate of the proxy .*, named by HTTP_PROXY is not trusted"):
            client.write(Request(method="POST", url="http://box.example/", purpose="send", body=b"canary"))
        client.close()
    assert served.requests == []
