"""The conformance suite: what every vendor must pass, run against its emulator. It needs pytest to run.

    python -m orderctl.conformance NAME

runs it for a vendor of another package, with no test written. In a package's own tests two lines do the same:

    from orderctl.conformance.suite import *
    VENDORS = ["NAME"]

`Case` tells the suite what it cannot see from a VENDOR; this module imports neither pytest nor the suite.
"""

from collections.abc import Callable, Mapping
from typing import Any

from orderctl.frozen import dataclass, field
from orderctl.model import Move, OrderChange

ENVIRON = "ORDERCTL_CONFORMANCE"
"""The variable that names the vendors to test where no module does."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the suite cannot see from a vendor's VENDOR. A vendor of another package has one as CASE in its emulator.

    `text` is a field of a new order that holds any text and comes back: a common word, or set.NAME or set.NAME:TYPE;
    without one, the title or the note. `change` is what an update changes, without one the same field. `move` pushes
    the vendor's example to its next step. `settings` are those of a profile with which an order is found by its
    reference, beyond the sandbox's. `not_returned` are the words of the example that an answer does not carry.

    `reads` says whether a request (method, path) changes nothing, where VENDOR has no raw_reads and it is neither GET
    nor HEAD; `log_in` is the end of the path of the request that logs in. `first_page` and `later_page` are texts
    that the requests for a list's pages have, where a list makes other requests as well.

    The last three say how an answer is written where an order's `raw` does not show it: `marks` are fields by which an
    order is known, `status_field` holds its state, `amount_field` any other word of ours. `row` is the element that
    holds an order in XML, "" for JSON.
    """

    text: str = ""
    change: OrderChange | None = None
    move: Move = field(default_factory=Move)
    settings: Mapping[str, Any] = field(default_factory=dict)
    not_returned: frozenset[str] = frozenset()
    reads: Callable[[str, str], bool] = lambda _method, _path: False
    log_in: str = ""
    first_page: str = ""
    later_page: str = ""
    marks: frozenset[str] = frozenset()
    status_field: str = ""
    amount_field: str = ""
    row: str = ""


__all__ = ["ENVIRON", "Case"]
