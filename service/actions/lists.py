"""Lists that go out as files, and lists of addresses never to write to that come in; refuses formulas (B-13, Z-8, 1.2.10)."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from service.actions import imports
from service.actions import subscribers as leaving
from service.domain.imports.cells import defused
from service.domain.imports.files import File, ListError, Sheet, sheet
from service.domain.imports.rules import SUPPRESSED_AS, Row, What
from service.domain.subscribers import State
from service.mail.tokens import Keyring, Purpose
from service.store import lists, subscribers
from service.store import suppressions as rows

MOST_AT_ONCE: Final = 5_000
"""How many addresses or hashes can be brought at once: they are all kept in one go, or none of them."""

READERS: Final = (
    "email",
    "state",
    "language",
    "discreet",
    "plain_text",
    "extras",
    "tell_me",
    "programmes",
    "signed_up_at",
    "consent_at",
    "confirmed_at",
    "consent_method",
    "left_at",
)
SUPPRESSIONS: Final = ("hash", "key_id", "reason", "source", "created_at")

_REASONS: Final = frozenset({"hard", "complaint", "manual", rows.NEVER, rows.LEFT})
_HASH: Final = re.compile(r"[0-9a-f]{64}")


def readers(session: Session) -> Iterator[str]:
    """All readers as the lines of a CSV file, a header first. Takes little memory, however many they are."""
    yield _line(READERS)
    for reader in lists.readers(session):
        programmes = ", ".join(f"{slug}: {state}" for slug, state in reader.programmes)
        switches = (reader.discreet, reader.plain_text, reader.extras, reader.tell_me)
        times = (reader.created_at, reader.consent_at, reader.confirmed_at)
        yield _line(
            (
                reader.address,
                reader.state,
                reader.language,
                *("yes" if switch else "no" for switch in switches),
                programmes,
                *map(_time, times),
                reader.method,
                _time(reader.left_at),
            )
        )


def suppressions(session: Session) -> Iterator[str]:
    """All suppressions as the lines of a CSV file, a header first. They hold no address: only keyed hashes."""
    yield _line(SUPPRESSIONS)
    for row in lists.suppressions(session):
        yield _line((row.hash, row.key_id, row.reason, row.source, _time(row.created_at)))


def _line(cells: Iterable[str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow([defused(cell) for cell in cells])
    return written.getvalue()


def _time(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """What came of a list of suppressions: newly kept, there already, readers that were stopped, and rows left out with why."""

    added: int
    known: int
    stopped: int
    left_out: tuple[tuple[int, str], ...]


def suppress(session: Session, file: File, *, source: str, keys: Keyring, now: datetime, wall: datetime) -> Suppressed:
    """Never write to the addresses of a list any more: an export of suppressions, or plain addresses.

    Readers among them are stopped. All rows are kept, or none. Raises ListError for what is no list, or a very long one.
    """
    found = sheet(file) if file.data.strip() else None
    if found and {"hash", "key_id"} <= set(found.header):
        return _suppress_hashes(session, found, source=source, keys=keys, wall=wall)
    reading = imports.read([file], wall=wall)
    _refuse_long(len(reading.rows))
    stopped, added, known, left_out = 0, 0, 0, []
    for row in reading.rows:
        if not row.address:
            left_out.append((row.row, row.sentence))
            continue
        hashes = keys.address_hashes(row.key)
        there = rows.holds(session, [value for _, value in hashes])
        stopped += _stop(session, row, keys=keys, now=now, wall=wall)
        rows.add(session, hashes, reason=_reason(row), source=source, wall=wall)
        added, known = added + (not there), known + there
    return Suppressed(added, known, stopped, tuple(left_out))


def _refuse_long(size: int) -> None:
    if size > MOST_AT_ONCE:
        raise ListError(f"This list has more than {MOST_AT_ONCE:,} rows. Please bring it in several files.")


def _reason(row: Row) -> str:
    """Why an address is not written to any more: it was brought for that, also where the list says that somebody left."""
    said = SUPPRESSED_AS[row.why] if row.what is What.SUPPRESS and row.why in SUPPRESSED_AS else "manual"
    return "manual" if said == rows.LEFT else said


def _stop(session: Session, row: Row, *, keys: Keyring, now: datetime, wall: datetime) -> bool:
    subscriber = subscribers.by_key(session, row.key)
    if subscriber is None or subscriber.state not in (State.PENDING, State.ACTIVE):
        return False
    token = keys.link_token(Purpose.UNSUBSCRIBE, subscriber.ref, subscriber.link_epoch)
    leaving.stop(session, token, keys=keys, now=now, wall=wall)
    return True


def _suppress_hashes(session: Session, found: Sheet, *, source: str, keys: Keyring, wall: datetime) -> Suppressed:
    _refuse_long(len(found.records))
    place = {name: number for number, name in enumerate(found.header)}
    added, known, left_out = 0, 0, []
    for record in found.records:
        cells = [*record.cells, *("" for _ in found.header)]
        value, key_id = cells[place["hash"]], cells[place["key_id"]]
        reason = cells[place["reason"]] if "reason" in place else "manual"
        why = _wrong(value, key_id, reason, keys)
        if why:
            left_out.append((record.row, why))
        elif rows.add(session, [(key_id, value)], reason=reason, source=source, wall=wall):
            added += 1
        else:
            known += 1
    return Suppressed(added, known, 0, tuple(left_out))


def _wrong(value: str, key_id: str, reason: str, keys: Keyring) -> str:
    if not _HASH.fullmatch(value):
        return "This is not a hash of an address."
    if key_id not in keys.key_ids:
        # A row with a key that we do not have would keep the service from starting.
        return "This hash was made with a key that is not in SECRET_KEY here."
    return "" if reason in _REASONS else "The reason is not one of hard, complaint, never, manual or left."
