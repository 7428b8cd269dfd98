"""Where the config file and the state folder are on this machine, and how private folders and files are written."""

import contextlib
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from orderctl.errors import ConfigError, MachineRefused

APP = "orderctl"


def config_file(environ: Mapping[str, str], option: str | None = None) -> Path:
    """Return where the config file is: `--config`, else ORDERCTL_CONFIG, else the platform's config folder.

    The file need not exist; `named` tells whether the user asked for this one. Raises ConfigError where there is no
    home folder.
    """
    given = option or environ.get("ORDERCTL_CONFIG")
    if given:
        return expand(given, environ)
    return _base(environ, "XDG_CONFIG_HOME", ".config", "user_config_path") / "config.toml"


def named(environ: Mapping[str, str], option: str | None = None) -> bool:
    """Return whether the user named the config file, so that its absence is an error."""
    return bool(option or environ.get("ORDERCTL_CONFIG"))


def state_folder(environ: Mapping[str, str]) -> Path:
    """Return the folder of the journal, the locks and the sandbox: ORDERCTL_STATE_DIR, else the platform's.

    Nothing is made; see `private_folder`. Raises ConfigError where there is no home folder, or the path is relative:
    another working folder would be another state.
    """
    given = environ.get("ORDERCTL_STATE_DIR")
    if given:
        if not given.startswith(("/", "~/")) and given != "~" and not Path(given).is_absolute():
            raise ConfigError(
                f"ORDERCTL_STATE_DIR is not an absolute path: {given}",
                hint=f"set it to an absolute path, such as {expand(given, environ)}",
            )
        return expand(given, environ)
    return _base(environ, "XDG_STATE_HOME", ".local/state", "user_state_path")


def private_folder(path: Path) -> Path:
    """Return `path`, made if it was missing, with every missing folder above it, mode 0700.

    A folder that exists keeps its mode: what orderctl keeps in it is 0600. It may be a symbolic link of the user's
    own, or root's. Raises MachineRefused where it cannot be made or written.
    """
    try:
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
        found = path.lstat()
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    if not path.is_dir():
        raise _unusable(path, "it is a file")
    if stat.S_ISLNK(found.st_mode) and found.st_uid not in {user(found), 0}:
        raise _unusable(path, "it is a symbolic link of another user")
    if not os.access(path, os.W_OK | os.X_OK):
        raise _unusable(path, "it is not writable")
    return path


def subfolder(state: Path, name: str) -> Path:
    """Return a folder in the state folder, made if it was missing, mode 0700.

    Raises MachineRefused where it cannot be made or written, is a symbolic link, or belongs to another user.
    """
    path = state / name
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            raise _unusable(path, "it is a symbolic link, and none is followed in the state folder")
        if found.st_uid != user(found):
            raise _unusable(path, f"it belongs to another user (id {found.st_uid})")
    return private_folder(path)


def user(found: os.stat_result) -> int:
    """Return the id of the user who runs this; where users have none, the owner of what was found."""
    return os.geteuid() if hasattr(os, "geteuid") else found.st_uid


def private_file(path: Path, content: bytes) -> None:
    """Replace a file as a whole, mode 0600: after a crash or on a full disk the old content is still there.

    A symbolic link stays and the file that it names is replaced: this is for the user's own files, see `files.write`
    for those in the state folder. Raises OSError.
    """
    replace_file(Path(os.path.realpath(path)), content)


def replace_file(path: Path, content: bytes) -> None:
    """Put a new file, mode 0600, in the place of whatever has that name. Raises OSError."""
    new = path.with_name(f".{path.name}.{os.urandom(6).hex()}")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # not every file system lets a folder be synced; the content is safe already
        sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Have the disk know the names in a folder. Raises OSError."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def expand(given: str, environ: Mapping[str, str], *, base: Path | None = None) -> Path:
    """Return the absolute path that a user wrote: `~` is the home folder, a relative one starts at `base` or here.

    Raises MachineRefused where the working folder is gone.
    """
    if given == "~" or given.startswith("~/"):
        return _home(environ) / given[2:]
    if base is not None or given.startswith("/"):
        return Path(base or "/", given)
    try:
        return Path.cwd() / given
    except FileNotFoundError:
        raise MachineRefused(
            f"{given!r} is relative to the working folder, which is not there any more",
            hint="go to a folder that is there, or give an absolute path",
        ) from None


def _base(environ: Mapping[str, str], variable: str, below_home: str, elsewhere: str) -> Path:
    """Return our folder by the XDG rules (a relative XDG path is to be ignored), on other systems by theirs."""
    if sys.platform != "linux":  # platformdirs costs more than an interpreter start: not where XDG says it all
        import platformdirs  # noqa: PLC0415

        return Path(getattr(platformdirs, elsewhere)(APP, appauthor=False))
    given = environ.get(variable, "")
    return (Path(given) if given.startswith("/") else _home(environ) / below_home) / APP


def _home(environ: Mapping[str, str]) -> Path:
    try:
        home = Path(environ.get("HOME") or Path.home())
    except RuntimeError as error:
        raise ConfigError("there is no home folder: HOME is not set", hint="set HOME") from error
    if not home.is_absolute():
        raise ConfigError(f"HOME is not an absolute path: {home}", hint="set HOME to an absolute path")
    return home


def _unusable(path: Path, reason: str) -> MachineRefused:
    return MachineRefused(
        f"cannot write to the folder {path}: {reason}",
        hint="make it writable, or name another folder: ORDERCTL_STATE_DIR",
        code="state.unwritable",
    )
