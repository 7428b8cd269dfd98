"""Every fault that an answer can have, at every vendor: no order twice, none lost, none reported as failed that exists.

A naive client goes the same way beside it: what it does wrong shows that these faults would be noticed.
"""

import random
import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from itertools import count
from pathlib import Path
from threading import Event
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from orderctl.sandbox.faults import ConnectionLost, Faults
from tests.conftest import proof_examples
from tests.e2e.accounts import CREATES, PROFILE, READY, REFUSING, VENDORS, Account, account

TIMEOUT = 2.0
"""Seconds that a request may take."""

LATE = 6.5
"""Seconds after which a late order is made: the time-out is over, and a refusing vendor was sent the order again."""

MAX_RUNS = 60

HEADS: Mapping[str, bytes] = {"half-status": b"HTTP/1.1 20", "half-header": b"HTTP/1.1 200 OK\r\nContent-Le"}
"""What is sent of an answer that breaks in its head."""

FAULTS = (
    "500-after", "503-after", "bad-gzip", "half-body", "half-header", "half-status", f"held={LATE}",
    f"late-commit={LATE}", "lost-after", "lost-before", "reset", "reset-after", f"slow={2 * TIMEOUT}",
)  # fmt: skip
"""Faults of the sandbox, and of this file: `held` carries a call out so many seconds late, its connection kept."""


class Faulty:
    """An emulator that damages every second request which makes something."""

    def __init__(self, app: WSGIApplication, vendor: str, fault: str) -> None:
        self.off = Event()
        self._app, self._creates, self._fault = app, CREATES[vendor], fault
        self._number = count()
        kind, _, value = fault.partition("=")
        own = {"half-header": self._break_head, "half-status": self._break_head, "held": self._hold}
        self._spoil: WSGIApplication = own.get(kind) or Faults(app, [fault])
        self._seconds = float(value or 0)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        creates = environ["REQUEST_METHOD"] == "POST" and re.search(self._creates, environ["PATH_INFO"])
        spoil = creates and not self.off.is_set() and next(self._number) % 2 == 0
        return (self._spoil if spoil else self._app)(environ, start_response)

    def _break_head(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        b"".join(self._app(environ, start_response))
        environ["waitress.client_disconnected"].__self__.socket.send(HEADS[self._fault])
        raise ConnectionLost("after")

    def _hold(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        time.sleep(self._seconds)
        return self._app(environ, start_response)


def settle(fault: str) -> None:
    """Wait until what is under way at the vendor is over."""
    time.sleep(0.2 + float(fault.partition("=")[2] or 0))


def faults_of(vendor: str) -> list[str]:
    """Return the faults that a vendor has: all, or a seeded one that needs no waiting."""
    few = proof_examples(0, sample=1)
    return random.Random(vendor).sample([fault for fault in FAULTS if "=" not in fault], few) or list(FAULTS)


def reported_as_not_made(ran_lines: list[dict[str, str]]) -> set[str]:
    return {result["reference"] for result in ran_lines if result["outcome"] in {"failed", "refused", "skipped"}}


@pytest.mark.proof
@pytest.mark.timeout(14_400)
@pytest.mark.skipif(not READY, reason="needs the journal")
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_damaged_answer_makes_no_order_twice_loses_none_and_is_never_taken_for_a_failure(
    vendor: str, tmp_path: Path
) -> None:
    references = [f"G-{n:03}" for n in range(proof_examples(200, sample=6))]
    for fault in faults_of(vendor):
        made: list[Faulty] = []
        with account(vendor, tmp_path / fault, wrap=_faulty_process(vendor, fault, made)) as user:
            file = user.file(references)
            runs = _until_all_are_met(user, file, references, fault)
            made[0].off.set()
            last = user.create(file)
            missing = set(references) - user.whole()
            assert not user.twice(), fault
            assert not user.lost(references), fault
            assert last.code == (8 if missing else 0), f"{fault}: {last.code} {last.err}"
            assert not (user.refuses and missing), f"{fault}: {missing}"
            print(f"{vendor} {fault}: {runs} runs, {len(missing)} in doubt")  # noqa: T201  (the proof's record)
        shutil.rmtree(tmp_path / fault)


def _faulty_process(vendor: str, fault: str, made: list[Faulty]) -> Callable[[WSGIApplication], WSGIApplication]:
    def faulty(app: WSGIApplication) -> WSGIApplication:
        made.append(Faulty(app, vendor, fault))
        return made[0]

    return faulty


def _until_all_are_met(user: Account, file: Path, references: list[str], fault: str) -> int:
    """Run the same line until one run has met every order, and once more; return how many runs that took."""
    left = MAX_RUNS
    again = False
    while left:
        left -= 1
        ran = user.create(file, "--timeout", str(TIMEOUT))
        settle(fault)
        assert ran.code in {0, 7, 8, 9}, f"{fault}: {ran.code} {ran.err}"
        assert not user.twice(), f"{fault}: {user.twice()}"
        wrong = reported_as_not_made(ran.lines) & set(user.orders())
        assert not wrong, f"{fault}: reported as not made, and made: {wrong}"
        if again:
            return MAX_RUNS - left
        again = {result["reference"] for result in ran.lines} >= set(references)
    pytest.fail(f"{fault}: {MAX_RUNS} runs have not met every order; {ran.err}")


def naive(url: str, headers: Mapping[str, str], bodies: Iterable[str]) -> bool:
    """Send an order as many a script does: again after a time-out or a 5xx. Return whether it counts as made."""
    for body in bodies:
        request = Request(url, data=body.encode(), headers=dict(headers), method="POST")
        try:
            with urlopen(request, timeout=TIMEOUT):
                return True
        except HTTPError as refusal:
            refusal.close()
            if refusal.code < 500:
                return False
        except (OSError, HTTPException):
            continue
    return False


@pytest.mark.proof
@pytest.mark.timeout(14_400)
@pytest.mark.parametrize("vendor", VENDORS)
def test_the_same_faults_lead_a_naive_client_astray(vendor: str, tmp_path: Path) -> None:
    references = [f"N-{n:03}" for n in range(proof_examples(200, sample=4))]
    ends = ("", ".1", ".2") if vendor in REFUSING else ("", "", "")  # there it numbers its requests, not its orders
    twice = wrong = 0
    for fault in FAULTS if proof_examples(1, sample=0) else ["lost-after"]:
        with account(vendor, tmp_path / fault, wrap=_faulty_process(vendor, fault, []), authenticate=False) as user:
            shown = user.user("create", "--from", str(user.file(["NAIVE"])), "-p", PROFILE, "-n", "-o", "json")
            call = next(c for c in shown.json["requests"] if re.search(CREATES[vendor], c["url"]))
            body = call["body"].replace("<security>", "x").replace("<type>", "inputbox")
            with ThreadPoolExecutor(8) as pool:
                sent = [
                    pool.submit(naive, call["url"], call["headers"], [body.replace("NAIVE", name) for name in names])
                    for names in ([f"{reference}{end}" for end in ends] for reference in references)
                ]
                said = [run.result() for run in sent]
            settle(fault)
            there = Counter(reference.partition(".")[0] for reference in user.orders().elements())
            twice += sum(number - 1 for number in there.values())
            wrong += sum(made is (reference not in there) for reference, made in zip(references, said, strict=True))
    print(f"\n{vendor}: {twice} orders twice, {wrong} reports wrong")  # noqa: T201  (the proof's record)
    assert twice, "the faults harm nobody, so the proof beside this proves nothing"
