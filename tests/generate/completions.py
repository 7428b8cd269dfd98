"""The completion scripts of bash, zsh and fish, written from the command table.

A script holds every name, option and fixed value itself; only for the names of profiles it asks orderctl, which
answers before it has loaded anything. Used by tests.generate; `orderctl completion` prints what it has written.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

from orderctl.backend import registry
from orderctl.cli import lazy, table
from orderctl.cli.helptext import first_sentence
from orderctl.commands.api import METHODS
from orderctl.commands.help import topics
from orderctl.commands.journal import OUTCOMES, VERBS
from orderctl.commands.schema import MAPPING
from orderctl.config.file import COLORS
from orderctl.drafts import FORMATS
from orderctl.model import Status
from orderctl.output.csvtext import COLUMNS
from orderctl.output.output import FORMATS as FORMATS_OUT
from orderctl.output.pick import names as field_names
from orderctl.output.schemas import SCHEMAS
from tests.generate.cli import params_of


class Kind(Enum):
    """What a value is, where it is not one of a few words."""

    ANYTHING = "anything"
    FILE = "file"
    PROFILE = "profile"


@dataclass(frozen=True)
class Several:
    """Values are some of these words, a comma between two."""

    words: tuple[str, ...]


Values = Kind | Several | tuple[str, ...]

FIELDS = {
    "auth status": "auth",
    "cancel": "result",
    "comments": "comment",
    "create": "result",
    "events list": "event",
    "events show": "event",
    "fields": "field",
    "get": "order",
    "journal list": "operation",
    "journal show": "operation",
    "lines": "line",
    "list": "order",
    "statuses": "status",
    "mapping list": "mapping",
    "profile list": "profile",
    "push": "result",
    "steps": "step",
    "update": "result",
    "vendors": "vendor",
}
"""The kind of document whose fields --fields picks, by command."""

SHELLS: Mapping[str, str] = {"bash": "orderctl.bash", "fish": "orderctl.fish", "zsh": "_orderctl"}
"""The shells, and what their script is called where the shell looks for it."""


def _options() -> Mapping[str, Values]:
    """Return what the options take, by name; the others take anything."""
    vendors = [registry.vendor(name) for name in registry.VENDORS]
    files = ("--config", "--file", "--from", "--rejects", "--results", "--store", "--trace")
    return {
        **dict.fromkeys(files, Kind.FILE),
        "--color": COLORS,
        "--format": FORMATS,
        "--outcome": OUTCOMES,
        "--output": FORMATS_OUT,
        "--profile": Kind.PROFILE,
        "--status": tuple(s.value for s in Status),
        "--type": tuple(sorted({kind for vendor in vendors for kind in vendor.comment_kinds})),
        "--vendor": tuple(registry.VENDORS),
        "--verb": VERBS,
        "--wait": tuple(s.value for s in Status),
    }


def _arguments() -> Mapping[str, Values]:
    """Return what a command's first argument is, by the command; those of the others are anything."""
    documents = (name.removeprefix("orderctl.").partition("/")[0] for name in SCHEMAS)
    return {
        "api": METHODS,
        "completion": tuple(SHELLS),
        "help": tuple(sorted({*topics(), *table.COMMANDS})),
        "profile remove": Kind.PROFILE,
        "profile show": Kind.PROFILE,
        "profile use": Kind.PROFILE,
        "schema": tuple(sorted({*documents, MAPPING, *registry.VENDORS})),
        "vendors": tuple(registry.VENDORS),
    }


class Option(NamedTuple):
    """One option: its names, its help, the word for its value and what that may be; None for a flag."""

    names: tuple[str, ...]
    help: str
    word: str
    values: Values | None


class Command(NamedTuple):
    """One command: its path, its line, its options, what its first argument is (None: it takes none)."""

    path: str
    help: str
    options: tuple[Option, ...]
    argument: Values | None
    word: str


def script(shell: str) -> str:
    """Return the completion script of a shell."""
    writers: Mapping[str, Callable[[list[Command]], Iterator[str]]] = {"bash": _bash, "fish": _fish, "zsh": _zsh}
    return "\n".join(writers[shell](_commands())) + "\n"


def _commands() -> list[Command]:
    known, first = _options(), _arguments()
    found = []
    for name, (_, line) in table.COMMANDS.items():
        if name not in table.GROUPS:
            found.append(_command((name,), line, known, first))
        for inner in table.GROUPS.get(name, ()):
            doc = lazy.function((name, inner)).__doc__ or ""
            found.append(_command((name, inner), first_sentence(doc), known, first))
    return found


