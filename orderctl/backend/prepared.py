"""A write before it is sent: what the caller wants, prepared once; what was seen at the vendor; the requests to send.

    prepare(verb, subject, profile) -> Prepared     pure, once an order: checking, dry run and sending use the same one
    backend.look(prepared, key) -> Seen             the reads that this write needs
    parts(prepared, seen, profile) -> tuple[Part]   pure: one request or several
    backend.request(part, answers) -> Request       adds login, signature and time at the moment of sending

Only `orderctl.write` sends what comes out of it.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Self

from orderctl.errors import Problem
from orderctl.frozen import dataclass, field
from orderctl.model import NOTHING, Order, OrderChange, OrderDraft, OrderKey, Step, Subject


class Hole(str):
    """What only an answer can tell: `<order>`, the id of an order not yet made. A caller's own text is never one."""

    __slots__ = ()

    def __new__(cls, name: str) -> Self:
        """Return the hole of that name."""
        return super().__new__(cls, f"<{name}>")


def filled(values: Any, answers: Mapping[str, str]) -> Any:
    """Return the values with every hole filled that the answers know; others stay, as in a dry run.

    >>> filled({"order": Hole("order"), "note": "<order>"}, {"order": "82806"})
    {'order': '82806', 'note': '<order>'}
    """
    if not answers:
        return values
    if isinstance(values, str):
        return answers.get(values[1:-1], values) if isinstance(values, Hole) else values
    if isinstance(values, Mapping):
        return {filled(name, answers): filled(value, answers) for name, value in values.items()}
    return [filled(value, answers) for value in values] if isinstance(values, list | tuple) else values


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What one write asks for, in the vendor's own names: the same for a check, a dry run and for sending.

    `content` is what is compared, hashed and kept: texts, numbers as text, booleans, lists and objects, no secret.
    `problems` stop the write before anything is sent, `warnings` do not. `reference` is a new order's, `lines` how
    many lines it has. `wanted` is the order in the common words, as text, to be compared with one at the vendor.
    `subject` is what the caller gave, None for an order of a file, of which only `content` is kept. A change of a file
    has the `key` of the order that it names, and of its subject what is needed to send it and to read it back. `shown`
    is whether an order shows all that a change gives it. `text` is what `as_text` returns, where it was written before.
    """

    verb: str
    content: Mapping[str, Any] = field(default_factory=dict)
    reference: str | None = None
    row: int | None = None
    lines: int = 0
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    wanted: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    subject: Subject | None = None
    key: OrderKey | None = None
    shown: bool = True
    text: str | None = None

    def as_text(self) -> str:
        """Return content, lines and wanted as JSON text. Raises TypeError or ValueError, a bug, for other content."""
        return self.text or json_text({"content": self.content, "lines": self.lines, "wanted": self.wanted})

    @classmethod
    def of_order(
        cls,
        verb: str,
        order: OrderDraft,
        content: Mapping[str, Any],
        problems: Iterable[Problem],
        warnings: Iterable[str] = (),
    ) -> Self:
        """Return the write of a new order, or of an OrderChange, in the vendor's own names."""
        return cls(
            verb=verb,
            content=content,
            reference=order.reference,
            row=order.row,
            lines=len(order.lines),
            problems=tuple(problems),
            warnings=tuple(warnings),
            wanted=_wanted(order),
            subject=order,
            shown=isinstance(order, OrderChange) and _shown(order),
        )

    @property
    def change(self) -> OrderChange:
        """What an update asks for. Raises TypeError for another write."""
        if not isinstance(self.subject, OrderChange):
            raise TypeError(f"{self.verb} is not an update")
        return self.subject


def json_text(value: Any) -> str:
    """Return what is kept of a value: JSON text. Raises TypeError or ValueError, a bug, for other content."""
    return _ENCODER.encode(value)


def _object(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(
        f"a prepared order holds a {type(value).__name__}, which is not JSON: a bug in the vendor's prepare"
    )


_ENCODER = json.JSONEncoder(default=_object, allow_nan=False, separators=(",", ":"))

WANTED = ("title", "note", "currency", "total")
WANTED_OF_CUSTOMER = ("code", "name", "email", "phone", "address")
WANTED_OF_LINE = ("sku", "id", "name", "quantity", "price")


def _shown(change: OrderChange) -> bool:
    """Return whether an order shows all that a change gives it: the words of `wanted`, or another reference."""
    lines = change.lines if change.replace_lines else ()
    unseen = (change.status, change.paid, change.due)
    return unseen == (None, None, None) and not (change.files or change.set or any(line.set for line in lines))


def _wanted(order: OrderDraft) -> dict[str, Any]:
    """Return what an order is wanted to be, in the common words as text; what was not given is left out."""
    wanted: dict[str, Any] = {name: str(value) for name in WANTED if (value := getattr(order, name)) is not None}
    customer = order.customer
    known = {name: str(value) for name in WANTED_OF_CUSTOMER if (value := getattr(customer, name)) is not None}
    lines = [
        {name: str(value) for name in WANTED_OF_LINE if (value := getattr(line, name)) is not None}
        for line in order.lines
    ]
    return wanted | ({"customer": known} if known else {}) | ({"lines": lines} if lines else {})


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was read before a write: the order that it changes, and what else its vendor needs to know.

    `id` is how the vendor's calls name the order. `unchanged` says that nothing is to be done, and why. `problems` stop
    the write. A dry run has seen nothing, so that `order` is None and `id` may be a hole.
    """

    id: str = Hole("id")
    order: Order | None = None
    step: Step | None = None
    form: Any = None
    unchanged: str = ""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=lambda: NOTHING)

    @property
    def order_id(self) -> str:
        """The order's own id, or a hole."""
        return self.order.id if self.order else self.id


@dataclass(frozen=True, kw_only=True)
class Part:
    """One request of a write, without login, signature or time. It may hold holes such as `<order>`.

    `name` is for people ("line 2 (LEGA54V)"), `purpose` says what the request is for. `call` is the vendor's name of
    the call and `values` its parameters; `files` are sent with it. The answer fills the hole named in `fills`; `needs`
    are holes that only a read just before it can fill. `option` is what adds this part by hand. After the refusal
    `instead_of`, the parts `instead` are sent in place of this one.
    """

    purpose: str
    call: str
    values: Any = None
    name: str = ""
    files: tuple[tuple[str, str], ...] = ()
    fills: str = "order"
    needs: tuple[str, ...] = ()
    option: str = ""
    instead_of: str = ""
    instead: tuple["Part", ...] = ()
