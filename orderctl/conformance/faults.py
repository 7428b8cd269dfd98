"""What every vendor's backend makes of a call that goes wrong on the way, and what it never says."""

import traceback
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from orderctl import redaction
from orderctl.backend import registry
from orderctl.backend.vendor import Capability, Duplicates
from orderctl.conformance.account import Account
from orderctl.conformance.vendors import each
from orderctl.conformance.writes import Writes
from orderctl.errors import (
    BadAnswer,
    LoginRefused,
    OrderctlError,
    OutcomeUnknown,
    PartlyDone,
    PermissionDenied,
    RateLimited,
    Temporary,
)
from orderctl.model import Outcome, Query
from orderctl.sandbox.faults import Faults
from orderctl.write.send import TRIES

READ_FAULTS: dict[str, type[OrderctlError]] = {
    "401": LoginRefused,
    "403": PermissionDenied,
    "429": RateLimited,
    "429=1": RateLimited,
    "500": Temporary,
    "502": Temporary,
    "503": Temporary,
    "504": Temporary,
    "bad-gzip": BadAnswer,
    "half-body": Temporary,
    "html": BadAnswer,
    "lost-after": Temporary,
    "lost-before": Temporary,
    "redirect": Temporary,
    "reset": Temporary,
    "reset-after": Temporary,
}

APPLIED = (
    "500-after",
    "502-after",
    "503-after",
    "504-after",
    "bad-gzip",
    "empty",
    "half-body",
    "html",
    "lost-after",
    "reset-after",
)
"""The write was carried out; nobody can tell from the answer."""

LOST = ("lost-before", "reset", "500", "502", "503", "504", "redirect")
"""The write was not carried out; nobody can tell from the answer either."""

REFUSED: dict[str, type[OrderctlError]] = {"401": LoginRefused, "403": PermissionDenied, "429": RateLimited}
"""The write was certainly not carried out."""


CALLED: tuple[Callable[[Writes, str], Any], ...] = (
    lambda b, _: b.page(Query(), None),
    lambda b, i: b.get(i),
    lambda b, _: b.ping(),
)


@cache
def an_id(name: str) -> str:
    """Return an id as the vendor's are."""
    return Account(name).add()


def attempt(account: Account, call: Callable[..., Any], *given: Any) -> Any:
    """Return what a call of the backend came to: its result, or its error."""
    try:
        return call(account.backend, *given)
    except OrderctlError as error:
        return error


def damaged(name: str, spec: str) -> Account:
    return Account(name, wrap=lambda app: Faults(app, [spec]))


@pytest.mark.parametrize("fault", READ_FAULTS)
@each()
def test_a_fault_of_a_read_has_its_class(name: str, fault: str) -> None:
    account = damaged(name, fault)
    for call in CALLED:
        with pytest.raises(READ_FAULTS[fault]) as told:
            call(account.backend, an_id(name))
        assert told.value.message


@each(fault=lambda vendor: ("503", "429", "500") if vendor.busy_wait is None else ("429", "500"))
def test_a_read_is_tried_again(name: str, fault: str) -> None:
    """A 503 that means minutes is reported at once."""
    account = damaged(name, f"{fault}*2")
    assert account.backend.page(Query(), None).orders == ()


def writes_of(name: str) -> list[int]:
    """Return after how many requests each write of the vendor's create goes out."""
    account = Account(name)
    account.add()
    assert account.writes
    return account.writes


def once_each(account: Account, *, tries: int = 1) -> None:
    """Hold that no write was sent again: of one that was certainly not processed, that it was sent `tries` times."""
    sent = Counter((account.sent[n].method, account.sent[n].body) for n in account.writes)
    assert max(sent.values(), default=tries) == tries


