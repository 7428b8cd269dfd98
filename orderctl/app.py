"""What a command works with: profile, credentials, client, backend and output, each created at its first use."""

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from orderctl import redaction
from orderctl.backend import registry
from orderctl.backend.contract import Backend, Connection
from orderctl.backend.vendor import Capability, Profile, Vendor
from orderctl.errors import ConfigError, LoginRefused, OrderctlError, UsageError
from orderctl.frozen import dataclass
from orderctl.model import NOTHING
from orderctl.output import Output
from orderctl.signals import Stop
from orderctl.state import files
from orderctl.state.paths import config_file, named, private_folder, state_folder, subfolder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orderctl.backend.prepared import Prepared
    from orderctl.config.file import Config
    from orderctl.credentials.chain import Credentials
    from orderctl.events.inbox import Inbox
    from orderctl.http import Client, DryRun
    from orderctl.http.trace import Trace
    from orderctl.journal.journal import Journal
    from orderctl.journal.sqlite import SqliteStore
    from orderctl.journal.store import Account
    from orderctl.sandbox import Emulator
    from orderctl.write.send import Sender


JOURNAL = "journal.sqlite"
"""The journal's file in the state folder."""


@dataclass(frozen=True, kw_only=True)
class Common:
    """The options that every command has."""

    profile: str | None = None
    output: str | None = None
    fields: str | None = None
    dry_run: bool = False
    yes: bool = False
    no_input: bool = False
    quiet: bool = False
    verbose: bool = False
    trace: str | None = None
    reveal: bool = False
    timeout: str | None = None
    deadline: str | None = None
    lock: str | None = None
    config: str | None = None
    color: str | None = None
    secrets_stdin: bool = False


