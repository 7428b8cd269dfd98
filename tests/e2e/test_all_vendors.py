"""Every vendor from a clean home, over a real socket, as the README says: serve, paste what it prints, use it."""

import json
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from orderctl.backend import registry
from orderctl.backend.vendor import Capability
from tests.e2e.conftest import Cli

VERBS = {
    "flyerlink": {
        Capability.LINES: "lines {id}",
        Capability.UPDATE: "update {id} --set reference=R-2 --line sku=BCST54V,quantity=250 --set package.code=P1",
    },
    "imonggo": {
        Capability.LINES: "lines {id}",
        Capability.CANCEL: "cancel {id} --reason 'ordered twice' --yes",
    },
    "omflow": {
        Capability.FIELDS: "fields",
        Capability.STEPS: "steps {id}",
        Capability.UPDATE: "update {id} --file note.txt",
        Capability.PUSH: "push {id}",
        Capability.CANCEL: "cancel {id} --yes",
    },
    "onebox": {
        Capability.LINES: "lines {id}",
        Capability.STEPS: "steps {id}",
        Capability.UPDATE: "update {id} --note 'call first'",
        Capability.COMMENTS: "comments {id}",
        Capability.PUSH: "push {id} --to Delivered",
        Capability.CANCEL: "cancel {id} --yes",
    },
    "qince": {
        Capability.LINES: "lines {id}",
        Capability.STEPS: "steps {id}",
        Capability.UPDATE: "update {id} --set order_date=2026-03-09",
        Capability.PUSH: "push {id} --by 7007385368014262146",
    },
}
"""What a user types for each verb that a vendor has, in an order that works."""

ALWAYS = {Capability.CREATE, Capability.FIND, Capability.GET, Capability.PAGE}


