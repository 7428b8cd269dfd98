"""Options to drafts: --title, --set, --line and the others, every problem of a command line at once."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from orderctl.drafts.jsontext import loads
from orderctl.drafts.values import (
    Problems,
    clip,
    draft_line,
    draft_parts,
    line_value,
    plain,
    reference,
    setting_head,
    shown,
    text,
    word_value,
)
from orderctl.errors import Problem, UsageError
from orderctl.frozen import dataclass, replace
from orderctl.model import NOTHING, Customer, DraftLine, Json, OrderChange, OrderDraft, Setting
from orderctl.words import CUSTOMER_WORDS, LINE_WORDS, OPTION_WORDS, WORD_OPTIONS

Drafted = TypeVar("Drafted", bound=OrderDraft)

MAX_FILE = 50 * 1024 * 1024
"""How large a file behind KEY=@FILE may be, in bytes."""


@dataclass(frozen=True, kw_only=True)
class DraftOptions:
    """The options that make a draft, as they were typed. None was not given."""

    reference: str | None = None
    title: str | None = None
    note: str | None = None
    customer: str | None = None
    customer_name: str | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    due: str | None = None
    currency: str | None = None
    total: str | None = None
    status: str | None = None
    paid: bool | None = None
    line: tuple[str, ...] = ()
    set: tuple[str, ...] = ()
    file: tuple[str, ...] = ()


def from_options(options: DraftOptions, *, zone: dt.tzinfo) -> OrderDraft:
    """Return the draft that the options describe; `zone` reads a --due without one. Raises UsageError, all problems."""
    faults = Problems()
    parts = _parts(options, zone, faults)
    faults.check()
    return OrderDraft(**parts)


def change_from_options(options: DraftOptions, *, replace_lines: bool, zone: dt.tzinfo) -> OrderChange:
    """Return the change that the options describe. Raises UsageError, all problems."""
    faults = Problems()
    parts = _parts(options, zone, faults)
    if replace_lines and not options.line:
        faults.add("--replace-lines", "needs new lines: --line 'sku=…,quantity=…'")
    faults.check()
    return with_reference(OrderChange(**parts, replace_lines=replace_lines))


def with_reference(change: OrderChange) -> OrderChange:
    """Return the change with the new reference that `--set reference=R` gives. Raises UsageError for an empty one."""
    given = change.set.get("reference")
    if given is None or given.kind is not None or not isinstance(given.value, str):
        return change
    if not given.value.strip():
        raise UsageError("--set reference: is empty", fields=[Problem("--set reference", "is empty")])
    others = {key: setting for key, setting in change.set.items() if key != "reference"}
    try:
        new = reference(given.value)
    except ValueError as problem:
        raise UsageError(f"--set reference: {problem}", fields=[Problem("--set reference", str(problem))]) from None
    return replace(change, reference=new, set=others or NOTHING)


def parse_settings(texts: Iterable[str], *, option: str = "--set") -> dict[str, Setting]:
    """Return a vendor's own fields from KEY=VALUE, KEY:=JSON, KEY=@FILE, KEY:TYPE=VALUE and KEY:TYPE:=JSON.

    The first = splits. Raises UsageError with all problems: no =, the same key twice, bad JSON, a file that is
    missing or larger than 50 MB.
    """
    faults = Problems()
    settings = _settings(texts, option, faults)
    faults.check()
    return settings


def parse_parameters(texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return the parameters of a raw call from KEY=VALUE, KEY:=JSON (a Json) and KEY=@FILE, a file of text.

    A key may be given several times, and no key is known, so that a colon within one is a part of it. Raises UsageError
    with all problems.
    """
    faults = Problems()
    params: list[tuple[str, str]] = []
    for given in texts:
        head, equals, value = given.partition("=")
        key = head.removesuffix(":")
        if not equals or not key:
            faults.add("--set", f"{shown(given)} is not KEY=VALUE, KEY:=JSON or KEY=@FILE")
            continue
        try:
            params.append((text(key), _parameter(value, as_json=key != head)))
        except ValueError as problem:
            faults.add(f"--set {clip(head)}", str(problem))
    faults.check()
    return tuple(params)