@pytest.mark.parametrize("times", ["*1", ""], ids=["once", "ever after"])
@pytest.mark.parametrize("fault", [*APPLIED, *LOST])
@each()
def test_a_create_that_may_have_been_applied_is_never_reported_as_failed(name: str, fault: str, times: str) -> None:
    for place, before in enumerate(writes_of(name)):
        account = damaged(name, f"{fault}{times}+{before}")
        made = attempt(account, lambda b, draft: b.create(draft), account.draft())
        # a vendor that refuses a second order gets it again, the same bytes, once a look has not found it
        again = account.refuses and not place and fault in LOST and bool(times)
        if isinstance(made, OrderctlError):
            assert isinstance(made, OutcomeUnknown if not place else (OutcomeUnknown, PartlyDone)), made
            assert not again
        else:
            assert [o.id for o in account.witnessed("REF-77")] == [made.id]
        once_each(account, tries=2 if again else 1)
        assert len(account.witnessed("REF-77")) == (1 if place or again or fault in APPLIED else 0)


@pytest.mark.parametrize("fault", APPLIED)
@each(lambda vendor: vendor.duplicates is Duplicates.REFUSED)
def test_a_create_whose_answer_is_lost_is_found_by_a_vendor_that_refuses_a_second_one(name: str, fault: str) -> None:
    account = damaged(name, f"{fault}*1+{writes_of(name)[0]}")
    made = account.backend.create(account.draft())
    assert made.outcome is Outcome.CREATED
    assert [o.id for o in account.witnessed("REF-77")] == [made.id]
    once_each(account)


@pytest.mark.parametrize("fault", REFUSED)
@each()
def test_a_create_that_was_turned_away_says_so(name: str, fault: str) -> None:
    before = writes_of(name)[0]
    account = damaged(name, f"{fault}+{before}")
    with pytest.raises(REFUSED[fault]):
        account.backend.create(account.draft())
    once_each(account, tries=TRIES if fault == "429" else 1)
    assert not account.witnessed("REF-77")


CANARY = "canary-9f8e7d6c5b4a3210"


def echo(_app: WSGIApplication) -> WSGIApplication:
    """Answer everything with what was asked, as a server that debugs does."""

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        text = "\n".join(f"{k}: {v}" for k, v in environ.items() if isinstance(v, str))
        start(f"{STATUS[0]} X", [("Content-Type", "text/plain"), ("X-Echo", "1")])
        return [f"error {text}\n".encode() + environ["wsgi.input"].read()]

    return answer


STATUS = [200]


def attempts(account: Account) -> list[Any]:
    """Return what every call of the backend came to."""
    calls: list[Any] = [
        lambda b: b.create(account.draft()),
        lambda b: b.get(an_id(account.vendor.name)),
        lambda b: b.page(Query(), None),
        lambda b: b.ping(),
    ]
    if Capability.FIND in account.vendor.capabilities:
        calls.append(lambda b: b.find("REF-77"))
    if Capability.CANCEL in account.vendor.capabilities:
        calls.append(lambda b: b.cancel(an_id(account.vendor.name), "reason"))
    return [attempt(account, call) for call in calls]


def shown_of(end: Any) -> str:
    """Return all that may be shown of an end: message, hint, fields, repr, traceback."""
    text = repr(end)
    if isinstance(end, OrderctlError):
        text += f"{end.message}{end.hint}{end.fields}{''.join(traceback.format_exception(end))}"
    return text


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 422, 500, 503])
@each()
def test_secrets_appear_nowhere(name: str, status: int, tmp_path: Path) -> None:
    STATUS[0] = status
    secrets = {s: f"{CANARY}-{s}" for s in registry.vendor(name).sandbox_secrets}
    for secret, value in secrets.items():
        redaction.hide(secret, value)
    trace = tmp_path / "trace"
    account = Account(name, wrap=echo, secrets=secrets, authenticate=False, trace=trace)
    shown = redaction.redact("".join(map(shown_of, attempts(account)))) + repr(account.backend.connection)
    account.backend.client.close()
    shown += trace.read_text(encoding="utf-8")
    assert CANARY not in shown
    for value in (*secrets.values(), *map(":".join, permutations(secrets.values(), 2))):
        assert b64encode(value.encode()).decode() not in shown
