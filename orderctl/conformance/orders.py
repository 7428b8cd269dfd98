"""What every vendor does with one order, and what it refuses; vendors are left out by declared capability only."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from orderctl.backend import registry
from orderctl.backend.contract import Backend
from orderctl.backend.vendor import Capability, Duplicates
from orderctl.conformance.account import Account
from orderctl.conformance.cases import case, keeps_reference, text_field
from orderctl.conformance.vendors import able, each
from orderctl.errors import Conflict, NotFound, PartlyDone, Refused, Unsupported, UsageError
from orderctl.frozen import replace
from orderctl.model import Move, Order, OrderChange, OrderDraft, OrderKey, Outcome, Setting, Status
from orderctl.words import LINE_WORDS, OPTIONS

DUTIES = {Capability.CREATE, Capability.GET, Capability.PAGE}

WRITES = (Capability.CANCEL, Capability.CREATE, Capability.PUSH, Capability.UPDATE)

CALLS: dict[Capability, Any] = {
    Capability.CANCEL: lambda b: b.cancel("7", "reason"),
    Capability.COMMENTS: lambda b: b.comments("7", ()),
    Capability.FIELDS: lambda b: b.fields(),
    Capability.FIND: lambda b: b.find("R-1"),
    Capability.LINES: lambda b: b.lines("7"),
    Capability.PUSH: lambda b: b.push("7", Move()),
    Capability.STEPS: lambda b: b.steps("7"),
    Capability.UPDATE: lambda b: b.update("7", OrderChange(note="x")),
}

ABSENT = ("999999999", "0", "no-such-order", "../orders", "7?x=1", "ä", "9" * 60)

TEXTS = (
    "quotes \"'` and \\ backslash",
    "<a href='x'>&amp; & \"</a> ]]>",
    "+#% 100%25 a+b=c&d;e /?:@",
    "茶叶 订单 ひらがな 한국어",
    "emoji 🍵👩‍👩‍👧 é",
    " edge  spaces ",
    "two\nlines",
    "long " * 2000,
)


@each()
@pytest.mark.parametrize("capability", [c for c in Capability if c not in WRITES])
def test_a_capability_to_read_is_a_method(name: str, capability: Capability) -> None:
    made = getattr(registry.vendor(name).backend, capability.value)
    assert (made is not getattr(Backend, capability.value)) == (capability in registry.vendor(name).capabilities)


@each()
def test_a_backend_cannot_write(name: str) -> None:
    """Of a write it only says what it is; nothing that it has can send one."""
    backend = Account(name).backend.backend
    assert not {c.value for c in WRITES} & set(dir(backend))
    assert {n for n in dir(backend.connection.reader) if not n.startswith("_")} == {"pause", "read"}


@each(capability=lambda vendor: [c for c in Capability if c not in vendor.capabilities])
def test_what_is_not_declared_refuses_and_sends_nothing(name: str, capability: Capability) -> None:
    account = Account(name)
    with pytest.raises(Unsupported) as told:
        CALLS[capability](account.backend)
    assert told.value.hint
    assert not account.sent


@each()
def test_a_read_is_seen_as_one(name: str) -> None:
    account = Account(name)
    order_id = account.add()
    account.sent.clear()
    account.reopen()
    account.backend.get(order_id)
    account.orders()
    writes = [f"{account.sent[place].method} {account.sent[place].path}" for place in account.writes]
    assert not writes, "the suite takes reads for writes: say which requests only read, in CASE(reads=…, log_in=…)"


@each()
def test_a_field_fills_a_word_that_there_is(name: str) -> None:
    for call in ("create", "update"):
        fields = registry.vendor(name).fields.get(call, ())
        lines = registry.vendor(name).fields.get(f"{call}.line", ())
        assert {field.word for field in fields} <= {"", *OPTIONS}
        assert {field.word.removeprefix("order.") for field in lines} <= {"", *LINE_WORDS, *OPTIONS}


@each()
def test_a_status_is_known_in_lower_case(name: str) -> None:
    """A vendor's upper and lower case do not count, so that a profile may write either."""
    assert [status for status in registry.vendor(name).statuses if status != status.casefold()] == []


@each()
def test_duties_are_declared(name: str) -> None:
    assert registry.vendor(name).capabilities >= DUTIES


def agrees(draft: OrderDraft, order: Order, *, kept: bool) -> set[str]:
    """Hold what was sent against what is returned; return the words that the answer does not carry.

    A reference is returned where the vendor has it `kept`.
    """
    assert order.reference == draft.reference or not kept
    assert len(order.lines) == len(draft.lines)
    pairs = [(w, getattr(draft, w), getattr(order, w)) for w in ("title", "note", "currency", "total")]
    pairs.append(("due", draft.due, order.due_at))
    pairs += [
        (f"customer {w}", getattr(draft.customer, w), getattr(order.customer, w))
        for w in ("code", "email", "phone", "address")
    ]
    for line, held in zip(draft.lines, order.lines, strict=True):
        pairs += [(f"line {w}", getattr(line, w), getattr(held, w)) for w in ("sku", "name", "quantity")]
        pairs.append(("line price", line.price, held.unit_price))
    assert [p for p in pairs if None not in p and p[1] != p[2]] == []
    return {word for word, sent, back in pairs if sent is not None and back is None}


