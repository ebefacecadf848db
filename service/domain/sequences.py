"""The order of letters in a sequence; refuses to know who is reading it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol, TypeVar


class Kind(StrEnum):
    """A programme is chosen by the reader; a batch is scheduled by an admin."""

    PROGRAMME = "programme"
    BATCH = "batch"


class State(StrEnum):
    """Whether a sequence takes part in planning."""

    DRAFT = "draft"
    LIVE = "live"
    RETIRED = "retired"


class LetterState(StrEnum):
    """Letters are retired, not deleted: who is beyond one must still find its place."""

    LIVE = "live"
    RETIRED = "retired"


class EnrolmentState(StrEnum):
    """One subscriber in one sequence: on the way, at its end, or stopped by the reader or a stop of all mail."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"


class _Placed(Protocol):
    @property
    def id(self) -> int: ...
    @property
    def position(self) -> int: ...
    @property
    def state(self) -> str: ...


Placed = TypeVar("Placed", bound=_Placed)


def next_letter(letters: Sequence[Placed], last_id: int | None) -> Placed | None:
    """The live letter after the one last planned, by its place; None at the end.

    The place is looked up each time, never stored ahead, so that inserted, retired and appended letters just work.
    """
    place = next((letter.position for letter in letters if letter.id == last_id), 0)
    ahead = [letter for letter in letters if letter.position > place and letter.state == LetterState.LIVE]
    return min(ahead, key=lambda letter: letter.position, default=None)
