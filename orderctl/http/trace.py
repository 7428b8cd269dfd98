"""What `--trace FILE` and `--dry-run` show of a request: everything but the secrets.

A secret is hidden by its field in the url, the headers, a form and a JSON body, and by its value anywhere.
"""

import json
import os
import re
import stat
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from orderctl.errors import UsageError
from orderctl.redaction import HIDDEN, is_secret, redact

SHOWN = 200_000
"""How much of a body a trace keeps, in bytes."""

MARGIN = 4_096
"""Read beyond it before secrets are hidden, so that a cut leaves no half of one."""


class Trace:
    """Appends every exchange to a file that only its owner reads: an existing one is made so, whatever mode it had.

    A trace that cannot be written on (a full disk) ends there: it never breaks the call that it follows.
    """

    def __init__(self, path: Path) -> None:
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
        lines = [f"> {method} {safe_url(url)}", *(f"> {k}: {v}" for k, v in safe_headers(headers))]
        if body:
            lines.append(f"> {safe_body(body)}")
        self._write(lines)

    def reply(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Keep what came back."""
        lines = [f"< HTTP {status}", *(f"< {k}: {v}" for k, v in safe_headers(headers.items()))]
        if body:
            lines.append(f"< {safe_body(body)}")
        self._write(lines)

    def failure(self, why: str) -> None:
        """Keep why nothing came back."""
        self._write([f"! {why}"])

    def _write(self, lines: list[str]) -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with self._lock, suppress(OSError, ValueError):
            self._file.write(redact(f"* {stamp}\n" + "\n".join(lines) + "\n\n"))
            self._file.flush()


def _make_private(descriptor: int) -> None:
    """Take a file from its group and others; a terminal or a pipe stays as it is. Raises OSError."""
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_mode & 0o077 and hasattr(os, "fchmod"):
        os.fchmod(descriptor, 0o600)


def safe_url(url: str) -> str:
    """Return a url whose password and secret parameters are hidden."""
    head, mark, query = url.partition("?")
    return redact(_USER.sub(rf"//{HIDDEN}@", head) + mark + _form(query))


def safe_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers, secret ones and the secrets in urls hidden."""
    return [(k, HIDDEN if is_secret(k) else safe_url(v) if "?" in v else redact(v)) for k, v in headers]


def safe_body(body: bytes) -> str:
    """Return a body as text, its secret fields hidden; the rest of a very long one is cut."""
    text = _hidden(body[: SHOWN + MARGIN].decode("utf-8", "backslashreplace"))
    return text if len(body) <= SHOWN else f"{text[:SHOWN]}… ({len(body)} bytes)"


def _hidden(text: str) -> str:
    """Hide the secret fields of a JSON document, an XML document or a form, and secrets anywhere."""
    start = text.lstrip()[:1]
    if start == "<":
        return redact(_XML_FIELD.sub(_hide_element, text))
    if start not in {"{", "["}:
        return redact(_form(text))
    try:
        parsed = json.loads(text)
        safe = _hide(parsed)
    except (ValueError, RecursionError):
        return redact(_JSON_FIELD.sub(_hide_member, text))
    return redact(text if safe == parsed else json.dumps(safe, ensure_ascii=False))


_USER = re.compile(r"//[^/?#@]*@")
_JSON_FIELD = re.compile(r'"([^"\\]{1,80})"(\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|[^\s",{}\[\]]+)')
_XML_FIELD = re.compile(r"<([\w.-]{1,80})([^<>]*)>([^<]*)")


def _hide_member(match: re.Match[str]) -> str:
    return f'"{match[1]}"{match[2]}"{HIDDEN}"' if is_secret(match[1]) else match[0]


def _hide_element(match: re.Match[str]) -> str:
    return f"<{match[1]}{match[2]}>{HIDDEN}" if is_secret(match[1]) and match[3].strip() else match[0]


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: HIDDEN if is_secret(k) and v != f"<{k}>" else _hide(v) for k, v in value.items()}
    return [_hide(v) for v in value] if isinstance(value, list) else value


def _form(text: str) -> str:
    """Hide the secret parameters of a query or a form."""
    pairs = []
    for pair in text.split("&"):
        name, mark, _ = pair.partition("=")
        pairs.append(f"{name}={HIDDEN}" if mark and is_secret(unquote_plus(name)) else pair)
    return "&".join(pairs)
