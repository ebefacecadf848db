"""How far a letter of a batch has come, so that it always adds up; refuses to lose a reader or to count one twice.

Each reader who was ever enrolled counts once for each letter. What decides is the newest message that was not skipped; where
there is none, the newest skipped one, unless its reader can still get the letter.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from service.domain.messages import WAITING, State

ERASED: Final = "erased"
"""Why somebody did not get a letter who was erased before it came."""

PASSED: Final = "passed"
"""Why somebody did not get a letter whose place they had passed before it was there."""


def _none() -> Mapping[str, int]:
    return {}


@dataclass(frozen=True, slots=True)
class Account:
    """Of how many readers what became; `skipped` and `refused` by reason. `again` is beside the sum: sent once more by wish."""

    expected: int = 0
    to_come: int = 0
    waiting: int = 0
    sent: int = 0
    unknown: int = 0
    skipped: Mapping[str, int] = field(default_factory=_none)
    refused: Mapping[str, int] = field(default_factory=_none)
    again: int = 0

    @property
    def closes(self) -> bool:
        """Whether it adds up."""
        ends = sum(self.skipped.values()) + sum(self.refused.values())
        return self.expected == self.to_come + self.waiting + self.sent + self.unknown + ends

    @property
    def is_settled(self) -> bool:
        """Whether nothing is to come or waits any more."""
        return self.to_come == 0 and self.waiting == 0


def total(accounts: Collection[Account]) -> Account:
    """The account of several letters together."""
    return Account(
        expected=sum(each.expected for each in accounts),
        to_come=sum(each.to_come for each in accounts),
        waiting=sum(each.waiting for each in accounts),
        sent=sum(each.sent for each in accounts),
        unknown=sum(each.unknown for each in accounts),
        skipped=_added(each.skipped for each in accounts),
        refused=_added(each.refused for each in accounts),
        again=sum(each.again for each in accounts),
    )


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    added: Counter[str] = Counter()
    for each in counts:
        added.update(each)
    return {reason: number for reason, number in sorted(added.items()) if number}


@dataclass(frozen=True, slots=True)
class Group:
    """Readers of a batch of whom the same is true: whether they can get letters, else why not, and how far they came."""

    is_open: bool
    why: str
    reached: int | None


@dataclass(frozen=True, slots=True)
class Ending:
    """The message that decides about one letter for one reader: its state, and why it has that."""

    state: State
    reason: str = ""


def reckon(
    position: int,
    *,
    readers: int,
    groups: Mapping[Group, int],
    endings: Mapping[Group, Mapping[Ending, int]],
    positions: Mapping[int, int],
    forgotten: Mapping[str, int],
    again: int = 0,
) -> Account:
    """The account of the letter at a position.

    `groups` says how many readers there are now, `endings` how many of them have a message for this letter, `positions` where
    letters stand by id. `readers` were enrolled in all; `forgotten` are the states of messages that are counts only (L-6).
    """
    counts: Counter[str] = Counter()
    skipped: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    without: Counter[str] = Counter({ERASED: max(readers - sum(groups.values()), 0)})
    for group, number in groups.items():
        found = endings.get(group, {})
        is_ahead = group.is_open and (group.reached is None or positions.get(group.reached, 0) < position)
        for ending, many in found.items():
            _count(ending, many, is_ahead, counts, skipped, refused)
        missing = number - sum(found.values())
        if is_ahead:
            counts["to come"] += missing
        else:
            without[PASSED if group.is_open else group.why] += missing
    _remember(without, forgotten, counts, skipped, refused)
    return Account(
        expected=readers,
        to_come=counts["to come"],
        waiting=counts["waiting"],
        sent=counts[State.SENT],
        unknown=counts[State.UNKNOWN],
        skipped=_added([skipped]),
        refused=_added([refused]),
        again=again,
    )


def _count(
    ending: Ending, many: int, is_ahead: bool, counts: Counter[str], skipped: Counter[str], refused: Counter[str]
) -> None:
    if ending.state in WAITING:
        counts["waiting"] += many
    elif ending.state is State.REFUSED:
        refused[ending.reason] += many
    elif ending.state is State.SKIPPED and is_ahead:
        counts["to come"] += many  # it was given back
    elif ending.state is State.SKIPPED:
        skipped[ending.reason] += many
    else:
        counts[ending.state] += many


def _remember(
    without: Counter[str],
    forgotten: Mapping[str, int],
    counts: Counter[str],
    skipped: Counter[str],
    refused: Counter[str],
) -> None:
    """What is known of those without a message: how theirs ended before it was forgotten, else why none came.

    A letter that somebody had twice is forgotten twice; nobody counts for more than one.
    """
    left = dict(sorted(without.items(), key=lambda each: (each[0] != ERASED, each[0] != PASSED, each[0])))
    for state, target in ((State.SENT, counts), (State.UNKNOWN, counts), (State.REFUSED, refused)):
        open_ = forgotten.get(state, 0)
        for why in left:
            taken = min(open_, left[why])
            left[why] -= taken
            open_ -= taken
            target[ERASED if target is refused else state] += taken
    skipped.update(left)
