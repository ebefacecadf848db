"""Rows of imports, and what is known here of many addresses at once; refuses to keep an address whose turn is over."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select
from sqlalchemy.orm import Session

from service.domain.consents import Reply
from service.domain.imports.rules import METHOD, Done, Facts, Row, Stage, What, Why
from service.store.desk_tables import Import, ImportRow
from service.store.tables import Consent, Knock, Subscriber, Suppression

_AT_ONCE: Final = 500  # SQLite and PostgreSQL both take many more values in one statement


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is. `done` counts rows by what became of them; times are real."""

    id: int
    name: str
    stage: Stage
    rows: int
    next_row: int
    done: Mapping[Done, int]
    at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """What is to become, or became, of one row, for a person. There is no address in it."""

    number: int
    file: str
    row: int
    what: What
    why: str
    done: Done | None


def add(session: Session, found: Import, rows: Iterable[Row]) -> int:
    """Keep an import and its rows. Returns its id."""
    session.add(found)
    session.flush()
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(_kept(found.id, row))
        if len(chunk) == _AT_ONCE:
            session.execute(insert(ImportRow), chunk)
            chunk = []
    if chunk:
        session.execute(insert(ImportRow), chunk)
    return found.id


def _kept(import_id: int, row: Row) -> dict[str, Any]:
    facts = row.facts.kept() | {"file": row.file, "row": row.row, "why": row.why or ""}
    return {
        "import_id": import_id,
        "number": row.number,
        "what": row.what,
        "why": row.sentence[:200],
        # Nothing is done with a row that is left out, so nobody needs to know whose it is.
        "address": "" if row.what is What.LEAVE else row.address,
        "facts": facts,
        "done": "",
    }


def find(session: Session, import_id: int) -> Import | None:
    """An import of a number."""
    return session.get(Import, import_id)


def locked(session: Session, import_id: int) -> Import | None:
    """An import, locked until the transaction ends; None if there is none, or another clock is at work on it."""
    return session.scalar(
        select(Import).where(Import.id == import_id).with_for_update(skip_locked=True).execution_options(populate_existing=True)
    )


def recent(session: Session, *, limit: int = 50) -> Sequence[Import]:
    """The newest imports."""
    return session.scalars(select(Import).order_by(Import.id.desc()).limit(limit)).all()


def same(session: Session, found: Import) -> Import | None:
    """An earlier import of the same file with the same choices, that runs or is done."""
    alike = select(Import).where(
        Import.sha256 == found.sha256,
        Import.programme == found.programme,
        Import.state.in_((Stage.RUNNING, Stage.DONE)),
        Import.id != found.id,
    )
    return next((other for other in session.scalars(alike.order_by(Import.id)) if other.wishes == found.wishes), None)


def next_running(session: Session) -> int | None:
    """The oldest import that has something left to do."""
    return session.scalar(select(func.min(Import.id)).where(Import.state == Stage.RUNNING))


def any_unanswered(session: Session, *, before: datetime) -> bool:
    """Whether a list was read that long ago, and nobody said yes."""
    return bool(session.scalar(select(exists().where(_unanswered(before)))))


def forget_unanswered(session: Session, *, before: datetime) -> None:
    """Throw away the lists to which nobody said yes."""
    for import_id in session.scalars(select(Import.id).where(_unanswered(before))).all():
        forget(session, import_id)


def _unanswered(before: datetime) -> ColumnElement[bool]:
    return and_(Import.state == Stage.READ, Import.at <= before)


def forget(session: Session, import_id: int) -> None:
    """Delete an import with its rows, as if it had not been brought."""
    session.execute(delete(ImportRow).where(ImportRow.import_id == import_id))
    session.execute(delete(Import).where(Import.id == import_id))


def rows_from(session: Session, import_id: int, number: int, *, limit: int) -> Sequence[ImportRow]:
    """The rows of an import from a number on."""
    rows = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.number >= number)
    return session.scalars(rows.order_by(ImportRow.number).limit(limit)).all()


def read_back(row: ImportRow) -> Row:
    """A kept row as the rules want to see it."""
    return _read_back(row.number, row.what, row.address, row.facts)


def _read_back(number: int, what: str, address: str, facts: Mapping[str, Any]) -> Row:
    why = facts.get("why")
    return Row(
        number=number,
        file=facts.get("file", ""),
        row=facts.get("row", 0),
        what=What(what),
        why=Why(why) if why else None,
        address=address,
        facts=Facts.of(facts),
    )


def waiting(session: Session, import_id: int) -> list[Row]:
    """All rows of a list that waits for a yes."""
    rows = select(ImportRow.number, ImportRow.what, ImportRow.address, ImportRow.facts).where(ImportRow.import_id == import_id)
    return [_read_back(*row) for row in session.execute(rows.order_by(ImportRow.number))]


