"""What Qince pushes: both of its shapes, its digest, and nothing else."""

import datetime as dt
import doctest
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderctl.backend.vendor import BadSignature, Profile, UnreadableEvent
from orderctl.vendors.qince import events as pushed
from orderctl.vendors.qince.events import event_digest, receive
from tests.pusher import FORM, SECRET, form, logical, read_event

PROFILE = Profile(name="field", vendor="qince", url="https://q", settings={"reference_field": "field_ab12c__c"})


def test_the_examples_in_the_docstrings_hold() -> None:
    found = doctest.testmod(pushed)
    assert found.attempted > 3
    assert not found.failed


def test_a_form_is_read() -> None:
    event = read_event(form(3, timestamp="1751590269123"), f"{FORM}; charset=UTF-8")
    assert (event.kind, event.order_id) == ("apaas_data_change_event", "5526644337503710209")
    assert (event.message_id, event.tenant_id, event.app_id) == ("m-3", "5465103569540931532", None)
    assert event.keys == ("message:m-3",)
    assert event.sent_at == dt.datetime(2025, 7, 4, 0, 51, 9, 123000, tzinfo=dt.UTC)
    assert json.loads(event.data)["name"] == "订单3"
    assert not event.proven


def test_the_documents_own_example_is_read() -> None:
    """The source document's shape: no message id, numbers above 2^53."""
    body = logical(1)
    event = read_event(body, "application/json")
    assert (event.message_id, event.app_id, event.tenant_id) == (None, "9007199254740993", "5465103569540931532")
    (key,) = event.keys
    assert key.startswith("body:")
    assert read_event(body, "").keys == (key,)
    assert read_event(logical(2), "").keys != (key,)
    assert read_event(body, FORM) == event, "a body that begins with a brace is JSON, whatever is claimed"


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.decimals(allow_nan=False, allow_infinity=False, places=4)
        | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    ),
    st.dictionaries(st.text(), st.text() | st.integers(), max_size=3),
    st.sampled_from(["", " ", "\n\t "]),
)
def test_the_data_stays_as_it_was_written(value: Any, more: dict[str, Any], blank: str) -> None:
    def text(given_: Any) -> str:
        if isinstance(given_, dict):
            pairs = (f"{blank}{json.dumps(k)}{blank}:{blank}{text(v)}{blank}" for k, v in given_.items())
            return "{" + ",".join(pairs) + "}"
        if isinstance(given_, list):
            return f"[{blank}" + f"{blank},{blank}".join(map(text, given_)) + f"{blank}]"
        return str(given_) if isinstance(given_, Decimal) else json.dumps(given_, ensure_ascii=False)

    data = {"field": value}
    before = {k: v for k, v in more.items() if k not in {"data", "dataId", "dataType", "msgId"}}
    body = (blank + text({**before, "data": data, "dataId": "1", "z": "data"})).encode("utf-8", "replace")
    event = read_event(body, "")
    assert event.data == text(data).encode("utf-8", "replace").decode()


@pytest.mark.parametrize("at", [0, 1])
def test_of_two_members_of_a_name_the_last_counts_for_text_and_value(at: int) -> None:
    pieces = ['"data":{"n":1}', '"data":{"n":2}']
    body = f'{{"dataId":"1",{pieces[at]},{pieces[1 - at]}}}'.encode()
    assert json.loads(read_event(body, "").data) == {"n": 2 - at}


def test_a_digest_is_checked_over_the_data_as_it_came() -> None:
    event = receive(form(1), FORM, PROFILE, SECRET)
    assert event.proven
    assert len(event.keys) == 2
    text = '{ "n": 1.10,\n "名": "é" }'
    stamp = "1751590269123"
    digest = event_digest(text, secret=SECRET, timestamp=stamp)
    for value in (text, json.dumps(text)):
        body = f'{{"dataId":"1","timestamp":{stamp},"digest":"{digest.upper()}","data":{value}}}'.encode()
        assert receive(body, "application/json", PROFILE, SECRET).data == text


@pytest.mark.parametrize(
    "body", [form(1, secret=None), form(1, secret="other"), logical(1), form(1, timestamp="x")[:-3]]
)
def test_without_the_correct_digest_it_is_forged(body: bytes) -> None:
    with pytest.raises(BadSignature):
        receive(body, FORM, PROFILE, SECRET)
    assert receive(body, FORM, PROFILE, None).order_id


@pytest.mark.parametrize("mark", ["\ufeff{}", '\ufeff{"field_ab12c__c":"R-1"}'])
def test_a_byte_order_mark_before_the_data_is_not_kept(mark: str) -> None:
    for body in (form(1, data=mark), logical(1, data=mark)):
        event = receive(body, FORM if body[:1] == b"m" else "", PROFILE, None)
        assert event.data == mark[1:]
        assert event.reference == json.loads(mark[1:]).get("field_ab12c__c")
    assert receive(form(1, data=mark), FORM, PROFILE, SECRET).proven, "the digest is made of what came"


def test_a_byte_order_mark_before_the_body_does_not_matter() -> None:
    body = logical(1)
    event = read_event(b"\xef\xbb\xbf" + body, "application/json")
    assert event.data == read_event(body, "").data


def test_half_a_surrogate_pair_is_not_a_digest() -> None:
    for stamp in ("1", "\ud800"):
        body = json.dumps({"dataId": "1", "data": {}, "digest": "\ud800", "timestamp": stamp}).encode()
        with pytest.raises(BadSignature):
            receive(body, "", PROFILE, SECRET)


def test_a_signed_event_is_of_the_order_that_its_data_name() -> None:
    for data_id, good in (("5526644337503710206", True), ("1", False), (5526644337503710206, True)):
        data = json.dumps({"id": "5526644337503710206"})
        body = form(1, dataId=data_id, data=data)
        if good:
            assert receive(body, FORM, PROFILE, SECRET).order_id == "5526644337503710206"
        else:
            with pytest.raises(BadSignature, match="dataId"):
                receive(body, FORM, PROFILE, SECRET)


def test_the_reference_is_the_profiles_field() -> None:
    for value, reference in (("R-1", "R-1"), (7, "7"), (1.5, "1.5"), ("", None), ({"id": "1"}, None), (None, None)):
        body = logical(1, data={"field_ab12c__c": value})
        assert receive(body, "", PROFILE, None).reference == reference
    assert receive(logical(1), "", Profile(name="x", vendor="qince", url="https://q"), None).reference is None


def test_another_content_type_is_refused() -> None:
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/xml"):
        with pytest.raises(UnreadableEvent):
            read_event(form(1), kind)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda t: ("{" + t).encode("utf-8", "replace")))
def test_anything_else_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableEvent):
        receive(body, "", PROFILE, None)
