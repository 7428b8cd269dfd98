"""Every text is plain English: no phrase that a reader must look up or read twice, no name that hides its meaning."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

PHRASES: dict[str, str] = {
    r"mends?|mended|mending": "fix",
    r"(?:has|have|had) no place for": "does not support",
    r"(?<!caller )(?<!callers )(?<!person )(?<!you )(?<!\bI )wants?": "needs, requires, asks for",
    r"(?<!cake )(?:stands?|standing|stood)(?!-in| ins)": "is, are; must be adjacent",
    r"told|loudly|aloud": "printed, reported, warned, given",
    r"said": "printed, reported, warned, given",
    r"(?:is|are|was|were) looked for before": "is checked before sending",
    r"without the right": "lacks permission",
    r"(?:the )?reader of standard output": "standard output was closed",
    r"nobody (?:is )?here": "cannot ask for confirmation: no terminal",
    r"spoil\w*": "damage, change; say what is wrong with the text",
    r"the longest that|for the longest": "stop after SECONDS; most time",
    r"say only|only what (?:went|is) wrong": "print only errors",
    r"\((?:\S+ )?without it|, \d+ without it": "default: VALUE",
    r"not among (?:its|the|them)": "unknown NAME; NAMES: …",
    r"will not do": "invalid NAME: what is valid",
    r"ended by": "interrupted; ends with",
    r"\d+ conflicts?": "N already exist",
    r"(?:is|are|was|were) (?:had by|held against)": "comes from; is compared with",
    r"(?<!there )(?:is|are|was|were) no (?!less|longer|more|place|such)\w+": "is not, is not a",
    r"(?:be |is |was |were |been )?made twice": "would create a duplicate",
}
"""What no text says, as a pattern of whole words, with what it says instead."""

NAMES = (
    r"_?(?:absent|said|standing_in|told|wants)\(\)",
    r"_?(?:Asked|Checked|Forged|Found|Look|Receiving|Recorded|Said|Standing|Told|Voice)",
    r"_Put|Translation",
    r"(?:\w+_)?(?:AGAIN|LARGEST|LONGEST|MOST)(?:_\w+)?(?<!AT_MOST)",
)
"""What nothing of the program is called, as patterns of whole names: a thing has a noun, a function a verb, and a name
says the whole of it (MAX_BYTES, RETRY_STATUSES, refuse_duplicate)."""

NAMES_OF = {
    "orderctl/backend": r"_?(?:another|here|made|several|taken|there)|_?(?:made|take|words)\(\)",
    "orderctl/drafts": r"_?(?:another|several)(?:\(\))?",
    "orderctl/read": r"_?(?:answered|here|there)",
    "orderctl/signals.py": r"_?(?:hold|idle|together)\(\)",
    "orderctl/vendors": r"_?(?:here|there)|_?(?:made|take|words)\(\)",
}
"""The same for a part of the program."""

ONE_PLACE = ("Faults", "Kind", "Unreadable")
"""Classes that one module defines: one name, one thing."""

FORBIDDEN = re.compile(rf"(?<!\w)(?:{'|'.join(PHRASES)})(?!\w)", re.IGNORECASE)

IDENTIFIER = re.compile(r"`[^`\n]*`|\{[a-z_]*\}")
"""Names of the program within a text; their own test is below."""


def modules(folder: str) -> list[Path]:
    return [path for path in sorted((ROOT / folder).rglob("*.py")) if path != Path(__file__)]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def comments(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if "#" in line and (found := re.search(r"(?:^\s*|\s\s)#\s(.*)$", line)):
            yield found[1]


def package() -> Iterator[tuple[str, str]]:
    """Yield every comment, docstring, function's name and string of the program, with its place."""
    for path in modules("orderctl"):
        place = str(path.relative_to(ROOT))
        yield from ((place, text) for text in comments(path.read_text(encoding="utf-8")))
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef):
                yield f"{place}:{node.lineno}", node.name.replace("_", " ")
            elif isinstance(node, ast.JoinedStr):
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "1" for part in node.values)
                yield f"{place}:{node.lineno}", text
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
                yield f"{place}:{node.lineno}", node.value


def suite() -> Iterator[tuple[str, str]]:
    """Yield every comment, docstring and test's name. Other strings of tests are data: a vendor's answer, a cell."""
    for path in modules("tests"):
        place, text = str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        yield from ((place, comment) for comment in comments(text))
        yield from ((place, found) for found in re.findall(r'^ *"""([^\n].*?)"""$', text, re.MULTILINE | re.DOTALL))
        yield from ((place, name.replace("_", " ")) for name in re.findall(r"def (test_\w+)", text))


