"""A dry run shows what is sent: every request of a write and the first of a read, compared with the wire."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import pytest

from orderctl import redaction
from orderctl.backend import registry
from orderctl.backend.prepared import Prepared, Seen
from orderctl.backend.vendor import Capability
from orderctl.conformance.account import Account
from orderctl.conformance.cases import change
from orderctl.conformance.vendors import each
from orderctl.errors import DryRunStop
from orderctl.http import DryRun
from orderctl.model import Cancellation, OrderKey, Query, Subject

READS: Mapping[Capability, Any] = {
    Capability.COMMENTS: lambda b, i: b.comments(i, ()),
    Capability.FIELDS: lambda b, _: b.fields(),
    Capability.FIND: lambda b, _: b.find("REF-77"),
    Capability.GET: lambda b, i: b.get(i),
    Capability.LINES: lambda b, i: b.lines(i),
    Capability.PAGE: lambda b, _: b.page(Query(), None),
    Capability.STEPS: lambda b, i: b.steps(i),
}

WRITES = (Capability.CANCEL, Capability.CREATE, Capability.PUSH, Capability.UPDATE)

HOLE = '"?(?:{0})([a-z_]+)(?:{1})"?'
"""What only an answer can tell, `<name>`, as it is written in a text, a url or a form, and in XML.

In JSON it is a text, in place of which a number may be sent.
"""

VARIES = re.compile(r"\b(?:[0-9]{13,17}|[0-9a-f]{32})\b")
"""What is new in every request: a time to the second or finer, and a number made by chance."""


@pytest.fixture
def secret_fields(name: str) -> Iterator[None]:
    """Hide the fields of the vendor's secrets, as a command does."""
    names = {secret.name.lower() for secret in registry.vendor(name).secrets}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redaction.SECRETS, "_fields", {*redaction.SECRETS._fields, *names})
        yield


def subject_of(account: Account, verb: Capability) -> Subject:
    """Return what a write of the vendor's is about."""
    subjects: dict[Capability, Any] = {
        Capability.CANCEL: Cancellation(reason="wrong order"),
        Capability.CREATE: account.draft(),
        Capability.PUSH: account.case.move,
        Capability.UPDATE: change(account.vendor),
    }
    subject: Subject = subjects[verb]
    return subject


def _logs_in(account: Account, url: str) -> bool:
    """Return whether a request logs in; a dry run does not, and shows a hole for what a login would bring."""
    return bool(account.case.log_in) and url.endswith(account.case.log_in)


def shown(request: Mapping[str, Any]) -> list[str]:
    """Return a request as the texts in which it may have holes: its method, url, headers and body."""
    headers = sorted(f"{name.lower()}: {value}" for name, value in request["headers"].items())
    return [VARIES.sub("~", text) for text in (request["method"], request["url"], *headers, request["body"] or "")]


def fill(planned: Mapping[str, Any], sent: Mapping[str, Any], holes: dict[str, str]) -> None:
    """Hold a request of a dry run against the one that was sent, and note what its holes were filled with."""
    ours, theirs = shown(planned), shown(sent)
    assert len(ours) == len(theirs)
    for text, real in zip(ours, theirs, strict=True):
        marks = ("&lt;", "&gt;") if text.lstrip().startswith("<") else ("<|%3C", ">|%3E")
        pieces = re.split(HOLE.format(*marks), text)
        found = re.fullmatch("(.+?)".join(map(re.escape, pieces[::2])), real, re.DOTALL)
        assert found, f"{text}\nis planned, and sent is\n{real}"
        for hole, value in zip(pieces[1::2], found.groups(), strict=True):
            filled = unquote(value).strip('"')
            assert filled != f"<{hole}>"
            assert holes.setdefault(hole, filled) == filled


@pytest.mark.usefixtures("secret_fields")
@each(verb=lambda vendor: [verb for verb in WRITES if verb in vendor.capabilities])
def test_a_dry_run_of_a_write_shows_what_is_sent(name: str, verb: Capability) -> None:
    account = Account(name, shown=(sent := DryRun()))
    key = None if verb is Capability.CREATE else OrderKey(id=account.add())
    subject = subject_of(account, verb)
    dry, plan = account.dry()
    dry.dry_run(verb.value, subject, key)
    account.sent.clear()
    sent.requests.clear()
    result = account.backend.write(verb.value, subject, key)
    wrote = [sent.requests[place] for place in account.writes]
    assert len(plan.requests) == len(wrote) > 0
    holes: dict[str, str] = {}
    for planned, real in zip(plan.requests, wrote, strict=True):
        fill(planned, real, holes)
    assert holes.get("order", result.id) == result.id


@pytest.mark.usefixtures("secret_fields")
@each(verb=lambda vendor: [verb for verb in READS if verb in vendor.capabilities])
def test_a_dry_run_of_a_read_shows_its_first_request(name: str, verb: Capability) -> None:
    account = Account(name, shown=(sent := DryRun()))
    order_id = account.add()
    account.reopen()
    sent.requests.clear()
    READS[verb](account.backend, order_id)
    dry, plan = account.dry()
    with pytest.raises(DryRunStop):
        READS[verb](dry, order_id)
    (planned,) = plan.requests
    fill(planned, next(real for real in sent.requests if not _logs_in(account, real["url"])), {})


@each()
def test_a_create_needs_nothing_but_its_content(name: str) -> None:
    """Of an order of a file the content is kept, as JSON; its parts are made of that."""
    account = Account(name)
    prepared = account.vendor.prepare("create", account.draft(), account.profile)
    content = json.loads(json.dumps(prepared.content))
    kept = Prepared(verb="create", content=content, reference=prepared.reference, lines=prepared.lines)
    assert content == prepared.content
    assert account.vendor.parts(kept, Seen(), account.profile) == account.vendor.parts(
        prepared, Seen(), account.profile
    )
    assert all(value not in json.dumps(content) for value in ("sandbox", *account.secrets.values()))
