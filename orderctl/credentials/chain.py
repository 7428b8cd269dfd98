"""Where secrets come from: one chain of sources, the first that has a secret wins. The only importer of keyring.

A secret is hidden from all output as soon as it was read. No source is silent about trouble: one that is named and
cannot be used ends the search, and the keyring, which may be locked, absent or deaf, is given two seconds.
"""

import contextlib
import json
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from orderctl.backend.vendor import Profile, Secret, Vendor
from orderctl.credentials.sources import QUICK, SecretRequest, SecretValue, clean, from_command, pick, variable_for
from orderctl.errors import CredentialError, OrderctlError
from orderctl.frozen import dataclass
from orderctl.redaction import hide
from orderctl.stand_ins import replaced_modules
from orderctl.state import files
from orderctl.state.paths import private_folder

SERVICE = "orderctl"
PATIENCE = 2.0
"""Seconds that the keyring has for a call."""

REMEMBERED = "keyring.json"
MAX_NOTE = 4096
"""The file in the state folder that names the backend of the last login, so that later runs need not look for one."""

BACKENDS = {
    "darwin": ("keyring.backends.macOS.Keyring",),
    "linux": (
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.kwallet.DBusKeyringKWallet4",
    ),
    "win32": ("keyring.backends.Windows.WinVaultKeyring",),
}
"""The backends that keep a secret from other people, by platform; others forget it or write it down in the open."""

LATER = ("importlib_metadata", "urllib.request")
"""What keyring imports for what we do not ask of it: 0.7 and 1.0 interpreter starts."""

CHAINER = "keyring.backends.chainer.ChainerBackend"
TRUSTED = frozenset(name for names in BACKENDS.values() for name in names)

KEYRING = "keyring"
PROMPT = "prompt"
"""What the sources of secrets other than files and variables are called; a keyring has its backend's name behind it."""

T = TypeVar("T")


@dataclass(frozen=True)
class SecretStatus:
    """The source that has a secret, or why it cannot be read; neither where it is missing."""

    secret: Secret
    source: str | None = None
    problem: str | None = None


