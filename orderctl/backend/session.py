"""A code that a login is given for a while: shared by threads and runs, renewed at most once for each call.

It is kept in the state folder in a file of its own, mode 0600; one that others can read, or a symbolic link, is none of
ours, and is neither read nor written. It counts only for whoever has the password that it was given for. A code that
the caller was given is used as it is and never kept.
"""

import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from hashlib import pbkdf2_hmac, sha256
from pathlib import Path

from orderctl.errors import OrderctlError
from orderctl.redaction import hide
from orderctl.state import files

STAMP_SECONDS = 30.0
"""How old the stamp of a used code may become before it is written again, in seconds."""

MAX_KEPT = 4096
"""How large the file of a code can be, in bytes; a larger one is none of ours."""

ROUNDS = 20_000
"""How often a password is hashed: some milliseconds a run, and as much a guess for whoever finds the file."""


def forget(state: Path, server: str) -> int:
    """Take away the codes that are kept for a server, whoever's they are; return how many. Raises OSError."""
    kept = list(state.glob(f"code-{_mark(server)}-*.json"))
    for file in kept:
        file.unlink(missing_ok=True)
    return len(kept)


def _mark(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


class _Call(threading.local):
    """The code that this thread's last call was sent with, and whether the login was for it."""

    code = ""
    fresh = False


class Session:
    """The code of one login at one server.

    `log_in` returns a code and raises what stops it. `given` is a code to begin with, `renewable` whether there is a
    login for another. A code counts for `seconds` since its last use. `state` is the folder to keep it in, `server` and
    `user` tell logins apart, and `password` proves that a kept code is the caller's; without a `user` nothing is kept.
    `field` is what the vendor calls the code.
    """

    def __init__(
        self,
        log_in: Callable[[], str],
        *,
        field: str,
        seconds: float,
        state: Callable[[], Path],
        server: str,
        user: str,
        password: str,
        given: str = "",
        renewable: bool = True,
    ) -> None:
        self._log_in, self._field, self._seconds, self._renewable = log_in, field, seconds, renewable
        self._state, self._given = state, given
        self._server, self._user, self._password = server, user, password
        self._salt, self._proof = "", ""
        self._lock = threading.Lock()
        self._code, self._used, self._stamped = given, 0.0, 0.0
        self._call = _Call()

    def code(self) -> str:
        """Return the code for the next call of this thread; log in where none is known. Raises what stops it."""
        with self._lock:
            code = self._known()
            self._call.fresh = not code
            self._call.code = code or self._renewed()
        return self._call.code

    def used(self) -> None:
        """Note that the server took the code of this thread's last call, so that it counts from now on again."""
        with self._lock:
            self._keep(self._call.code)

    def drop(self) -> None:
        """Forget the code of this thread's last call, here and in the state folder: the server rejected it."""
        with self._lock:
            self._drop()

    def renew(self) -> bool:
        """Log in again after the server rejected the code of this thread's last call; return whether there is another.

        There is none where that code was new, or is still good at the server: then it was rejected for another reason.
        Another thread may have logged in meanwhile. Raises what stops a login.
        """
        if self._call.fresh or not self._renewable:
            return False
        with self._lock:
            self._drop()
            return (self._code or self._renewed()) != self._call.code

    def start(self) -> None:
        """Log in now, whatever is kept. Raises what stops it."""
        with self._lock:
            self._renewed()

    def _drop(self) -> None:
        if not self._renewable or self._code != self._call.code:
            return
        self._code = ""
        if self._user and self._call.code != self._given:
            with suppress(OSError, OrderctlError):
                self._file().unlink(missing_ok=True)

    def _known(self) -> str:
        """Return the code of this run or of an earlier one, "" where it must be too old."""
        if self._given and self._code == self._given:
            return self._code
        if not self._code:
            self._code, self._used = self._stored()
        return self._code if 0 <= time.time() - self._used < self._seconds else ""

    def _renewed(self) -> str:
        self._code, self._stamped = self._log_in(), 0.0
        self._keep(self._code)
        return self._code

    def _keep(self, code: str) -> None:
        """Note that a code was used just now, here and, unless that was done a moment ago, in the state folder."""
        self._used = time.time()
        if not self._user or code == self._given or self._used - self._stamped < STAMP_SECONDS:
            return
        with suppress(OSError, OrderctlError):
            proof = self._proved(self._salt or os.urandom(16).hex())
            kept = {self._field: code, "used": self._used, "salt": self._salt, "proof": proof}
            files.write(self._file(), json.dumps(kept).encode())
            self._stamped = self._used

    def _stored(self) -> tuple[str, float]:
        """Return the code that an earlier run kept for this very login, and when it was used."""
        with suppress(OSError, OrderctlError, ValueError, KeyError, TypeError, AttributeError):
            if self._user:
                kept = json.loads(files.read(self._file(), largest=MAX_KEPT, secret=True))
                code = kept[self._field]
                hide(self._field, str(code))
                if code.isascii() and code.isprintable() and kept["proof"] == self._proved(kept["salt"]):
                    return code, float(kept["used"])
        return "", 0.0

    def _proved(self, salt: str) -> str:
        """Return what the password becomes with a salt. Raises ValueError, TypeError."""
        if salt != self._salt:
            password = self._password.encode("utf-8", "replace")
            self._proof = pbkdf2_hmac("sha256", password, bytes.fromhex(salt), ROUNDS).hex()
            self._salt = salt
        return self._proof

    def _file(self) -> Path:
        return self._state() / f"code-{_mark(self._server)}-{_mark(self._user)}.json"
