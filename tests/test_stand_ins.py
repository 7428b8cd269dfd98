"""A library that loads without what it does not need works as before, and so does everything else."""

import subprocess
import sys

import pytest

from orderctl.stand_ins import replaced_modules


def python(program: str) -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_stand_ins_are_there_only_while_a_library_loads() -> None:
    python("""
import sys
from orderctl.stand_ins import replaced_modules
with replaced_modules(absent=["bz2"], empty=["http.cookiejar"], later=["mimetypes", "urllib.request"]):
    from http.cookiejar import CookieJar
    import mimetypes, urllib.request
    try:
        import bz2
    except ImportError:
        pass
    else:
        raise AssertionError
assert CookieJar.__module__ != "http.cookiejar"
assert not {"bz2", "http.cookiejar", "mimetypes", "urllib.request"} & sys.modules.keys()
assert mimetypes.guess_type("a.csv")[0] == "text/csv"
assert urllib.request.Request("http://a").host == "a"
import bz2, http.cookiejar, mimetypes as real
assert http.cookiejar.CookieJar is not CookieJar
assert real is sys.modules["mimetypes"] and real.__spec__
""")


def test_a_module_that_is_loaded_stays() -> None:
    with replaced_modules(empty=["subprocess"], absent=["sys"]):
        import subprocess as found  # noqa: PLC0415
    assert found is subprocess is sys.modules["subprocess"]


def test_httpx_works_without_what_it_lost() -> None:
    python("""
from orderctl.http._httpx import httpx
import sys
assert not {"email.message", "http.cookiejar", "urllib.request"} & sys.modules.keys()
assert httpx.Response(200, headers={"content-type": "text/plain; charset=latin-1"}, content=b"\\xe9").text == "\\u00e9"
import email.message, urllib.request, http.cookiejar
assert urllib.request.getproxies and http.cookiejar.CookieJar()._cookies == {}
assert email.message.Message.__module__ == "email.message"
""")


def test_keyring_works_without_what_it_lost() -> None:
    python("""
from orderctl.credentials.chain import LATER
from orderctl.stand_ins import replaced_modules
import sys
with replaced_modules(later=LATER):
    import keyring.backend, keyring.backends.fail
assert not set(LATER) & sys.modules.keys()
import urllib.request
assert keyring.backend.get_all_keyring() and urllib.request.getproxies
""")


@pytest.mark.parametrize(
    "library, modules",
    [
        ("httpx", {"email.message", "http.cookiejar", "urllib.request"}),
        ("keyring", {"urllib.request"} if sys.version_info >= (3, 12) else {"importlib_metadata", "urllib.request"}),
    ],
)
def test_a_module_is_replaced_only_where_the_library_would_load_it(library: str, modules: set[str]) -> None:
    python(f"import sys, {library}; assert {modules} <= sys.modules.keys()")