def first_with_address(session: Session, import_id: int, *, limit: int) -> list[Row]:
    """The first rows of a list that are not left out, to look at."""
    rows = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.address != "")
    return [read_back(row) for row in session.scalars(rows.order_by(ImportRow.number).limit(limit))]


def settle(row: ImportRow, done: Done) -> None:
    """Note what became of a row, and forget whose it is."""
    row.done, row.address = done, ""
    row.facts = {name: row.facts[name] for name in ("file", "row", "why") if name in row.facts}


def forget_person(session: Session, address_keys: Collection[str]) -> None:
    """Take a person out of the lists that wait or run: whoever is erased is not brought back by one."""
    waiting = select(ImportRow).where(ImportRow.done == "", func.lower(ImportRow.address).in_(address_keys))
    for row in session.scalars(waiting).all():
        settle(row, Done.LEFT_OUT)
        row.what = What.LEAVE


def break_off(session: Session, import_id: int) -> int:
    """Forget whose the rows are that were not reached. Returns how many they are."""
    left = session.scalars(select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.done == "")).all()
    for row in left:
        settle(row, Done.BROKEN_OFF)
    return len(left)


def progress(found: Import) -> Progress:
    """How far an import is."""
    done = {Done(name): int(count) for name, count in found.counts.items()}
    return Progress(found.id, found.name, Stage(found.state), found.rows, found.next_row, done, found.at, found.done_at)


def report(
    session: Session, import_id: int, *, what: What | None = None, done: Done | None = None, after: int = 0, limit: int = 100
) -> list[Report]:
    """Rows of an import after a number, all of them or those of one kind: what the list wants, and what became of it."""
    rows = select(ImportRow).where(ImportRow.import_id == import_id, ImportRow.number > after)
    rows = rows if what is None else rows.where(ImportRow.what == what)
    rows = rows if done is None else rows.where(ImportRow.done == done)
    return [
        Report(
            row.number,
            row.facts.get("file", ""),
            row.facts.get("row", 0),
            What(row.what),
            row.why,
            Done(row.done) if row.done else None,
        )
        for row in session.scalars(rows.order_by(ImportRow.number).limit(limit))
    ]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known here of some addresses: states by key, keys that came by an import, and hashes to look for."""

    states: Mapping[str, tuple[int, str]]
    imported: frozenset[str]
    suppressed: Mapping[str, str]
    """The reasons of hashes that are suppressed."""
    asked: frozenset[str]
    """Keys of whom a sign-up waits, and hashes of addresses that had a confirm letter lately."""


def seen(session: Session, keys: Collection[str], hashes: Collection[str], *, since: datetime) -> Seen:
    """Look up many addresses at once, by key and by keyed hashes. `since` is how far back a confirm letter counts."""
    found = session.execute(
        select(Subscriber.address_key, Subscriber.id, Subscriber.state).where(Subscriber.address_key.in_(keys))
    ).all()
    states = {row.address_key: (row.id, row.state) for row in found}
    barred = session.execute(select(Suppression.hash, Suppression.reason).where(Suppression.hash.in_(hashes)))
    reasons = {row.hash: row.reason for row in barred}
    return Seen(states, _imported(session, states), reasons, _asked(session, keys, hashes, since))


def _imported(session: Session, states: Mapping[str, tuple[int, str]]) -> frozenset[str]:
    """The keys of those whom imports alone brought: they pressed no confirm button here."""
    ids = {subscriber_id: key for key, (subscriber_id, _) in states.items()}
    brought = Consent.method.startswith(METHOD, autoescape=True)
    mine = select(Consent.subscriber_id, brought, Consent.outcome, Consent.confirmed_at).where(
        Consent.subscriber_id.in_(ids), or_(Consent.confirmed_at.is_not(None), brought)
    )
    by_import: set[int] = set()
    by_hand: set[int] = set()
    for subscriber_id, is_brought, outcome, confirmed_at in session.execute(mine):
        if subscriber_id is not None:
            pressed = confirmed_at is not None and outcome != Reply.IMPORTED
            (by_hand if pressed or not is_brought else by_import).add(subscriber_id)
    return frozenset(ids[subscriber_id] for subscriber_id in by_import - by_hand)


def _asked(session: Session, keys: Collection[str], hashes: Collection[str], since: datetime) -> frozenset[str]:
    waiting = session.scalars(select(Consent.address_key).where(Consent.address_key.in_(keys), Consent.outcome.is_(None)))
    knocks = session.scalars(select(Knock.address_hash).where(Knock.address_hash.in_(hashes), Knock.at > since))
    return frozenset(waiting) | frozenset(knocks)


def last_asked(session: Session) -> datetime | None:
    """When the last confirm letter of an import that still waits is to leave."""
    brought = Consent.method.startswith(METHOD, autoescape=True)
    return session.scalar(select(func.max(Consent.not_before)).where(Consent.outcome.is_(None), brought))
