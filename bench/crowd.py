"""A made-up crowd in a database: readers in many zones, their enrolments, letters of two years, batches; for measuring only."""

import random
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy import Connection, make_url, select
from sqlalchemy import Table as Columns
from sqlalchemy.orm import Session

from service.bootstrap import Service
from service.store.columns import Table
from service.store.tables import Letter, Version
from service.store.tables import Sequence as Series

ZONES = ("Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Australia/Sydney")
HOURS = (8, 9, 10, 12, 18, 20)
END = (datetime.now(UTC) - timedelta(hours=9)).replace(hour=9, minute=0, second=0, microsecond=0)
"""The last nine o'clock that has passed: the calendar runs in real time here, as where the service is real."""

ENDINGS = ("sent",) * 96 + ("refused", "refused", "skipped", "unknown")


@dataclass(frozen=True, slots=True)
class Size:
    """How many readers, and how many messages in all."""

    readers: int
    messages: int


def fill(service: Service, size: Size) -> None:
    """Fill a migrated database that has its programmes and nothing else."""
    chance = random.Random(7)
    with service.read() as session:
        ways = _ways(session)
    rows = _Rows(chance, ways, size)
    with service.write() as session:
        for table, made in rows.all():
            put(session, Table.metadata.tables[table], made)
    with service.database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        tidy_up(connection)


def tidy_up(connection: Connection) -> None:
    """What the database does by itself where rows come day by day and not within a minute."""
    connection.exec_driver_sql("VACUUM ANALYZE" if connection.dialect.name == "postgresql" else "ANALYZE")


def _ways(session: Session) -> list[tuple[int, list[tuple[int, int]]]]:
    """Each programme with its letters and their versions, in order."""
    found = []
    for series in session.scalars(select(Series).where(Series.kind == "programme").order_by(Series.id)):
        letters = session.execute(
            select(Letter.id, Version.id)
            .join(Version, Version.letter_id == Letter.id)
            .where(Letter.sequence_id == series.id, Letter.role == "main")
            .order_by(Letter.position)
        )
        found.append((series.id, [(letter, version) for letter, version in letters]))
    return found


