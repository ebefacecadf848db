"""Ways and quiet days for tests of the rules of pace, with ids that say what a letter is; refuses to know a database."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from service.domain.schedule import MOST_QUIET_DAYS
from service.domain.sequences import LetterState, Role, Standing, Step, Way, Wish, choose
from service.domain.turns import after

Wished = tuple[Wish | None, int | None]
"""A wish, and the part that it names if it does."""

USUAL: Wished = (None, None)
STAY: Wished = (Wish.STAY, None)
AGAIN: Wished = (Wish.AGAIN, None)


def part(phase_id: int) -> Wished:
    """The wish for a part."""
    return Wish.PART, phase_id


def way(*phases: tuple[int, int], check_ins: int = 0, again: bool = False, retired: Collection[int] = ()) -> Way[Step]:
    """A way of phases, each with so many letters and alternates, in places as loading gives them.

    Phase 2 has the letters 21, 22 ... and the alternates 201, 202 ...; check-ins are 901, 902 ...
    """
    numbered = list(enumerate(phases, start=1))
    main = [(n * 10 + each, Role.MAIN, n) for n, (count, _) in numbered for each in range(1, count + 1)]
    others = [(n * 100 + each, Role.ALTERNATE, n) for n, (_, count) in numbered for each in range(1, count + 1)]
    quiet = [(900 + each, Role.CHECK_IN, None) for each in range(1, check_ins + 1)]
    steps = [
        Step(id_, place, LetterState.RETIRED if id_ in retired else LetterState.LIVE, role, phase)
        for place, (id_, role, phase) in enumerate([*main, *others, *quiet], start=1)
    ]
    return Way(steps, again)


def wishing(standing: Standing, wished: Wished) -> Standing:
    """The same place with a wish."""
    return replace(standing, wish=wished[0], wish_phase_id=wished[1])


def lived(of: Way[Step], *wishes: Wished) -> Standing:
    """Where somebody stands after one letter for each of these wishes."""
    standing = Standing()
    for wished in wishes:
        choice = choose(of, wishing(standing, wished))
        assert choice is not None, "the way is over before the wishes are"
        standing = after(standing, choice)
    return standing


def next_id(of: Way[Step], standing: Standing) -> int | None:
    """The letter that comes next; None at the end."""
    choice = choose(of, standing)
    return choice.letter.id if choice else None


def rest(of: Way[Step], standing: Standing, *, at_most: int = 100) -> list[int]:
    """All letters that still come, if nothing more is wished for."""
    ids: list[int] = []
    while len(ids) < at_most and (choice := choose(of, standing)) is not None:
        standing = after(standing, choice)
        ids.append(choice.letter.id)
    return ids


# Quiet days as hypothesis wants them: any, in a row, and all of one weekday of a leap year

QuietDays = frozenset[tuple[int, int]]
_LEAP_YEAR = [(day.month, day.day) for n in range(366) for day in [date(2024, 1, 1) + timedelta(days=n)]]
_scattered = st.frozensets(st.sampled_from(_LEAP_YEAR), max_size=MOST_QUIET_DAYS)
_in_a_row = st.builds(
    lambda first, count: frozenset((_LEAP_YEAR * 2)[first : first + count]),
    st.integers(0, 365),
    st.integers(0, MOST_QUIET_DAYS),
)
_one_weekday = st.builds(lambda first: frozenset(_LEAP_YEAR[first::7]), st.integers(0, 6))
no_days: st.SearchStrategy[QuietDays] = st.just(frozenset())
quiet_days = no_days | _scattered | _in_a_row | _one_weekday
