"""How many messages ended how, of those whose rows are forgotten; refuses to know whose they were."""

from collections.abc import Mapping

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.store.tables import Tally

Ending = tuple[str, int, str]
"""Kind, letter (0 for system mail) and state."""


def add(session: Session, counts: Mapping[Ending, int]) -> None:
    """Add to the tallies. All do it in the same order, so that nobody waits for one who waits for them."""
    for ending in sorted(counts):
        if not _count(session, ending, counts[ending]):
            _begin(session, ending, counts[ending])


def _begin(session: Session, ending: Ending, count: int) -> None:
    kind, letter_id, state = ending
    try:
        with session.begin_nested():
            session.add(Tally(kind=kind, letter_id=letter_id, state=state, count=count))
    except IntegrityError:  # somebody else was first
        _count(session, ending, count)


def _count(session: Session, ending: Ending, count: int) -> bool:
    kind, letter_id, state = ending
    done = session.execute(
        update(Tally)
        .where(Tally.kind == kind, Tally.letter_id == letter_id, Tally.state == state)
        .values(count=Tally.count + count)
        .returning(Tally.kind)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


def by_state(session: Session) -> dict[str, int]:
    """How many forgotten messages ended in each state."""
    rows = session.execute(select(Tally.state, func.sum(Tally.count)).group_by(Tally.state))
    return {str(state): int(count) for state, count in rows}