class _Rows:
    """The rows of each table, made while they are read."""

    def __init__(self, chance: random.Random, ways: list[tuple[int, list[tuple[int, int]]]], size: Size) -> None:
        self.chance, self.ways, self.size = chance, ways, size

    def all(self) -> Iterator[tuple[str, Iterable[dict[str, Any]]]]:
        """Tables in the order in which they may be filled."""
        yield (
            "consent_texts",
            [{"id": 1, "sha256": "0" * 64, "language": "en", "body": "I would like notes.", "created_at": END}],
        )
        yield "subscribers", self.subscribers()
        yield "consents", self.consents()
        yield "enrolments", self.enrolments()
        yield "enrolment_history", self.history()
        yield "messages", self.messages()

    def subscribers(self) -> Iterator[dict[str, Any]]:
        for number in range(1, self.size.readers + 1):
            at = self._since(number)
            yield {
                "id": number,
                "ref": f"{number:016x}",
                "link_epoch": 0,
                "address_epoch": 0,
                "address": f"reader{number}@example.net",
                "address_key": f"reader{number}@example.net",
                "address_hash": f"{number:064x}",
                "state": "active" if number % 10 else ("left", "pending")[number // 10 % 2],
                "zone": ZONES[number % len(ZONES)],
                "hour": HOURS[number % len(HOURS)],
                "never_hours": 0b111 if number % 9 == 0 else 0,
                "language": "es" if number % 12 == 0 else "en",
                "support": "link",
                "discreet": True,
                "link_only": False,
                "plain_text": False,
                "extras": number % 3 == 0,
                "tell_me": False,
                "quiet_days": [],
                "paused_until": END + timedelta(days=14) if number % 40 == 0 else None,
                "created_at": at,
                "confirmed_at": at,
                "left_at": END - timedelta(days=number % 90) if number % 20 == 10 else None,
            }

    def consents(self) -> Iterator[dict[str, Any]]:
        for number in range(1, self.size.readers + 1):
            at = self._since(number)
            yield {
                "id": number,
                "ref": f"{number:016x}",
                "token_hash": f"{number:064x}",
                "subscriber_id": number,
                "address": f"reader{number}@example.net",
                "address_key": f"reader{number}@example.net",
                "programme": "after-leaving",
                "weekday": number % 7,
                "hour": HOURS[number % len(HOURS)],
                "zone": ZONES[number % len(ZONES)],
                "discreet": True,
                "language": "en",
                "text_id": 1,
                "form_url": "https://notes.example.org/",
                "ip": "192.0.2.0/24",
                "method": "form",
                "submitted_at": at,
                "expires_at": at + timedelta(days=3),
                "outcome": "confirm",
                "confirmed_at": at,
            }

    def enrolments(self) -> Iterator[dict[str, Any]]:
        for number in range(1, self.size.readers + 1):
            series, letters = self._way(number)
            turn = self._turn(number, letters)
            over = turn >= len(letters)
            stopped = number % 10 == 0
            yield {
                "id": number,
                "subscriber_id": number,
                "sequence_id": series,
                "consent_id": number,
                "run": 1,
                "state": "stopped" if stopped else "finished" if over else "running",
                "weekday": number % 7,
                "pace_days": 7,
                "shift_minutes": 0,
                "anchor": self._since(number).date(),
                "turn": turn,
                "last_letter_id": letters[turn - 1][0] if turn else None,
                "last_planned_at": END - timedelta(days=number % 7 + 1) if turn else None,
                "next_due_at": None if stopped or over else _slot(number),
                "created_at": self._since(number),
            }

    def history(self) -> Iterator[dict[str, Any]]:
        whats = ("started", "stayed", "went on", "paused", "put off")
        for number in range(1, self.size.readers * 3 + 1):
            reader = (number - 1) % self.size.readers + 1
            yield {
                "id": number,
                "enrolment_id": reader,
                "at": END - timedelta(hours=number % 17_000),
                "what": whats[number % len(whats)],
                "turn": 1,
            }

    def messages(self) -> Iterator[dict[str, Any]]:
        each = self.size.messages // self.size.readers
        number = 0
        for reader in range(1, self.size.readers + 1):
            _, letters = self._way(reader)
            for turn in range(1, each + 1):
                number += 1
                at = END - timedelta(days=7 * (each - turn), hours=reader % 160)
                letter, version = letters[(turn - 1) % len(letters)]
                waits = turn == each and reader % 50 == 0
                state = "due" if waits else self.chance.choice(ENDINGS)
                yield {
                    "id": number,
                    "ref": f"{number:016x}",
                    "kind": "letter",
                    "lane": 1,
                    "state": state,
                    "reason": {"refused": "550", "skipped": "late", "unknown": "unheard"}.get(state),
                    "subscriber_id": reader,
                    "enrolment_id": reader,
                    "turn": turn,
                    "letter_id": letter,
                    "version_id": version,
                    "after_pause": False,
                    "local_day": (END - timedelta(days=7 * (each - turn), hours=reader % 160)).date(),
                    "slot": at,
                    "planned_at": at,
                    "not_before": at,
                    "not_after": END + timedelta(days=2) if waits else at + timedelta(days=3),
                    "attempts": 1,
                    "breaks": 0,
                    "sent_at": at if state == "sent" else None,
                    "settled_at": None if waits else at,
                    "reply_code": 250 if state == "sent" else 550 if state == "refused" else None,
                }

    def _since(self, number: int) -> datetime:
        return END - timedelta(days=number % 700, hours=number % 24)

    def _way(self, number: int) -> tuple[int, list[tuple[int, int]]]:
        return self.ways[number % len(self.ways)]

    def _turn(self, number: int, letters: list[tuple[int, int]]) -> int:
        return number % (len(letters) + 1)


def _slot(number: int) -> datetime:
    return END + timedelta(days=number % 7 + 1, hours=HOURS[number % len(HOURS)] - 9)


def put(session: Session, table: Columns, rows: Iterable[Mapping[str, Any]]) -> None:
    """Put rows into a table the quickest way there is."""
    rows = iter(rows)
    first = next(rows)
    names = list(first)
    kinds = [table.c[name].type for name in names]
    dialect = session.get_bind().dialect
    binders = [kind.dialect_impl(dialect).bind_processor(dialect) for kind in kinds]

    def values() -> Iterator[Sequence[Any]]:
        for row in _chain(first, rows):
            yield [bind(row[name]) if bind else row[name] for name, bind in zip(names, binders, strict=True)]

    raw = session.connection().connection.driver_connection
    quoted = ", ".join(f'"{name}"' for name in names)
    if isinstance(raw, sqlite3.Connection):
        raw.executemany(f"INSERT INTO {table.name} ({quoted}) VALUES ({', '.join('?' * len(names))})", values())
    elif isinstance(raw, psycopg.Connection):
        with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({quoted}) FROM STDIN") as copy:
            for row in values():
                copy.write_row(row)
        raw.execute(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), (SELECT max(id) FROM {table.name}))")


def _chain(first: Mapping[str, Any], rest: Iterator[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    yield first
    yield from rest


def is_sqlite(url: str) -> bool:
    """Whether a database is a file."""
    return make_url(url).get_backend_name() == "sqlite"
