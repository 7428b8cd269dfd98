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
    name = "名 1 at 10.00\u202fAM;=%.txt"
    kind, body = write_multipart([("security", None, text.encode()), ("files", name, content)])
    assert parsed(kind, body) == ({"security": text}, {"files": (name, content)})


def test_a_name_cannot_leave_its_header() -> None:
    """Quotes and line ends go escaped, as browsers send them; the parser undoes the quotes."""
    kind, body = write_multipart([('a"\r\nX: y', None, b"1")])
    assert parsed(kind, body)[0] == {'a"%0D%0AX: y': "1"}


@pytest.mark.parametrize(
    "name", ['12" screen.pdf', "a\\b.pdf", "a\r\nX: y.txt", "a\0b", "a\tb", "a\x85b", "a\u2028b", "\ud800"]
)
def test_a_file_name_that_would_be_stored_as_another_one_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match=r"file name .* nothing was sent"):
        write_multipart([("files", name, b"")])