def files() -> Iterator[tuple[str, str]]:
    """Yield every text that is not Python: README, help, topics, completions, configuration, mappings, the gate."""
    plain = [ROOT / name for name in ("README.md", "config.example.toml", "pyproject.toml", ".ci/run")]
    kinds = {".bash", ".fish", ".toml", ".txt", ".zsh"}
    found = [path for path in sorted((ROOT / "orderctl").rglob("*.*")) if path.suffix in kinds]
    yield from ((str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in (*plain, *found))


def forbidden(text: str) -> Iterator[str]:
    """Yield what a text says that it should not, with the words around it."""
    plain = IDENTIFIER.sub("`x`", text)
    if FORBIDDEN.search(plain):
        plain = " ".join(plain.split())
        for found in FORBIDDEN.finditer(plain):
            instead = next(b for a, b in PHRASES.items() if re.fullmatch(a, found[0], re.IGNORECASE) or found[0] == a)
            yield f"{plain[max(0, found.start() - 30) : found.end() + 30]!r}; better: {instead}"


@pytest.mark.parametrize("read, least", [(package, 10_000), (suite, 3_000), (files, 80)])
def test_every_text_is_plain_english(read: Callable[[], Iterator[tuple[str, str]]], least: int) -> None:
    texts = list(read())
    assert len(texts) > least
    assert [f"{place}: {problem}" for place, text in texts for problem in forbidden(text)] == []


@pytest.mark.parametrize(
    "text, first",
    [
        ("mend it where it comes from", "mend"),
        ("OneBox has no place for a title", "has no place for"),
        ("Imonggo wants a reason", "wants"),
        ("rows of one reference must stand together", "stand"),
        ("the limit is told loudly", "told"),
        ("a limit of 100 is said", "said"),
        ("the reference is looked for before it is sent", "is looked for before"),
        ("refused or without the right", "without the right"),
        ("the reader of standard output has gone", "the reader of standard output"),
        ("Nobody is here to say yes", "Nobody is here"),
        ("looks spoilt by a spreadsheet", "spoilt"),
        ("SECONDS: the longest that the whole run may take", "the longest that"),
        ("Say only what went wrong", "Say only"),
        ("json or csv: table (without it)", "(without it"),
        ("How many orders (100 without it)", "(100 without it"),
        ("'x' is not among its values", "not among its"),
        ("the name 'my shop' will not do", "will not do"),
        ("ended by SIGINT", "ended by"),
        ("2 created, 3 conflict", "3 conflict"),
        ("the order will be made twice", "be made twice"),
        ("a page that repeats is no end", "is no end"),
        ("a code is had by a call", "is had by"),
        ("`said` is the vendor's message", ""),
        ("an order that the caller wants", ""),
        ("what the vendor understands", ""),
    ],
)
def test_a_phrase_that_must_be_read_twice_is_found(text: str, first: str) -> None:
    found = list(forbidden(text))
    assert [problem.partition("; better: ")[0] for problem in found][:1] == ([repr(text)] if first else [])
    assert not first or first.casefold() in {m[0].casefold() for m in FORBIDDEN.finditer(text)}


def names_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield what a module calls its functions, as NAME(), and its classes, constants and fields."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef):
            yield node.lineno, f"{node.name}()"
        elif isinstance(node, ast.ClassDef):
            yield node.lineno, node.name
        if isinstance(node, ast.ClassDef | ast.Module):
            for inner in node.body:
                targets = inner.targets if isinstance(inner, ast.Assign) else [getattr(inner, "target", None)]
                yield from ((inner.lineno, target.id) for target in targets if isinstance(target, ast.Name))


def test_every_name_says_what_it_names() -> None:
    found = []
    for path in modules("orderctl"):
        place = str(path.relative_to(ROOT))
        bad = [*NAMES, *(pattern for part, pattern in NAMES_OF.items() if place.startswith(part))]
        name = re.compile("|".join(bad))
        found += [f"{place}:{line}: {named}" for line, named in names_of(path) if name.fullmatch(named)]
    assert found == []


def test_one_name_is_one_thing() -> None:
    defined = [
        node.name
        for path in modules("orderctl")
        for node in tree(path).body
        if isinstance(node, ast.ClassDef) and node.name in ONE_PLACE
    ]
    assert [name for name in ONE_PLACE if defined.count(name) > 1] == []