@each()
def test_created_is_read_back(name: str) -> None:
    account = Account(name)
    draft = account.draft()
    made = account.backend.create(draft)
    order = account.backend.get(made.id)
    assert order.id == made.id
    assert agrees(draft, order, kept=keeps_reference(account.vendor)) == account.case.not_returned
    assert order.status is not Status.CANCELLED
    assert [o.id for o in account.orders()] == [made.id]


@each(able(Capability.FIND))
def test_created_is_found_by_its_reference(name: str) -> None:
    account = Account(name)
    account.add("REF-76")
    order_id = account.add("REF-77")
    account.add("REF-777")
    assert account.backend.find("REF-77").id == order_id
    assert account.backend.find("REF-77").reference == "REF-77"
    with pytest.raises(NotFound):
        account.backend.find("REF-7")


@each(able(Capability.FIND))
def test_an_order_is_named_by_its_id_or_by_its_reference(name: str) -> None:
    account = Account(name, **case(name).settings)
    account.add("REF-76")
    order_id = account.add("REF-77")
    for key in (OrderKey(id=order_id), OrderKey(reference="REF-77")):
        order = account.backend.read(key)
        assert (order.id, order.reference) == (order_id, "REF-77")
    with pytest.raises(NotFound, match="REF-7"):
        account.backend.read(OrderKey(reference="REF-7"))


@each(able(Capability.FIND))
def test_an_id_is_not_a_reference(name: str) -> None:
    """Neither is the id of an order that is gone, nor a text that is not an id at all."""
    account = Account(name, **case(name).settings)
    for reference in ("999999999", "REF-77"):
        owner = account.add(reference)
        with pytest.raises(NotFound) as told:
            account.backend.read(OrderKey(id=reference))
        assert f"orderctl get --reference {reference} -p shop" in told.value.hint
        if "reference" in account.vendor.remote_filters:
            assert f"it is the reference of order {owner}" in told.value.message


@each(lambda vendor: able(Capability.FIND)(vendor) and vendor.duplicates is Duplicates.SEARCHABLE)
def test_a_reference_of_several_orders_names_none_of_them(name: str) -> None:
    account = Account(name, **case(name).settings)
    ids = sorted(account.backend.without_look.create(account.draft("REF-77")).id for _ in range(2))
    with pytest.raises(Conflict, match=f"2 orders have the reference 'REF-77': {', '.join(ids)}") as told:
        account.backend.read(OrderKey(reference="REF-77"))
    assert told.value.exit_code == 6


@each(able(Capability.LINES))
def test_lines_are_those_of_the_order(name: str) -> None:
    account = Account(name)
    order_id = account.add()
    assert account.backend.lines(order_id) == account.backend.get(order_id).lines


@each()
def test_a_missing_order_is_not_found(name: str) -> None:
    account = Account(name)
    account.add()
    for order_id in ABSENT:
        account.sent.clear()
        with pytest.raises((NotFound, UsageError)) as told:
            account.backend.read(OrderKey(id=order_id))
        assert isinstance(told.value, NotFound) or not account.sent


@each(lambda vendor: vendor.duplicates is not Duplicates.BLIND)
def test_a_taken_reference_is_a_conflict(name: str) -> None:
    account = Account(name, **case(name).settings)
    assert account.vendor.second_create(account.profile) is account.vendor.duplicates
    account.add()
    with pytest.raises(Conflict):
        account.add()
    assert len(account.orders()) == 1


@each(lambda vendor: bool(vendor.searched_with))
def test_a_reference_that_cannot_be_looked_up_is_reported_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: dict[str, Any] = dict.fromkeys(registry.vendor(name).searched_with, "")
    account = Account(name, **nothing)

    def searched(*_given: object, **_more: object) -> None:
        raise AssertionError("it was searched for all the same")

    for search in ("existing", "find", "page"):
        monkeypatch.setattr(account.backend.backend, search, searched)
    account.add()
    account.add("REF-78")
    assert len(account.notices) == 1
    assert registry.vendor(name).searched_with[0] in account.notices[0]
    assert len(account.writes) == 2


@each(able(Capability.CANCEL))
def test_cancelled_reads_as_cancelled_or_is_gone(name: str) -> None:
    account = Account(name)
    order_id, other = account.add(), account.add("REF-78")
    assert account.backend.cancel(order_id, "wrong order").outcome is Outcome.CANCELLED
    if registry.vendor(name).cancel_deletes:
        with pytest.raises(NotFound):
            account.backend.get(order_id)
    else:
        assert account.backend.get(order_id).status is Status.CANCELLED
    assert account.backend.get(other).status is not Status.CANCELLED