class App:
    """One run of one command. `environ`, and the standard streams behind `output`, are its only surroundings."""

    def __init__(self, common: Common, *, environ: Mapping[str, str], stop: Stop | None = None) -> None:
        self.common = common
        self.environ = environ
        self.stop = stop or Stop()
        self.started = time.monotonic()
        self.dry: DryRun | None = None
        self.dry_summary = ""
        self._open: list[Client | Emulator | Inbox | Journal | SqliteStore] = []

    @property
    def config_path(self) -> Path:
        """Where the config file is, or would be."""
        return config_file(self.environ, self.common.config)

    @cached_property
    def config(self) -> "Config":
        """The config file, read."""
        from orderctl.config.file import load  # noqa: PLC0415  (not every command reads it)

        path = config_file(self.environ, self.common.config)
        return load(path, self.environ, explicit=named(self.environ, self.common.config))

    @property
    def profile_named(self) -> str | None:
        """What -p or ORDERCTL_PROFILE names, None where neither does; for a list it may be several, or all."""
        return self.common.profile or self.environ.get("ORDERCTL_PROFILE") or None

    @cached_property
    def output(self) -> Output:
        """Where everything is printed; a dry run drops the command's data, for its data is what it would send."""
        return self._output(StringIO() if self.common.dry_run else None)

    def _output(self, stdout: TextIO | None) -> Output:
        return Output(
            format=self.common.output or self.environ.get("ORDERCTL_OUTPUT") or self._default("output") or "table",
            fields=tuple(f.strip() for f in (self.common.fields or "").split(",") if f.strip()),
            color=self.common.color or self._default("color") or "auto",
            quiet=self.common.quiet,
            asked=self.common.output is not None,
            verbose=self.common.verbose,
            environ=self.environ,
            redact=redaction.redact,
            stdout=stdout,
        )

    def _default(self, key: str) -> Any:
        """Return a default from the config file; a file that cannot be read fails where it is needed, not here."""
        try:
            return getattr(self.config, key)
        except OrderctlError:
            return None

    @cached_property
    def profile(self) -> Profile:
        """The profile that this command talks to."""
        return self.config.choose(self.common.profile, self.environ, write=False)

    @cached_property
    def vendor(self) -> Vendor:
        """The profile's vendor."""
        return registry.vendor(self.profile.vendor)

    @property
    def state(self) -> Path:
        """The state folder, made if it was missing."""
        return private_folder(state_folder(self.environ))

    @property
    def interactive(self) -> bool:
        """Whether a question may be asked: there is a terminal, and no --no-input."""
        return (
            not self.common.no_input
            and not self.environ.get("ORDERCTL_NO_INPUT")
            and sys.stdin is not None
            and sys.stdin.isatty()
            and sys.stderr is not None
            and sys.stderr.isatty()
        )

    @cached_property
    def seconds(self) -> tuple[float | None, float | None]:
        """The limits of one request and of the whole run, in seconds."""
        return self._seconds("timeout"), self._seconds("deadline")

    @property
    def ends(self) -> float | None:
        """The moment (of `time.monotonic`) at which the whole run must have ended, None where there is no deadline."""
        deadline = self.seconds[1]
        return None if deadline is None else self.started + deadline

    def _seconds(self, name: str) -> float | None:
        given = getattr(self.common, name) or self.environ.get(f"ORDERCTL_{name.upper()}")
        if given is None:
            default = self._default(name)
            return None if default is None else float(default)
        try:
            seconds = float(given)
        except ValueError:
            seconds = 0.0
        if not 0 < seconds < 1e6:
            raise UsageError(f"--{name} {given}: needs a number of seconds above 0")
        return seconds

    @cached_property
    def credentials(self) -> "Credentials":
        """The chain that secrets come from."""
        from orderctl.credentials.chain import Credentials  # noqa: PLC0415  (nothing is read before a capability is known)

        return Credentials(
            environ=self.environ,
            state=lambda: self.state,
            stdin_json=self.given_secrets,
            prompt=self.output.secret if self.interactive else None,
            ask=self.output.ask if self.interactive else None,
        )

    @cached_property
    def given_secrets(self) -> str | None:
        """The text of --secrets-stdin, None without it."""
        return _read_stdin() if self.common.secrets_stdin else None

    def backend(self, *capabilities: Capability) -> Backend:
        """Return an open connection. Raises Unsupported, before any secret is read, for what the vendor cannot do."""
        for capability in capabilities:
            self.vendor.require(capability)
        secrets = {s.name: redaction.HIDDEN for s in self.vendor.secrets if s.required}
        if not self.common.dry_run:
            secrets = dict(self.credentials.read(self.profile, self.vendor))
        for name in (s.name for s in self.vendor.secrets):
            redaction.hide(name, secrets.get(name, ""))
        return self.connect(secrets)

    def connect(self, secrets: Mapping[str, str]) -> Backend:
        """Return an open connection with these secrets."""
        return self.vendor.connect(
            Connection(
                profile=self.profile,
                secrets=secrets,
                reader=self.client.reader(),
                notice=self.output.warning,
                state=lambda: self.state,
            )
        )

    def sender(self, *capabilities: Capability) -> "Sender":
        """Return what sends writes. Raises Unsupported, before any secret is read, for what the vendor cannot do."""
        from orderctl.write.send import Sender  # noqa: PLC0415  (only writes need it)

        backend = self.backend(*capabilities)
        return Sender(backend, self.client, lambda: self.journal, stop=self.stop, warn=self.output.warning)

    @cached_property
    def journal(self) -> "Journal":
        """The record of this run's writes. Raises MachineRefused where it cannot be written: then nothing is sent."""
        from orderctl.journal.journal import Journal  # noqa: PLC0415  (SQLite, for those who write)
        from orderctl.journal.runs import Run  # noqa: PLC0415  (only where something is written)

        store, run = self.journal_store(), Run(self.state)
        clock = self.client.clock
        journal = Journal(store, run, account=self.account, now=clock.utc, pause=clock.sleep)
        self._open.append(journal)
        return journal

    def journal_store(self, *, check: bool = True) -> "SqliteStore":
        """Return the journal's file, opened, and as a whole checked where it is not too large."""
        from orderctl.journal.sqlite import SqliteStore  # noqa: PLC0415  (SQLite, for those who write)

        return SqliteStore(self.state / JOURNAL, deadline=None, check=check)

    def journal_for_reading(self) -> "SqliteStore | None":
        """Return the journal's file, None where there is none: nothing is made.

        One that cannot be written is read as far as SQLite can. Raises MachineRefused where it cannot.
        """
        path = state_folder(self.environ) / JOURNAL
        if files.check(path) is None:
            return None
        from orderctl.journal.sqlite import SqliteStore  # noqa: PLC0415  (SQLite, where there is a journal)

        writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)
        store = SqliteStore(path, deadline=self.ends, check=False, read_only=not writable)
        self._open.append(store)
        return store

    def is_journal(self, path: str) -> bool:
        """Return whether a file that a user names is the journal."""
        try:
            return (state_folder(self.environ) / JOURNAL).samefile(path)
        except (OSError, ValueError, OrderctlError):
            return False

    def _trace(self) -> "Trace | None":
        """Return the file of --trace, opened, None without it and in a dry run. Raises UsageError."""
        path = self.common.trace
        if not path or self.common.dry_run:
            return None
        from orderctl.http.trace import Trace  # noqa: PLC0415  (only for --trace)

        if self.is_journal(path):
            raise UsageError(f"--trace {path} is the journal; name another file; nothing was sent")
        return Trace(Path(path), mask=None if self.common.reveal else self.vendor.mask(self.profile))

    def account(self, prepared: "Prepared | None" = None) -> "Account":
        """Return whose rows in the journal this profile's writes are, or those of an order as it is sent."""
        sent = prepared.content if prepared else NOTHING
        return self._account if self._naming.isdisjoint(sent) else self._account_of(sent)

    @cached_property
    def _naming(self) -> frozenset[str]:
        """The vendor's options that say which account an order goes to."""
        return frozenset(option.name for option in self.vendor.options if option.identity)

    @cached_property
    def _account(self) -> "Account":
        return self._account_of(NOTHING)

    def _account_of(self, sent: Mapping[str, Any]) -> "Account":
        from orderctl.config.file import target  # noqa: PLC0415  (not every command reads it)
        from orderctl.journal.store import Account  # noqa: PLC0415  (only where the journal is asked)

        named = target(self.profile, self.vendor, sandbox=self.sandbox_id, sent=sent)
        return Account(target=named, profile=self.profile.name, vendor=self.vendor.name)

    @cached_property
    def sandbox_id(self) -> str:
        """The id of the sandbox's store, made where it is missing; "" for a profile of a real vendor."""
        if not self.profile.sandbox:
            return ""
        from orderctl.sandbox import identity  # noqa: PLC0415  (only where the vendor is an emulator)

        return identity(self.sandbox_store(), self.vendor.name, deadline=self.ends)

    @cached_property
    def client(self) -> "Client":
        """The client of this profile: to the network, the sandbox, or nowhere in a dry run."""
        from orderctl import http  # noqa: PLC0415  (a third of the start-up: only where bytes are sent)

        transport: Any
        if self.common.dry_run:
            self.dry = self.dry or http.DryRun()
            transport = self.dry
        elif self.profile.sandbox:
            from orderctl.sandbox import faults, load  # noqa: PLC0415

            store, vendor = self.sandbox_store(), self.profile.vendor
            given = self.environ.get("ORDERCTL_SANDBOX_FAULT", "").split()
            try:
                emulator = load(vendor, store, faults=given, identity=self.sandbox_id, deadline=self.ends)
            except ValueError as error:
                what = f"ORDERCTL_SANDBOX_FAULT: {error}"
                raise UsageError(what, hint="see: orderctl help sandbox") from error
            self._open.append(emulator)
            transport = http.wsgi(emulator, lost=faults.ConnectionLost)
        else:
            transport = http.network(self.profile.url)
        client = http.Client(
            transport,
            rate=None if self.profile.sandbox or self.common.dry_run else self.profile.rate,
            rate_file=lambda: http.rate_file(self.state, vendor=self.profile.vendor, url=self.profile.url),
            timeout=self.seconds[0],
            deadline=self.ends,
            busy_wait=self.vendor.busy_wait,
            trace=self._trace(),
            clock=http.Clock(sleep=self.stop.sleep),
            patient=lambda: self.stop.patient,
            say=self.output.detail if self.common.verbose else None,
        )
        self._open.append(client)
        return client

    def sandbox_store(self, vendor: str | None = None) -> Path:
        """Return where the sandbox keeps its orders."""
        return subfolder(self.state, "sandbox") / f"{vendor or self.profile.vendor}.sqlite"

    def inbox(self, *, patience: float = 10.0, serving: bool = False) -> "Inbox":
        """Return the inbox of pushed order changes, whose calls wait so many seconds for other processes.

        They wait no longer than the run may last; a server's still finish what is under way at its end.
        """
        from orderctl.events.inbox import Inbox  # noqa: PLC0415  (SQLite, for those who listen)

        inbox = Inbox(self.state / "inbox.sqlite", patience=patience, deadline=None if serving else self.ends)
        self._open.append(inbox)
        return inbox

    def confirm(self, question: str) -> None:
        """Ask before something is deleted for good. Raises UsageError without a yes."""
        if self.common.yes or self.common.dry_run:
            return
        if not self.interactive:
            raise UsageError(
                f"{question} Cannot ask for confirmation: no terminal; nothing was done",
                hint="add --yes",
                code="usage.not_confirmed",
            )
        if not self.output.confirm(question):
            raise UsageError(f"not confirmed: {question} Nothing was done", code="usage.not_confirmed")

    def writes(self, capability: Capability) -> None:
        """Refuse a write whose profile is not named, or that its vendor does not support, before anything is read."""
        self.config.choose(self.common.profile, self.environ, write=True)
        self.vendor.require(capability)

    def allow_write(self, what: str, *, show: Callable[[], object] = bool) -> None:
        """Allow a write: the profile is named, and a protected one is confirmed by its name, or by --yes with -p.

        `what` is about to happen: "create 3 orders"; `show` is called before it is asked for. Raises UsageError where
        the write is not allowed.
        """
        self.config.choose(self.common.profile, self.environ, write=True)
        for option in self.vendor.options:
            if option.for_writes and not self.profile.settings.get(option.name):
                raise ConfigError(
                    f"profile {self.profile.name}: {option.name} is missing, and writes need it; nothing was sent",
                    hint=f'add {option.name} = "…" to the profile: {option.note}',
                    code="config.setting_needed",
                )
        named_it = self.common.yes and self.common.profile is not None
        asks = self.profile.protected and not self.common.dry_run and not named_it
        name = self.profile.name
        if asks and not self.interactive:
            raise UsageError(
                f"profile {name} is protected, and this would {what} at {self.vendor.title}; nothing was done",
                hint=f"to confirm, add --yes -p {name}",
                code="usage.protected",
            )
        show()
        if asks:
            question = f"This will {what} at {self.vendor.title}. Profile {name} is protected; type its name: "
            if self.output.ask(question) != name:
                raise UsageError("that is not the profile's name; nothing was done", code="usage.not_confirmed")

    @contextmanager
    def locked(self) -> "Iterator[None]":
        """Hold the lock that --lock names, for the length of the run."""
        if not self.common.lock:
            yield
            return
        from orderctl.state.lock import hold  # noqa: PLC0415  (few runs lock)

        with hold(self.state, self.common.lock):
            yield

    def explain(self, error: OrderctlError) -> OrderctlError:
        """Return the error; a rejected login names the source of each secret in its hint."""
        sources = self.credentials.sources if "credentials" in self.__dict__ else {}
        if isinstance(error, LoginRefused) and sources:
            from orderctl.credentials.chain import rejected  # noqa: PLC0415  (already loaded where there are sources)

            error.hint = rejected(
                sources, login=error.hint or f"log in again: orderctl auth login -p {self.profile.name}"
            )
        return error

    def note_end(self, command: str, code: int) -> None:
        """Keep how this run has ended, for `doctor`. A dry run, and one that came to no profile, is not kept."""
        if self.common.dry_run or "profile" not in self.__dict__:
            return
        import datetime as dt  # noqa: PLC0415  (runs that list or write)

        from orderctl.state import ended  # noqa: PLC0415  (runs that list or write)

        with suppress(OrderctlError):
            state = state_folder(self.environ)
            ended.note(state, self.profile.name, command, code, at=dt.datetime.now(dt.UTC))

    def show_requests(self) -> None:
        """Print what a dry run would have sent."""
        requests = self.dry.requests if self.dry else []
        output = self._output(None)
        if self.dry_summary:
            output.text(self.dry_summary + "\n")
        output.one("requests", {"schema": "orderctl.requests/1", "requests": requests})
        output.close()

    def close(self) -> None:
        """Close every connection, and what was opened in the state folder."""
        for opened in reversed(self._open):
            opened.close()


def _read_stdin() -> str:
    """Return standard input as text, at most a megabyte: secrets are never that long."""
    try:
        return sys.stdin.read(1_000_000) if sys.stdin is not None else ""
    except UnicodeDecodeError:
        raise UsageError("--secrets-stdin: standard input is not UTF-8") from None
