"""JSON to typed attributes. A value class is a frozen dataclass; its annotations say how each
field is read, its defaults what an absent one is: '' for a text, None for anything else, as on
django_midtrans's models. Unknown fields stay readable in `extra`: events grow by new fields.
"""
import dataclasses
import re
import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Self

AMOUNT = re.compile(r"-?[0-9]{1,15}\.[0-9]{2}")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{1,6})?Z")


class Malformed(Exception):
    """A record that is not the event it should be. The sentence names the field, never its value:
    it goes into logs."""


def text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("is no text")
    return value


def amount(value: object) -> Decimal:
    if not isinstance(value, str) or not AMOUNT.fullmatch(value):
        raise ValueError("is no amount such as \"150000.00\"")
    return Decimal(value)


def time(value: object) -> datetime:
    if not isinstance(value, str) or not TIME.fullmatch(value):
        raise ValueError("is no time such as 2026-11-23T02:15:30.000Z")
    return datetime.fromisoformat(value)  # in UTC: Z is all that TIME lets through


def count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("is no whole number")
    return value


def truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is neither true nor false")
    return value


def words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError("is no list")
    return tuple(text(each) for each in value)


READERS: dict[object, Callable[[Any], Any]] = {
    str: text, Decimal: amount, datetime: time, int: count, bool: truth, tuple[str, ...]: words}
READ: dict[object, type] = {text: str, count: int, truth: bool}  # what json has read already


def reader_of(annotation: object) -> Callable[[Any], Any]:
    """str, datetime | None, OrderView …: what turns a JSON value into it."""
    if isinstance(annotation, types.UnionType):
        (annotation,) = (each for each in typing.get_args(annotation) if each is not type(None))
    if isinstance(annotation, type) and issubclass(annotation, Value):
        return annotation.read
    return READERS[annotation]


@dataclasses.dataclass(frozen=True)
class Shape:
    """What is known of a value class before any document is read."""

    readers: Mapping[str, Callable[[Any], Any]]
    as_they_are: Mapping[str, type]  # fields whose JSON value is the attribute, if of this type
    required: tuple[str, ...]
    defaults: Mapping[str, Any]  # of all other fields


@cache
def shape_of(cls: type) -> Shape:
    hints = typing.get_type_hints(cls)
    fields = [field for field in dataclasses.fields(cls) if field.name != "extra"]
    required = tuple(field.name for field in fields if field.default is dataclasses.MISSING)
    readers = {field.name: reader_of(hints[field.name]) for field in fields}
    as_they_are = {name: READ[reader] for name, reader in readers.items() if reader in READ}
    return Shape(readers, as_they_are, required,
                 {field.name: field.default for field in fields if field.name not in required})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Value:
    """What an event says of one thing."""

    extra: Mapping[str, Any] = dataclasses.field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, document: object) -> Self:
        """Of a JSON object. Malformed when a field is missing or of the wrong shape."""
        name, shape = cls.__name__.lower(), shape_of(cls)
        if not isinstance(document, dict):
            raise Malformed(f"{name} is no JSON object")
        for field in shape.required:
            if field not in document:
                raise Malformed(f"{name}.{field} is missing")
        readers, as_they_are = shape.readers, shape.as_they_are
        extra: dict[str, Any] = {}
        found: dict[str, Any] = {**shape.defaults, "extra": extra}
        for field, value in document.items():
            if as_they_are.get(field) is type(value):
                found[field] = value
            elif field in readers:
                try:
                    found[field] = readers[field](value)
                except ValueError as error:
                    raise Malformed(f"{name}.{field} {error}") from None
            else:
                extra[field] = value
        # a frozen class's own __init__ asks for leave at each of 45 fields
        made = cls.__new__(cls)
        object.__setattr__(made, "__dict__", found)
        return made

    def __getattr__(self, name: str) -> Any:
        """Only called for what is no attribute: the model's relations and the like."""
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(
            f"{type(self).__name__} has no {name!r}: it is what an event tells, not a row of a "
            "table. Hint: find your own row by its order_id or id; fields that this version does "
            "not know are in .extra")
