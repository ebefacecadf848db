"""The two ways into the database, on both databases."""

import threading
from datetime import datetime

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, StatementError

from service.bootstrap import Service
from service.store import beats
from service.store.database import parse_url
from service.store.tables import Beat, Sequence
from tests.parts.river import TUESDAY


def test_a_reader_cannot_write_whatever_it_tries(service: Service) -> None:
    with service.read() as session, pytest.raises(DBAPIError, match=r"(?i)read-?only"):
        session.execute(text("UPDATE sequences SET title = 'written'"))
    with service.read() as session:
        assert session.scalars(select(Sequence.title)).one() == "After leaving"


def test_a_write_is_whole_or_not_at_all(service: Service) -> None:
    with pytest.raises(ZeroDivisionError), service.write() as session:
        beats.beat(session, "x", now=TUESDAY, wall=TUESDAY)
        raise ZeroDivisionError
    with service.read() as session:
        assert session.scalars(select(Beat)).all() == []


def test_two_writers_at_once_lose_no_update(service: Service) -> None:
    """Read, think, write: SQLite's default would lose most of these without an error."""

    def work() -> None:
        for _ in range(25):
            with service.write() as session:
                row = session.scalars(select(Sequence).with_for_update()).one()
                row.pace_days += 1

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with service.read() as session:
        assert session.scalars(select(Sequence.pace_days)).one() == 7 + 100


def test_times_come_back_aware_and_as_they_were(service: Service) -> None:
    with service.write() as session:
        beats.beat(session, beats.CLOCK, now=TUESDAY, wall=TUESDAY)
    with service.read() as session:
        assert session.scalars(select(Beat.wall)).one() == TUESDAY
        assert beats.last_tick_age(session, wall=TUESDAY) == 0


def test_a_time_without_a_zone_is_refused(service: Service) -> None:
    naive = datetime(2026, 3, 3, 10)  # noqa: DTZ001  that is the point
    with pytest.raises(StatementError, match="without a zone"), service.write() as session:
        beats.beat(session, "x", now=naive, wall=naive)
        session.flush()


def test_commits_are_durable(service: Service) -> None:
    """A forgotten `sending` mark is a silent second copy."""
    with service.write() as session:
        if session.get_bind().dialect.name == "sqlite":
            assert session.execute(text("PRAGMA synchronous")).scalar_one() == 2
            assert session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
            assert session.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
        else:
            assert session.execute(text("SHOW synchronous_commit")).scalar_one() == "on"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_postgresql_means_psycopg_3(scheme: str) -> None:
    assert parse_url(f"{scheme}://u:p@h/d").drivername == "postgresql+psycopg"


@pytest.mark.parametrize("url", ["mysql://h/d", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL must be"):
        parse_url(url)
