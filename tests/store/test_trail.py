"""The trail: one chain however many write at once, kept by the database itself, and without anybody's address."""

from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from service.actions import audit as notes
from service.bootstrap import Service
from service.store import audit
from service.store.audit import Entry
from tests.parts.river import TUESDAY, Parts

WRITERS = 4
LINES = 10


def note(service: Service, what: str, **facts: int | str | bool) -> None:
    """One line in a transaction of its own."""
    with service.write() as session:
        notes.note(session, Entry(1, "Ada", "owner", "192.0.2.0/24", what, "stone:1", facts), wall=datetime.now(UTC))


def test_writers_at_once_make_one_chain(parts: Parts) -> None:
    """Each with a connection of its own, as processes have; without the lock two lines follow the same one."""
    together = Barrier(WRITERS)

    def write(number: int) -> None:
        service = parts.service()
        together.wait(30)
        for each in range(LINES):
            note(service, f"stone {number} moved", time=each)
        service.database.close()

    writers = [Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    service = parts.service()
    with service.read() as session:
        written = audit.lines(session, limit=1000)
        assert len(written) == WRITERS * LINES
        assert len({line.before for line in written}) == WRITERS * LINES, "no two lines follow the same one"
        assert audit.first_broken(session) is None
    service.database.close()


def test_a_chain_of_more_than_one_page_is_read_to_its_end(bare_service: Service) -> None:
    with bare_service.write() as session:
        for number in range(501):
            audit.add(session, Entry(None, "", "", "", "counted", facts={"number": number}), wall=TUESDAY)
    with bare_service.write() as session:
        name = session.get_bind().dialect.name
        session.execute(text(f"DROP TRIGGER {'audit_no_delete' if name == 'sqlite' else 'audit_is_kept ON audit'}"))
        last = audit.lines(session, limit=2)[0].id
        session.execute(text("DELETE FROM audit WHERE id = :id"), {"id": last - 1})
    with bare_service.read() as session:
        assert audit.first_broken(session) == last, "a line that is missing shows in the one after it"


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE audit SET what = 'nothing' WHERE id = 1",
        "UPDATE audit SET seal = before",
        "DELETE FROM audit WHERE id = 1",
        "DELETE FROM audit",
    ],
)
def test_plain_sql_cannot_change_a_line(bare_service: Service, deed: str) -> None:
    note(bare_service, "stone moved")
    with pytest.raises(DatabaseError, match="only added to"), bare_service.write() as session:
        session.execute(text(deed))
    with bare_service.read() as session:
        assert [line.what for line in audit.lines(session)] == ["stone moved"]
        assert audit.first_broken(session) is None


def test_postgresql_keeps_the_trail_from_being_emptied(postgresql_url: str) -> None:
    service = Parts(postgresql_url).service()
    note(service, "stone moved")
    with pytest.raises(DatabaseError, match="only added to"), service.write() as session:
        session.execute(text("TRUNCATE audit"))
    service.database.close()


@pytest.mark.parametrize("facts", [{"who": "reader@example.org"}, {"link": "x" * 40}, {"found": "a, reader@example.org, b"}])
def test_a_fact_that_could_be_an_address_or_a_token_stops_the_deed(bare_service: Service, facts: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="must not reach"):
        note(bare_service, "stone moved", **facts)
    with bare_service.read() as session:
        assert audit.lines(session) == []
