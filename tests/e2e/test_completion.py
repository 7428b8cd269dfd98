"""The completion scripts in real shells: bash, zsh and fish."""

import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from orderctl.entry import SANDBOXES

ROOT = Path(__file__).parent.parent.parent
SCRIPTS = ROOT / "completions"

pytestmark = pytest.mark.shells

CASES = [
    ("orderctl ge", {"get"}),
    ("orderctl li", {"lines", "list", "listen"}),
    ("orderctl auth ", {"login", "logout", "status"}),
    ("orderctl sandbox s", {"serve"}),
    ("orderctl get --ref", {"--reference"}),
    ("orderctl get 82806 --ra", {"--raw"}),
    ("orderctl auth status --verb", {"--verbose"}),
    ("orderctl get -o js", {"json", "jsonl"}),
    ("orderctl -o js", {"json", "jsonl"}),
    ("orderctl -p shop -v li", {"lines", "list", "listen"}),
    ("orderctl -p shop -o json auth -q lo", {"login", "logout"}),
    ("orderctl list --color ne", {"never"}),
    ("orderctl list --status in", {"in_progress"}),
    ("orderctl comments 82806 --type ch", {"change"}),
    ("orderctl get -o xl", {"xlsx"}),
    (
        "orderctl list --fields custom",
        {
            "customer",
            "customer.address",
            "customer.code",
            "customer.email",
            "customer.id",
            "customer.name",
            "customer.phone",
            "customer_name",
        },
    ),
    ("orderctl steps 82806 --fields er", {"error"}),
    ("orderctl journal list --fields att", {"attempts"}),
    ("orderctl create --from in.csv --format jsonl --rej", {"--rejects"}),
    ("orderctl sandbox serve --vendor on", {"onebox"}),
    ("orderctl vendors i", {"imonggo"}),
    ("orderctl schema dr", {"draft", "drafts"}),
    ("orderctl help exit", {"exit-codes"}),
    ("orderctl completion z", {"zsh"}),
    ("orderctl api G", {"GET"}),
    ("orderctl create --from or", {"orders.csv"}),
    ("orderctl get --trace or", {"orders.csv"}),
    ("orderctl get or", set()),
]

PROFILES = [
    ("orderctl -p sh", {"shop", "shed"}),
    ("orderctl get --profile sho", {"shop"}),
    ("orderctl list -p till,sho", {"till,shop"}),
    ("orderctl auth login -p sho", {"shop"}),
    ("orderctl profile use sho", {"shop"}),
    ("orderctl profile show sand", {*SANDBOXES}),
    ("orderctl profile remove sho", {"shop"}),
]


def need(*shells: str) -> None:
    """Go on where these shells are installed; in CI they must be."""
    missing = [shell for shell in shells if shutil.which(shell) is None]
    if missing and os.environ.get("CI") == "true":
        pytest.fail(f"not installed: {' '.join(missing)}; on Debian: apt-get install bash bash-completion zsh fish")
    if missing:
        pytest.skip(f"not installed: {' '.join(missing)}")