def _command(path: tuple[str, ...], line: str, known: Mapping[str, Values], first: Mapping[str, Values]) -> Command:
    options: list[Option] = []
    word = ""
    for param in params_of(path):
        if param.param_type_name == "argument":
            word = word or param.name.upper()
            continue
        values = None if param.is_flag else known.get(max(param.opts, key=len), Kind.ANYTHING)
        if param.name == "fields":
            values = _fields(" ".join(path))
        names = (*sorted(param.opts, key=len), *param.secondary_opts)
        options.append(Option(names, (param.help or "").rstrip("."), param.metavar or "", values))
    name = " ".join(path)
    return Command(name, line, tuple(options), first.get(name, Kind.ANYTHING) if word else None, word)


def _fields(path: str) -> Values:
    """Return what --fields takes: fields of the documents that a command prints, and headings of an order's CSV."""
    kind = FIELDS.get(path)
    if kind is None:
        return Kind.ANYTHING
    words = dict.fromkeys([*field_names(kind), *(COLUMNS if kind == "order" else ())])
    return Several(tuple(word for word in words if word != "schema"))


def _valued(commands: list[Command]) -> dict[str, Values]:
    """Return what every option that has a value takes, by each of its names."""
    return {name: o.values for c in commands for o in c.options if o.values is not None for name in o.names}


def _groups() -> str:
    return "|".join(sorted(table.GROUPS))


HEAD = "Completion for orderctl. Generated from its command table: do not edit."


# bash -----------------------------------------------------------------------------------------------------------------


def _bash(commands: list[Command]) -> Iterator[str]:
    """Yield the lines of the bash script. It needs nothing but bash, 3.2 or later."""
    valued = _valued(commands)
    yield BASH_HEAD.replace("@VALUED@", "|".join(sorted(valued))).replace("@GROUPS@", _groups())
    yield '    case "$option" in'
    by_values: dict[Values, list[str]] = {}
    for name, values in sorted(valued.items()):
        by_values.setdefault(values, []).append(name)
    for values, names in by_values.items():
        if "--fields" not in names:
            yield f"    {'|'.join(names)}) {_bash_offer(values)}; return ;;"
    yield from _bash_fields(commands)
    yield "    esac"
    yield '    case "$path" in'
    yield f'    "") words="{" ".join(table.COMMANDS)}" ;;'
    for group, inner in sorted(table.GROUPS.items()):
        yield f'    "{group}") words="{" ".join(inner)}" ;;'
    yield "    esac"
    yield '    case "$current" in'
    yield "    -*)"
    yield '        case "$path" in'
    shared = _shared(commands)
    for command in commands:
        own = " ".join(n for o in command.options if o not in shared for n in o.names)
        if own:
            yield f'        "{command.path}") words="{own}" ;;'
    yield '        *) words="" ;;'
    yield "        esac"
    yield f'        _orderctl_offer "$words {" ".join(n for o in shared for n in o.names)}"'
    yield "        return ;;"
    yield "    esac"
    yield '    [[ -n "$words" ]] && { _orderctl_offer "$words"; return; }'
    yield '    [[ "$count" == 0 ]] || return'
    yield '    case "$path" in'
    for command in commands:
        if command.argument not in {None, Kind.ANYTHING}:
            yield f'    "{command.path}") {_bash_offer(command.argument)} ;;'
    yield "    esac"
    yield "}"
    yield ""
    yield "complete -F _orderctl orderctl"


def _bash_fields(commands: list[Command]) -> Iterator[str]:
    yield '    --fields) case "$path" in'
    for command in commands:
        for option in command.options:
            if isinstance(option.values, Several):
                yield f'        "{command.path}") _orderctl_some "{" ".join(option.values.words)}" ;;'
    yield "        esac"
    yield "        return ;;"


def _bash_offer(values: Values | None) -> str:
    if values is Kind.FILE:
        return "_orderctl_files"
    if values is Kind.PROFILE:
        return '_orderctl_some "$(_orderctl_profiles)"'
    return f'_orderctl_offer "{" ".join(values)}"' if isinstance(values, tuple) else ":"


