"""The golden file of every JSON Schema that `orderctl schema` prints: fields are only ever added.

`python -m tests.generate` takes an added optional field in. A field that was removed, renamed or changed is an error
even then: it breaks somebody's program, so the golden file is edited by hand, with the reason in the commit. Titles and
descriptions are words for people and no promise, so they are left out.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from orderctl.backend import registry
from orderctl.cli import lazy

PATH = Path("tests/golden/schemas.json")

NAMED = frozenset({"$defs", "patternProperties", "properties"})
"""Where the keys are names of fields or of documents, and not JSON Schema's own words."""

WORDS = frozenset({"description", "title"})

DRAFTS = "Draft"
"""What the names of the documents begin with that callers write: a new field of theirs must not be required."""


def printed() -> dict[str, Any]:
    """Return every schema by what it is the schema of: all documents in one, and each vendor's calls."""
    return {"documents": _printed(), **{name: _printed(name) for name in registry.VENDORS}}


def text() -> str:
    """Return what the golden file should hold."""
    return json.dumps(printed(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def broken(golden: Any, now: Any, place: str = "") -> Iterator[str]:
    """Yield what of the golden schemas is gone or changed, each with its place."""
    if not isinstance(golden, Mapping) or not isinstance(now, Mapping):
        if golden != now:
            yield f"{place}: was {json.dumps(golden)}, is {json.dumps(now)}"
        return
    named = place.rpartition("/")[2] in NAMED or not place
    for key in golden.keys() | now.keys():
        inner = f"{place}/{key}"
        if key not in now:
            yield f"{inner}: is gone"
        elif key == "required" and not named:
            yield from _required(golden, now, inner)
        elif key in golden:
            yield from broken(golden[key], now[key], inner)
        elif not named:
            yield f"{inner}: is new, and restricts or widens what was promised"
        elif isinstance(now[key], Mapping) and now[key].get("x-required"):
            yield f"{inner}: is new and required"


def _required(golden: Mapping[str, Any], now: Mapping[str, Any], place: str) -> Iterator[str]:
    """Yield the fields that were required and are not, or the other way round; a new one of ours is always there."""
    before, after = set(golden.get("required", ())), set(now["required"])
    drafts = f"/{DRAFTS}" in place
    new = after if drafts else after & golden.get("properties", {}).keys()
    yield from (f"{place}/{name}: is not required any more" for name in sorted(before - after))
    yield from (f"{place}/{name}: is required now" for name in sorted(new - before))


def _printed(*names: str) -> Any:
    with redirect_stdout(StringIO()) as out:
        if lazy.run(["schema", *names, "-o", "json"]) != 0:
            raise RuntimeError(f"orderctl schema {' '.join(names)} failed")
    return _without_words(json.loads(out.getvalue()))


def _without_words(schema: Any, *, named: bool = False) -> Any:
    if isinstance(schema, list):
        return [_without_words(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _without_words(value, named=not named and key in NAMED)
        for key, value in schema.items()
        if named or key not in WORDS
    }
