"""A row of the journal: one write that was meant, and what became of it."""

import datetime as dt
import json
import os
import re
import time
from collections.abc import Mapping
from enum import StrEnum
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any
from zlib import crc32

from orderctl.backend.prepared import Prepared, json_text
from orderctl.errors import UsageError
from orderctl.frozen import dataclass, replace
from orderctl.model import NOTHING
from orderctl.redaction import redact

SCHEME = 1
"""How a content is hashed. Rows of another scheme are compared by their content."""

TRAILING_ZEROS = re.compile(r"(-?(?:0|[1-9]\d*))(?:\.0+|(\.\d*[1-9])0+)")
"""A decimal number that is written with zeros at its end: 102.00 is 102, 1.50 is 1.5."""

MAX_EVIDENCE = 1000
"""How many characters of an answer are kept as evidence."""


class State(StrEnum):
    """What is known of a write. Only a row that is PLANNED or REFUSED may be sent."""

    PLANNED = "planned"
    """It was not sent, or certainly not processed."""
    SENDING = "sending"
    """A byte of it may have left; where its run is dead, its outcome is unknown."""
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    CONFLICT = "conflict"
    """It was sent, and the vendor has another order of its reference: a person decides."""


UNRESOLVED = (State.SENDING, State.UNKNOWN)
"""The states of what has an unknown outcome, or will have where its run is dead."""

DOUBTED = (*UNRESOLVED, State.CONFLICT)
"""The states of what a person, or a later run, has to look after."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A row of the journal. Times are in UTC.

    `op` is the operation's id, `target` what the profile points at; `order_id` is a new order's id once it is known,
    otherwise that of the order which is changed. `kept` is what was prepared, as JSON, None once it was pruned.
    `steps` are the further requests of a write of several, by name, each with its state. `cancelled_at` is when this
    machine cancelled the order. `searched_at` is when a complete search did not find it, and `absent` whether that was
    shown often enough. `damaged` says that the row does not fit its checksum, so that its outcome is unknown.
    """

    op: str
    target: str
    profile: str
    vendor: str
    verb: str
    reference: str | None = None
    order_id: str | None = None
    state: State
    scheme: int = SCHEME
    hash: str = ""
    kept: str | None = None
    run: str = ""
    attempts: int = 0
    planned_at: dt.datetime | None = None
    first_sent_at: dt.datetime | None = None
    sent_at: dt.datetime | None = None
    settled_at: dt.datetime | None = None
    http_status: int | None = None
    evidence: str = ""
    steps: Mapping[str, str] = NOTHING
    cancelled_at: dt.datetime | None = None
    searched_at: dt.datetime | None = None
    absent: bool = False
    damaged: bool = False

    @property
    def content(self) -> Mapping[str, Any] | None:
        """What was prepared; None once it was pruned, or where it cannot be read."""
        try:
            found = json.loads(self.kept) if self.kept else None
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    @property
    def lost(self) -> "Entry":
        """The same row where its run died while it was sent: its outcome is unknown."""
        head = f"; the vendor answered with HTTP {self.http_status}" if self.http_status else ""
        return replace(self, state=State.UNKNOWN, evidence=f"the run ended while it was sent{head}")

    @property
    def prepared(self) -> Prepared:
        """The write as it was prepared. Raises UsageError where its content was pruned, or is not kept whole."""
        content = self.content
        if content is None or hash_of(content.get("content", {})) != self.hash:
            why = "was pruned" if content is None else "is not kept whole, because it holds a secret"
            raise UsageError(
                f"the content of {self.verb} {self.reference or self.order_id!r} {why}", hint="give the order again"
            )
        return Prepared(
            verb=self.verb,
            content=content["content"],
            reference=self.reference,
            lines=content["lines"],
            wanted=content["wanted"],
        )

    def same(self, prepared: Prepared) -> bool:
        """Return whether a write has this row's content."""
        if self.scheme == SCHEME:
            return self.hash == hash_of(prepared.content)
        return self.content is not None and not self.differing(prepared)

    def differing(self, prepared: Prepared) -> tuple[str, ...]:
        """Return the names of the fields in which a write differs from this row, as far as its content is kept."""
        if self.content is None:
            return ()
        ours, theirs = canonical(self.content["content"]), canonical(prepared.content)
        return tuple(sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name)))


def kept(prepared: Prepared, before: Mapping[str, Any] = NOTHING) -> str:
    """Return what is kept of a write, and of its order as it was before, as JSON text, without any secret."""
    text = prepared.as_text()
    return redact(json_text({**json.loads(text), "before": before}) if before else text)


def hash_of(content: Mapping[str, Any]) -> str:
    """Return the hash of what was prepared: keys sorted, decimals without zeros at their end, files by their bytes."""
    text = _HASHED.encode(canonical(content))
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def canonical(value: Any, name: str = "") -> Any:
    """Return a content in which what means the same is the same.

    >>> canonical({"price": "102.00", "sku": "007", "quantity": "1.50", "count": "-0.0"})
    {'price': '102', 'sku': '007', 'quantity': '1.5', 'count': '-0'}
    """
    if isinstance(value, str):
        if name in FILES:
            return _bytes_of(value)
        found = TRAILING_ZEROS.fullmatch(value) if "." in value else None
        return found[1] + (found[2] or "") if found else value
    if isinstance(value, list | tuple):
        return [canonical(inner, name) for inner in value]
    if isinstance(value, dict | Mapping):  # nearly always a dict; the look at an abstract class is slow
        return {
            key: inner
            if type(inner) is str and "." not in inner and key not in FILES and name not in FILES  # nearly every one
            else canonical(inner, name if name in FILES else key)
            for key, inner in value.items()
        }
    return value


FILES = frozenset({"files", "files_item"})
"""The names in a content that hold paths of files."""


def _bytes_of(path: str) -> str:
    """Return the SHA-256 of a file's bytes, or of its path where it cannot be read: then nothing is sent either."""
    try:
        return sha256(Path(path).read_bytes()).hexdigest()
    except (OSError, ValueError):
        return path


def checksum(target: str, verb: str, reference: str | None, state: str, hash_: str, order_id: str | None) -> int:
    """Return what a row's key, state, hash and id come to."""
    whole = f"{target}\0{verb}\0{reference or ''}\0{state}\0{hash_}\0{order_id or ''}"  # where damaged, no texts
    return crc32(whole.encode("utf-8", "replace"))


def evidence(text: str) -> str:
    """Return what is kept of an answer: without any secret, and not too long."""
    said = redact(text)
    return said if len(said) <= MAX_EVIDENCE else said[:MAX_EVIDENCE] + "…"


def new_id() -> str:
    """Return a UUIDv7: its first 48 bits are the time in milliseconds, so that ids sort as they were made."""
    number = bytearray((time.time_ns() // 1_000_000).to_bytes(6, "big") + os.urandom(10))
    number[6] = number[6] & 0x0F | 0x70
    number[8] = number[8] & 0x3F | 0x80
    text = number.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


_HASHED = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
