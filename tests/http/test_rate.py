"""How often requests leave: by one process, by several of one machine, and where the shared file cannot be used."""

import datetime as dt
import fcntl
import os
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from orderctl.errors import MachineRefused
from orderctl.http import Client, Clock, Request, rate_file
from orderctl.http.rate import BURST, RateLimit
from tests.http.conftest import Time
from tests.http.test_client import Scripted, answered

ASK = Request(method="POST", url="http://vendor/", purpose="try it", body=b"")

PROGRAM = """
import sys, time
from pathlib import Path
from orderctl.http import Clock
from orderctl.http.rate import RateLimit
last = 0.0
def now():
    global last
    last = time.monotonic()
    return last
limit = RateLimit(float(sys.argv[2]), Clock(now=now), lambda: Path(sys.argv[1]))
sys.stdin.readline()
for _ in range(int(sys.argv[3])):
    wait = limit.wait_time()
    print(repr(last + wait))
"""


def since(at: float) -> Clock:
    """Return a clock of a machine that was started at midnight."""
    start = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=at)
    return Clock(now=lambda: at, sleep=lambda _: None, utc=lambda: start + dt.timedelta(seconds=at))


def assert_paced(moments: list[float], rate: float) -> None:
    """Assert that no window has more requests than the rate and one burst allow."""
    moments.sort()
    for first in range(len(moments) - BURST):
        for last in range(first + BURST, len(moments)):
            assert moments[last] - moments[first] >= (last - first - BURST + 1) / rate - 1e-6


@pytest.mark.parametrize("number", [1, 6])
def test_processes_of_one_machine_keep_one_rate_together(tmp_path: Path, number: int) -> None:
    rate, turns = 200.0, 40
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "rate"), str(rate), str(turns)]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(number)
    ]
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    told = [process.communicate(timeout=60)[0].split() for process in running]
    assert [len(lines) for lines in told] == [turns] * number
    assert_paced([float(text) for lines in told for text in lines], rate)


def test_threads_of_one_process_keep_it_too(tmp_path: Path) -> None:
    moments: list[float] = []
    limit = RateLimit(1000, Clock(now=lambda: 5.0), lambda: tmp_path / "rate")

    def take() -> None:
        moments.extend([limit.wait_time() for _ in range(50)])

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_paced(moments, 1000)
    assert max(moments) == pytest.approx((400 - BURST) / 1000)


def test_one_process_goes_on_where_another_left_off(tmp_path: Path) -> None:
    file = tmp_path / "rate"
    first, second = (RateLimit(2, since(1000), lambda: file) for _ in range(2))
    assert [first.wait_time() for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert [second.wait_time() for _ in range(2)] == [1.0, 1.5]
    first.close()
    second.close()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.stat().st_size == 8


@pytest.mark.parametrize(
    "content",
    [b"", b"1", b"what is this?", struct.pack("<d", float("nan")), struct.pack("<d", float("inf")),
     struct.pack("<d", -1.0), struct.pack("<d", 1e9)],
)  # fmt: skip
def test_a_moment_that_makes_no_sense_is_ignored(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "rate"
    file.write_bytes(content)
    limit = RateLimit(2, since(1000), lambda: file)
    assert [limit.wait_time() for _ in range(5)] == [0, 0, 0, 0, 0.5]


def test_a_moment_from_before_the_machine_was_started_is_ignored(tmp_path: Path) -> None:
    file = tmp_path / "rate"
    file.write_bytes(struct.pack("<d", 90.0))
    assert RateLimit(2, since(30), lambda: file).wait_time() == 58.5
    old = time.time() - 3600
    os.utime(file, (old, old))
    assert RateLimit(2, since(30), lambda: file).wait_time() == 0


def test_without_a_state_folder_a_run_keeps_the_rate_alone(tmp_path: Path) -> None:
    def nowhere() -> Path:
        raise MachineRefused("cannot write")

    (tmp_path / "folder").mkdir()
    for file in (nowhere, lambda: tmp_path / "no" / "such", lambda: tmp_path / "folder"):
        limit = RateLimit(2, since(1000), file)
        assert [limit.wait_time() for _ in range(5)] == [0, 0, 0, 0, 0.5]


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_bytes(b"precious")
    (tmp_path / "rate").symlink_to(target)
    assert RateLimit(2, since(1000), lambda: tmp_path / "rate").wait_time() == 0
    assert target.read_bytes() == b"precious"


def test_a_file_that_nobody_lets_go_of_stops_nothing(tmp_path: Path) -> None:
    file, clock = tmp_path / "rate", Time(at=1000)
    with file.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        limit = RateLimit(2, clock.clock(), lambda: file)
        assert limit.wait_time() == 0
    assert 0.1 < sum(clock.slept) < 2
    limit.close()


def test_each_target_has_a_file_of_its_own(tmp_path: Path) -> None:
    shop = rate_file(tmp_path, vendor="onebox", url="https://a.example")
    assert shop == rate_file(tmp_path, vendor="onebox", url="https://a.example")
    assert shop != rate_file(tmp_path, vendor="onebox", url="https://b.example")
    assert shop != rate_file(tmp_path, vendor="imonggo", url="https://a.example")
    assert shop.parent == tmp_path / "rate"
    assert shop.parent.stat().st_mode & 0o777 == 0o700


def test_a_client_says_when_its_rate_sets_the_pace(tmp_path: Path) -> None:
    clock = Time()
    client = Client(Scripted(200), rate=2, rate_file=lambda: tmp_path / "rate", clock=clock.clock())
    paces = []
    for pause in (0, 0, 0, 0, 0, 60):
        clock.at += pause
        client.write(ASK)
        paces.append(client.pace)
    assert paces == [None, None, None, None, 2, None]
    client.close()
    assert Client(Scripted(200), clock=clock.clock()).pace is None


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_vendor_quiets_every_thread_also_one_that_waits_for_its_turn(status: int) -> None:
    """A second thread's write is answered 'later' while the first one waits for its turn."""
    time, transport = Time(), Scripted(200, 200, 200, 200, answered(status, retry_after="30"), 200)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 1:  # meanwhile
            assert Client.write(client, ASK).status == status
        time.at += seconds

    client = Client(transport, rate=1, clock=Clock(now=lambda: time.at, sleep=sleep, random=lambda: 0.0))
    for _ in range(4):
        client.write(ASK)
    client.write(ASK)
    assert slept[0] == 1
    assert time.at >= 30
    assert transport.calls == 6


def test_a_write_that_is_tried_again_waits_as_long_as_another_was_asked_to() -> None:
    time = Time()
    client = Client(Scripted(answered(429, retry_after="20"), 200), clock=time.clock(0.0))
    tries = client.tries(3)
    client.write(ASK)
    time.at += 5
    assert tries.again(ASK, "HTTP 429")
    assert time.slept == [15]


def test_a_wait_that_does_not_fit_the_time_of_a_write_is_not_a_try() -> None:
    time = Time()
    client = Client(Scripted(answered(429, retry_after="300"), 200), clock=time.clock(0.0))
    tries = client.tries(3)
    client.write(ASK)
    assert not tries.again(ASK, "HTTP 429")
    assert time.slept == []
