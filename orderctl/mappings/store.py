"""Where mappings come from: the package, one's own folder beside the config file, a file; or a file's own headings."""

import io
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from shlex import quote
from typing import Any

from pydantic import ValidationError

from orderctl.backend.fields import nearest
from orderctl.drafts.clean import clean
from orderctl.drafts.table import SEPARATORS
from orderctl.drafts.values import shown
from orderctl.errors import UsageError
from orderctl.frozen import dataclass, replace
from orderctl.mappings import model
from orderctl.mappings.terms import path_steps, value_at
from orderctl.words import fold

BUILTIN = Path(__file__).parent / "builtin"

ANY = "*"
"""What makes every heading optional that no amount, name or number needs: so are those of a built-in mapping."""


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A mapping, its name, its text, and its file where it is not built in."""

    name: str
    text: str
    mapping: model.Mapping
    path: Path | None = None
    asked: bool = False
    """Whether it was asked for by its file, not by its name."""

    @property
    def shown(self) -> str:
        """Return what names it on a command line."""
        if not self.asked or self.path is None:
            return self.name
        path = str(self.path)
        return quote(path if "/" in path or path.endswith(".toml") else f"./{path}")

    def where(self, section: str, key: str) -> str:
        """Return the place of a key in the mapping's file, for a message; "" of a built-in one."""
        if self.path is None or not section:
            return ""
        line = _line_of(self.text, section, key)
        return f" ({self.path.name}, line {line})" if line else f" ({self.path.name})"

    def table(self, name: str) -> Mapping[str, str]:
        """Return a table of two columns, theirs and ours. Raises UsageError."""
        folders = [self.path.parent if self.path else Path(), Path()]
        place = next((folder / name for folder in folders if (folder / name).is_file()), folders[0] / name)
        return _table(place)


def load(given: str, folder: Path | None) -> Loaded:
    """Return a mapping by its name, or from a file. Raises UsageError."""
    if given.endswith(".toml") or "/" in given:
        return replace(_of_file(Path(given)), asked=True)
    own = folder / f"{given}.toml" if folder else None
    if own is not None and own.is_file():
        return _of_file(own)
    if given in builtin_names():
        return builtin(given)
    known = [*builtin_names(), *own_names(folder)]
    close = nearest(given, known)
    raise UsageError(f"there is no mapping {shown(given)}", hint=f"{close}; see: orderctl mapping list".lstrip("; "))


def builtin_names() -> list[str]:
    """Return the names of the mappings that are built in."""
    return sorted(path.stem for path in BUILTIN.glob("*.toml") if path.stem != "refused")


def own_names(folder: Path | None) -> list[str]:
    """Return the names of one's own mappings."""
    return sorted(path.stem for path in folder.glob("*.toml")) if folder and folder.is_dir() else []