BASH_HEAD = f"""\
# {HEAD}
# bash: source <(orderctl completion bash)

_orderctl_profiles() {{
    "${{COMP_WORDS[0]/#\\~/$HOME}}" --complete-profiles 2>/dev/null || orderctl --complete-profiles 2>/dev/null
}}

_orderctl_offer() {{
    local word
    for word in $1; do
        [[ "$word" == "$current"* ]] && COMPREPLY+=("$prefix$word")
    done
}}

_orderctl_some() {{  # a comma between two
    local before=""
    [[ "$current" == *,* ]] && before="${{current%,*}}," current="${{current##*,}}"
    prefix="$prefix$before"
    _orderctl_offer "$1"
}}

_orderctl_files() {{
    local file
    compopt -o filenames 2>/dev/null
    while IFS= read -r file; do COMPREPLY+=("$prefix$file"); done < <(compgen -f -- "$current")
}}

_orderctl() {{
    local IFS=$' \\t\\n' current="${{COMP_WORDS[COMP_CWORD]}}" prefix="" path="" words="" count=0
    local option="" last="" word index
    COMPREPLY=()
    for ((index = 1; index < COMP_CWORD; index++)); do
        word="${{COMP_WORDS[index]}}"
        if [[ "$word" == [:=]* ]]; then  # bash takes --output=json for three words
            option="$last"
        elif [[ -n "$option" ]]; then
            option=""
        else
            last=""
            case "$word" in
            @VALUED@) option="$word" last="$word" ;;
            -*) ;;
            *)
                case "$path" in
                "") path="$word" ;;
                @GROUPS@) path="$path $word" ;;
                *) count=$((count + 1)) ;;
                esac
                ;;
            esac
        fi
    done
    [[ "$current" == "=" ]] && current="" option="$last"
    if [[ "$current" == --*=* ]]; then
        option="${{current%%=*}}" prefix="${{current%%=*}}=" current="${{current#*=}}"
    fi"""


# zsh ------------------------------------------------------------------------------------------------------------------


def _zsh(commands: list[Command]) -> Iterator[str]:
    """Yield the lines of the zsh script, to be found in $fpath or sourced."""
    shared = _shared(commands)
    yield ZSH_HEAD
    yield "_orderctl() {"
    yield '  local curcontext="$curcontext" context state state_descr line program=$words[1] ret=1'
    yield "  typeset -A opt_args"
    yield "  local -a shared commands"
    yield "  shared=("
    yield from (f"    {_zsh_option(option)}" for option in shared)
    yield "  )"
    yield from _zsh_dispatch(
        "  ", table.COMMANDS, {n: line for n, (_, line) in table.COMMANDS.items()}, commands, shared
    )
    yield "  return ret"
    yield "}"
    yield ""
    yield 'if [[ "$funcstack[1]" == _orderctl ]]; then _orderctl "$@"; else compdef _orderctl orderctl; fi'


ZSH_HEAD = f"""\
#compdef orderctl
# {HEAD}
# zsh: source <(orderctl completion zsh), or keep this file as _orderctl in a folder of $fpath

_orderctl_profiles() {{
  local -a names
  compset -P '*,'
  names=(${{(f)"$({{ ${{~program}} --complete-profiles || orderctl --complete-profiles }} 2>/dev/null)"}})
  compadd -X profile -a names
}}
"""


def _zsh_dispatch(
    pad: str, names: Any, lines: Mapping[str, str], commands: list[Command], shared: list[Option], group: str = ""
) -> Iterator[str]:
    """Yield what completes the name of a command, and then what the command takes."""
    yield f'{pad}_arguments -C -s : "${{shared[@]}}" "*--fields=:A,B: " "(-)1: :->command" "(-)*:: :->rest" && ret=0'
    yield f'{pad}case "$state" in'
    yield f"{pad}command)"
    yield f"{pad}  commands=("
    yield from (f"{pad}    {_zsh_quoted(_zsh_escaped(name) + ':' + lines[name])}" for name in names)
    yield f"{pad}  )"
    yield f"{pad}  _describe -t commands command commands && ret=0 ;;"
    yield f"{pad}rest)"
    yield f'{pad}  case "$line[1]" in'
    for name in names:
        yield f"{pad}  {name})"
        inner = table.GROUPS.get(name) if not group else None
        if inner:
            found = {c.path.partition(" ")[2]: c.help for c in commands if c.path.startswith(f"{name} ")}
            yield from _zsh_dispatch(f"{pad}    ", inner, found, commands, shared, group=name)
        else:
            command = next(c for c in commands if c.path == f"{group} {name}".strip())
            yield f'{pad}    _arguments -s : "${{shared[@]}}" \\'
            for option in command.options:
                if option not in shared:
                    yield f"{pad}      {_zsh_option(option)} \\"
            yield f"{pad}      {_zsh_argument(command)}&& ret=0"
        yield f"{pad}    ;;"
    yield f"{pad}  esac ;;"
    yield f"{pad}esac"


