"""The options of every command, each defined once."""

import inspect
from typing import Annotated

import typer


def options(
    *,
    profile: Annotated[
        str | None,
        typer.Option("-p", "--profile", metavar="NAME", help="The account to talk to (or: ORDERCTL_PROFILE)."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FORMAT", help="table, json, jsonl, csv, xlsx or ids (default: table)."),
    ] = None,
    fields: Annotated[str | None, typer.Option("--fields", metavar="A,B", help="Show only these fields.")] = None,
    dry_run: Annotated[bool, typer.Option("-n", "--dry-run", help="Print what would be sent; send nothing.")] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Answer questions with yes.")] = False,
    no_input: Annotated[
        bool, typer.Option("--no-input", help="Never ask; a question that must be asked is an error.")
    ] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print only errors and what was asked for.")] = False,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Print what is being done.")] = False,
    trace: Annotated[
        str | None,
        typer.Option("--trace", metavar="FILE", help="Write every request and answer to FILE, secrets hidden."),
    ] = None,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="Show customers' data in --trace files and the journal.")
    ] = False,
    timeout: Annotated[
        str | None, typer.Option("--timeout", metavar="SECONDS", help="Stop a request after SECONDS.")
    ] = None,
    deadline: Annotated[
        str | None,
        typer.Option("--deadline", metavar="SECONDS", help="Stop the run after SECONDS (exit 124)."),
    ] = None,
    lock: Annotated[
        str | None, typer.Option("--lock", metavar="NAME", help="Run only if no other run holds this lock (exit 11).")
    ] = None,
    config: Annotated[
        str | None, typer.Option("--config", metavar="FILE", help="The config file (or: ORDERCTL_CONFIG).")
    ] = None,
    color: Annotated[
        str | None, typer.Option("--color", metavar="WHEN", help="auto, always or never (default: auto).")
    ] = None,
    secrets_stdin: Annotated[
        bool, typer.Option("--secrets-stdin", help="Read secrets from standard input: one JSON object.")
    ] = False,
) -> None:
    """Carry the options that every command has."""


COMMON = tuple(inspect.signature(options).parameters.values())

SHARED = frozenset({"help", *(p.name for p in COMMON)})
