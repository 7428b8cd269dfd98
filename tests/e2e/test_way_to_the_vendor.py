"""What is between orderctl and a vendor: a server that answers twice, a proxy that refuses."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import parse_qs

import pytest

from tests.e2e.conftest import Answer, Cli, answering
from tests.http.conftest import read_request, reply, serving

LOGIN = {"ORDERCTL_SHOP_LOGIN": "someone-1", "ORDERCTL_SHOP_PASSWORD": "0123456789abcdef"}
ORDERS = "reference,email,sku,name,quantity,price\n" + "".join(f"R-{n},a@b.cc,S,n,1,1\n" for n in (1, 2, 3))


@contextmanager
def answering_twice(created: dict[str, str]) -> Iterator[str]:
    """Serve a box that creates R-1 and R-3, refuses R-2, and sends the answer for R-1 twice in one segment."""
    opened: list[socket.socket] = []

    def serve(connection: socket.socket) -> None:
        with suppress(OSError):
            while request := read_request(connection):
                reference = parse_qs(request.partition(b"\r\n\r\n")[2].decode())["ordercode"][0]
                answer: dict[str, object] = {"result": "fail", "errors": ["bad product"]}
                if reference != "R-2":
                    created[reference] = str(101 + len(created))
                    answer = {"result": "ok", "orderId": created[reference]}
                body = json.dumps(answer).encode()
                whole = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
                connection.sendall(whole * 2 if reference == "R-1" else whole)

    def accept() -> None:
        with suppress(OSError):
            while True:
                opened.append(listening.accept()[0])
                threading.Thread(target=serve, args=(opened[-1],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)
    for connection in opened:
        connection.close()


def test_an_answer_that_comes_twice_is_not_that_of_the_next_order(cli: Cli) -> None:
    created: dict[str, str] = {}
    with answering_twice(created) as url:
        cli.config(f'[profiles.shop]\nvendor = "onebox"\nurl = "{url}"\nrate = 1000\n')
        ran = cli("create", "--from", "-", "--format", "csv", "--jobs", "1", "-o", "jsonl", env=LOGIN, given=ORDERS)
    assert ran.code == 8, (ran.out, ran.err)
    shown = {line["reference"]: line["id"] for line in ran.lines}
    assert created == {"R-1": "101", "R-3": "102"}
    assert shown == {**created, "R-2": None}, ran.err


def test_a_proxy_that_refuses_ends_a_run_at_its_first_order(cli: Cli) -> None:
    with serving(reply(b"", status="407 Proxy Authentication Required")) as proxy:
        cli.config('[profiles.shop]\nvendor = "onebox"\nurl = "https://box.example"\nrate = 1000\n')
        named = {"HTTPS_PROXY": proxy.url.replace("//", "//me:proxy-canary@")}
        ran = cli(
            "create", "--from", "-", "--format", "csv", "--jobs", "1", "-o", "jsonl", env=LOGIN | named, given=ORDERS
        )
        assert len(proxy.requests) == 1
    assert ran.code == 3, ran.err
    assert "named by HTTPS_PROXY refused the connection (407" in ran.err
    assert "nothing was sent" in ran.err
    assert "canary" not in ran.out + ran.err


@pytest.mark.parametrize("status, between", [(503, 5), (429, 2)])
def test_a_busy_vendor_delays_the_next_request_of_a_file_as_long_as_it_asked(
    cli: Cli, status: int, between: int
) -> None:
    """After a 503, which may have been processed, the order is looked for, and sent again after five seconds."""
    came: list[tuple[str, float]] = []

    def busy_once(path: str, _body: bytes) -> Answer:
        adds = [call for call, _ in came if call == "/api/orders/add/"]
        came.append((path.partition("?")[0], time.monotonic()))
        if "/add/" not in path:
            return 200, {}, b'{"orders": []}'
        if not adds:
            return status, {"Retry-After": "2"}, b"busy"
        return 200, {}, json.dumps({"result": "ok", "orderId": len(came)}).encode()

    orders = "reference,customer_name,email,sku,quantity,price\nA-1,Ann,a@b.c,1,1,1\nA-2,Ann,a@b.c,1,1,1\n"
    with answering(busy_once) as url:
        cli.config(f'[profiles.shop]\nvendor = "onebox"\nurl = "{url}"\nrate = 1000\n')
        env = {"ORDERCTL_SHOP_LOGIN": "sandbox", "ORDERCTL_SHOP_PASSWORD": "sandbox"}
        ran = cli("create", "--from", "-", "--format", "csv", "--jobs", "1", "-o", "jsonl", env=env, given=orders)
    assert ran.code == 0, ran.err
    assert [result["outcome"] for result in ran.lines] == ["created", "created"]
    busy = next(index for index, (call, _) in enumerate(came) if "/add/" in call)
    assert came[busy + 1][1] - came[busy][1] >= 1.9
    adds = [at for call, at in came if "/add/" in call]
    assert len(adds) == 3
    assert adds[1] - adds[0] >= between - 0.1