def _zsh_option(option: Option) -> str:
    """Return an option as _arguments needs it; each may be given more than once, the last wins or all count."""
    specs = []
    for name in option.names:
        sign = "" if option.values is None else "=" if name.startswith("--") else "+"
        value = "" if option.values is None else f":{_zsh_escaped(option.word)}:{_zsh_action(option.values)}"
        specs.append(_zsh_quoted(f"*{name}{sign}[{_zsh_escaped(option.help)}]{value}"))
    return " ".join(specs)


def _zsh_argument(command: Command) -> str:
    if command.argument is None:
        return ""
    where = "*" if command.argument is Kind.ANYTHING else "1"
    return _zsh_quoted(f"{where}:{command.word}:{_zsh_action(command.argument)}") + " "


def _zsh_action(values: Values) -> str:
    if isinstance(values, tuple):
        return f"({' '.join(values)})"
    if isinstance(values, Several):
        return f"_values -s , field {' '.join(values.words)}"
    return {Kind.FILE: "_files", Kind.PROFILE: "_orderctl_profiles", Kind.ANYTHING: " "}[values]


def _zsh_escaped(text: str) -> str:
    for character in "\\:[]":
        text = text.replace(character, f"\\{character}")
    return text


def _zsh_quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


# fish -----------------------------------------------------------------------------------------------------------------


def _fish(commands: list[Command]) -> Iterator[str]:
    """Yield the lines of the fish script."""
    yield FISH_HEAD.replace("@VALUED@", " ".join(sorted(_valued(commands)))).replace(
        "@GROUPS@", _groups().replace("|", " ")
    )
    for name, (_, line) in table.COMMANDS.items():
        yield f"complete -c orderctl -n '__orderctl_at \"\"' -a {name} -d {_fish_quoted(line)}"
    for command in commands:
        group, _, name = command.path.partition(" ")
        if name:
            yield f"complete -c orderctl -n '__orderctl_at {group}' -a {name} -d {_fish_quoted(command.help)}"
    shared = _shared(commands)
    for option in shared:
        yield f"complete -c orderctl {_fish_option(option)}"
    for command in commands:
        place = f"complete -c orderctl -n '__orderctl_at \"{command.path}\"'"
        for option in command.options:
            if option not in shared:
                yield f"{place} {_fish_option(option)}"
        if command.argument not in {None, Kind.ANYTHING}:
            first = f"complete -c orderctl -n '__orderctl_at \"{command.path}\" first'"
            yield f"{first} {_fish_values(command.argument)} -d {command.word}"


FISH_HEAD = f"""\
# {HEAD}
# fish: orderctl completion fish > ~/.config/fish/completions/orderctl.fish

function __orderctl_at --description 'Whether the command is this one, and, with `first`, no argument is there yet'
    set -l path
    set -l count 0
    set -l skip 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
        else if contains -- $word @VALUED@
            set skip 1
        else if not string match -q -- '-*' $word
            if test -z "$path"; or contains -- "$path" @GROUPS@
                set path (string trim -- "$path $word")
            else
                set count (math $count + 1)
            end
        end
    end
    test "$path" = "$argv[1]"; and test "$argv[2]" != first -o $count = 0
end

function __orderctl_some --description 'The words, each behind what is typed of a list with commas'
    set -l typed (string replace -r -- '^--[^=]*=' '' (commandline -ct))
    set -l before (string match -r -- '^.*,' $typed)
    for word in $argv
        echo "$before$word"
    end
end

function __orderctl_profiles
    set -l words (commandline -opc)
    eval (string escape -- $words[1] | string replace -r '^\\\\\\\\~' '~') --complete-profiles 2>/dev/null
    or orderctl --complete-profiles 2>/dev/null
end

complete -c orderctl -f"""


def _fish_option(option: Option) -> str:
    words = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names]
    if option.values is not None:
        words.append("-r" if option.values is Kind.FILE else "-x")
        words.append(_fish_values(option.values))
    return " ".join([*filter(None, words), "-d", _fish_quoted(option.help)])


def _fish_values(values: Values | None) -> str:
    if isinstance(values, Several):
        return f"-a {_fish_quoted('(__orderctl_some ' + ' '.join(values.words) + ')')}"
    if isinstance(values, tuple):
        return f"-a {_fish_quoted(' '.join(values))}"
    return (
        {Kind.FILE: "-F", Kind.PROFILE: "-a '(__orderctl_some (__orderctl_profiles))'"}.get(values, "")
        if values
        else ""
    )


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _shared(commands: list[Command]) -> list[Option]:
    """Return the options that every command has."""
    return [option for option in commands[0].options if all(option in c.options for c in commands)]
