"""Forms with files, as a server's parser reads them."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.formparser import MultiPartParser

from orderctl.errors import UsageError
from orderctl.http.wire import write_multipart


def parsed(kind: str, body: bytes) -> tuple[dict[str, str], dict[str, tuple[str | None, bytes]]]:
    boundary = kind.partition("boundary=")[2].encode()
    form, files = MultiPartParser(lambda *_given, **_named: BytesIO()).parse(BytesIO(body), boundary, len(body))
    return dict(form.items()), {name: (file.filename, file.read()) for name, file in files.items()}


@given(text=st.text(st.characters(exclude_categories=["Cs"])), content=st.binary())
def test_any_text_and_any_content_arrive(text: str, content: bytes) -> None:
    kind, body = write_multipart([("security", None, text.encode()), ("files", "名 1.txt", content)])
    assert parsed(kind, body) == ({"security": text}, {"files": ("名 1.txt", content)})


def test_a_name_cannot_leave_its_header() -> None:
    """Quotes and line ends go escaped, as browsers send them; the parser undoes the quotes."""
    kind, body = write_multipart([("files", 'a"\r\nX: y.txt', b"1")])
    assert parsed(kind, body)[1] == {"files": ('a"%0D%0AX: y.txt', b"1")}
    with pytest.raises(UsageError):
        write_multipart([("files", "\ud800", b"")])