@contextmanager
def served(cli: Cli, vendor: str, *more: str) -> Iterator[Cli]:
    """Serve a vendor's sandbox in a process of its own; yield a user who pasted the profile and the secrets."""
    command = cli.command(["sandbox", "serve", "--vendor", vendor, "--port", "0", *more])
    with subprocess.Popen(
        command, env=cli.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        try:
            assert server.stdout
            printed = ""
            while printed.count("export ") <= len(registry.vendor(vendor).sandbox_secrets):
                printed += server.stdout.readline()
            profile, exports = printed[printed.index("[profiles") :].split("\n\n# for this shell\n")
            cli.config(profile)
            pairs = (line.removeprefix("export ").partition("=") for line in exports.splitlines())
            yield replace(cli, env={name: shlex.split(value)[0] for name, _, value in pairs})
        finally:
            server.send_signal(signal.SIGTERM)


def without(user: Cli, setting: str) -> None:
    """Take a setting out of the profile that the user pasted."""
    path = user.home / ".config" / "orderctl" / "config.toml"
    user.config(re.sub(rf"{setting} = .*\n", "", path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("vendor", sorted(registry.VENDORS))
def test_every_verb_over_a_real_socket(cli: Cli, vendor: str) -> None:
    (cli.home / "note.txt").write_text("a note")
    known = registry.vendor(vendor).capabilities
    assert VERBS[vendor].keys() | ALWAYS == known
    with served(cli, vendor) as user:
        assert re.search("/sandbox-[0-9a-f]{16}$", user("profile", "show", "-o", "json").json["url"])
        made = user("create", "--from", "-", "--format", "json", "-o", "jsonl", given=user("template").out)
        assert made.code == 0, made.err
        order = made.lines[0]
        assert order["outcome"] == "created"
        shown = user("get", order["id"], "-o", "json")
        assert (shown.code, shown.json["id"]) == (0, order["id"]), shown.err
        assert user("get", "--reference", order["reference"], "-o", "json").json["id"] == order["id"]
        assert order["id"] in user("list", "-o", "ids").out.split()
        for verb, typed in VERBS[vendor].items():
            done = user(*shlex.split(typed.format(id=shlex.quote(order["id"]))))
            assert done.code == 0, (verb, done.err)
        for verb in sorted(set(Capability) - known):
            needs_no_id = verb is Capability.FIELDS
            refused = user(verb.command, *([] if needs_no_id else [order["id"]]))
            assert refused.code == 10, (verb, refused.err)
            assert "hint: " in refused.err


@pytest.mark.in_process
@pytest.mark.parametrize("vendor", sorted(registry.VENDORS))
def test_the_same_order_again(cli: Cli, vendor: str) -> None:
    """No second order: the journal has it; and one of another machine the vendor refuses, or it is looked for."""
    user = replace(cli, env={"ORDERCTL_PROFILE": f"sandbox-{vendor}"})
    order = user("template").out
    first, second = (user("create", "--from", "-", "--format", "json", "-o", "jsonl", given=order) for _ in range(2))
    assert first.code == 0, first.err
    made = first.lines[0]["id"]
    assert (second.code, second.lines[0]["outcome"], second.lines[0]["id"]) == (0, "replayed", made), second.err
    user.forget(f"sandbox-{vendor}")
    third = user("create", "--from", "-", "--format", "json", "-o", "jsonl", given=order)
    assert (third.code, third.lines[0]["outcome"]) == (6, "conflict"), third.err
    assert user("list", "-o", "ids").out.split() == [made]


def test_an_account_that_keeps_no_references_is_warned_of_before_anything_is_sent(cli: Cli) -> None:
    with served(cli, "qince") as user:
        without(user, "reference_field")
        order = json.loads(user("template").out)
        orders = "".join(json.dumps({**order, "reference": f"R-{n}"}) + "\n" for n in range(3))
        ran = user("create", "--from", "-", "--format", "jsonl", "-q", given=orders)
    assert ran.code == 0, ran.err
    assert ran.err.count("profile local-qince has no reference_field") == 1
    assert len(ran.err.splitlines()) == 1


def test_a_file_without_operators_is_looked_up_at_once(cli: Cli) -> None:
    with served(cli, "qince") as user:
        without(user, "operators")
        order = json.loads(user("template").out)
        orders = "".join(json.dumps({**order, "reference": f"R-{n}"}) + "\n" for n in range(5))
        for code, outcome, looks in ((0, "created", 1), (0, "replayed", 0), (6, "conflict", 2)):
            if outcome == "conflict":
                user.forget("local-qince")
            ran = user("create", "--from", "-", "--format", "jsonl", "-o", "jsonl", "--trace", outcome, given=orders)
            assert ran.code == code, ran.err
            assert [line["outcome"] for line in ran.lines] == [outcome] * 5
            trace = cli.home / outcome
            assert (trace.read_text() if trace.exists() else "").count("/api/ig/v1/orderQuery/") == looks, (
                outcome
            )  # a second page says that there is no more
        assert len(user("list", "-o", "ids").out.split()) == 5


@pytest.mark.parametrize("vendor", ["qince", "flyerlink"])
def test_a_run_that_stops_says_how_to_go_on(cli: Cli, vendor: str) -> None:
    path = {"qince": "orderAdd", "flyerlink": "orders"}[vendor]
    with served(cli, vendor, "--fault", f"401+{1 if vendor == 'qince' else 3}@{path}") as user:
        order = json.loads(user("template").out)
        orders = "".join(json.dumps({**order, "reference": f"R-{n}"}) + "\n" for n in range(5))
        ran = user("create", "--from", "-", "--format", "jsonl", given=orders)
    assert ran.code == 7, ran.err
    assert re.search(r"of 5 were not started; run it again .*: what was done is not done again", ran.err), ran.err


def test_a_second_signal_during_the_look_up_leaves_nothing_in_doubt(cli: Cli) -> None:
    with served(cli, "flyerlink", "--fault", "slow=8*1@/orders/") as user:
        order = user("template").out
        (cli.home / "order.json").write_text(order)
        with subprocess.Popen(
            cli.command(["create", "--from", "order.json"]),
            env=user.environment(), cwd=cli.home, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        ) as running:  # fmt: skip
            time.sleep(2.5)  # it waits for the answer to its first request
            for _ in range(2):
                running.send_signal(signal.SIGINT)
                time.sleep(0.3)
            _, err = running.communicate(timeout=30)
        assert running.returncode == 130, err
        assert "may or may not" not in err
        assert user("list", "-o", "ids").out == ""
