"""The ledger of the vendors' documents: each row of each table, and the command that reaches it or why none does.

One module a vendor, named as the vendor: SETUP, the commands that make the orders which its rows speak of, and TABLES,
the document's tables in their order; where one account does not show everything, ACCOUNTS has others, and PUSHED the
events that the vendor sends to `listen`. The reasons of the rows that are not offered are README's table.
"""

import importlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from orderctl.backend import registry

EMPTY = frozenset({"", "[]", "{}"})


@dataclass(frozen=True)
class Row:
    """One row: `command` reaches it, seen in what is `sent`, `shown` or `told`; or it is `off`, for that reason.

    `sent` is "METHOD /path" of a request, or NAME=VALUE of its query, form, JSON, XML or headers; `shown` is PATH or
    PATH=VALUE in the command's output, JSON or XML; `told` is a text in standard error. A name is a whole path or its
    end (`lines[0].sku`, `sku`), a value or a part of a path of "…" is any. `{n}` in a command is a number of its own,
    the same in the three, and `{file}` the path of a small PDF; `code` is its exit code.
    """

    name: str
    command: str = ""
    sent: str = ""
    shown: str = ""
    told: str = ""
    off: str = ""
    code: int = 0

    def __post_init__(self) -> None:
        """Refuse a row that claims nothing, or two things."""
        if bool(self.command) == bool(self.off) or (self.command and not (self.sent or self.shown or self.told)):
            raise ValueError(f"{self.name}: a command with what it shows, or a reason")


@dataclass(frozen=True)
class Other:
    """Another account, for commands with `-p NAME`; without `switches` and `faults` it has the first one's orders."""

    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    switches: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


Tables = Mapping[str, tuple[Row, ...]]


@dataclass(frozen=True)
class Call:
    """A request as the vendor gets it."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    content_type: str
    body: bytes

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield everything that is in it, as name and value."""
        yield from parse_qsl(self.query, keep_blank_values=True)
        yield from self.headers.items()
        yield "content-type", self.content_type
        if not self.body:
            return
        if self.content_type.startswith("application/json"):
            yield from leaves(json.loads(self.body, parse_float=str))
        elif "xml" in self.content_type:
            yield from _elements(ET.fromstring(self.body))
        elif self.content_type.startswith("multipart/form-data"):
            yield from _parts(self.body, self.content_type)
        else:
            yield from parse_qsl(self.body.decode(), keep_blank_values=True)

    def has(self, sent: str) -> bool:
        """Return whether `sent` is in it."""
        name, equals, value = sent.partition("=")
        if not equals or " " in name:
            wanted, have = sent.split("/"), f"{self.method} {self.path}".split("/")
            return len(wanted) == len(have) and all(w in {h, "…"} for w, h in zip(wanted, have, strict=True))
        return any(_named(found, name) and value in (text, "…") for found, text in self.pairs())


def vendors() -> dict[str, ModuleType]:
    """Return the ledger of every vendor, by its name."""
    return {name: importlib.import_module(f"tests.documented.{name}") for name in sorted(registry.VENDORS)}


def shows(out: str, shown: str) -> bool:
    """Return whether a command's output has PATH, or PATH=VALUE; null and what is empty show nothing by themselves."""
    name, equals, value = shown.partition("=")
    found = _elements(ET.fromstring(out)) if out.startswith("<") else leaves(json.loads(out))
    return any(_named(path, name) and (text == value if equals else text not in EMPTY) for path, text in found)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the leaves of a JSON document with their paths, a[0].b; JSON in a text is looked into as well."""
    if value in ({}, []):
        yield path, json.dumps(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{number}]")
    else:
        yield path, "" if value is None else json.dumps(value) if isinstance(value, bool) else str(value)
        if isinstance(value, str) and value[:1] in "[{":
            try:
                yield from leaves(json.loads(value, parse_float=str), path)
            except ValueError:
                return


def not_offered() -> str:
    """Return README's table of the rows that are not offered, those of one reason together."""
    lines = ["| vendor | what its document has | why it is not offered |", "| --- | --- | --- |"]
    for name, ledger in vendors().items():
        reasons: dict[str, dict[str, list[str]]] = {}
        for table, rows in ledger.TABLES.items():
            for row in rows:
                if row.off:
                    reasons.setdefault(row.off, {}).setdefault(table, []).append(row.name)
        title = registry.vendor(name).title
        for reason, tables in reasons.items():
            has = "; ".join(f"{', '.join(names)} ({table})" for table, names in tables.items())
            lines.append(f"| {title} | {has} | {reason} |")
    return "\n".join(lines)


def _named(path: str, name: str) -> bool:
    return path == name or (path.endswith(name) and path[-len(name) - 1] in "./")


def _elements(element: ET.Element, path: str = "") -> Iterator[tuple[str, str]]:
    path = f"{path}/{element.tag}" if path else element.tag
    yield path, element.text or ""
    for name, value in element.attrib.items():
        yield f"{path}/{name}", value
    for inner in element:
        yield from _elements(inner, path)


def _parts(body: bytes, content_type: str) -> Iterator[tuple[str, str]]:
    boundary = content_type.partition("boundary=")[2].strip('"').encode()
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.strip(b"\r\n").partition(b"\r\n\r\n")
        name = head.decode().partition('name="')[2].partition('"')[0]
        text = content.decode("utf-8", "replace")
        yield name, text
        if text[:1] in "[{":
            yield from leaves(text, name)