def _parameter(value: str, *, as_json: bool) -> str:
    if as_json:
        found = plain(loads(value))
        return found if isinstance(found, str) else Json(value.strip())
    if not value.startswith("@"):
        return text(value)
    try:
        return text(_file_bytes(value[1:]).decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError(f"the file {shown(value[1:])} is not text (UTF-8)") from None


def parse_line(line: str) -> DraftLine:
    r"""Return an order line from `sku=100500,name=A\, b,quantity=2,price=102` or from a JSON object.

    Commas split, `\,` is a comma and `\\` a backslash; quotes are literal. A key that is not one of ours is a field of
    the vendor's line, with a type or JSON as in --set. Raises UsageError with all problems.
    """
    faults = Problems()
    made = _line(line, "--line", faults)
    faults.check()
    return made


def parse_columns(pairs: str) -> dict[str, str]:
    """Return our columns with the file's headings, from `reference=InvoiceNo,sku="Code, new"`. Raises UsageError."""
    faults = Problems()
    columns = dict(_pairs(_unquoted(pairs), "--columns", faults))
    faults.check()
    return columns


def settings_of(pairs: Iterable[tuple[str, Any]], place: str, faults: Problems) -> dict[str, Setting]:
    """Return a vendor's own fields from heads (KEY or KEY:TYPE) and JSON values, noting what is wrong under `place`."""
    settings: dict[str, Setting] = {}
    for head, value in pairs:
        try:
            key, kind, _ = setting_head(head)
            if key in settings:
                faults.add(f"{place}{clip(key)}", "is given twice")
            settings[key] = Setting(value=plain(value), kind=kind)
        except ValueError as problem:
            faults.add(f"{place}{clip(head)}", str(problem))
    return settings


def _parts(options: DraftOptions, zone: dt.tzinfo, faults: Problems) -> dict[str, Any]:
    """Return the fields of a draft, noting every problem."""
    words: dict[str, Any] = {}
    for word, option in WORD_OPTIONS.items():
        given = getattr(options, word)
        if given is None:
            continue
        try:
            words[word] = word_value(word, given, zone)
            if word == "reference" and not given.strip():
                raise ValueError("is empty")  # noqa: TRY301  (one way for every bad value)
        except ValueError as problem:
            faults.add(option, str(problem))
    several = len(options.line) > 1
    lines = [_line(line, f"--line {n}" if several else "--line", faults) for n, line in enumerate(options.line, 1)]
    settings = _settings(options.set, "--set", faults)
    for file in options.file:
        if not file or "\0" in file:
            faults.add("--file", "names no file")
    return {**draft_parts(words), "lines": tuple(lines), "set": settings or NOTHING, "files": options.file}


def _settings(texts: Iterable[str], option: str, faults: Problems) -> dict[str, Setting]:
    settings: dict[str, Setting] = {}
    for given in texts:
        head, equals, value = given.partition("=")
        place = f"{option} {clip(head)}"
        if not equals:
            faults.add(option, f"{shown(given)} has no =: write KEY=VALUE, KEY:=JSON or KEY=@FILE")
            continue
        try:
            key, kind, as_json = setting_head(head)
            if key in settings:
                faults.add(place, "is given twice")
            settings[key] = Setting(value=_setting_value(value, as_json=as_json), kind=kind)
        except ValueError as problem:
            faults.add(place if head else option, str(problem))
    return settings


def _setting_value(value: str, *, as_json: bool) -> Any:
    if as_json:
        return plain(loads(value))
    return _file_bytes(value[1:]) if value.startswith("@") else text(value)


def _file_bytes(path: str) -> bytes:
    """Return a file's bytes, at most 50 MB. Raises ValueError."""
    if not path:
        raise ValueError('names no file; a text that begins with @ is written KEY:="@x"')
    try:
        with open(path, "rb") as file:  # noqa: PTH123  (a name as typed; Path would drop a trailing slash)
            content = file.read(MAX_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a file's name"
        raise ValueError(f'cannot read the file {shown(path)}: {reason}; a text with @ is KEY:="@x"') from None
    if len(content) > MAX_FILE:
        raise ValueError(f"the file {shown(path)} is larger than {MAX_FILE // 1024 // 1024} MB")
    return content


def _line(line: str, place: str, faults: Problems) -> DraftLine:
    if line.lstrip().startswith("{"):
        return _json_line(line, place, faults)
    words: dict[str, Any] = {}
    settings: dict[str, Setting] = {}
    for head, value in _pairs(line, place, faults):
        try:
            if head in LINE_WORDS:
                words[head] = _line_word(head, value)
                continue
            key, kind, as_json = setting_head(head)
            if key in settings:
                faults.add(f"{place} {clip(key)}", "is given twice")
            settings[key] = Setting(value=_line_setting(value, as_json=as_json), kind=kind)
        except ValueError as problem:
            faults.add(f"{place} {clip(head)}", str(problem))
    return draft_line(words, settings)


def _line_setting(value: str, *, as_json: bool) -> Any:
    return _setting_value(value, as_json=True) if as_json else text(value)


def _json_line(line: str, place: str, faults: Problems) -> DraftLine:
    try:
        given = loads(line)
    except ValueError as problem:
        faults.add(place, str(problem))
        return DraftLine()
    words: dict[str, Any] = {}
    own = given.pop("set", {})
    if not isinstance(own, Mapping):
        faults.add(f"{place} set", 'must be an object of the vendor\'s own fields: {"KEY": VALUE}')
        own = {}
    for word in [w for w in given if w in LINE_WORDS]:
        value = given.pop(word)
        try:
            if value is not None:
                words[word] = _line_word(word, value)
        except ValueError as problem:
            faults.add(f"{place} {word}", str(problem))
    return draft_line(words, settings_of([*given.items(), *own.items()], f"{place} ", faults))


def _line_word(word: str, value: Any) -> Any:
    if word in ("sku", "id") and isinstance(value, str) and not value.strip():
        raise ValueError("is empty")
    return line_value(word, value)


def _pairs(line: str, place: str, faults: Problems) -> Iterator[tuple[str, str]]:
    """Yield the KEY=VALUE pairs between the commas, noting a part without = and a key given twice."""
    seen: set[str] = set()
    for part in _split(line):
        key, equals, value = part.partition("=")
        key = key.strip()
        if not equals or not key:
            said = f"{shown(part)} has no KEY=" if part.strip() else "has an empty part"
            faults.add(place, rf"{said}; parts are KEY=VALUE, and a comma within a value is written \,")
        elif key in seen:
            faults.add(f"{place} {clip(key)}", "is given twice")
        else:
            seen.add(key)
            yield key, value


def _unquoted(pairs: str) -> str:
    r"""Return pairs with commas inside double quotes written as `\,`, the quotes taken off.

    >>> _unquoted('a="No., ours","b=x, y"')
    'a=No.\\, ours,b=x\\, y'
    """
    return _QUOTED.sub(lambda found: found[1] + found[2].replace(",", "\\,"), pairs)


_QUOTED = re.compile(r'((?:^|,)[^",=]*=?)"([^"]*)"(?=,|$)')


def _split(line: str) -> Iterator[str]:
    r"""Yield the parts between commas, with `\,` and `\\` undone."""
    part: list[str] = []
    characters = iter(line)
    for character in characters:
        if character == "\\":
            following = next(characters, "")
            part.append(following if following and following in ",\\" else character + following)
        elif character == ",":
            yield "".join(part)
            part = []
        else:
            part.append(character)
    yield "".join(part)


def filled(draft: Drafted, base: OrderDraft) -> Drafted:
    """Return the draft with what it leaves empty taken from the options."""
    changes: dict[str, Any] = {
        name: getattr(base, name) for name in _FILLED if getattr(draft, name) is None or getattr(draft, name) == ()
    }
    given = {name: getattr(draft.customer, name) for name in CUSTOMER_WORDS.values()}
    customer = {name: getattr(base.customer, name) if value is None else value for name, value in given.items()}
    return replace(draft, **changes, customer=Customer(**customer), set={**base.set, **draft.set} or NOTHING)


def given_by_option(path: str, own: OrderDraft, base: OrderDraft) -> bool:
    """Return whether the value that a problem is about came from an option beside --from, not from the file."""
    option, _, key = path.partition(" ")
    if option == "--set":
        return key in base.set and key not in own.set
    if option in ("line", "--line"):
        return not own.lines
    if option == "--file":
        return True
    word = OPTION_WORDS.get(option)
    return word is not None and _word(own, word) is None and _word(base, word) is not None


def _word(draft: OrderDraft, word: str) -> Any:
    return getattr(draft.customer, CUSTOMER_WORDS[word]) if word in CUSTOMER_WORDS else getattr(draft, word)


_FILLED = ("reference", "title", "note", "due", "currency", "total", "status", "paid", "lines", "files")

NOTHING_GIVEN = OrderDraft()
"""What is given beside a file where no option is."""