@each(able(Capability.CANCEL))
def test_a_second_cancel_is_honest(name: str) -> None:
    account = Account(name)
    order_id = account.add()
    account.backend.cancel(order_id, "wrong order")
    if registry.vendor(name).cancel_deletes:
        with pytest.raises((NotFound, Conflict, Refused)):
            account.backend.cancel(order_id, "wrong order")
    else:
        assert account.backend.cancel(order_id, "wrong order").outcome is Outcome.UNCHANGED


@each(able(Capability.PUSH))
def test_a_push_moves_the_step(name: str) -> None:
    account = Account(name)
    order_id, other = account.add(), account.add("REF-78")
    waits, before = [[account.backend.get(i) for _ in range(3)][-1] for i in (other, order_id)]  # a create settles
    assert account.backend.push(order_id, account.case.move).id == order_id
    after = [account.backend.get(order_id) for _ in range(3)][-1]
    assert (after.vendor_status, after.steps) != (before.vendor_status, before.steps)
    still = account.backend.get(other)
    assert (still.reference, still.status) == (waits.reference, waits.status)


def with_text(draft: OrderDraft, field: str, text: str) -> OrderDraft:
    """Return a draft with a text in a field: a common word, or `set.` and the vendor's own name, with :TYPE or not."""
    if field.startswith("set."):
        own, _, kind = field[4:].partition(":")
        return replace(draft, set={**draft.set, own: Setting(value=text, kind=kind or None)})
    words: dict[str, Any] = {field: text}
    return replace(draft, **words)


def text_of(order: Order, field: str) -> Any:
    """Return what an order has in that field."""
    if field.startswith("set."):
        held = {k.casefold(): v for k, v in order.extra.items()}
        return held.get(field[4:].partition(":")[0].casefold())
    return getattr(order, field)


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@each(lambda vendor: bool(text_field(vendor)))
def test_text_survives_or_is_refused_before_sending(name: str, text: str) -> None:
    account = Account(name)
    field = text_field(account.vendor)
    draft = with_text(account.draft(), field, text)
    if account.vendor.prepare("create", draft, account.profile).problems:
        return
    order = account.backend.get(account.backend.create(draft).id)
    assert text_of(order, field) == text


@pytest.mark.parametrize("text", TEXTS[:5], ids=range(5))
@each(keeps_reference)
def test_a_reference_survives_or_is_refused_before_sending(name: str, text: str) -> None:
    account = Account(name)
    draft = account.draft().with_reference(text)
    if account.vendor.prepare("create", draft, account.profile).problems:
        return
    order_id = account.backend.create(draft).id
    assert account.backend.get(order_id).reference == text
    if Capability.FIND in account.vendor.capabilities:
        assert account.backend.find(text).id == order_id


@pytest.mark.parametrize("number", ["0.1", "2.50", "0.005", "12345678901234.56", "1E+3"])
@each(lambda vendor: bool(vendor.example.lines))
def test_decimals_keep_every_digit(name: str, number: str) -> None:
    account = Account(name)
    wanted = Decimal(number)
    line = account.draft().lines[0]
    priced = line.price is not None
    draft = replace(account.draft(), lines=(replace(line, price=wanted) if priced else replace(line, quantity=wanted),))
    refused = account.vendor.prepare("create", draft, account.profile).problems
    assert bool(refused) == ("E" in number)
    if refused:
        return
    try:
        made = account.backend.create(draft).id
    except (PartlyDone, Refused) as error:
        assert "says" in str(error)  # noqa: PT017  (a vendor may refuse a number, in its own words)
        made = ""
    wire = b"".join(sent.body for sent in account.sent).decode()
    assert format(wanted, "f") in wire
    assert "E+" not in wire
    if not made or wanted > 10**9:  # an emulator's column is as narrow as its vendor's
        return
    (held,) = account.backend.get(made).lines
    back = held.unit_price if priced else held.quantity
    assert back is None or abs(back - wanted) <= Decimal((0, (5,), int(back.as_tuple().exponent) - 1))


@pytest.mark.parametrize("zone", ["Europe/Kyiv", "Asia/Shanghai", "UTC"])
@each(lambda vendor: any(field.word == "due" for field in vendor.fields["create"]))
def test_a_due_time_keeps_its_instant(name: str, zone: str) -> None:
    account = Account(name, zone=zone)
    moment = dt.datetime(2026, 3, 9, 22, 30, tzinfo=dt.UTC)
    draft = replace(account.draft(), due=moment)
    if account.vendor.prepare("create", draft, account.profile).problems:
        draft = replace(draft, due=moment.astimezone(account.profile.zone).date())
    assert not account.vendor.prepare("create", draft, account.profile).problems
    order = account.backend.get(account.backend.create(draft).id)
    if isinstance(order.due_at, dt.datetime):
        assert order.due_at == moment
    else:
        assert order.due_at == moment.astimezone(account.profile.zone).date()


@each()
def test_an_order_was_made_just_now(name: str) -> None:
    account = Account(name)
    before = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=2)
    made = account.backend.get(account.add()).created_at
    if isinstance(made, dt.datetime):
        assert before <= made <= dt.datetime.now(dt.UTC)
    else:
        assert made in {before.date(), dt.datetime.now(dt.UTC).date()}
