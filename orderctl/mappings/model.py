"""What a mapping may hold: pydantic models over its TOML. `schema mapping` is made of them."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from orderctl.words import ORDER_COLUMNS

_WORDS = rf"^({'|'.join(ORDER_COLUMNS)}|set\..+)$"
"""What [order] may hold, for its JSON Schema."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Finish(_Model):
    """One column, the first of several texts that is not blank, or a fixed value, and what is made of it."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [key]} for key in ("column", "first", "value", "sign_of")]}
    )

    column: str | list[str] | None = None
    first: list[str] | None = None
    value: str | int | float | bool | None = None
    default: str | int | float | bool | None = None
    values: dict[str, str | int | float | bool] | None = None
    table: str | None = None
    pattern: str | None = None
    sign_of: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(given is not None for given in (self.column, self.first, self.value, self.sign_of)) != 1:
            raise ValueError("needs one of column, first, value and sign_of")
        return self


Term = str | list[str] | Finish
"""A heading or path, one with {A|B} in it, the first of several that the file has, or a table of more."""

Amount = str | list[str]
"""A heading or path, or several to be added; one that begins with - is taken off."""

Match = str | list[str]
"""What a cell must be: "*" anything, "" nothing, a text, or one of several."""


class KnownBy(_Model):
    """What tells a file of this kind: headings that it has, or keys (paths) of its first order."""

    headings: list[str] = []
    keys: list[str] = []


class File(_Model):
    """How the file is written."""

    format: Literal["csv", "json", "jsonl", "xlsx"] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    quote: Literal["none"] | None = None
    header: Literal["auto"] | Annotated[int, Field(ge=1)] = "auto"
    end: str | list[str] | None = None
    sheet: str | None = None
    orders: str | None = None
    lines: str | None = None
    numbers: list[str] = []
    dates: list[str] = []
    timezone: str | None = None
    fill_down: bool = False
    skip: dict[str, Match] = {}


class With(_Model):
    """A second file, or sheet: its rows are the lines of the orders whose column has the same value."""

    file: str | None = None
    sheet: str | None = None
    on: dict[str, str | list[str]]


def _own_fields(given: Any) -> Any:
    """Take "set.KEY" and "line.KEY" for a vendor's own field of a line, beside the table `set`."""
    if not isinstance(given, dict):
        return given
    own = {key: term for key, term in given.items() if key.startswith(("set.", "line."))}
    rest = {key: term for key, term in given.items() if key not in own}
    named = {key.partition(".")[2]: term for key, term in own.items()}
    return {**rest, "set": {**rest.get("set", {}), **named}} if named else rest


def _line_schema(schema: dict[str, Any]) -> None:
    """Add to the schema of [line] what its validators say."""
    schema["not"] = {"required": ["price", "total"]}
    schema["patternProperties"] = {r"^(set|line)\.": schema["properties"]["set"]["additionalProperties"]}


class Line(_Model):
    """What the lines of an order are made of; rows of an order with the same value in `once_per` are one line."""

    model_config = ConfigDict(json_schema_extra=_line_schema)

    when: dict[str, Match] = {}
    once_per: str | None = None
    sku: Term | None = None
    id: Term | None = None
    name: Term | None = None
    quantity: Term | None = None
    price: Amount | None = None
    total: Amount | None = None
    percent_off: str | None = None
    uneven: Literal["split"] | None = None
    set: dict[str, Term] = {}

    @model_validator(mode="before")
    @classmethod
    def _own_fields(cls, given: Any) -> Any:
        return _own_fields(given)

    @model_validator(mode="after")
    def _either(self) -> Self:
        if self.price is not None and self.total is not None:
            raise ValueError("price is of one piece and total of the line: give one of them")
        return self


class Add(_Model):
    """A further line, such as shipping."""

    sku: Term | None = None
    id: Term | None = None
    name: Term | None = None
    price: Amount
    per: Literal["order", "line"] = "order"
    if_needed: bool = False
    each: str | None = None
    set: dict[str, Term] = {}

    @model_validator(mode="before")
    @classmethod
    def _own_fields(cls, given: Any) -> Any:
        return _own_fields(given)


class Discount(_Model):
    """What is taken off the lines, shared over them to the last cent; with `per`, the sum over the rows.

    `down_to` is what the lines, with what is added, come down to: the discount is what they are above it.
    """

    amount: Amount | None = None
    down_to: Amount | None = None
    per: Literal["order", "line"] = "order"

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.amount is None) == (self.down_to is None):
            raise ValueError("[discount] needs one of amount and down_to")
        return self


class Check(_Model):
    """What the lines, with what is added and taken off, must come to.

    `pieces` is what the quantities of the file's lines add up to. Of `kinds` of goods there are no more than lines.
    """

    total: Amount
    plus: Amount | None = None
    minus: Amount | None = None
    pieces: str | None = None
    kinds: str | None = None
    tolerance: str = "0"


class Mapping(_Model):
    """How a foreign file becomes drafts."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    known_by: KnownBy | list[KnownBy] | None = None
    optional: list[str] = []
    file: File = File()
    with_: With | None = Field(default=None, alias="with")
    order: dict[str, Term] = Field(default={}, json_schema_extra={"propertyNames": {"pattern": _WORDS}})
    line: Line | None = None
    add: list[Add] = []
    discount: Discount | None = None
    check: Check | None = None

    @model_validator(mode="after")
    def _words(self) -> Self:
        for word in self.order:
            if word not in ORDER_COLUMNS and word != "id" and not word.startswith("set."):
                raise ValueError(f"[order] {word}: unknown word")
        return self

    @property
    def name(self) -> Term | None:
        """What names an order: the reference, or the id of one that exists."""
        return self.order.get("reference", self.order.get("id"))

    @property
    def known(self) -> list[KnownBy]:
        """What tells a file of this kind, each alternative."""
        return [self.known_by] if isinstance(self.known_by, KnownBy) else list(self.known_by or [])

    def changed(self, columns: dict[str, str], numbers: list[str], dates: list[str]) -> "Mapping":
        """Return this mapping with some words read from other columns, and other examples of numbers and dates."""
        data: dict[str, Any] = self.model_dump(by_alias=True, exclude_unset=True)
        for word, heading in columns.items():
            if word in ORDER_COLUMNS or word.startswith("set."):
                data.setdefault("order", {})[word] = heading
            else:
                line = data.setdefault("line", {})
                if word.startswith("line.") and word != "line.id":
                    line.setdefault("set", {})[word.removeprefix("line.")] = heading
                    continue
                if word == "price":
                    line.pop("total", None)
                line[word.removeprefix("line.")] = heading
        for name, given in (("numbers", numbers), ("dates", dates)):
            if given:
                data.setdefault("file", {})[name] = given
        return Mapping.model_validate(data)
