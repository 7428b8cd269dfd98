"""orderctl as a script and as cron would run it: pipes, exit codes, no terminal, signals, what is printed where."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import Answer, Box, Cli, Ran, answering, serving

SANDBOX = ("-p", "sandbox-onebox")
ORDER = ("--email", "ann@example.com", "--customer-name", "Ann", "--line", "sku=1,name=Thing,quantity=2,price=1.10")


HEAD = "reference,email,customer_name,sku,quantity,price\n"


def create(cli: Cli, reference: str) -> str:
    ran = cli(*SANDBOX, "create", "--reference", reference, *ORDER, "-o", "json")
    assert ran.code == 0, ran.err
    return str(ran.json["id"])


def test_the_six_verbs_in_a_pipe(cli: Cli) -> None:
    order_id = create(cli, "R-1")
    assert cli(*SANDBOX, "get", order_id, "-o", "json").json["reference"] == "R-1"
    assert cli(*SANDBOX, "update", order_id, "--note", "call first").code == 0
    ids = cli(*SANDBOX, "list", "-o", "ids").out
    assert ids == f"{order_id}\n"
    assert cli(*SANDBOX, "push", "-", "--to", "Delivered", given=ids).code == 0
    assert cli(*SANDBOX, "get", "--reference", "R-1", "-o", "json").json["status"] == "completed"
    assert cli(*SANDBOX, "cancel", "-", given=ids).code == 2
    assert cli(*SANDBOX, "cancel", "-", "--yes", given=ids).code == 0
    gone = cli(*SANDBOX, "get", order_id, "-o", "json")
    assert gone.code == 5
    assert gone.out == ""
    assert json.loads(gone.err)["error"]["exit"] == 5


def test_options_are_before_or_behind_the_command(cli: Cli) -> None:
    create(cli, "R-1")
    before = cli("-o", "json", "-p", "sandbox-onebox", "list")
    behind = cli("list", "-psandbox-onebox", "--output=json")
    assert before.json == behind.json


def test_a_second_create_of_a_reference_makes_nothing(cli: Cli) -> None:
    order_id = create(cli, "R-1")
    again = cli(*SANDBOX, "create", "--reference", "R-1", *ORDER, "-o", "json")
    assert (again.code, again.json["outcome"], again.json["id"]) == (0, "replayed", order_id)
    other = cli(*SANDBOX, "create", "--reference", "R-1", *ORDER, "--note", "another", "-o", "json")
    cli.forget(SANDBOX[-1])
    elsewhere = cli(*SANDBOX, "create", "--reference", "R-1", *ORDER, "-o", "json")
    for ran in (other, elsewhere):
        assert (ran.code, ran.json["outcome"]) == (6, "conflict")
        assert order_id in ran.err
    assert cli(*SANDBOX, "list", "-o", "ids").out.split() == [order_id]


def test_a_file_that_fails_in_part_says_so_item_by_item(cli: Cli) -> None:
    create(cli, "R-2")
    rows = HEAD + "".join(f"R-{n},a@example.com,Ann,s,1,1\n" for n in (1, 2, 3))
    ran = cli(*SANDBOX, "create", "--from", "-", "--format", "csv", "-o", "jsonl", given=rows)
    assert ran.code == 7
    assert sorted((r["reference"], r["outcome"]) for r in ran.lines) == [
        ("R-1", "created"),
        ("R-2", "conflict"),
        ("R-3", "created"),
    ]


def test_a_file_with_a_bad_row_sends_nothing(cli: Cli) -> None:
    rows = "reference,email,customer_name,sku,quantity,price\nR-1,a@b.c,A,s,1,1\nR-2,a@b.c,A,s,zero,1\n,a@b.c,A,s,1,1\n"
    ran = cli(*SANDBOX, "create", "--from", "-", "--format", "csv", given=rows)
    assert (ran.code, ran.out) == (2, "")
    assert "row 3" in ran.err
    assert "row 4" in ran.err
    assert cli(*SANDBOX, "list", "-o", "ids").out == ""


def test_a_lost_answer_is_unknown_and_is_not_repeated(cli: Cli, tmp_path: Path) -> None:
    """Where it cannot be looked up; once it can, the same command says what became of it."""
    with serving(tmp_path, faults=["lost-after@add", "403*1@get"]) as box:
        cli.config(box.profile())
        ran, again, third = (
            cli("create", "--reference", "R-1", *ORDER, "-o", "json", env=box.secrets) for _ in range(3)
        )
        assert (ran.code, ran.json["outcome"]) == (8, "unknown")
        assert "orderctl journal reconcile R-1 -p shop" in ran.err
        assert (again.code, again.json["outcome"]) == (0, "created")
        assert (third.code, third.json["outcome"], third.json["id"]) == (0, "replayed", again.json["id"])
        assert [c.call for c in box.calls()] == ["add"]


def test_three_unknown_outcomes_in_a_row_stop_a_run(cli: Cli, tmp_path: Path) -> None:
    rows = HEAD + "".join(f"R-{n},a@b.c,A,s,1,1\n" for n in range(9))
    with serving(tmp_path, faults=["lost-after@add", "403@get"]) as box:
        cli.config(box.profile())
        one_by_one = ("--format", "csv", "--jobs", "1")
        ran = cli("create", "--from", "-", *one_by_one, "-o", "json", given=rows, env=box.secrets)
        assert (ran.code, ran.json["counts"]) == (8, {"skipped": 6, "unknown": 3})
        assert len(box.calls()) == 3


@pytest.mark.parametrize(
    "fault, code",
    [("429=7", 9), ("503=7", 9), ("500", 9), ("502", 9), ("504", 9), ("505", 12), ("html", 9), ("lost-before", 9),
     ("half-body", 9), ("redirect", 9), ("bad-gzip", 9), ("401", 4), ("403", 4)],
)  # fmt: skip
def test_every_trouble_of_a_read_has_its_code(cli: Cli, tmp_path: Path, fault: str, code: int) -> None:
    with serving(tmp_path, faults=[fault]) as box:
        cli.config(box.profile())
        ran = cli("get", "1", "--deadline", "5", "-o", "json", env=box.secrets)
        assert ran.code in {code, 124}, ran.err
        document = json.loads(ran.err.splitlines()[-1])["error"]
        assert document["message"]
        assert document["hint"]


def test_an_order_that_is_not_found_after_three_tries_is_unknown(cli: Cli, tmp_path: Path) -> None:
    """It may still be made. It takes ten seconds: five between two tries."""
    with serving(tmp_path, faults=["lost-before@add"]) as box:
        cli.config(box.profile())
        ran = cli("create", "--reference", "R-1", *ORDER, "-o", "json", env=box.secrets)
        assert (ran.code, ran.json["outcome"]) == (8, "unknown"), ran.err
        assert not box.calls()


@pytest.mark.parametrize("fault", ["500-after", "html", "half-body", "reset-after"])
def test_an_order_whose_answer_is_lost_is_found_and_sent_once(cli: Cli, tmp_path: Path, fault: str) -> None:
    with serving(tmp_path, faults=[f"{fault}@add"]) as box:
        cli.config(box.profile())
        ran = cli("create", "--reference", "R-1", *ORDER, "-o", "json", env=box.secrets)
        assert (ran.code, ran.json["outcome"]) == (0, "created"), ran.err
        assert [c.call for c in box.calls()] == ["add"]


def test_nobody_at_the_address_means_not_sent(cli: Cli) -> None:
    box = Box("http://127.0.0.1:9", Path("none"))
    cli.config(box.profile())
    ran = cli("create", "--reference", "R-1", *ORDER, "-o", "json", env=box.secrets)
    assert (ran.code, ran.json["outcome"]) == (9, "failed"), ran.err
    assert json.loads(ran.err.splitlines()[-1])["error"]["code"] == "http.not_sent"


def test_wrong_password_wrong_level_unknown_order_duplicate(cli: Cli, box: Box) -> None:
    cli.config(box.profile())
    wrong = box.secrets | {"ORDERCTL_SHOP_PASSWORD": "wrong-wrong-wrong"}
    low = box.secrets | {"ORDERCTL_SHOP_LOGIN": "client"}
    assert cli("list", env=wrong).code == 4
    assert cli("create", "--reference", "R-1", *ORDER, env=low).code == 4
    assert cli("get", "999", env=box.secrets).code == 5
    assert cli("create", "--reference", "R-1", *ORDER, env=box.secrets).code == 0
    assert cli("create", "--reference", "R-1", *ORDER, "--note", "another", env=box.secrets).code == 6


WITHOUT_A_PROFILE = (
    (), ("list",), ("fields",), ("template",), ("create",), ("create", "--from", "-"), ("profile", "show"),
    ("profile", "add"), ("auth", "login"), ("auth", "status"), ("-p",),
)  # fmt: skip

WITH_ONE = (
    (), ("--help",), ("list",), ("get", "1"), ("lines", "1"), ("steps", "1"), ("comments", "1"), ("fields",),
    ("vendors", "onebox"), ("schema", "order"), ("template",), ("create",), ("create", "--from", "-"),
    ("update", "1", "--note", "x"), ("cancel", "1"), ("push", "1"), ("profile", "show"), ("profile", "add"),
    ("profile", "use"), ("profile", "remove"), ("auth", "login"), ("auth", "logout"), ("auth", "status"),
    ("sandbox", "reset"), ("api", "GET", "/api/orders/get/"), ("nonsense",), ("list", "-p", "nobody"),
    ("list", "--after", "x"), ("get", "-"), ("push", "-", "--to", "New"),
)  # fmt: skip


@pytest.mark.parametrize(
    "profile, args",
    [*(("", args) for args in WITHOUT_A_PROFILE), *(("sandbox-onebox", args) for args in WITH_ONE)],
    ids=lambda given: given if isinstance(given, str) else " ".join(given),
)
def test_no_command_asks_or_hangs_without_a_terminal(cli: Cli, args: tuple[str, ...], profile: str) -> None:
    done = subprocess.run(
        ["/usr/bin/env", "-i", f"HOME={cli.home}", f"ORDERCTL_PROFILE={profile}", *cli.command(args)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        start_new_session=True,
        check=False,
    )
    err = done.stderr.decode()
    assert "Traceback" not in err + done.stdout.decode()
    assert done.returncode in {0, 2, 3, 4, 5, 10, 12}, err
    assert bool(err) or done.returncode == 0


def test_a_full_disk_and_a_closed_pipe(cli: Cli) -> None:
    create(cli, "R-1")
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            cli.command([*SANDBOX, "list"]), env=cli.environment(), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 14
    assert done.stderr.decode().splitlines() == [
        "orderctl: cannot write to standard output: No space left on device",
        "  hint: free disk space, or write to another place",
    ]
    shell = " ".join(cli.command([*SANDBOX, "list", "-o", "json"]))
    done = subprocess.run(
        ["bash", "-c", f"{shell} | true; echo ${{PIPESTATUS[0]}}"],
        env=cli.environment(),
        capture_output=True,
        check=False,
    )
    assert done.stdout.decode().strip() in {"141", "0"}
    assert done.stderr == b""


@pytest.mark.parametrize("args", [["--version"], ["--help"], ["list", "--help"], ["completion", "bash"]], ids=" ".join)
def test_a_generated_text_that_cannot_be_written(cli: Cli, args: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            cli.command(args), env=cli.environment(), stdout=full, stderr=subprocess.PIPE, check=False, text=True
        )
    assert (done.returncode, done.stderr) == (
        14,
        "orderctl: cannot write to standard output: No space left on device\n",
    )


@pytest.mark.parametrize("closed", [">&-", ">&- 2>&-"])
def test_a_generated_text_without_a_standard_output(cli: Cli, closed: str) -> None:
    shell = " ".join(cli.command(["--version"]))
    done = subprocess.run(
        ["bash", "-c", f"{shell} {closed}"], env=cli.environment(), capture_output=True, check=False, text=True
    )
    assert done.returncode == 14
    assert done.stderr == ("" if "2>" in closed else "orderctl: cannot write to standard output: it is closed\n")


def test_a_result_that_cannot_be_written_is_not_lost(cli: Cli) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            cli.command([*SANDBOX, "create", *ORDER, "--reference", "R-1"]),
            env=cli.environment(), stdout=full, stderr=subprocess.PIPE, check=False, text=True,
        )  # fmt: skip
    number = cli(*SANDBOX, "get", "--reference", "R-1", "-o", "ids").out.strip()
    assert done.returncode == 14
    assert f"done before: order {number} created (reference R-1" in done.stderr


def test_a_second_signal_leaves_at_once_and_says_unknown(cli: Cli, tmp_path: Path) -> None:
    with serving(tmp_path, faults=["slow=3@add"]) as box:
        cli.config(box.profile())
        with subprocess.Popen(
            cli.command(["create", "--reference", "R-1", *ORDER, "-o", "json"]),
            env=cli.environment(box.secrets),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as running:
            while not box.calls():
                time.sleep(0.05)
            for _ in range(2):
                os.kill(running.pid, signal.SIGINT)
                time.sleep(0.3)
            out, err = running.communicate(timeout=30)
    assert running.returncode == 8, err
    assert json.loads(out)["outcome"] == "unknown"


def test_a_signal_in_a_pause_starts_no_further_order(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(HEAD + "".join(f"R-{n},a@b.c,A,s,1,1\n" for n in range(8)))
    with serving(tmp_path) as box:
        cli.config(box.profile().replace("rate = 100000", "rate = 0.2"))
        with subprocess.Popen(
            cli.command(["create", "--from", str(file)]),
            env=cli.environment(box.secrets),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as running:
            while len(box.calls()) < 4:
                time.sleep(0.05)
            time.sleep(0.3)
            os.kill(running.pid, signal.SIGINT)
            _, err = running.communicate(timeout=30)
        assert (running.returncode, len(box.calls())) == (130, 4)
        assert b"4 of 8 were not started" in err


@pytest.mark.parametrize("stop", ["429+3@add", "401+3@add"])
def test_a_run_that_is_braked_says_what_it_did(cli: Cli, tmp_path: Path, stop: str) -> None:
    rows = HEAD + "".join(f"R-{n},a@b.c,A,s,1,1\n" for n in range(12))
    with serving(tmp_path, faults=[stop]) as box:
        cli.config(box.profile())
        ran = cli("create", "--from", "-", "--format", "csv", "-o", "json", given=rows, env=box.secrets)
        assert ran.code == 7
        assert ran.json["counts"]["created"] == 3
        assert sum(ran.json["counts"].values()) == 12


@pytest.mark.parametrize(
    "answer", ['{"result":"ok","orderId":[5]}', '{"result":"ok","orderId":true}', '{"result":"ok"}']
)
def test_a_yes_without_a_usable_id_is_unknown(cli: Cli, answer: str) -> None:
    def add(path: str, _body: bytes) -> Answer:
        return 200, {}, answer.encode() if "add" in path else b'{"orders": []}'

    with answering(add) as url:
        cli.config(Box(url, Path("none")).profile())
        at_once = ("--deadline", "2")  # it is not sent again after five seconds
        ran = cli("create", "--reference", "R-1", *ORDER, *at_once, "-o", "json", env=Box(url, Path("none")).secrets)
    assert (ran.code, ran.json["outcome"]) == (8, "unknown")


@pytest.mark.parametrize("command", [("cancel", "--yes"), ("push", "--to", "Delivered")])
def test_an_empty_id_among_others_changes_nothing(cli: Cli, command: tuple[str, ...]) -> None:
    order_id = create(cli, "R-1")
    assert cli(*SANDBOX, *command, order_id, "").code == 2
    assert cli(*SANDBOX, "get", order_id, "-o", "json").json["status"] == "open"
    assert cli(*SANDBOX, "get", "").code == 2


def test_invalid_orders_count_although_they_are_skipped(cli: Cli) -> None:
    rows = HEAD + "R-1,a@b.c,A,s,1,1\nR-2,a@b.c,A,s,zero,1\n"
    skip = ("create", "--from", "-", "--format", "csv", "--skip-invalid")
    assert cli(*SANDBOX, *skip, given=rows).code == 7
    assert cli(*SANDBOX, *skip, given=HEAD + "R-3,a@b.c,A,s,zero,1\n").code == 2


def test_a_dry_run_claims_nothing(cli: Cli) -> None:
    ran = cli(
        *SANDBOX, "create", "--from", "-", "--format", "csv", "-n", "-o", "json", given=HEAD + "R-1,a@b.c,A,s,1,1\n"
    )
    assert [r["method"] for r in ran.json["requests"]] == ["POST"]
    assert "created" not in ran.err


def test_a_list_whose_pages_go_round_fails(cli: Cli) -> None:
    def parts(_path: str, body: bytes) -> Answer:
        start = 1000 * (int(body.rpartition(b"part=")[2].split(b"&")[0]) % 2)
        rows = [{"orderid": str(start + n)} for n in range(1, 1001)]
        return 200, {}, json.dumps({"orders": rows}).encode()

    with answering(parts) as url:
        cli.config(Box(url, Path("none")).profile())
        assert cli("list", "--all", "-o", "ids", env=Box(url, Path("none")).secrets).code == 9


def test_quiet_prints_only_errors(cli: Cli) -> None:
    rows = HEAD + "R-1,a@b.c,A,s,1,1\n"
    for _ in range(2):
        assert silent(cli(*SANDBOX, "create", "--from", "-", "--format", "csv", "-q", given=rows))
    other = rows.replace(",1,1\n", ",2,1\n")
    bad = cli(*SANDBOX, "create", "--from", "-", "--format", "csv", "-q", given=other)
    assert (bad.code, bad.out) == (6, "")
    assert "R-1" in bad.err


def test_a_quiet_run_in_which_nothing_went_wrong_is_silent(cli: Cli) -> None:
    assert silent(cli(*SANDBOX, "create", *ORDER, "--reference", "R-1", "-q"))
    number = cli(*SANDBOX, "get", "--reference", "R-1", "-o", "ids").out.strip()
    assert silent(cli(*SANDBOX, "list", "--reference", "nothing", "-q"))
    assert silent(cli(*SANDBOX, "push", number, "--to", "Delivered", "-q"))
    assert silent(cli(*SANDBOX, "update", number, "--note", "x", "-q"))
    assert silent(cli(*SANDBOX, "cancel", "-", "--yes", "-q", given=f"{number}\n"))


@pytest.mark.parametrize(
    "more, env, shown",
    [
        (("-o", "ids"), {}, True),
        (("-o", "table"), {}, True),
        ((), {"ORDERCTL_OUTPUT": "jsonl"}, True),
        ((), {"ORDERCTL_OUTPUT": "table"}, False),
    ],
    ids=["ids", "table", "jsonl of the environment", "table of the environment"],
)
def test_quiet_leaves_what_was_asked_for(cli: Cli, more: tuple[str, ...], env: dict[str, str], *, shown: bool) -> None:
    ran = cli(*SANDBOX, "create", *ORDER, "--reference", "R-1", "-q", *more, env=env)
    assert (ran.code, ran.err, bool(ran.out)) == (0, "", shown)
    assert "R-1" in cli(*SANDBOX, "list", "-q", env=env).out


def silent(ran: Ran) -> bool:
    """Return whether a run ended well and printed nothing."""
    return (ran.code, ran.out, ran.err) == (0, "", "")


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_finishes_the_write_under_way_and_starts_no_more(
    cli: Cli, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    rows = HEAD + "".join(f"R-{n},a@b.c,A,s,1,1\n" for n in range(50))
    file = tmp_path / "orders.csv"
    file.write_text(rows)
    with serving(tmp_path, faults=["slow=0.5@add"]) as box:
        cli.config(box.profile())
        running = subprocess.Popen(
            cli.command(["create", "--from", str(file), "-o", "jsonl"]),
            env=cli.environment(box.secrets),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert running.stdout is not None
        assert running.stderr is not None
        first = running.stdout.readline()
        time.sleep(0.1)
        os.kill(running.pid, number)
        rest, err = running.stdout.read(), running.stderr.read()  # `communicate` knows nothing of what was read ahead
        assert running.wait(30) == code, err
        running.stdout.close()
        running.stderr.close()
        told = [json.loads(line)["reference"] for line in (first + rest).splitlines()]
        assert sorted(told) == sorted(c.fields["ordercode"] for c in box.calls())
        assert len(told) < 10
        assert "Traceback" not in err


def test_a_run_that_is_locked_out_ends_at_once(cli: Cli, tmp_path: Path) -> None:
    with serving(tmp_path, faults=["slow=5@get"]) as box:
        cli.config(box.profile())
        first = subprocess.Popen(
            cli.command(["list", "--lock", "nightly"]), env=cli.environment(box.secrets), stdout=subprocess.DEVNULL
        )
        lock = cli.home / ".local/state/orderctl/locks/nightly"
        while not lock.exists():
            time.sleep(0.02)
        time.sleep(0.3)
        assert cli("list", "--lock", "nightly", env=box.secrets).code == 11
        assert cli(*SANDBOX, "list", "--lock", "other").code == 0
        first.kill()
        first.wait()
    assert cli(*SANDBOX, "list", "--lock", "nightly").code == 0


def test_the_deadline_ends_a_run(cli: Cli, tmp_path: Path) -> None:
    with serving(tmp_path, faults=["slow=20@get"]) as box:
        cli.config(box.profile())
        assert cli("list", "--deadline", "1", env=box.secrets, seconds=15).code == 124
    with subprocess.Popen(
        cli.command([*SANDBOX, "create", "--from", "-", "--format", "csv", "--deadline", "0.5"]),
        env=cli.environment(),
        stdin=subprocess.PIPE,
    ) as waiting:
        assert waiting.wait(timeout=20) == 124


def test_a_state_folder_that_cannot_be_written(cli: Cli, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    ran = cli(*SANDBOX, "list", env={"ORDERCTL_STATE_DIR": str(blocked / "state")})
    assert ran.code == 14
    assert "ORDERCTL_STATE_DIR" in ran.err


@pytest.mark.parametrize(
    "args",
    [("create", *ORDER), ("update", "1", "--note", "x"), ("push", "1", "--to", "New"), ("cancel", "1", "--yes"),
     ("api", "POST", "/api/orders/add/", "--yes")],
    ids=lambda args: args[0],
)  # fmt: skip
def test_a_write_says_which_profile_it_means(cli: Cli, box: Box, args: tuple[str, ...]) -> None:
    cli.config(f'default_profile = "shop"\n{box.profile()}\n{box.profile("other")}')
    assert cli("list", env=box.secrets).code == 0
    assert cli(*args, env=box.secrets).code == 2
    assert box.calls() == []


@pytest.mark.parametrize(
    "args",
    [("create", *ORDER, "--set", "source:h_title=x"), ("list", "--after", "xyz:0"),
     ("list", "--after", "9" * 5000 + ":0"),
     ("list", "--after", "0:0"), ("lines", " "), ("steps", ""), ("comments", "")],
    ids=lambda args: f"{args[0]} {args[-1][:9]}",
)  # fmt: skip
def test_what_cannot_be_meant_is_refused(cli: Cli, args: tuple[str, ...]) -> None:
    ran = cli(*SANDBOX, *args)
    assert (ran.code, ran.out) == (2, ""), ran.err


def test_a_rehearsal_ends_as_the_run_would(cli: Cli) -> None:
    rows = HEAD + "R-1,a@b.c,A,s,1,1\nR-2,a@b.c,A,s,zero,1\n"
    rehearsed = cli(*SANDBOX, "create", "--from", "-", "--format", "csv", "--skip-invalid", "-n", given=rows)
    assert rehearsed.code == 7
    assert cli(*SANDBOX, "list", "-o", "ids").out == ""


def test_usage_errors_are_documents_where_the_environment_asks_for_json(cli: Cli) -> None:
    ran = cli("get", "--bogus", env={"ORDERCTL_OUTPUT": "json"})
    assert json.loads(ran.err)["error"]["exit"] == ran.code == 2
