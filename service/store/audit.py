"""The trail of what was done and looked at on the desk; refuses to change or forget a line of it.

Each line is sealed with the one before it (Z-11), and the database itself refuses to change or delete one.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.store.desk_tables import Audit

BEGINNING: Final = "0" * 64
_ONE_AT_A_TIME: Final = 0x41554449  # "AUDI": two lines must not follow the same one


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did, or a look that counts: never an address, a token or the words of a letter."""

    admin_id: int | None
    by: str
    role: str
    network: str
    what: str
    about: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def add(session: Session, entry: Entry, *, wall: datetime) -> None:
    """Add a line. It is there if and only if the transaction is committed, and no other line can come between."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    before = session.scalar(select(Audit.seal).order_by(Audit.id.desc()).limit(1)) or BEGINNING
    line = Audit(
        at=wall,
        admin_id=entry.admin_id,
        by=entry.by,
        role=entry.role,
        network=entry.network,
        what=entry.what,
        about=entry.about,
        facts=entry.facts,
        before=before,
        seal="",
    )
    line.seal = _seal(line)
    session.add(line)
    session.flush()


def _seal(line: Audit) -> str:
    told = (
        line.at.isoformat(),
        line.admin_id,
        line.by,
        line.role,
        line.network,
        line.what,
        line.about,
        line.facts,
        line.before,
    )
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def lines(
    session: Session, *, about: str = "", admin_id: int | None = None, before_id: int | None = None, limit: int = 100
) -> Sequence[Audit]:
    """The newest lines, of one thing or one person at the desk where these are given; older ones with `before_id`."""
    found = select(Audit).order_by(Audit.id.desc()).limit(limit)
    if about:
        found = found.where(Audit.about == about)
    if admin_id is not None:
        found = found.where(Audit.admin_id == admin_id)
    if before_id is not None:
        found = found.where(Audit.id < before_id)
    return session.scalars(found).all()


def has(session: Session, what: str, about: str, *, network: str | None = None, since: datetime | None = None) -> bool:
    """Whether there is a line of this; of one network and later than a moment, where these are given."""
    found = select(Audit.id).where(Audit.about == about, Audit.what == what)
    if network is not None:
        found = found.where(Audit.network == network)
    if since is not None:
        found = found.where(Audit.at > since)
    return session.scalar(found.limit(1)) is not None


def first_broken(session: Session) -> int | None:
    """The id of the first line that is not as it was written, or does not follow the one before it; None if all are whole."""
    before = BEGINNING
    for line in _all(session):
        if line.before != before or line.seal != _seal(line):
            return line.id
        before = line.seal
    return None


def _all(session: Session) -> Iterator[Audit]:
    last = 0
    while found := session.scalars(select(Audit).where(Audit.id > last).order_by(Audit.id).limit(500)).all():
        yield from found
        last = found[-1].id
