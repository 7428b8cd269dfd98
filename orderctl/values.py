"""Dataclasses whose making compiles nothing: with the standard ones a short run would spend two interpreter starts.

`dataclass`, `field` and `replace` are used like the standard library's, whose own `replace` and `fields` know our
classes too, and a type checker takes them for those. What differs: no slots, and `match` knows no positions.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import KW_ONLY, dataclass, field, replace
else:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    C = TypeVar("C", bound=type)
    T = TypeVar("T")

    class KW_ONLY:  # noqa: N801  (the standard library's name)
        """The annotation after which fields are given by name only."""

    class _Made:
        """A default that every value makes for itself."""

        def __init__(self, make: Callable[[], Any]) -> None:
            self.make = make

    def field(*, default_factory: Callable[[], Any]) -> Any:
        """Return the default of a field that every value makes for itself."""
        return _Made(default_factory)

    def replace(value: T, /, **changes: Any) -> T:
        """Return the same value with some fields changed."""
        return type(value)(**{**value.__dict__, **changes})

    def dataclass(*, frozen: bool = False, kw_only: bool = False) -> Callable[[C], C]:
        """Return a decorator that makes a class of annotated fields a dataclass."""

        def decorate(cls: C) -> C:
            names, positional, defaults = _fields(cls, kw_only=kw_only)
            cls._dataclass, cls.__dataclass_fields__ = (names, positional, defaults), _Standard()
            cls.__init__ = _init(cls.__qualname__, names, positional, defaults)
            cls.__repr__, cls.__eq__, cls.__hash__ = vars(cls).get("__repr__", _repr), _eq, _hash if frozen else None
            if frozen:
                cls.__setattr__, cls.__delattr__ = _refuse_set, _refuse_delete
            return cls

        return decorate

    class _Standard:
        """The fields as `dataclasses.replace`, `fields` and `asdict` want them, made when one of them asks."""

        def __get__(self, _value: object, cls: type) -> dict[str, Any]:
            import dataclasses  # noqa: PLC0415  (few ask)

            names, _, defaults = cls._dataclass
            hints = {n: kind for c in reversed(cls.__mro__) for n, kind in getattr(c, "__annotations__", {}).items()}
            specs = {
                n: dataclasses.field(default_factory=d.make) if isinstance(d, _Made) else dataclasses.field(default=d)
                for n, d in defaults.items()
            }
            made = dataclasses.make_dataclass(
                cls.__name__, [(n, hints[n], specs.get(n, dataclasses.field())) for n in names], kw_only=True
            )
            cls.__dataclass_fields__ = made.__dataclass_fields__
            return cls.__dataclass_fields__

    def _fields(cls: type, *, kw_only: bool) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, Any]]:
        """Return the names of a class's fields, the names that take arguments by position, and the defaults."""
        names, positional, defaults = getattr(cls, "_dataclass", ((), (), {}))
        own = cls.__dict__.get("__annotations__", {})  # noqa: RUF063  (inspect is not to be loaded)
        for name, kind in own.items():
            if kind is KW_ONLY:
                kw_only = True
                continue
            names += (name,)
            if not kw_only:
                positional += (name,)
            if name in vars(cls):
                defaults = {**defaults, name: vars(cls)[name]}
        return names, positional, defaults

    def _init(
        name: str, names: Iterable[str], positional: tuple[str, ...], defaults: dict[str, Any]
    ) -> Callable[..., None]:
        wanted = frozenset(names)
        plain = {n: d for n, d in defaults.items() if not isinstance(d, _Made)}
        made = tuple((n, d.make) for n, d in defaults.items() if isinstance(d, _Made))

        def __init__(self: Any, *args: Any, **given: Any) -> None:  # noqa: N807
            state = self.__dict__
            state.update(plain)
            if args:
                state.update(zip(positional, args, strict=False))
                if len(args) > len(positional) or given.keys() & positional[: len(args)]:
                    raise TypeError(f"{name}() got too many values by position, or one twice")
            state.update(given)
            for key, make in made:
                if key not in state:
                    state[key] = make()
            if state.keys() != wanted:
                wrong = ", ".join(sorted(state.keys() ^ wanted))
                raise TypeError(f"{name}() got fields that it does not have, or not those that it needs: {wrong}")

        return __init__

    def _repr(self: Any) -> str:
        return f"{type(self).__qualname__}({', '.join(f'{n}={self.__dict__[n]!r}' for n in self._dataclass[0])})"

    def _eq(self: Any, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(other) is type(self) else NotImplemented

    def _hash(self: Any) -> int:
        return hash(tuple(self.__dict__[n] for n in self._dataclass[0]))

    def _refuse_set(self: Any, name: str, _value: object) -> None:
        raise AttributeError(f"a {type(self).__qualname__} is frozen: {name} cannot be set")

    def _refuse_delete(self: Any, name: str) -> None:
        raise AttributeError(f"a {type(self).__qualname__} is frozen: {name} cannot be deleted")


__all__ = ["KW_ONLY", "dataclass", "field", "replace"]
