"""Several small numbers of a row as one, which databases group by much quicker than by six columns; refuses what is below zero.

Only the first one may be of any size.
"""

from collections.abc import Sequence as Many
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, case, cast, func, select


@dataclass(frozen=True, slots=True)
class Field:
    """A number and how many values it can have, from 0 on; that of the first field has no say."""

    column: ColumnElement[Any]
    values: int


def pack(fields: Many[Field]) -> ColumnElement[int]:
    """The numbers as one, the first one in front. All fields but the first need fewer than 2**47 values together."""
    first, *others = fields
    packed: ColumnElement[int] = cast(first.column, BigInteger)
    for each in others:
        packed = packed * each.values + each.column
    return packed


def unpack(fields: Many[Field], packed: int) -> list[int]:
    """The numbers of one that was packed from the same fields."""
    found = []
    for each in reversed(fields[1:]):
        packed, number = divmod(packed, each.values)
        found.append(number)
    return [packed, *reversed(found)]


def flag(condition: ColumnElement[bool]) -> Field:
    """Whether something holds, as 1 or 0."""
    return Field(case((condition, 1), else_=0), 2)


def one_of(column: ColumnElement[Any], words: type[StrEnum]) -> Field:
    """A word of a closed list, as its place there."""
    return Field(case({str(word): place for place, word in enumerate(words)}, value=column), len(words))


def in_groups(found: Select[Any]) -> Select[Any]:
    """The rows of a query that are alike, once, and how many there are of each."""
    every = found.subquery()
    return select(*every.c, func.count()).group_by(*every.c)