class Credentials:
    """The chain of one run. `prompt` asks on a terminal without echo, None asks nothing; `ask` shows what is typed.

    `environ` is the process's environment, `state` the state folder (or what makes it, called only where needed),
    `stdin_json` the text of `--secrets-stdin`; without `keyring` the keyring is not asked. `sources` says where each
    secret of the last `read` came from.
    """

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        state: Path | Callable[[], Path],
        stdin_json: str | None = None,
        prompt: Callable[[str], str] | None = None,
        ask: Callable[[str], str] | None = None,
        keyring: bool = True,
    ) -> None:
        self._environ = environ
        self._state = state
        self._stdin_json = stdin_json
        self._prompt = prompt
        self._ask = ask or prompt
        self._has_keyring = keyring
        self._backend: Any = None
        self._trouble: CredentialError | None = None
        self.sources: dict[str, str] = {}

    def read(self, profile: Profile, vendor: Vendor, *, need: Collection[str] = ()) -> dict[str, str]:
        """Return the secrets of a profile by name: the required ones, those in `need`, and others where found.

        An optional secret is looked for only as far as the search for the required ones goes, so that a run with its
        secrets in the environment opens no keyring. Raises CredentialError, naming the secret, what was tried and a
        way out.
        """
        if profile.sandbox:
            return dict(vendor.sandbox_secrets)
        names = [s.name for s in vendor.secrets]
        wanted = [s.name for s in vendor.secrets if s.required or s.name in need]
        found: dict[str, SecretValue] = {}
        trouble = self._search(profile, vendor, wanted or names, found)
        missing = [s for s in vendor.secrets if s.name in wanted and s.name not in found and s.unless not in found]
        if not (missing or found):  # a vendor with a choice of secrets, and none is there
            missing = list(vendor.secrets)
        if missing and (self._prompt is None or not wanted):
            raise self._missing(profile, vendor, [s.name for s in missing], trouble)
        for secret in missing:
            prompt = self._ask if secret.visible else self._prompt
            value = prompt(question(profile, vendor, secret)) if prompt else ""
            if not value:
                raise self._missing(profile, vendor, [secret.name], trouble)
            hide(secret.name, clean(value, repr(secret.name)))
            found[secret.name] = SecretValue(value, PROMPT)
        self.sources = {name: found[name].source for name in found}
        return {name: found[name].value for name in names if name in found}

    def optional(self, profile: Profile, vendor: Vendor, name: str) -> str | None:
        """Return one secret, whatever there is of the others; None where no source has it.

        Raises CredentialError where a source that may have it cannot be read: also a keyring that a login has used.
        """
        if profile.sandbox:
            return vendor.sandbox_secrets.get(name)
        found: dict[str, SecretValue] = {}
        trouble = self._search(profile, vendor, [name], found)
        if name in found:
            return found[name].value
        if trouble and self.used:
            raise trouble
        return None

    def status(self, profile: Profile, vendor: Vendor) -> list[SecretStatus]:
        """Return where each secret of a profile comes from, never the secret. Raises nothing."""
        if profile.sandbox:
            return [SecretStatus(s, source="built in") for s in vendor.secrets if s.name in vendor.sandbox_secrets]
        found: dict[str, SecretValue] = {}
        try:
            trouble = self._search(profile, vendor, [s.name for s in vendor.secrets], found)
        except CredentialError as error:
            trouble = error
        statuses = []
        for secret in vendor.secrets:
            source = found[secret.name].source if secret.name in found else None
            problem = trouble.message if trouble and source is None and secret.required else None
            statuses.append(SecretStatus(secret, source, problem))
        return statuses

    @property
    def used(self) -> bool:
        """Whether a login from this state folder ever kept anything in the keyring."""
        note = self._note()
        return note is not None and note.exists()

    def open(self, profile: Profile, vendor: Vendor) -> None:
        """Raise CredentialError where the keyring cannot be used, before anybody types a secret for it.

        Raises MachineRefused where the note about it, in the state folder, is not a file of ours.
        """
        note = self._note()
        if note is not None:
            files.check(note)
        try:
            backend = _in_time(partial(self._keyring, look=True))
            _in_time(partial(backend.get_password, SERVICE, f"{profile.name}/{vendor.secrets[0].name}"))
        except CredentialError as error:
            needed = [s.name for s in vendor.secrets if s.required] or [s.name for s in vendor.secrets]
            raise _with_ways(error, _ways(profile, needed)) from error

    def store(self, profile: Profile, vendor: Vendor, values: Mapping[str, str]) -> str:
        """Keep secrets in the OS keyring and return its name. Each is read back: some backends accept and forget.

        Raises CredentialError where there is no keyring that is trusted, or it is locked or does not answer.
        """
        for name, value in values.items():
            hide(name, clean(value, repr(name)))
        try:
            backend = _in_time(partial(self._keyring, look=self._backend is None))
            for name, value in values.items():
                if _in_time(partial(_put, backend, f"{profile.name}/{name}", value)) != value:
                    raise _trouble(f"{_label(backend)} took {name!r} and did not give it back", code="unsafe")
        except CredentialError as error:
            raise _with_ways(error, _ways(profile, list(values))) from error
        self._remember(backend)
        return _label(backend)

    def forget(self, profile: Profile, vendor: Vendor) -> list[str]:
        """Take a profile's secrets out of the OS keyring and return the names of those that were in it."""
        backend = _in_time(self._keyring)
        return [s.name for s in vendor.secrets if _in_time(partial(_drop, backend, f"{profile.name}/{s.name}"))]

    def _search(
        self, profile: Profile, vendor: Vendor, wanted: Iterable[str], found: dict[str, SecretValue]
    ) -> CredentialError | None:
        """Fill `found` from the sources in their order; return the keyring's trouble, which a prompt may make good.

        The last two sources cost a process and a D-Bus call: they are asked only while a wanted secret is missing.
        """
        names = [s.name for s in vendor.secrets]
        others = {s.name: s.unless for s in vendor.secrets}

        def missing() -> list[str]:
            return [name for name in names if name not in found]

        def keep(more: Mapping[str, SecretValue]) -> None:
            for name, entry in more.items():
                hide(name, entry.value)
                found[name] = entry

        def enough() -> bool:
            return all(name in found or others[name] in found for name in wanted)

        for source in QUICK:
            if missing():
                keep(source(SecretRequest(profile, missing(), self._environ, self._stdin_json)))
        if not enough():
            keep(from_command(SecretRequest(profile, missing(), self._environ)))
        if enough() or not self._has_keyring:
            return None
        try:
            keep(self._from_keyring(profile, missing()))
        except CredentialError as error:
            return error
        return None

    def _from_keyring(self, profile: Profile, names: list[str]) -> dict[str, SecretValue]:
        """Return what the keyring has. All its calls together have two seconds; after trouble it is not asked again."""
        if self._trouble:
            raise self._trouble
        try:
            label, values = _in_time(partial(self._fetch, profile, names))
        except CredentialError as error:
            self._trouble = error
            raise
        kept = {name: clean(value, f"keyring: {name!r}") for name, value in values.items() if value}
        return pick(kept, names, label)

    def _fetch(self, profile: Profile, names: list[str]) -> tuple[str, dict[str, str | None]]:
        backend = self._keyring()
        values = {name: backend.get_password(SERVICE, f"{profile.name}/{name}") for name in names}
        return f"{KEYRING} ({_label(backend)})", values

    def _keyring(self, *, look: bool = False) -> Any:
        """Return the backend of the last login, or look for one. Called on the keyring's time."""
        if self._backend is None or look:
            chosen = self._environ.get("PYTHON_KEYRING_BACKEND")
            self._backend = (None if look or chosen else self._remembered()) or _detect(chosen)
        return self._backend

    def _remembered(self) -> Any:
        note = self._note()
        try:
            name = json.loads(files.read(note, largest=MAX_NOTE))["backend"] if note is not None else ""
        except (OSError, ValueError, KeyError, TypeError, OrderctlError):
            return None
        try:
            return _class(name)() if name in _here() else None
        except Exception:  # noqa: BLE001  (a backend that was removed since: look again)
            return None

    def _remember(self, backend: Any) -> None:
        """Note the backend for later runs; one that cannot be noted only costs them time."""
        note = self._note()
        if note is not None:
            with contextlib.suppress(OrderctlError):
                files.write(note, json.dumps({"backend": _qualified(backend)}).encode())

    def _note(self) -> Path | None:
        """Return where the backend is noted, None where the state folder cannot be used."""
        try:
            return (self._state() if callable(self._state) else private_folder(self._state)) / REMEMBERED
        except OrderctlError:
            return None

    def _missing(
        self, profile: Profile, vendor: Vendor, names: list[str], trouble: CredentialError | None
    ) -> CredentialError:
        """Return the error for secrets that no source has."""
        tried = [
            *(["--secrets-stdin"] if self._stdin_json is not None else []),
            *(["$CREDENTIALS_DIRECTORY"] if self._environ.get("CREDENTIALS_DIRECTORY") else []),
            *([f"secrets_file {profile.secrets_file}"] if profile.secrets_file else []),
            *(variable_for(profile, name) for name in names),
            *([f"credential_command {profile.credential_command[0]!r}"] if profile.credential_command else []),
            *([] if trouble or not self._has_keyring else ["the keyring"]),
        ]
        message = f"no {' and no '.join(names)} for profile {profile.name!r} ({vendor.title}): tried {', '.join(tried)}"
        ways = _ways(profile, names)
        if trouble:
            return _with_ways(
                CredentialError(f"{message}; {trouble.message}", hint=trouble.hint, code=trouble.code), ways
            )
        return CredentialError(message, hint=f"log in: orderctl auth login -p {profile.name}; or {ways}")


