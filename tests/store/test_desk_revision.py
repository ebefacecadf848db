"""The revision that brings the desk: nothing of readers is lost on the way there, nor its own things on the way back."""

from contextlib import closing

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from service.actions import audit, desk_mail
from service.actions.desk_mail import Trial
from service.bootstrap import Service
from service.domain.messages import Kind
from service.store import messages, schema
from service.store.audit import Entry
from service.store.audit import first_broken as first_broken_line
from service.store.desk_tables import Batch
from service.store.tables import Letter, Message, Phase, Sequence, Subscriber
from tests.parts.river import TUESDAY, Parts, confirmed, load

BEFORE = "0003"


def service_at(parts: Parts, revision: str) -> Service:
    """A service with readers, on a database that went through a revision and back."""
    service = parts.service()
    load(service)
    for number in range(3):
        confirmed(service, f"reader{number}@example.net", now=TUESDAY, wall=TUESDAY)
    service.database.close()
    schema.downgrade(parts.database_url, revision)
    return service


def test_readers_and_their_letters_are_as_they_were(parts: Parts) -> None:
    with closing(service_at(parts, BEFORE).database) as database:
        with database.read() as session:
            before = _rows(session)
        database.close()
        schema.upgrade(parts.database_url)
        with database.read() as session:
            assert _rows(session) == before
            assert len(before["messages"]) == 6
            if session.get_bind().dialect.name == "sqlite":
                assert session.execute(text("PRAGMA foreign_key_check")).all() == []


def test_postgresql_tidies_up_early_what_changes_most(postgresql_url: str) -> None:
    """Its counts answer from an index alone only while it does: at a million messages the usual fifth is weeks of letters."""
    service = service_at(Parts(postgresql_url), "0004")
    asked = text(
        "SELECT relname FROM pg_class WHERE 'autovacuum_vacuum_insert_scale_factor=0.02' = ANY (reloptions) ORDER BY 1"
    )
    with closing(service.database) as database:
        with database.read() as session:
            assert session.scalars(asked).all() == []
        schema.upgrade(postgresql_url)
        with database.read() as session:
            assert session.scalars(asked).all() == ["enrolments", "messages"]


def _rows(session: Session) -> dict[str, list[tuple[object, ...]]]:
    columns = {
        "messages": "id, kind, state, subscriber_id, ref, once, planned_at, not_after",
        "enrolments": "id, subscriber_id, sequence_id, state, next_due_at",
        "letters": "id, sequence_id, name, state",
        "sequences": "id, slug, title, state, held",
        "versions": "id, letter_id, number",
    }
    return {
        table: [tuple(row) for row in session.execute(text(f"SELECT {names} FROM {table} ORDER BY id"))]  # noqa: S608
        for table, names in columns.items()
    }


def test_the_number_of_a_message_that_was_forgotten_never_comes_again(parts: Parts) -> None:
    with closing(service_at(parts, BEFORE).database) as database:
        with database.write() as session:
            last = session.scalars(select(Message.id).order_by(Message.id.desc()).limit(1)).one()
            session.execute(delete(Message).where(Message.id == last))
        database.close()
        schema.upgrade(parts.database_url)
        with database.write() as session:
            added = messages.add(
                session,
                kind=Kind.MANAGE,
                subscriber_id=session.scalars(select(Subscriber.id).limit(1)).one(),
                ref="0123456789abcdef",
                once="manage:another",
                planned_at=TUESDAY,
                not_before=TUESDAY,
                not_after=TUESDAY,
            )
            assert added.id > last


def test_what_only_the_desk_knows_goes_with_it_and_readers_stay(parts: Parts) -> None:
    with closing(service_at(parts, "head").database) as database:
        with database.write() as session:
            before = session.scalars(select(Message.id).order_by(Message.id)).all()
            _things_of_the_desk(session)
        database.close()
        schema.downgrade(parts.database_url, BEFORE)
        schema.upgrade(parts.database_url)
        assert schema.drift(parts.database_url) == []
        with database.write() as session:
            assert session.scalars(select(Message.id).order_by(Message.id)).all() == before
            assert session.scalars(select(Sequence.kind)).all() == ["programme"]
            audit.note(session, Entry(1, "Ada", "owner", "", "stone moved"), wall=TUESDAY)
        with database.read() as session:
            assert first_broken_line(session) is None


def _things_of_the_desk(session: Session) -> None:
    audit.note(session, Entry(1, "Ada", "owner", "", "stone moved"), wall=TUESDAY)
    offered = session.scalars(select(Subscriber.id).limit(1)).one()
    when = {"planned_at": TUESDAY, "not_before": TUESDAY, "not_after": TUESDAY}
    messages.add(session, kind=Kind.OFFER, subscriber_id=offered, ref="0123456789abcdef", once="offer", **when)
    desk_mail.send_trial(session, Trial("a letter", "its source", "en", discreet=True), [1], wall=TUESDAY)
    batch = Sequence(slug="batch-1", kind="batch", title="A batch", summary="", language="en", pace_days=7, state="draft")
    session.add(batch)
    session.flush()
    phase = Phase(sequence_id=batch.id, position=1, key="letters", title="Letters", plain="letters")
    session.add(phase)
    session.flush()
    session.add(Letter(sequence_id=batch.id, phase_id=phase.id, name="letter-1", position=1, state="draft"))
    session.execute(
        insert(Batch).values(
            sequence_id=batch.id,
            state="draft",
            cadence_days=7,
            spread_hours=0,
            manner="instead",
            made_by="Ada",
            made_at=TUESDAY,
        )
    )