@cache
def builtin(name: str) -> Loaded:
    """Return a mapping that is built in; of the headings that it names, a file need have only those of amounts."""
    text = (BUILTIN / f"{name}.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    data.setdefault("optional", [ANY])
    return Loaded(name=name, text=text, mapping=model.Mapping.model_validate(data))


def own(folder: Path | None) -> list[Loaded]:
    """Return one's own mappings. Raises UsageError for one that cannot be read."""
    return [_of_file(folder / f"{name}.toml") for name in own_names(folder)] if folder else []


def recognised(headings: Sequence[str], folder: Path | None) -> list[Loaded]:
    """Return the mappings that know a file by its headings. Raises UsageError for an export that holds no orders."""
    folded = {fold(heading) for heading in headings if heading}
    for refused in _refused():
        if {fold(heading) for heading in refused["headings"]} <= folded:
            raise UsageError(f"this is {refused['says']}", code="file.no_orders")
    return _fitting(folder, lambda known: bool(known.headings) and {fold(h) for h in known.headings} <= folded)


def recognised_object(order: Any, folder: Path | None) -> list[Loaded]:
    """Return the mappings that know a file by its first order."""

    def fits(known: model.KnownBy) -> bool:
        return bool(known.keys) and all(value_at(order, path_steps(key)) is not None for key in known.keys)

    return _fitting(folder, fits)


def known_headings(folder: Path | None) -> frozenset[str]:
    """Return the headings by which mappings know a file, folded."""
    return frozenset(
        fold(heading) for loaded in _all(folder) for known in loaded.mapping.known for heading in known.headings
    ) | {fold(heading) for refused in _refused() for heading in refused["headings"]}


def order_paths(folder: Path | None) -> list[str]:
    """Return the paths at which mappings find the orders of a JSON file."""
    return list(dict.fromkeys(each.mapping.file.orders for each in _all(folder) if each.mapping.file.orders))


def one_of(found: Sequence[Loaded], name: str) -> Loaded | None:
    """Return the only mapping that knows a file, None where none does. Raises UsageError for several."""
    if len(found) > 1:
        names = " and ".join(each.name for each in found)
        raise UsageError(f"{name} fits several mappings: {names}", hint=f"say which: --map {found[0].name}")
    return found[0] if found else None


def _fitting(folder: Path | None, fits: Callable[[model.KnownBy], bool]) -> list[Loaded]:
    ours = [each for each in own(folder) if any(map(fits, each.mapping.known))]
    return ours or [each for each in map(builtin, builtin_names()) if any(map(fits, each.mapping.known))]


def _all(folder: Path | None) -> Iterable[Loaded]:
    return [*own(folder), *map(builtin, builtin_names())]


@cache
def _refused() -> tuple[dict[str, Any], ...]:
    path = BUILTIN / "refused.toml"
    if not path.is_file():
        return ()
    return tuple(tomllib.loads(path.read_text(encoding="utf-8"))["refused"])


def _of_file(path: Path) -> Loaded:
    """Return the mapping of a file. Raises UsageError."""
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        raise UsageError(f"cannot read the mapping {path}: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"the mapping {path} is not TOML: {error}") from None
    return Loaded(name=path.stem, text=text, mapping=validated(data, text, str(path)), path=path)


def validated(data: Mapping[str, Any], text: str, name: str) -> model.Mapping:
    """Return a mapping of its data. Raises UsageError with every problem and its line."""
    try:
        return model.Mapping.model_validate(data)
    except ValidationError as error:
        said = dict.fromkeys(_in_words(problem, text) for problem in error.errors())
        raise UsageError(f"the mapping {name}: {'; '.join(said)}", hint="orderctl help mapping") from None


def _in_words(problem: Mapping[str, Any], text: str) -> str:
    """Return one of pydantic's problems in a sentence, with the nearest key for one that is unknown."""
    place = [str(part) for part in problem["loc"] if part not in {"Finish", "str", "list[str]"}]
    place = [part for part in place if not part.startswith(("function-", "union", "list["))]
    section, key = (place[0], place[-1]) if len(place) > 1 else ("", place[0] if place else "")
    line = _line_of(text, section, key)
    at = f"line {line}, " if line else ""
    name = ".".join(place) or "the mapping"
    if problem["type"] == "extra_forbidden":
        fields = _fields(section if len(place) > 1 else "")
        return f"{at}{name}: unknown key; {nearest(key, fields)}".rstrip("; ")
    if problem["type"] == "value_error":
        return f"{at}{problem['msg'].removeprefix('Value error, ')}"
    return f"{at}{name}: {problem['msg'][:1].lower()}{problem['msg'][1:]}"


def _fields(section: str) -> list[str]:
    models: dict[str, type[Any]] = {
        "": model.Mapping, "file": model.File, "line": model.Line, "add": model.Add, "with": model.With,
        "discount": model.Discount, "check": model.Check, "known_by": model.KnownBy,
    }  # fmt: skip
    fields = models.get(section, model.Finish).model_fields
    return [name.rstrip("_") for name in fields]


def _line_of(text: str, section: str, key: str) -> int | None:
    """Return the line of a key in a section of a TOML text, else that of the section."""
    current, found = "", None
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if bare.startswith("["):
            current = bare.strip("[]").split("#")[0].strip("[] ")
            if current == section:
                found = found or number
        elif current == section and bare.partition("=")[0].strip().strip("\"'") == key:
            return number
    return found


@cache
def _table(path: Path) -> Mapping[str, str]:
    """Return a table of two columns, theirs and ours; rows without ours count as not there. Raises UsageError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read the table {path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"the table {path} is not UTF-8: {error}", hint="save it as CSV UTF-8") from None
    found: dict[str, str] = {}
    for number, row in _table_rows(text, path):
        if len(row) < 2:  # theirs and ours
            raise UsageError(f"the table {path}, row {number}: needs two cells, theirs and ours")
        theirs, ours = (clean(cell, Counter(), markup=True) for cell in row[:2])
        if ours and found.setdefault(theirs, ours) != ours:
            raise UsageError(f"the table {path}, row {number}: {shown(theirs)} is there twice, with different values")
    return found


def _table_rows(text: str, path: Path) -> list[tuple[int, list[str]]]:
    """Return the rows of a table that are not empty, each with its number. Raises UsageError.

    They are separated by what makes two cells or more of every one of them.
    """
    import csv  # noqa: PLC0415  (only where a table is named)

    first, _, rest = text.partition("\n")
    said = first.strip().strip('"')
    given = said[4:] if said[:4].casefold() == "sep=" and len(said) == 5 else ""
    fitting: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    wrong = ""
    for separator in (given,) if given else SEPARATORS:
        try:
            split = csv.reader(io.StringIO(rest if given else text, newline=""), delimiter=separator, strict=True)
            found = [(number, row) for number, row in enumerate(split, 2 if given else 1) if any(map(str.strip, row))]
        except csv.Error as error:
            wrong = wrong or str(error)
            continue
        fits = bool(found) and all(len(row) > 1 for _, row in found)
        rows = found if fits else rows or found
        fitting += [separator] if fits else []
    if wrong and not rows:
        raise UsageError(f"the table {path} is not CSV: {wrong}")
    if len(fitting) > 1:
        signs = " or ".join(map(shown, fitting))
        raise UsageError(f"the table {path} may be separated by {signs}", hint="put a first line in it, such as sep=;")
    return rows