def rejected(sources: Mapping[str, str], *, login: str) -> str:
    """Return what to do about a login that the vendor rejected, naming the source of each secret.

    `login` says how to log in again, for secrets that are all in the keyring.
    """
    if set(sources.values()) == {PROMPT}:
        return f"check the {' and '.join(sources)} you typed"
    by_source: dict[str, list[str]] = {}
    for name, source in sources.items():
        by_source.setdefault(source, []).append(name)
    origin = ", ".join(f"{' and '.join(names)} {_from(source)}" for source, names in by_source.items())
    if all(source.startswith(KEYRING) for source in sources.values()):
        return f"{login}; rejected: {origin}"
    return f"fix it at its source: {origin}"


def _from(source: str) -> str:
    if source == PROMPT:
        return "as you typed it"
    return f"from {source}" if source.startswith("--") else f"from the {source}"


def question(profile: Profile, vendor: Vendor, secret: Secret) -> str:
    """Return what to ask on a terminal for a secret."""
    return f"{vendor.title} {secret.name} for profile {profile.name} ({secret.note}):"


def _ways(profile: Profile, names: Iterable[str]) -> str:
    """Return the ways around the keyring."""
    variables = " and ".join(variable_for(profile, name) for name in names)
    return f"set {variables}, or a secrets_file or credential_command in the profile (orderctl help credentials)"


