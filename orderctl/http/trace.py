"""What `--trace FILE` and `--dry-run` show of a request: everything but the secrets; a trace masks personal data, too.

Both are known by their field in the url, the headers, a form, an XML and a JSON body, and by their value anywhere.
"""

import os
import re
import stat
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from orderctl.errors import BadAnswer, UsageError
from orderctl.http.wire import read_xml
from orderctl.redaction import HIDDEN, is_secret, redact

if TYPE_CHECKING:
    from orderctl.personal import Mask

SHOWN = 200_000
"""How much of a body a trace keeps, in bytes."""

MARGIN = 4_096
"""Read beyond it before secrets are hidden, so that a cut leaves no half of one."""


class Trace:
    """Appends every exchange to a file that only its owner reads: an existing one is made so, whatever mode it had.

    `mask` masks personal data; without one it is shown. A trace that cannot be written on (a full disk) ends there: it
    never breaks the call that it follows.
    """

    def __init__(self, path: Path, *, mask: "Mask | None" = None) -> None:
        self._mask = mask
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise UsageError(f"--trace {path}: cannot be written ({error.strerror})") from error
        try:
            _make_private(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise UsageError(
                f"--trace {path}: others can read this file, and that cannot be changed ({error.strerror})",
                hint="name a file of your own",
            ) from error
        self._file = os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace")
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):
            self._file.close()

    def request(self, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes | None) -> None:
        """Keep a request that is about to be sent."""
        self._exchange(">", f"{method} {safe_url(url, self._mask)}", headers, body)

    def reply(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Keep what came back."""
        self._exchange("<", f"HTTP {status}", headers.items(), body)

    def failure(self, why: str) -> None:
        """Keep why nothing came back."""
        self._write([f"! {why}"])

    def _exchange(self, side: str, first: str, headers: Iterable[tuple[str, str]], body: bytes | None) -> None:
        shown = safe_body(body, self._mask) if body else ""  # the headers may quote what it holds
        lines = [f"{side} {first}", *(f"{side} {k}: {v}" for k, v in safe_headers(headers))]
        self._write(lines, f"{side} {shown}\n" if body else "")

    def _write(self, lines: list[str], body: str = "") -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        head = "\n".join(lines)
        head = self._mask.text(head) if self._mask else head
        with self._lock, suppress(OSError, ValueError):
            self._file.write(redact(f"* {stamp}\n{head}\n{body}\n"))
            self._file.flush()


def _make_private(descriptor: int) -> None:
    """Take a file from its group and others; a terminal or a pipe stays as it is. Raises OSError."""
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_mode & 0o077 and hasattr(os, "fchmod"):
        os.fchmod(descriptor, 0o600)


def safe_url(url: str, mask: "Mask | None" = None) -> str:
    """Return a url whose password and secret parameters are hidden, and personal ones masked."""
    head, mark, query = url.partition("?")
    return redact(_USER.sub(rf"//{HIDDEN}@", head) + mark + _form(query, mask))


def safe_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers, secret ones and the secrets in urls hidden."""
    return [(k, HIDDEN if is_secret(k) else safe_url(v) if "?" in v else redact(v)) for k, v in headers]


def safe_body(body: bytes, mask: "Mask | None" = None) -> str:
    """Return a body as text, its secret fields hidden, personal ones masked; the rest of a very long one is cut."""
    text = _hidden(body[: SHOWN + MARGIN].decode("utf-8", "backslashreplace"), mask)
    return text if len(body) <= SHOWN else f"{text[:SHOWN]}… ({len(body)} bytes)"


def safe_message(text: str, mask: "Mask") -> str:
    """Return a message, which may quote the beginning of an answer, as others may read it."""
    return _hidden(text, mask)


def _hidden(text: str, mask: "Mask | None") -> str:
    """Hide the secret fields of a JSON document, an XML document or a form, and secrets anywhere; mask personal ones.

    What cannot be read as one keeps what is personal only by its value, or where it looks like a member or an element.
    """
    from orderctl.personal import read_exact, write_exact  # noqa: PLC0415  (where a body is shown)

    start = text.lstrip(_BLANK)[:1]
    if start in {"{", "["}:
        try:
            parsed = read_exact(_LATIN.sub(r"\1\\u00\2", text.lstrip(_BLANK)))
            safe = _hide(parsed)
            safe = mask.whole(safe) if mask else safe
        except (ValueError, RecursionError):
            text = _members(text, mask)
        else:
            return redact(text if safe == parsed else write_exact(safe))
    elif start == "<":
        if mask:
            with suppress(BadAnswer):
                mask.document(read_xml(text.encode(errors="replace"), vendor="")[1])
        text = _members(text, mask)
    elif text.startswith("--") and _PART_NAME.search(text):
        text = _parts(text, mask)
    else:
        text = _members(_form(text, mask), mask)
    return redact(mask.text(text, emails=True) if mask else text)


def _parts(text: str, mask: "Mask | None") -> str:
    """Hide the secret parts of a body of several parts, and mask the personal ones and every file."""
    boundary = text.partition("\r\n")[0]
    return boundary.join([_part(part, mask) for part in text.split(boundary)])


def _part(part: str, mask: "Mask | None") -> str:
    head, mark, value = part.partition("\r\n\r\n")
    name = _PART_NAME.search(head)
    if name is None:
        return part
    content = value.removesuffix("\r\n")
    end = value[len(content) :]
    if mask and name[2] is not None:
        return f"{head[: name.start(2)]}{_MASKED}{head[name.end(2) :]}{mark}{_MASKED}{end}"
    return f"{head}{mark}{_safe(name[1], content, mask)}{end}"


def _members(text: str, mask: "Mask | None") -> str:
    """Hide and mask the members of JSON and the elements of XML in a text, also where a warning comes first."""
    text = _JSON_FIELD.sub(lambda found: _hide_member(found, mask), text)
    return _XML_FIELD.sub(lambda found: _hide_element(found, mask), text)


_USER = re.compile(r"//[^/?#@]*@")
_JSON_FIELD = re.compile(
    r'"([^"\\]{1,80})"(\s*:\s*)(?:"((?:[^"\\]|\\.)*)"?|([^\s",{}\[\]]+|\[(?:[\s,]*+"(?:[^"\\]|\\.)*+"?)++\s*\]?))'
)
_XML_FIELD = re.compile(r"<([\w.-]{1,80})([^<>]*)>((?:<!\[CDATA\[(?:[^\]]|\](?!\]>))*+(?:\]\]>)?|[^<])*+)")
_ATTRIBUTE = re.compile(r"""([\w.:-]{1,80})(\s*=\s*)(["'])(.*?)\3""")
_LATIN = re.compile(r"(?<!\\)((?:\\\\)*)\\x([0-9a-f]{2})")
"""A byte that is not UTF-8, as Python shows it; most are letters of Latin-1."""

_MASKED = "[masked]"
"""As orderctl.personal has it, which is loaded where there is a mask."""

_PART_NAME = re.compile(r'form-data; name="([^"\r\n]*)"(?:; filename="([^"\r\n]+))?')

_BLANK = " \t\r\n\ufeff"


def _hide_member(match: re.Match[str], mask: "Mask | None") -> str:
    value = match[3] or match[4] or ""
    shown = _safe(match[1], value, mask)
    return match[0] if shown == value else f'"{match[1]}"{match[2]}"{shown}"'


def _hide_element(match: re.Match[str], mask: "Mask | None") -> str:
    shown = _safe(match[1], match[3], mask) if match[3].strip() else match[3]
    says = _ATTRIBUTE.sub(lambda found: _hide_attribute(found, mask), match[2]) if match[2] else ""
    return f"<{match[1]}{says}>{shown}"


def _hide_attribute(match: re.Match[str], mask: "Mask | None") -> str:
    return f"{match[1]}{match[2]}{match[3]}{_safe(match[1], match[4], mask)}{match[3]}"


def _safe(name: str, value: str, mask: "Mask | None") -> str:
    """Return the text of a field as it may be shown."""
    if is_secret(name):
        return HIDDEN
    return str(mask.member(name, value)) if mask else value


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: HIDDEN if is_secret(k) and v != f"<{k}>" else _hide(v) for k, v in value.items()}
    return [_hide(v) for v in value] if isinstance(value, list) else value


def _form(text: str, mask: "Mask | None") -> str:
    """Hide the secret parameters of a query or a form, and mask the personal ones."""
    pairs = []
    for pair in text.split("&"):
        name, mark, value = pair.partition("=")
        plain = unquote_plus(value)
        shown = _safe(unquote_plus(name), plain, mask) if mark else plain
        pairs.append(f"{name}={shown}" if shown != plain or shown == HIDDEN else pair)
    return "&".join(pairs)
