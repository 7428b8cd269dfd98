"""A write before it is sent: what the caller wants, prepared once; what was seen at the vendor; the requests to send.

    prepare(verb, subject, profile) -> Prepared     pure, once an order: checking, dry run and sending use the same one
    backend.look(prepared, key) -> Seen             the reads that this write needs
    parts(prepared, seen, profile) -> tuple[Part]   pure: one request or several
    backend.request(part, answers) -> Request       adds login, signature and time at the moment of sending

Only `orderctl.write` sends what comes out of it.
"""

from collections.abc import Mapping
from typing import Any

from orderctl.errors import Problem
from orderctl.frozen import dataclass, field
from orderctl.model import NOTHING, Order, OrderChange, Step, Subject


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What one write wants, in the vendor's own names: the same for a check, a dry run and for sending.

    `content` is what is compared, hashed and kept: texts, numbers as text, booleans, lists and objects, no secret.
    `problems` stop the write before anything is sent, `warnings` do not. `reference` is that of a new order. `subject`
    is what the caller gave; None for one that was read from a file, of which only `content` is kept.
    """

    verb: str
    content: Mapping[str, Any] = field(default_factory=dict)
    reference: str | None = None
    row: int | None = None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    subject: Subject | None = None

    @property
    def change(self) -> OrderChange:
        """What an update wants. Raises TypeError for another write."""
        if not isinstance(self.subject, OrderChange):
            raise TypeError(f"{self.verb} is no update")
        return self.subject


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was read before a write: the order that it changes, and what else its vendor needs to know.

    `unchanged` says that nothing is to be done, and why. `problems` stop the write, with what the vendor's form says.
    A dry run has seen nothing.
    """

    order: Order | None = None
    step: Step | None = None
    form: Any = None
    unchanged: str = ""
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=lambda: NOTHING)


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
