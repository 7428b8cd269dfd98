"""What every emulator does with HTTP: read a request, write an answer, take its switches. Plain WSGI.

Werkzeug's own request and response classes are not used: importing anything of Werkzeug imports its server and its
test client, ten times the start of the interpreter, and the sandbox also runs inside short commands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIEnvironment

HTML = "text/html; charset=utf-8"
JSON = "application/json"

Switches = Mapping[str, tuple[str, ...]]
"""A switch's name: its values, the default first. One that ends with `…` takes any text."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request, read whole."""

    method: str
    path: str
    query: bytes
    content_type: str
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer."""

    status: int = 200
    content_type: str = JSON
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def read(environ: WSGIEnvironment) -> Request:
    """Return the request of a WSGI environment."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdigit():
        body = environ["wsgi.input"].read(int(length))
    else:
        body = environ["wsgi.input"].read() if environ.get("wsgi.input_terminated") else b""
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace"),
        query=environ.get("QUERY_STRING", "").encode("latin-1", "replace"),
        content_type=environ.get("CONTENT_TYPE", ""),
        body=body,
    )


def send(answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
    """Write an answer."""
    headers = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body)), **answer.headers}
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(headers.items()))
    return [answer.body]


def page(status: int) -> Answer:
    """Return the page that a web server in front of the application shows."""
    title = f"{status} {HTTPStatus(status).phrase}"
    text = f"<html>\n<head><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n</body>\n</html>\n"
    return Answer(status=status, content_type=HTML, body=text.encode())


def choose(given: Mapping[str, str], known: Switches) -> Mapping[str, str]:
    """Return every switch with its value: the given one, or else the default. An empty value means `on`.

    Raises ValueError for an unknown switch or value, naming the known ones.
    """
    chosen = {name: values[0].removesuffix("…") for name, values in known.items()}
    for name, text in given.items():
        if name not in known:
            raise ValueError(f"unknown switch {name!r}; there are: {', '.join(known)}")
        value = text or "on"
        if value not in known[name] and not known[name][0].endswith("…"):
            raise ValueError(f"switch {name} cannot be {text!r}; it can be: {', '.join(known[name])}")
        chosen[name] = value
    return chosen


class Refused(Exception):
    """The emulated vendor refuses a call; the text is its message."""
