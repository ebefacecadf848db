"""Which letter of a sequence comes next for somebody who stands at a place in it; refuses to say when."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar


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
    """Letters are retired, not deleted: who is beyond one must still find its place. A draft has a place and is not sent."""

    DRAFT = "draft"
    LIVE = "live"
    RETIRED = "retired"


class Role(StrEnum):
    """What a letter is for: the way itself, a second voice for whoever stays or comes back, or a word when those are read."""

    MAIN = "main"
    ALTERNATE = "alternate"
    CHECK_IN = "check-in"


class Wish(StrEnum):
    """What a reader wants the next letter to be, where it is not the usual one."""

    STAY = "stay"  # a little longer with this part
    PART = "part"  # on to another part, back to one, or to begin with one
    AGAIN = "again"  # the same letter once more


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
    @property
    def role(self) -> str: ...
    @property
    def phase_id(self) -> int | None: ...


Placed = TypeVar("Placed", bound=_Placed)


@dataclass(frozen=True, slots=True)
class Step:
    """One letter of a way, as far as its place goes."""

    id: int
    position: int
    state: str = LetterState.LIVE
    role: str = Role.MAIN
    phase_id: int | None = None


@dataclass(frozen=True, slots=True)
class Way(Generic[Placed]):
    """A sequence as the rules see it: all its letters, retired ones too, and whether it begins again after the last."""

    letters: Sequence[Placed]
    again: bool = False

    @property
    def main(self) -> list[Placed]:
        """The live letters of the way itself, in their order."""
        return self.live(Role.MAIN)

    def live(self, role: Role, phase_id: int | None = None) -> list[Placed]:
        """The live letters of a role, in their order; of one phase, where one is given."""
        found = [each for each in self.letters if each.role == role and each.state == LetterState.LIVE]
        return sorted((each for each in found if phase_id in (None, each.phase_id)), key=lambda each: each.position)

    def letter(self, letter_id: int | None) -> Placed | None:
        """The letter of an id, retired or not."""
        return next((each for each in self.letters if each.id == letter_id), None)

    @property
    def phases(self) -> list[int]:
        """The ids of the phases in the order in which the way passes through them."""
        return list(dict.fromkeys(each.phase_id for each in self.main if each.phase_id is not None))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a reader is on a way.

    `reached` is the main letter last planned, None before the first; `seen` are all letters planned so far, oldest first;
    `wish` is what the next one should be, with the phase where it needs one.
    """

    reached: int | None = None
    seen: tuple[int, ...] = ()
    wish: Wish | None = None
    wish_phase_id: int | None = None

    @property
    def last(self) -> int | None:
        """The letter that came last, of whatever role."""
        return self.seen[-1] if self.seen else None


@dataclass(frozen=True, slots=True)
class Choice(Generic[Placed]):
    """The letter that comes next, and the main letter that is reached with it."""

    letter: Placed
    reached: int | None


def choose(way: Way[Placed], standing: Standing) -> Choice[Placed] | None:
    """The letter that comes next; None at the end.

    The place is looked up each time, never stored ahead, so that inserted, retired and appended letters just work. The same
    mail never comes twice in a row, unless the reader wishes for exactly that.
    """
    match standing.wish:
        case Wish.AGAIN:
            last = way.letter(standing.last)
            letter = last if last and last.state == LetterState.LIVE else None
        case Wish.STAY:
            letter = _beside(way, phase_of(way, standing), standing)
        case Wish.PART:
            return _into_part(way, standing) or _onward(way, standing)
        case _:
            letter = None
    return Choice(letter, standing.reached) if letter else _onward(way, standing)


def phase_of(way: Way[Placed], standing: Standing) -> int | None:
    """The phase a reader is in: that of the main letter they reached, else that of the one to come."""
    reached = way.letter(standing.reached) or next(iter(way.main), None)
    return reached.phase_id if reached else None


def position_of(way: Way[Placed], standing: Standing) -> int:
    """The position of the main letter that a reader reached; 0 before the first.

    A letter that has been made an alternate since says nothing about a place: then the main letter seen before it does.
    """
    found = (way.letter(letter_id) for letter_id in (standing.reached, *reversed(standing.seen)))
    return next((each.position for each in found if each and each.role == Role.MAIN), 0)


def _into_part(way: Way[Placed], standing: Standing) -> Choice[Placed] | None:
    """The first letter of the part that is wished for; the next where that would be the mail that came last."""
    voices = [_voice(way, main, standing) for main in way.live(Role.MAIN, standing.wish_phase_id)]
    return next((each for each in voices if each.letter.id != standing.last), voices[0] if voices else None)


def _onward(way: Way[Placed], standing: Standing) -> Choice[Placed] | None:
    here = position_of(way, standing)
    ahead = [each for each in way.main if each.position > here]
    if not ahead and way.again:
        ahead = way.main
    return _voice(way, ahead[0], standing) if ahead else None


def _voice(way: Way[Placed], main: Placed, standing: Standing) -> Choice[Placed]:
    """A main letter, or for somebody who had it before a second voice in its place where there is one."""
    if main.id not in standing.seen:
        return Choice(main, main.id)
    others = _unseen(way.live(Role.ALTERNATE, main.phase_id), standing)
    if not others and main.id == standing.last:
        return Choice(_beside(way, main.phase_id, standing) or main, main.id)
    return Choice(others[0] if others else main, main.id)


def _beside(way: Way[Placed], phase_id: int | None, standing: Standing) -> Placed | None:
    """An alternate of the phase that has not come yet; when they are used up, a check-in; never what came last."""
    alternates = way.live(Role.ALTERNATE, phase_id)
    if unseen := _unseen(alternates, standing):
        return unseen[0]
    quiet = [each for each in way.live(Role.CHECK_IN) if each.id != standing.last]
    others = quiet or [each for each in alternates if each.id != standing.last]
    return min(others, key=lambda each: _seen_at(each, standing), default=None)


def _unseen(letters: Sequence[Placed], standing: Standing) -> list[Placed]:
    return [each for each in letters if each.id not in standing.seen]


def _seen_at(letter: _Placed, standing: Standing) -> int:
    """When a letter came last, counted from the first letter; 0 for never."""
    return max((place for place, seen in enumerate(standing.seen, start=1) if seen == letter.id), default=0)