class Place:
    """A folder with a file in it, a config file, and an `orderctl` that leaves a note of every start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes = folder / "notes"
        (folder / "orders.csv").touch()
        config = folder / "config.toml"
        config.write_text("[profiles.shop]\n[profiles.shed]\n[profiles.till]\n", encoding="utf-8")
        program = folder / "bin" / "orderctl"
        program.parent.mkdir()
        program.write_text(
            f'#!/bin/sh\necho "$*" >> {shlex.quote(str(self.notes))}\n'
            f'exec {shlex.quote(sys.executable)} -m orderctl "$@"\n',
            encoding="utf-8",
        )
        program.chmod(0o755)
        self.environ = {
            "PATH": f"{program.parent}:/usr/bin:/bin",
            "HOME": str(folder),
            "ORDERCTL_CONFIG": str(config),
            "TERM": "xterm",
            "LC_ALL": "C.UTF-8",
        }

    def run(self, *args: str) -> str:
        done = subprocess.run(args, env=self.environ, cwd=self.folder, capture_output=True, check=False, timeout=60)
        assert done.stderr.decode() == ""
        return done.stdout.decode()

    def starts(self) -> list[str]:
        return self.notes.read_text(encoding="utf-8").splitlines() if self.notes.exists() else []


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def bash(place: Place, *lines: str) -> list[set[str]]:
    """Return what bash would offer for each line, its words split as readline splits them: at = and : too."""
    program = f"source {shlex.quote(str(SCRIPTS / 'orderctl.bash'))}; compopt() {{ :; }}"
    for line in lines:
        words = [w for word in line.split(" ") for w in (re.findall(r"[:=]+|[^:=]+", word) or [""])]
        program += (
            f"; COMPREPLY=(); COMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}; _orderctl; "
            f"printf '%s\\n' \"${{COMPREPLY[@]}}\"; printf '\\0'"
        )
    return [set(text.split()) for text in place.run("bash", "--norc", "-c", program).split("\0")[:-1]]


def fish(place: Place, *lines: str) -> list[set[str]]:
    program = f"source {SCRIPTS / 'orderctl.fish'}"
    for line in lines:
        program += f"; complete -C {shlex.quote(line)}; printf '\\0'"
    listed = place.run("fish", "--no-config", "-c", program).split("\0")[:-1]
    return [{offer.split("\t")[0] for offer in text.splitlines()} for text in listed]


def zsh(place: Place, *lines: str) -> list[set[str]]:
    """Return what zsh offers for each line on a terminal: the word it completed, or those that it lists."""
    with zsh_terminal(place) as terminal:
        words = [terminal.complete(line).removeprefix(f"{line.rpartition(' ')[0]} ") for line in lines]
    return [
        {word.strip()} if word.endswith(" ") else listed_by_zsh(place, line)
        for line, word in zip(lines, words, strict=True)
    ]


def listed_by_zsh(place: Place, line: str) -> set[str]:
    typed = line.rpartition(" ")[2]
    with zsh_terminal(place) as terminal:
        terminal.complete(line)
        listed = terminal.complete_and_list(line)
    if typed:
        return {w for w in re.findall(r"[\w.-]+", listed) if w.startswith(typed)} - {typed}
    return set(re.findall(r"(?m)^([\w-]+) +--", listed))


class Terminal:
    """An interactive shell on a terminal of its own. Ctrl-X writes the current line to a file, and clears it."""

    def __init__(self, fd: int, shown: Path) -> None:
        self._fd, self._shown = fd, shown

    def complete(self, line: str) -> str:
        """Return the line after Tab."""
        return self._press(f"{line}\t")[0]

    def complete_and_list(self, line: str) -> str:
        """Return what is listed for the line."""
        return self._press(f"{line}\x04")[1].removeprefix(line).removesuffix(line)

    def wait(self, mark: str) -> None:
        """Wait until the shell has printed it."""
        text = ""
        while mark not in text:
            text += self._read(60)
            assert text, f"no {mark!r} within 60 seconds"

    def _press(self, keys: str) -> tuple[str, str]:
        self._shown.unlink(missing_ok=True)
        os.write(self._fd, f"{keys}\x18".encode())
        text, end = "", time.monotonic() + 60
        while not self._shown.exists():
            assert time.monotonic() < end, f"nothing came of {keys!r}: {text!r}"
            text += self._read(0.05)
        text += self._read(0)
        return self._shown.read_text(encoding="utf-8").removesuffix("\n"), CONTROL.sub("", text)

    def _read(self, seconds: float) -> str:
        ready = select.select([self._fd], [], [], seconds)[0]
        return os.read(self._fd, 1_000_000).decode(errors="replace") if ready else ""


CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r|\x07|.\x08")


@contextmanager
def terminal(place: Place, *args: str, setup: str) -> Iterator[Terminal]:
    """Start a shell on a pseudo-terminal, with Ctrl-X bound by `setup`."""
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(place.folder)
        os.execve(args[0], args, {**place.environ, "COLUMNS": "200", "LINES": "50"})
    try:
        os.write(fd, f"{setup}; PS1=; echo REA''DY\n".encode())
        found = Terminal(fd, place.folder / "shown")
        found.wait("READY\r\n")
        yield found
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(fd)


@contextmanager
def zsh_terminal(place: Place) -> Iterator[Terminal]:
    setup = (
        f"fpath=({SCRIPTS} $fpath); autoload -Uz compinit; compinit -u -D; unsetopt PROMPT_SP PROMPT_CR; "
        "dump() { print -r -- $BUFFER > new; mv new shown; BUFFER='' }; zle -N dump; bindkey '^X' dump; "
        "bindkey '^D' list-choices; bindkey '^I' complete-word; unsetopt AUTO_LIST; LISTMAX=0"
    )
    with terminal(place, shutil.which("zsh") or "zsh", "-f", "-i", setup=setup) as found:
        yield found


@contextmanager
def bash_terminal(place: Place, *, first: str = "") -> Iterator[Terminal]:
    setup = (
        f"{first}source <(orderctl completion bash); bind 'set enable-bracketed-paste off'; "
        'dump() { echo "$READLINE_LINE" > new; mv new shown; READLINE_LINE=; }; bind -x \'"\\C-x": dump\''
    )
    with terminal(place, shutil.which("bash") or "bash", "--norc", "--noprofile", "-i", setup=setup) as found:
        yield found


SHELLS: dict[str, Callable[..., list[set[str]]]] = {"bash": bash, "fish": fish, "zsh": zsh}


@pytest.mark.parametrize("shell", SHELLS)
def test_names_and_values_are_offered_without_a_start(shell: str, place: Place) -> None:
    need(shell)
    lines = [line for line, _ in CASES]
    assert dict(zip(lines, SHELLS[shell](place, *lines), strict=True)) == dict(CASES)
    assert place.starts() == []


@pytest.mark.parametrize("shell", SHELLS)
def test_profiles_are_asked_for(shell: str, place: Place) -> None:
    need(shell)
    lines = [line for line, _ in PROFILES]
    assert dict(zip(lines, SHELLS[shell](place, *lines), strict=True)) == dict(PROFILES)
    assert set(place.starts()) == {"--complete-profiles"}
    assert len(place.starts()) >= len(lines)


@pytest.mark.parametrize("shell", SHELLS)
def test_fields_are_offered_behind_a_comma(shell: str, place: Place) -> None:
    need(shell)
    line = "orderctl list --fields id,updat"
    if shell == "zsh":
        with zsh_terminal(place) as terminal:
            assert terminal.complete(line).rstrip(", ") == "orderctl list --fields id,updated_at"
    else:
        assert SHELLS[shell](place, line) == [{"id,updated_at"}]
    assert SHELLS[shell](place, "orderctl --fields id lis") == [{"list", "listen"}]


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_every_option_is_offered(shell: str, place: Place) -> None:
    need(shell)
    offered, options = SHELLS[shell](place, "orderctl ", "orderctl create --")
    assert {"create", "get", "list", "update", "cancel", "push", "auth", "help"} <= offered
    if shell != "zsh":
        assert {"--reference", "--line", "--from", "--profile", "--unpaid", "--help"} <= options


@pytest.mark.parametrize(
    "line, completed", [("orderctl get --output=jsonl -p ti", "till "), ("orderctl get --color=ne", "never ")]
)
@pytest.mark.parametrize(
    "first",
    ["", "source /usr/share/bash-completion/bash_completion; ", "COMP_WORDBREAKS=${COMP_WORDBREAKS//=}; "],
    ids=["bare", "bash-completion", "no break at ="],
)
def test_bash_on_a_terminal(first: str, line: str, completed: str, place: Place) -> None:
    need("bash")
    with bash_terminal(place, first=first) as shell:
        assert shell.complete("orderctl compl") == "orderctl completion "
        assert shell.complete("orderctl -p shop profile sh") == "orderctl -p shop profile show "
        assert shell.complete("orderctl create --from or") == "orderctl create --from orders.csv "
        assert shell.complete(line).endswith(completed)


def test_bash_offers_a_file_with_spaces_and_one_behind_a_field(place: Place) -> None:
    need("bash")
    (place.folder / "my scan.pdf").touch()
    with bash_terminal(place) as shell:
        assert shell.complete("orderctl update 1 --file my") == "orderctl update 1 --file my\\ scan.pdf "
        assert shell.complete("orderctl update 1 --file invoice=ord") == "orderctl update 1 --file invoice=orders.csv "


def test_zsh_takes_the_script_from_standard_input(place: Place) -> None:
    need("zsh")
    program = "autoload -Uz compinit; compinit -u -D; source <(orderctl completion zsh); print $_comps[orderctl]"
    assert place.run("zsh", "-f", "-c", program) == "_orderctl\n"


def test_the_name_of_a_profile_is_never_run(place: Place) -> None:
    need("bash", "fish")
    Path(place.environ["ORDERCTL_CONFIG"]).write_text('[profiles."$(touch ran)"]\n[profiles.a]\n', encoding="utf-8")
    assert bash(place, "orderctl -p ") == fish(place, "orderctl -p ") == [{"a", *SANDBOXES}]
    assert not (place.folder / "ran").exists()
