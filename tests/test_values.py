"""Our dataclasses behave like the standard library's, as far as orderctl uses those."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from orderctl.frozen import KW_ONLY, dataclass, field, replace


@dataclass(frozen=True)
class Pair:
    left: int
    right: int = 2
    _: KW_ONLY
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Base:
    name: str
    more: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Derived(Base):
    size: int = 0


@dataclass()
class Loose:
    items: list[int] = field(default_factory=list)

    def __repr__(self) -> str:
        return "Loose"


def test_values_are_given_by_position_or_name() -> None:
    assert Pair(1) == Pair(left=1, right=2) == Pair(1, 2, note="")
    assert Pair(1) != Pair(1, note="x")
    assert Base(name="a") != Derived(name="a")


def test_a_made_default_is_each_values_own() -> None:
    one, other = Loose(), Loose()
    one.items.append(1)
    assert other.items == []


@pytest.mark.parametrize(
    "args, given",
    [((), {}), ((1, 2, "x"), {}), ((1,), {"left": 1}), ((1,), {"wrong": 1}), ((), {"right": 1, "wrong": 1})],
)
def test_wrong_fields_are_refused(args: tuple[int, ...], given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="Pair"):
        Pair(*args, **given)


def test_a_frozen_value_is_not_changed() -> None:
    value: Any = Derived(name="a")
    with pytest.raises(AttributeError, match="frozen"):
        value.size = 1
    with pytest.raises(AttributeError, match="frozen"):
        del value.size
    assert replace(value, size=3) == Derived(name="a", size=3) == dataclasses.replace(value, size=3)
    with pytest.raises(TypeError, match="Derived has no colour"):
        replace(value, colour="red")


def test_repr_and_hash() -> None:
    assert repr(Pair(1)) == "Pair(left=1, right=2, note='')"
    assert len({Pair(1), Pair(1, 2), Pair(2)}) == 2
    assert repr(Loose()) == "Loose"
    with pytest.raises(TypeError, match="unhashable"):
        hash(Loose())


def test_a_field_may_be_hidden_from_the_repr() -> None:
    @dataclass(frozen=True)
    class Hidden:
        name: str
        value: str = field(repr=False)
        more: str | None = field(default=None, repr=False)

    assert repr(Hidden("a", "secret")) == "test_a_field_may_be_hidden_from_the_repr.<locals>.Hidden(name='a')"
    assert repr(dataclasses.replace(Hidden("a", "secret"), name="b")).endswith("(name='b')")
    with pytest.raises(TypeError, match="value"):
        Hidden(name="a")  # type: ignore[call-arg]


def test_the_standard_library_knows_the_fields() -> None:
    assert [f.name for f in dataclasses.fields(Derived)] == ["name", "more", "size"]
    assert dataclasses.asdict(Derived(name="a")) == {"name": "a", "more": {}, "size": 0}
    assert [f.name for f in dataclasses.fields(Base)] == ["name", "more"]
