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

    class _Field:
        """What `field` says of a field: its default, or what makes one for each value; whether a repr shows it."""

        def __init__(self, *, default: Any, make: Callable[[], Any] | None, shown: bool) -> None:
            self.default, self.make, self.shown = default, make, shown

    NONE = object()

    def field(*, default: Any = NONE, default_factory: Callable[[], Any] | None = None, repr: bool = True) -> Any:  # noqa: A002
        """Return what is to be known of a field, in the place of its default."""
        return _Field(default=default, make=default_factory, shown=repr)

    def replace(value: T, /, **changes: Any) -> T:
        """Return the same value with some fields changed; its `__init__` is not called."""
        new: T = object.__new__(type(value))
        state = new.__dict__
        state.update(value.__dict__)
        many = len(state)
        state.update(changes)
        if len(state) != many:
            raise TypeError(f"{type(value).__qualname__} has no {', '.join(changes.keys() - value.__dict__.keys())}")
        return new

    def dataclass(*, frozen: bool = False, kw_only: bool = False) -> Callable[[C], C]:
        """Return a decorator that makes a class of annotated fields a dataclass."""

        def decorate(cls: C) -> C:
            names, positional, specs = cls._dataclass = _fields(cls, kw_only=kw_only)
            cls.__dataclass_fields__ = _Standard()
            cls.__init__ = _init(cls.__qualname__, names, positional, specs)
            cls.__repr__, cls.__eq__, cls.__hash__ = vars(cls).get("__repr__", _repr), _eq, _hash if frozen else None
            if frozen:
                cls.__setattr__, cls.__delattr__ = _refuse_set, _refuse_delete
            return cls

        return decorate

    class _Standard:
        """The fields as `dataclasses.replace`, `fields` and `asdict` need them, made when one of them asks."""

        def __get__(self, _value: object, cls: type) -> dict[str, Any]:
            import dataclasses  # noqa: PLC0415  (few ask)

            names, _, specs = cls._dataclass
            hints = {n: kind for c in reversed(cls.__mro__) for n, kind in getattr(c, "__annotations__", {}).items()}
            fields = []
            for name in names:
                spec = specs[name]
                given = {"default": spec.default} if spec.default is not NONE else {}
                given |= {"default_factory": spec.make} if spec.make else {}
                fields.append((name, hints[name], dataclasses.field(**given, repr=spec.shown)))
            made = dataclasses.make_dataclass(cls.__name__, fields, kw_only=True)
            cls.__dataclass_fields__ = made.__dataclass_fields__
            return cls.__dataclass_fields__

    def _fields(cls: type, *, kw_only: bool) -> tuple[tuple[str, ...], tuple[str, ...], dict[str, _Field]]:
        """Return the names of a class's fields, those that take arguments by position, and what is known of each."""
        names, positional, specs = getattr(cls, "_dataclass", ((), (), {}))
        own = cls.__dict__.get("__annotations__", {})  # noqa: RUF063  (inspect is not to be loaded)
        for name, kind in own.items():
            if kind is KW_ONLY:
                kw_only = True
                continue
            names += (name,)
            if not kw_only:
                positional += (name,)
            given = vars(cls).get(name, NONE)
            specs = {**specs, name: given if isinstance(given, _Field) else field(default=given)}
        return names, positional, specs

    def _init(
        name: str, names: Iterable[str], positional: tuple[str, ...], specs: dict[str, _Field]
    ) -> Callable[..., None]:
        wanted = frozenset(names)
        plain = {n: spec.default for n, spec in specs.items() if spec.default is not NONE}
        made = tuple((n, spec.make) for n, spec in specs.items() if spec.make is not None)
        needed, many = wanted.difference(plain, [key for key, _ in made]), len(wanted)

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
            if len(state) != many or not needed.issubset(state):
                wrong = ", ".join(sorted(state.keys() ^ wanted))
                raise TypeError(f"{name}() got fields that it does not have, or not those that it needs: {wrong}")

        return __init__

    def _repr(self: Any) -> str:
        names, _, specs = self._dataclass
        shown = ", ".join(f"{n}={self.__dict__[n]!r}" for n in names if specs[n].shown)
        return f"{type(self).__qualname__}({shown})"

    def _eq(self: Any, other: object) -> bool:
        return self.__dict__ == other.__dict__ if type(other) is type(self) else NotImplemented

    def _hash(self: Any) -> int:
        return hash(tuple(self.__dict__[n] for n in self._dataclass[0]))

    def _refuse_set(self: Any, name: str, _value: object) -> None:
        raise AttributeError(f"a {type(self).__qualname__} is frozen: {name} cannot be set")

    def _refuse_delete(self: Any, name: str) -> None:
        raise AttributeError(f"a {type(self).__qualname__} is frozen: {name} cannot be deleted")


__all__ = ["KW_ONLY", "dataclass", "field", "replace"]
