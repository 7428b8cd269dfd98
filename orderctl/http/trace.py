"""What `--trace FILE` and `--dry-run` show of a request: everything but the secrets.

A secret is hidden by its field in the url, the headers, a form and a JSON body, and by its value anywhere.
"""

import json
import os
import re
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

from orderctl.errors import UsageError
from orderctl.redaction import HIDDEN, is_secret, redact

SHOWN = 200_000
"""How much of a body a trace keeps, in bytes."""


class Trace:
    """Appends every exchange to a file that only its owner reads (mode 0600)."""

    def __init__(self, path: Path) -> None:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise UsageError(f"--trace {path}: cannot be written ({error.strerror})") from error
        self._file = os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace")
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the file."""
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
        with self._lock:
            self._file.write(redact(f"* {stamp}\n" + "\n".join(lines) + "\n\n"))
            self._file.flush()


def safe_url(url: str) -> str:
    """Return a url whose secret parameters are hidden."""
    head, mark, query = url.partition("?")
    return redact(head + mark + _form(query))


def safe_headers(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers, secret ones hidden."""
    return [(k, HIDDEN if is_secret(k) else redact(v)) for k, v in headers]


def safe_body(body: bytes) -> str:
    """Return a body as text, its secret fields hidden; the rest of a very long one is cut."""
    text = body[:SHOWN].decode("utf-8", "backslashreplace")
    if len(body) > SHOWN:
        text += f"… ({len(body)} bytes)"
    if text.lstrip()[:1] in {"{", "["}:
        try:
            return redact(json.dumps(_hide(json.loads(text)), ensure_ascii=False))
        except (ValueError, RecursionError):
            return redact(_JSON_FIELD.sub(_hide_match, text))
    return redact(_form(text))


_JSON_FIELD = re.compile(r'"([^"\\]{1,80})"(\s*:\s*)"((?:[^"\\]|\\.)*)"?')


def _hide_match(match: re.Match[str]) -> str:
    return f'"{match[1]}"{match[2]}"{HIDDEN}"' if is_secret(match[1]) else match[0]


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: HIDDEN if is_secret(k) else _hide(v) for k, v in value.items()}
    return [_hide(v) for v in value] if isinstance(value, list) else value


def _form(text: str) -> str:
    """Hide the secret parameters of a query or a form."""
    pairs = []
    for pair in text.split("&"):
        name, mark, _ = pair.partition("=")
        pairs.append(f"{name}={HIDDEN}" if mark and is_secret(unquote_plus(name)) else pair)
    return "&".join(pairs)
