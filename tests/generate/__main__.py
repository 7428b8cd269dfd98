"""Renews every generated file: `python -m tests.generate`. With --check it only says which are stale; a test does.

A generated file follows from the code, and nobody edits it: each command's help, the completion scripts, and the parts
of README.md between `<!-- generated: NAME -->` and `<!-- end -->`. So is the golden file of the schemas, unless a field
that it has is gone or changed.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from orderctl.cli import table
from tests.documented.ledger import not_offered
from tests.generate import cli, completions, schemas
from tests.generate.vendors import vendors_table

ROOT = Path(__file__).parent.parent.parent

TABLES: Mapping[str, Callable[[], str]] = {"not offered": not_offered, "vendors": vendors_table}
"""What is between the markers of README.md, by name."""


def files() -> dict[Path, str]:
    """Return every generated file, by its path below the project's root, with the text that it should have."""
    found = {Path("orderctl/help") / f"{name}.txt": text for name, text in helps().items()}
    for shell, name in completions.SHELLS.items():
        script = completions.script(shell)
        found |= {Path("completions") / name: script, Path("orderctl/help") / f"completion.{shell}": script}
    found[Path("README.md")] = readme((ROOT / "README.md").read_text(encoding="utf-8"))
    found[schemas.PATH] = schemas.text()
    return found


def helps() -> dict[str, str]:
    """Return the help of everything that has one, by the name of its file."""
    found = {"orderctl": cli.help_of(())}
    for name in table.COMMANDS:
        found[name] = cli.help_of((name,))
        for inner in table.GROUPS.get(name, ()):
            found[f"{name}-{inner}"] = cli.help_of((name, inner))
    return found


def readme(text: str) -> str:
    """Return README.md with the tables between its markers renewed."""
    for name, made in TABLES.items():
        start, end = f"<!-- generated: {name} -->", "<!-- end -->"
        before, found, rest = text.partition(start)
        if not found or end not in rest:
            raise ValueError(f"README.md has no {start} … {end}")
        text = f"{before}{start}\n{made()}\n{end}{rest.partition(end)[2]}"
    return text


def stale() -> list[Path]:
    """Return the files that are not as they should be, and those that should not be."""
    wanted = files()
    extra = {p.relative_to(ROOT) for p in (ROOT / "orderctl/help").glob("*.*")} - wanted.keys()
    return sorted(extra | {path for path, text in wanted.items() if _read(ROOT / path) != text})


def main(args: list[str]) -> int:
    """Renew what is stale, or only say so (exit 1)."""
    wanted = files()
    if golden := _read(ROOT / schemas.PATH):
        broken = list(schemas.broken(json.loads(golden), json.loads(wanted[schemas.PATH])))
        if broken:
            edit = f"edit {schemas.PATH} by hand if this is meant; it breaks programs that read or write these"
            sys.stdout.write("".join(f"{line}\n" for line in (*broken, edit)))
            return 1
    for path in stale():
        sys.stdout.write(f"{path}\n")
        if "--check" in args:
            continue
        if path in wanted:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(wanted[path], encoding="utf-8", newline="\n")
        else:
            (ROOT / path).unlink()
    return 1 if stale() else 0


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