def _with_ways(error: CredentialError, ways: str) -> CredentialError:
    return CredentialError(error.message, hint=f"{error.hint}, or {ways}" if error.hint else ways, code=error.code)


def _in_time(work: Callable[[], T]) -> T:
    """Return what a call of the keyring returns. It may wait for ever for a prompt: in a thread, left behind.

    Raises CredentialError, whatever the backend raised.
    """
    with contextlib.suppress(Exception), replaced_modules(later=LATER):
        _class(_here()[0])  # imported here, for a cold disk is slow: not on the keyring's time
    values: list[T] = []
    errors: list[BaseException] = []

    def call() -> None:
        try:
            values.append(work())
        except BaseException as error:  # noqa: BLE001  (it is raised again, in the thread that waits)
            errors.append(error)

    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if values:
        return values[0]
    if not errors:
        raise _trouble(
            f"the keyring did not answer within {PATIENCE:g} seconds",
            hint="answer its prompt, if it shows one, and run again",
            code="timeout",
        )
    raise _translated(errors[0]) from errors[0]


def _translated(error: BaseException) -> CredentialError:
    from keyring.errors import InitError, KeyringLocked  # noqa: PLC0415

    if isinstance(error, CredentialError):
        return error
    if isinstance(error, KeyringLocked | InitError):
        return _trouble("the keyring is locked", hint="unlock it", code="locked")
    said = " ".join(str(error).split())[:200]
    return _trouble(f"the keyring cannot be used: {type(error).__name__}{f': {said}' if said else ''}", code="broken")


def _trouble(message: str, *, hint: str = "", code: str) -> CredentialError:
    return CredentialError(message, hint=hint, code=f"credentials.keyring_{code}")


def _here() -> tuple[str, ...]:
    """Return the trusted backends of this platform."""
    return BACKENDS.get(sys.platform, BACKENDS["linux"])


def _class(name: str) -> Any:
    module, _, attribute = name.rpartition(".")
    return getattr(import_module(module), attribute)


def _detect(chosen: str | None) -> Any:
    """Return the backend that the user configured for keyring, or the best trusted one that is there."""
    from keyring import core  # noqa: PLC0415  (importing keyring costs as much as eight interpreter starts)

    configured = core.load_keyring(chosen) if chosen else core.load_config()
    if configured is not None:
        if not _trusted(configured):
            raise _trouble(
                f"the keyring backend {_qualified(configured)} is not one that protects secrets", code="unsafe"
            )
        return configured
    found: list[tuple[float, int, Any]] = []
    for name in _here():
        try:
            backend = _class(name)
            found.append((backend.priority, -len(found), backend))
        except Exception:  # noqa: BLE001, S112  (keyring's way to say that a backend is not there: any error)
            continue
    if not found:
        raise _trouble("there is no keyring on this machine", code="absent")
    return max(found)[2]()


def _trusted(backend: Any) -> bool:
    name = _qualified(backend)
    return name in TRUSTED or (name == CHAINER and all(_trusted(b) for b in backend.backends))


def _qualified(backend: Any) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _label(backend: Any) -> str:
    """Return a backend's name as people know it."""
    return type(backend).__module__.rpartition(".")[2]


def _put(backend: Any, user: str, value: str) -> Any:
    """Keep a secret and return what the backend then has."""
    backend.set_password(SERVICE, user, value)
    return backend.get_password(SERVICE, user)


def _drop(backend: Any, user: str) -> bool:
    """Return whether a secret was there to be taken out."""
    if backend.get_password(SERVICE, user) is None:
        return False
    backend.delete_password(SERVICE, user)
    return True
