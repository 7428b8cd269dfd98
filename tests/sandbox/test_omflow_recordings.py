"""The OMFlow emulator answers as the recorded server did: nothing differs but codes, times and ids.

The recordings are exchanges with an open-source server, in order, each file on an empty one. Where one of them shows
an order in motion, the exchange before it says so.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from orderctl.sandbox.omflow.emulator import TABLES, Emulator
from orderctl.sandbox.omflow.flows import FLOWS
from orderctl.sandbox.store import Store

RECORDED: Mapping[str, Any] = json.loads(Path(__file__).with_name("omflow_exchanges.json").read_text(encoding="utf-8"))

COLLECTION = re.compile(r'("collection_uuid": ")[0-9a-f]{32}')
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}")
TIMES = ("createtime", "stoptime", "updatetime")
TOKEN = re.compile(r"csrftoken=\w{64}; expires=\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT;")


@pytest.fixture
def store() -> Iterator[Store]:
    with closing(Store(":memory:", TABLES)) as opened:
        yield opened


@pytest.mark.parametrize("recording", RECORDED)
def test_it_answers_as_the_recorded_server_did(recording: str, store: Store) -> None:
    still = Client(Emulator(store, {"busy": "0", "moving": "0"}))
    slow = Client(Emulator(store, {"busy": "1", "moving": "0"}))
    login = still.get("/accounts/api/security/get/", headers={"Authorization": "Basic YWRtaW46YWRtaW4="})
    code = login.get_json()["result"]["security"]
    for exchange in RECORDED[recording]:
        client = slow if exchange.get("then") == "in execution" else still
        answer = sent(client, exchange, code)
        assert (answer.status_code, head(answer)) == (exchange["http"], exchange["head"]), exchange["label"]
        if "answer" not in exchange:
            assert answer.data == b"", exchange["label"]
            continue
        said = json.loads(answer.text.replace(code, "<security>"))
        assert masked(said) == masked(exchange["answer"]), exchange["label"]
        assert list(said) == ["status", "message", "result"]
        assert answer.text.isascii()


def sent(client: Client, exchange: Mapping[str, Any], code: str) -> TestResponse:
    method, path = exchange["call"].replace("<security>", code).split(" ", 1)
    headers = {
        name: exchange[name] for name in ("Authorization", "Accept-Language", "Content-Type") if name in exchange
    }
    body = exchange.get("body", "").replace("<security>", code).replace("\r\n", "\n").replace("\n", "\r\n")
    return client.open(path, method=method, headers=headers, data=body.encode())


def head(answer: TestResponse) -> dict[str, str]:
    """The headers, with a mark for the token and its end."""
    found = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    if "Set-Cookie" in found:
        found["Set-Cookie"] = TOKEN.sub("csrftoken=<token>; expires=<then>;", found["Set-Cookie"])
    return found


def masked(answer: Any) -> Any:
    """The answer without moments and ids at random, each of which must look like one."""
    for row in answer["result"] if isinstance(answer["result"], list) else []:
        for name in TIMES:
            if row.get(name) is not None:
                assert row[name] == "then" or MOMENT.fullmatch(row[name])
                row[name] = "then"
        if "data_param" in row:
            row["data_param"] = COLLECTION.sub(r"\1<collection>", row["data_param"])
    return answer


def test_no_recording_is_left_out() -> None:
    assert {name: len(exchanges) for name, exchanges in RECORDED.items()} == {
        "login-create-query": 20, "query-push-list": 29, "api-sample": 1,
    }  # fmt: skip


def test_every_flow_of_the_recorded_server_is_there() -> None:
    assert {"orderdesk", "orderverify", "orderplain", "ordernoapi", "mission"} <= FLOWS.keys()
    assert len({flow.uuid for flow in FLOWS.values()}) == len(FLOWS)
    assert (FLOWS["orderdesk"].app, FLOWS["orderdesk"].name) == ("OrderDesk", "Order")
    assert FLOWS["orderdesk"].actions == {"FITEM_2": ("OK", "")}
    assert [path for path, flow in FLOWS.items() if any("regex" in d["config"] for d in flow.items)] == ["orderdesk"]
